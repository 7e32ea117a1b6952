"""Telegram's limits as a plan: what is delivered waits its turn, answers never do."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.pacing import (
    ANSWERING_FOR,
    LOOKED_BACK,
    MANY_CHATS,
    MOST_SIDE_BY_SIDE,
    SLACK,
    STALLED_AFTER,
    Limits,
    Pace,
    side_by_side,
)
from tests.telegram_limits import StrictLimits

GROUP = -100500


def deliver(pace: Pace, chat_id: int, now: float, *, took: float = 0.0) -> float:
    """Wait for both moments and send; returns when it left."""
    while (moment := max(pace.next_for(chat_id, now), pace.next_for_all(now))) > now:
        now = moment
    message = pace.delivered(chat_id, now)
    pace.acknowledged(message, now + took)
    return now


def test_a_first_message_leaves_at_once() -> None:
    assert deliver(Pace(), 7, 100.0) == 100.0


def test_a_delivery_to_many_chats_uses_at_least_95_percent_of_what_is_allowed() -> None:
    pace, now = Pace(), 0.0
    for chat_id in range(1, 5001):
        now = deliver(pace, chat_id, now)
    assert (5000 - 30) / 30 / now >= 0.95


@given(
    st.lists(
        st.tuples(st.integers(-3, 40).filter(bool), st.floats(0, 0.5)), min_size=1, max_size=80
    )
)
@settings(max_examples=25, deadline=None)
def test_whatever_is_delivered_when_telegram_never_says_too_much(
    wishes: list[tuple[int, float]],
) -> None:
    pace, strict, now = Pace(), StrictLimits(), 0.0
    for chat_id, pause in wishes:
        now = deliver(pace, chat_id, now + pause)
        assert strict.seconds_to_wait(chat_id, now) is None


def test_a_chat_hears_at_most_one_message_a_second() -> None:
    pace = Pace()
    first = deliver(pace, 7, 0.0)
    assert deliver(pace, 7, 0.0) - first > 1.0
    assert pace.next_for(8, 0.0) == 0.0


def test_a_group_hears_at_most_twenty_messages_a_minute() -> None:
    pace, moments, now = Pace(), list[float](), 0.0
    for _ in range(21):
        now = deliver(pace, GROUP, now)
        moments.append(now)
    assert moments[20] - moments[0] > 60.0
    assert moments[19] - moments[0] < 30.0


def test_a_delivery_that_was_held_up_does_not_make_up_for_it_in_a_burst() -> None:
    pace = Pace()
    now = 0.0
    for chat_id in range(1, 40):
        now = deliver(pace, chat_id, now)
    now += 10.0
    left = [now := deliver(pace, chat_id, now) for chat_id in range(100, 140)]
    assert left[9] > left[0]
    assert left[30] - left[0] > 1.0


def test_what_is_acknowledged_late_counts_as_arrived_late() -> None:
    pace = Pace(Limits(a_second=1))
    now = deliver(pace, 1, 0.0, took=0.02)
    slow = pace.delivered(2, now := now + 1.03)
    assert pace.next_for_all(now + 0.5) == pytest.approx(now + 1.48 + SLACK, abs=0.001)
    pace.acknowledged(slow, now + 0.42)
    assert pace.next_for_all(now + 0.5) == pytest.approx(now + 1.4 + SLACK, abs=0.001)


class TestAnswers:
    def test_are_counted_and_delay_what_is_delivered(self) -> None:
        pace = Pace()
        for number in range(20):
            pace.answered(1000 + number, 0.0)
        assert pace.next_for_all(0.0) > 1.0

    def test_are_left_a_third_of_the_room_while_people_are_being_answered(self) -> None:
        busy, idle = Pace(), Pace()
        busy.answered(7, 0.0)
        for pace in (busy, idle):
            now = 0.0
            for chat_id in range(100, 160):
                now = deliver(pace, chat_id, now)
            pace.hold(now)
        assert busy._held_until / idle._held_until == pytest.approx(1.6, rel=0.1)

    def test_are_forgotten_after_a_while(self) -> None:
        pace = Pace()
        pace.answered(7, 0.0)
        assert pace._most(ANSWERING_FOR - 0.1) == 20
        assert pace._most(ANSWERING_FOR + 0.1) == 30

    def test_make_a_delivery_to_the_same_chat_wait_a_second(self) -> None:
        pace = Pace()
        pace.answered(7, 0.0)
        assert pace.next_for(7, 0.1) > 1.0


class TestHeld:
    def test_back_by_telegram_nothing_is_delivered_until_then(self) -> None:
        pace = Pace()
        pace.hold(30.0)
        pace.hold(12.0)
        assert pace.is_held(29.9)
        assert deliver(pace, 7, 0.0) == 30.0

    def test_back_alone_a_chat_keeps_no_other_one_waiting(self) -> None:
        pace = Pace()
        pace.hold_chat(7, 30.0)
        assert pace.next_for(7, 1.0) == 30.0
        assert deliver(pace, 8, 1.0) == 1.0

    def test_a_chat_that_heard_several_messages_lately_is_the_likely_cause(self) -> None:
        pace = Pace()
        pace.delivered(GROUP, 0.0)
        assert not pace.is_busy(GROUP, 1.0)
        pace.delivered(GROUP, 1.1)
        assert pace.is_busy(GROUP, 1.2)
        assert not pace.is_busy(GROUP, 90.0)
        assert not pace.is_busy(8, 1.2)


def test_chats_that_no_longer_count_are_forgotten() -> None:
    pace = Pace(Limits(a_second=1000))
    for chat_id in range(1, 2 * MANY_CHATS):
        pace.answered(chat_id, chat_id / 100)
    assert len(pace._chats) <= MANY_CHATS + 1


class TestHowManyAreUnderWayAtOnce:
    @pytest.mark.parametrize(
        ("seconds", "many"), [(0.0, 1), (0.01, 1), (0.025, 1), (0.03, 2), (0.09, 4), (1.0, 8)]
    )
    def test_is_one_while_that_is_quick_enough_for_all_that_telegram_allows(
        self, seconds: float, many: int
    ) -> None:
        assert side_by_side(30, seconds) == many

    @given(st.floats(0.1, 100), st.floats(0, 1000), st.integers(0, 20))
    def test_is_bounded_and_enough_for_the_rate_where_the_bound_lets_it(
        self, a_second: float, seconds: float, stalled: int
    ) -> None:
        many = side_by_side(a_second, seconds, stalled)
        assert 1 <= many <= MOST_SIDE_BY_SIDE
        assert many == MOST_SIDE_BY_SIDE or many >= a_second * seconds

    def test_is_learned_from_the_last_messages(self) -> None:
        pace = Pace()
        for number in range(2 * LOOKED_BACK):
            pace.finished(pace.delivered(number, float(number)), 0.09)
        waiting = [pace.delivered(number, 100.0) for number in range(3)]
        assert pace.has_room(100.0)
        waiting.append(pace.delivered(9, 100.0))
        assert not pace.has_room(100.0)
        for one in waiting:
            pace.finished(one, 0.1)
        for number in range(LOOKED_BACK):
            pace.finished(pace.delivered(number, 200.0 + number), 0.005)
        pace.delivered(9, 300.0)
        assert not pace.has_room(300.0)

    def test_behind_one_that_stalls_another_leaves_but_never_more_than_eight(self) -> None:
        pace = Pace()
        for number in range(MOST_SIDE_BY_SIDE):
            assert pace.has_room(1.0 * number)
            pace.delivered(number, 1.0 * number)
            assert not pace.has_room(1.0 * number)
            assert pace.has_room(number + 2 * STALLED_AFTER) == (number + 1 < MOST_SIDE_BY_SIDE)

    def test_one_that_timed_out_does_not_count_for_more_than_it_can_tell(self) -> None:
        pace = Pace()
        pace.finished(pace.delivered(1, 0.0), 60.0)
        for number in range(LOOKED_BACK - 1):
            pace.finished(pace.delivered(number, 1.0 + number), 0.005)
        pace.delivered(9, 100.0)
        assert not pace.has_room(100.0)
