"""What else the passages say of a quoted figure: its correction, or another figure of it.  (pure)

A sentence in another language scores lower than its worth, so these are looked for by what
they hold: a correction repeats the figure it takes back; another cost or date of the same thing
stands in an article whose title has the question's names.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from bot.confidence import names_in
from bot.disagreement import corrects
from bot.emphasis import amounts_wanted
from bot.grounding.amount import Amount
from bot.grounding.dates_in_text import dates
from bot.grounding.figures import amounts
from bot.grounding.matching import alike, supports
from bot.grounding.units import Kind as Unit
from bot.grounding.units import Unit as Measure
from bot.questions import Kind, Question
from bot.sentence_choice import DISSENT, Scored
from retrieval.highlight import Highlight, sentences_of
from retrieval.models import Passage

NEAR = 2
"""Times: costs further apart are more likely of two things, as of a plant and of its water."""

_COUNTED = frozenset({Kind.COUNT, Kind.MONEY, Kind.AMOUNT, Kind.DURATION})


def companion(
    question: Question,
    chosen: Sequence[Highlight],
    close: Sequence[Highlight],
    passages: Sequence[Passage],
) -> Highlight | None:
    """A sentence of another article that a reader of `chosen` must not miss, the latest; None
    where none is known, and where the question names nothing. `close` are `chosen` and what is
    nearly as good."""
    names = names_in(question.text, question.terms)
    if not names:
        return None
    quoted = {one.passage.article_id for one in chosen}
    others = [
        one
        for one in passages
        if one.article_id not in quoted and names <= question.terms.held(one.title)
    ]
    sentences = sorted(sentences_of(others, question.terms), key=_latest_first)
    corrections = (one for one in sentences if _takes_back(question, chosen, one))
    found = next(corrections, None)
    return found or next(_with_another_figure(question, close, sentences), None)


def subject_first(question: Question, ranked: Sequence[Scored]) -> tuple[Scored, ...]:
    """Before a sentence that has the question's names only in passing, the best one that holds
    what is asked for as well, of an article whose title has them and is nearly as good."""
    names = names_in(question.text, question.terms)
    if not names or not ranked or names <= question.terms.held(ranked[0].sentence.passage.title):
        return tuple(ranked)
    best = ranked[0]
    for one in ranked[1:]:
        held = question.terms.held(one.sentence.passage.title)
        near = one.score >= best.score - DISSENT and one.signs.fits >= best.signs.fits
        if near and names <= held & question.terms.held(one.sentence.text):
            moved = replace(one, score=best.score)
            return (moved, *(other for other in ranked if other is not one))
    return tuple(ranked)


def tells_otherwise(question: Question, chosen: Sequence[Highlight], other: Highlight) -> bool:
    """Whether `other`, a companion, gives another date or cost than one of `chosen` does."""
    return next(_with_another_figure(question, chosen, [other]), None) is not None


def _latest_first(sentence: Highlight) -> float:
    told = sentence.passage.published_at
    return -told.timestamp() if told else float("inf")


def _takes_back(question: Question, chosen: Sequence[Highlight], sentence: Highlight) -> bool:
    if question.wanted.kind not in _COUNTED or not corrects(sentence.text):
        return False
    here = amounts(sentence.text, sentence.passage.language)
    for one in chosen:
        for told in amounts_wanted(question.wanted, one.text, one.passage.language):
            others = [other for other in here if alike(*_units(told, other))]
            agreeing = [other for other in others if _agree(told, other)]
            if agreeing and len(agreeing) < len(others) and _precedes(one, sentence):
                return True
    return False


def _with_another_figure(
    question: Question, close: Sequence[Highlight], sentences: Sequence[Highlight]
) -> Iterator[Highlight]:
    if question.wanted.kind is Kind.TIME:
        told = {day for one in close for day in _dates_ahead(one)}
        for one in sentences:
            ahead = _dates_ahead(one)
            if told and ahead and not told & ahead and any(_precedes(old, one) for old in close):
                yield one
    if question.wanted.kind is Kind.MONEY:
        known = [cost for one in close for cost in _costs(question, one)]
        for one in sentences:
            if any(_near(old, new) for old in known for new in _costs(question, one)):
                yield one


def _dates_ahead(sentence: Highlight) -> frozenset[tuple[int, int]]:
    """Years and months told that lie after the article."""
    told = sentence.passage.published_at
    if told is None:
        return frozenset()
    found: set[tuple[int, int]] = set()
    for one in dates(sentence.text, sentence.passage.language):
        for time in one.intervals if one.month else ():
            if time.start > told.date():
                found.add((time.start.year, time.start.month))
    return frozenset(found)


def _costs(question: Question, sentence: Highlight) -> list[Amount]:
    found = amounts_wanted(question.wanted, sentence.text, sentence.passage.language)
    return [one for one in found if one.kind is Unit.MONEY]


def _near(old: Amount, new: Amount) -> bool:
    if not alike(*_units(old, new)) or _agree(old, new):
        return False
    low, high = sorted((old.value, new.value))
    return low > 0 and high <= NEAR * low


def _agree(one: Amount, other: Amount) -> bool:
    return supports(one, other) or supports(other, one)


def _units(one: Amount, other: Amount) -> tuple[Measure, Measure]:
    return one.readings[0].unit, other.readings[0].unit


def _precedes(one: Highlight, other: Highlight) -> bool:
    before, after = one.passage.published_at, other.passage.published_at
    return before is not None and after is not None and before < after
