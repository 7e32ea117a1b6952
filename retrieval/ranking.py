"""Candidates in order: by relevance, by what a question hints at, by a reranker.  (pure)"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from retrieval.folding import folded_words
from retrieval.models import Passage
from retrieval.protocols import Reranker
from retrieval.question.literals import holds_literally, literals
from retrieval.sentences import sentence_spans
from retrieval.terms import Terms

RERANKED = 25
"""Of the first candidates; a cross-encoder reads each together with the question."""

READ_LITERALLY = 30
"""Of the first candidates: whether they hold the question's figures and quotes exactly."""

SHARE_OF_LITERALS = 0.2
"""In spreads: the bonus for all of them."""

LITERALS_ALONE = 1.0
"""The same where nothing else is asked: `57 billion dollars` beside `57 bilhões de dólares`."""

READ_BY_SENTENCE = 10
"""Of the first candidates: how many of the question's words stand together in one sentence."""

SHARE_OF_TOGETHER = 0.5
"""In spreads: the bonus for all of them (`tests/bench/README.md`)."""

Hints = Mapping[str, Mapping[str, float]]
"""By chunk, what is added to its relevance, by reason."""


@dataclass(slots=True)
class Candidate:
    passage: Passage
    dense_rank: int | None
    keyword_rank: int | None
    boosts: Mapping[str, float]
    reranked: float | None = None


def by_relevance(
    candidates: Sequence[Candidate], hints: Hints, text: str, terms: Terms, spread: float
) -> list[Candidate]:
    """Best first; each with what the question, `text`, hints at added to its score. `terms` are
    the question's, `spread` the embedder's."""
    for candidate in candidates:
        _add(candidate, hints[candidate.passage.chunk_id])
    ranked = sorted(candidates, key=_order)
    wanted = literals(text)
    if wanted:
        most = spread * (LITERALS_ALONE if _is_all(text, wanted) else SHARE_OF_LITERALS)
        for candidate in ranked[:READ_LITERALLY]:
            whole = f"{candidate.passage.title}\n{candidate.passage.text}"
            share = sum(holds_literally(whole, one) for one in wanted) / len(wanted)
            _add(candidate, {"literal": most * share} if share else {})
        ranked.sort(key=_order)
    for candidate in ranked[:READ_BY_SENTENCE]:
        share = _together(candidate.passage, terms)
        _add(candidate, {"together": SHARE_OF_TOGETHER * spread * share} if share else {})
    return sorted(ranked, key=_order)


def anew(
    ranked: Sequence[Candidate], hints: Hints, text: str, reranker: Reranker, spread: float
) -> list[Candidate]:
    """The first `RERANKED` in the reranker's order, the rest after them as they were."""
    first, rest = ranked[:RERANKED], ranked[RERANKED:]
    texts = [f"{one.passage.title}\n{one.passage.text}" for one in first]
    scores = reranker.scores(text, texts)
    for candidate, score in zip(first, scores, strict=True):
        candidate.reranked = score
    # Scores of models differ in scale; what the question hints at counts as a share of the
    # span of these. Words it reads itself.
    span = max(scores) - min(scores) or 1.0
    hinted = {chunk_id: sum(found.values()) for chunk_id, found in hints.items()}

    def place(one: Candidate) -> tuple[float, str]:
        score = (one.reranked or 0.0) / span + hinted[one.passage.chunk_id] / spread
        return -score, one.passage.chunk_id

    return [*sorted(first, key=place), *rest]


def _is_all(text: str, wanted: Sequence[str]) -> bool:
    """Whether the question is nothing but its literals."""
    return set(folded_words(text)) <= {word for one in wanted for word in folded_words(one)}


def _together(passage: Passage, terms: Terms) -> float:
    """The highest share of the question's words in one sentence."""
    spans = sentence_spans(passage.text, passage.language)
    return max((terms.coverage(passage.text[start:end]) for start, end in spans), default=0.0)


def _add(candidate: Candidate, found: Mapping[str, float]) -> None:
    if found:
        candidate.boosts = {**candidate.boosts, **found}
        score = candidate.passage.score + sum(found.values())
        candidate.passage = replace(candidate.passage, score=score)


def _order(candidate: Candidate) -> tuple[float, str]:
    return -candidate.passage.score, candidate.passage.chunk_id
