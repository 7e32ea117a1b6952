"""A digest that a chat asked for, and one that has become due, as values.  (pure)

When they are due is decided in `bot.due_times`; they are kept by `bot.subscription_book`.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, fields, replace
from datetime import date, datetime, timedelta, tzinfo
from enum import StrEnum
from functools import cache
from typing import ClassVar, Self
from zoneinfo import ZoneInfo

from pydantic import ConfigDict, TypeAdapter, ValidationError

from bot.asker import Length
from bot.chat_settings import MINUTES_A_DAY, known_timezones
from bot.conversation_key import ConversationKey

WEEKDAYS = frozenset(range(5))
EVERY_DAY = frozenset(range(7))
MOST_SUBSCRIPTIONS = 10
"""Of one chat or topic."""
LONGEST_NAME = 60
MOST_TOPICS = 20
LONGEST_TOPIC = 80
MOST_SOURCES = 40
LONGEST_SOURCE = 200
MOST_LATE_HOURS = 48
GRACE = timedelta(minutes=15)
"""What it may take to come round to everybody: sooner than that after its time, it is on time."""


class Edition(StrEnum):
    DAILY = "daily"
    WEEKLY = "weekly"

    @property
    def usual(self) -> timedelta:
        """What a first one tells of."""
        return timedelta(days=1 if self is Edition.DAILY else 7)

    @property
    def most(self) -> timedelta:
        """What one tells of at the most, however long ago the one before it was; a weekend of
        three days, an hour of it lost to summer time, and a late start are within it."""
        return timedelta(days=4 if self is Edition.DAILY else 10)


class QuietDay(StrEnum):
    """What becomes of a digest when there is nothing to tell."""

    SAY = "say"
    SKIP = "skip"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wishes:
    """What can be chosen of a digest; None is what the chat has.

    Raises ValueError for what cannot be kept, as a weekly one on two days.
    """

    __pydantic_config__: ClassVar = ConfigDict(extra="forbid")

    at: int = 7 * 60 + 30
    """Minute of the local day."""
    days: frozenset[int] = WEEKDAYS
    """0 is Monday; a weekly edition has one."""
    timezone: str | None = None
    topics: tuple[str, ...] = ()
    """In anybody's words; none is everything."""
    sources: tuple[str, ...] = ()
    """Outlets; none is all of them."""
    language: str | None = None
    length: Length | None = None
    edition: Edition = Edition.DAILY
    quiet_day: QuietDay = QuietDay.SAY
    late_hours: int = 6
    """How long after its time it still goes out, marked as late; 0 is not at all."""

    def __post_init__(self) -> None:
        weekly = self.edition is Edition.WEEKLY
        has_bounds = (
            0 <= self.at < MINUTES_A_DAY
            and self.days
            and self.days <= EVERY_DAY
            and not (weekly and len(self.days) > 1)
            and 0 <= self.late_hours <= MOST_LATE_HOURS
            and len(self.topics) <= MOST_TOPICS
            and all(one.strip() and len(one) <= LONGEST_TOPIC for one in self.topics)
            and len(self.sources) <= MOST_SOURCES
            and all(one.strip() and len(one) <= LONGEST_SOURCE for one in self.sources)
        )
        if not has_bounds:
            raise ValueError("no digest can be wished so")

    def with_day_turned(self, day: int) -> Self:
        """One day more or less, but never none; a weekly edition moves to it."""
        if self.edition is Edition.WEEKLY:
            return replace(self, days=frozenset({day}))
        return replace(self, days=frozenset(self.days ^ {day}) or self.days)

    def as_edition(self, edition: Edition) -> Self:
        """A weekly one keeps the last of its days, a daily one begins with all weekdays."""
        if edition is self.edition:
            return self
        days = frozenset({max(self.days)}) if edition is Edition.WEEKLY else WEEKDAYS
        return replace(self, edition=edition, days=days)

    def zone(self, of_chat: tzinfo) -> tzinfo:
        """In which it counts its days; one that this machine no longer knows was never chosen."""
        if self.timezone is None or self.timezone not in known_timezones():
            return of_chat
        return ZoneInfo(self.timezone)


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscription(Wishes):
    """A digest of one chat or topic: what it wished, and how far it has come."""

    id: int
    where: ConversationKey
    name: str = ""
    created_by: int = 0
    active: bool = True
    next_due_at: datetime | None = None
    """None when paused."""
    next_day: date | None = None
    """The local day that one is of: after a change of zones or clocks its moment may not show."""
    done_day: date | None = None
    """The last local day that was told, skipped or dropped: none is told twice."""
    told_until: datetime | None = None
    version: int = 0
    """Counts its changes, so that of two who change it at once only one does."""

    @property
    def wishes(self) -> Wishes:
        return Wishes(**{one.name: getattr(self, one.name) for one in fields(Wishes)})

    def wishing(self, wishes: Wishes) -> Self:
        """The same with other wishes; `bot.due_times.rescheduled` then knows when it is due."""
        return replace(self, **{one.name: getattr(wishes, one.name) for one in fields(Wishes)})


@dataclass(frozen=True, slots=True)
class Missed:
    """Days whose digest was never sent, as nobody was there to send it."""

    first: date
    last: date
    count: int


@dataclass(frozen=True, slots=True)
class Due:
    """One digest to be composed: of `since` until, exclusively, `until`."""

    subscription_id: int
    day: date
    """Local; with it the digest is known."""
    due_at: datetime
    since: datetime
    until: datetime
    late: bool
    late_after: datetime
    expires_at: datetime
    """What is not sent until then is too late by the wish of the chat."""
    missed: Missed | None = None
    """Earlier ones, which this one stands for."""

    @property
    def key(self) -> str:
        """Of its `bot.outgoing.Delivery`."""
        return f"digest:{self.subscription_id}:{self.day.isoformat()}"


@dataclass(frozen=True, slots=True)
class Dropped:
    """Digests that are not sent any more: too late by the wish of the chat."""

    subscription_id: int
    day: date
    due_at: datetime
    until: datetime
    """When that was decided."""
    missed: Missed
    """Including that of `day`."""


def packed(wishes: Wishes) -> str:
    return json.dumps(_adapter().dump_python(wishes, mode="json"), sort_keys=True)


def unpacked(text: str) -> Wishes | None:
    """None for what another Pauta wrote and this one cannot read: an unknown wish is one that
    it would not follow."""
    try:
        return _adapter().validate_json(text)
    except (ValidationError, ValueError):
        return None


@cache
def _adapter() -> TypeAdapter[Wishes]:
    return TypeAdapter(Wishes)
