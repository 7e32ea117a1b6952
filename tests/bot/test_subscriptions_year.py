"""A year of digests, simulated, beside an oracle that knows no arithmetic of clocks: it lists every
day's moment by watching the local clock go by, and strikes days from that list."""

from __future__ import annotations

import random
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.conversation_key import ConversationKey
from bot.due_times import due, handled, rescheduled, resumed
from bot.subscriptions import GRACE, Due, Subscription

ZONES = (
    "Africa/Cairo", "Africa/Casablanca", "Africa/Johannesburg", "Africa/Lagos", "Africa/Nairobi",
    "America/Asuncion", "America/Bogota", "America/Buenos_Aires", "America/Caracas",
    "America/Chicago", "America/Halifax", "America/Havana", "America/Los_Angeles",
    "America/Mexico_City", "America/New_York", "America/Nuuk", "America/Recife",
    "America/Santiago", "America/Sao_Paulo", "America/Scoresbysund", "America/St_Johns",
    "Antarctica/Troll", "Asia/Amman", "Asia/Beirut", "Asia/Gaza", "Asia/Kathmandu",
    "Asia/Kolkata", "Asia/Pyongyang", "Asia/Tehran", "Asia/Tokyo", "Atlantic/Azores",
    "Australia/Adelaide", "Australia/Lord_Howe", "Europe/Lisbon", "Europe/Moscow",
    "Pacific/Apia", "Pacific/Auckland", "Pacific/Chatham", "Pacific/Honolulu",
    "Pacific/Kiritimati",
)  # fmt: skip
A_DAY, STEP = timedelta(days=1), timedelta(minutes=5)


@cache
def watched(day: date, minute: int, zone: ZoneInfo) -> datetime | None:
    """When somebody who looks at a clock every five minutes first sees that it is `minute` of
    `day`, or later; None when that day never comes."""
    wanted = datetime.combine(day, time(minute // 60, minute % 60))
    seen = wanted.replace(tzinfo=UTC) - (zone.utcoffset(wanted) or timedelta()) - 30 * STEP
    while seen.astimezone(zone).replace(tzinfo=None) >= wanted:
        seen -= A_DAY
    while (shown := seen.astimezone(zone).replace(tzinfo=None)) < wanted:
        seen += STEP
    if shown.date() > day and (seen - STEP).astimezone(zone).date() < day:
        return None
    return seen


@dataclass
class Oracle:
    """Every day that is still to be told, and when."""

    subscription: Subscription
    zone: ZoneInfo
    plan: dict[date, datetime] = field(default_factory=dict)
    planned_to: date = date.min
    told: set[date] = field(default_factory=set)
    until: datetime | None = None

    def moments(self, around: datetime) -> dict[date, datetime]:
        found, done = {}, max(self.told, default=date.min)
        # Longer than any time of nobody at work, and than a week.
        for ahead in range(-12, 31):
            day = around.date() + ahead * A_DAY
            if day.weekday() in self.subscription.days and day > done:
                moment = watched(day, self.subscription.at, self.zone)
                if moment is not None:
                    found[day] = moment
        return found

    def replan(self, now: datetime, days: dict[date, datetime]) -> None:
        self.plan, self.planned_to = days, now.date() + 30 * A_DAY

    def begins(self, now: datetime) -> None:
        self.replan(now, {day: at for day, at in self.moments(now).items() if at > now})

    def changes(self, now: datetime, subscription: Subscription, zone: ZoneInfo) -> None:
        self.look_ahead(now)
        first = min(self.plan)
        promise = self.plan[first]
        self.subscription, self.zone = subscription, zone
        moments = self.moments(now)
        if promise <= now:
            later = {day: at for day, at in moments.items() if day > first and at >= promise}
            self.replan(now, later | {first: promise})
            return
        self.replan(now, {day: at for day, at in moments.items() if at > now})
        if first in moments and moments[first] <= now and promise < min(self.plan.values()):
            self.plan[first] = promise

    def look_ahead(self, now: datetime) -> None:
        known = self.planned_to
        if known < now.date() + 12 * A_DAY:
            later = {day: at for day, at in self.moments(now).items() if day > known}
            self.replan(now, self.plan | later)

    def looks(self, now: datetime) -> tuple[object, ...] | None:
        """What is expected of a tick: is it told, of which day, late, how many more days."""
        self.look_ahead(now)
        first = min(self.plan)
        if self.plan[first] > now:
            return None
        last = max(day for day, at in self.plan.items() if at <= now)
        # Also those whose time had gone by in the zone of before.
        owed = {first, *(day for day in self.moments(now) if first < day <= last)}
        at = self.plan[last]
        for day in [day for day in self.plan if day <= last]:
            del self.plan[day]
        self.told.add(last)
        if now > at + max(timedelta(hours=self.subscription.late_hours), GRACE):
            return "dropped", last, len(owed)
        usual, most = self.subscription.edition.usual, self.subscription.edition.most
        since = max(self.until, now - most) if self.until and self.until <= now else now - usual
        self.until = now
        return "told", last, now > at + GRACE, len(owed) - 1, since


def a_wish(chance: random.Random, subscription: Subscription) -> Subscription:
    days = frozenset(chance.sample(range(7), chance.choice((1, 2, 5, 5, 7))))
    minute = chance.choice((0, 30, 60, 90, 120, 150, 180, 450, 720, 1380, 1410, 1435))
    late = chance.choice((0, 1, 6, 48))
    return replace(subscription, days=days, at=minute, late_hours=late)


@pytest.mark.parametrize("name", ZONES)
@settings(max_examples=2, deadline=None)
@given(seed=st.integers(0, 2**32))
def test_in_a_year_every_day_is_told_once_whatever_clocks_people_and_machines_do(
    name: str, seed: int
) -> None:
    chance, zone = random.Random(seed), ZoneInfo(name)
    now = datetime(chance.choice((2009, 2011, 2015, 2018, 2024, 2026)), 1, 1, 5, 7, tzinfo=UTC)
    end = now + timedelta(days=366)
    one = resumed(a_wish(chance, Subscription(id=7, where=ConversationKey(5))), zone, now)
    oracle = Oracle(one, zone)
    oracle.begins(now)
    keys: set[str] = set()
    while now < end:
        kind = chance.random()
        if kind < 0.01:
            one = a_wish(chance, one)
            zone = ZoneInfo(chance.choice(ZONES)) if chance.random() < 0.3 else zone
            oracle.changes(now, one, zone)
            one = rescheduled(one, zone, now)
        elif kind < 0.015:
            now += timedelta(minutes=chance.randrange(5, 9 * 24 * 60))
        elif kind < 0.05:
            now -= timedelta(minutes=chance.randrange(1, 180))
        else:
            now += timedelta(minutes=chance.choice((1, 5, 14, 40, 240, 400)))
        what = due(one, zone, now)
        expected = oracle.looks(now)
        if what is None:
            assert expected is None
            continue
        missed = what.missed.count if what.missed else 0
        if isinstance(what, Due):
            assert expected == ("told", what.day, what.late, missed, what.since)
            assert what.key not in keys
            keys.add(what.key)
        else:
            assert expected == ("dropped", what.day, missed)
        one = handled(one, zone, what)
        assert due(one, zone, now) is None
    assert len(keys) > 10
