"""What else the passages say of a quoted figure: its correction, or another figure of it.  (pure)

A sentence in another language scores lower than its worth, so these are looked for by what
they hold: a correction repeats the figure it takes back; another cost or date of the same thing
stands in an article whose title has the question's names.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from bot.confidence import things_named
from bot.disagreement import corrects
from bot.emphasis import amounts_wanted
from bot.grounding.amount import Amount
from bot.grounding.figures import amounts
from bot.grounding.matching import alike, supports
from bot.grounding.units import Kind as Unit
from bot.grounding.units import Unit as Measure
from bot.other_dates import dates_differ, tells_when
from bot.per_unit import of_the_whole
from bot.questions import WITH_FIGURES, Kind, Question
from bot.same_quantity import are_near, both_may_be_true
from bot.sentence_choice import DISSENT, Scored
from retrieval.highlight import Highlight, sentences_of
from retrieval.models import Passage

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
    names = things_named(question)
    if not names:
        return None
    quoted = {one.passage.article_id for one in chosen if _tells(question, one)}
    others = [
        one
        for one in passages
        if one.article_id not in quoted and names <= question.terms.held(one.title)
    ]
    sentences = sorted(sentences_of(others, question.terms), key=_latest_first)
    corrections = (one for one in sentences if _takes_back(question, chosen, one))
    known = chosen if question.wanted.kind is Kind.TIME else close
    found = next(corrections, None)
    return found or next(_with_another_figure(question, known, sentences), None)


def subject_first(question: Question, ranked: Sequence[Scored]) -> tuple[Scored, ...]:
    """Before a sentence that has the question's names only in passing, the best one that holds
    the figure asked for as well, of an article whose title has them and is nearly as good."""
    names = things_named(question)
    if question.wanted.kind not in WITH_FIGURES or not names or not ranked:
        return tuple(ranked)
    if names <= question.terms.held(ranked[0].sentence.passage.title):
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
    if question.wanted.kind is Kind.TIME:
        return any(dates_differ(question, one, other) for one in chosen)
    return next(_with_another_figure(question, chosen, [other]), None) is not None


def those_with_a_figure(question: Question, quoted: Sequence[Highlight]) -> list[Highlight]:
    """Where their figures differ, only what tells one of the kind asked for."""
    told = [
        one for one in quoted if amounts_wanted(question.wanted, one.text, one.passage.language)
    ]
    return told or list(quoted)


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


def _tells(question: Question, sentence: Highlight) -> bool:
    """Whether it gives a date or a cost where one is asked for; of an article that is quoted
    without, another sentence may come along."""
    match question.wanted.kind:
        case Kind.TIME:
            return tells_when(question, sentence)
        case Kind.MONEY:
            return bool(_costs(question, sentence))
        case _:
            return True


def _with_another_figure(
    question: Question, close: Sequence[Highlight], sentences: Sequence[Highlight]
) -> Iterator[Highlight]:
    if question.wanted.kind is Kind.TIME:
        told = [one for one in close if tells_when(question, one)]
        for one in sentences:
            if tells_when(question, one) and all(dates_differ(question, old, one) for old in told):
                yield one
    if question.wanted.kind is Kind.MONEY:
        known = [cost for one in close for cost in _costs(question, one)]
        for one in sentences:
            if any(_near(old, new) for old in known for new in _costs(question, one)):
                yield one


def _costs(question: Question, sentence: Highlight) -> list[Amount]:
    found = amounts_wanted(question.wanted, sentence.text, sentence.passage.language)
    whole = of_the_whole(question, sentence.text, found)
    return [one for one in whole if one.kind is Unit.MONEY]


def _near(old: Amount, new: Amount) -> bool:
    if not alike(*_units(old, new)) or _agree(old, new):
        return False
    return are_near(old, new) and not both_may_be_true(old, new)


def _agree(one: Amount, other: Amount) -> bool:
    return supports(one, other) or supports(other, one)


def _units(one: Amount, other: Amount) -> tuple[Measure, Measure]:
    return one.readings[0].unit, other.readings[0].unit


def _precedes(one: Highlight, other: Highlight) -> bool:
    before, after = one.passage.published_at, other.passage.published_at
    return before is not None and after is not None and before < after
