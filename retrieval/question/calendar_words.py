"""The words for days, months and spans of time in en, pt and es, folded.  (pure)"""

from __future__ import annotations


def _numbered(*words: str) -> dict[str, int]:
    """Each group of words under its place, from 1."""
    return {word: at for at, group in enumerate(words, 1) for word in group.split()}


MONTHS = _numbered(
    "january janeiro enero", "february fevereiro febrero", "march marco marzo",
    "april abril", "may maio mayo", "june junho junio", "july julho julio",
    "august agosto", "september setembro septiembre setiembre", "october outubro octubre",
    "november novembro noviembre", "december dezembro diciembre",
)  # fmt: skip
SHORT_MONTHS = _numbered(
    "jan ene", "feb fev", "mar", "apr abr", "mai", "jun", "jul", "aug ago", "sep sept set",
    "oct out", "nov", "dec dez dic",
)  # fmt: skip
ALSO_WORDS = frozenset({"may", "march", "mar", "set", "out", "ago", "mai", "jun", "dec", "dic"})
"""Months that are words or names of something else as well."""

WEEKDAYS = _numbered(
    "monday segunda lunes", "tuesday terca martes", "wednesday quarta miercoles",
    "thursday quinta jueves", "friday sexta viernes", "saturday sabado", "sunday domingo",
)  # fmt: skip
"""From Monday, 1, as in ISO 8601."""

NUMBERS = _numbered(
    "one a an um uma un una", "two couple dois duas dos par", "three few tres",
    "four quatro cuatro", "five cinco", "six seis", "seven sete siete", "eight oito ocho",
    "nine nove nueve", "ten dez diez", "eleven onze once", "twelve doze doce",
)  # fmt: skip
ORDINALS = _numbered(
    "first primeiro primeira primer primera primero 1o 1a 1st 1er",
    "second segundo segunda 2o 2a 2nd",
    "third terceiro tercer tercero 3o 3rd 3er",
    "fourth quarto cuarto 4o 4th",
)
UNITS = {
    word: unit
    for unit, words in {
        "hour": "hour hours hora horas",
        "day": "day days dia dias",
        "week": "week weeks semana semanas",
        "month": "month months mes meses",
        "quarter": "quarter quarters trimestre trimestres",
        "year": "year years ano anos",
    }.items()
    for word in words.split()
}
SHORT_UNITS = frozenset(word for word, unit in UNITS.items() if unit in ("hour", "day"))
"""`The last day` and `this hour` are rarely days and hours of publication."""


def any_of(words: dict[str, int] | dict[str, str] | frozenset[str]) -> str:
    """A regular expression for one of the words, the longest first."""
    return "|".join(sorted(words, key=lambda word: (-len(word), word)))
