"""Dates as feeds write them.  (pure)"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from retrieval.feeds.entries import iso_moment

_LOCAL_DATE = re.compile(
    r"(?P<day>\d{1,2})\.?[\s-]{1,3}(?:de\s)?(?P<month>[A-Za-zçéûäÇÉÛÄ]{3,10})\.?,?[\s-]{1,3}(?:de\s)?"
    r"(?P<year>\d{4})(?:[\s,T]{1,3}(?P<hour>\d{1,2})[:h](?P<minute>\d{2})(?::\d{2})?)?"
    r"(?:\s{0,2}(?P<zone>[+-]\d{2}:?\d{2}))?"
)
_MONTHS = (
    *((("jan", "ene", "gen"), 1), (("feb", "fev", "fév"), 2), (("mar", "mär", "mrz"), 3)),
    *((("apr", "abr", "avr"), 4), (("may", "mai", "mag"), 5), (("jun", "juin", "giu"), 6)),
    *((("jul", "juil", "lug"), 7), (("aug", "ago", "aoû", "aou"), 8), (("sep", "set"), 9)),
    *((("oct", "out", "ott", "okt"), 10), (("nov",), 11), (("dec", "dez", "dic", "déc"), 12)),
)


def written_moment(text: str) -> datetime | None:
    """A date as feeds write them, in UTC: ISO 8601, RFC 822, or with a month's name in
    Portuguese, Spanish, French, Italian or German (`Seg, 10 Fev 2025 18:30 -0300`)."""
    text = text.strip()
    if not text or len(text) > 100:
        return None
    if moment := iso_moment(text):
        return moment
    try:
        return _in_utc(parsedate_to_datetime(text))
    except (ValueError, OverflowError, TypeError, IndexError):
        return _local_moment(text)


def _local_moment(text: str) -> datetime | None:
    match = _LOCAL_DATE.search(text)
    name = match["month"].lower() if match else ""
    month = next((number for starts, number in _MONTHS if name.startswith(starts)), None)
    if not match or not month:
        return None
    zone = match["zone"] or "+00:00"
    clock = f"{int(match['hour'] or 0):02}:{match['minute'] or '00'}"
    return iso_moment(f"{match['year']}-{month:02}-{int(match['day']):02}T{clock}{zone}")


def _in_utc(moment: datetime) -> datetime:
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
