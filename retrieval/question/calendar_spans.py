"""Days, weeks, months, quarters and years as spans of local time, without a timezone.  (pure)"""

from __future__ import annotations

from datetime import datetime, timedelta

Span = tuple[datetime, datetime]
"""Beginning, and exclusive end."""


def unit_around(moment: datetime, unit: str, back: int = 0) -> Span:
    """The calendar unit `back` before the one that holds `moment`; weeks begin on Monday."""
    day = moment.replace(hour=0, minute=0, second=0, microsecond=0)
    if unit == "hour":
        first = moment.replace(minute=0, second=0, microsecond=0) - timedelta(hours=back)
        return first, first + timedelta(hours=1)
    if unit == "day":
        return day - timedelta(days=back), day - timedelta(days=back - 1)
    if unit == "week":
        monday = day - timedelta(days=day.weekday() + 7 * back)
        return monday, monday + timedelta(days=7)
    months = {"month": 1, "quarter": 3, "year": 12}[unit]
    first_month = (day.month - 1) // months * months + 1 - back * months
    return months_of(day.year, first_month, months)


def months_of(year: int, first: int, count: int) -> Span:
    """`count` months; those below 1 and above 12 lie in the years around."""
    return _month_start(year, first), _month_start(year, first + count)


def _month_start(year: int, month: int) -> datetime:
    return datetime(year + (month - 1) // 12, (month - 1) % 12 + 1, 1)  # noqa: DTZ001


def date_of(year: int, month: int, day: int) -> datetime | None:
    """Its midnight, if there is such a day."""
    try:
        return datetime(year, month, day)  # noqa: DTZ001 - by the place's clock
    except ValueError:
        return None
