"""When digests are due, one case at a time; a whole year of them is in test_subscriptions_year."""

from __future__ import annotations

import json
from dataclasses import fields, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.asker import Length
from bot.conversation_key import ConversationKey
from bot.due_times import (
    FARTHEST,
    due,
    handled,
    moment_on,
    next_due,
    paused,
    put_right,
    rescheduled,
    resumed,
)
from bot.subscriptions import (
    EVERY_DAY,
    GRACE,
    LONGEST_TOPIC,
    MOST_LATE_HOURS,
    MOST_TOPICS,
    WEEKDAYS,
    Dropped,
    Due,
    Edition,
    Missed,
    QuietDay,
    Subscription,
    Wishes,
    packed,
    unpacked,
)

LISBON, NUUK, APIA = ZoneInfo("Europe/Lisbon"), ZoneInfo("America/Nuuk"), ZoneInfo("Pacific/Apia")
TOKYO, HONOLULU = ZoneInfo("Asia/Tokyo"), ZoneInfo("Pacific/Honolulu")
KIRITIMATI = ZoneInfo("Pacific/Kiritimati")
MONDAY = date(2026, 11, 23)
A_DAY, A_MINUTE = timedelta(days=1), timedelta(minutes=1)
HALF_PAST_SEVEN = 7 * 60 + 30


def at(hour: int, minute: int = 0, *, day: date = MONDAY) -> datetime:
    """In winter, also the clock of Lisbon."""
    return datetime(day.year, day.month, day.day, hour, minute, tzinfo=UTC)


def a_digest(since: datetime | None = None, zone: ZoneInfo = LISBON, **wishes: Any) -> Subscription:
    """Every day at half past seven, asked for at six on Monday unless something else is said."""
    wished = Wishes(**{"days": EVERY_DAY, **wishes})
    new = Subscription(id=12, where=ConversationKey(5)).wishing(wished)
    return resumed(new, zone, since or at(6))


def told(one: Subscription, now: datetime, zone: ZoneInfo = LISBON) -> tuple[Due, Subscription]:
    """What is due, and the subscription after it was told."""
    what = due(one, zone, now)
    assert isinstance(what, Due)
    return what, handled(one, zone, what)


class TestALocalTime:
    def test_is_one_moment_on_most_days(self) -> None:
        assert moment_on(MONDAY, HALF_PAST_SEVEN, TOKYO) == at(22, 30, day=MONDAY - A_DAY)

    def test_that_clocks_leave_out_is_the_first_moment_after_the_gap(self) -> None:
        spring = date(2026, 3, 29)
        assert moment_on(spring, 90, LISBON) == at(1, day=spring)
        assert moment_on(spring, 59, LISBON) == at(0, 59, day=spring)
        assert moment_on(spring, 120, LISBON) == at(1, day=spring)

    def test_that_clocks_show_twice_is_the_first_of_both(self) -> None:
        autumn = date(2026, 10, 25)
        assert moment_on(autumn, 90, LISBON) == at(0, 30, day=autumn)

    def test_at_the_end_of_a_day_may_move_into_the_next_one(self) -> None:
        saturday = date(2026, 3, 28)
        assert moment_on(saturday, 23 * 60 + 30, NUUK) == at(1, day=saturday + A_DAY)

    def test_is_none_on_a_day_that_a_zone_left_out(self) -> None:
        assert moment_on(date(2011, 12, 30), HALF_PAST_SEVEN, APIA) is None
        assert moment_on(date(2011, 12, 31), HALF_PAST_SEVEN, APIA) == datetime(
            2011, 12, 30, 17, 30, tzinfo=UTC
        )


class TestTheNextDigest:
    def test_is_todays_until_its_time_has_come(self) -> None:
        slot = next_due(Wishes(), LISBON, at(7, 29))
        assert slot is not None
        assert (slot.day, slot.at) == (MONDAY, at(7, 30))

    def test_is_tomorrows_from_its_very_moment_on(self) -> None:
        slot = next_due(Wishes(), LISBON, at(7, 30))
        assert slot is not None
        assert slot.day == MONDAY + A_DAY

    def test_passes_over_days_that_were_not_wished_for(self) -> None:
        slot = next_due(Wishes(days=frozenset({4})), LISBON, at(8))
        assert slot is not None
        assert slot.day == date(2026, 11, 27)

    def test_of_a_weekly_one_whose_day_is_left_out_is_that_of_the_week_after(self) -> None:
        fridays = Wishes(days=frozenset({4}))
        slot = next_due(fridays, APIA, datetime(2011, 12, 24, tzinfo=UTC))
        assert slot is not None
        assert slot.day == date(2012, 1, 6)


class TestADigestThatIsDue:
    def test_is_not_before_its_time(self) -> None:
        assert due(a_digest(), LISBON, at(7, 29)) is None

    def test_tells_of_a_day_at_first_and_then_from_where_it_left_off(self) -> None:
        first, one = told(a_digest(), at(7, 31))
        assert (first.since, first.until) == (at(7, 31) - A_DAY, at(7, 31))
        second, _ = told(one, at(7, 30, day=MONDAY + A_DAY))
        assert (second.since, second.until) == (first.until, at(7, 30, day=MONDAY + A_DAY))

    def test_is_told_once(self) -> None:
        _, one = told(a_digest(), at(7, 30))
        assert due(one, LISBON, at(7, 31)) is None
        assert due(one, LISBON, at(23, 59)) is None

    def test_is_known_by_its_day(self) -> None:
        what, _ = told(a_digest(), at(7, 30))
        assert what.key == "digest:12:2026-11-23"

    def test_is_late_only_after_some_minutes_of_grace(self) -> None:
        in_time, _ = told(a_digest(), at(7, 30) + GRACE)
        late, _ = told(a_digest(), at(7, 30) + GRACE + A_MINUTE)
        assert (in_time.late, late.late) == (False, True)
        assert late.late_after == at(7, 45)

    def test_goes_out_as_late_as_the_chat_lets_it(self) -> None:
        one = a_digest(late_hours=6)
        what, _ = told(one, at(13, 30))
        assert what.expires_at == at(13, 30)
        assert isinstance(due(one, LISBON, at(13, 31)), Dropped)

    def test_is_dropped_when_late_where_the_chat_wants_it_so(self) -> None:
        one = a_digest(late_hours=0)
        what = due(one, LISBON, at(8))
        assert what == Dropped(12, MONDAY, at(7, 30), at(8), Missed(MONDAY, MONDAY, 1))
        assert what is not None
        after = handled(one, LISBON, what)
        assert (after.next_day, after.told_until) == (MONDAY + A_DAY, None)

    def test_of_a_monday_covers_the_weekend_also_when_clocks_go_back_in_it(self) -> None:
        friday, monday = date(2026, 10, 23), date(2026, 10, 26)
        one = a_digest(datetime(2026, 10, 23, 0, tzinfo=UTC), days=WEEKDAYS)
        first, one = told(one, at(6, 30, day=friday))
        second, _ = told(one, at(7, 30, day=monday))
        assert second.since == first.until

    def test_whose_clock_was_ahead_when_the_last_was_told_tells_of_a_day(self) -> None:
        one = replace(a_digest(), told_until=at(20))
        what, _ = told(one, at(7, 30))
        assert what.since == at(7, 30) - A_DAY

    def test_of_a_paused_subscription_is_none(self) -> None:
        assert due(paused(a_digest()), LISBON, at(8)) is None


class TestDaysOfNobodyAtWork:
    def test_are_made_up_for_by_one_digest(self) -> None:
        _, one = told(a_digest(), at(7, 30))
        back = at(8, day=MONDAY + 3 * A_DAY)
        what, one = told(one, back)
        assert what.day == MONDAY + 3 * A_DAY
        assert what.since == at(7, 30)
        assert what.missed == Missed(MONDAY + A_DAY, MONDAY + 2 * A_DAY, 2)
        assert one.next_day == MONDAY + 4 * A_DAY

    @pytest.mark.parametrize(("edition", "days"), [(Edition.DAILY, 4), (Edition.WEEKLY, 10)])
    def test_are_told_of_as_far_back_as_anybody_reads(self, edition: Edition, days: int) -> None:
        one = a_digest(edition=edition, days=frozenset({0}))
        _, one = told(one, at(7, 30))
        what, _ = told(one, at(8, day=MONDAY + 28 * A_DAY))
        assert what.until - what.since == timedelta(days=days)

    def test_are_counted_when_all_is_too_late(self) -> None:
        one = a_digest(late_hours=1)
        what = due(one, LISBON, at(12, day=MONDAY + 2 * A_DAY))
        assert isinstance(what, Dropped)
        assert what.missed == Missed(MONDAY, MONDAY + 2 * A_DAY, 3)

    def test_may_be_years(self) -> None:
        what, _ = told(a_digest(), at(8) + 5_000 * A_DAY)
        assert what.missed is not None
        assert what.missed.count == 1_001


class TestAClockThatGoesBack:
    def test_brings_no_digest_again(self) -> None:
        _, one = told(a_digest(), at(7, 30))
        assert due(one, LISBON, at(7, 29)) is None
        assert due(one, LISBON, at(7, 30)) is None
        assert one.next_due_at == at(7, 30, day=MONDAY + A_DAY)

    def test_by_years_lets_the_digest_begin_anew(self) -> None:
        _, one = told(a_digest(), at(7, 30) + 300 * A_DAY)
        assert one.next_due_at is not None
        assert one.next_due_at > at(7) + FARTHEST
        right = put_right(one, LISBON, at(7))
        assert (right.next_due_at, right.done_day) == (at(7, 30), None)


class TestAChangeOfMind:
    def test_takes_effect_on_the_same_day_where_its_time_is_still_to_come(self) -> None:
        one = rescheduled(replace(a_digest(), at=9 * 60), LISBON, at(7))
        assert (one.next_day, one.next_due_at) == (MONDAY, at(9))

    def test_to_a_later_time_after_the_digest_brings_no_second_one(self) -> None:
        _, one = told(a_digest(), at(7, 30))
        one = rescheduled(replace(one, at=9 * 60), LISBON, at(8))
        assert one.next_due_at == at(9, day=MONDAY + A_DAY)

    def test_to_a_time_that_is_over_already_leaves_the_days_digest_where_it_was(self) -> None:
        one = rescheduled(replace(a_digest(), at=5 * 60), LISBON, at(7))
        assert (one.next_day, one.next_due_at) == (MONDAY, at(7, 30))
        _, one = told(one, at(7, 30))
        assert one.next_due_at == at(5, day=MONDAY + A_DAY)

    def test_does_not_lose_what_is_overdue(self) -> None:
        one = rescheduled(replace(a_digest(), at=9 * 60), LISBON, at(8))
        what, one = told(one, at(8))
        assert what.day == MONDAY
        assert one.next_due_at == at(9, day=MONDAY + A_DAY)

    def test_takes_away_a_day_that_is_no_longer_wished_for(self) -> None:
        one = rescheduled(replace(a_digest(), days=frozenset({2})), LISBON, at(7))
        assert one.next_day == date(2026, 11, 25)

    def test_is_made_as_often_as_one_likes(self) -> None:
        one = a_digest()
        for minute in range(0, 24 * 60, 15):
            one = rescheduled(replace(one, at=minute), LISBON, at(7))
        one = rescheduled(replace(one, at=HALF_PAST_SEVEN), LISBON, at(7))
        assert one == a_digest()

    def test_of_zone_eastwards_leaves_the_days_digest_where_it_was(self) -> None:
        one = rescheduled(a_digest(), TOKYO, at(6))
        assert (one.next_day, one.next_due_at) == (MONDAY, at(7, 30))
        _, one = told(one, at(7, 30), TOKYO)
        assert one.next_due_at == at(22, 30)

    def test_of_zone_westwards_brings_no_second_one_of_a_day(self) -> None:
        _, one = told(a_digest(at(0), TOKYO), at(22, 30), TOKYO)
        assert one.done_day == MONDAY + A_DAY
        one = rescheduled(one, HONOLULU, at(23))
        assert one.next_day == MONDAY + 2 * A_DAY

    def test_of_zone_around_the_world_passes_over_the_day_that_has_gone_by(self) -> None:
        one = a_digest(at(18), HONOLULU)
        assert one.next_due_at == at(17, 30, day=MONDAY + A_DAY)
        one = rescheduled(one, KIRITIMATI, at(1, day=MONDAY + A_DAY))
        assert one.next_due_at == at(17, 30, day=MONDAY + A_DAY)
        assert one.next_day == MONDAY + 2 * A_DAY

    def test_leaves_a_paused_one_paused(self) -> None:
        assert rescheduled(paused(a_digest()), TOKYO, at(7)).next_due_at is None


days = st.frozensets(st.integers(0, 6), min_size=1)
words = st.lists(st.text(min_size=1, max_size=20).filter(str.strip), max_size=3).map(tuple)
many_wishes = st.builds(
    Wishes,
    at=st.integers(0, 1439),
    days=days,
    timezone=st.none() | st.just("Asia/Tokyo"),
    topics=words,
    sources=words,
    language=st.none() | st.sampled_from(["en", "es", "pt"]),
    length=st.none() | st.sampled_from(Length),
    quiet_day=st.sampled_from(QuietDay),
    late_hours=st.integers(0, MOST_LATE_HOURS),
)


class TestWishes:
    @given(many_wishes)
    def test_are_kept_as_they_were(self, wishes: Wishes) -> None:
        assert unpacked(packed(wishes)) == wishes

    @given(
        st.text().filter(lambda text: "{" not in text)
        | st.recursive(st.none() | st.integers() | st.text(), st.lists, max_leaves=5).map(
            json.dumps
        )
    )
    def test_that_cannot_be_read_are_none(self, text: str) -> None:
        assert unpacked(text) is None

    def test_that_this_pauta_does_not_know_are_not_ignored(self) -> None:
        assert unpacked(json.dumps({**json.loads(packed(Wishes())), "colour": "red"})) is None

    @pytest.mark.parametrize(
        "wrong",
        [
            {"at": 1440},
            {"at": -1},
            {"days": frozenset()},
            {"days": frozenset({7})},
            {"edition": Edition.WEEKLY},
            {"late_hours": MOST_LATE_HOURS + 1},
            {"topics": ("",)},
            {"topics": ("x" * (LONGEST_TOPIC + 1),)},
            {"topics": ("x",) * (MOST_TOPICS + 1)},
            {"sources": (" ",)},
        ],
        ids=str,
    )
    def test_that_nobody_can_have_are_refused(self, wrong: dict[str, Any]) -> None:
        with pytest.raises(ValueError, match="wished"):
            Wishes(**wrong)
        kept = json.loads(packed(Wishes()))
        as_json = {name: sorted(x) if isinstance(x, frozenset) else x for name, x in wrong.items()}
        assert unpacked(json.dumps({**kept, **as_json})) is None

    @given(many_wishes, st.integers(0, 6))
    def test_turn_a_day_on_and_off_but_keep_one(self, wishes: Wishes, day: int) -> None:
        turned = wishes.with_day_turned(day).days
        assert turned in (wishes.days ^ {day}, wishes.days)
        assert turned

    def test_of_a_weekly_edition_have_one_day(self) -> None:
        weekly = Wishes().as_edition(Edition.WEEKLY)
        assert weekly.days == {4}
        assert weekly.with_day_turned(6).days == {6}
        assert weekly.as_edition(Edition.DAILY).days == WEEKDAYS

    def test_of_a_zone_that_is_gone_take_the_chats(self) -> None:
        assert Wishes(timezone="Asia/Tokyo").zone(LISBON) == TOKYO
        assert Wishes(timezone="Mars/Olympus").zone(LISBON) == LISBON
        assert Wishes().zone(LISBON) == LISBON

    def test_are_all_that_a_subscription_takes_over(self) -> None:
        wishes = Wishes(at=60, topics=("energy",), late_hours=1)
        one = a_digest().wishing(wishes)
        assert one.wishes == wishes
        own = {each.name for each in fields(Subscription)} - {each.name for each in fields(Wishes)}
        assert {name: getattr(one, name) for name in own} == {
            name: getattr(a_digest(), name) for name in own
        }
