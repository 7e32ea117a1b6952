"""Who is who in a passage: the names of its sentences, and who speaks for whom.  (pure)"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from bot.grounding.amount import Amount
from bot.grounding.claims import claims_of
from bot.grounding.evidence import read, small_words
from bot.grounding.name_words import SAME_WORD, TITLES
from bot.grounding.names_in_text import KnownNames, Name
from bot.grounding.roles import Named, roles
from retrieval.folding import folded_words
from retrieval.models import Passage
from retrieval.stopwords import STOPWORDS

STANDS_FOR = 6
"""Words between somebody and what they speak for: `Ana Costa, the new head of Northgate`."""

_OFFICES = """
    founder cofounder co-founder head leader boss owner spokesman spokeswoman spokesperson run
    led owned rector reitor reitora lider dono dona dueno duena fundador fundadora porta-voz
    portavoz ceo matriz parent subsidiary filial subsidiaria controlada
    """
_SPEAKS_FOR = TITLES | frozenset(_OFFICES.split())


@dataclass(frozen=True, slots=True)
class NamedSentence:
    text: str
    amounts: tuple[Amount, ...]
    known: KnownNames
    named: tuple[Named, ...]


@dataclass(frozen=True, slots=True)
class WhoIsWho:
    sentences: tuple[NamedSentence, ...]
    """The headline first."""
    language: str

    @property
    def title(self) -> NamedSentence:
        return self.sentences[0]


@lru_cache(maxsize=64)
def who_is_who(passage: Passage) -> WhoIsWho:
    evidence = read(passage)
    language = passage.language
    known = evidence.name_words - small_words(passage.text)
    sentences = []
    for one in evidence.sentences:
        found = claims_of(one.text, language, passage.published_at, known=known).names
        named = tuple(roles(one.text, found, language))
        sentences.append(
            NamedSentence(one.text, one.claims.amounts, KnownNames(one.text, language), named)
        )
    return WhoIsWho(tuple(sentences), language)


def stands_in(name: Name, known: KnownNames, language: str = "") -> bool:
    """Whether a text knows the name, or one of its words that says whose it is: `Costa` for
    `Ana Costa`."""
    if known.knows(name, language):
        return True
    parts = [part for word in name.words for part in folded_words(word)]
    telling = [part for part in parts if part not in SAME_WORD and part not in STOPWORDS]
    return any(known.has(part) for part in telling if len(part) > 2)


@lru_cache(maxsize=4096)
def _place_of(known: KnownNames, name: Name, language: str) -> int | None:
    return known.place_of(name, language)


def acts_for_others(passage: WhoIsWho, name: Name) -> bool:
    """Whether it is somebody with an office, or a body without a name of its own: they act for
    others."""
    if all(word in SAME_WORD for word in name.words):
        return True
    for sentence in passage.sentences:
        place = _place_of(sentence.known, name, passage.language)
        if place is not None:
            near = sentence.known.words[max(0, place - 3) : place + len(name.words) + 3]
            if _SPEAKS_FOR & set(near):
                return True
    return False


def tied(passage: WhoIsWho, name: Name, other: Name, language: str) -> bool:
    """Whether one speaks for the other, or lies in it: `Ana Costa, head of Northgate`."""
    for sentence in passage.sentences:
        places = (
            _place_of(sentence.known, name, language),
            _place_of(sentence.known, other, passage.language),
        )
        if places[0] is None or places[1] is None or places[0] == places[1]:
            continue
        first, last = sorted(place for place in places if place is not None)
        own = {*name.words, *other.words}
        between = [w for w in sentence.known.words[first:last] if w not in own]
        lead = sentence.known.words[max(0, first - 4) : first]
        if len(between) <= STANDS_FOR and _SPEAKS_FOR & {*between, *lead}:
            return True
        if not between or between in (["in"], ["em"], ["en"]):
            return True
    return False
