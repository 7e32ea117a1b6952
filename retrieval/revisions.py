"""What a correction changed.  (pure)"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from retrieval.figures import written_figures
from retrieval.sentences import sentence_spans

MOST_SENTENCES = 100
"""Sentences shown of each side; past that it is another text, not a correction."""

_LONGEST_COMPARED = 100_000
"""Characters of changed paragraphs cut into sentences, of each side: about half a second."""


@dataclass(frozen=True, slots=True)
class Changes:
    """Of each kind in the order of the text it stands or stood in."""

    removed: tuple[str, ...]
    """Sentences; one that only moved is none."""
    added: tuple[str, ...]
    figures_removed: tuple[str, ...]
    figures_added: tuple[str, ...]
    complete: bool = True
    """False when there were more sentences than are shown; the figures are always all."""

    def __bool__(self) -> bool:
        return bool(self.removed or self.added)


@dataclass(frozen=True, slots=True)
class SentenceChanges:
    removed: tuple[str, ...]
    added: tuple[str, ...]
    complete: bool
    """False when more text changed than is compared."""


def changes(old: str, new: str, language: str = "und") -> Changes:
    """From one text to the next. White space makes no difference.

    A sentence that became another is one removed and one added. `language` is ISO 639-1, for
    finding where sentences end.
    """
    found = sentence_changes(old, new, language)
    old_figures, new_figures = written_figures(old), written_figures(new)
    return Changes(
        removed=found.removed[:MOST_SENTENCES],
        added=found.added[:MOST_SENTENCES],
        figures_removed=tuple(_lacking(old_figures, new_figures)),
        figures_added=tuple(_lacking(new_figures, old_figures)),
        complete=found.complete and max(len(found.removed), len(found.added)) <= MOST_SENTENCES,
    )


def sentence_changes(old: str, new: str, language: str = "und") -> SentenceChanges:
    """As `changes` finds them, but all: to look for one sentence among them."""
    before, after = _paragraphs(old), _paragraphs(new)
    removed, all_removed = _sentences(_lacking(before, after), language)
    added, all_added = _sentences(_lacking(after, before), language)
    return SentenceChanges(
        tuple(_lacking(removed, added)), tuple(_lacking(added, removed)), all_removed and all_added
    )


def _paragraphs(text: str) -> list[str]:
    lines = (" ".join(line.split()) for line in text.split("\n"))
    return [line for line in lines if line]


def _lacking(items: Iterable[str], others: Iterable[str]) -> list[str]:
    """Those of `items` that stand there more often than in `others`."""
    left = Counter(others)
    lacking = []
    for item in items:
        if left[item]:
            left[item] -= 1
        else:
            lacking.append(item)
    return lacking


def _sentences(paragraphs: list[str], language: str) -> tuple[list[str], bool]:
    """The sentences, and whether that is all of them."""
    text = "\n".join(paragraphs)
    read = text[:_LONGEST_COMPARED]
    return [read[start:end] for start, end in sentence_spans(read, language)], read == text
