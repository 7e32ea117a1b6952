"""How likely a sentence is the answer, beside the other sentences found.  (pure)

A listwise logistic regression (the softmax over a question's sentences of `score` is the
likelihood of each) over what is seen of a sentence, fitted on the development questions by
`python -m tests.bench.fitting`; what else was tried is in `tests/bench/README.md`.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, fields
from operator import attrgetter, mul

from bot.answer_types import Named, named_by, names_one, stems_of
from bot.questions import Kind, Question, fits
from retrieval.highlight import Highlight

DAYS_OF_NEWS = 14.0
"""In so many days an article is 1/e as near to the day of the question."""
BEGINNING = 800.0
"""Characters of a passage, in which what it begins with is told."""
_SECONDS_A_DAY = 86_400


@dataclass(frozen=True, slots=True)
class Signs:
    """What is seen of one sentence."""

    similarity: float
    """With the question, in spreads above the embedder's floor; 0 where not compared."""
    passage: float
    """Relevance of its passage, in spreads."""
    coverage: float
    """Share of the question's words in it."""
    surroundings: float
    """The same with its neighbours and its article's title."""
    fits: float
    """How far it holds the kind of figure, name or reason that is asked for."""
    recent: float
    """1 for an article of the question's day, falling by age; 0 where either is unknown."""
    early: float
    """1 where its passage begins, falling from there."""


_WEIGHTS = Signs(
    similarity=3.24,
    passage=2.88,
    coverage=0.92,
    surroundings=1.89,
    fits=1.77,
    recent=1.11,
    early=0.67,
)
_QUICK_WEIGHTS = Signs(
    similarity=0.0,
    passage=4.16,
    coverage=4.21,
    surroundings=2.21,
    fits=2.29,
    recent=1.71,
    early=0.78,
)
"""The same where the sentences have not been compared by meaning."""


_values = attrgetter(*(field.name for field in fields(Signs)))
"""As `astuple`, which copies, and there are a hundred sentences to a question."""


@dataclass(frozen=True, slots=True)
class Expected:
    """What the answer to a question looks like."""

    question: Question
    named: Named | None
    known: frozenset[str]


def expected_of(question: Question) -> Expected:
    return Expected(question, named_by(question.text, question.wanted), stems_of(question.text))


def asks_for_a_kind(question: Question) -> bool:
    """Whether it tells what its answer looks like: a figure, a name, a reason."""
    return (
        question.wanted.kind is not Kind.OTHER
        or named_by(question.text, question.wanted) is not None
    )


def fitting(expected: Expected, sentence: str) -> float:
    """How far a sentence holds what is asked for: 0 not, 1 well; 0 when anything will do."""
    wanted = expected.question.wanted
    if expected.named is not None:
        return names_one(expected.named, expected.known, sentence)
    return 0.0 if wanted.kind is Kind.OTHER else fits(wanted, sentence)


def signs_of(
    expected: Expected, sentences: Sequence[Highlight], *, floor: float, spread: float
) -> list[Signs]:
    """Of each sentence. `floor` and `spread` are the embedder's."""
    return [
        Signs(
            similarity=(one.similarity - floor) / spread if one.similarity else 0.0,
            passage=one.passage.score / spread,
            coverage=one.coverage,
            surroundings=one.surroundings,
            fits=fitting(expected, one.text),
            recent=_recent(expected.question, one),
            early=math.exp(-one.span[0] / BEGINNING),
        )
        for one in sentences
    ]


def score(signs: Signs) -> float:
    """How likely a sentence answers, as a logarithm of odds: comparable within a question."""
    return _weighed(_WEIGHTS, signs)


def quick_score(signs: Signs) -> float:
    """The same before sentences are compared by meaning, on a scale of its own."""
    return _weighed(_QUICK_WEIGHTS, signs)


def _weighed(weights: Signs, signs: Signs) -> float:
    return float(sum(map(mul, _values(weights), _values(signs))))


def _recent(question: Question, sentence: Highlight) -> float:
    told, asked = sentence.passage.published_at, question.asked_at
    if told is None or asked is None:
        return 0.0
    return math.exp(-abs((asked - told).total_seconds()) / _SECONDS_A_DAY / DAYS_OF_NEWS)
