"""What somebody is offered who types `@bot words` in any chat: exact sentences, and headlines.

The search ranks passages; which sentence of one is shown, words alone decide. To compare
sentences by meaning, as an answer does, costs more than the search, and this is typed at.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bot.answers import Citation, Headline
from bot.asker import Asker
from bot.citing import citation
from bot.richtext import clean
from retrieval.browse import Catalogue
from retrieval.highlight import Highlight, in_context, sentences_of
from retrieval.listing import ListedArticle, Wanted
from retrieval.models import Passage, Query
from retrieval.protocols import Clock, Embedder
from retrieval.retriever import Retriever
from retrieval.terms import Terms

MOST_RESULTS = 10
MOST_QUOTES = 6
"""The other places are for headlines."""
PASSAGES_READ = 10
PER_ARTICLE = 2
LONGEST_ASKED = 256
"""Characters; Telegram lets nobody type more."""
SHORTEST_ASKED = 2
"""Below it somebody has only begun to type: they are shown what nothing typed shows."""

HELD = 0.5
"""Share of the words, by rarity, a passage holds to be offered ..."""
NEAR = 1.0
"""... or spreads above the embedder's floor: nonsense reached 0.84, the same story in another
language 1.0 to 1.3."""

SURROUNDINGS_WEIGHT = 0.5


@dataclass(frozen=True, slots=True)
class Offer:
    """At most ten results together, the best of each kind first."""

    quotes: tuple[Citation, ...] = ()
    headlines: tuple[Headline, ...] = ()


class InlineSearch:
    """Looks up what is offered. Blocking; safe to call from several threads."""

    def __init__(
        self, retriever: Retriever, embedder: Embedder, catalogue: Catalogue, clock: Clock
    ) -> None:
        self._retriever, self._embedder = retriever, embedder
        self._catalogue, self._clock = catalogue, clock

    def __call__(self, asked: str, asker: Asker) -> Offer:
        """For words as `asked_for` gives them; without any, the latest headlines."""
        now = self._clock()
        if not asked:
            wanted = Wanted(hidden=asker.hidden_sources)
            latest = self._catalogue.latest(wanted, now, skip=0, most=MOST_RESULTS)
            return Offer(headlines=tuple(map(_headline, latest)))
        query = Query(
            asked,
            limit=PASSAGES_READ,
            now=now,
            timezone=asker.timezone,
            per_article=PER_ARTICLE,
            joined=False,
            hidden_sources=asker.hidden_sources,
            preferred_sources=asker.preferred_sources,
            preferred_feeds=asker.preferred_feeds,
        )
        found = self._retriever.find(query)
        terms = self._retriever.terms(found.understood.text)
        near_enough = self._embedder.floor + NEAR * self._embedder.spread
        return choose(found.passages, terms, near_enough)


def asked_for(typed: str) -> str:
    """The words somebody typed, on one line; empty for too little to search for.  (pure)"""
    words = " ".join(clean(typed)[:LONGEST_ASKED].split())
    return words if len(words) >= SHORTEST_ASKED else ""


def choose(passages: Sequence[Passage], terms: Terms, near_enough: float) -> Offer:
    """Of passages, best first: one sentence of each that has to do with the words, then the
    headlines of their articles. `near_enough` is a cosine.  (pure)"""
    relevant = [one for one in passages if one.coverage >= HELD or one.similarity >= near_enough]
    best: dict[str, Highlight] = {}
    for sentence in sentences_of(relevant, terms):
        known = best.get(sentence.passage.chunk_id)
        if known is None or _closeness(sentence) > _closeness(known):
            best[sentence.passage.chunk_id] = sentence
    in_order = sorted(best.values(), key=lambda one: one.rank)[:MOST_QUOTES]
    quotes = tuple(
        citation(label, one.passage, one.passage.text[slice(*in_context(one))])
        for label, one in enumerate(in_order, start=1)
    )
    by_article = {one.article_id: one for one in reversed(relevant)}
    heads = [one for one in relevant if by_article[one.article_id] is one]
    return Offer(quotes, tuple(map(_headline, heads[: MOST_RESULTS - len(quotes)])))


def _headline(one: Passage | ListedArticle) -> Headline:
    return Headline(one.title, one.url, one.source, one.published_at, one.sample)


def _closeness(sentence: Highlight) -> float:
    """Of two that hold as much, the first of a passage is kept: it says what it is about."""
    return sentence.coverage + SURROUNDINGS_WEIGHT * sentence.surroundings
