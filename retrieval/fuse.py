"""Candidates of both indexes into one ranking, and one passage for copies.  (pure)

Meaning and words are added on one scale. A candidate's relevance is its cosine to the
question plus the share of the question's words it holds, each word counting by its rarity:

    relevance = cosine + spread * (idf of the words it holds / idf of all the question's words)

Unlike fusion by rank, this lets words count for nothing where they say nothing: a question
in another language than the coverage shares only its names and figures with it.
`tests/bench/README.md` has the comparison.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from retrieval.folding import folded_words
from retrieval.models import Passage

_SHINGLE = 5
_SAME_TEXT = 0.8


def relevance(cosine: float, coverage: float, spread: float) -> float:
    """See the module's docstring; `spread` is `Embedder.spread`."""
    return cosine + spread * coverage


def collapse_copies(passages: Sequence[Passage], most: int) -> list[Passage]:
    """The first `most` passages, leaving out those that repeat an earlier one's words.

    One with another figure is no copy: that sources disagree must remain visible.
    """
    kept: list[Passage] = []
    kept_texts: list[_Text] = []
    for passage in passages:
        if len(kept) == most:
            break
        text = _read(passage.text)
        if not any(_repeats(text, earlier) for earlier in kept_texts):
            kept.append(passage)
            kept_texts.append(text)
    return kept


@dataclass(frozen=True, slots=True)
class _Text:
    shingles: frozenset[tuple[str, ...]]
    figures: frozenset[str]


def _read(text: str) -> _Text:
    words = folded_words(text)
    last = max(1, len(words) - _SHINGLE + 1)
    return _Text(
        frozenset(tuple(words[at : at + _SHINGLE]) for at in range(last)),
        frozenset(word for word in words if any(char.isdigit() for char in word)),
    )


def _repeats(later: _Text, earlier: _Text) -> bool:
    if not later.figures <= earlier.figures:
        return False
    return len(later.shingles & earlier.shingles) >= _SAME_TEXT * len(later.shingles)
