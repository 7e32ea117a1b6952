"""When a feed is asked next."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from statistics import mean

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retrieval.feeds.rhythm import (
    DEFAULT_BOUNDS,
    LONGEST_WAIT,
    NO_HINTS,
    Bounds,
    CheckOutcome,
    FeedClock,
    Hints,
    back_off,
    due,
    next_check,
)

NOW = datetime(2024, 3, 4, 9, tzinfo=UTC)
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
MIDDLE = 0.5

JITTERS = st.floats(min_value=0, max_value=1, exclude_max=True)
WAITS = st.timedeltas(min_value=-DAY, max_value=400 * DAY)
HINTS = st.builds(Hints, st.none() | WAITS, st.none() | WAITS, st.none() | WAITS)
CLOCKS = st.builds(
    FeedClock,
    st.timedeltas(min_value=-DAY, max_value=4000 * DAY),
    st.integers(min_value=-1, max_value=10**9),
)
LIVE = st.sampled_from([CheckOutcome.NEW, CheckOutcome.UNCHANGED, CheckOutcome.FAILED])
BOUNDS = st.tuples(
    st.timedeltas(min_value=timedelta(seconds=1), max_value=7 * DAY),
    st.timedeltas(min_value=timedelta(seconds=1), max_value=7 * DAY),
).map(lambda pair: Bounds(min(pair), max(pair)))


def wait(
    outcome: CheckOutcome,
    clock: FeedClock | None = None,
    hints: Hints = NO_HINTS,
    jitter: float = MIDDLE,
) -> timedelta:
    _, moment = next_check(clock or FeedClock(), outcome, hints, NOW, jitter)
    assert moment is not None
    return moment - NOW


# A healthy feed


def test_a_feed_with_news_is_asked_sooner_and_one_without_later() -> None:
    assert wait(CheckOutcome.NEW) == 30 * MINUTE
    assert wait(CheckOutcome.UNCHANGED) == 75 * MINUTE


def test_the_rhythm_stays_between_ten_minutes_and_six_hours() -> None:
    busy = idle = FeedClock()
    for _ in range(20):
        busy, _ = next_check(busy, CheckOutcome.NEW, NO_HINTS, NOW, MIDDLE)
        idle, _ = next_check(idle, CheckOutcome.UNCHANGED, NO_HINTS, NOW, MIDDLE)

    assert (busy.interval, idle.interval) == (10 * MINUTE, 6 * HOUR)


def test_bounds_set_later_hold_at_the_next_check() -> None:
    bounds = Bounds(HOUR, 2 * HOUR)

    after, moment = next_check(
        FeedClock(10 * MINUTE), CheckOutcome.UNCHANGED, NO_HINTS, NOW, MIDDLE, bounds
    )

    assert after.interval == 75 * MINUTE
    assert moment == NOW + 75 * MINUTE


def test_feeds_added_together_drift_apart() -> None:
    waits = [wait(CheckOutcome.UNCHANGED, jitter=at / 10) for at in range(10)]

    assert len(set(waits)) == 10
    assert max(waits) - min(waits) >= 10 * MINUTE


@pytest.mark.parametrize("gap", [HOUR, 4 * HOUR, 12 * HOUR, 3 * DAY])
def test_the_rhythm_settles_so_that_an_article_waits_a_fraction_of_the_usual_gap(
    gap: timedelta,
) -> None:
    clock, now, seen = FeedClock(), NOW, 0
    lags, checks = [], 0
    while now < NOW + 60 * gap:
        published = (now - NOW) // gap
        lags += [now - (NOW + at * gap) for at in range(seen + 1, published + 1)]
        outcome = CheckOutcome.NEW if published > seen else CheckOutcome.UNCHANGED
        seen, checks = published, checks + 1
        jitter = (checks * 0.618) % 1
        clock, moment = next_check(clock, outcome, NO_HINTS, now, jitter)
        assert moment is not None
        now = moment

    assert mean(lag / gap for lag in lags[5:]) < 0.35
    assert checks < 60 * max(6, gap / (5 * HOUR))


@pytest.mark.parametrize(
    ("shortest", "longest"), [(0, 60), (120, 60), (60, 8 * 24 * 3600), (-5, 60)]
)
def test_bounds_that_make_no_sense_are_refused(shortest: int, longest: int) -> None:
    with pytest.raises(ValueError, match="bounds"):
        Bounds(timedelta(seconds=shortest), timedelta(seconds=longest))


@pytest.mark.parametrize("jitter", [-0.1, 1.0, float("nan")])
def test_a_jitter_outside_its_range_is_refused(jitter: float) -> None:
    with pytest.raises(ValueError, match="jitter"):
        next_check(FeedClock(), CheckOutcome.NEW, NO_HINTS, NOW, jitter)


# What the server wishes


@pytest.mark.parametrize("hints", [Hints(ttl=3 * HOUR), Hints(max_age=3 * HOUR)])
def test_a_feed_is_not_asked_before_its_own_time(hints: Hints) -> None:
    assert wait(CheckOutcome.NEW, hints=hints) == 3 * HOUR


def test_a_wish_shorter_than_the_rhythm_does_not_hurry_it() -> None:
    assert wait(CheckOutcome.UNCHANGED, hints=Hints(ttl=MINUTE, max_age=MINUTE)) == 75 * MINUTE


def test_a_feed_that_wishes_to_be_asked_once_a_year_is_asked_daily() -> None:
    assert wait(CheckOutcome.NEW, hints=Hints(ttl=365 * DAY, max_age=365 * DAY)) == DAY


def test_a_wish_does_not_change_the_rhythm() -> None:
    after, _ = next_check(FeedClock(), CheckOutcome.NEW, Hints(ttl=DAY), NOW, MIDDLE)

    assert after.interval == 30 * MINUTE


@pytest.mark.parametrize("outcome", [CheckOutcome.FAILED, CheckOutcome.UNCHANGED])
def test_retry_after_is_honoured_up_to_a_week(outcome: CheckOutcome) -> None:
    assert wait(outcome, hints=Hints(retry_after=3 * DAY)) == 3 * DAY
    assert wait(outcome, hints=Hints(retry_after=90 * DAY)) == 7 * DAY


def test_how_long_an_error_page_may_be_cached_does_not_delay_the_next_try() -> None:
    assert wait(CheckOutcome.FAILED, hints=Hints(ttl=DAY, max_age=DAY)) < HOUR


# Failures


def test_failures_back_off_up_to_a_day() -> None:
    longest = [back_off(failures, 0.999999) for failures in (1, 2, 3, 8, 50, 10**9)]

    assert [round(one / MINUTE) for one in longest] == [20, 40, 80, 1440, 1440, 1440]


def test_the_first_success_forgets_the_failures_and_keeps_the_rhythm() -> None:
    clock = FeedClock(2 * HOUR)
    for _ in range(5):
        clock, _ = next_check(clock, CheckOutcome.FAILED, NO_HINTS, NOW, MIDDLE)
    assert clock == FeedClock(2 * HOUR, failures=5)

    clock, _ = next_check(clock, CheckOutcome.UNCHANGED, NO_HINTS, NOW, MIDDLE)

    assert clock == FeedClock(150 * MINUTE)


@given(st.integers(min_value=1, max_value=200), JITTERS, BOUNDS)
def test_one_more_failure_never_shortens_the_wait_expected(
    failures: int, jitter: float, bounds: Bounds
) -> None:
    assert back_off(failures, MIDDLE, bounds) <= back_off(failures + 1, MIDDLE, bounds)
    assert back_off(failures, jitter, bounds) <= back_off(failures + 1, jitter, bounds)


@given(st.integers(min_value=1, max_value=100))
def test_the_wait_after_a_failure_takes_every_value_up_to_its_ceiling(failures: int) -> None:
    low, high = back_off(failures, 0), back_off(failures, 0.999999)

    assert low == DEFAULT_BOUNDS.shortest
    assert high > 1.9 * low


def test_a_feed_gone_for_good_is_paused() -> None:
    after, moment = next_check(
        FeedClock(HOUR, failures=3), CheckOutcome.GONE, Hints(retry_after=DAY), NOW, MIDDLE
    )

    assert after == FeedClock(HOUR, paused=True)
    assert moment is None
    assert not due(moment, NOW + 4000 * DAY)


def test_a_paused_feed_that_a_person_had_checked_runs_again() -> None:
    after, moment = next_check(
        FeedClock(HOUR, paused=True), CheckOutcome.NEW, NO_HINTS, NOW, MIDDLE
    )

    assert not after.paused
    assert moment is not None


# Whatever happens


@given(CLOCKS, LIVE, HINTS, JITTERS, BOUNDS)
def test_the_next_check_is_in_the_future_and_within_a_week(
    clock: FeedClock, outcome: CheckOutcome, hints: Hints, jitter: float, bounds: Bounds
) -> None:
    after, moment = next_check(clock, outcome, hints, NOW, jitter, bounds)

    assert moment is not None
    assert NOW + bounds.shortest <= moment <= NOW + LONGEST_WAIT
    assert bounds.shortest <= after.interval <= bounds.longest


@given(CLOCKS, LIVE, JITTERS, BOUNDS)
def test_without_wishes_the_wait_is_within_the_bounds(
    clock: FeedClock, outcome: CheckOutcome, jitter: float, bounds: Bounds
) -> None:
    _, moment = next_check(clock, outcome, NO_HINTS, NOW, jitter, bounds)

    assert moment is not None
    most = max(bounds.shortest, DAY) if outcome is CheckOutcome.FAILED else bounds.longest
    assert bounds.shortest <= moment - NOW <= most


@given(CLOCKS, LIVE, HINTS, JITTERS)
def test_a_check_is_due_at_its_moment_and_not_before(
    clock: FeedClock, outcome: CheckOutcome, hints: Hints, jitter: float
) -> None:
    _, moment = next_check(clock, outcome, hints, NOW, jitter)

    assert moment is not None
    assert due(moment, moment)
    assert not due(moment, moment - timedelta(microseconds=1))
    assert not due(moment, NOW)


@given(CLOCKS, LIVE, HINTS, JITTERS, st.timedeltas(min_value=7 * DAY, max_value=300 * DAY))
def test_what_was_missed_while_the_machine_slept_is_caught_up_once(
    clock: FeedClock, outcome: CheckOutcome, hints: Hints, jitter: float, slept: timedelta
) -> None:
    clock, moment = next_check(clock, outcome, hints, NOW, jitter)
    woken = NOW + slept
    assert due(moment, woken)

    _, moment = next_check(clock, outcome, hints, woken, jitter)

    assert not due(moment, woken)


def test_a_moment_written_by_a_wrong_clock_does_not_silence_the_feed() -> None:
    assert due(NOW + 400 * DAY, NOW)
    assert not due(NOW + 7 * DAY, NOW)
    hour, minute = timedelta(hours=1), timedelta(minutes=1)
    assert due(NOW + 4 * hour, NOW, last_checked_at=NOW + 3 * hour)
    assert not due(NOW + hour, NOW, last_checked_at=NOW + minute)
    assert not due(None, NOW, last_checked_at=NOW + 3 * hour)


def test_a_paused_clock_is_told_apart_from_a_running_one() -> None:
    assert replace(FeedClock(), paused=True) != FeedClock()
