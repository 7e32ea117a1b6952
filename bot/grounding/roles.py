"""What part the names of a sentence have in it: who does it, whose, where, who says so.  (pure)

Told by the words before and after a name, in pt, en and es. `PLAIN` is what no such word stands
before: who does it, and, after a verb, what it is done to.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from bot.grounding.name_words import TITLES
from bot.grounding.names_in_text import Name
from retrieval.folding import fold
from retrieval.gazetteer import find_names


class Role(StrEnum):
    PLAIN = "plain"
    PLACE = "place"
    """Where, or whose: `in Braga`, `of Braga`, `Kestrel's`."""
    OTHER = "other"
    """Behind another preposition: `to`, `for`, `with`."""
    SAYER = "sayer"


@dataclass(frozen=True, slots=True)
class Named:
    name: Name
    role: Role


_BEFORE_PLACES = """
    in at across near throughout of em no na nos nas num numa de da do dos das en del
    """
_PLACE = frozenset(_BEFORE_PLACES.split())
_BY = frozenset({"by", "por", "pelo", "pela", "pelos", "pelas"})
_BEFORE_OTHERS = """
    to for from with between against than like unlike into on under over towards behind
    para com con entre contra sobre desde ate hasta sem sin ao aos al
    """
_OTHER = frozenset(_BEFORE_OTHERS.split())
_BEFORE_NOUNS = "the a an o os as el la los las um uma un una its his her their"
_ARTICLES = frozenset(_BEFORE_NOUNS.split())
_SAY = (
    r"(?:sa(?:id|ys)|told|tells|add(?:s|ed)|according|argue[sd]|claim(?:s|ed)|estimate[sd]"
    r"|believe[sd]|expect(?:s|ed)|(?:announced|confirmed|warned|explained|wrote) that"
    r"|diz(?:em)?|disse(?:ram)?|afirm(?:a|am|ou|aram|o|aron)|declar(?:a|ou|o)|acrescent(?:a|ou)"
    r"|explic(?:a|ou|o)|estim(?:a|ou|o)|(?:anunci|confirm|avis|alert)(?:a|ou|o|aram|aron) que"
    r"|dice[n]?|dijo|dijeron|asegur(?:a|o)|senal(?:a|o)|anad(?:e|io))"
)
_SAYS = re.compile(rf"\W{{0,3}}(?:[^.;:]{{0,60}}, )?{_SAY}\b")
_SAID_BY = re.compile(
    rf"(?:\b{_SAY},?|\b(?:according to|segundo|segun|de acordo com|conforme))"
    r" (?:[a-z]+,? ){0,4}$"
)
_SAID_OTHERS = re.compile(r"\b(?:que|that|it|he|she|they)\b")
_AND = re.compile(r",? (?:and|e|y|ou|or|o|u) (?:the |an? |os? |as? |el |las? |los )?")
_COMMA = re.compile(r", (?:the |os? |as? |el |las? |los )?")


def roles(text: str, found: Sequence[Name], language: str) -> list[Named]:
    """Each name with its part, in order."""
    named: list[Named] = []
    for at, name in enumerate(found):
        role = _role(text, name, language)
        if at and role is not Role.SAYER:
            gap = fold(text[found[at - 1].span[1] : name.span[0]])
            after = fold(text[name.span[1] : found[at + 1].span[0]]) if at + 1 < len(found) else ""
            # `Of Kestrel, Orion and Northgate`: one preposition stands before all of them.
            if _AND.fullmatch(gap) or (_COMMA.fullmatch(gap) and _AND.fullmatch(after)):
                role = named[-1].role
        named.append(Named(name, role))
    return named


def _role(text: str, name: Name, language: str) -> Role:
    before, after = fold(text[: name.span[0]])[-80:], fold(text[name.span[1] :])[:120]
    said_by = _SAID_BY.search(before)
    if _SAYS.match(after) or (said_by and not _SAID_OTHERS.search(said_by.group())):
        return Role.SAYER
    if re.search(r"[’']s?$", name.text) or re.match(r"[’']s?\b", after):
        return Role.PLACE
    if language == "pt" and re.search(r"\b[Àà]s? $", text[: name.span[0]]):
        return Role.OTHER
    described = False
    clause = re.split(r"[,.;:()“”\"«»—–]", before)[-1].split()
    for word in reversed(clause[-5:]):
        if word == "a" and language == "es":
            return Role.OTHER
        if word == "no" and language == "es":
            return Role.PLAIN
        if word in _PLACE:
            return Role.PLACE
        if word in _OTHER:
            return Role.OTHER
        if word in _BY:
            return Role.PLAIN
        if not (word in _ARTICLES | TITLES or find_names([word])):
            if described:
                return Role.PLAIN
            described = True  # `in rural Columbia`
    return Role.PLAIN
