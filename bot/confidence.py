"""Whether the coverage holds an answer at all.  (pure)

Several weak signs make one estimate: a logistic regression fitted on the development
questions, with its precision and recall in `tests/bench/README.md`.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import astuple, dataclass

from bot.questions import Kind, Question, fits
from retrieval.folding import folded_words
from retrieval.highlight import Highlight
from retrieval.models import Passage
from retrieval.protocols import Embedder
from retrieval.terms import Term, Terms

_NAME = re.compile(r"\b[A-ZÀ-ÖØ-Þ][\w’'-]*\w|\b\d[\d.,]*")
_SENTENCE_START = ".?!¿¡"


@dataclass(frozen=True, slots=True)
class Evidence:
    """The signs. Similarities are in spreads above the embedder's floor.

    Between languages words can only match where they are names or figures, and cosines are
    lower: the same sign then weighs differently.
    """

    similarity: float
    """Of the best sentence."""
    similarity_across: float
    """The same when question and sentence are in different languages, else 0."""
    across: float
    """1 when they are in different languages."""
    passage_similarity: float
    """Of the best passage."""
    coverage: float
    """Of the best sentence, 0 when in another language."""
    coverage_across: float
    passage_coverage: float
    """The highest of any passage, 0 when the best sentence is in another language."""
    passage_coverage_across: float
    fits: float
    """How far the best sentence holds the kind of thing asked for."""
    absent: float
    """1 when the question has names and none of them stands anywhere in the archive."""
    missing: float
    """Share of the question's names that the best sentence's passage lacks."""
    margin: float
    """By how much the first passage leads the last, in spreads."""


_WEIGHTS = Evidence(
    similarity=2.93,
    similarity_across=2.99,
    across=1.48,
    passage_similarity=0.18,
    coverage=0.77,
    coverage_across=1.83,
    passage_coverage=3.57,
    passage_coverage_across=0.0,
    fits=1.14,
    # Too rare in the development questions to be fitted; what anyone would say.
    absent=-1.5,
    missing=-0.37,
    margin=1.09,
)
_INTERCEPT = -7.33


def confidence(evidence: Evidence) -> float:
    """Estimated probability, 0 to 1, that the sentence answers the question."""
    weighted = zip(astuple(_WEIGHTS), astuple(evidence), strict=True)
    return 1 / (1 + math.exp(-_INTERCEPT - sum(weight * value for weight, value in weighted)))


def gather(
    question: Question,
    passages: Sequence[Passage],
    best: Highlight,
    embedder: Embedder,
) -> Evidence:
    """The signs for `best`, the best sentence of `passages` (best first)."""
    names = names_in(question.text, question.terms)
    held = question.terms.held(f"{best.passage.title} {best.passage.text}")
    across = float(best.passage.language != question.language)
    similarity = (best.similarity - embedder.floor) / embedder.spread
    coverage = max(passage.coverage for passage in passages)
    return Evidence(
        similarity=similarity,
        similarity_across=similarity * across,
        across=across,
        passage_similarity=(passages[0].similarity - embedder.floor) / embedder.spread,
        coverage=best.coverage * (1 - across),
        coverage_across=best.coverage * across,
        passage_coverage=coverage * (1 - across),
        passage_coverage_across=coverage * across,
        fits=fits(question.wanted, best.text) if question.wanted.kind is not Kind.OTHER else 0.7,
        absent=float(bool(names) and names <= question.terms.absent),
        missing=len(names - held) / len(names) if names else 0.0,
        margin=(passages[0].score - passages[-1].score) / embedder.spread,
    )


def names_in(question: str, terms: Terms) -> frozenset[Term]:
    """The terms written with a capital, or figures; the first word of a sentence may just
    begin it.  (pure)"""
    words: set[str] = set()
    for match in _NAME.finditer(question):
        before = question[: match.start()].rstrip()
        if before and before[-1] not in _SENTENCE_START:
            words.update(folded_words(match.group()))
    return frozenset(
        term for term in terms.weights if any(word in words for form in term.forms for word in form)
    )
