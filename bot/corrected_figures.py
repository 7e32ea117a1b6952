"""What became of a quoted sentence in an article's later versions, and of its figures.  (pure)"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from bot.grounding.amount import Amount
from bot.grounding.date_mention import DateMention
from bot.grounding.dates_in_text import dates
from bot.grounding.figures import amounts
from bot.grounding.matching import alike
from bot.grounding.units import Kind
from retrieval.article_history import ArticleHistory
from retrieval.folding import folded_words, stem
from retrieval.revisions import Changes, changes
from retrieval.sentences import sentence_spans

SAME_SENTENCE = 0.5
"""Share of the words, figures aside, two sentences have in common that are one, corrected."""

STILL_THE_ARTICLE = 0.5
"""A version shorter than this share of the one before lost its text (a wall, a broken page):
what is missing in it was not taken back."""

_NUMBERS = {Kind.COUNT, Kind.YEAR, Kind.ORDINAL}


@dataclass(frozen=True, slots=True)
class FigureChange:
    was: str
    now: str
    """Empty where the article no longer gives it."""


@dataclass(frozen=True, slots=True)
class Step:
    """One correction of a sentence."""

    at: datetime
    """When the archive took the new text."""
    sentence: str
    """As it is from then on; empty where it was taken out."""


class Versions:
    """An article's texts in order; what changed between two is found out once."""

    def __init__(self, history: ArticleHistory) -> None:
        self._history = history
        self._texts = [_collapsed(one.text) for one in history.versions]
        self._changes: dict[int, Changes] = {}

    def seen_at(self, moment: datetime, sentence: str) -> int | None:
        """The version an answer of that moment quoted the sentence from; None for none.

        An answer takes a while: it may have read the version before.
        """
        versions = self._history.versions
        known = [at for at, one in enumerate(versions) if one.since is None or one.since <= moment]
        for at in reversed(known[-2:]):
            if _collapsed(sentence) in self._texts[at]:
                return at
        return None

    def steps(self, sentence: str, start: int) -> Iterator[Step]:
        """The corrections of the sentence's figures since version `start`."""
        language = self._history.article.language
        for at in range(start, len(self._texts) - 1):
            since = self._history.versions[at + 1].since
            if _collapsed(sentence) in self._texts[at + 1] or since is None:
                continue
            after = self._counterpart(sentence, at)
            if after is None and not self._is_whole(at + 1):
                continue
            if figure_changes(sentence, after or "", language):
                yield Step(since, after or "")
            if after is None:
                return
            sentence = after

    def _counterpart(self, sentence: str, at: int) -> str | None:
        if at not in self._changes:
            before, after = self._history.versions[at : at + 2]
            self._changes[at] = changes(before.text, after.text, self._history.article.language)
        likeness = {new: _likeness(sentence, new) for new in self._changes[at].added}
        best = max(likeness, key=lambda new: likeness[new], default=None)
        return best if best is not None and likeness[best] >= SAME_SENTENCE else None

    def _is_whole(self, at: int) -> bool:
        is_last = at == len(self._texts) - 1
        if is_last and self._history.article.partial:
            return False
        return len(self._texts[at]) >= STILL_THE_ARTICLE * len(self._texts[at - 1])


def sentences_of(quote: str, language: str) -> list[str]:
    return [quote[start:end] for start, end in sentence_spans(quote, language)]


def figure_changes(was: str, now: str, language: str) -> tuple[FigureChange, ...]:
    """The amounts and dates of a sentence that its new wording no longer gives, each with the
    one in its place. The same value written otherwise is no change."""
    old_amounts, new_amounts = _amounts(was, language), _amounts(now, language)
    old_dates, new_dates = _dates(was, language), _dates(now, language)
    return (
        *_paired(
            [a for a in old_amounts if not any(_same(a, b) for b in new_amounts)],
            [b for b in new_amounts if not any(_same(a, b) for a in old_amounts)],
        ),
        *_paired(
            [a for a in old_dates if not any(_same_date(a, b) for b in new_dates)],
            [b for b in new_dates if not any(_same_date(a, b) for a in old_dates)],
        ),
    )


def _paired(
    old: Sequence[Amount | DateMention], new: Sequence[Amount | DateMention]
) -> Iterator[FigureChange]:
    """Each with the first of its unit, or else the first that is left."""
    left = list(new)
    for one in old:
        matching = [other for other in left if _of_one_unit(one, other)] or left
        if matching:
            left.remove(matching[0])
        yield FigureChange(_collapsed(one.text), _collapsed(matching[0].text) if matching else "")


def _of_one_unit(one: Amount | DateMention, other: Amount | DateMention) -> bool:
    if isinstance(one, Amount) and isinstance(other, Amount):
        return alike(one.readings[0].unit, other.readings[0].unit)
    return True


def _amounts(sentence: str, language: str) -> list[Amount]:
    return [
        one
        for one in amounts(sentence, language)
        if not one.weak and one.kind is not Kind.IDENTIFIER
    ]


def _dates(sentence: str, language: str) -> list[DateMention]:
    # A year alone is an amount too, and `in March` may be any.
    return [
        one
        for one in dates(sentence, language)
        if not one.text.isdigit() and (one.intervals or (one.month and one.day))
    ]


def _same(one: Amount, other: Amount) -> bool:
    # Written alike it is the same to a reader, whatever its new neighbours make of it.
    return _collapsed(one.text) == _collapsed(other.text) or any(
        a.value == b.value and (alike(a.unit, b.unit) or {a.kind, b.kind} <= _NUMBERS)
        for a in one.readings
        for b in other.readings
    )


def _same_date(one: DateMention, other: DateMention) -> bool:
    if one.intervals and other.intervals:
        return not set(one.intervals).isdisjoint(other.intervals)
    return (one.month, one.day) == (other.month, other.day)


def _likeness(one: str, other: str) -> float:
    mine, theirs = _words(one), _words(other)
    return len(mine & theirs) / max(1, len(mine | theirs))


def _words(sentence: str) -> frozenset[str]:
    words = folded_words(sentence)
    return frozenset(stem(word) for word in words if not any(map(str.isdigit, word)))


def _collapsed(text: str) -> str:
    return " ".join(text.split())
