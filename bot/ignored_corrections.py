"""A figure in an answer that a later article, shown with its source, takes back.  (pure)

A model may write the old figure although it was shown the correction. What it wrote stands in
what it cites, so the check lets it pass: the correction is told after it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from bot import texts
from bot.answers import Answer
from bot.citations import cited_sentences
from bot.citing import citation
from bot.disagreement import SHARED_NAMES, corrects
from bot.grounding.amount import Amount
from bot.grounding.claims import claims_of
from bot.grounding.evidence import KnownSentence, read
from bot.grounding.matching import alike, supports
from bot.quoting import in_quotes
from retrieval.models import Passage
from retrieval.story_keys import names_of


@dataclass(frozen=True, slots=True)
class Correction:
    label: int
    passage: Passage
    sentence: str
    """As it stands in the passage."""


def with_correction(answer: Answer, passages: Mapping[int, Passage]) -> Answer:
    """The answer, and after it the first correction it passes over; `passages` are those shown,
    by label."""
    found = next(_ignored(answer, passages), None)
    if found is None:
        return answer
    told = texts.say(answer.language, "corrected_since")
    told_by = citation(found.label, found.passage, found.sentence)
    known = any(one.label == found.label for one in answer.citations)
    return replace(
        answer,
        text=f"{answer.text}\n\n{told} {in_quotes(found.sentence)} [{found.label}]",
        citations=(*answer.citations, *(() if known else (told_by,))),
    )


def _ignored(answer: Answer, passages: Mapping[int, Passage]) -> Iterator[Correction]:
    said = [a for a in claims_of(answer.text, answer.language).amounts if not a.weak]
    correcting = [
        (label, passage) for label, passage in passages.items()
        if any(corrects(one.text) for one in read(passage).sentences)
    ]  # fmt: skip
    if not correcting or not said:
        return
    for sentence in cited_sentences(answer.text, answer.language):
        figures = claims_of(sentence.text, answer.language).amounts
        for label, passage in correcting:
            before = [one for one in passages.values() if _is_corrected(one, passage)]
            cited = [passages[label] for label in sentence.labels if label in passages]
            if not any(one == passage or one in before for one in cited):
                continue
            for known in _taking_back(passage):
                if any(_takes_back(known, figure, before, said) for figure in figures):
                    yield Correction(label, passage, known.text)


def _taking_back(passage: Passage) -> Iterator[KnownSentence]:
    title, *body = read(passage).sentences
    of_one = corrects(title.text)
    return (one for one in body if of_one or corrects(one.text))


def _takes_back(
    known: KnownSentence, figure: Amount, before: list[Passage], said: list[Amount]
) -> bool:
    """Whether a sentence has the figure that was told before, and beside it another in its place
    that the answer has not."""
    told = [amount for passage in before for amount, _ in read(passage).amounts]
    if figure.weak or not any(supports(one, figure) for one in told):
        return False
    own = [one for one in known.claims.amounts if not one.weak]
    if not any(_agree(one, figure) for one in own):
        return False
    new = [
        one for one in own
        if not _agree(one, figure) and alike(one.readings[0].unit, figure.readings[0].unit)
    ]  # fmt: skip
    return bool(new) and not any(_agree(one, other) for one in new for other in said)


def _agree(one: Amount, other: Amount) -> bool:
    return supports(one, other) or supports(other, one)


def _is_corrected(one: Passage, other: Passage) -> bool:
    """Whether the other came later and is on the same."""
    before, after = one.published_at, other.published_at
    if before is None or after is None or before >= after:
        return False
    mine, theirs = (set(names_of(passage.title, passage.text)) for passage in (one, other))
    return len(mine & theirs) >= SHARED_NAMES
