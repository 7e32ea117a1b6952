"""Which figure of a sentence became which in its new wording.  (pure)"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from bot.grounding.amount import Amount
from bot.grounding.date_mention import DateMention
from bot.grounding.dates_in_text import dates
from bot.grounding.figures import amounts
from bot.grounding.matching import alike
from bot.grounding.units import Kind
from retrieval.folding import fold, folded_words
from retrieval.stopwords import STOPWORDS

Figure: TypeAlias = Amount | DateMention

_LONGEST_READ = 2_000
"""Characters read at once: of one text only so many amounts are found."""
_OVERLAP = 200
_NUMBERS = {Kind.COUNT, Kind.YEAR, Kind.ORDINAL}


@dataclass(frozen=True, slots=True)
class FigureChange:
    was: str
    now: str
    """Empty where it is no longer given."""


def figure_changes(was: str, now: str, language: str) -> tuple[FigureChange, ...] | None:
    """The amounts and dates of a sentence that its new wording no longer gives, each with the
    one in its place; None where it gives others, but which stands for which is not clear. The
    same value written otherwise is no change."""
    old, new = _figures(was, language), _figures(now, language)
    if len(old) == len(new) and _around(was, old) == _around(now, new):
        pairs = [(a, b) for a, b in zip(old, new, strict=True) if not _same(a, b)]
        return tuple(FigureChange(collapsed(a.text), collapsed(b.text)) for a, b in pairs)
    gone = [a for a in old if not any(_same(a, b) for b in new)]
    come = [b for b in new if not any(_same(a, b) for a in old)]
    found: list[FigureChange] = []
    for one in gone:
        place = _in_its_place(one, old, new)
        if place is not None and place in come:
            come.remove(place)
            found.append(FigureChange(collapsed(one.text), collapsed(place.text)))
        elif come:
            return None
        else:
            found.append(FigureChange(collapsed(one.text), ""))
    return tuple(found)


def standing_figures(text: str, language: str) -> list[Figure]:
    """All that a text tells, the weak ones too."""
    found: list[Figure] = []
    for part in _parts(text):
        found.extend(amounts(part, language))
        found.extend(dates(part, language))
    return found


def stands(figure: str, among: Iterable[Figure], language: str) -> bool:
    """Whether a figure, as it was written, may be one of those: of its value, in any unit."""
    wanted = standing_figures(figure, language)
    return any(_same_value(one, other) for other in among for one in wanted)


def without_figures(sentence: str, language: str) -> str:
    found: list[Figure] = [*amounts(sentence, language), *dates(sentence, language)]
    for start, end in (one.span for one in found):
        sentence = sentence[:start] + " " * (end - start) + sentence[end:]
    return sentence


def collapsed(text: str) -> str:
    return " ".join(text.split())


def _in_its_place(one: Figure, old: Sequence[Figure], new: Sequence[Figure]) -> Figure | None:
    """The only one of its unit where it was the only one, or else of those that count alike."""
    for alike_ in (_of_one_unit, _counting_the_same):
        before = [other for other in old if alike_(one, other)]
        after = [other for other in new if alike_(one, other)]
        if len(before) == len(after) == 1:
            return after[0]
    return None


def _of_one_unit(one: Figure, other: Figure) -> bool:
    if isinstance(one, Amount) and isinstance(other, Amount):
        return alike(one.readings[0].unit, other.readings[0].unit) or (
            {one.kind, other.kind} <= _NUMBERS
        )
    return isinstance(one, DateMention) and isinstance(other, DateMention)


def _counting_the_same(one: Figure, other: Figure) -> bool:
    if not (isinstance(one, Amount) and isinstance(other, Amount) and _of_one_unit(one, other)):
        return False
    counted = one.followed_by
    return counted == other.followed_by and counted.isalpha() and counted not in STOPWORDS


def _figures(sentence: str, language: str) -> list[Figure]:
    found: list[Figure] = [
        one
        for one in amounts(sentence, language)
        if not one.weak and one.kind is not Kind.IDENTIFIER
    ]
    # A year alone is an amount too, and `in March` may be any.
    found.extend(
        one
        for one in dates(sentence, language)
        if not one.text.isdigit() and (one.intervals or (one.month and one.day))
    )
    return sorted(found, key=lambda one: one.span)


def _around(sentence: str, figures: Sequence[Figure]) -> list[list[str]]:
    """The words between figures."""
    starts = [0, *(one.span[1] for one in figures)]
    ends = [*(one.span[0] for one in figures), len(sentence)]
    return [folded_words(sentence[a:b]) for a, b in zip(starts, ends, strict=True)]


def _same(one: Figure, other: Figure) -> bool:
    if isinstance(one, DateMention) or isinstance(other, DateMention):
        return _same_date(one, other)
    # Written alike it is the same to a reader, whatever its new neighbours make of it.
    return collapsed(one.text) == collapsed(other.text) or any(
        a.value == b.value and (alike(a.unit, b.unit) or {a.kind, b.kind} <= _NUMBERS)
        for a in one.readings
        for b in other.readings
    )


def _same_value(one: Figure, other: Figure) -> bool:
    if isinstance(one, Amount) and isinstance(other, Amount):
        return any(a.value == b.value for a in one.readings for b in other.readings)
    return _same_date(one, other)


def _same_date(one: Figure, other: Figure) -> bool:
    if not (isinstance(one, DateMention) and isinstance(other, DateMention)):
        return fold(one.text) == fold(other.text)
    if one.intervals and other.intervals:
        return not set(one.intervals).isdisjoint(other.intervals)
    told = [day for day in (one, other) if day.month or day.day]
    return len(told) == 2 and (one.month, one.day) == (other.month, other.day)


def _parts(text: str) -> Iterator[str]:
    for start in range(0, len(text), _LONGEST_READ - _OVERLAP):
        yield text[start : start + _LONGEST_READ]
