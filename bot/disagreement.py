"""Whether quoted sentences tell different figures of the same thing, or one corrects another.

Only what can be said honestly: the sentences are of different articles which both hold the
names of the question, and their figures are of the kind asked for, in one unit, and none is
in both.  (pure)
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from enum import StrEnum
from itertools import combinations

from bot.confidence import things_named
from bot.emphasis import amounts_wanted
from bot.grounding.amount import Amount
from bot.grounding.matching import alike, supports
from bot.other_dates import dates_differ
from bot.per_unit import of_the_whole
from bot.questions import Kind, Question
from bot.same_quantity import same_quantity
from retrieval.folding import fold
from retrieval.highlight import Highlight, in_context
from retrieval.models import Passage
from retrieval.story_keys import names_of

SAME_SUBJECT = 0.6
"""Share of a question without names that a sentence holds with its surroundings, in the
question's language, to be about the same."""

SHARED_NAMES = 2
"""By which two articles are taken to be on the same event, where the question names none."""

_SEVERAL_THINGS = frozenset({Kind.AMOUNT, Kind.DURATION})
"""Kinds of which a sentence with several amounts may tell of several things."""

_CORRECTS = re.compile(
    r"\b(?:correct(?:s|ed|ing|ion|ions)|clarification|erratum|errata|erramos|fe de erratas"
    r"|corrig(?:e|em|iu|iram|ida|ido|idos|idas|imos|io|en|ieron|indo|iendo)|correcao|correccion"
    r"|corregi(?:r|do|da|dos|das|mos)|re(?:c)?tific(?:a|am|an|ou|aram|o|aron|ada|ado|acao|acion)"
    r"|diferentemente do que|ao contrario do que|a diferencia de lo que|contrary to what"
    r"|misstated|mistakenly (?:said|reported|stated|gave))\b"
)


class Difference(StrEnum):
    FIGURES = "figures"
    DATES = "dates"
    CORRECTION = "correction"
    """The latest of the articles corrects an earlier one."""


def difference(question: Question, quoted: Sequence[Highlight]) -> Difference | None:
    """What a reader must be told of the quoted sentences beforehand; None for nothing."""
    about = [item for item in quoted if _is_about(question, item)]
    pairs = [
        pair
        for pair in combinations(about, 2)
        if pair[0].passage.article_id != pair[1].passage.article_id
        and _of_one_thing(question, *pair)
    ]
    if any(dates_differ(question, *pair) for pair in pairs):
        return Difference.DATES
    differing = [pair for pair in pairs if _differ(question, *pair)]
    if any(_corrects(*pair) or _corrects(*reversed(pair)) for pair in differing):
        return Difference.CORRECTION
    apart = [
        pair
        for pair in differing
        if not _share_any(question, *pair) and _of_one_quantity(question, *pair)
    ]
    return Difference.FIGURES if apart else None


def corrects(text: str) -> bool:
    """Whether it says in so many words that it sets something right."""
    return bool(_CORRECTS.search(fold(text)))


def latest_first(passage: Passage) -> float:
    """Sorts by date; what is undated goes last."""
    return -passage.published_at.timestamp() if passage.published_at else float("inf")


def earliest_first(passage: Passage) -> float:
    """Sorts by date; what is undated goes first."""
    return passage.published_at.timestamp() if passage.published_at else float("-inf")


def _is_about(question: Question, item: Highlight) -> bool:
    names = things_named(question)
    if names:
        return names <= question.terms.held(f"{item.passage.title} {item.passage.text}")
    return item.passage.language == question.language and item.surroundings >= SAME_SUBJECT


def _of_one_thing(question: Question, one: Highlight, other: Highlight) -> bool:
    """Where the question names nothing, the articles must have names in common."""
    if things_named(question):
        return True
    mine, theirs = (names_of(item.passage.title, item.passage.text) for item in (one, other))
    return len(set(mine) & set(theirs)) >= SHARED_NAMES


def _differ(question: Question, one: Highlight, other: Highlight) -> bool:
    """Whether they give comparable amounts and are not at one."""
    mine, theirs = _amounts(question, one), _amounts(question, other)
    if not any(_comparable(a, b) for a in mine for b in theirs):
        return False
    return not (_all_told(mine, theirs) and _all_told(theirs, mine))


def _of_one_quantity(question: Question, one: Highlight, other: Highlight) -> bool:
    return any(
        _comparable(mine, theirs) and same_quantity(question, one, mine, other, theirs)
        for mine in _amounts(question, one)
        for theirs in _amounts(question, other)
    )


def _share_any(question: Question, one: Highlight, other: Highlight) -> bool:
    mine, theirs = _amounts(question, one), _amounts(question, other)
    return any(_agree(a, b) for a in mine for b in theirs)


def _amounts(question: Question, item: Highlight) -> list[Amount]:
    found = amounts_wanted(question.wanted, item.text, item.passage.language)
    found = of_the_whole(question, item.text, found)
    several = question.wanted.kind in _SEVERAL_THINGS and len(found) > 1
    return [] if several else found


def _all_told(mine: Sequence[Amount], theirs: Sequence[Amount]) -> bool:
    return all(any(_agree(a, b) for b in theirs) for a in mine)


def _agree(one: Amount, other: Amount) -> bool:
    return supports(one, other) or supports(other, one)


def _comparable(one: Amount, other: Amount) -> bool:
    return alike(one.readings[0].unit, other.readings[0].unit)


def _corrects(earlier: Highlight, later: Highlight) -> bool:
    before, after = earlier.passage.published_at, later.passage.published_at
    if before is None or after is None or before >= after:
        return False
    start, end = in_context(later)
    said = f"{later.passage.title}. {later.passage.text[start:end]}"
    return corrects(said)
