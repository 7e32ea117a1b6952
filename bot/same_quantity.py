"""Whether two figures that do not agree are of the same quantity, so that sources differ.  (pure)

Two articles on one subject are full of figures that are not of one thing: people killed and
people missing, what a plant costs and what its pipes do. Told to differ are only figures whose
clauses speak of the same, or which are so near that they could be of nothing else.
"""

from __future__ import annotations

import re

from bot.confidence import things_named
from bot.emphasis import is_the_number_of
from bot.grounding.amount import Amount, Bound
from bot.questions import Kind, Question
from retrieval.folding import fold, folded_words, stem
from retrieval.highlight import Highlight, in_context
from retrieval.stopwords import STOPWORDS

NEAR = 2
"""Times: costs further apart are more likely of two things, as of a plant and of its water."""

_CLAUSE_END = re.compile(r"[,;:](?=\s)|[()\[\]“”\"«»—–]|\.(?=\s)")
_LIMIT_AFTER = re.compile(r"\s*(?:or|ou|o) (?:less|more|fewer|under|over|menos|mais|mas)\b")
_LIMIT_BEFORE = re.compile(
    r"\b(?:up to|at most|at least|over|under|a maximum of|no more than|ate|hasta|no maximo"
    r"|a lo sumo|como maximo|pelo menos|al menos)\s*$"
)

_BEFORE = "de novos novas outros outras nuevos nuevas otros otras mil milhoes bilhoes millones"
_BEFORE_A_NOUN = frozenset(_BEFORE.split())
_LOOKED_AT_IN_ENGLISH = 3
"""Words after a figure, as in `1,150 permanent new jobs`; in other languages the noun comes
first."""


def same_quantity(
    question: Question, one: Highlight, figure: Amount, other: Highlight, another: Amount
) -> bool:
    """Whether `figure` of one sentence and `another` of the other are told of one thing."""
    if both_may_be_true(figure, another) or _is_limit(one, figure) or _is_limit(other, another):
        return False
    if not (_names_it(question, one) and _names_it(question, other)):
        return False
    if question.wanted.kind is Kind.COUNT and not (
        _counts_at_once(question, one, figure) and _counts_at_once(question, other, another)
    ):
        return False
    near = are_near(figure, another)
    if one.passage.language != other.passage.language:
        return near
    if question.wanted.kind is Kind.MONEY and near:
        return True
    mine, theirs = _clause(question, one, figure), _clause(question, other, another)
    return bool(mine & theirs)


def are_near(one: Amount, other: Amount) -> bool:
    low, high = sorted((one.value, other.value))
    return low > 0 and high <= NEAR * low


def both_may_be_true(one: Amount, other: Amount) -> bool:
    """`more than 1,000` and 1,150 do; so do two limits, whatever they are."""
    if Bound.MAGNITUDE in (one.bound, other.bound):
        return True
    limits = {Bound.ABOVE, Bound.BELOW}
    if one.bound in limits and other.bound in limits:
        return True
    for limit, told in ((one, other), (other, one)):
        if limit.bound is Bound.ABOVE and told.value >= limit.value:
            return True
        if limit.bound is Bound.BELOW and told.value <= limit.value:
            return True
    return False


def _is_limit(sentence: Highlight, figure: Amount) -> bool:
    """`$12,500 or less`, `up to $6,250`: what is allowed, not what is."""
    start, end = figure.span
    before, after = fold(sentence.text[:start][-30:]), fold(sentence.text[end : end + 30])
    return bool(_LIMIT_BEFORE.search(before) or _LIMIT_AFTER.match(after))


def _names_it(question: Question, sentence: Highlight) -> bool:
    """In the sentence with what is read beside it, or in the title; elsewhere in the article it
    may be told of something else."""
    start, end = in_context(sentence)
    passage = sentence.passage
    beside = f"{passage.title} {passage.text[start:end]} {sentence.text}"
    return things_named(question) <= question.terms.held(beside)


def _counts_at_once(question: Question, sentence: Highlight, figure: Amount) -> bool:
    """Whether what is counted is the noun that goes with the figure: of `17 Polish songs`,
    songs."""
    start, end = figure.span
    if question.wanted.counted in map(stem, folded_words(sentence.text[start:end])):
        return True
    if is_the_number_of(question.wanted.counted, sentence.text[:start]):
        return True
    after = folded_words(sentence.text[end : end + 60])
    if sentence.passage.language == "en":
        return question.wanted.counted in map(stem, after[:_LOOKED_AT_IN_ENGLISH])
    while after and after[0] in _BEFORE_A_NOUN:
        after.pop(0)
    return bool(after) and stem(after[0]) == question.wanted.counted


def _clause(question: Question, sentence: Highlight, figure: Amount) -> frozenset[str]:
    """The stems of the figure's clause, without what is counted and what the question names."""
    text, (start, end) = sentence.text, figure.span
    first = max((match.end() for match in _CLAUSE_END.finditer(text, 0, start)), default=0)
    after = _CLAUSE_END.search(text, end)
    last = after.start() if after else len(text)
    words = folded_words(f"{text[first:start]} {text[end:last]}")
    named = {word for term in things_named(question) for form in term.forms for word in form}
    stems = (stem(word) for word in words if word not in STOPWORDS and word not in named)
    return frozenset(one for one in stems if not one.isdigit()) - {question.wanted.counted}
