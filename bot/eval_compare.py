"""Two evaluations of the same questions, held against each other.  (pure)"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from retrieval.bootstrap import Estimate
from retrieval.evaluate import ALL_METRICS, METRICS, Result, difference

FLIPPING = ("answer@1", "answer@5", "quote@1", "quote@3", "right")
"""Metrics a single question either meets or not, whose changes are listed."""


@dataclass(frozen=True, slots=True)
class Flips:
    """Questions by id that met a metric in only one of the runs."""

    gained: tuple[str, ...]
    lost: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Comparison:
    """A later run against an earlier one, over the questions both have."""

    earlier: str
    """Its name."""
    shared: int
    left_out: int
    """Questions only one of them has, or whose text or answerability changed."""
    differences: dict[str, Estimate]
    """Later less earlier, paired by question."""
    flips: dict[str, Flips]


def compare(earlier: Sequence[Result], later: Sequence[Result], name: str) -> Comparison:
    """`name` is the earlier run's."""
    before = {result.id: result for result in earlier}
    pairs = [
        (old, new)
        for new in later
        if (old := before.get(new.id)) is not None and _same_question(old, new)
    ]
    return Comparison(
        earlier=name,
        shared=len(pairs),
        left_out=len(before.keys() | {new.id for new in later}) - len(pairs),
        differences={metric: difference(pairs, metric) for metric in ALL_METRICS},
        flips={metric: _flips(pairs, metric) for metric in FLIPPING},
    )


def _same_question(old: Result, new: Result) -> bool:
    return (old.question, old.answerable) == (new.question, new.answerable)


def _flips(pairs: Sequence[tuple[Result, Result]], metric: str) -> Flips:
    share = METRICS[metric]
    changes = [(new.id, share(new)[0] - share(old)[0]) for old, new in pairs]
    return Flips(
        gained=tuple(name for name, change in changes if change > 0),
        lost=tuple(name for name, change in changes if change < 0),
    )
