"""The stories that messages told, looked at again: one in full, what to ask about it, what to
follow of it, and what a chat said of it. Async; the blocking work goes beside searches."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace

from sqlalchemy import Engine

from bot import texts
from bot.answers import Citation, Turn
from bot.audible import Silence, audible
from bot.browsed import TOLD_A_PAGE, StoryPage, Told
from bot.citing import citation
from bot.conversation_key import ConversationKey
from bot.digest_page import StoryView, Written, differences_of, told_story
from bot.digest_taste import Wish
from bot.offload import Offload
from bot.outgoing import ToldStory
from bot.quoting import in_quotes
from bot.story_corrections_read import with_corrections
from bot.story_wishes import note_wish
from bot.subjects import headline_names, subject
from retrieval.highlight import statements
from retrieval.listing import ListedArticle
from retrieval.models import Passage
from retrieval.protocols import Clock
from retrieval.retriever import Retriever
from retrieval.store import Store
from retrieval.story_store import StoryStore

MOST_QUOTED = 4
"""Articles of one story that go into a conversation."""
MOST_STORIES = 8
"""Of a message, where it is not said which is meant."""
LONGEST_FOLLOWED = 60
"""Characters of a name to follow."""


class ToldStories:
    def __init__(
        self,
        stories: StoryStore,
        store: Store,
        retriever: Retriever,
        people: Engine,
        offload: Offload,
        clock: Clock,
    ) -> None:
        self._stories = stories
        self._store = store
        self._retriever = retriever
        self._people = people
        self._offload = offload
        self._clock = clock

    async def view(
        self, story_id: str, language: str, hidden: Collection[str] = ()
    ) -> StoryView | None:
        """Without outlets that are not to be heard; None when nothing is left of it."""
        return await self._offload.search(self._view, story_id, language, hidden)

    async def about(
        self, told: Sequence[ToldStory], language: str, hidden: Collection[str] = ()
    ) -> tuple[Turn, ...]:
        """A question and an answer that later questions refer to; () when all is gone.

        Headlines are written by strangers: of those, names alone go in, and the answer quotes
        and cites as every other does.
        """
        return await self._offload.search(self._about, told[:MOST_STORIES], language, hidden)

    async def names(self, told: ToldStory) -> str:
        """What a story is about, by its names; empty when it is gone."""
        return await self._offload.search(self._names, told)

    async def told(
        self, story_id: str, language: str, hidden: Collection[str] = ()
    ) -> ToldStory | None:
        """A story as if a message had just told it."""
        return await self._offload.search(self._told, story_id, language, hidden)

    async def followed_name(self, story_id: str) -> str:
        """The rarest name of its headlines; empty for a story without any."""
        return await self._offload.search(self._followed_name, story_id)

    async def wish(self, where: ConversationKey, story_id: str, wish: Wish) -> bool:
        """Note what a chat wants of a story; False when it is gone."""
        return await self._offload.search(self._wish, where, story_id, wish)

    def _view(self, story_id: str, language: str, hidden: Collection[str]) -> StoryView | None:
        silence, found = Silence.of(hidden), self._stories.story(story_id, language)
        story = audible(found, silence, language) if found else None
        if story is None:
            return None
        rows = []
        for article in story.articles[-TOLD_A_PAGE:]:
            passages = self._store.article_passages(article.id)[:1]
            rows.append(
                Told(
                    ListedArticle(
                        article_id=article.id,
                        title=article.title,
                        url=article.url,
                        source=article.source,
                        language=article.language,
                        published_at=passages[0].published_at if passages else article.at,
                        corrected_at=passages[0].corrected_at if passages else None,
                        sample=passages[0].sample if passages else False,
                    ),
                    _first_sentence(passages[0]) if passages else "",
                    silence.appearances(passages[0].also_in) if passages else (),
                    article.at,
                )
            )
        page = StoryPage(
            rows=with_corrections(self._store, rows, story.articles),
            topic=story.headline,
            number=0,
            pages=1,
            total=len(story.articles),
            origins=tuple(one.name for one in story.origins),
            outlets=len(story.outlets),
            first_at=story.articles[0].at,
            last_at=story.articles[-1].at,
            key="",
        )
        return StoryView(story.id, story.headline, page, differences_of(story))

    def _about(
        self, told: Sequence[ToldStory], language: str, hidden: Collection[str]
    ) -> tuple[Turn, ...]:
        silence = Silence.of(hidden)
        most = MOST_QUOTED if len(told) == 1 else 1
        passages = [one for story in told for one in self._beginnings(story, most, silence)]
        quotes = [(one, quote) for one in passages if (quote := _first_sentence(one))]
        citations = tuple(
            citation(label, passage, quote)
            for label, (passage, quote) in enumerate(quotes, start=1)
        )
        if not citations:
            return ()
        said = texts.say(language, "digest_all_stories")
        if len(told) == 1:
            names = subject(told[0].headline, passages[0].text)
            said = texts.say(language, "browse_about", names=names)
        return Turn("user", said), Turn("assistant", _quoted(citations, language), citations)

    def _beginnings(self, story: ToldStory, most: int, silence: Silence) -> list[Passage]:
        """Of the articles the message cited, and then of the story's others."""
        found: dict[str, Passage] = {}
        others = self._stories.articles_of(story.story_id)
        ids = [*story.article_ids, *(one.id for one in reversed(others))]
        for article_id in list(dict.fromkeys(ids))[: 4 * most]:
            passages = self._store.article_passages(article_id)[:1]
            if passages and not silence.covers(passages[0].source):
                heard = silence.appearances(passages[0].also_in)
                found.setdefault(passages[0].source, replace(passages[0], also_in=heard))
            if len(found) >= most:
                break
        return list(found.values())

    def _names(self, told: ToldStory) -> str:
        passages = self._beginnings(told, 1, Silence())
        return subject(told.headline, passages[0].text) if passages else ""

    def _told(self, story_id: str, language: str, hidden: Collection[str]) -> ToldStory | None:
        found = self._stories.story(story_id, language)
        story = audible(found, Silence.of(hidden), language) if found else None
        return None if story is None else told_story(1, story, Written(), "")

    def _followed_name(self, story_id: str) -> str:
        story = self._stories.story(story_id)
        if story is None:
            return ""
        latest = [one for one in reversed(story.articles) if one.id != story.headline_article][:3]
        ids = [story.headline_article, *(one.id for one in latest)]
        names: dict[str, None] = {}
        for article_id in ids:
            for passage in self._store.article_passages(article_id)[:1]:
                names.update(dict.fromkeys(headline_names(passage.title, passage.text)))
        fitting = [name for name in names if 2 < len(name) <= LONGEST_FOLLOWED]
        if not fitting:
            return ""
        weights = self._retriever.terms(" ".join(fitting))
        return max(fitting, key=lambda name: (weights.coverage(name) / len(name.split()), name))

    def _wish(self, where: ConversationKey, story_id: str, wish: Wish) -> bool:
        current = self._stories.current_id(story_id)
        if current is None:
            return False
        note_wish(self._people, where, current, wish, self._clock())
        return True


def _first_sentence(passage: Passage) -> str:
    spans = statements(passage)
    return passage.text[slice(*spans[0])] if spans else ""


def _quoted(citations: Sequence[Citation], language: str) -> str:
    quotes = "\n\n".join(f"{in_quotes(one.quote)} [{one.label}]" for one in citations)
    return f"{texts.say(language, 'quoted_intro')}\n\n{quotes}"
