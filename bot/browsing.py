"""Looking through the coverage: the latest, a story, one article, the outlets, raw passages.

Async; the blocking work goes beside searches. None stands for what is not there (any more).
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from functools import partial

from bot.answers import Turn
from bot.article_desk import ArticleDesk
from bot.asker import Asker
from bot.browse_words import (
    Shelf,
    article_of_key,
    key_of_article,
    read_latest,
    read_spec,
    read_words,
    sources_called,
    spec_of,
)
from bot.browsed import (
    LISTED_A_PAGE,
    MOST_PAGES,
    OUTLETS_A_PAGE,
    PASSAGES_A_PAGE,
    ArticleView,
    LatestAsked,
    LatestPage,
    OutletEntry,
    SearchPage,
    SourcesPage,
    StoryPage,
    page_of,
    rows_of,
)
from bot.conversation_key import ConversationKey
from bot.example_desk import ExampleDesk
from bot.found_passages import found_passages
from bot.offload import Offload
from bot.replica_notes import NOWHERE, ReplicaNotes, Tell, to_nobody
from bot.story_desk import StoryDesk
from retrieval.browse import Catalogue
from retrieval.feed_store import FeedStore
from retrieval.listing import OutletRow, Wanted
from retrieval.models import Query
from retrieval.protocols import Clock, Embedder
from retrieval.retriever import Retriever

MOST_FOUND = 40
"""Passages of a search."""
MOST_NEAR = 5
"""Where none holds a word of what was searched."""
NEAR = 1.0
"""In spreads above the floor: how near in meaning those must be."""
MOST_PLACES = 1_000
"""Chats and topics of which it is known what they were shown last."""
MOST_NUMBERS = 200


class Browsing:
    """To be used from one event loop."""

    def __init__(
        self,
        catalogue: Catalogue,
        feeds: FeedStore,
        retriever: Retriever,
        articles: ArticleDesk,
        stories: StoryDesk,
        examples: ExampleDesk,
        embedder: Embedder,
        offload: Offload,
        clock: Clock,
    ) -> None:
        self._catalogue = catalogue
        self._feeds = feeds
        self._retriever = retriever
        self._articles = articles
        self._stories = stories
        self._examples = examples
        self._embedder = embedder
        self._offload = offload
        self._clock = clock
        self._shelf = Shelf()
        self._shown: OrderedDict[ConversationKey, dict[int, str]] = OrderedDict()
        self._tell_numbers: Tell = to_nobody

    async def latest(self, words: str, asker: Asker) -> LatestPage:
        """The newest articles; of a topic, an outlet, a day, where the words name any."""
        return await self._offload.search(self._latest, words, asker)

    async def latest_again(self, key: str, number: int, asker: Asker) -> LatestPage | None:
        """Another page of a list."""
        text = self._shelf.text(key)
        asked = read_spec(text) if text is not None else None
        if asked is None:
            return None
        return await self._offload.search(self._latest_page, asked, number, asker)

    async def story(self, words: str, asker: Asker) -> StoryPage:
        """How a topic developed, the oldest first."""
        topic = read_words(words)
        key = self._shelf.key(topic)
        return await self._offload.search(self._stories.tell, topic, 0, key, asker)

    async def story_of(self, article_id: str, asker: Asker) -> StoryPage | None:
        """The story an article is part of."""
        return await self.story_again(key_of_article(article_id), 0, asker)

    async def story_again(self, key: str, number: int, asker: Asker) -> StoryPage | None:
        topic = self._shelf.text(key)
        article_id = article_of_key(key)
        if article_id is not None:
            row = await self._offload.search(self._catalogue.article, article_id)
            if row is None or not read_words(row.title):
                return None
            return await self._offload.search(self._stories.tell_of, row, number, key, asker)
        if not topic:
            return None
        return await self._offload.search(self._stories.tell, topic, number, key, asker)

    async def search(self, words: str, asker: Asker) -> SearchPage:
        """Raw passages, the best first."""
        text = read_words(words)
        return await self._offload.search(self._search, text, 0, self._shelf.key(text), asker)

    async def search_again(self, key: str, number: int, asker: Asker) -> SearchPage | None:
        text = self._shelf.text(key)
        if not text:
            return None
        return await self._offload.search(self._search, text, number, key, asker)

    async def article(self, article_id: str, hidden: Collection[str] = ()) -> ArticleView | None:
        """Without naming `hidden` outlets that carry it, too."""
        return await self._offload.search(self._articles.view, article_id, hidden)

    async def article_named(self, words: str, hidden: Collection[str] = ()) -> ArticleView | None:
        """By a link, an id, or words, which mean none of a `hidden` outlet."""
        found = await self._offload.search(self._articles.named, read_words(words), hidden)
        return await self.article(found, hidden) if found else None

    async def about(self, article_id: str, language: str) -> tuple[Turn, ...]:
        """What goes into a conversation so that later questions refer to an article."""
        return await self._offload.search(self._articles.about, article_id, language)

    async def is_about(self, article_id: str, question: str) -> bool:
        """Whether a question may be about an article; one with names that are all others' is
        not, unless it refers to what was said before."""
        return await self._offload.search(self._articles.is_about, article_id, question)

    async def sources(self, number: int, hidden: Collection[str] = ()) -> SourcesPage:
        """The outlets, the one with most articles first; those `hidden` are marked."""
        return await self._offload.search(self._sources, number, hidden)

    async def examples(self, language: str) -> tuple[str, ...]:
        """Up to three questions the coverage answers; () where none is known yet."""
        return await self._examples.questions(language)

    def remember(self, where: ConversationKey, numbers: Mapping[int, str]) -> None:
        """What numbers a list in a chat or topic has given to articles; another page of the
        list adds its own, a new list begins anew."""
        self._number(where, numbers)
        self._tell_numbers(where, 0, {str(number): one for number, one in numbers.items()})

    def share(self, notes: ReplicaNotes) -> None:
        """A number, or the next page, may be asked of another replica than the list was."""
        self._tell_numbers = partial(notes.tell_soon, "numbers")
        notes.when_heard(
            "numbers",
            lambda where, _, said: self._number(where, {int(one): said[one] for one in said}),
        )
        self._shelf.tell = lambda text: notes.tell_soon("shelf", NOWHERE, 0, {"text": text})
        notes.when_heard("shelf", lambda _where, _, said: self._shelf.hear(str(said["text"])))

    def _number(self, where: ConversationKey, numbers: Mapping[int, str]) -> None:
        before = self._shown.pop(where, {})
        known = {} if 1 in numbers else before
        self._shown[where] = dict([*known.items(), *numbers.items()][-MOST_NUMBERS:])
        while len(self._shown) > MOST_PLACES:
            self._shown.popitem(last=False)

    def numbered(self, where: ConversationKey, number: int) -> str | None:
        """The article with that number in the last list; None without one."""
        return self._shown.get(where, {}).get(number)

    async def close(self) -> None:
        await self._examples.close()

    def _latest(self, words: str, asker: Asker) -> LatestPage:
        known = [row.source for row in self._catalogue.outlets()]
        now = asker.asked_at or self._clock()
        return self._latest_page(read_latest(words, known, now, asker.timezone), 0, asker)

    def _latest_page(self, asked: LatestAsked, number: int, asker: Asker) -> LatestPage:
        sources = asked.sources
        if asked.outlet and not sources:
            known = [row.source for row in self._catalogue.outlets()]
            sources = sources_called(asked.outlet, known) or (asked.outlet,)
        number = max(0, min(number, MOST_PAGES - 1))
        wanted = Wanted(asked.topic, sources, asked.since, asked.until, asker.hidden_sources)
        rows = self._catalogue.latest(
            wanted, self._clock(), skip=number * LISTED_A_PAGE, most=LISTED_A_PAGE + 1
        )
        if not rows and not number and asked.since is not None:
            earlier = self._newest_day_before(asked, replace(wanted, until=asked.since), asker)
            if earlier is not None:
                page = self._latest_page(earlier, 0, asker)
                return replace(page, older_than=replace(asked, sources=sources))
        return LatestPage(
            rows=tuple(rows[:LISTED_A_PAGE]),
            asked=LatestAsked(asked.topic, asked.outlet, sources, asked.since, asked.until),
            number=number,
            has_more=len(rows) > LISTED_A_PAGE and number + 1 < MOST_PAGES,
            key=self._shelf.key(spec_of(asked)),
            hidden=bool(sources) and set(sources) <= set(asker.hidden_sources),
        )

    def _newest_day_before(
        self, asked: LatestAsked, wanted: Wanted, asker: Asker
    ) -> LatestAsked | None:
        """The last day before those asked for that has an article, whole and in the asker's time
        zone; None where there is none."""
        rows = self._catalogue.latest(replace(wanted, since=None), self._clock(), skip=0, most=1)
        if not rows or rows[0].published_at is None:
            return None
        day = rows[0].published_at.astimezone(asker.timezone).date()
        since, until = (
            datetime.combine(one, time(), asker.timezone).astimezone(UTC)
            for one in (day, day + timedelta(days=1))
        )
        return replace(asked, since=since, until=until)

    def _search(self, text: str, number: int, key: str, asker: Asker) -> SearchPage:
        query = Query(
            text,
            limit=MOST_FOUND,
            joined=False,
            now=asker.asked_at or self._clock(),
            timezone=asker.timezone,
            hidden_sources=asker.hidden_sources,
        )
        found = self._retriever.find(query) if text else None
        rows = found_passages(found, text, self._retriever.terms(text)) if found else []
        if not any(row.words for row in rows):
            least = self._embedder.floor + NEAR * self._embedder.spread
            rows = [row for row in rows if row.passage.similarity >= least][:MOST_NEAR]
        number, pages = page_of(number, len(rows), PASSAGES_A_PAGE)
        return SearchPage(
            rows=rows_of(rows, number, PASSAGES_A_PAGE),
            text=text,
            number=number,
            pages=pages,
            total=len(rows),
            key=key,
            absent=found.understood.absent_names if found else (),
        )

    def _sources(self, number: int, hidden: Collection[str]) -> SourcesPage:
        outlets = self._catalogue.outlets()
        failing = [feed for feed in self._feeds.all() if feed.failing_since is not None]
        named = {self._catalogue.outlet_of_feed(feed.id) or feed.title for feed in failing}
        number, pages = page_of(number, len(outlets), OUTLETS_A_PAGE)
        rows = rows_of(outlets, number, OUTLETS_A_PAGE)
        return SourcesPage(
            rows=tuple(OutletEntry(row, row.source in named, row.source in hidden) for row in rows),
            number=number,
            pages=pages,
            total=len(outlets),
            articles=sum(row.articles for row in outlets),
            failing=len(failing),
            keys=tuple(map(self._key_of_outlet, rows)),
        )

    def _key_of_outlet(self, row: OutletRow) -> str:
        return self._shelf.key(spec_of(LatestAsked(outlet=row.source)))
