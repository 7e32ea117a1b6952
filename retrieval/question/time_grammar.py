"""Where a question names a stretch of time, in en, pt and es.  (pure)

A grammar of its own rather than dateparser, which reads single dates, not periods: it does
not know `viernes pasado`, takes `may`, `set` and `mar` for months wherever they stand, and
needs 5 ms for `last friday`.
"""

from __future__ import annotations

import re
from datetime import datetime

import retrieval.question.periods as read
from retrieval.question.calendar_words import (
    ALSO_WORDS,
    MONTHS,
    NUMBERS,
    ORDINALS,
    SHORT_MONTHS,
    SHORT_UNITS,
    UNITS,
    WEEKDAYS,
    any_of,
)
from retrieval.question.periods import Period, Reader

_MONTH = rf"(?P<m>{any_of(MONTHS)})\b"
_ANY_MONTH = rf"(?P<m>{any_of(MONTHS | SHORT_MONTHS)})\b\.?"
_SURE_MONTH = rf"(?P<m>{any_of(frozenset(MONTHS | SHORT_MONTHS) - ALSO_WORDS)})\b\.?"
_UNIT = rf"(?P<u>{any_of(UNITS)})\b"
_LONG_UNIT = rf"(?P<u>{any_of(frozenset(UNITS) - SHORT_UNITS)})\b"
_NUMBER = rf"(?P<n>\d{{1,3}}|{any_of(NUMBERS)})"
_ORDINAL = rf"(?:{any_of(ORDINALS)})"
_WEEKDAY = rf"(?P<w>{any_of(WEEKDAYS)})(?:-feira)?\b"

_ENGLISH_WEEKDAYS = "monday|tuesday|wednesday|thursday|friday|saturday|sunday"
_SPANISH_WEEKDAYS = "lunes|martes|miercoles|jueves|viernes|sabado|domingo"
_LONG_WEEKDAYS = "segunda|terca|quarta|quinta|sexta"

_TH = r"(?:st|nd|rd|th|o|ro)?\b"
_DAY = rf"(?<![\w.,:/$€£-])(?P<d>[12]\d|3[01]|0?[1-9])(?![:%]|[.,]\d){_TH}"
_DAY_2 = rf"(?P<d2>[12]\d|3[01]|0?[1-9])(?![:%]|[.,]\d){_TH}"
_TO = r"(?: ?[-–] ?| (?:e|y|a|al|ate|hasta|and|to|through|until) (?:o |el |the )?(?:dia )?)"
_YEAR = r"(?<![\w$€£.,/-])(?<![$€£] )(?P<y>(?:1\d|20)\d\d)(?![\w%]|[.,/-]\d|['’]s)"
_YEAR_ALONE = _YEAR.replace("1\\d", "19")
_OF_YEAR = rf"(?:,| de| del| of)? {_YEAR}"
_WHICH_YEAR = (
    rf"(?:,? (?:of |de |do |del )?(?:the |el )?(?:{_YEAR}|(?P<gone>last year|ano pas+ado)"
    r"|(?P<current>(?:this |d?este )?(?:ano|year)\b)))"
)
_THIS = r"(?:this|current|[nd]?est[ea]|[nd]?ess[ea])"
_GONE = r"(?:pas+ad[oa]s?|retrasad[oa]s?)"
_WITHIN = r"(?:in|over|during|within|for|of|from|since)"
_OF_DAY = r"(?: (?:morning|afternoon|evening|night|a noite|de manha|a tarde|por la \w+))?\b"
_MONEY = r"(?:profit|revenue|earning|sales|gdp|results|economy|inflation|loss|shipment|deliver)"

# Each expression stands before those that are part of it.
_RULES: list[tuple[str, Reader]] = [
    (r"\b(?P<y>(?:19|20)\d\d)-(?P<mm>0[1-9]|1[0-2])-(?P<d>[0-3]\d)\b", read.days),
    # `3 e 10 de maio`, `May 3-10`, `3 de maio de 2024`, `1º de maio`, `May 3rd, 2024`
    (rf"{_DAY}{_TO}{_DAY_2} (?:de |of )?{_ANY_MONTH}(?:{_OF_YEAR})?", read.days),
    (
        rf"\b{_ANY_MONTH} {_DAY}{_TO}{_DAY_2}(?! (?:de |of )?{any_of(MONTHS)})(?:{_OF_YEAR})?",
        read.days,
    ),
    (rf"{_DAY} (?:de |of )?{_ANY_MONTH}{_OF_YEAR}", read.days),
    (r"\b(?P<d>primeiro|primero) de " + _MONTH + rf"(?:{_OF_YEAR})?", read.days),
    (rf"\b{_ANY_MONTH} {_DAY},? {_YEAR}", read.days),
    (rf"{_DAY} (?:de|of) {_MONTH}", read.days),
    (rf"{_DAY} {_SURE_MONTH}", read.days),
    (rf"\b{_SURE_MONTH} {_DAY}", read.days),
    (r"\b(?P<m>may|march) (?P<d>\d\d?)(?:st|nd|rd|th)\b", read.days),
    (r"\b(?P<d>\d\d?)(?:st|nd|rd|th) (?P<m>may|march)\b", read.days),
    (rf"{_DAY} (?P<m>may|march)\b", read.doubtful_day),
    (rf"\b(?P<m>may|march) {_DAY}", read.doubtful_day),
    # `Q3 2024`, `3T24`, `terceiro trimestre de 2024`, `first half of the year`
    (rf"\bq(?P<q>[1-4])\b{_WHICH_YEAR}?", read.part_of_year),
    (rf"{_YEAR} q(?P<q>[1-4])\b", read.part_of_year),
    (r"\b(?P<q>[1-4])[tq](?P<y>20\d\d|\d\d)\b", read.part_of_year),
    (rf"\b(?P<q>{_ORDINAL}) trimestre\b{_WHICH_YEAR}?", read.part_of_year),
    (rf"\b(?P<q>{_ORDINAL})[ -]quarter\b(?:{_WHICH_YEAR}|(?=.*\b{_MONEY}))", read.part_of_year),
    (rf"\b(?P<half>{_ORDINAL}) semestre\b{_WHICH_YEAR}?", read.part_of_year),
    (rf"\b(?P<half>{_ORDINAL})[ -](?:half|metade|mitad){_WHICH_YEAR}", read.part_of_year),
    (
        rf"\b(?P<half>{_ORDINAL})[ -](?:half|metade|mitad) (?:of|de) {_MONTH}(?:{_OF_YEAR})?",
        read.half_of_month,
    ),
    # `last three days`, `últimas 24 horas`, `in the past week`, `nos últimos dias`
    (rf"\b(?:last|past|previous|ultim[oa]s) {_NUMBER} {_UNIT}", read.rolling),
    (rf"\b{_NUMBER} ultim[oa]s {_UNIT}", read.rolling),
    (rf"\b{_WITHIN} the (?P<one>last|past) {_UNIT}", read.rolling),
    (rf"\b(?P<one>past|ultim[oa]) {_LONG_UNIT}", read.rolling),
    (
        r"\b(?:last|past|recent|ultim[oa]s) (?:few )?"
        r"(?P<u>days|weeks|months|years|dias|semanas|meses|anos|horas|hours)\b",
        read.rolling,
    ),
    # `3 weeks ago`, `há dois dias`, `hace una semana`, `cinco dias atrás`
    (rf"\b{_NUMBER} (?:of )?{_UNIT} (?:ago|atras)\b", read.ago),
    (rf"\b(?:ha|hace|faz) (?:cerca de )?{_NUMBER} {_UNIT}(?: atras\b)?", read.ago),
    (rf"\ba (?:couple|few) {_UNIT} ago\b", read.ago),
    # `last week`, `mês passado`, `esta semana`
    (rf"\b(?:last|previous) {_LONG_UNIT}", read.unit_before),
    (rf"\b{_LONG_UNIT} {_GONE}\b", read.unit_before),
    (rf"\bpas+ad[oa] {_LONG_UNIT}", read.unit_before),
    (rf"\b{_THIS} {_LONG_UNIT}", read.unit_now),
    (
        r"\b(?:noticias?|resumo|resumen|manchetes|titulares|destaques|news|headlines|recap|summary)"
        r" (?:da|do|de la|del|of the|for the) (?P<u>dia|day|semana|week|mes|month|ano|year)\b",
        read.unit_of_news,
    ),
    (rf"\bdia {_DAY}(?! d[eo]\b)", read.day_of_month),
    # `ontem à noite`, `the day before yesterday`
    (
        rf"\b(?:(?:the )?day before yesterday|anteontem|antes de ontem|anteayer|antier){_OF_DAY}",
        read.days_back(2),
    ),
    (rf"\b(?:yesterday|last night|ontem|ayer|anoche){_OF_DAY}", read.days_back(1)),
    (
        r"(?<!usa )\b(?:today|tonight|this (?:morning|afternoon|evening)|hoje|hoy"
        r"|esta (?:manha|noche|noite|tarde))\b(?! (?:em|en) dia\b| por hoy\b)",
        read.days_back(0),
    ),
    # `last weekend`, `fim de semana`; `last Friday`, `na segunda-feira`, `el viernes pasado`
    (
        rf"\b(?:(?P<last>last|past|ultimo|pasado)|this|(?:over|at|on|during) the|n?este|n?o|el)"
        rf" (?:weekend|fi(?:m|n) de semana)\b(?: (?P<gone>{_GONE}))?",
        read.weekend,
    ),
    (rf"\b(?:(?P<last>last|past|ultim[oa]|passad[oa]|pasado)) {_WEEKDAY}", read.weekday),
    (rf"\b{_WEEKDAY},? (?P<gone>{_GONE})\b", read.weekday),
    (rf"\b(?P<w>{_LONG_WEEKDAYS})-feira\b", read.weekday),
    (
        r"\b(?:on|since|until|till|before|after|this|and|between|from) "
        rf"(?P<w>{_ENGLISH_WEEKDAYS})\b",
        read.weekday,
    ),
    (rf"\b(?P<w>{_ENGLISH_WEEKDAYS})\b", read.bare_weekday),
    (
        rf"\b(?:n[ao]|nest[ea]|dest[ea]|desde|ate|d[ao]) (?P<w>{_LONG_WEEKDAYS}|sabado|domingo)\b"
        r"(?=\W*$|[?!.,;:]| (?:passad|de manha|a (?:noite|tarde)))",
        read.weekday,
    ),
    (rf"\b(?:el|este|del|desde el|hasta el|al) (?P<w>{_SPANISH_WEEKDAYS})\b", read.weekday),
    # `last March`, `May 2023`, `março passado`, `in May`, `in 2023`
    (rf"\b(?:last|ultimo|pasado) {_MONTH}", read.last_named_month),
    (rf"\b{_MONTH},? (?:last year|d[eo]l? ano pas+ado)\b", read.month_of_last_year),
    (rf"\b{_MONTH} (?:passado|pasado|ultimo)\b", read.last_named_month),
    (rf"\b{_ANY_MONTH}(?:,| de| del| of|/)? ?{_YEAR}", read.month),
    (rf"\b{_MONTH}", read.month),
    (_YEAR_ALONE, read.year),
]
_GRAMMAR = [(re.compile(pattern), reader) for pattern, reader in _RULES]
_SLASHED = re.compile(
    r"(?<![\d/.-])(?P<a>\d{1,2})([/.])(?P<b>\d{1,2})\2(?P<y>(?:19|20)?\d\d)(?![\d/]|[.,]\d)"
)
_MAYBE = re.compile(
    rf"\d|{any_of(MONTHS)}|{any_of(WEEKDAYS)}|{any_of(UNITS)}"
    r"|today|tonight|yesterday|morning|afternoon|evening|night|hoje|ontem|hoy|ayer|antier|anoche"
    r"|manha|noite|tarde|noche|trimestre|quarter|semestre"
)


def find_periods(folded: str, now: datetime, *, month_first: bool = False) -> list[Period]:
    """Every stretch of time a folded question names, in order, none inside another.

    `now` is by the clock of the place asked from, without a timezone. `month_first` is how
    `5/3/2024` is read where either way gives a date.
    """
    if not _MAYBE.search(folded):
        return []
    found = [
        period
        for match in _SLASHED.finditer(folded)
        if (period := read.slashed(match, month_first)) is not None
    ]
    for pattern, reader in _GRAMMAR:
        for match in pattern.finditer(folded):
            if any(match.start() < known.end and known.start < match.end() for known in found):
                continue
            period = reader(match, now)
            if period is not None:
                found.append(period)
    return sorted(found, key=lambda period: period.start)
