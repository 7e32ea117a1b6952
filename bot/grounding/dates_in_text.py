"""Dates and periods in a text, as intervals at the precision they are told with.  (pure)"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime, timedelta

from bot.grounding.aligned import Aligned, Span, align
from bot.grounding.date_mention import DateMention, Interval
from bot.grounding.date_words import (
    ANY_MONTH,
    COUNTED,
    DATED_BY,
    ORDINALS,
    PATTERNS,
    ROUGHLY,
    WEEKDAYS,
)

MOST_DATES = 200
"""Of one text."""

_DAY = timedelta(days=1)
_ROMAN = {"xvi": 16, "xvii": 17, "xviii": 18, "xix": 19, "xx": 20, "xxi": 21}
_JOINED = re.compile(r" ?(?:and|to|until|till|through|e|a|ate|y|al|hasta|-|–) ?(?:o |el |the )?")


def dates(
    text: str,
    language: str = "",
    published_at: datetime | None = None,
    today: datetime | None = None,
) -> tuple[DateMention, ...]:
    """The dates of a text, in order.

    `published_at` dates "in January" and "on Tuesday"; `today`, or else `published_at`,
    dates "yesterday" and "last year", which without either are left out.
    """
    aligned = align(text)
    chars = aligned.folded
    found: list[DateMention] = []
    for name, pattern in PATTERNS:
        for match in pattern.finditer(chars):
            if len(found) >= MOST_DATES:
                break
            mentions = list(_mentions(name, match, aligned, language, today or published_at))
            found.extend(mentions)
            if mentions or name == "relative":
                chars = chars[: match.start()] + "_" * len(match.group()) + chars[match.end() :]
    in_order = _sharing_years(sorted(found, key=lambda mention: mention.span), aligned)
    if published_at is None:
        return tuple(in_order)
    return tuple(_dated(mention, published_at.date()) for mention in in_order)


def _mentions(
    name: str, match: re.Match[str], aligned: Aligned, language: str, today: datetime | None
) -> Iterator[DateMention]:
    span = aligned.span(*match.span())
    text = aligned.original[slice(*span)]
    parts = match.groupdict()
    year = int(parts["year"]) if parts.get("year") else None
    month = _month(parts.get("month"))
    days = [int(day) for day in (parts.get("day"), parts.get("last")) if day]
    match name:
        case "iso" | "day":
            for day in days:
                mention = _of_day(text, span, year, month, day)
                if mention:
                    yield mention
        case "numeric":
            yield from _numeric(match, text, span, language)
        case "month" if year or _is_month(match, aligned):
            mention = DateMention(text, span, month=month)
            yield replace(mention, intervals=(_month_of(year, month),)) if year and month \
                else mention  # fmt: skip
        case "weekday" if not _is_name(match, aligned):
            weekday = WEEKDAYS[parts["weekday"]]
            yield DateMention(text, span, weekday=weekday, day=days[0] if days else None)
        case "day of month":
            yield DateMention(text, span, day=days[0])
        case "relative" if today:
            yield DateMention(text, span, (_relative(parts["relative"] or "", today.date()),))
        case "year" if _is_year(match, aligned):
            yield DateMention(text, span, (_years(year or 0),))
        case "years" | "decade" | "century" | "part":
            interval = _period(parts, year)
            if interval:
                yield DateMention(text, span, (interval,))


def _month(written: str | None) -> int | None:
    if written is None:
        return None
    return int(written) if written.isdigit() else ANY_MONTH[written]


def _of_day(
    text: str, span: Span, year: int | None, month: int | None, day: int
) -> DateMention | None:
    try:
        start = date(year or 2000, month or 0, day)
    except ValueError:
        return None
    if year is None:
        return DateMention(text, span, month=month, day=day)
    return DateMention(text, span, (Interval(start, start + _DAY),))


def _numeric(match: re.Match[str], text: str, span: Span, language: str) -> Iterator[DateMention]:
    a, b, year = int(match["a"]), int(match["b"]), int(match["year"])
    year += 2000 if year < 100 else 0
    orders = ((a, b), (b, a)) if language not in ("pt", "es") else ((a, b),)
    read = [_of_day(text, span, year, month, day) for day, month in orders]
    intervals = dict.fromkeys(i for mention in read if mention for i in mention.intervals)
    if intervals:
        yield DateMention(text, span, tuple(intervals))


def _is_month(match: re.Match[str], aligned: Aligned) -> bool:
    word, start = match["month"], match.start("month")
    capital = aligned.is_capital(start)
    dated = DATED_BY.search(aligned.folded[max(0, start - 20) : start]) is not None
    if word in ("may", "march", "august"):
        return capital and dated
    if word == "marco":  # `março` without its cedilla, and a man's name
        return not capital
    return True


def _is_name(match: re.Match[str], aligned: Aligned) -> bool:
    """`Domingo` is a person; in Portuguese and Spanish days have no capital."""
    start = match.start("weekday")
    if match["weekday"] not in ("domingo", "sabado", "martes"):
        return False
    return start > 0 and aligned.is_capital(start)


def _is_year(match: re.Match[str], aligned: Aligned) -> bool:
    start, end = match.span()
    before, after = aligned.folded[max(0, start - 20) : start], aligned.folded[end : end + 20]
    if COUNTED.match(after) or ROUGHLY.search(before):
        return False
    return 1900 <= int(match["year"]) <= 2060 or DATED_BY.search(before) is not None


def _years(first: int, count: int = 1) -> Interval:
    return Interval(date(first, 1, 1), date(first + count, 1, 1))


def _month_of(year: int, month: int) -> Interval:
    end = date(year + month // 12, month % 12 + 1, 1)
    return Interval(date(year, month, 1), end)


def _period(parts: dict[str, str | None], year: int | None) -> Interval | None:
    if parts.get("decade"):
        return _years(int(parts["decade"] or 0), 10)
    if parts.get("century") or parts.get("roman"):
        number = _ROMAN.get(parts.get("roman") or "") or int(parts.get("century") or 0)
        return _years(100 * (number - 1), 101)
    if parts.get("to") and year:
        to = year // 100 * 100 + int(parts["to"] or 0)
        return _years(year, to - year + 1) if 0 < to - year < 20 else None
    nth = ORDINALS.get(parts.get("nth") or "") or int(parts.get("nth") or 0)
    months = 6 if parts.get("part") in ("half", "semestre") else 3
    first = months * (nth - 1) + 1
    if not year or first + months > 13:
        return None
    return Interval(_month_of(year, first).start, _month_of(year, first + months - 1).end)


def _relative(words: str, today: date) -> Interval:
    exact = {"today": 0, "hoje": 0, "hoy": 0, "yesterday": -1, "ontem": -1, "ayer": -1,
             "tomorrow": 1, "amanha": 1, "anteontem": -2, "anteayer": -2}  # fmt: skip
    if words in exact:
        start = today + exact[words] * _DAY
        return Interval(start, start + _DAY)
    step = -1 if re.search("last|passad|pasad", words) else 0 if re.search("this|est[ea]", words) \
        else 1  # fmt: skip
    if re.search("year|ano", words):
        return _years(today.year + step)
    if re.search("month|mes", words):
        number = today.year * 12 + today.month - 1 + step
        return _month_of(number // 12, number % 12 + 1)
    monday = today - today.weekday() * _DAY + 7 * step * _DAY
    return Interval(monday, monday + 7 * _DAY)


def _sharing_years(found: list[DateMention], aligned: Aligned) -> list[DateMention]:
    """`between 3 March and 19 June 2023`: the first date has the year of the second."""
    shared: list[DateMention] = []
    for at, mention in enumerate(found):
        following = found[at + 1] if at + 1 < len(found) else None
        if mention.month and following and following.intervals and not mention.intervals:
            between = align(aligned.original[mention.span[1] : following.span[0]]).folded
            dated = _in_year(mention, following.intervals[0].start.year)
            if _JOINED.fullmatch(between) and dated and following.span > mention.span:
                shared.append(replace(mention, intervals=(dated,)))
                continue
        shared.append(mention)
    return shared


def _in_year(mention: DateMention, year: int) -> Interval | None:
    if mention.month is None:
        return None
    if mention.day is None:
        return _month_of(year, mention.month)
    try:
        start = date(year, mention.month, mention.day)
    except ValueError:
        return None
    return Interval(start, start + _DAY)


def _dated(mention: DateMention, published: date) -> DateMention:
    """A date without a year: the one nearest to the publication, or both where it is midway."""
    if mention.intervals:
        return mention
    if mention.month is not None:
        years = (published.year - 1, published.year, published.year + 1)
        options = [i for year in years if (i := _in_year(mention, year))]
    else:
        span = 8 if mention.day is None else 31
        around = [published + offset * _DAY for offset in range(-span, span + 1)]
        options = [
            Interval(day, day + _DAY)
            for day in around
            if mention.weekday in (None, day.weekday()) and mention.day in (None, day.day)
        ]
    distances = {interval: abs((interval.start - published).days) for interval in options}
    nearest = min(distances.values(), default=0)
    midway = 45 if mention.month is not None else 31
    return replace(
        mention,
        intervals=tuple(i for i in options if distances[i] <= nearest + midway),
    )
