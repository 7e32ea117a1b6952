"""A time of day as people write it: 7h30, 7:30 pm, às 19, a las 7 de la tarde.  (pure)"""

from __future__ import annotations

import re
import unicodedata

from retrieval.folding import fold

LONGEST = 40
"""Characters; a time is no longer in any of our languages."""

_NAMED = {
    "noon": 12 * 60, "midday": 12 * 60, "meio-dia": 12 * 60, "meio dia": 12 * 60,
    "mediodia": 12 * 60, "midnight": 0, "meia-noite": 0, "meia noite": 0, "medianoche": 0,
}  # fmt: skip
_LEAD = r"(?:(?:at|as|a las|a la|a|pelas|sobre las)\s+)?"
_BEFORE_NOON = r"a\.?\s?m\.?|(?:da|de la|pela|por la) (?:manha|manana|madrugada)|in the morning"
_AFTER_NOON = (
    r"p\.?\s?m\.?|(?:da|de la|a|por la) (?:tarde|noite|noche)|in the (?:afternoon|evening)|at night"
)
_WRITTEN = re.compile(
    rf"{_LEAD}(?P<hour>\d{{1,2}})"
    r"(?:\s?(?:[:.h]|hs?|horas?|uhr)\s?(?P<minute>\d{2})?\s?(?:h|hs|min|hrs?|horas?|o'?clock)?)?"
    r"(?:\s?o'?clock)?"
    rf"\s*(?:(?P<am>{_BEFORE_NOON})|(?P<pm>{_AFTER_NOON}))?",
    re.ASCII,
)


def minute_of(text: str) -> int | None:
    """The minute of the day it names; None for what names none."""
    plain = fold(unicodedata.normalize("NFKC", text[: 4 * LONGEST])).strip().rstrip(".!")
    if len(plain) > LONGEST:
        return None
    bare = re.sub(r"^(?:at|ao|a|al)\s+", "", plain)
    if bare in _NAMED:
        return _NAMED[bare]
    # The point of "p.m." was taken off as the end of a sentence.
    match = _WRITTEN.fullmatch(plain)
    if match is None:
        return None
    hour, minute = int(match["hour"]), int(match["minute"] or 0)
    if match["am"] or match["pm"]:
        if hour > 12 and match["am"]:
            return None
        if hour <= 12:
            hour = hour % 12 + (12 if match["pm"] else 0)
    return hour * 60 + minute if hour < 24 and minute < 60 else None
