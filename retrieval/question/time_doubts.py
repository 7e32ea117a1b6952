"""A question as its times are read from it, and which of its dates are none.  (pure)"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta

from retrieval.folding import fold
from retrieval.question.calendar_words import ALSO_WORDS
from retrieval.question.periods import Doubt, Period

_FAR = 60
"""Letters before a date that may speak about it; a bound on the work."""

_SURELY_IN = re.compile(
    r"\b(?:in|during|since|until|last|from|between|through|em|desde|durante|entre|en|ate|hasta"
    r"|mes de) $"
)
_OF_SOMEONE = re.compile(r"\b(?:of|by|and|de|del|do|e|y) $")
_OF_A_NAME = re.compile(r"\b(?:de|del|do) $")
"""In pt and es a month has no capital."""
_NAME_GOES_ON = re.compile(r" [A-ZÀ-Þ]")
_IN = re.compile(
    r"\b(?:in|during|of|this|on|and|since|until|till|before|after|from|between|through|to|em|no"
    r"|neste|deste|durante|de|del|do|en|e|y|este|desde|ate|hasta|antes de|depois de|despues de"
    r"|apos|tras|entre|a|mes de)(?: (?:the|mes de|el|o))? $"
)
_NOT_TIME = re.compile(
    r"\b(?:rio de|plaza de|cinco de|next|proxim[oa]|coming|santo|placido|super|black|cyber|good"
    r"|ash|easter|giving|bloody|holy|mail|avenida|rua|calle) $"
)
_NOT_TIME_AFTER = re.compile(
    r" (?:times\b|madness|clinic|que vem|que viene|(?:feira )?santa)|-feira (?:santa|que vem)"
    r"|[-/]\d|['’]s\b(?<=0['’]s)"
)
_ABOUT = re.compile(r"\b(?:about|on the|sobre|acerca del?|regarding) (?:the |o |a |os |el |la )?$")
_NAMED_DAYS = {(1, 6), (1, 8), (4, 25), (9, 11), (10, 7)}
"""Month and day of what is called by its date."""
_AT_A_START = re.compile(r"(?:^|[.?!¿¡:\n])\W*$")
_WILL = re.compile(
    r"\b(?:will|going to|scheduled|set to|expected to|plans? to|upcoming|vai|vao|va a|van a"
    r"|previst[oa]s?|programad[oa]s? para)\b"
)
_WILL_BE = re.compile(r"\b[a-zçéêíóôúü]{2,30}(?:rá|rão|rán)\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Asked:
    """A question as its times are read from it."""

    text: str
    folded: str
    places: list[int]
    """Where each folded character stands in `text`, and where `text` ends."""
    now: datetime
    """By the clock of the place asked from, without a timezone."""

    @property
    def will_be(self) -> bool:
        """Whether it speaks of a time to come."""
        return bool(_WILL.search(self.folded) or _WILL_BE.search(self.text))

    def is_capital(self, at: int) -> bool:
        return self.text[self.places[at]].isupper()

    def before(self, at: int, pattern: re.Pattern[str]) -> re.Match[str] | None:
        """What of a pattern that ends in `$` stands just before a place."""
        return pattern.search(self.folded, max(0, at - _FAR), at)


def read_places(text: str, now: datetime) -> Asked:
    """`text` folded, with the place of each letter kept; `now` is without a timezone."""
    if text.isascii():
        return Asked(text, text.lower(), list(range(len(text) + 1)), now)
    folded: list[str] = []
    places: list[int] = []
    for at, char in enumerate(text):
        letters = char.lower() if char.isascii() else fold(char)
        folded.append(letters)
        places.extend([at] * len(letters))
    return Asked(text, "".join(folded), [*places, len(text)], now)


def is_time(asked: Asked, period: Period, start: int) -> bool:
    """Whether words that may mean something else are time here; `start` is where they, or
    what belongs to them, begin."""
    if asked.before(period.start, _NOT_TIME) or _NOT_TIME_AFTER.match(asked.folded, period.end):
        return False
    if period.doubt is Doubt.NONE or start < period.start:
        return True
    is_capital = asked.is_capital(period.start)
    if period.doubt is Doubt.CAPITAL and is_capital:
        return not asked.before(start, _AT_A_START) or bool(asked.before(start, _IN))
    if period.doubt is Doubt.GOVERNED:
        if asked.folded[period.start : period.end] in ALSO_WORDS and not is_capital:
            return bool(asked.before(start, _SURELY_IN))
        if is_capital and asked.before(start, _OF_A_NAME):
            return False
        goes_on = _NAME_GOES_ON.match(asked.text, asked.places[period.end])
        if is_capital and goes_on and asked.before(start, _OF_SOMEONE):
            return False
    return bool(asked.before(start, _IN))


def is_an_event(asked: Asked, period: Period) -> bool:
    """`about January 6` is an event, wherever it is told."""
    is_day = period.until - period.since == timedelta(days=1)
    is_named = not period.has_year and (period.since.month, period.since.day) in _NAMED_DAYS
    return is_day and (is_named or bool(asked.before(period.start, _ABOUT)))
