"""What a follow would have told in the last week, by the matcher that tells. Blocking."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy import Engine, select

from bot.audible import Silence
from bot.conversation_key import ConversationKey
from bot.follow_articles import StoredArticle, articles_of, scale_of
from bot.follow_levels import LITERAL, TOPICAL
from bot.follows import Follow, Scale, match_one
from retrieval.errors import VectorsUnavailable
from retrieval.models import Query
from retrieval.protocols import Embedder, KeywordIndex, VectorIndex
from retrieval.rows import parts
from retrieval.schema import chunks

A_WEEK = timedelta(days=7)
MOST_LOOKED_AT = 300
"""Chunks nearest in words and in meaning, each: what matches is among them."""


@dataclass(frozen=True, slots=True)
class Example:
    """The article of a story that matches best."""

    title: str
    url: str
    source: str
    published_at: datetime | None
    score: float


@dataclass(frozen=True, slots=True)
class Examples:
    """Of each story of the last week that any threshold would let through, the latest first."""

    stories: tuple[Example, ...] = ()

    @property
    def scores(self) -> tuple[float, ...]:
        return tuple(one.score for one in self.stories)

    def at(self, threshold: float) -> tuple[Example, ...]:
        return tuple(one for one in self.stories if one.score >= threshold)


class ExampleFinder:
    """Finds them in the corpus database and its indexes, without the outlets that the follow's
    chat has hidden."""

    def __init__(
        self,
        corpus: Engine,
        vectors: VectorIndex,
        keywords: KeywordIndex,
        embedder: Embedder,
        hidden: Callable[[ConversationKey], Collection[str]],
    ) -> None:
        self._corpus = corpus
        self._vectors = vectors
        self._keywords = keywords
        self._embedder = embedder
        self._hidden = hidden

    def __call__(self, follow: Follow, now: datetime) -> Examples:
        wish = follow.wish
        ladder = TOPICAL if wish.is_topical else LITERAL
        loosest = replace(follow, threshold=ladder.levels[0])
        scale = self.scale()
        best: dict[str, tuple[float, StoredArticle]] = {}
        silence = Silence.of(self._hidden(follow.where))
        for stored in self._candidates(loosest, now):
            if silence.covers(stored.source):
                continue
            match = match_one(loosest, stored.arrived, scale)
            story = stored.story_id or stored.arrived.article_id
            if match and (story not in best or best[story][0] < match.score):
                best[story] = (match.score, stored)
        found = [
            Example(one.arrived.title, one.url, one.source, one.published_at, score)
            for score, one in best.values()
        ]
        early = now - 2 * A_WEEK
        return Examples(tuple(sorted(found, key=lambda one: one.published_at or early)[::-1]))

    def scale(self) -> Scale:
        """As the archive is now."""
        with self._corpus.connect() as connection:
            return scale_of(connection, self._embedder)

    def _candidates(self, follow: Follow, now: datetime) -> Sequence[StoredArticle]:
        week = Query("", since=now - A_WEEK, until=now + timedelta(days=1))
        words = " ".join(
            f'"{" ".join(form)}"' for forms in follow.wish.phrases for form in sorted(forms)[:8]
        )
        hits = self._keywords.search(words, week, MOST_LOOKED_AT) if words else []
        if follow.wish.is_topical:
            with contextlib.suppress(VectorsUnavailable):  # those by words do for examples
                hits = [*hits, *self._vectors.search(follow.vector, week, MOST_LOOKED_AT)]
        with self._corpus.connect() as connection:
            of_chunk = select(chunks.c.article_id)
            ids = {
                article_id
                for part in parts([hit.chunk_id for hit in hits])
                for article_id in connection.scalars(of_chunk.where(chunks.c.id.in_(part)))
            }
            return articles_of(connection, sorted(ids), self._embedder.model_id)
