"""The figures that answer a question, to be found at a glance.  (pure)"""

from __future__ import annotations

import re
from collections.abc import Sequence

from bot.grounding.amount import Amount
from bot.grounding.dates_in_text import dates
from bot.grounding.figures import amounts
from bot.grounding.units import Kind as Unit
from bot.questions import Kind, Wanted
from retrieval.folding import fold, folded_words, stem

MOST_MARKED = 20
LONGEST_MARKED = 60

_WORDS_BEFORE_COUNTED = 3
"""`1,150 permanent new jobs`: from a figure to what it counts."""

_LONGEST_BEFORE = 160
_NUMBER_OF = re.compile(
    r"\b(?:number|numero|total|saldo|tally) (?:of|de|del) (?P<what>\w+(?: \w+)?)"
    r"(?: [^\W\d]+){0,12}? (?:to|at|is|was|now|reached|para|a|em|en|de|e|foi|es|fue|era)\s$"
)

_ALSO_PLAIN = (Kind.COUNT, Kind.MONEY)
"""Kinds whose figure may stand there as a plain number."""
_NO_QUANTITY = {Unit.YEAR, Unit.ORDINAL, Unit.IDENTIFIER, Unit.CLOCK}


def answering_figures(wanted: Wanted, text: str, language: str) -> tuple[str, ...]:
    """Of a question for an amount, a number, a duration or a date: the parts of `text` that
    can be the answer, as they are written, each once. Empty for other questions."""
    match wanted.kind:
        case Kind.TIME:
            told = [one.text for one in dates(text, language) if one.intervals or one.month]
        case Kind.MONEY | Kind.COUNT | Kind.DURATION | Kind.AMOUNT:
            found = amounts_wanted(wanted, text, language)
            told = [one.text for one in found if one.value > 1 or _has_digit(one)]
            if not told and wanted.kind in _ALSO_PLAIN:
                # Counted by another word than the question's, or in another language.
                told = [
                    one.text
                    for one in amounts(text, language)
                    if one.kind is Unit.COUNT and _has_digit(one)
                ]
        case _:
            told = []
    lines = (" ".join(one.split()) for one in told)
    return tuple(dict.fromkeys(one for one in lines if one and len(one) <= LONGEST_MARKED))


def amounts_wanted(wanted: Wanted, text: str, language: str) -> list[Amount]:
    """The amounts of `text` that are of what was asked, in order."""
    found = [one for one in amounts(text, language) if _is_quantity(one)]
    match wanted.kind:
        case Kind.MONEY:
            return [one for one in found if one.kind is Unit.MONEY]
        case Kind.DURATION:
            return [one for one in found if one.kind is Unit.DURATION]
        case Kind.COUNT:
            return [one for one in found if _counts(wanted.counted, one, text)]
        case Kind.AMOUNT:
            return found
        case _:
            return []


def is_the_number_of(counted: str, before: str) -> bool:
    """Whether what stands before a figure says that it is the number of what is counted, a
    stem: `the number of deaths rose to`, `o total de mortos é de`."""
    found = _NUMBER_OF.search(fold(before[-_LONGEST_BEFORE:]))
    return found is not None and counted in map(stem, found["what"].split())


def marks(emphasis: Sequence[str]) -> re.Pattern[str] | None:
    """Finds what is to be bold; None when nothing is. A figure within another is not found:
    `5` in neither `15` nor `5.000`."""
    wanted = sorted(filter(None, set(emphasis[:MOST_MARKED])), key=lambda one: (-len(one), one))
    if not wanted:
        return None
    figures = "|".join(re.escape(one[:LONGEST_MARKED]) for one in wanted)
    return re.compile(rf"(?<![\w\[])(?<!\d[.,])(?:{figures})(?!\w)(?![.,]\d)")


def _is_quantity(amount: Amount) -> bool:
    return not amount.weak and amount.kind not in _NO_QUANTITY


def _has_digit(amount: Amount) -> bool:
    return any(map(str.isdigit, amount.text))


def _counts(counted: str, amount: Amount, text: str) -> bool:
    if amount.kind is not Unit.COUNT or not counted:
        return False
    start, end = amount.span
    after = folded_words(text[end : end + 60])[:_WORDS_BEFORE_COUNTED]
    # A word may have been read with its figure: `420 mil moradores`.
    if counted in {stem(word) for word in [*folded_words(text[start:end]), *after]}:
        return True
    return is_the_number_of(counted, text[:start])
