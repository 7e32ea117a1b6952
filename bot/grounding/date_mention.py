"""A date or period as a text tells it, and whether another bears it out.  (pure)"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from bot.grounding.aligned import Span

_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Interval:
    """From `start` to before `end`."""

    start: date
    end: date

    def holds(self, other: Interval) -> bool:
        return self.start <= other.start and other.end <= self.end


@dataclass(frozen=True, slots=True)
class DateMention:
    text: str
    span: Span
    intervals: tuple[Interval, ...] = ()
    """More than one where the writing is ambiguous; none where the year is not told."""
    month: int | None = None
    """What is told of a date without a year."""
    day: int | None = None
    weekday: int | None = None
    """0 is Monday."""


def supported_date(answer: DateMention, known: Iterable[DateMention]) -> bool:
    """Whether a known date equals the answer's or lies within it: a day supports its month,
    a month does not support one of its days."""
    return any(_supports(mention, answer) for mention in known)


def day_of(moment: datetime) -> DateMention:
    """The day of a moment, as a date that supports others."""
    start = moment.date()
    return DateMention(start.isoformat(), (0, 0), (Interval(start, start + _DAY),))


def _supports(known: DateMention, answer: DateMention) -> bool:
    if answer.intervals:
        return any(a.holds(k) for a in answer.intervals for k in known.intervals)
    told = (answer.month, answer.day, answer.weekday)
    if any(_agrees(told, interval) for interval in known.intervals):
        return True
    own = (known.month, known.day, known.weekday)
    return own != (None, None, None) and all(
        wanted in (None, given) for wanted, given in zip(told, own, strict=True)
    )


def _agrees(told: tuple[int | None, int | None, int | None], interval: Interval) -> bool:
    month, day, weekday = told
    days = (interval.end - interval.start).days
    if days > 31 or (days > 1 and (day or weekday is not None)):
        return False
    start = interval.start
    return (
        month in (None, start.month)
        and day in (None, start.day)
        and weekday in (None, start.weekday())
    )
