"""Whether a figure is told of those an answer tells it of: "Stargate will invest 109 billion",
where the passage tells it of what Macron announced; pt, en, es.  (pure)

A name that stands with a figure must stand with it in the passage too: in its sentence, in the
headline, or in the sentences before, where its own says `it`, `the company` or nothing.
Heuristics; what they catch and miss is measured on `tests/bot/grounding_pairs`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import islice

from bot.grounding.amount import Amount
from bot.grounding.claims import Claims
from bot.grounding.evidence import Evidence
from bot.grounding.matching import supports
from bot.grounding.names_in_text import KnownNames, Name
from bot.grounding.polarity import is_denial
from bot.grounding.roles import Named, Role, roles
from bot.grounding.units import Kind
from bot.grounding.who_is_who import (
    NamedSentence,
    WhoIsWho,
    acts_for_others,
    stands_in,
    tied,
    who_is_who,
)
from retrieval.folding import fold, stem
from retrieval.gazetteer import find_names

NAMED_BEFORE = 2
"""Sentences with names that are read back from one without: `The project will cost ...`."""

MOST_NAMES, MOST_TELLING, MOST_RIVALS = 12, 6, 4
"""Names of an answer's sentence, sentences of a passage that tell its figure, and names in one of
these that are looked at; a hostile text has no end of them."""

_CLAUSE = re.compile(
    r"[;:—]|,? (?:while|whereas|enquanto|mientras|but|mas|pero) |, (?:and|e|y) "
    r"(?=[^,;:]{0,60}\d)"
)
_NEW_START = re.compile(r"[,;:]| (?:and|e|y|but|mas|pero) ")
"""Between a figure and a name after it: what follows may be told of something else."""
_REFERS_BACK = re.compile(
    r"\W*(?:\w+ ){0,3}(?:it|its|he|she|his|her|they|their|el[ea]s?|seus?|suas?|ell[oa]s?|sus?)\b"
)
_THING = re.compile(r"\W*(?:the|this|[oae]s?|el|l[ao]s?|est[ea]s?) ([a-z]{4,})")
"""`The poll asked 1,800`, of one that was named before: `a poll by Datum`."""
_GETS = re.compile(
    r"\b(?:receiv\w+|gets?|got|will get|costs?|worth|receb\w+|recib\w+|obt\w+|cust\w+|cuest\w+"
    r"|cost(?:ara|aria|o|ou)|vale[mn]?|fined|multad[oa]s?|beneficia\w+)\b"
)
_DEMONYM = re.compile(r"(?:ish|n?ch|ese|ian|ican|german|greek|swiss)\Z")
_NOT_COUNTED = frozenset({Kind.YEAR, Kind.ORDINAL, Kind.IDENTIFIER, Kind.CLOCK})
_SMALL = 9
"""Counts up to it are told of too many things."""
_IN_A_NAME = re.compile(r"[A-ZÀ-ÖØ-Þ][\w’'-]* \Z")
"""Before a number that is part of a name: `Sweet 16`, `Game 5`."""


def told_of_others(
    text: str, claims: Claims, evidence: Sequence[Evidence], language: str
) -> Iterator[tuple[Name, str]]:
    """Names whose figure every passage that tells it tells of others; with whom, if it is
    plain."""
    said = tuple(roles(text, claims.names, language)[:MOST_NAMES])
    for start, end in _clauses(text):
        figures = [a for a in claims.amounts if not a.weak and start <= a.span[0] < end]
        clause = [one for one in said if start <= one.name.span[0] < end]
        if not clause or is_denial(text[start:end], language):
            continue
        for one in clause:
            if one.role is Role.SAYER or _is_outlet(one.name, evidence, language):
                continue
            beside = [a for a in _beside(text, one.name, figures) if _counts(a, text)]
            verdicts = [_of_figure(a, one, said, text[start:end], claims, evidence, language)
                        for a in beside]  # fmt: skip
            if verdicts and all(verdict is not None for verdict in verdicts):
                yield one.name, verdicts[0] or ""


def _clauses(text: str) -> Iterator[tuple[int, int]]:
    start = 0
    for match in _CLAUSE.finditer(text):
        yield start, match.start()
        start = match.end()
    yield start, len(text)


def _counts(amount: Amount, text: str) -> bool:
    if amount.kind in _NOT_COUNTED:
        return False
    if amount.kind is Kind.COUNT and _IN_A_NAME.search(text[: amount.span[0]]):
        return False
    return amount.kind is not Kind.COUNT or amount.value > _SMALL


def _is_outlet(name: Name, evidence: Sequence[Evidence], language: str) -> bool:
    return any(
        KnownNames(f"{item.passage.source} . {item.passage.author}").knows(name, language)
        and not any(
            stands_in(name, one.known, language) for one in who_is_who(item.passage).sentences
        )
        for item in evidence
    )


def _beside(text: str, name: Name, figures: Sequence[Amount]) -> list[Amount]:
    """The figures next to a name, which may be told of it."""
    before = [a for a in figures if a.span[1] <= name.span[0]][-1:]
    after = [a for a in figures if a.span[0] >= name.span[1]][:1]
    if before and _NEW_START.search(fold(text[before[0].span[1] : name.span[0]])):
        before = []
    return [*before, *after]


def _of_figure(
    amount: Amount,
    one: Named,
    said: tuple[Named, ...],
    clause: str,
    claims: Claims,
    evidence: Sequence[Evidence],
    language: str,
) -> str | None:
    """None where some passage may tell the figure of the name; else whom they tell it of."""
    verdicts: list[str | None] = []
    for item in evidence:
        passage = who_is_who(item.passage)
        telling = (
            at for at, sentence in enumerate(passage.sentences)
            if any(supports(a, amount, sentence.amounts, claims.amounts) for a in sentence.amounts)
        )  # fmt: skip
        for at in islice(telling, MOST_TELLING + 1):
            if len(verdicts) == MOST_TELLING or None in verdicts:
                return None
            verdicts.append(_of_sentence(passage, at, one, said, clause, language))
    if not verdicts or None in verdicts:
        return None
    return next((verdict for verdict in verdicts if verdict), "")


def _of_sentence(
    passage: WhoIsWho, at: int, one: Named, said: tuple[Named, ...], clause: str, language: str
) -> str | None:
    """As `_of_figure`, of one sentence that tells the figure."""
    sentence, name = passage.sentences[at], one.name
    own = [other for other in sentence.named if other.role is not Role.SAYER][:MOST_NAMES]
    others = [other for other in own if not _is_said(other.name, said, passage.language)]
    rivals = [
        other for other in others
        if _may_be(other) is one.role and not _is_demonym(other.name)
        and not re.match(r" \d", sentence.text[other.name.span[1] :])
    ][:MOST_RIVALS]  # fmt: skip
    if stands_in(name, sentence.known, language):
        return _only_says_so(passage, sentence, one, rivals)
    if not any(stands_in(name, other.known, language) for other in passage.sentences):
        # A name of several words may be translated in ways that are not known here.
        if language != passage.language and len(name.words) > 1 and not rivals:
            return None
        return rivals[0].name.text if rivals else ""
    in_title = stands_in(name, passage.title.known, language) and not _title_is_of_another(
        passage, at, name, language
    )
    if rivals and not (one.role is Role.PLAIN and _GETS.search(fold(clause))):
        for_one = any(tied(passage, name, other.name, language) for other in rivals)
        for_it = in_title and all(
            one.role is not Role.PLAIN or acts_for_others(passage, other.name) for other in rivals
        )
        return None if for_one or for_it else rivals[0].name.text
    anchored = any(_is_said(other.name, said, passage.language) for other in own)
    if anchored or in_title or _named_before(passage, at, name, language):
        return None
    near = passage.sentences[max(0, at - NAMED_BEFORE) : at + 1]
    others_near = [other for one in near for other in one.named][:MOST_NAMES]
    if any(tied(passage, name, other.name, language) for other in others_near):
        return None
    return ""


def _only_says_so(
    passage: WhoIsWho, sentence: NamedSentence, one: Named, rivals: Sequence[Named]
) -> str | None:
    """Whom the figure is told of by somebody who only says so; None where that is not plain."""
    sayers = [other for other in sentence.named if other.role is Role.SAYER]
    is_one = any(set(other.name.words) & set(one.name.words) for other in sayers)
    tells = any(set(other.name.words) & set(one.name.words)
                for other in sentence.named if other.role is not Role.SAYER)  # fmt: skip
    if one.role is not Role.PLAIN or not is_one or tells or not rivals:
        return None
    if any(tied(passage, one.name, other.name, passage.language) for other in rivals):
        return None
    return rivals[0].name.text


def _may_be(other: Named) -> Role:
    """`Helvia's fleet` may be spoken of as Helvia."""
    owns = re.search(r"[’']s?\Z", other.name.text)
    return Role.PLAIN if owns else other.role


def _is_demonym(name: Name) -> bool:
    """`The Dutch lender Brandt Bank` does not name the Dutch."""
    return len(name.words) == 1 and bool(_DEMONYM.search(name.words[0]) and find_names(name.words))


@lru_cache(maxsize=512)
def _is_said(name: Name, said: tuple[Named, ...], language: str) -> bool:
    """Whether a name of the passage is one of the claim's."""
    own = KnownNames(name.text, language)
    return any(
        stands_in(name, KnownNames(other.name.text), language) or stands_in(other.name, own)
        for other in said
    )


def _named_before(passage: WhoIsWho, at: int, name: Name, language: str) -> bool:
    """Whether the sentences before, that a figure's sentence may refer to, name it; where none
    has a name, those after it."""
    sentence = passage.sentences[at]
    if thing := _THING.match(fold(sentence.text)):
        same = (one for one in passage.sentences if stem(thing[1]) in map(stem, one.known.words))
        if any(one is not sentence and stands_in(name, one.known, language) for one in same):
            return True
    room = 1 if _REFERS_BACK.match(fold(sentence.text)) else NAMED_BEFORE
    before = [one for one in passage.sentences[1:at][::-1] if one.named][:room]
    after = passage.sentences[at + 1 : at + 1 + NAMED_BEFORE]
    return any(stands_in(name, one.known, language) for one in before or after)


def _title_is_of_another(passage: WhoIsWho, at: int, name: Name, language: str) -> bool:
    """Whether the headline names two, and the sentence or what it refers to only the other."""
    named = [passage.sentences[at], *passage.sentences[1:at][::-1]]
    nearest = next((one for one in named if one.named), None)
    if nearest is None or stands_in(name, nearest.known, language):
        return False
    return any(
        one.role in (Role.PLAIN, Role.SAYER)
        and stands_in(one.name, passage.title.known, passage.language)
        for one in nearest.named
    )
