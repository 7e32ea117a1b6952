"""Numbers as written, in digits or in words: pt, en, es.  (pure)"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from bot.grounding.number_lexicon import (
    DOZEN,
    HALF,
    HALVED,
    JOINING,
    OF,
    ONE,
    SCALES,
    VAGUE,
    words_of,
)

MOST_DIGITS = 18
"""A longer run of digits names something, it counts nothing."""


@dataclass(frozen=True, slots=True)
class Token:
    """A number, a word or a single sign of folded text."""

    text: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Number:
    values: tuple[Decimal, ...]
    """The likeliest first; several where the writing is ambiguous."""
    end: int
    """Index of the token after it."""
    scale: Decimal = Decimal(1)
    """The last scale word: 10^9 of `5 billion`."""
    vague: bool = False
    """An order of magnitude: `thousands`."""
    from_one: bool = False
    """Nothing but `one` or an article."""


def literal_values(written: str, language: str) -> tuple[Decimal, ...]:
    """What digits with separators may mean; empty when they are no number (`1.2.3`).

    English writes 1,200.5 and Portuguese and Spanish 1.200,5; where the language does not
    decide (`1.200` in English), both.
    """
    bare = re.sub(r"[ '’]", "", written)
    if sum(map(str.isdigit, bare)) > MOST_DIGITS:
        return ()
    marks = [char for char in bare if char in ".,"]
    if not marks:
        return (Decimal(bare),)
    whole, last = bare.rsplit(marks[-1], 1)
    as_decimal = Decimal(f"{re.sub(r'[.,]', '', whole)}.{last}")
    as_thousands = Decimal(re.sub(r"[.,]", "", bare))
    grouped = re.fullmatch(r"\d{1,3}(?:([.,])\d{3})(?:\1\d{3})*", bare) and bare[0] != "0"
    if len(marks) > 1:
        if grouped:
            return (as_thousands,)
        return (as_decimal,) if re.fullmatch(r"\d{1,3}(?:([.,])\d{3})+(?!\1)[.,]\d+", bare) else ()
    if not grouped:
        return (as_decimal,)
    if language not in ("en", "pt", "es"):
        return (as_thousands, as_decimal)
    thousands_mark = "," if language == "en" else "."
    return (as_thousands,) if marks[0] == thousands_mark else (as_decimal, as_thousands)


def read_number(tokens: Sequence[Token], at: int, language: str) -> Number | None:
    """The number that begins at token `at`, as long as it goes; None where none does."""
    text = tokens[at].text
    if text[0].isdigit():
        values = literal_values(text, language)
        return _scaled(tokens, at + 1, values, language) if values else None
    return _half(tokens, at) or _vague(tokens, at) or _in_words(tokens, at, language)


def _at(tokens: Sequence[Token], index: int) -> str:
    return tokens[index].text if index < len(tokens) else ""


def _half(tokens: Sequence[Token], at: int) -> Number | None:
    """`half a million`, `meio trilhão`, `meia dúzia`, `meia hora`."""
    if _at(tokens, at) not in HALF:
        return None
    at += 1
    while _at(tokens, at) in OF:
        at += 1
    word = _at(tokens, at)
    if word in HALVED:
        return Number((Decimal("0.5"),), at)
    scale = Decimal(12) if word in DOZEN else SCALES.get(word)
    if scale is None or len(word) < 4:
        return None
    return Number((scale / 2,), at + 1, scale)


def _vague(tokens: Sequence[Token], at: int) -> Number | None:
    """`thousands`, `dezenas de milhares`, `millones`, not after a number."""
    word = _at(tokens, at)
    size = VAGUE.get(word)
    if size is None and not (word in SCALES and word.endswith(("ions", "oes", "ones"))):
        return None
    value = Decimal(size) if size else SCALES[word]
    end = at + 1
    if _at(tokens, end) in ("of", "de"):
        further = _at(tokens, end + 1)
        if further in VAGUE or (further in SCALES and len(further) > 4):
            value *= VAGUE.get(further) or SCALES[further]
            end += 2
    return Number((value,), end, value, vague=True)


def _in_words(tokens: Sequence[Token], at: int, language: str) -> Number | None:
    words = words_of(language)
    group = Decimal(0)
    index = at
    first = _at(tokens, at)
    if first in ("a", "an") and language in ("en", ""):
        after = _at(tokens, at + 1)
        if after not in DOZEN | {"hundred"} and not (after in SCALES and len(after) > 3):
            return None
        group, index = Decimal(1), at + 1
    elif first not in words and not (first == "mil" and language in ("pt", "es")):
        return None
    if first == "mil":
        group = Decimal(1)
    while index < len(tokens):
        step = index + 1 if group and _at(tokens, index) in JOINING else index
        value = words.get(_at(tokens, step))
        if value is None or not _goes_on(group, value, _at(tokens, step)):
            break
        group = max(group, Decimal(1)) * 100 if _at(tokens, step) == "hundred" else group + value
        index = step + 1
    if not group and first not in ("zero", "cero"):
        return None
    number = _scaled(tokens, index, (group,), language)
    alone = number.end == at + 1 and first in ONE
    return Number(number.values, number.end, number.scale, from_one=alone)


def _goes_on(group: Decimal, value: int, word: str) -> bool:
    """Whether a word continues the number so far: 20 then 5, not 2 then 3."""
    if word == "hundred":
        return group < 10
    if value >= 100:
        return group == 0
    if value >= 20:
        return group % 100 == 0
    return group % 100 == 0 or (value < 10 and group % 10 == 0 and group % 100 >= 20)


def _scaled(tokens: Sequence[Token], at: int, values: tuple[Decimal, ...], language: str) -> Number:
    """The scale words and the half after a number, and a smaller part that completes it."""
    scale = Decimal(1)
    half = _and_a_half(tokens, at)
    if half:
        values, at = tuple(value + Decimal("0.5") for value in values), half
    while True:
        step = at + 1 if _at(tokens, at) == "-" else at
        word = _at(tokens, step)
        if word in DOZEN and scale == 1:
            scale, at = Decimal(12), step + 1
        elif _is_scale(tokens, step, language) and (scale == 1 or scale == 1000 < SCALES[word]):
            scale, at = scale * SCALES[word], step + 1
        else:
            break
    values = tuple(value * scale for value in values)
    if scale == 1:
        return Number(values, at)
    half = _and_a_half(tokens, at)
    if half:
        return Number(tuple(value + scale / 2 for value in values), half, scale)
    rest = at + 1 if _at(tokens, at) in ("e", "y", "and") else at
    if rest < len(tokens) and scale >= 1000 and values[0] % scale == 0:
        further = _smaller(tokens, rest, language, scale, joined=rest > at)
        if further:
            return Number(tuple(value + further.values[0] for value in values), further.end, scale)
    return Number(values, at, scale)


def _smaller(
    tokens: Sequence[Token], at: int, language: str, scale: Decimal, joined: bool
) -> Number | None:
    """`200 mil` after `1 milhão e`; `duzentos` after `mil e`; never a figure of its own."""
    text = _at(tokens, at)
    if text[0].isdigit():
        further = read_number(tokens, at, language) if joined else None
        return further if further and 1 < further.scale < scale else None
    if text not in words_of(language) or text in ONE or (scale > 1000 and not joined):
        return None
    further = _in_words(tokens, at, language)
    return further if further and further.values[0] < scale else None


def _is_scale(tokens: Sequence[Token], at: int, language: str) -> bool:
    word = _at(tokens, at)
    if word == "mil" and language == "en":
        return False
    if word in ("mi", "mm", "k", "tri", "bi"):
        # `5 mi` are miles in English; `mm` are millimetres but for a sum of money.
        return language != "en" or word == "k"
    return word in SCALES


def _and_a_half(tokens: Sequence[Token], at: int) -> int:
    """Index after `and a half`, `e meio`, `y medio`; 0 where there is none."""
    if _at(tokens, at) not in ("and", "e", "y"):
        return 0
    at += 2 if _at(tokens, at + 1) == "a" else 1
    return at + 1 if _at(tokens, at) in HALF else 0
