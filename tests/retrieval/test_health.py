"""Whether a feed is well, and when a person hears of it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retrieval.feeds.health import (
    FeedHistory,
    HealthState,
    NoticeKind,
    articles_a_week,
    explain,
    judge,
    typical_gap,
)

NOW = datetime(2024, 3, 4, 9, tzinfo=UTC)  # a Monday
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)

WELL = FeedHistory(
    last_success_at=NOW - HOUR,
    failing_since=None,
    last_new_at=NOW - 3 * HOUR,
    typical_gap=12 * HOUR,
    notified=HealthState.WELL,
    last_checked_at=NOW - HOUR,
)


def failing(since: timedelta, notified: HealthState = HealthState.WELL) -> FeedHistory:
    return replace(
        WELL, failing_since=NOW - since, last_success_at=NOW - since - HOUR, notified=notified
    )


def silent(since: timedelta, gap: timedelta | None = 12 * HOUR) -> FeedHistory:
    return replace(WELL, last_new_at=NOW - since, typical_gap=gap)


def said(history: FeedHistory) -> NoticeKind | None:
    notice = judge(history, NOW)
    return notice.kind if notice else None


# Failing


def test_a_feed_that_is_well_is_not_spoken_of() -> None:
    assert said(WELL) is None


def test_a_feed_that_failed_for_less_than_a_day_is_not_spoken_of() -> None:
    assert said(failing(24 * HOUR)) is None


def test_a_feed_that_failed_for_a_day_is_reported_once() -> None:
    history = failing(25 * HOUR)

    notice = judge(history, NOW)

    assert notice is not None
    assert (notice.kind, notice.since) == (NoticeKind.FAILING, history.failing_since)
    assert said(replace(history, notified=notice.state)) is None


def test_a_feed_that_answers_again_is_reported_once() -> None:
    history = replace(WELL, notified=HealthState.FAILING)

    notice = judge(history, NOW)

    assert notice is not None
    assert notice.kind is NoticeKind.RECOVERED
    assert said(replace(history, notified=notice.state)) is None


def test_a_recovered_feed_must_fail_for_another_day_to_be_reported_again() -> None:
    assert said(failing(23 * HOUR)) is None


def test_the_sleep_of_the_machine_is_no_failure_of_the_feed() -> None:
    failed_before_the_sleep = replace(failing(5 * DAY), last_checked_at=NOW - 5 * DAY + 20 * MINUTE)

    assert said(failed_before_the_sleep) is None


# Silence


def test_a_feed_silent_for_unusually_long_is_reported_once() -> None:
    history = silent(3 * DAY)

    notice = judge(history, NOW)

    assert notice is not None
    assert (notice.kind, notice.since) == (NoticeKind.SILENT, NOW - 3 * DAY)
    assert said(replace(history, notified=notice.state)) is None


def test_what_is_unusual_depends_on_the_feed_s_own_rhythm() -> None:
    assert said(silent(10 * DAY, gap=HOUR)) is NoticeKind.SILENT
    assert said(silent(10 * DAY, gap=7 * DAY)) is None
    assert said(silent(15 * DAY, gap=7 * DAY)) is NoticeKind.SILENT


def test_two_days_of_silence_are_usual_for_any_feed() -> None:
    assert said(silent(47 * HOUR, gap=MINUTE)) is None


def test_a_feed_whose_rhythm_is_not_known_is_not_called_silent() -> None:
    assert said(silent(300 * DAY, gap=None)) is None


def test_the_sleep_of_the_machine_is_no_silence_of_the_feed() -> None:
    assert said(replace(silent(9 * DAY), last_success_at=NOW - 8 * DAY)) is None


def test_a_failing_feed_is_not_called_silent_as_well() -> None:
    history = replace(silent(9 * DAY), failing_since=NOW - HOUR)

    assert said(history) is None
    assert said(replace(history, failing_since=NOW - 2 * DAY)) is NoticeKind.FAILING


def test_a_silent_feed_that_speaks_again_is_reported_once() -> None:
    history = replace(WELL, notified=HealthState.SILENT)

    notice = judge(history, NOW)

    assert notice is not None
    assert notice.kind is NoticeKind.SPEAKS_AGAIN
    assert said(replace(history, notified=notice.state)) is None


def test_a_limit_that_moves_does_not_make_a_silent_feed_speak() -> None:
    history = replace(silent(3 * DAY, gap=40 * HOUR), notified=HealthState.SILENT)

    assert said(history) is None


def test_a_feed_that_answers_again_with_nothing_new_is_reported_once_for_both() -> None:
    history = replace(silent(9 * DAY), notified=HealthState.FAILING)

    notice = judge(history, NOW)

    assert notice is not None
    assert (notice.kind, notice.state) == (NoticeKind.RECOVERED, HealthState.SILENT)
    assert notice.since == NOW - 9 * DAY


# Never a storm

MOMENTS = st.timedeltas(min_value=-40 * DAY, max_value=2 * DAY).map(lambda past: NOW + past)
HISTORIES = st.builds(
    FeedHistory,
    st.none() | MOMENTS,
    st.none() | MOMENTS,
    st.none() | MOMENTS,
    st.none() | st.timedeltas(min_value=timedelta(0), max_value=30 * DAY),
    st.sampled_from(HealthState),
    st.none() | MOMENTS,
)


@given(HISTORIES)
def test_a_notice_is_a_change_of_state_and_is_said_once(history: FeedHistory) -> None:
    notice = judge(history, NOW)

    if notice is not None:
        assert notice.state is not history.notified
        assert judge(replace(history, notified=notice.state), NOW) is None


@given(st.lists(st.sampled_from(["new", "same", "fail"]), max_size=300))
def test_however_a_feed_behaves_it_is_spoken_of_less_than_once_a_day(checks: list[str]) -> None:
    history, now, notices = replace(WELL, last_new_at=NOW), NOW, 0
    for check in checks:
        now += 4 * HOUR
        history = replace(history, last_checked_at=now)
        if check == "fail":
            history = replace(history, failing_since=history.failing_since or now)
        else:
            history = replace(history, failing_since=None, last_success_at=now)
        if check == "new":
            history = replace(history, last_new_at=now)
        if notice := judge(history, now):
            notices += 1
            history = replace(history, notified=notice.state)

    assert notices <= 2 * ((now - NOW) / DAY)
    assert notices <= 2 * (1 + len(checks) // 7)


# Rhythm


def every(gap: timedelta, times: int) -> list[datetime]:
    return [NOW - at * gap for at in range(times)]


def test_the_gap_of_a_steady_feed_is_its_gap() -> None:
    assert typical_gap(every(6 * HOUR, 100)) == 6 * HOUR


def test_the_order_and_repetition_of_times_do_not_matter() -> None:
    times = every(6 * HOUR, 100)

    assert typical_gap([*reversed(times), *times]) == 6 * HOUR


def test_a_newsletter_of_twenty_entries_a_week_has_a_gap_of_a_week() -> None:
    times = [week + at * timedelta(seconds=1) for week in every(7 * DAY, 12) for at in range(20)]

    assert typical_gap(times) == 7 * DAY


def test_a_newsroom_that_rests_on_weekends_is_not_called_silent_on_a_monday() -> None:
    times = [
        day - hour * HOUR
        for day in (NOW - 3 * DAY - at * DAY for at in range(60))
        if day.weekday() < 5
        for hour in range(-9, 1)
    ]
    friday = max(times)

    gap = typical_gap(times)

    assert gap is not None
    monday = friday + 2 * DAY + 15 * HOUR
    history = FeedHistory(monday, None, friday, gap, HealthState.WELL, monday)
    assert judge(history, monday) is None
    assert judge(replace(history, last_success_at=monday + 4 * DAY), monday + 4 * DAY)


def test_one_outage_is_no_rhythm() -> None:
    times = every(6 * HOUR, 100)

    assert typical_gap([moment for moment in times if not 20 < (NOW - moment).days < 24]) == (
        6 * HOUR
    )


def test_an_entry_from_another_decade_is_no_rhythm() -> None:
    assert typical_gap([*every(6 * HOUR, 100), NOW - 4000 * DAY, NOW - 5000 * DAY]) == 6 * HOUR


@pytest.mark.parametrize("times", [[], every(DAY, 1), every(7 * DAY, 8), every(HOUR, 300)])
def test_too_little_is_known_of_a_feed_with_few_gaps_or_few_days(times: list[datetime]) -> None:
    assert typical_gap(times) is None


@given(st.lists(st.datetimes(timezones=st.just(UTC)), max_size=60))
def test_a_gap_is_one_that_was_there(times: list[datetime]) -> None:
    gap = typical_gap(times)

    assert gap is None or timedelta(0) < gap <= timedelta(days=400)


# Articles a week


def test_articles_a_week_are_those_of_the_last_four_weeks() -> None:
    assert articles_a_week([*every(DAY, 28), *every(HOUR, 1)], NOW) == pytest.approx(7.2, abs=0.4)
    assert articles_a_week([NOW - at * DAY for at in range(60, 90)], NOW) == 0


def test_a_feed_added_today_has_written_this_week_what_it_wrote_today() -> None:
    assert articles_a_week(every(HOUR, 5), NOW) == 5


def test_a_feed_known_for_two_weeks_is_measured_over_two_weeks() -> None:
    assert articles_a_week([NOW - 14 * DAY, *every(DAY, 13)], NOW) == 7


def test_articles_of_the_future_have_not_been_written() -> None:
    assert articles_a_week([NOW + DAY], NOW) == 0


# Words


@pytest.mark.parametrize(
    ("status", "reason", "expected"),
    [
        (404, "the server answered 404 (not found)", "front page"),
        (403, "", "another feed"),
        (410, "", "paused"),
        (429, "", "too often"),
        (503, "the server answered 503 (service unavailable)", "fault of its own"),
        (None, "the server took too long to answer", "slow or overloaded"),
        (None, "no address was found for example.org", "spelling"),
        (None, "no secure connection could be made (TLS failed)", "certificate"),
        (None, "10.0.0.1 is an address of a private network", "PAUTA_ALLOW_PRIVATE_HOSTS"),
        (None, "the address redirects more than 5 times", "circles"),
        (200, "this is HTML, not a feed", "looks for its feed"),
        (200, "the XML is malformed", "broken at the outlet's end"),
        (None, "something quite unheard of", "keeps trying"),
    ],
)
def test_an_error_comes_with_what_to_do_next(
    status: int | None, reason: str, expected: str
) -> None:
    assert expected in explain(status, reason)


@given(st.none() | st.integers(), st.text(max_size=50))
def test_there_is_advice_for_any_error(status: int | None, reason: str) -> None:
    assert explain(status, reason).endswith(".")
