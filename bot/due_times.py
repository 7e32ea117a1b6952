"""When a digest is due: the local clock, its changes, and what was missed meanwhile.  (pure)

A digest belongs to a local day, and of one day there is at most one. Each subscription knows the
next day it owes and when (`next_day`, `next_due_at`), and the last it has done (`done_day`).
What follows a clock that stood still, jumped or went back is then only: which days are owed?
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta, tzinfo

from bot.subscriptions import GRACE, Dropped, Due, Missed, Subscription, Wishes

_A_DAY = timedelta(days=1)
_A_SECOND = timedelta(seconds=1)
_LOOK_AHEAD = 16
"""Days: a weekly one may fall on a day that its zone leaves out."""
FARTHEST = _LOOK_AHEAD * _A_DAY
FARTHEST_DONE = 2 * _A_DAY
"""No day further ahead than these is owed, nor one done after the day in UTC that is this much
later: there the clock was wrong."""
_MOST_MISSED = 1000
"""Days of downtime that are counted."""


@dataclass(frozen=True, slots=True)
class Slot:
    """A local day, and the moment (UTC) its digest is due."""

    day: date
    at: datetime


def moment_on(day: date, minute: int, zone: tzinfo) -> datetime | None:
    """The moment (UTC) at which a clock in `zone` shows `minute` of `day`.

    The first where it shows it twice; where it never does, the first moment after the gap. None
    on a day that the zone leaves out altogether, as Samoa did with 30 December 2011.
    """
    noon = datetime.combine(day, time(12), zone)
    if noon.astimezone(UTC).astimezone(zone).date() != day:
        return None
    wall = datetime.combine(day, time(minute // 60, minute % 60), zone)
    found = wall.astimezone(UTC)
    if _shown(found, zone) == wall.replace(tzinfo=None):
        return found
    # In a gap the offsets of both its sides (PEP 495) enclose the change of clocks.
    before, after = wall.replace(fold=1).astimezone(UTC), found
    offset = before.astimezone(zone).utcoffset()
    while after - before > _A_SECOND:
        middle = before + (after - before) // 2
        if middle.astimezone(zone).utcoffset() == offset:
            before = middle
        else:
            after = middle
    return after.replace(microsecond=0)


def next_due(
    wishes: Wishes, zone: tzinfo, after: datetime, done_day: date | None = None
) -> Slot | None:
    """The first slot later than `after` of a day later than `done_day`. None where the zone's
    days are none of those wished for, two weeks long."""
    # Of the day before, as a gap at midnight moves a slot into the next day.
    day = after.astimezone(zone).date() - _A_DAY
    if done_day is not None:
        day = max(day, done_day + _A_DAY)
    for _ in range(_LOOK_AHEAD):
        slot = _slot(wishes, zone, day)
        if slot is not None and slot.at > after:
            return slot
        day += _A_DAY
    return None


def due(subscription: Subscription, zone: tzinfo, now: datetime) -> Due | Dropped | None:
    """What is to be done about a subscription now; None when nothing is.

    After a time of nobody at work only the latest digest is composed, which also covers what the
    others would have told; or none, where even that is too late by the chat's wish.
    """
    owed = _promised(subscription)
    if not subscription.active or owed is None or owed.at > now:
        return None
    latest, until = _latest(subscription, zone, owed, now), now.replace(microsecond=0)
    last_moment = latest.at + max(timedelta(hours=subscription.late_hours), GRACE)
    if now > last_moment:
        missed = _missed(subscription, zone, owed.day, latest.day)
        return Dropped(subscription.id, latest.day, latest.at, until, missed)
    earlier = None
    if owed.day < latest.day:
        earlier = _missed(subscription, zone, owed.day, latest.day - _A_DAY)
    return Due(
        subscription.id,
        latest.day,
        due_at=latest.at,
        since=_since(subscription, until),
        until=until,
        late=now > latest.at + GRACE,
        late_after=latest.at + GRACE,
        expires_at=last_moment,
        missed=earlier,
    )


def handled(subscription: Subscription, zone: tzinfo, what: Due | Dropped) -> Subscription:
    """After its digest was stored, skipped on a quiet day, or dropped."""
    told = what.until if isinstance(what, Due) else subscription.told_until
    done = replace(subscription, done_day=what.day, told_until=told)
    return _owing(done, next_due(done, zone, max(what.until, what.due_at), what.day))


def resumed(subscription: Subscription, zone: tzinfo, now: datetime) -> Subscription:
    """From now on: one that is new, or was paused."""
    awake = replace(subscription, active=True)
    return _owing(awake, next_due(awake, zone, now, awake.done_day))


def paused(subscription: Subscription) -> Subscription:
    return _owing(replace(subscription, active=False), None)


def rescheduled(subscription: Subscription, zone: tzinfo, now: datetime) -> Subscription:
    """After its wishes, or the zone of its chat, have become other ones.

    What is overdue stays so, for the next tick. The digest of a day whose new time is over
    already comes at the old one: no change of mind takes away a day's digest, nor brings two.
    """
    if not subscription.active:
        return paused(subscription)
    if subscription.next_due_at is not None and subscription.next_due_at <= now:
        return subscription
    fresh = next_due(subscription, zone, now, subscription.done_day)
    promised = _promised(subscription)
    if promised is None or fresh is None:
        return _owing(subscription, fresh)
    stays_owed = (
        promised.day < fresh.day
        and promised.at < fresh.at
        and _slot(subscription, zone, promised.day) is not None
    )
    return _owing(subscription, promised if stays_owed else fresh)


def put_right(subscription: Subscription, zone: tzinfo, now: datetime) -> Subscription:
    """One that a wrong clock has sent too far ahead, begun again from `now`; no wrong day is told
    twice, as the keys of their deliveries stay taken."""
    return resumed(replace(subscription, done_day=None, told_until=None), zone, now)


def _promised(subscription: Subscription) -> Slot | None:
    if subscription.next_due_at is None or subscription.next_day is None:
        return None
    return Slot(subscription.next_day, subscription.next_due_at)


def _latest(subscription: Subscription, zone: tzinfo, owed: Slot, now: datetime) -> Slot:
    """The last slot that has come, from the one that is owed on."""
    day = now.astimezone(zone).date()
    for _ in range(_LOOK_AHEAD):
        if day <= owed.day:
            break
        slot = _slot(subscription, zone, day)
        # In a new zone a later day's time may lie before the one that was promised.
        if slot is not None and owed.at <= slot.at <= now:
            return slot
        day -= _A_DAY
    return owed


def _missed(wishes: Wishes, zone: tzinfo, first: date, last: date) -> Missed:
    later = min((last - first).days, _MOST_MISSED)
    days = (first + number * _A_DAY for number in range(1, later + 1))
    owed = [first, *(day for day in days if _slot(wishes, zone, day) is not None)]
    return Missed(first, owed[-1], len(owed))


def _since(subscription: Subscription, now: datetime) -> datetime:
    edition = subscription.edition
    told = subscription.told_until
    if told is None or told > now:
        return now - edition.usual
    return max(told, now - edition.most)


def _owing(subscription: Subscription, slot: Slot | None) -> Subscription:
    if slot is None:
        return replace(subscription, next_due_at=None, next_day=None)
    return replace(subscription, next_due_at=slot.at, next_day=slot.day)


def _slot(wishes: Wishes, zone: tzinfo, day: date) -> Slot | None:
    if day.weekday() not in wishes.days:
        return None
    at = moment_on(day, wishes.at, zone)
    return None if at is None else Slot(day, at)


def _shown(moment: datetime, zone: tzinfo) -> datetime:
    return moment.astimezone(zone).replace(tzinfo=None)
