"""Figures over questions with their intervals: ratios of sums, and AUROC.  (pure)

Intervals are percentile bootstraps over rows, one row a question (Efron & Tibshirani 1993,
ch. 13). The draws have a fixed seed, so that the same rows give the same interval.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]
Rows = npt.NDArray[np.int64]

LEVEL = 0.95
RESAMPLES = 1_000
_SEED = 20_230_310
_DRAWN_AT_ONCE = 2_000_000
"""Row numbers held in memory at a time."""


@dataclass(frozen=True, slots=True)
class Estimate:
    """A figure with its interval, over `n` rows that count for it; NaN where none does."""

    value: float
    low: float
    high: float
    n: int

    @property
    def known(self) -> bool:
        return not math.isnan(self.value)

    @property
    def differs_from_zero(self) -> bool:
        """For a difference: the interval leaves zero out."""
        return self.low > 0 or self.high < 0


def ratio(shares: Floats) -> Estimate:
    """Sum of the first column by sum of the second; `shares` has shape (n, 2).

    Rows of zeros do not count.
    """
    counted = shares[shares.any(axis=1)]
    return _estimate(_ratio, counted)


def ratio_of(shares: Floats) -> float:
    """The same ratio without its interval."""
    return float(_ratio(shares))


def ratio_difference(before: Floats, after: Floats) -> Estimate:
    """The ratio of `after` less that of `before`, row by row of the same question."""
    both = np.hstack([before, after])
    counted = both[both.any(axis=1)]
    return _estimate(lambda drawn: _ratio(drawn[..., 2:]) - _ratio(drawn[..., :2]), counted)


def auroc(scores: Floats, positive: Bools) -> float:
    """Chance that a positive scores higher than a negative, ties half (Hanley & McNeil 1982).

    NaN when there are none of either.
    """
    high, low = scores[positive], np.sort(scores[~positive])
    if not high.size or not low.size:
        return math.nan
    below = np.searchsorted(low, high, side="left") + np.searchsorted(low, high, side="right")
    return float(below.mean() / (2 * low.size))


def auroc_estimate(scores: Floats, positive: Bools) -> Estimate:
    return _auroc_estimate(lambda rows: auroc(scores[rows], positive[rows]), len(scores))


def auroc_difference(before: Floats, after: Floats, positive: Bools) -> Estimate:
    """AUROC of `after` less that of `before`, for the same questions."""
    return _auroc_estimate(
        lambda rows: auroc(after[rows], positive[rows]) - auroc(before[rows], positive[rows]),
        len(before),
    )


def percentile(values: Sequence[float], share: float) -> float:
    """The smallest value that at least `share` of all do not exceed (nearest rank).

    NaN of none.
    """
    if not values:
        return math.nan
    return sorted(values)[max(0, math.ceil(share * len(values)) - 1)]


def _estimate(figure: Callable[[Floats], Floats], counted: Floats) -> Estimate:
    value = float(figure(counted))
    drawn = [figure(counted[rows]) for rows in _draws(len(counted))]
    return _with_interval(value, np.concatenate(drawn) if drawn else np.empty(0), len(counted))


def _auroc_estimate(figure: Callable[[Rows], float], n: int) -> Estimate:
    value = figure(np.arange(n))
    if math.isnan(value):
        return Estimate(math.nan, math.nan, math.nan, 0)
    drawn = [figure(rows) for block in _draws(n) for rows in block]
    return _with_interval(value, np.array(drawn), n)


def _draws(n: int) -> Iterator[Rows]:
    """Blocks of resamples, shape (some, n), `RESAMPLES` in all; none of no rows."""
    if not n:
        return
    random = np.random.default_rng(_SEED)
    at_once = max(1, _DRAWN_AT_ONCE // n)
    for done in range(0, RESAMPLES, at_once):
        yield random.integers(0, n, (min(at_once, RESAMPLES - done), n))


def _with_interval(value: float, drawn: Floats, n: int) -> Estimate:
    # A resample may lack what a figure is of, as precision where nothing was answered.
    drawn = drawn[~np.isnan(drawn)]
    if math.isnan(value) or not drawn.size:
        return Estimate(math.nan, math.nan, math.nan, 0)
    low, high = np.quantile(drawn, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return Estimate(value, float(low), float(high), n)


def _ratio(shares: Floats) -> Floats:
    """Of shape (..., n, 2), the ratios of sums: shape (...); NaN where nothing counts."""
    sums = shares.sum(axis=-2)
    above, below = sums[..., 0], sums[..., 1]
    ratios: Floats = np.divide(above, below, out=np.full_like(below, math.nan), where=below > 0)
    return ratios
