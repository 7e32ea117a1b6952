"""Two regressions for `tests.bench.fitting`: within lists, and of single cases.  (pure)"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from retrieval.bootstrap import Bools, Floats

SENTENCE_PENALTY, CONFIDENCE_PENALTY = 0.5, 4.0
"""Half of which times the squared weights, or what they differ by from what they are drawn to,
is added to the loss."""

MOST_STEPS, SMALLEST_STEP, FLAT = 300, 1e-8, 1e-4

Group = tuple[Floats, Bools, float]
"""Of one question: the signs of its sentences, a row each; which are right; what it counts."""


def fit_listwise(groups: Sequence[Group]) -> Floats:
    """Weights under which the right sentences of each question are likeliest, by softmax."""
    groups = [group for group in groups if group[1].any()]

    def loss(weights: Floats) -> tuple[float, Floats]:
        total = SENTENCE_PENALTY / 2 * float(weights @ weights)
        slope = SENTENCE_PENALTY * weights
        for signs, right, counts in groups:
            share = _softmax(signs @ weights)
            held = float(share[right].sum()) + 1e-12
            total -= counts * float(np.log(held))
            slope = slope - counts * (signs.T @ (share * right / held - share))
        return total, slope

    return _least(loss, groups[0][0].shape[1])


def likelihood(groups: Sequence[Group], weights: Floats) -> float:
    """Mean logarithm of what the right sentences of a question get together."""
    shares = [_softmax(signs @ weights)[right].sum() for signs, right, _ in groups if right.any()]
    return float(np.log(np.array(shares) + 1e-12).mean())


def fit_logistic(evidence: Floats, answerable: Bools, counts: Floats, drawn_to: Floats) -> Floats:
    """Intercept, then the weights of the columns of `evidence`, one row a question; the
    intercept is free, whatever `drawn_to` begins with."""
    signs = _with_intercept(evidence)
    right = answerable.astype(float)
    penalty = np.full(signs.shape[1], CONFIDENCE_PENALTY)
    penalty[0] = 0.0

    def loss(weights: Floats) -> tuple[float, Floats]:
        sure = _sure(signs, weights)
        each = right * np.log(sure + 1e-12) + (1 - right) * np.log(1 - sure + 1e-12)
        apart = weights - drawn_to
        total = -float(counts @ each) + float(penalty @ apart**2) / 2
        return total, signs.T @ (counts * (sure - right)) + penalty * apart

    return _least(loss, signs.shape[1])


def sureness(evidence: Floats, weights: Floats) -> Floats:
    """Probability, 0 to 1, of each row; `weights` with the intercept before them."""
    return _sure(_with_intercept(evidence), weights)


def _with_intercept(evidence: Floats) -> Floats:
    return np.column_stack([np.ones(len(evidence)), evidence])


def _sure(signs: Floats, weights: Floats) -> Floats:
    sure: Floats = 1 / (1 + np.exp(-(signs @ weights)))
    return sure


def _softmax(scores: Floats) -> Floats:
    raised: Floats = np.exp(scores - scores.max())
    return raised / float(raised.sum())


def _least(loss: Callable[[Floats], tuple[float, Floats]], size: int) -> Floats:
    """Where a smooth loss is least, from zero: BFGS with backtracking (Nocedal & Wright 2006,
    algorithm 6.1)."""
    weights, inverse = np.zeros(size), np.eye(size)
    value, slope = loss(weights)
    for _ in range(MOST_STEPS):
        way = -inverse @ slope
        step = 1.0
        while step > SMALLEST_STEP:
            there = weights + step * way
            value_there, slope_there = loss(there)
            if value_there <= value + 1e-4 * step * float(slope @ way):
                break
            step /= 2
        else:
            return weights
        moved, turned = there - weights, slope_there - slope
        weights, value, slope = there, value_there, slope_there
        if (bend := float(moved @ turned)) > 1e-12:
            left = np.eye(size) - np.outer(moved, turned) / bend
            inverse = left @ inverse @ left.T + np.outer(moved, moved) / bend
        if float(np.abs(slope).max()) < FLAT:
            break
    return weights
