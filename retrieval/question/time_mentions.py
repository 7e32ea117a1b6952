"""Periods with the words before them: since, until, between, by; and which are none.  (pure)"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from retrieval.question.calendar_spans import unit_around
from retrieval.question.periods import Doubt, Period, Sort
from retrieval.question.time_doubts import Asked, is_an_event, is_time
from retrieval.question.time_grammar import find_periods


@dataclass(frozen=True, slots=True)
class Mention:
    start: int
    end: int
    """Where its words stand in the folded question."""
    since: datetime | None
    until: datetime | None
    """Exclusive; as in `Period`."""
    sort: Sort
    is_window: bool = False
    """Its bounds are said: `between May and July`, `until yesterday`."""


_THE = r"(?: (?:the|o|a|el|la|os|las|dia))*"
_RELATIONS = [
    (name, re.compile(rf"\b(?:{words}){_THE}[ -]$"))
    for name, words in (
        ("since", r"since|starting(?: in| on)?|desde|a partir d[eoa]"),
        ("after", r"after|depois d[eoa]|apos|despues del?|tras|posterior(?:es)? a"),
        ("before", r"before|prior to|antes d[eoa]|antes del|anterior(?:es)? a"),
        ("until", r"until|till|up to|ate|hasta"),
    )
]
_BY = re.compile(r"\bby(?: the)?(?: (?:end|start|beginning|early|mid|late) (?:of )?)?(?: ?the)? ?$")
_BETWEEN = re.compile(rf"\b(?:between|from|entre|de|del|desde|da|do){_THE} $")
_A_WEEK = timedelta(days=7)
_GENITIVE = re.compile(r"['’]s\b")
_JOIN = re.compile(
    r"(?: ?[-–—] ?| (?:to|until|till|through|and|e|y|a|ao|al|ate|hasta)(?: (?:o|a|el|la|the|de))? )"
)
_JOIN_ALONE = re.compile(r"(?: ?[-–—] ?| (?:to|until|through|ate|hasta) )")
_ENGLISH = re.compile(
    r"yesterday|today|tonight|last|past|this|previous|the|[a-z]+day\b|\w+ \w+ ago"
)
_LED_IN_ENGLISH = re.compile(r"\b(?:(?:in|on|over|during|for|of|from|the) )+$")
_LED_IN = re.compile(
    r"\b(?:(?:n[ao]s?|d[ao]s?|d?est[ea]|em|en|in|on|over|during|for|of|from|durante|la|el|los|las"
    r"|the|del?|pel[ao]s?|a|o) )+$"
)
_PART = re.compile(
    r"\b(?:(?:in |n?o |no |a |at |em |en )?(?:the )?(?:(?P<early>early|(?:beginning|start) of"
    r"|(?:inicio|comeco) d[eo]|principios del?)|(?P<mid>mid|meados d[eo]|mediados del?)"
    r"|(?P<late>late|end of|fi(?:m|nal) d[eo]|fin(?:al)?es del?)))[ -]$"
)


def find_mentions(asked: Asked, *, month_first: bool = False) -> list[Mention]:
    """The stretches of time a question names, in order; none that has yet to begin."""
    found = find_periods(asked.folded, asked.now, month_first=month_first)
    if asked.will_be:
        found = [period for period in found if period.has_year]
    mentions = []
    at = 0
    while at < len(found):
        one = found[at]
        other = found[at + 1] if at + 1 < len(found) else None
        mention = _range(asked, one, other) if other else None
        at += 2 if mention else 1
        mention = mention or _single(asked, one)
        if mention and not _is_to_come(asked, mention):
            mentions.append(mention)
    return mentions


def _range(asked: Asked, one: Period, other: Period) -> Mention | None:
    """`from one to other`; both by themselves where a word joins them that may just list."""
    opening = asked.before(one.start, _BETWEEN)
    join = asked.folded[one.end : other.start]
    is_sure = all(
        period.doubt is Doubt.NONE or asked.is_capital(period.start) for period in (one, other)
    )
    if not _JOIN.fullmatch(join) or not (opening or (is_sure and _JOIN_ALONE.fullmatch(join))):
        return None
    first, last = _in_order(one, other)
    if first.since >= last.until:
        return None
    start = opening.start() if opening else one.start
    if last.since > asked.now:
        return Mention(start, other.end, last.since, last.until, Sort.LOOSE)
    return Mention(start, other.end, first.since, last.until, Sort.CALENDAR, is_window=True)


def _in_order(one: Period, other: Period) -> tuple[Period, Period]:
    """A range's ends: what has no year takes the other's, or the last that makes a range."""
    if one.sort is Sort.RECENT:
        if other.since < one.since:
            one = _moved(one, days=-7)
        return one, other
    if other.has_year and not one.has_year:
        one = _moved(one, years=other.since.year - one.since.year)
    elif one.has_year and not other.has_year:
        other = _moved(other, years=one.since.year - other.since.year)
        if other.since < one.since:
            other = _moved(other, years=1)
    if other.since < one.since and not one.has_year:
        one = _moved(one, years=-1)
    return one, other


def _moved(period: Period, *, years: int = 0, days: int = 0) -> Period:
    def moved(moment: datetime) -> datetime:
        day = 28 if (moment.month, moment.day) == (2, 29) else moment.day
        return moment.replace(year=moment.year + years, day=day) + timedelta(days=days)

    return replace(period, since=moved(period.since), until=moved(period.until))


def _single(asked: Asked, period: Period) -> Mention | None:
    start = period.start
    part = asked.before(start, _PART) if period.until - period.since > _A_WEEK else None
    if part:
        period, start = _part_of(period, part), part.start()
    if asked.before(start, _BY) or not is_time(asked, period, start):
        return None
    end = period.end + (2 if _GENITIVE.match(asked.folded, period.end) else 0)
    for relation, pattern in _RELATIONS:
        if words := asked.before(start, pattern):
            return _related(relation, words.start(), end, period)
    # `what did the Fed do yesterday`: `do` is a preposition in Portuguese alone.
    is_english = _ENGLISH.match(asked.folded, period.start, period.end)
    led_in = _LED_IN_ENGLISH if is_english else _LED_IN
    led_by = _BETWEEN if period.has_several_days else led_in
    sort = Sort.LOOSE if is_an_event(asked, period) else period.sort
    if sort is not Sort.LOOSE and (words := asked.before(start, led_by)):
        start = words.start()
    return Mention(start, end, period.since, period.until, sort, period.has_several_days)


def _related(relation: str, start: int, end: int, period: Period) -> Mention | None:
    if relation == "since":
        return Mention(start, end, period.since, None, Sort.ROLLING)
    if relation == "after":
        return Mention(start, end, period.until, None, Sort.ROLLING)
    # `até hoje` is `still`, and `até março` may be the one to come.
    is_dated = period.has_year or period.sort is not Sort.CALENDAR
    if period.sort is Sort.TODAY or (relation == "until" and not is_dated):
        return None
    until = period.since if relation == "before" else period.until
    return Mention(start, end, None, until, Sort.CALENDAR, is_window=True)


def _part_of(period: Period, part: re.Match[str]) -> Period:
    third = (period.until - period.since) / 3
    first = unit_around(period.since + third, "day")[0]
    last = unit_around(period.until - third, "day")[0]
    if period.sort is Sort.LOOSE:
        period = replace(period, sort=Sort.CALENDAR)
    if part["early"]:
        return replace(period, until=first)
    if part["late"]:
        return replace(period, since=last)
    return replace(period, since=first, until=last)


def _is_to_come(asked: Asked, mention: Mention) -> bool:
    if mention.since is not None and mention.since > asked.now:
        return True
    return mention.since is None and mention.until is not None and mention.until > asked.now
