"""Publication dates as documents write them, and moments as databases keep them.  (pure)"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

_EARLIEST = datetime(1900, 1, 1, tzinfo=UTC)
_FUTURE = timedelta(days=366)
_LONGEST = 40
_DAY_ONLY = re.compile(r"\d{4}-\d{2}-\d{2}")


def parse_published(value: str | None, now: datetime | None = None) -> datetime | None:
    """An ISO 8601 date, with or without time and timezone, as a moment in UTC.

    Without a timezone it is taken as UTC; a date alone is its midnight. None for what is
    not such a date, or lies before 1900 or more than a year after `now`.
    """
    if value is None or len(value) > _LONGEST:
        return None
    try:
        moment = datetime.fromisoformat(value.strip())
        moment = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, OverflowError):
        return None
    latest = (now or datetime.now(UTC)) + _FUTURE
    return moment if _EARLIEST <= moment <= latest else None


def is_day_only(value: str) -> bool:
    """Whether a date is written without a time of day."""
    return _DAY_ONLY.fullmatch(value.strip()) is not None


def seconds_of(moment: datetime | None) -> int | None:
    """As databases keep it: whole seconds since 1970 UTC."""
    return None if moment is None else int(moment.timestamp())


def moment_at(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


def moment_of(seconds: int | None) -> datetime | None:
    return None if seconds is None else moment_at(seconds)
