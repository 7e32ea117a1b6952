"""Words of the calendar in pt, en and es, and the patterns made of them.  (pure)

Months and days of the week are those of the Unicode CLDR, through babel.
"""

from __future__ import annotations

import re

from babel import Locale

from retrieval.folding import fold


def _names(kind: str, width: str) -> dict[str, int]:
    found: dict[str, int] = {}
    for language in ("en", "pt", "es"):
        table = getattr(Locale.parse(language), kind)["format"][width]
        for number, name in table.items():
            found[fold(str(name)).rstrip(".")] = int(number)
    return found


MONTHS = _names("months", "wide") | {"setiembre": 9}
_SHORT_MONTHS = {
    name: number
    for name, number in (_names("months", "abbreviated") | {"sept": 9, "set": 9}).items()
    if len(name) <= 4
}
ANY_MONTH = MONTHS | _SHORT_MONTHS

_PORTUGUESE_DAYS = {"segunda": 0, "terca": 1, "quarta": 2, "quinta": 3, "sexta": 4}
WEEKDAYS = _names("days", "wide") | _PORTUGUESE_DAYS

ORDINALS = {
    "first": 1, "second": 2, "third": 3, "fourth": 4, "primeiro": 1, "segundo": 2, "terceiro": 3,
    "quarto": 4, "primer": 1, "primero": 1, "tercer": 3, "tercero": 3, "cuarto": 4,
    "1o": 1, "2o": 2, "3o": 3, "4o": 4, "1st": 1, "2nd": 2, "3rd": 3, "4th": 4,
}  # fmt: skip


def _either(words: dict[str, int]) -> str:
    return "|".join(sorted(map(re.escape, words), key=len, reverse=True))


_M = rf"(?P<month>{_either(ANY_MONTH)})\.?"
_LONG = rf"(?P<month>{_either(MONTHS)})"
_Y = r"(?P<year>(?:1[5-9]|20)\d\d)(?!\d|[.,]\d)"
_DAY = r"(?P<day>3[01]|[12]\d|0?[1-9])(?:st|nd|rd|th|\.?o)?"
_OF = r"(?: de| del| of|,)?"
_WEEKDAY_EN = "monday|tuesday|wednesday|thursday|friday|saturday|sunday"
_WEEKDAY_PT = "segunda|terca|quarta|quinta|sexta"
_WEEKDAY_OTHER = "sabado|domingo|lunes|martes|miercoles|jueves|viernes"

PATTERNS: tuple[tuple[str, re.Pattern[str]], ...] = tuple(
    (name, re.compile(pattern))
    for name, pattern in (
        ("iso", rf"\b{_Y}-(?P<month>\d\d)-(?P<day>\d\d)\b"),
        ("numeric", r"\b(?P<a>\d{1,2})([/.])(?P<b>\d{1,2})\2(?P<year>(?:19|20)\d\d|\d\d)\b"),
        (
            "day",
            rf"\b{_DAY}(?: ?(?:-|–|to|and|a|e|y|al) ?(?P<last>3[01]|[12]\d|[1-9])(?:st|nd|rd|th)?)?"
            rf"(?: de| of)? {_M}\b(?:{_OF} {_Y})?",
        ),
        ("day", rf"\b{_M} {_DAY}(?!\d|[.,]\d|,000| (?:percent|million|billion|people))"
                rf"(?:,? {_Y})?\b"),
        ("part", rf"\b(?P<nth>{_either(ORDINALS)}) (?P<part>quarter|trimestre|half|semestre)"
                 rf"(?: of| de| del|,)? {_Y}\b"),
        ("part", rf"\bq(?P<nth>[1-4]) {_Y}\b"),
        ("month", rf"\b{_M}(?: de| del| of)? {_Y}\b"),
        ("month", rf"\b{_LONG}\b"),
        ("weekday", rf"\b(?P<weekday>{_WEEKDAY_EN})\b"),
        ("weekday", rf"\b(?P<weekday>{_WEEKDAY_PT})-feira\b(?: \((?P<day>\d\d?)\))?"),
        ("weekday", rf"\b(?:na|nesta|desta|ultima|proxima|da|a|ate) (?P<weekday>{_WEEKDAY_PT})\b"
                    r"(?! (?:fase|etapa|vez|edicao|parte|maior|posicao|maior|divisao|camara))"
                    r"(?: \((?P<day>\d\d?)\))?"),
        ("weekday", rf"\b(?P<weekday>{_WEEKDAY_OTHER})\b(?: \((?P<day>\d\d?)\))?"),
        ("day of month", r"\b(?:dia|on the|el dia) (?P<day>3[01]|[12]\d|[1-9])(?:st|nd|rd|th)?\b"),
        ("relative", r"\b(?P<relative>today|hoje|hoy|yesterday|ontem|ayer|tomorrow|amanha"
                     r"|anteontem|anteayer)\b"),
        ("relative", r"\b(?P<relative>(?:last|next|this) (?:week|month|year)"
                     r"|(?:este|esta|proxim[oa]|passad[oa]) (?:ano|mes|semana)"
                     r"|(?:ano|mes|semana) (?:passad[oa]|pasad[oa]|que vem|que viene"
                     r"|proxim[oa]))\b"),
        ("decade", r"\b(?P<decade>(?:1[5-9]|20)\d0)s\b"),
        ("decade", r"\b(?:anos|decada de|anos de) (?P<decade>(?:1[5-9]|20)\d0)\b"),
        ("century", r"\b(?P<century>1[5-9]|2[01])(?:th|st) century\b"),
        ("century", r"\b(?:seculo|siglo) (?P<roman>xxi|xx|xix|xviii|xvii|xvi)\b"),
        ("years", r"\b(?P<year>(?:19|20)\d\d)[-–/](?P<to>\d\d)\b(?!-)"),
        ("year", rf"(?<![\d.,$€£+/-])\b{_Y}\b"),
    )
)  # fmt: skip
"""In order: what an earlier one found is not looked at again."""

DATED_BY = re.compile(
    r"\b(?:in|since|of|from|by|until|till|before|after|during|early|late|mid|through|to|and"
    r"|em|de|desde|ate|antes de|durante|no|do|en|hasta|del|para|a|entre|between|o|or|y|e)"
    r"[ -]$|[(–/-] ?$"
)
"""What stands before a month or an old year that is one: `in March`, not `they march`."""

COUNTED = re.compile(
    r"^ ?(?:%|€|£|\$|people|workers|jobs|employees|patients|houses|homes|students|percent|per cent"
    r"|por c\w+|euros?|dol\w+|reais|pesos|libras|pounds|yen|mil\b|mi\w*o\w*|million\w*|billion\w*"
    r"|bi\w*o\w*|km\b|mw\b|gw\b|kg\b|to[nn]\w+|met\w+|quil\w+|kil\w+|hect\w+|acres|pessoas|persona\w*"
    r"|trabalh\w+|trabaj\w+|empleos|empregos|vagas|plazas|hog\w+|vecinos|m2\b|votes|votos)"
)
"""What makes a count of a number that looks like a year: `2000 people`."""
ROUGHLY = re.compile(
    r"(?:about|around|some|nearly|almost|over|more than|cerca de|mais de|mas de|unos|unas|uns"
    r"|umas|quase|casi) $"
)
