"""What a search found, and of every candidate why it was kept or dropped.  (pure)"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from retrieval.models import Passage, Query
from retrieval.question.understanding import Understood
from retrieval.terms import Terms


class Fate(StrEnum):
    KEPT = "kept"
    JOINED = "joined"
    """To the chunk beside it."""
    COPY = "copy"
    BEYOND_ARTICLE = "beyond the limit of one article"
    BEYOND_LIMIT = "beyond the limit"


@dataclass(frozen=True, slots=True)
class Trace:
    """One candidate, in the order of the ranking."""

    passage: Passage
    """As it was ranked: its score is with the boosts."""
    dense_rank: int | None
    """From 1; None where the vector index did not bring it. The best of several wordings."""
    keyword_rank: int | None
    boosts: Mapping[str, float]
    """What was added to its relevance, by reason."""
    reranked: float | None
    """The cross-encoder's score, where there is one and it was among the first."""
    fate: Fate
    rank: int | None
    """From 1, of the passage it is, was joined to or is a copy of; None where dropped."""


@dataclass(frozen=True, slots=True)
class Found:
    passages: tuple[Passage, ...]
    """Best first, at most `Query.limit`."""
    understood: Understood
    query: Query
    """As it was searched, with the filters that were understood."""
    phrasings: tuple[str, ...] = ()
    """What was searched for; a passage counts by the best of its scores."""
    traces: tuple[Trace, ...] = field(default=(), repr=False)
    terms: Terms | None = field(default=None, repr=False)
    """Of `understood.text`, where the search has weighed just that."""
    by_words_only: bool = False
    """What is near in meaning could not be looked for: a server does not answer."""
