"""What a question wants named, and whether a sentence names one it has not named itself.  (pure)

`bot.questions` tells figures, dates and reasons apart; here are the names: of "which golfer",
"em que estado", "¿qué película?". On news, most questions ask for one, and the sentence that
retells the question holds all of its words and no name that is new.
"""

from __future__ import annotations

import re
from enum import StrEnum

from bot.answer_words import (
    ASKS_A_NAME,
    ASKS_WHICH,
    COLOURS,
    COLOURS_ASKED,
    COUNTRIES_ASKED,
    MONTHS,
    NAMED,
    PERSONS,
    PLACES,
    SKIPPED,
    STATES,
    STATES_ASKED,
    WORKS,
)
from bot.questions import Kind, Wanted
from retrieval.folding import fold, folded_words, stem
from retrieval.gazetteer import find_names
from retrieval.stopwords import STOPWORDS


class Named(StrEnum):
    PERSON = "person"
    STATE = "state"
    COUNTRY = "country"
    PLACE = "place"
    WORK = "work"
    """Whose title is often in quotation marks."""
    OTHER = "other"
    """A company, a team, a prize, a law."""
    COLOUR = "colour"


LONGEST_READ = 1_000
"""Characters of a question, and of a sentence."""

_WORDS_ASKED = 3
"""After the question word: `which former NFL star`."""

_MATTERS = frozenset({Kind.OTHER, Kind.PERSON, Kind.PLACE})

_ASKED_FOR = (
    (PERSONS, Named.PERSON),
    (STATES_ASKED, Named.STATE),
    (COUNTRIES_ASKED, Named.COUNTRY),
    (WORKS, Named.WORK),
    (NAMED, Named.OTHER),
    (PLACES, Named.PLACE),
    (COLOURS_ASKED, Named.COLOUR),
)
_SENTENCE_END = re.compile(r"(?<=[.!?])[”\"’')]*\s+(?=\S)")
_CAPITAL = "A-ZÀ-ÖØ-Þ"
_NAME = re.compile(
    rf"[{_CAPITAL}][\w’'-]*\w(?:[ .&]{{1,2}}(?:(?:of|the|de|da|do|del|la|and) )?"
    rf"[{_CAPITAL}][\w’'-]*\w){{0,8}}"
)
_FULL_NAME = re.compile(
    rf"\b[{_CAPITAL}][a-zà-öø-ÿ’'.-]*(?: (?:d[aeo]s?|del|la|von|van|der|den|bin|al|el)){{0,2}}"
    rf"(?: [{_CAPITAL}][\w’'-]*[a-zà-öø-ÿ][\w’'-]*){{1,6}}"
)
_TITLE = re.compile(rf"[\"“‘«'](?=[{_CAPITAL}0-9*])([^\"”’»']{{2,60}})[\"”’»']")
_SOMEWHERE = re.compile(
    r"\b(?:in|at|near|from|to|of|on|em|no|na|de|do|da|en|a|al|del|desde|hacia) "
    rf"(?:the |o |a |os |as |el |la |los |las )?([{_CAPITAL}][\w’'.-]+(?: [{_CAPITAL}][\w’'.-]+)*)"
)
_HALF, _LITTLE = 0.5, 0.3
"""For a name where a title in quotation marks, or one after `in`, would be surer."""


def focus(question: str) -> str:
    """The sentence of a message that asks: what is told before it only sets the scene."""
    parts = [part for part in _SENTENCE_END.split(question[:LONGEST_READ]) if part.strip()]
    asking = [part for part in parts if part.rstrip().endswith("?")]
    return (asking or parts or [""])[-1]


def named_by(question: str, wanted: Wanted) -> Named | None:
    """What a question wants named; None for figures, reasons, and what is not a name."""
    if wanted.kind not in _MATTERS:
        return None
    folded = fold(focus(question))
    for word in _words_asked(folded):
        for words, named in _ASKED_FOR:
            if word in words or word.removesuffix("s") in words:
                return named
    if wanted.kind is Kind.PERSON:
        return Named.PERSON
    if wanted.kind is Kind.PLACE:
        return Named.PLACE
    return Named.OTHER if ASKS_A_NAME.search(folded) else None


def _words_asked(folded: str) -> list[str]:
    which = ASKS_WHICH.search(folded)
    words = folded_words(folded[which.end() :]) if which else []
    while words and (words[0] in SKIPPED or words[0].isdigit()):
        words.pop(0)
    return words[:_WORDS_ASKED]


def stems_of(question: str) -> frozenset[str]:
    """The words of a question, compared by stem."""
    return frozenset(stem(word) for word in folded_words(question[:LONGEST_READ]))


def names_one(named: Named, known: frozenset[str], sentence: str) -> float:
    """How surely a sentence names one that the question has not: 0 not, 1 well.

    `known` are the question's `stems_of`.
    """
    sentence = sentence[:LONGEST_READ]
    match named:
        case Named.PERSON:
            return float(any(_both_new(name, known) for name in _FULL_NAME.findall(sentence)))
        case Named.STATE:
            folded = fold(sentence)
            return float(any(_is_new(one, known) for one in STATES.findall(folded)))
        case Named.COUNTRY:
            return float(_names_country(sentence, known))
        case Named.PLACE:
            if any(_is_new(place, known) for place in _SOMEWHERE.findall(sentence)):
                return 1.0
            return _LITTLE * has_new_name(sentence, known)
        case Named.WORK:
            if any(_is_new(title, known) for title in _TITLE.findall(sentence)):
                return 1.0
            return _HALF * has_new_name(sentence, known)
        case Named.OTHER:
            return float(has_new_name(sentence, known))
        case Named.COLOUR:
            return float(any(_is_new(one, known) for one in COLOURS.findall(fold(sentence))))


def has_new_name(sentence: str, known: frozenset[str]) -> bool:
    """Whether a name stands in a sentence that is not in the question. One word at the
    beginning may only be written so because it stands there."""
    for match in _NAME.finditer(sentence):
        words = folded_words(match.group())
        before = sentence[: match.start()].rstrip()
        if not before or before[-1] in '.?!“"‘:':
            words = words[1:]
        if any(word not in STOPWORDS and stem(word) not in known for word in words):
            return True
    return False


def _is_new(name: str, known: frozenset[str]) -> bool:
    words = folded_words(name)
    return not MONTHS.intersection(words) and any(stem(word) not in known for word in words)


def _both_new(name: str, known: frozenset[str]) -> bool:
    """First name and family name, or a part of the question is taken for somebody."""
    words = folded_words(name)
    return sum(stem(word) not in known for word in words) >= min(2, len(words))


def _names_country(sentence: str, known: frozenset[str]) -> bool:
    """A country, a city or who is from there; the gazetteer does not tell them apart."""
    for _, _, forms in find_names(folded_words(sentence)):
        is_known = any(all(stem(word) in known for word in form) for form in forms)
        if not is_known and MONTHS.isdisjoint(word for form in forms for word in form):
            return True
    return False
