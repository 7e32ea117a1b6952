"""Whether the coverage holds an answer at all.  (pure)

Several weak signs make one estimate: a logistic regression fitted on the development
questions, with its precision and recall in `tests/bench/README.md`.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import astuple, dataclass

from bot.how_long import asks_how_long, coverage_of_what_lasts
from bot.questions import Question
from bot.sentence_choice import Scored
from bot.sentence_scores import asks_for_a_kind
from retrieval.folding import folded_words
from retrieval.models import Passage
from retrieval.protocols import Embedder
from retrieval.question.calendar_words import MONTHS
from retrieval.terms import Term, Terms

_NAME = re.compile(r"\b[A-ZÀ-ÖØ-Þ][\w’'-]*\w|\b\d[\d.,]*")
_SENTENCE_START = ".?!¿¡"
_YEAR = re.compile(r"(?:19|20)\d\d")


@dataclass(frozen=True, slots=True)
class Evidence:
    """The signs. Similarities are in spreads above the embedder's floor.

    Between languages words can only match where they are names or figures, and cosines are
    lower: the same sign then weighs differently.
    """

    similarity: float
    """Of the sentence nearest in meaning."""
    similarity_across: float
    """The same when question and best sentence are in different languages, else 0."""
    across: float
    """1 when they are in different languages."""
    passage_similarity: float
    """Of the best passage."""
    passage_coverage: float
    """The highest of any passage; 0 when the best sentence is in another language, or the
    question follows up another: its own few words tell less than they mean."""
    follows_up: float
    """1 when the question is read together with the one before it."""
    fits: float
    """How far the best sentence holds the kind of thing asked for."""
    recent: float
    """Of its article, see `Signs`."""
    absent: float
    """1 when the question has names and none of them stands anywhere in the archive."""
    missing: float
    """Share of the question's names that the best sentence's passage lacks."""
    margin: float
    """By how much the first passage leads the last, in spreads."""


ENOUGH_TO_COMPARE = 8
"""Passages; that the first does not lead fewer only tells of a small archive."""
USUAL_MARGIN = 0.6
"""Between what is usual with an answer and without."""

ASKS_FOR_ANYTHING = 0.6
"""What `fits` is then: no sign of either."""

_WEIGHTS = Evidence(
    similarity=2.46,
    similarity_across=3.03,
    across=1.66,
    passage_similarity=0.46,
    passage_coverage=2.75,
    follows_up=1.93,
    fits=1.04,
    recent=0.38,
    # Too rare in the development questions to be fitted; what anyone would say.
    absent=-1.5,
    missing=-0.47,
    margin=1.05,
)
_INTERCEPT = -6.66


def confidence(evidence: Evidence) -> float:
    """Estimated probability, 0 to 1, that the sentence answers the question."""
    weighted = zip(astuple(_WEIGHTS), astuple(evidence), strict=True)
    return 1 / (1 + math.exp(-_INTERCEPT - sum(weight * value for weight, value in weighted)))


def gather(
    question: Question,
    passages: Sequence[Passage],
    ranked: Sequence[Scored],
    embedder: Embedder,
) -> Evidence:
    """The signs for the best of `ranked`, the sentences of `passages`; both best first."""
    best = ranked[0].sentence
    names = names_in(question.text, question.terms)
    held = question.terms.held(_read_with_date(best.passage))
    across = float(best.passage.language != question.language)
    follows_up = float(question.previous is not None)
    similarity = max(one.signs.similarity for one in ranked)
    coverage = max(max(one.coverage, _coverage_then(question.terms, one)) for one in passages)
    if asks_how_long(question) and ranked[0].signs.fits >= 1:
        coverage = max(coverage_of_what_lasts(question, one) for one in passages)
    return Evidence(
        similarity=similarity,
        similarity_across=similarity * across,
        across=across,
        passage_similarity=(passages[0].similarity - embedder.floor) / embedder.spread,
        passage_coverage=coverage * (1 - across) * (1 - follows_up),
        follows_up=follows_up,
        fits=ranked[0].signs.fits if asks_for_a_kind(question) else ASKS_FOR_ANYTHING,
        recent=ranked[0].signs.recent,
        absent=float(bool(names) and names <= question.terms.absent),
        missing=len(names - held) / len(names) if names else 0.0,
        margin=_margin(passages, embedder.spread),
    )


def _coverage_then(terms: Terms, passage: Passage) -> float:
    """Coverage of the terms beside a month or year, where those are when the passage was
    published; else 0."""
    time = {term for term in terms.weights if any(map(_is_of_a_date, term.forms))}
    rest = terms.weights.keys() - time
    if not time or not rest or not time <= terms.held(_read_with_date(passage)):
        return 0.0
    held = rest & terms.held(f"{passage.title} {passage.text}")
    return sum(terms.weights[term] for term in held) / sum(terms.weights[term] for term in rest)


def _is_of_a_date(form: Sequence[str]) -> bool:
    return len(form) == 1 and (form[0] in MONTHS or bool(_YEAR.fullmatch(form[0])))


def _read_with_date(passage: Passage) -> str:
    """With the month and year it was published in, which an article need not say of itself."""
    date = passage.published_at
    month = [name for name, number in MONTHS.items() if date and number == date.month]
    year = str(date.year) if date else ""
    return " ".join([passage.title, passage.text, year, *month])


def _margin(passages: Sequence[Passage], spread: float) -> float:
    if len(passages) < ENOUGH_TO_COMPARE:
        return USUAL_MARGIN
    return (passages[0].score - passages[-1].score) / spread


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


def things_named(question: Question) -> frozenset[Term]:
    """The names of a question without the `s` of `Porto Cedro's`.  (pure)"""
    return frozenset(
        term
        for term in names_in(question.text, question.terms)
        if any(len(word) > 1 for form in term.forms for word in form)
    )
