"""How much a person and a chat may ask, and what becomes of questions that come late."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot import fair_use
from bot.fair_use import A_PERSON, FairUse, Rate
from bot.handlers.backlog import (
    LATE_AFTER,
    Verdict,
    apology,
    lateness,
    too_much,
    verdict,
    was_away,
)

NOW = datetime(2025, 3, 1, 9, tzinfo=UTC)
SECOND, MINUTE, HOUR = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1)


class TestAPerson:
    def test_may_ask_twenty_questions_at_once_and_then_one_every_three_seconds(self) -> None:
        use = FairUse()
        assert [use.ask(7, 7, NOW) for _ in range(20)] == [None] * 20
        refused = use.ask(7, 7, NOW)
        assert refused is not None
        assert refused.wait == 3 * SECOND
        assert use.ask(7, 7, NOW + 2.9 * SECOND) is not None
        assert use.ask(7, 7, NOW + 3 * SECOND) is None
        assert use.ask(7, 7, NOW + 3 * SECOND) is not None

    def test_may_ask_two_hundred_in_an_hour(self) -> None:
        use = FairUse()
        asked = sum(use.ask(7, 7, NOW + number * 3 * SECOND) is None for number in range(600))
        assert 200 < asked < 310

    def test_is_told_once_when_to_go_on_and_again_a_minute_later(self) -> None:
        use = FairUse()
        for _ in range(20):
            use.ask(7, 7, NOW)
        told = [use.ask(7, 7, NOW + number * SECOND / 10) for number in range(29)]
        assert [one.is_first for one in told if one] == [True] + [False] * 28
        for _ in range(30):
            use.ask(7, 7, NOW + MINUTE)
        again = use.ask(7, 7, NOW + MINUTE + SECOND)
        assert again is not None
        assert not again.is_first

    def test_is_not_held_back_by_another(self) -> None:
        use = FairUse()
        for _ in range(50):
            use.ask(7, 7, NOW)
        assert use.ask(8, 8, NOW) is None

    def test_in_a_group_shares_what_the_group_may_ask(self) -> None:
        use = FairUse()
        answered = sum(use.ask(person, -100, NOW) is None for person in range(100))
        assert answered == 60
        assert use.ask(5, 5, NOW) is None

    @given(
        st.lists(st.floats(0, 600).map(lambda seconds: NOW + seconds * SECOND), max_size=300),
    )
    def test_never_gets_more_than_a_burst_and_what_came_back(self, moments: list[datetime]) -> None:
        use, moments = FairUse(chat=()), sorted(moments)
        answered = [moment for moment in moments if use.ask(7, 7, moment) is None]
        for rate in A_PERSON:
            for number, first in enumerate(answered):
                within = [one for one in answered[number:] if one - first <= rate.per]
                assert len(within) <= 2 * rate.count

    @given(st.lists(st.integers(-100, 100), min_size=1, max_size=60))
    def test_is_answered_after_the_wait_they_were_told(self, steps: list[int]) -> None:
        use, now = FairUse([Rate(3, MINUTE)], []), NOW
        for step in steps:
            now += max(step, 0) * SECOND
            if refused := use.ask(7, 7, now):
                assert timedelta() < refused.wait <= MINUTE
                now += refused.wait + SECOND / 1000
                assert use.ask(7, 7, now) is None

    def test_a_clock_that_is_set_back_gives_nothing_and_takes_nothing(self) -> None:
        use = FairUse([Rate(1, MINUTE)], [])
        assert use.ask(7, 7, NOW) is None
        assert use.ask(7, 7, NOW - HOUR) is not None
        assert use.ask(7, 7, NOW + MINUTE) is None

    def test_of_whom_many_come_is_forgotten_in_the_end(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(fair_use, "MOST_REMEMBERED", 10)
        use = FairUse()
        for person in range(100):
            use.ask(person, person, NOW)
        assert len(use._buckets) == 10


class TestALateQuestion:
    def test_is_one_older_than_ten_minutes_when_it_comes(self) -> None:
        assert lateness(NOW - LATE_AFTER, NOW) is None
        assert lateness(NOW - LATE_AFTER - SECOND, NOW) == LATE_AFTER + SECOND
        assert lateness(NOW + HOUR, NOW) is None

    def test_is_left_out_when_a_newer_one_waits(self) -> None:
        assert verdict(HOUR, newer_waits=True, left_out=0) is Verdict.LEAVE_OUT
        assert verdict(HOUR, newer_waits=False, left_out=0) is Verdict.APOLOGISE

    def test_in_time_is_answered_whatever_waits(self) -> None:
        assert verdict(None, newer_waits=True, left_out=0) is Verdict.ANSWER
        assert verdict(None, newer_waits=False, left_out=2) is Verdict.APOLOGISE

    @pytest.mark.parametrize(
        ("language", "late", "left_out", "says"),
        [
            ("en", 3 * HOUR, 0, "3 hours ago"),
            ("pt", 3 * HOUR, 0, "há 3 horas"),
            ("es", 3 * HOUR, 0, "hace 3 horas"),
            ("en", 25 * MINUTE, 4, "25 minutes ago"),
            ("en", 25 * MINUTE, 4, "4 earlier questions"),
            ("en", None, 1, "one earlier question"),
        ],
    )
    def test_is_apologised_for_in_one_line(
        self, language: str, late: timedelta | None, left_out: int, says: str
    ) -> None:
        line = apology(language, late, left_out)
        assert says in line
        assert "\n" not in line

    @pytest.mark.parametrize(
        ("language", "wait", "says"),
        [
            ("en", 2.2 * SECOND, "in 3 seconds"),
            ("pt", 2 * MINUTE, "em 2 minutos"),
            ("es", 2 * HOUR, "dentro de 2 horas"),
            ("en", SECOND / 100, "in 1 second"),
        ],
    )
    def test_who_asks_too_much_is_told_when_to_go_on(
        self, language: str, wait: timedelta, says: str
    ) -> None:
        assert says in too_much(language, wait)

    def test_a_start_after_a_short_break_suspects_no_button(self) -> None:
        assert not was_away(None, NOW)
        assert not was_away(NOW - MINUTE, NOW)
        assert was_away(NOW - HOUR, NOW)
