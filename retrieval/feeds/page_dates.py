"""When an article was published and changed, from sources that contradict each other.  (pure)

agreed_dates(published, modified, ..., now) -> Dates

A claim counts by its day; among the claims of one day the one that tells most (a time of
day, a timezone) is taken. What cannot be true is left out, and that is noted in words.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from enum import IntEnum

FIRST_PAGE = datetime(1900, 1, 2, tzinfo=UTC)
"""An archive may reach back far; 1900-01-01 is how some databases write that they know none."""
FIRST_FEED = datetime(1990, 1, 1, tzinfo=UTC)
"""What a feed tells as news was not written before there was a web."""
_ABSENT = frozenset({(1970, 1, 1), (1969, 12, 31)})
"""A missing date that was written as the second 0 of Unix."""
_SKEW = timedelta(days=1)
_SAME_DAY = timedelta(hours=36)
_SAME_MOMENT = timedelta(minutes=1)
_SLACK = timedelta(minutes=10)
_QUARTER = timedelta(minutes=15)
_FARTHEST_ZONE = timedelta(hours=14)
_LONGEST = 60
_SPACED_ZONE = re.compile(r"\s+([+-]\d{2}:?\d{2}|Z)\Z")
_ZONE_ABBREVIATION = re.compile(r"\s+(?:UTC|GMT)\Z")
_EPOCH = re.compile(r"(\d{10})(?:\d{3})?")


@dataclass(frozen=True, slots=True)
class Claim:
    """A date as some part of the page or its feed gives it."""

    where: str
    """`JSON-LD`, `meta`, `feed`..., for the note."""
    value: str | datetime


class Precision(IntEnum):
    DAY = 0
    LOCAL = 1
    """A time of day without a timezone."""
    EXACT = 2


@dataclass(frozen=True, slots=True)
class Written:
    """A date as far as it is known: `moment` is in UTC, of a LOCAL one its clock's reading."""

    where: str
    moment: datetime
    precision: Precision
    offset: timedelta | None = None
    """From UTC, where it is given."""


@dataclass(frozen=True, slots=True)
class Dates:
    published_at: datetime | None = None
    modified_at: datetime | None = None
    notes: tuple[str, ...] = ()


def agreed_dates(
    published: Sequence[Claim],
    modified: Sequence[Claim] = (),
    *,
    hints: Sequence[Claim] = (),
    of_feed: Sequence[Claim] = (),
    now: datetime,
    earliest: datetime = FIRST_PAGE,
) -> Dates:
    """The dates most sources agree on, the first named deciding a draw.

    `hints` only tell the time of day or timezone of a day that is known otherwise. Where the
    feed (`of_feed`) and the page are of different days, the earlier one is the publication:
    both get stamped anew when an article changes. Credible is what lies between `earliest`
    and a day after `now`.
    """
    notes: list[str] = []
    page = _credible(published, now, earliest, notes)
    feed = _credible(of_feed, now, earliest, notes)
    changes = _credible(modified, now, earliest, notes)
    clues = _credible(hints, now, earliest, [])
    witnesses = [*page, *feed, *changes, *clues]

    best = _consensus(page)
    if best and any(not _agree(best, other) for other in page):
        others = sorted({_day(other) for other in page if not _agree(best, other)})
        notes.append(f"the page gives several dates; {_day(best)} was taken, not {_or(others)}")
    if best and feed and not _agree(best, feed[0]):
        first, last = sorted((best, feed[0]), key=lambda one: one.moment)
        notes.append(
            f"page and feed give different dates; {_day(first)} was taken, not {_day(last)}"
        )
        best = first
    elif best is None or feed:
        best = feed[0] if feed else best
    if best is None:
        return Dates(None, _last_change(changes, None, witnesses, notes), tuple(notes))
    fullest = _fullest(best, [*feed, *page, *clues])
    published_at = _placed(fullest, [*page, *feed, *clues], changes, notes)
    return Dates(published_at, _last_change(changes, published_at, witnesses, notes), tuple(notes))


def read_claim(claim: Claim) -> Written | None:
    """ISO 8601, RFC 822 or Unix seconds; None for anything else. Midnight tells a day."""
    value = claim.value
    if isinstance(value, str):
        value = value.strip()
        if not value or len(value) > _LONGEST:
            return None
    try:
        moment = value if isinstance(value, datetime) else _moment(value)
        if moment is None:
            return None
        at_midnight = (moment.hour, moment.minute, moment.second) == (0, 0, 0)
        offset = moment.utcoffset()
        known = moment.replace(tzinfo=UTC) if offset is None else moment.astimezone(UTC)
    except (ValueError, OverflowError, TypeError, IndexError, OSError):
        return None
    if at_midnight:
        precision = Precision.DAY
    else:
        precision = Precision.LOCAL if offset is None else Precision.EXACT
    return Written(claim.where, known, precision, offset)


def _moment(text: str) -> datetime | None:
    if _EPOCH.fullmatch(text):
        return datetime.fromtimestamp(int(text[:10]), UTC)
    tidy = _ZONE_ABBREVIATION.sub("+00:00", _SPACED_ZONE.sub(r"\1", text))
    try:
        return datetime.fromisoformat(tidy)
    except ValueError:
        return parsedate_to_datetime(text) if not text.isdigit() else None


def _credible(
    claims: Iterable[Claim], now: datetime, earliest: datetime, notes: list[str]
) -> list[Written]:
    kept: list[Written] = []
    for one in filter(None, map(read_claim, claims)):
        if one.moment > now + _SKEW:
            note = f"a date in the future, {_day(one)}, was left out"
        elif one.moment < earliest or one.moment.timetuple()[:3] in _ABSENT:
            note = f"a date that cannot be true, {_day(one)}, was left out"
        else:
            kept.append(one)
            continue
        if note not in notes:
            notes.append(note)
    return kept


def _agree(one: Written, other: Written) -> bool:
    return abs(one.moment - other.moment) <= _SAME_DAY


def _consensus(claims: Sequence[Written]) -> Written | None:
    if not claims:
        return None
    # Sources of the same kind are one voice: three meta tags are filled from one field.
    return max(claims, key=lambda one: len({other.where for other in claims if _agree(one, other)}))


def _fullest(best: Written, others: Sequence[Written]) -> Written:
    agreeing = [other for other in others if _agree(best, other)]
    return max([best, *agreeing], key=lambda one: one.precision)


def _placed(
    one: Written, same: Sequence[Written], others: Sequence[Written], notes: list[str]
) -> datetime:
    """The moment in UTC. A local time gets the timezone that a source tells for the `same`
    event, where its clock differs by a timezone's offset, or that any other source names."""
    if one.precision is not Precision.LOCAL:
        return one.moment
    for other in same:
        distance = one.moment - other.moment
        # With an offset given, the clocks must agree; in plain UTC the distance is the offset.
        is_offset = (
            abs(distance - other.offset) < _SAME_MOMENT
            if other.offset
            else abs(distance) <= _FARTHEST_ZONE and abs(distance) % _QUARTER < _SAME_MOMENT
        )
        if other.precision is Precision.EXACT and is_offset:
            return other.moment
    for other in (*same, *others):
        if other.offset:
            return one.moment - other.offset
    note = "its time is given without a timezone and was read as UTC"
    if note not in notes:
        notes.append(note)
    return one.moment


def _last_change(
    changes: Sequence[Written],
    published_at: datetime | None,
    witnesses: Sequence[Written],
    notes: list[str],
) -> datetime | None:
    best = _consensus(changes)
    if best is None:
        return None
    fullest = _fullest(best, changes)
    moment = _placed(fullest, changes, witnesses, notes)
    if published_at is None:
        return moment
    is_day = fullest.precision is Precision.DAY
    first_day = published_at.date()
    if moment.date() < first_day if is_day else moment < published_at - _SLACK:
        notes.append(f"a change before it was published, {moment.date()}, was left out")
        return None
    is_later = moment.date() > first_day if is_day else moment > published_at + _SAME_MOMENT
    return moment if is_later else None


def _day(one: Written) -> str:
    """As its source wrote it."""
    try:
        return (one.moment + (one.offset or timedelta())).date().isoformat()
    except OverflowError:
        return one.moment.date().isoformat()


def _or(days: Sequence[str]) -> str:
    return " or ".join(days[:3])
