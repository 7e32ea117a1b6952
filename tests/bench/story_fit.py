"""The weights of likeness and the thresholds of joining, fitted to the development halves."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations, product

import numpy as np
import numpy.typing as npt
from rich.console import Console

from retrieval import stories
from retrieval.stories import LIFE
from retrieval.story_means import Means
from retrieval.story_window import Window
from tests.bench.stories import FLOOR, Half, tell
from tests.bench.story_scores import score

SIGNS = ("base", "meaning", "names", "figures", "apart", "days")
JOIN, KEEP, UNITE = (-1.0, 0.0, 0.7, 1.4, 2.0), (-3.0, -2.0, -1.0, 0.0), (-1.0, 0.0, 1.0)
_ROUNDS = 60
_SHRINKAGE = 1e-3

Numbers = npt.NDArray[np.float64]


def show_fit(development: Sequence[Half]) -> None:
    console = Console(width=120)
    weights = fit(development)
    console.print("weights:", dict(zip(SIGNS, weights.round(2).tolist(), strict=True)))
    for total, thresholds in grid(development)[:5]:
        console.print(f"JOIN, KEEP, UNITE = {thresholds}: sum of B-cubed F {total:.3f}")


def fit(development: Sequence[Half]) -> Numbers:
    """Logistic regression on all pairs of labelled articles within the life of a story; each set
    counts alike. Newton's method."""
    rows, same, weight = [], [], []
    for half in development:
        signs, is_same = pairs(half)
        rows.append(signs)
        same.append(is_same)
        weight.append(np.full(len(is_same), 2_000 / len(is_same)))
    x, y, w = np.concatenate(rows), np.concatenate(same), np.concatenate(weight)
    found = np.zeros(x.shape[1])
    for _ in range(_ROUNDS):
        p = 1 / (1 + np.exp(-x @ found))
        gradient = x.T @ (w * (y - p)) - _SHRINKAGE * found
        curvature = (x * (w * p * (1 - p))[:, None]).T @ x + _SHRINKAGE * np.eye(len(found))
        found = found + np.linalg.solve(curvature, gradient)
    return found


def pairs(half: Half) -> tuple[Numbers, Numbers]:
    """Signs of every pair, one row each, in the order of `SIGNS`; and whether it is one story."""
    means = Means(FLOOR)
    window = Window(means)
    labelled = [one for one in half.sketches if one.article_id in half.labels]
    first, last = labelled[0].at - LIFE.total_seconds(), labelled[-1].at + LIFE.total_seconds()
    for sketch in half.sketches:
        means.add(sketch)
        if first <= sketch.at <= last:
            window.add(sketch, sketch.article_id)
    rows, same = [], []
    for one, other in combinations(labelled, 2):
        if abs(one.at - other.at) <= LIFE.total_seconds():
            signs = window.signs(one, other)
            rows.append([1, signs.meaning, signs.names, signs.figures, signs.apart, signs.days])
            same.append(half.labels[one.article_id] == half.labels[other.article_id])
    return np.array(rows, dtype=float), np.array(same, dtype=float)


def grid(development: Sequence[Half]) -> list[tuple[float, tuple[float, float, float]]]:
    """Sum of B-cubed F by thresholds, the best first."""
    kept = stories.JOIN, stories.KEEP, stories.UNITE
    found = []
    try:
        for thresholds in product(JOIN, KEEP, UNITE):
            stories.JOIN, stories.KEEP, stories.UNITE = thresholds
            total = sum(score(tell(half.sketches), half.labels).f for half in development)
            found.append((total, thresholds))
    finally:
        stories.JOIN, stories.KEEP, stories.UNITE = kept
    return sorted(found, key=lambda pair: -pair[0])
