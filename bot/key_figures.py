"""The figures of an article that a reader should not miss.  (pure)"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from bot.browsed import AROUND_A_FIGURE, MOST_FIGURES, KeyFigure
from bot.figure_changes import FigureChange
from bot.grounding.amount import Amount
from bot.grounding.figures import amounts
from bot.grounding.matching import alike
from bot.grounding.units import Kind
from retrieval.sentences import sentence_spans

LONGEST_READ = 12_000
"""Characters; news tells its figures early."""
LONGEST_FIGURE = 60
SHORTEST_SENTENCE = 25
"""Characters; what is shorter is a heading or debris."""
LEAST_COUNT = 10
"""Smaller counts are told in passing."""
_TELLING = frozenset({Kind.MONEY, Kind.PERCENT, Kind.MEASURE})
_NOT_TELLING = frozenset({Kind.ORDINAL, Kind.YEAR, Kind.CLOCK, Kind.IDENTIFIER})


def key_figures(text: str, language: str, preferred: Sequence[str]) -> tuple[KeyFigure, ...]:
    """At most 5, each value once, in the order of the text; `preferred` are sentences whose
    figures come first: those of the summary."""
    read = text[:LONGEST_READ]
    found: dict[object, tuple[int, int, KeyFigure]] = {}
    for start, end in sentence_spans(read, language):
        sentence = read[start:end]
        if end - start < SHORTEST_SENTENCE:
            continue
        for amount in amounts(sentence, language):
            if weight := _weight(amount, sentence in preferred):
                key = (amount.value, amount.kind)
                known = found.get(key)
                if known is None or known[0] < weight:
                    found[key] = weight, start + amount.span[0], _in_context(sentence, amount)
    best = sorted(found.values(), key=lambda one: (-one[0], one[1]))[:MOST_FIGURES]
    return tuple(figure for _, _, figure in sorted(best, key=lambda one: one[1]))


def corrected_figures(
    figures: Sequence[KeyFigure], taken_back: Sequence[FigureChange], language: str
) -> tuple[KeyFigure, ...]:
    """The same, each with what it was corrected to; of `taken_back`, the first counts."""
    found = []
    for one in figures:
        changes = (each for each in taken_back if _are_one(each.was, one.figure, language))
        change = next(changes, None)
        found.append(replace(one, corrected_to=change.now) if change else one)
    return tuple(found)


def _are_one(one: str, other: str, language: str) -> bool:
    """Whether two figures, as they are written, are of one value and unit."""
    return one == other or any(
        mine.value == theirs.value and alike(mine.readings[0].unit, theirs.readings[0].unit)
        for mine in amounts(one, language)
        for theirs in amounts(other, language)
    )


def _weight(amount: Amount, is_preferred: bool) -> int:
    """0 for what is no figure to remember."""
    if amount.weak or len(amount.text) > LONGEST_FIGURE or not any(map(str.isdigit, amount.text)):
        return 0
    if amount.kind in _NOT_TELLING:
        return 0
    if amount.kind in _TELLING:
        return 4 + 2 * is_preferred
    return 2 + 2 * is_preferred if amount.value >= LEAST_COUNT else 1


def _in_context(sentence: str, amount: Amount) -> KeyFigure:
    start, end = amount.span
    return KeyFigure(
        " ".join(_last_words(sentence[:start])),
        " ".join(sentence[start:end].split()),
        " ".join(_first_words(sentence[end:])),
    )


def _last_words(text: str) -> Iterator[str]:
    if len(text) <= AROUND_A_FIGURE:
        yield from text.split()
        return
    kept = text[-AROUND_A_FIGURE:]
    yield "…"
    yield from kept[kept.find(" ") + 1 :].split()


def _first_words(text: str) -> Iterator[str]:
    if len(text) <= AROUND_A_FIGURE:
        yield from text.split()
        return
    kept = text[:AROUND_A_FIGURE]
    yield from kept[: kept.rfind(" ") + 1].split()
    yield "…"
