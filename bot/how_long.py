"""How long something lasts: "eleven days" answers it, in whatever language it is told.  (pure)"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from bot.questions import Kind, Question
from bot.sentence_choice import DISSENT, Scored
from retrieval.folding import fold, stem
from retrieval.models import Passage
from retrieval.story_keys import names_of

SHARED_NAMES = 2
"""By which two articles are taken to be on the same event."""
SAME_EVENT = 6.0
"""In scores: what another article on the event says in another language scores so much lower."""

_ASKS = re.compile(
    r"\bhow long\b|\b(quanto|cuanto) (tempo|tiempo)\b"
    r"|\b[qc]uanto (dur|tard|demor|lev)\w+|\bhow many \w+ did .* (last|take)\b"
)
_ASKING = """
long last lasts lasted lasting take takes took duration tempo tiempo duracao duracion dura durou
duro durar durara demora demorou tarda tardo tardara leva levou
"""
_ASKING_STEMS = frozenset(map(stem, _ASKING.split()))


def asks_how_long(question: Question) -> bool:
    """Whether it asks how long something lasts, not how old or how many years ago."""
    is_duration = question.wanted.kind is Kind.DURATION
    return is_duration and bool(_ASKS.search(fold(question.text)))


def coverage_of_what_lasts(question: Question, passage: Passage) -> float:
    """Share of the question's words in the passage, without those that only ask how long: 0 to
    1."""
    weights = {
        term: weight
        for term, weight in question.terms.weights.items()
        if _ASKING_STEMS.isdisjoint(term.stems)
    }
    total = sum(weights.values())
    held = question.terms.held(f"{passage.title} {passage.text}")
    return sum(weights[term] for term in held & weights.keys()) / total if total else 0.0


def lasting_first(question: Question, ranked: Sequence[Scored]) -> tuple[Scored, ...]:
    """Instead of sentences in which nothing is said to last, those that say so, where one is of
    the same event or nearly as good."""
    if not ranked or ranked[0].signs.fits >= 1 or not asks_how_long(question):
        return tuple(ranked)
    best = ranked[0]
    for one in ranked[1:]:
        near = one.score >= best.score - allowed(best, one)
        if one.signs.fits >= 1 and near:
            moved = replace(one, score=best.score)
            others = (other for other in ranked if other is not one and other.signs.fits >= 1)
            return (moved, *others)
    return tuple(ranked)


def allowed(best: Scored, other: Scored) -> float:
    """By how much `other` may score less than the best and still be told instead of it."""
    mine, theirs = best.sentence.passage, other.sentence.passage
    if mine.article_id == theirs.article_id:
        return DISSENT
    names = (names_of(one.title, one.text) for one in (mine, theirs))
    shared = frozenset.intersection(*map(frozenset, names))
    return SAME_EVENT if len(shared) >= SHARED_NAMES else DISSENT
