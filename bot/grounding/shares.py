"""Shares, multiples and ranks in words: `two thirds`, `doubled`, `terceiro`; pt, en, es.  (pure)"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from bot.grounding.number_lexicon import words_of
from bot.grounding.number_words import Token, read_number
from bot.grounding.units import PERCENT, Kind, Unit


@dataclass(frozen=True, slots=True)
class Share:
    values: tuple[Decimal, ...]
    unit: Unit
    end: int
    """Index of the token after it."""
    rounded: bool = False
    """A third is not exactly 33.33 percent."""
    weak: bool = False


_FRACTIONS = {
    2: "half halves metade mitad",
    3: "third thirds terco tercos tercio tercios tercera terceras",
    4: "quarter quarters quarto quartos cuarto cuartos cuarta cuartas quarta",
    5: "fifth fifths quinto quintos quinta quintas",
    6: "sixth sexto sexta",
    10: "tenth tenths decimo decimos decima",
}
_PART = {word: n for n, words in _FRACTIONS.items() for word in words.split()}
_RANKS = {
    1: "first primeiro primeira primero primera primer",
    2: "second segundo segunda",
    3: "third terceiro terceira tercero tercera tercer",
    4: "fourth quarto quarta cuarto cuarta",
    5: "fifth quinto quinta",
    6: "sixth sexto sexta",
    7: "seventh setimo setima septimo septima",
    8: "eighth oitavo oitava octavo octava",
    9: "ninth nono nona noveno novena",
    10: "tenth decimo decima",
}
_RANK = {word: n for n, words in _RANKS.items() for word in words.split()}
_DAYS = {"segunda", "quarta", "quinta", "sexta"}
_MULTIPLES = {
    2: r"doubl(?:e|ed|es|ing)|twice|twofold|dobr(?:o|a|ou|aram|ando|ar)|doble"
    r"|duplic(?:a|o|ou|aron|aram|ar|ado|ada)",
    3: r"tripl(?:e|ed|es|ing|o|ic\w+)|threefold|thrice",
    4: r"quadrupl\w+|cuadruplic\w+|fourfold",
    5: r"quintupl\w+|fivefold",
    10: r"tenfold",
}
_MULTIPLE = {n: re.compile(words) for n, words in _MULTIPLES.items()}
_TIMES = {"times", "vezes", "veces"}
_ARTICLES = {"a", "one", "um", "uma", "un", "una"}
_AFTER_PART = {"of", "de", "do", "da", "dos", "das", "del"}
_ORDINAL_ENDING = {"st", "nd", "rd", "th", "o", "a", "er"}


def read_share(tokens: Sequence[Token], at: int, language: str) -> Share | None:
    """The share, multiple or rank that begins at token `at`; None where none does."""
    word = tokens[at].text
    if not (word.isalpha() or word.isdigit()):
        return None
    return (
        _one_in(tokens, at, language)
        or _fraction(tokens, at, language)
        or _multiple(tokens, at, language)
        or _rank(tokens, at)
    )


def _at(tokens: Sequence[Token], index: int) -> str:
    return tokens[index].text if 0 <= index < len(tokens) else ""


def _small(word: str, language: str) -> int | None:
    if word.isdigit() and len(word) < 4:
        return int(word)
    return words_of(language).get(word)


def _one_in(tokens: Sequence[Token], at: int, language: str) -> Share | None:
    """`one in five`, `um em cada cinco`, `uno de cada cinco`."""
    if _at(tokens, at + 1) == "in":
        end = at + 2 + (_at(tokens, at + 2) == "every")
    elif _at(tokens, at + 1) in ("em", "de") and _at(tokens, at + 2) == "cada":
        end = at + 3
    else:
        return None
    first, second = _small(_at(tokens, at), language), _small(_at(tokens, end), language)
    if not first or not second or not 1 < second <= 1000 or first >= second:
        return None
    return Share((_percent(first, second),), PERCENT, end + 1, rounded=True)


def _percent(part: int, whole: int) -> Decimal:
    return Decimal(100 * part) / whole


def _fraction(tokens: Sequence[Token], at: int, language: str) -> Share | None:
    word, end, part = _at(tokens, at), at, 1
    counted = False
    count = 1 if word in _ARTICLES else _small(word, language)
    if count and count < 10:
        end = at + 1 + (_at(tokens, at + 1) == "-")
        part, counted = count, True
    noun = _at(tokens, end)
    whole = _PART.get(noun)
    if whole is None or part >= whole:
        return None
    end += 1
    as_part = _at(tokens, end) in ("parte", "partes")
    if as_part:
        end += 1
    if whole == 2:
        if _at(tokens, at - 1) in {*_RANK, "and", "primeira", "segunda", "-"} - {"and"}:
            return None
        if _at(tokens, end) in ("time", "-", "an", "hour", "sister", "brother"):
            return None
        if _at(tokens, end) in ("a", "of") and read_number(tokens, at, language):
            return None  # half a million
    elif not as_part and not (counted and _is_fraction_noun(noun, part, _at(tokens, end))):
        return None
    return Share((_percent(part, whole),), PERCENT, end, rounded=100 % whole != 0)


def _is_fraction_noun(noun: str, part: int, after: str) -> bool:
    """`a third of`, `two thirds`, `um terço`; not `a third plant`, `um quarto de hotel`."""
    if part > 1:
        return noun.endswith("s")
    if noun in ("terco", "tercio", "quinto", "tercios"):
        return True
    if noun in ("third", "quarter", "fifth", "tenth"):
        return after in ("of", "") or not after.isalpha()
    return noun in ("quarto", "cuarto") and after in _AFTER_PART


def _multiple(tokens: Sequence[Token], at: int, language: str) -> Share | None:
    word = _at(tokens, at)
    for times, words in _MULTIPLE.items():
        if words.fullmatch(word):
            return Share((Decimal(times),), Unit(Kind.MULTIPLE), at + 1)
    count = _small(word, language)
    if count and count > 1 and _at(tokens, at + 1) in _TIMES:
        return Share((Decimal(count),), Unit(Kind.MULTIPLE), at + 2)
    return None


def _rank(tokens: Sequence[Token], at: int) -> Share | None:
    word = _at(tokens, at)
    if word.isdigit() and len(word) < 5:
        end = at + 1 + (_at(tokens, at + 1) in (".", "-"))
        touching = at + 1 < len(tokens) and tokens[at + 1].start == tokens[at].end
        if touching and _at(tokens, end) in _ORDINAL_ENDING and tokens[end].start - \
                tokens[at].end <= 1:  # fmt: skip
            return Share((Decimal(word),), Unit(Kind.ORDINAL), end + 1)
        return None
    rank = _RANK.get(word)
    if rank is None:
        return None
    if word in _DAYS and _at(tokens, at + 1) == "-":
        return None
    # `segundo` also means `according to`, `second` a moment, `first` comes by itself.
    weak = rank <= 2 or word in _DAYS
    return Share((Decimal(rank),), Unit(Kind.ORDINAL), at + 1, weak=weak)
