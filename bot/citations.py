"""Labels such as `[1]`: which passage each names, and the sentence that bears it out.  (pure)"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from bot.answers import Citation
from bot.citing import citation
from bot.grounding.aligned import LONGEST
from bot.grounding.attachment import keys_of
from bot.grounding.claims import AnswerSentence, Claims, claims_of
from bot.grounding.date_mention import supported_date
from bot.grounding.evidence import Evidence, KnownSentence, read
from bot.grounding.matching import supports
from bot.grounding.names_in_text import KnownNames
from retrieval.models import Passage
from retrieval.sentences import sentence_spans

HIGHEST_LABEL = 999
LONGEST_RANGE = 20
"""Labels that `[1-20]` stands for; a longer range is none."""

LONGEST_QUOTE = 400
"""Characters, where a passage has no sentence."""

_NUMBERS = r"\^?\d{1,3}(?:\s{0,2}[,;–-]\s{0,2}\^?\d{1,3}){0,20}"
# A model may write a label as a link, to anywhere: the address goes with it.
_LABEL = re.compile(
    rf"\[({_NUMBERS})\](?:\([^()\s]{{0,2000}}\))?|【({_NUMBERS})(?:†[^【】]{{0,200}})?】"
)
_GROUP = re.compile(rf"(?P<before>[ \t]*)(?P<labels>(?:(?:{_LABEL.pattern})[ \t]?)+)")

Labels = tuple[int, ...]


class EvidenceLabels:
    """Numbers for the passages of one turn, from 1: the same passage has the same number,
    however often it is found."""

    def __init__(self) -> None:
        self._labels: dict[str, int] = {}
        self._passages: dict[int, Passage] = {}

    def label(self, passage: Passage) -> int:
        """Raises ValueError beyond 999 passages, which no answer can cite."""
        known = self._labels.get(passage.chunk_id)
        if known is not None:
            return known
        number = len(self._labels) + 1
        if number > HIGHEST_LABEL:
            raise ValueError(f"more than {HIGHEST_LABEL} passages in one turn")
        self._labels[passage.chunk_id] = number
        self._passages[number] = passage
        return number

    @property
    def passages(self) -> Mapping[int, Passage]:
        """A copy, by label."""
        return dict(self._passages)


@dataclass(frozen=True, slots=True)
class Resolved:
    """An answer whose labels all name a passage."""

    text: str
    """Labels as `[1]` or `[1][2]`, those that name nothing left out."""
    citations: tuple[Citation, ...]
    """In the order in which the text first names them."""
    sentences: tuple[AnswerSentence, ...]
    uncited: tuple[AnswerSentence, ...]
    """Sentences that claim something, in a paragraph that cites nothing."""
    unknown: Labels
    """Labels that were left out."""
    claims_something: bool

    @property
    def is_unfounded(self) -> bool:
        """Claims something and cites nothing: not to be sent as an answer."""
        return self.claims_something and not self.citations


def labels_of(text: str) -> Labels:
    """Every label of a text once, in order: of [1], [1][2], [1, 2], [1-3], [^1] and 【1】."""
    found = (label for match in _LABEL.finditer(text[:LONGEST]) for label in _numbers(match))
    return tuple(dict.fromkeys(found))


def _numbers(match: re.Match[str]) -> Iterator[int]:
    for part in re.split(r"[,;]", (match[1] or match[2]).replace("^", "")):
        first, *last = (int(number) for number in re.split(r"[–-]", part))
        if last and first <= last[-1] < first + LONGEST_RANGE:
            yield from range(first, last[-1] + 1)
        else:
            yield first
            yield from last


def resolve(text: str, passages: Mapping[int, Passage], language: str = "") -> Resolved:
    """Put the labels of an answer in order and find for each the sentence it rests on.

    `passages` by label, `language` the answer's. Reads the first 20,000 characters.
    """
    text = text[:LONGEST]
    unknown = tuple(label for label in labels_of(text) if label not in passages)
    clean = _only_known(text, passages)
    sentences = cited_sentences(clean, language)
    claims = {sentence: claims_of(sentence.text, language) for sentence in sentences}
    citing: dict[int, list[AnswerSentence]] = {label: [] for label in labels_of(clean)}
    for sentence in sentences:
        for label in sentence.labels:
            citing[label].append(sentence)
    return Resolved(
        text=clean,
        citations=tuple(
            _citation(label, passages[label], [claims[one] for one in citing[label]],
                      " ".join(one.text for one in citing[label]), language)
            for label in citing
        ),
        sentences=sentences,
        uncited=tuple(one for one in sentences if claims[one] and not one.labels),
        unknown=unknown,
        claims_something=any(claims.values()),
    )  # fmt: skip


def _only_known(text: str, passages: Mapping[int, Passage]) -> str:
    """What is left out can bring together what passes for a label: `【0[0]】`."""
    while True:
        clean = _GROUP.sub(lambda match: _rewritten(match, passages), text).strip()
        if clean == text or all(label in passages for label in labels_of(clean)):
            return clean
        text = clean


def _rewritten(match: re.Match[str], passages: Mapping[int, Passage]) -> str:
    known = [label for label in labels_of(match["labels"]) if label in passages]
    after = " " if match["labels"][-1].isspace() else ""
    if known:
        return match["before"] + "".join(f"[{label}]" for label in known) + after
    following = match.string[match.end() : match.end() + 1]
    if after or not match["before"]:
        at_start = match.start() == 0 or match.string[match.start() - 1] == "\n"
        ends = not following or following in ".,;:!?)\n"
        return "" if at_start or ends else match["before"] or after
    return "" if not following or not following.isalnum() else match["before"]


def cited_sentences(text: str, language: str = "") -> tuple[AnswerSentence, ...]:
    """The sentences of an answer with the labels they rest on.

    A label after the full stop belongs to the sentence before it. A sentence without one
    rests on those of the next sentence of its paragraph that has some, or else the last.
    """
    sentences: list[AnswerSentence] = []
    for paragraph in re.finditer(r"[^\n]+", text[:LONGEST]):
        sentences.extend(_of_paragraph(text, paragraph.start(), paragraph.end(), language))
    return tuple(sentences)


def _of_paragraph(text: str, start: int, end: int, language: str) -> list[AnswerSentence]:
    part = text[start:end]
    marks = list(_LABEL.finditer(part))
    bare = _LABEL.sub(lambda match: " " * len(match.group()), part)
    spans = sentence_spans(bare, language)
    own: list[list[int]] = [[] for _ in spans]
    for mark in marks:
        before = [at for at, span in enumerate(spans) if span[0] <= mark.start()]
        if spans:
            own[before[-1] if before else 0].extend(_numbers(mark))
    found = [
        AnswerSentence(
            re.sub(r" +(?=[.,;:!?])|(?<= ) +", "", bare[first:last]),
            tuple(dict.fromkeys(labels)),
            (start + first, start + last),
        )
        for (first, last), labels in zip(spans, own, strict=True)
    ]
    return list(_inherited(found))


def _inherited(sentences: Sequence[AnswerSentence]) -> Iterator[AnswerSentence]:
    for at, sentence in enumerate(sentences):
        if sentence.labels:
            yield sentence
            continue
        others: Iterable[AnswerSentence] = (*sentences[at:], *reversed(sentences[:at]))
        yield replace(sentence, labels=next((o.labels for o in others if o.labels), ()))


def _citation(
    label: int, passage: Passage, claims: Sequence[Claims], said: str, language: str
) -> Citation:
    return citation(label, passage, _bearing_out(passage, claims, said, language))


def _bearing_out(passage: Passage, claims: Sequence[Claims], said: str, language: str) -> str:
    """The sentence of the passage that tells most of what is claimed, exactly as it stands; the
    title, where more of the figures stand in it alone."""
    evidence = read(passage)
    title, *body = evidence.sentences
    if not body:
        return passage.text[:LONGEST_QUOTE]
    words = keys_of(said)
    best = max(body, key=lambda one: _weight(one, claims, words, evidence, language))
    return max(best, title, key=lambda one: _figures_borne_out(one, claims)).text


def _weight(
    known: KnownSentence,
    claims: Sequence[Claims],
    words: frozenset[str],
    evidence: Evidence,
    language: str,
) -> float:
    names = KnownNames(known.text, evidence.passage.language)
    told = known.claims
    borne_out = 2.0 * _figures_borne_out(known, claims) + sum(
        sum(supported_date(date, told.dates) for date in one.dates)
        + sum(names.knows(name, language) for name in one.names)
        for one in claims
    )
    return borne_out + 3 * len(words & keys_of(known.text)) / max(1, len(words))


def _figures_borne_out(known: KnownSentence, claims: Sequence[Claims]) -> int:
    told = known.claims.amounts
    return sum(
        any(supports(other, amount, told) for other in told if not other.weak)
        for one in claims
        for amount in one.amounts
        if not amount.weak
    )
