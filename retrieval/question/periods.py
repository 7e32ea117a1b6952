"""What each expression for a stretch of time comes to, by the clock of one place.  (pure)

A reader takes a match of `time_grammar` and the local time, without a timezone.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from retrieval.question.calendar_spans import Span, date_of, months_of, unit_around
from retrieval.question.calendar_words import (
    MONTHS,
    NUMBERS,
    ORDINALS,
    SHORT_MONTHS,
    UNITS,
    WEEKDAYS,
)


class Doubt(StrEnum):
    """What must hold for words that may mean something else to be read as time."""

    NONE = "none"
    GOVERNED = "governed"
    """A word of time stands before: `in May`, `desde março`."""
    CAPITAL = "capital"
    """That, or a capital inside a sentence: `the Wednesday vote`, `until May 3`."""


class Sort(StrEnum):
    """How a period is named."""

    TODAY = "today"
    RECENT = "recent"
    """Counted from today: yesterday, last week, Friday."""
    ROLLING = "rolling"
    """Reaches up to now: the last three days."""
    CALENDAR = "calendar"
    """By its date: May, 2023, the third quarter."""
    LOOSE = "loose"
    """A year that may be part of a name: the 2023 Oscars."""


@dataclass(frozen=True, slots=True)
class Period:
    start: int
    end: int
    """Where its words stand in the folded question; `end` is exclusive."""
    since: datetime
    until: datetime
    """Exclusive. Both are without a timezone, by the clock of the place asked from."""
    sort: Sort
    has_year: bool = True
    """False where the latest in the past is meant."""
    doubt: Doubt = Doubt.NONE
    has_several_days: bool = False
    """Said by its first and last day: `3 to 10 May`."""


Reader = Callable[[re.Match[str], datetime], Period | None]

_EVERY_MONTH = SHORT_MONTHS | MONTHS
_YEAR_CUE = re.compile(r"\b(?:in|em|en|during|durante|since|desde|of|de|del|ate|hasta|until) $")
_USUALLY_MEANT = {"hour": 24, "day": 7, "week": 4, "month": 3, "quarter": 2, "year": 3}


def _period(
    match: re.Match[str],
    span: Span,
    sort: Sort,
    *,
    has_year: bool = True,
    doubt: Doubt = Doubt.NONE,
) -> Period:
    return Period(match.start(), match.end(), *span, sort, has_year, doubt)


def _number(word: str) -> int:
    return NUMBERS[word] if word in NUMBERS else int(word)


def _full_year(written: str) -> int:
    return int(written) if len(written) == 4 else 2000 + int(written)


def days(match: re.Match[str], now: datetime) -> Period | None:
    """A day, or several of one month; without a year, the latest that have begun."""
    parts = match.groupdict()
    month = int(parts["mm"]) if parts.get("mm") else _EVERY_MONTH[parts["m"]]
    first = int(parts["d"]) if parts["d"].isdigit() else 1
    last = int(parts.get("d2") or first)
    written = parts.get("y")
    # The 29th of February was not last year: nine years always hold one.
    for year in [int(written)] if written else range(now.year, now.year - 9, -1):
        since, end = date_of(year, month, first), date_of(year, month, last)
        if since and end and since <= end and (written or since <= now):
            span = since, end + timedelta(days=1)
            period = _period(match, span, Sort.CALENDAR, has_year=bool(written))
            return replace(period, has_several_days=bool(parts.get("d2")))
    return None


def doubtful_day(match: re.Match[str], now: datetime) -> Period | None:
    period = days(match, now)
    return replace(period, doubt=Doubt.CAPITAL) if period else None


def slashed(match: re.Match[str], month_first: bool) -> Period | None:
    """`3/5/2024`; the other way round where that alone gives a date."""
    one, other, year = int(match["a"]), int(match["b"]), _full_year(match["y"])
    if month_first:
        one, other = other, one
    day = date_of(year, other, one) or date_of(year, one, other)
    if day is None:
        return None
    return _period(match, (day, day + timedelta(days=1)), Sort.CALENDAR)


def month(match: re.Match[str], now: datetime) -> Period:
    at = _EVERY_MONTH[match["m"]]
    written = match.groupdict().get("y")
    year = int(written) if written else now.year - (at > now.month)
    doubt = Doubt.NONE if written else Doubt.GOVERNED
    span = months_of(year, at, 1)
    return _period(match, span, Sort.CALENDAR, has_year=bool(written), doubt=doubt)


def last_named_month(match: re.Match[str], now: datetime) -> Period:
    at = MONTHS[match["m"]]
    return _period(match, months_of(now.year - (at >= now.month), at, 1), Sort.CALENDAR)


def month_of_last_year(match: re.Match[str], now: datetime) -> Period:
    return _period(match, months_of(now.year - 1, MONTHS[match["m"]], 1), Sort.CALENDAR)


def half_of_month(match: re.Match[str], now: datetime) -> Period | None:
    """The first half ends with the 15th."""
    which = ORDINALS[match["half"]]
    if which > 2:
        return None
    whole = month(match, now)
    middle = whole.since + timedelta(days=15)
    span = (whole.since, middle) if which == 1 else (middle, whole.until)
    return _period(match, span, Sort.CALENDAR, has_year=whole.has_year)


def year(match: re.Match[str], _: datetime) -> Period | None:
    is_cued = _YEAR_CUE.search(match.string, 0, match.start())
    if not is_cued and match["y"] == "2000":  # a round number rather than a year
        return None
    sort = Sort.CALENDAR if is_cued else Sort.LOOSE
    return _period(match, months_of(int(match["y"]), 1, 12), sort)


def part_of_year(match: re.Match[str], now: datetime) -> Period | None:
    """A quarter or a half; without a year, the latest that has begun."""
    parts = match.groupdict()
    size = 3 if parts.get("q") else 6
    which = parts.get("q") or parts["half"]
    first = (ORDINALS[which] if which in ORDINALS else int(which)) * size - size + 1
    if first > 12:
        return None
    has_year = any(parts.get(name) for name in ("y", "gone", "current"))
    if parts.get("y"):
        at = _full_year(parts["y"])
    else:
        at = now.year - (bool(parts.get("gone")) if has_year else first > now.month)
    return _period(match, months_of(at, first, size), Sort.CALENDAR, has_year=has_year)


def ago(match: re.Match[str], now: datetime) -> Period:
    """The day, or the calendar week, month or year, that lies so far back."""
    count = _number(match.groupdict().get("n") or "three")
    return _period(match, unit_around(now, UNITS[match["u"]], count), Sort.RECENT)


def rolling(match: re.Match[str], now: datetime) -> Period:
    """From so many units before today up to now; `the last days` are as many as usually meant."""
    parts = match.groupdict()
    unit = UNITS[parts["u"]]
    if parts.get("n"):
        count = _number(parts["n"])
    else:
        count = 1 if parts.get("one") else _USUALLY_MEANT[unit]
    if unit in ("hour", "day", "week"):
        since = now - timedelta(**{f"{unit}s": count})
    else:
        months = count * {"month": 1, "quarter": 3, "year": 12}[unit]
        first, after = months_of(now.year, now.month - months, 1)
        since = min(first + timedelta(days=now.day - 1), after)
    if unit != "hour":
        since = unit_around(since, "day")[0]
    is_vague = unit == "year" and not parts.get("n")
    sort = Sort.LOOSE if is_vague else Sort.ROLLING
    return _period(match, (since, unit_around(now, "day")[1]), sort)


def unit_now(match: re.Match[str], now: datetime) -> Period:
    return _period(match, unit_around(now, UNITS[match["u"]]), Sort.RECENT)


def unit_of_news(match: re.Match[str], now: datetime) -> Period:
    """`news of the week`, without the news."""
    return replace(unit_now(match, now), start=match.start("u"))


def day_of_month(match: re.Match[str], now: datetime) -> Period | None:
    """`dia 20`: the latest there was."""
    for back in range(3):
        first, _ = unit_around(now, "month", back)
        day = date_of(first.year, first.month, int(match["d"]))
        if day and day <= now:
            span = day, day + timedelta(days=1)
            return _period(match, span, Sort.CALENDAR, has_year=False)
    return None


def unit_before(match: re.Match[str], now: datetime) -> Period:
    return _period(match, unit_around(now, UNITS[match["u"]], 1), Sort.RECENT)


def days_back(count: int) -> Reader:
    sort = Sort.RECENT if count else Sort.TODAY
    return lambda match, now: _period(match, unit_around(now, "day", count), sort)


def weekday(match: re.Match[str], now: datetime) -> Period:
    """The latest there was, today among them unless it is said to be gone."""
    parts = match.groupdict()
    back = (now.isoweekday() - WEEKDAYS[parts["w"]]) % 7
    if back == 0 and (parts.get("last") or parts.get("gone")):
        back = 7
    return _period(match, unit_around(now, "day", back), Sort.RECENT, has_year=False)


def bare_weekday(match: re.Match[str], now: datetime) -> Period:
    return replace(weekday(match, now), doubt=Doubt.CAPITAL)


def weekend(match: re.Match[str], now: datetime) -> Period:
    """The latest that has begun; the one before where it is said to be gone."""
    back = (now.isoweekday() - 6) % 7
    if back < 2 and (match["last"] or match["gone"]):
        back += 7
    saturday = unit_around(now, "day", back)[0]
    span = saturday, saturday + timedelta(days=2)
    return _period(match, span, Sort.RECENT, has_year=False)
