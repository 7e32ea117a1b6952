"""How a topic developed: the articles about it, in the order of time. Blocking."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime

from bot.asker import Asker
from bot.browsed import TOLD_A_PAGE, StoryPage, Told, page_of, rows_of
from bot.subjects import subject
from retrieval.listing import ListedArticle
from retrieval.models import Passage, Query
from retrieval.outlets import origins
from retrieval.protocols import Clock, Embedder
from retrieval.retriever import Retriever
from retrieval.sentences import sentence_spans
from retrieval.store import Store
from retrieval.terms import Terms

MOST_TOLD = 40
"""Articles of a story; what is further from its topic is left out."""
RELEVANT = 1.0
"""In spreads above the floor: an article that is about the topic at all."""
NEAR_THE_BEST = 1.5
"""In spreads: how far below the best one may be and still be of the same story."""
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
        self, retriever: Retriever, store: Store, embedder: Embedder, clock: Clock
    ) -> None:
        self._retriever = retriever
        self._store = store
        self._embedder = embedder
        self._clock = clock

    def tell(self, topic: str, number: int, key: str, asker: Asker) -> StoryPage:
        """The page of that number, from 0; without rows where nothing is about the topic.

        Undated articles have no place in a story.
        """
        found = self._about(topic, asker)
        if found:
            known = {one.article_id for one in found}
            alike = [one for one in self._like(found[0], asker) if one.article_id not in known]
            found = [*found, *alike][:MOST_TOLD]
        dated = sorted(
            (one for one in found if one.published_at),
            key=lambda one: (one.published_at or _EARLY, one.article_id),
        )
        number, pages = page_of(number, len(dated), TOLD_A_PAGE)
        terms = self._retriever.terms(topic)
        ids = [one.article_id for one in dated]
        coverage = [
            one
            for one in (self._store.coverage(ids) if ids else ())
            if one.source not in asker.hidden_sources
        ]
        return StoryPage(
            rows=tuple(_told(one, terms) for one in rows_of(dated, number, TOLD_A_PAGE)),
            topic=topic,
            number=number,
            pages=pages,
            total=len(dated),
            origins=tuple(one.name for one in origins(coverage)),
            outlets=len({one.source for one in coverage}),
            first_at=dated[0].published_at if dated else None,
            last_at=dated[-1].published_at if dated else None,
            key=key,
        )

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


def _told(passage: Passage, terms: Terms) -> Told:
    return Told(
        ListedArticle(
            article_id=passage.article_id,
            title=passage.title,
            url=passage.url,
            source=passage.source,
            language=passage.language,
            published_at=passage.published_at,
            corrected_at=passage.corrected_at,
            sample=passage.sample,
        ),
        nearest_sentence(passage, terms),
        passage.also_in,
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
