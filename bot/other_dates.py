"""Whether two sentences give different dates of what a question asks about.  (pure)"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from bot.confidence import things_named
from bot.grounding.dates_in_text import dates
from bot.how_long import allowed
from bot.questions import Kind, Question
from bot.sentence_choice import Scored
from retrieval.folding import fold
from retrieval.highlight import Highlight

Month = tuple[int, int]
"""Year and month."""

_OPENS = re.compile(
    r"\b(?:open(?:s|ed|ing)?|inaugurat\w+|complet(?:e|ed|es|ion)|start\w*|beg[ia]n\w*|launch\w*"
    r"|operation\w*|ready|finish\w*|delay\w*|postpon\w+"
    r"|abr(?:e|em|ir|ira|iran|irao|iu|io|en)|abertura|apertura|inaugur\w+|conclu\w+|pront[oa]"
    r"|comec\w+|comienz\w+|comenz\w+|empez\w+|empiez\w+|inici\w+|funcion\w+|opera(?:r|ra|cao|cion)"
    r"|entrar\w* em|entrar\w* en|servicio|servico|estre[iy]?a\w*|atras\w+|retras\w+|adia\w+"
    r"|aplaz\w+|termin\w+|acab\w+)\b"
)
"""Something opens, starts or is completed, or does so later; en, pt, es, folded."""


def dates_ahead(sentence: Highlight) -> frozenset[Month]:
    """Months told that lie after the article; none where it has no date."""
    told = sentence.passage.published_at
    if told is None:
        return frozenset()
    found: set[Month] = set()
    for one in dates(sentence.text, sentence.passage.language):
        for time in one.intervals if one.month else ():
            if time.start > told.date():
                found.add((time.start.year, time.start.month))
    return frozenset(found)


def dates_differ(question: Question, one: Highlight, other: Highlight) -> bool:
    """Whether both tell when what was asked is to be, and not one month is in both."""
    if question.wanted.kind is not Kind.TIME:
        return False
    if not (tells_when(question, one) and tells_when(question, other)):
        return False
    return dates_ahead(one).isdisjoint(dates_ahead(other))


def tells_when(question: Question, sentence: Highlight) -> bool:
    """Whether a date ahead in it is of what was asked, as far as words can tell: an opening is
    known in every language, anything else by the question's own words."""
    if not dates_ahead(sentence):
        return False
    if _OPENS.search(fold(question.text)):
        return bool(_OPENS.search(fold(sentence.text)))
    return bool(question.terms.held(sentence.text) - things_named(question))


def telling_when_first(question: Question, ranked: Sequence[Scored]) -> tuple[Scored, ...]:
    """Before a sentence without a date, the best one that tells when what was asked is to be, of
    an article whose title has the question's names and is on the same event or nearly as good."""
    names = things_named(question)
    if question.wanted.kind is not Kind.TIME or not names or not ranked:
        return tuple(ranked)
    best = ranked[0]
    if best.signs.fits > 0:
        return tuple(ranked)
    for one in ranked[1:]:
        told = one.sentence
        near = one.score >= best.score - allowed(best, one)
        if near and names <= question.terms.held(told.passage.title) and tells_when(question, told):
            moved = replace(one, score=best.score)
            return (moved, *(other for other in ranked if other is not one))
    return tuple(ranked)


def those_telling_when(question: Question, quoted: Sequence[Highlight]) -> list[Highlight]:
    """Where their dates differ, only what tells one: the reader compares the rest in vain."""
    return [one for one in quoted if tells_when(question, one)] or list(quoted)
