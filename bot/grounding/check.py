"""Every number, date and name of an answer is in what it cites.  (pure)

The text of a passage counts, and with it its title, outlet and date. A figure that could only
be computed from those told (a sum, a difference, a conversion of money) is not supported.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import TypeVar

from bot.grounding.aligned import Span
from bot.grounding.amount import Amount
from bot.grounding.attachment import swapped, turned_round
from bot.grounding.claims import AnswerSentence, Claims, claims_of
from bot.grounding.date_mention import DateMention, supported_date
from bot.grounding.deeds import deeds_of, tells_of
from bot.grounding.evidence import Evidence, read
from bot.grounding.matching import supports
from bot.grounding.names_in_text import KnownNames, names
from bot.grounding.nearest import nearest_amount, nearest_date, nearest_name
from bot.grounding.opposites import opposite_of
from bot.grounding.polarity import denies, is_denial, reversed_change
from bot.grounding.rates import rates
from bot.grounding.told_of import told_of_others
from bot.grounding.units import Kind
from retrieval.folding import fold
from retrieval.models import Passage

Item = TypeVar("Item")

MOST_CLAIMS = 60
"""Of one sentence."""
MOST_SENTENCES = 80
"""Of one answer; later ones are checked no further and count as unsupported."""

_SOURCES = re.compile(
    r"(?:sources?|outlets?|articles?|reports?|newspapers?|fontes?|veiculos?|jorna(?:l|is)"
    r"|reportage(?:m|ns)|artigos?|materias?|noticias?|fuentes?|medios?|articulos?|notas?|diarios?"
    r"|periodicos?)"
)


class About(StrEnum):
    """What is claimed, or how it stands to the source."""

    AMOUNT = "amount"
    DATE = "date"
    NAME = "name"
    SWAP = "swap"
    """A figure told of another, or who did it to whom turned round."""
    SUBJECT = "subject"
    """A name the passage does not tell the figure of; `instead` is one it does."""
    DENIAL = "denial"
    DIRECTION = "direction"
    DEED = "deed"
    """One that is nowhere in the source, or the opposite of one: `close` for `expand`."""
    SENTENCE = "sentence"
    """The sentence as a whole, where it is beyond what is checked."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One claim of a sentence, looked up."""

    about: About
    text: str
    """As the answer has it."""
    span: Span
    """In the text of the sentence."""
    supported: bool
    instead: str = ""
    """What the passages say that is nearest, in their words; empty where nothing is."""


@dataclass(frozen=True, slots=True)
class CheckedSentence:
    sentence: AnswerSentence
    findings: tuple[Finding, ...]

    @property
    def unsupported(self) -> tuple[Finding, ...]:
        return tuple(finding for finding in self.findings if not finding.supported)


@dataclass(frozen=True, slots=True)
class Report:
    sentences: tuple[CheckedSentence, ...]

    @property
    def unsupported(self) -> tuple[CheckedSentence, ...]:
        return tuple(one for one in self.sentences if one.unsupported)

    @property
    def ok(self) -> bool:
        return not self.unsupported


def check(
    sentences: Sequence[AnswerSentence],
    passages: Mapping[int, Passage],
    *,
    question: str = "",
    language: str = "",
    today: datetime | None = None,
) -> Report:
    """Look up the claims of each sentence in the passages it cites, by label.

    Names, and only names, may also come from the question: a figure or date in it may be a
    false premise. `language` is the answer's; `today` dates its "yesterday".
    """
    cited = {label for one in sentences for label in one.labels if label in passages}
    evidence = {label: read(passages[label]) for label in cited}
    asked = KnownNames(question, language)
    asked_of = frozenset(word for name in names(question) for word in name.words)
    checked = []
    for at, sentence in enumerate(sentences):
        if at >= MOST_SENTENCES:
            beyond = Finding(About.SENTENCE, sentence.text[:200], (0, len(sentence.text)), False)
            checked.append(CheckedSentence(sentence, (beyond,)))
            continue
        own = [evidence[label] for label in dict.fromkeys(sentence.labels) if label in evidence]
        known = frozenset(word for item in own for word in item.name_words) | asked_of
        claims = claims_of(sentence.text, language, today=today, known=known)
        findings = list(_findings(sentence, claims, own, asked, language))
        checked.append(CheckedSentence(sentence, tuple(findings[:MOST_CLAIMS])))
    return Report(tuple(checked))


def _findings(
    sentence: AnswerSentence,
    claims: Claims,
    evidence: Sequence[Evidence],
    asked: KnownNames,
    language: str,
) -> Iterator[Finding]:
    outlets = len({item.passage.source for item in evidence})
    unknown = set[Span]()
    known_dates = [mention for item in evidence for mention in item.dates]
    for amount in claims.amounts:
        if not amount.weak and amount.kind is not Kind.YEAR:
            found = _is_told(amount, evidence, claims.amounts) or _counts_sources(
                amount, evidence, outlets
            )
            instead = "" if found else nearest_amount(amount, evidence)
            yield Finding(About.AMOUNT, amount.text, amount.span, found, instead)
    for mention in claims.dates:
        found = supported_date(mention, known_dates) or _is_told_as_number(
            mention, claims, evidence
        )
        instead = "" if found else nearest_date(mention, evidence)
        yield Finding(About.DATE, mention.text, mention.span, found, instead)
    for name in claims.names:
        found = asked.knows(name, language) or any(
            item.names.knows(name, language) for item in evidence
        )
        if not found:
            unknown.add(name.span)
        instead = "" if found else nearest_name(name, evidence)
        yield Finding(About.NAME, name.text, name.span, found, instead)
    for name, instead in told_of_others(sentence.text, claims, evidence, language):
        if name.span not in unknown:
            yield Finding(About.SUBJECT, name.text, name.span, False, instead)
    yield from _relations(sentence, claims, evidence, language)


def _relations(
    sentence: AnswerSentence, claims: Claims, evidence: Sequence[Evidence], language: str
) -> Iterator[Finding]:
    """Wrong only where every passage that is cited agrees that it is."""
    whole = (0, len(sentence.text))
    told = frozenset[str]().union(*(item.rates for item in evidence))
    for unit, span in rates(sentence.text).items():
        # A rate told of another unit; where none is told at all, wording may differ.
        if told and unit not in told and claims.amounts:
            yield Finding(About.AMOUNT, sentence.text[slice(*span)], span, False)
    for amount in _in_all(list(swapped(sentence, claims, item)) for item in evidence):
        yield Finding(About.SWAP, amount.text, amount.span, False)
    for name in _in_all(list(turned_round(sentence, claims, item, language)) for item in evidence):
        yield Finding(About.SWAP, name.text, name.span, False)
    if evidence and all(denies(sentence.text, language, item) for item in evidence):
        yield Finding(About.DENIAL, sentence.text, whole, False)
    for deed in deeds_of(sentence.text):
        # What is said not to have been is told in many words.
        if (
            evidence
            and not is_denial(sentence.text, language)
            and not any(
                tells_of(deed.kind, f"{item.passage.title}. {item.passage.text}")
                for item in evidence
            )
        ):
            yield Finding(About.DEED, deed.word, deed.span, False)
    opposed = [opposite_of(sentence.text, language, item) for item in evidence]
    if opposed and opposed[0] and all(opposed):
        yield Finding(About.DEED, opposed[0].said, whole, False, opposed[0].told)
    turned = [reversed_change(sentence.text, claims.amounts, item) for item in evidence]
    if turned and turned[0] and all(turned):
        yield Finding(About.DIRECTION, turned[0].text, turned[0].span, False)


def _in_all(found: Iterable[list[Item]]) -> list[Item]:
    lists = list(found)
    return [item for item in lists[0] if all(item in other for other in lists)] if lists else []


def _is_told(amount: Amount, evidence: Sequence[Evidence], around: Sequence[Amount] = ()) -> bool:
    return any(
        supports(known, amount, one.claims.amounts, around)
        for item in evidence
        for known, one in item.amounts
    )


def _is_told_as_number(mention: DateMention, claims: Claims, evidence: Sequence[Evidence]) -> bool:
    """A number that only looks like a year: `2000 people`."""
    number = next((a for a in claims.amounts if a.span == mention.span), None)
    return number is not None and _is_told(number, evidence)


def _counts_sources(amount: Amount, evidence: Sequence[Evidence], outlets: int) -> bool:
    """`two outlets` is what the answer itself counts."""
    if amount.kind is not Kind.COUNT or not _SOURCES.fullmatch(fold(amount.followed_by)):
        return False
    return amount.value in (len(evidence), outlets)
