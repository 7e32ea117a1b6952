"""What is counted: currencies and measures by the words and signs they go by.  (pure)

Names of currencies are those of the Unicode CLDR, through babel.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from functools import cache

from babel.numbers import get_currency_name

from bot.grounding.number_words import Token
from bot.grounding.unit_words import (
    BETWEEN,
    CENTS,
    CODES,
    CUBIC,
    DEGREES,
    DOLLARS,
    DURATIONS,
    MEASURES,
    NO_CURRENCY,
    PER_HOUR,
    PESOS,
    SIGNS,
    SPOKEN,
    SQUARE,
)
from retrieval.folding import folded_words


class Kind(StrEnum):
    MONEY = "money"
    PERCENT = "percent"
    POINTS = "points"
    """Percentage points, or the points of an index."""
    COUNT = "count"
    MEASURE = "measure"
    DURATION = "duration"
    ORDINAL = "ordinal"
    MULTIPLE = "multiple"
    """`doubled`, `three times`."""
    YEAR = "year"
    CLOCK = "clock"
    """A time of day, in minutes after midnight."""
    IDENTIFIER = "identifier"
    """A telephone or document number, as digits."""


@dataclass(frozen=True, slots=True)
class Unit:
    kind: Kind
    name: str = ""
    """The dimension of a measure or duration: those of one dimension compare by value."""
    factor: Decimal = Decimal(1)
    """What one of it is in the dimension's base unit."""
    currencies: frozenset[str] = frozenset()
    """ISO 4217 codes it may mean; none where money is written without one (`cents`)."""


COUNT = Unit(Kind.COUNT)
PERCENT = Unit(Kind.PERCENT)


@cache
def _words() -> dict[str, Unit]:
    units: dict[str, Unit] = {}
    for kind, table in ((Kind.MEASURE, MEASURES), (Kind.DURATION, DURATIONS)):
        for name, rows in table.items():
            for words, factor in rows.items():
                for word in words.split():
                    unit = Unit(kind, name, Decimal(factor))
                    units[word] = unit
                    if len(word) > 2:
                        units[f"{word}s"] = unit
    return units


@cache
def _currency_names() -> dict[tuple[str, ...], frozenset[str]]:
    """Full names and the noun of each alone: `pesos argentinos`, `pesos`."""
    names: dict[tuple[str, ...], set[str]] = {}
    for code in CODES:
        for language, noun in (("en", -1), ("pt", 0), ("pt_PT", 0), ("es", 0)):
            for count in (1, 2):
                words = tuple(folded_words(get_currency_name(code, count, language)))
                names.setdefault(words, set()).add(code)
                names.setdefault((words[noun],), set()).add(code)
        names.setdefault((code.lower(),), set()).add(code)
    for word, codes in SPOKEN.items():
        names.setdefault(word, set()).update(codes)
    for phrase in NO_CURRENCY:
        names.pop(phrase, None)
    return {words: frozenset(codes) for words, codes in names.items()}


def currency_before(token: str, language: str) -> Unit | None:
    """A currency by the sign or code before an amount."""
    if token == "$":  # noqa: S105 - a currency, no secret
        return Unit(Kind.MONEY, currencies=PESOS | {"USD"} if language == "es" else DOLLARS)
    if token == "¥":  # noqa: S105
        return Unit(Kind.MONEY, currencies=frozenset({"JPY", "CNY"}))
    code = SIGNS.get(token) or (token.upper() if token.upper() in CODES else "")
    return Unit(Kind.MONEY, currencies=frozenset({code})) if code and code != "TRY" else None


def unit_after(tokens: Sequence[Token], at: int, language: str) -> tuple[Unit, int] | None:
    """The unit that begins at token `at`, and the index after it."""
    words = [token.text for token in tokens[at : at + 5]]
    if words[:1] == ["-"]:
        found = unit_after(tokens, at + 1, language)
        return found if found and found[0].kind is not Kind.POINTS else None
    if words[:1] and words[0] in BETWEEN:
        found = unit_after(tokens, at + 1, language)
        return found if found and found[0].kind in (Kind.DURATION, Kind.MEASURE) else None
    percent = _percent(words)
    if percent:
        return percent[0], at + percent[1]
    skipped = int(words[:1] in (["de"], ["of"]))
    if skipped and words[1:2] and words[1] not in _words():
        money = _money(words[1:], language)
        return (money[0], at + 1 + money[1]) if money else None
    if skipped and words[0] == "of":
        return None
    found = _money(words, language) or _measure(words[skipped:])
    return (found[0], at + found[1] + (skipped if found[0].kind is not Kind.MONEY else 0)) \
        if found else None  # fmt: skip


def _percent(words: Sequence[str]) -> tuple[Unit, int] | None:
    length = 0
    if words[:1] in (["%"], ["percent"], ["pct"]):
        length = 1
    elif words[:2] in (["per", "cent"], ["por", "cento"], ["por", "ciento"]):
        length = 2
    if length:
        points = words[length : length + 1] in (["points"], ["point"])
        return (Unit(Kind.POINTS), length + 1) if points else (PERCENT, length)
    if words[:2] in (["basis", "points"], ["puntos", "basicos"]):
        return Unit(Kind.POINTS, factor=Decimal("0.01")), 2
    if words[:3] == ["pontos", "-", "base"]:
        return Unit(Kind.POINTS, factor=Decimal("0.01")), 3
    if words[:4] == ["p", ".", "p", "."]:
        return Unit(Kind.POINTS), 4
    if words[:1] == ["pp"]:
        return Unit(Kind.POINTS), 1
    if words[:1] in (["percentage"], ["ponto"], ["pontos"], ["punto"], ["puntos"], ["points"]):
        qualified = words[1:2] and words[1].startswith(("point", "percentua", "porcentual"))
        return Unit(Kind.POINTS), 2 if qualified else 1
    return None


def _money(words: Sequence[str], language: str) -> tuple[Unit, int] | None:
    if words[:1] and words[0] in CENTS:
        return Unit(Kind.MONEY, factor=Decimal("0.01"), currencies=CENTS[words[0]]), 1
    sign = currency_before(words[0], language) if words and words[0] in {*SIGNS, "$", "¥"} else None
    if sign:
        return sign, 1
    names = _currency_names()
    for length in (3, 2, 1):
        codes = names.get(tuple(words[:length]))
        if codes and len(words) >= length:
            return Unit(Kind.MONEY, currencies=codes), length
    return None


def _measure(words: Sequence[str]) -> tuple[Unit, int] | None:
    if not words:
        return None
    if words[0] in DEGREES[""]:
        for scale in ("celsius", "fahrenheit"):
            if words[1:2] and words[1] in DEGREES[scale]:
                return Unit(Kind.MEASURE, scale), 2
        return Unit(Kind.MEASURE, "degrees"), 1
    power = 2 if words[0] in SQUARE else 3 if words[0] in CUBIC else 1
    start = int(power > 1)
    unit = _words().get(words[start]) if len(words) > start else None
    if unit is None:
        return None
    end = start + 1
    if power == 1 and len(words) > 1 and words[1] in SQUARE | CUBIC:
        power, end = (2 if words[1] in SQUARE else 3), 2
    if unit.name == "length" and power > 1:
        # The base of a volume is the litre, a thousandth of a cubic metre.
        factor = unit.factor**power * (1000 if power == 3 else 1)
        return Unit(Kind.MEASURE, "area" if power == 2 else "volume", factor), end
    if unit.name == "length" and tuple(words[end : end + 2]) in PER_HOUR:
        return Unit(Kind.MEASURE, "speed", unit.factor / 1000), end + 2
    if words[0] == "km" and words[1:3] == ["/", "h"]:
        return Unit(Kind.MEASURE, "speed"), 3
    return unit, end
