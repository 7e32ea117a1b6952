"""Figures with their intervals: what they are, and that they cover what they claim to."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from retrieval.bootstrap import (
    Estimate,
    auroc,
    auroc_difference,
    auroc_estimate,
    percentile,
    ratio,
    ratio_difference,
    ratio_of,
)

Shares = list[tuple[float, float]]


def shares(*rows: tuple[float, float]) -> np.ndarray[tuple[int, int], np.dtype[np.float64]]:
    return np.array(rows, dtype=float).reshape(-1, 2)


def yes_and_no(yes: int, no: int) -> np.ndarray[tuple[int, int], np.dtype[np.float64]]:
    return shares(*[(1.0, 1.0)] * yes, *[(0.0, 1.0)] * no)


def test_a_ratio_is_of_the_sums_of_the_rows_that_count() -> None:
    figure = ratio(shares((1, 1), (0, 1), (0, 0), (1, 2)))

    assert figure.value == pytest.approx(2 / 4)
    assert figure.n == 3
    assert ratio_of(shares((1, 1), (0, 1), (0, 0), (1, 2))) == figure.value


def test_a_ratio_of_nothing_is_unknown() -> None:
    for rows in (shares(), shares((0, 0), (0, 0))):
        figure = ratio(rows)
        assert not figure.known
        assert figure.n == 0
        assert math.isnan(figure.low)


def test_the_interval_of_a_share_is_about_the_binomial_one() -> None:
    figure = ratio(yes_and_no(80, 20))
    spread = 1.96 * math.sqrt(0.8 * 0.2 / 100)

    assert figure.low == pytest.approx(0.8 - spread, abs=0.015)
    assert figure.high == pytest.approx(0.8 + spread, abs=0.015)


def test_the_same_rows_give_the_same_interval() -> None:
    assert ratio(yes_and_no(7, 5)) == ratio(yes_and_no(7, 5))


def test_many_rows_are_drawn_in_parts_and_give_an_interval_all_the_same() -> None:
    figure = ratio(yes_and_no(3_000, 3_000))

    assert figure.value == 0.5
    assert 0.48 < figure.low < 0.5 < figure.high < 0.52


@given(st.lists(st.tuples(st.floats(0, 1), st.just(1.0)), min_size=1, max_size=30))
def test_an_interval_holds_nothing_outside_the_figures_it_is_of(rows: Shares) -> None:
    figure = ratio(shares(*rows))
    values = [row[0] for row in rows]

    assert min(values) - 1e-9 <= figure.low <= figure.high <= max(values) + 1e-9


def test_a_paired_difference_is_surer_than_its_two_figures() -> None:
    before = yes_and_no(50, 50)
    after = yes_and_no(60, 40)  # ten questions gained, none lost

    figure = ratio_difference(before, after)

    assert figure.value == pytest.approx(0.1)
    assert figure.differs_from_zero
    assert figure.high - figure.low < 0.13
    assert ratio(before).high > ratio(after).low, "unpaired, the intervals overlap"


def test_no_change_differs_from_nothing() -> None:
    figure = ratio_difference(yes_and_no(5, 5), yes_and_no(5, 5))

    assert (figure.value, figure.low, figure.high) == (0, 0, 0)
    assert not figure.differs_from_zero


def test_an_unknown_difference_differs_from_nothing() -> None:
    assert not Estimate(math.nan, math.nan, math.nan, 0).differs_from_zero


@pytest.mark.parametrize(
    ("positive", "negative", "expected"),
    [
        ([0.9, 0.8], [0.1, 0.2], 1.0),
        ([0.1], [0.9], 0.0),
        ([0.5], [0.5], 0.5),
        ([0.9, 0.3], [0.5], 0.5),
        ([0.9, 0.5], [0.5, 0.1], 0.875),
    ],
)
def test_auroc_counts_the_pairs_in_order(
    positive: list[float], negative: list[float], expected: float
) -> None:
    scores = np.array([*positive, *negative])
    labels = np.array([True] * len(positive) + [False] * len(negative))

    assert auroc(scores, labels) == pytest.approx(expected)


@given(st.lists(st.tuples(st.integers(0, 5), st.booleans()), min_size=1, max_size=40))
def test_auroc_is_what_comparing_every_pair_gives(rows: list[tuple[int, bool]]) -> None:
    high = [score for score, positive in rows if positive]
    low = [score for score, positive in rows if not positive]
    wins = [1.0 if one > other else 0.5 * (one == other) for one in high for other in low]

    found = auroc(np.array([row[0] for row in rows], float), np.array([row[1] for row in rows]))

    if wins:
        assert found == pytest.approx(sum(wins) / len(wins))
    else:
        assert math.isnan(found)


def test_auroc_of_one_kind_alone_is_unknown() -> None:
    assert not auroc_estimate(np.array([0.1, 0.9]), np.array([True, True])).known
    assert not auroc_estimate(np.array([]), np.array([], dtype=bool)).known


def test_auroc_has_an_interval_around_it() -> None:
    scores = np.array([0.9, 0.8, 0.7, 0.4, 0.6, 0.3, 0.2, 0.1])
    figure = auroc_estimate(scores, np.array([True] * 4 + [False] * 4))

    assert figure.low < figure.value < figure.high
    assert figure.n == 8


def test_a_score_that_separates_better_is_seen_to_be_better() -> None:
    positive = np.array([True, False] * 40)
    noise = np.tile([0.1, 0.2, 0.3, 0.4, 0.5], 16)
    better = noise + positive

    assert auroc_difference(noise, better, positive).low > 0
    assert auroc_difference(better, noise, positive).high < 0


@pytest.mark.parametrize(
    ("share", "expected"), [(0.0, 1.0), (0.5, 2.0), (0.75, 3.0), (0.95, 4.0), (1.0, 4.0)]
)
def test_a_percentile_is_one_of_the_values(share: float, expected: float) -> None:
    assert percentile([4.0, 2.0, 1.0, 3.0], share) == expected


def test_a_percentile_of_nothing_is_unknown() -> None:
    assert math.isnan(percentile([], 0.5))
