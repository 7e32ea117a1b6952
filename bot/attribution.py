"""Whether a sentence cites what it got its words from.  (pure)

An article can tell a model to put its words into another outlet's mouth. What such a sentence
claims may all be borne out; it is the citation, or the outlet it names, that is false.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache

from bot.grounding.attachment import keys_of
from bot.grounding.check import About, CheckedSentence
from retrieval.models import Passage

LEAST_WORDS = 4
"""Content words a sentence with a figure or date must have for its wording to tell where it
comes from; without one, its wording is all there is to go by."""

ALMOST_ALL = 0.8
"""Of its content words in a passage: then they come from there."""

FAR_FEWER = 0.4
"""Less, in every passage it cites."""

LEAST_NAME = 4
"""Letters; a shorter outlet's name is too often another word."""


def misattributed(checked: CheckedSentence, passages: Mapping[int, Passage]) -> str:
    """Whose words a sentence has that it does not cite, for its writer; empty if nobody's.

    `passages` by label, all that were shown.
    """
    sentence = checked.sentence
    cited = [passages[label] for label in sentence.labels if label in passages]
    if not cited:
        return ""
    outlet = _outlet_not_cited(sentence.text, cited, passages)
    if outlet:
        return f"it names {outlet}, but cites no passage of {outlet}"
    own = _words_to_go_by(checked)
    borne_out = max(_share(own, passage) for passage in cited)
    others = {
        label: share
        for label, passage in passages.items()
        if passage not in cited
        and (share := _share(own, passage)) >= max(ALMOST_ALL, borne_out + FAR_FEWER)
    }
    if not others:
        return ""
    return f"these are the words of passage {max(others, key=others.__getitem__)}: cite that one"


def out_of_nowhere(
    checked: CheckedSentence, passages: Mapping[int, Passage], language: str
) -> bool:
    """Whether a sentence that claims nothing to look up has no word of what it cites, where
    both are in one language."""
    cited = [passages[label] for label in checked.sentence.labels if label in passages]
    if checked.findings or language not in {passage.language for passage in cited}:
        return False
    own = keys_of(checked.sentence.text)
    return bool(own) and not any(_share(own, passage) for passage in cited)


def _words_to_go_by(checked: CheckedSentence) -> frozenset[str]:
    keys = keys_of(checked.sentence.text)
    borne_out = [one for one in checked.findings if one.supported]
    if any(one.about in (About.AMOUNT, About.DATE) for one in borne_out):
        return keys if len(keys) >= LEAST_WORDS else frozenset()
    return keys - keys_of(". ".join(one.text for one in borne_out))


def _outlet_not_cited(text: str, cited: Sequence[Passage], passages: Mapping[int, Passage]) -> str:
    own = {passage.source for passage in cited}
    for name in sorted({passage.source.strip() for passage in passages.values()} - own):
        if len(name) < LEAST_NAME or any(name in other for other in own):
            continue
        if re.search(rf"(?<!\w){re.escape(name)}(?!\w)", text):
            return name
    return ""


def _share(own: frozenset[str], passage: Passage) -> float:
    known = _keys(f"{passage.title}. {passage.source}. {passage.author}. {passage.text}")
    return len(own & known) / len(own) if own else 0.0


@lru_cache(maxsize=256)
def _keys(text: str) -> frozenset[str]:
    return keys_of(text)
