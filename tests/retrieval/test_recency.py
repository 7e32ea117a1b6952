"""New passages before old ones that are as good, and no old one buried."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retrieval.fuse import relevance
from retrieval.recency import SHARE_OF_NEWEST, SHARE_OF_PERIOD, period_boost, recency_boost

NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
AGES = st.floats(min_value=0, max_value=40_000)
HALF_LIVES = st.floats(min_value=0.1, max_value=1_000)
SPREADS = st.floats(min_value=0.01, max_value=1)


def aged(days: float) -> datetime:
    return NOW - timedelta(days=days)


@given(AGES, AGES, HALF_LIVES, SPREADS)
def test_the_newer_of_two_never_gets_less(
    one: float, other: float, half_life: float, spread: float
) -> None:
    newer, older = sorted((one, other))

    assert recency_boost(aged(newer), NOW, half_life, spread=spread) >= recency_boost(
        aged(older), NOW, half_life, spread=spread
    )


@given(AGES, HALF_LIVES, SPREADS)
def test_the_bonus_is_bounded_by_its_share(age: float, half_life: float, spread: float) -> None:
    boost = recency_boost(aged(age), NOW, half_life, spread=spread)

    assert 0 < boost <= SHARE_OF_NEWEST * spread


@given(HALF_LIVES)
def test_at_the_half_life_it_is_half(half_life: float) -> None:
    boost = recency_boost(aged(half_life), NOW, half_life, spread=1.0)

    assert boost == pytest.approx(SHARE_OF_NEWEST / 2, rel=1e-3)


@given(AGES, AGES, SPREADS)
def test_an_old_passage_that_leads_by_more_than_the_share_keeps_its_lead(
    old: float, new: float, spread: float
) -> None:
    worse = relevance(0.8, 0.1, spread)
    better = worse + spread * SHARE_OF_NEWEST

    assert better + recency_boost(aged(old), NOW, spread=spread) > worse + recency_boost(
        aged(new), NOW, spread=spread
    )


def test_even_between_years_the_newer_wins_a_tie() -> None:
    two, three = (recency_boost(aged(365 * years), NOW, spread=0.1) for years in (2, 3))

    assert 0.9 + two > 0.9 + three


def test_an_undated_passage_gets_none() -> None:
    assert recency_boost(None, NOW, spread=0.1) == 0
    assert period_boost(None, NOW, None, spread=0.1) == 0


def test_a_date_to_come_is_as_new_as_can_be() -> None:
    assert recency_boost(aged(-5), NOW, spread=1.0) == SHARE_OF_NEWEST


# A period


@given(st.floats(min_value=0, max_value=29.9), SPREADS)
def test_inside_the_period_every_day_is_as_good(day: float, spread: float) -> None:
    published = aged(30) + timedelta(days=day)

    assert period_boost(published, aged(30), NOW, spread=spread) == SHARE_OF_PERIOD * spread


@given(AGES, AGES, SPREADS)
def test_outside_the_period_the_nearer_never_gets_less(
    one: float, other: float, spread: float
) -> None:
    near, far = sorted((one, other))
    since, until = aged(7), NOW
    for sign, end in ((-1, since), (1, until)):
        nearer, further = (
            period_boost(end + sign * timedelta(days=gap), since, until, spread=spread)
            for gap in (near, far)
        )
        assert SHARE_OF_PERIOD * spread >= nearer >= further > 0


@pytest.mark.parametrize(("since", "until"), [(aged(7), None), (None, aged(-1))])
def test_an_open_end_is_never_left(since: datetime | None, until: datetime | None) -> None:
    assert period_boost(NOW, since, until, spread=1.0) == SHARE_OF_PERIOD


def test_without_a_period_there_is_nothing_to_prefer() -> None:
    assert period_boost(NOW, None, None, spread=1.0) == 0
