"""How a topic developed: the story its nearest article is part of, in the order of time. Blocking.

Only where no story holds that article, as with one that was taken a moment ago, articles are
gathered by a search, and that is told.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime

from bot.asker import Asker
from bot.browsed import TOLD_A_PAGE, StoryPage, Told, page_of, rows_of
from bot.story_corrections_read import with_corrections
from bot.subjects import subject
from retrieval.listing import ListedArticle
from retrieval.models import Passage, Query
from retrieval.outlets import origins
from retrieval.preference import without_hidden
from retrieval.protocols import Clock, Embedder
from retrieval.retriever import Retriever
from retrieval.sentences import sentence_spans
from retrieval.store import Store
from retrieval.story_facts import StoryArticle
from retrieval.story_store import StoryStore
from retrieval.terms import Terms

MOST_TOLD = 40
"""Articles that a search gathers; what is further from the topic is left out."""
MOST_RELATED = 3
PASSAGES_READ = 6
"""Of each article told, for the sentence that is nearest to the topic."""
RELEVANT = 1.0
"""In spreads above the floor: an article that is about the topic at all."""
NEAR_THE_BEST = 1.5
"""In spreads: how far below the best one may be and still be of the same topic."""
ALIKE = 0.8
"""In spreads above the floor: how near in meaning an article must be to the best one's headline
that has other words than were asked for."""
SHARE_OF_NAMES = 0.5
"""Of that headline's, which it must hold."""
SHORTEST_SENTENCE = 25
LONGEST_SENTENCE = 280
_EARLY = datetime.min.replace(tzinfo=UTC)


class StoryDesk:
    """Safe to use from several threads."""

    def __init__(
        self,
        retriever: Retriever,
        store: Store,
        stories: StoryStore,
        embedder: Embedder,
        clock: Clock,
    ) -> None:
        self._retriever = retriever
        self._store = store
        self._stories = stories
        self._embedder = embedder
        self._clock = clock

    def tell(self, topic: str, number: int, key: str, asker: Asker) -> StoryPage:
        """The page of that number, from 0; without rows where nothing is about the topic."""
        found = self._about(topic, asker)
        kept = self._of_article(found[0].article_id, asker) if found else []
        if not kept:
            return self._by_search(found, topic, number, key, asker)
        page = self._page(kept, topic, number, key, asker)
        if page.number + 1 < page.pages:
            return page
        known = {one.id for one in kept}
        near = {one.article_id: one for one in [*found, *self._like(found[0], asker)]}
        others = [one for one in near.values() if one.article_id not in known and one.published_at]
        return replace(page, related=tuple(map(_listed, others[:MOST_RELATED])))

    def tell_of(self, article: ListedArticle, number: int, key: str, asker: Asker) -> StoryPage:
        """The same of the story that holds an article."""
        kept = self._of_article(article.article_id, asker)
        if kept:
            return self._page(kept, article.title, number, key, asker)
        return self._by_search(self._about(article.title, asker), article.title, number, key, asker)

    def _of_article(self, article_id: str, asker: Asker) -> list[StoryArticle]:
        """Those of its story, the earliest first, without outlets that are not to be heard."""
        story_id = self._stories.of_article(article_id)
        articles = self._stories.articles_of(story_id) if story_id else ()
        return [one for one in articles if one.source not in asker.hidden_sources]

    def _page(
        self, kept: Sequence[StoryArticle], topic: str, number: int, key: str, asker: Asker
    ) -> StoryPage:
        number, pages = page_of(number, len(kept), TOLD_A_PAGE)
        reported_by, outlets = self._counted([one.id for one in kept], asker)
        terms = self._retriever.terms(topic)
        rows = [
            _told(without_hidden(nearest, asker.hidden_sources), one.at, terms)
            for one in rows_of(kept, number, TOLD_A_PAGE)
            if (nearest := self._nearest_of(one.id, terms)) is not None
        ]
        return StoryPage(
            rows=with_corrections(self._store, rows, kept),
            topic=topic,
            number=number,
            pages=pages,
            total=len(kept),
            first_at=kept[0].at,
            last_at=kept[-1].at,
            key=key,
            origins=reported_by,
            outlets=outlets,
        )

    def _nearest_of(self, article_id: str, terms: Terms) -> Passage | None:
        passages = self._store.article_passages(article_id)[:PASSAGES_READ]
        return max(passages, key=lambda one: terms.coverage(one.text), default=None)

    def _by_search(
        self, found: Sequence[Passage], topic: str, number: int, key: str, asker: Asker
    ) -> StoryPage:
        """Undated articles have no place there."""
        if found:
            known = {one.article_id for one in found}
            alike = [one for one in self._like(found[0], asker) if one.article_id not in known]
            found = [*found, *alike][:MOST_TOLD]
        dated = sorted(
            (one for one in found if one.published_at),
            key=lambda one: (one.published_at or _EARLY, one.article_id),
        )
        number, pages = page_of(number, len(dated), TOLD_A_PAGE)
        reported_by, outlets = self._counted([one.article_id for one in dated], asker)
        terms = self._retriever.terms(topic)
        return StoryPage(
            rows=tuple(
                _told(one, one.published_at, terms) for one in rows_of(dated, number, TOLD_A_PAGE)
            ),
            topic=topic,
            number=number,
            pages=pages,
            total=len(dated),
            first_at=dated[0].published_at if dated else None,
            last_at=dated[-1].published_at if dated else None,
            key=key,
            by_search=True,
            origins=reported_by,
            outlets=outlets,
        )

    def _counted(self, article_ids: Sequence[str], asker: Asker) -> tuple[tuple[str, ...], int]:
        """Who really reported them, and how many outlets carried them."""
        coverage = [
            one
            for one in (self._store.coverage(article_ids) if article_ids else ())
            if one.source not in asker.hidden_sources
        ]
        return tuple(one.name for one in origins(coverage)), len({one.source for one in coverage})

    def _about(self, topic: str, asker: Asker) -> list[Passage]:
        """The nearest passage of each article that is about the topic, best first."""
        found = self._nearest(topic, asker)
        spread = self._embedder.spread
        return of_one_story(found, self._embedder.floor + RELEVANT * spread, NEAR_THE_BEST * spread)

    def _like(self, best: Passage, asker: Asker) -> list[Passage]:
        """What tells the same as an article, also in another language: near its headline in
        meaning, with most of its names."""
        terms = self._retriever.terms(subject(best.title, best.text))
        least = self._embedder.floor + ALIKE * self._embedder.spread
        return [
            one
            for one in self._nearest(best.title, asker)
            if one.similarity >= least
            and terms.coverage(f"{one.title} {one.text}") >= SHARE_OF_NAMES
        ]

    def _nearest(self, topic: str, asker: Asker) -> Sequence[Passage]:
        query = Query(
            topic,
            limit=MOST_TOLD,
            now=asker.asked_at or self._clock(),
            timezone=asker.timezone,
            per_article=1,
            joined=False,
            hidden_sources=asker.hidden_sources,
        )
        return self._retriever.find(query).passages


def of_one_story(found: Sequence[Passage], least: float, within: float) -> list[Passage]:
    """Of passages, best first, those with a score of `least` and near the best; each article
    once.  (pure)"""
    if not found:
        return []
    least = max(least, found[0].score - within)
    first: dict[str, Passage] = {}
    for one in found:
        if one.score >= least:
            first.setdefault(one.article_id, one)
    return list(first.values())


def _told(passage: Passage, at: datetime | None, terms: Terms) -> Told:
    return Told(_listed(passage), nearest_sentence(passage, terms), passage.also_in, at)


def _listed(passage: Passage) -> ListedArticle:
    return ListedArticle(
        article_id=passage.article_id,
        title=passage.title,
        url=passage.url,
        source=passage.source,
        language=passage.language,
        published_at=passage.published_at,
        corrected_at=passage.corrected_at,
        sample=passage.sample,
    )


def nearest_sentence(passage: Passage, terms: Terms) -> str:
    """The first of those that hold most of the topic's words; empty where none can be shown.
    (pure)"""
    spans = sentence_spans(passage.text, passage.language)
    stated: Iterable[str] = (
        passage.text[start:end]
        for start, end in spans
        if SHORTEST_SENTENCE <= end - start <= LONGEST_SENTENCE
    )
    return max(stated, key=terms.coverage, default="")
