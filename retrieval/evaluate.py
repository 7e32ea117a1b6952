"""What searches and answers are worth, on questions whose answers are known.  (pure)

Every figure but AUROC is a ratio of two sums over questions:

    answer@k, article@k     answerable ones with the answer, or a relevant article, among the
                            first k passages
    mrr@10                  of the answer where the file gives it, else of a relevant article
    quote@k                 answerable ones whose first k quotes hold the answer
    precision, recall, f1   answered beside answerable
    refused                 of the unanswerable, the share not answered
    right                   answered exactly when answerable
    auroc                   an answerable question has more confidence than an unanswerable one
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from retrieval.bootstrap import (
    Bools,
    Estimate,
    Floats,
    auroc_difference,
    auroc_estimate,
    ratio,
    ratio_difference,
    ratio_of,
)
from retrieval.folding import fold

RANKS = 10
"""Passages looked at per question."""

_WORD = re.compile(r"[^\W_]+")


@dataclass(frozen=True, slots=True)
class Result:
    """What became of one question. Ranks count from 1; None: not among what was found."""

    id: str
    question: str
    language: str
    kind: str
    """The kind of answer asked for, as Pauta understands the question."""
    label: str
    """The question's own kind, where its file gives one."""
    answerable: bool
    has_answers: bool
    """The file says what the answer is, so that it can be looked for."""
    has_articles: bool
    """The file says which articles are relevant."""
    answer_rank: int | None
    article_rank: int | None
    quote_rank: int | None
    """How many quotes, from the first, it takes to read the answer."""
    answered: bool
    confidence: float
    search_ms: float
    answer_ms: float


Share = tuple[float, float]
"""What one question adds to numerator and denominator."""


def _within(rank: int | None, most: int) -> float:
    return float(rank is not None and rank <= most)


def _answer(most: int) -> Callable[[Result], Share]:
    def share(result: Result) -> Share:
        counts = result.answerable and result.has_answers
        return (_within(result.answer_rank, most), 1.0) if counts else (0.0, 0.0)

    return share


def _article(most: int) -> Callable[[Result], Share]:
    def share(result: Result) -> Share:
        counts = result.answerable and result.has_articles
        return (_within(result.article_rank, most), 1.0) if counts else (0.0, 0.0)

    return share


def _quote(most: int) -> Callable[[Result], Share]:
    def share(result: Result) -> Share:
        counts = result.answerable and result.has_answers
        return (_within(result.quote_rank, most), 1.0) if counts else (0.0, 0.0)

    return share


def _reciprocal_rank(result: Result) -> Share:
    if not result.answerable or not (result.has_answers or result.has_articles):
        return (0.0, 0.0)
    rank = result.answer_rank if result.has_answers else result.article_rank
    return (1.0 / rank if rank is not None and rank <= RANKS else 0.0, 1.0)


METRICS: Mapping[str, Callable[[Result], Share]] = {
    "answer@1": _answer(1),
    "answer@5": _answer(5),
    "answer@10": _answer(10),
    "mrr@10": _reciprocal_rank,
    "article@1": _article(1),
    "article@5": _article(5),
    "article@10": _article(10),
    "quote@1": _quote(1),
    "quote@3": _quote(3),
    "precision": lambda r: (float(r.answered and r.answerable), float(r.answered)),
    "recall": lambda r: (float(r.answered and r.answerable), float(r.answerable)),
    "f1": lambda r: (2.0 * (r.answered and r.answerable), float(r.answered) + float(r.answerable)),
    "refused": lambda r: (float(not r.answered and not r.answerable), float(not r.answerable)),
    "right": lambda r: (float(r.answered == r.answerable), 1.0),
}
AUROC = "auroc"
ALL_METRICS = (*METRICS, AUROC)


def estimate(results: Sequence[Result], metric: str) -> Estimate:
    """One of `ALL_METRICS`. Raises KeyError for another."""
    if metric == AUROC:
        return auroc_estimate(_confidence(results), _answerable(results))
    return ratio(_shares(results, METRICS[metric]))


def difference(pairs: Sequence[tuple[Result, Result]], metric: str) -> Estimate:
    """Later less earlier, for the `(earlier, later)` results of the same questions."""
    earlier, later = [pair[0] for pair in pairs], [pair[1] for pair in pairs]
    if metric == AUROC:
        return auroc_difference(_confidence(earlier), _confidence(later), _answerable(later))
    share = METRICS[metric]
    return ratio_difference(_shares(earlier, share), _shares(later, share))


def groups(results: Sequence[Result]) -> dict[str, list[Result]]:
    """All, then by language, by kind and by label, each in alphabetical order."""
    found: dict[str, list[Result]] = {"all": list(results)}
    parts: list[tuple[str, Callable[[Result], str]]] = [
        ("language", lambda result: result.language),
        ("kind", lambda result: result.kind),
        ("label", lambda result: result.label),
    ]
    for name, part_of in parts:
        for value in sorted({part_of(result) for result in results} - {""}):
            found[f"{name} {value}"] = [item for item in results if part_of(item) == value]
    return found


def recall_at(results: Sequence[Result], most: int) -> tuple[float, float]:
    """Answer recall and article recall at `most` passages; NaN where the file gives none."""
    answer = ratio_of(_shares(results, _answer(most)))
    return answer, ratio_of(_shares(results, _article(most)))


def by_threshold(results: Sequence[Result], thresholds: Sequence[float]) -> Floats:
    """Precision and recall of answering what is at least that confident.

    Shape (len(thresholds), 2); NaN where nothing would be answered, or nothing is answerable.
    """
    confidence, answerable = _confidence(results), _answerable(results)
    table = np.full((len(thresholds), 2), math.nan)
    for row, threshold in enumerate(thresholds):
        answered = confidence >= threshold
        right = float((answered & answerable).sum())
        if answered.any():
            table[row, 0] = right / float(answered.sum())
        if answerable.any():
            table[row, 1] = right / float(answerable.sum())
    return table


def reliability(results: Sequence[Result], bins: int = 10) -> list[tuple[float, float, int]]:
    """Mean confidence, share answerable, count: for each bin of confidence that has any."""
    confidence, answerable = _confidence(results), _answerable(results)
    places = np.clip((confidence * bins).astype(int), 0, bins - 1)
    return [
        (float(confidence[inside].mean()), float(answerable[inside].mean()), int(inside.sum()))
        for inside in (places == place for place in range(bins))
        if inside.any()
    ]


def holds(text: str, answers: Sequence[str], *, every: bool = False) -> bool:
    """Whether an answer's words stand in the text in a row; `every` asks for all answers.

    Words are compared in lower case and without accents; only letters and digits count.
    """
    words = normalised(text)
    found = [normalised(answer) in words for answer in answers]
    return bool(found) and (all(found) if every else any(found))


def normalised(text: str) -> str:
    """The words of a text with one space before, between and after them."""
    return f" {' '.join(_WORD.findall(fold(text)))} "


def first_true(flags: Iterable[bool]) -> int | None:
    """Rank, from 1, of the first that is true."""
    return next((rank for rank, flag in enumerate(flags, start=1) if flag), None)


def quotes_needed(
    quotes: Sequence[str], answers: Sequence[str], *, every: bool = False
) -> int | None:
    """How many quotes, from the first, it takes to read the answer; None: all are not enough.

    With `every`, each answer may stand in another quote.
    """
    ranks = [first_true(holds(quote, [answer]) for quote in quotes) for answer in answers]
    found = [rank for rank in ranks if rank is not None]
    if not found or (every and len(found) < len(ranks)):
        return None
    return max(found) if every else min(found)


def _shares(results: Sequence[Result], share: Callable[[Result], Share]) -> Floats:
    return np.array([share(result) for result in results], dtype=float).reshape(-1, 2)


def _confidence(results: Sequence[Result]) -> Floats:
    return np.array([result.confidence for result in results], dtype=float)


def _answerable(results: Sequence[Result]) -> Bools:
    return np.array([result.answerable for result in results], dtype=bool)
