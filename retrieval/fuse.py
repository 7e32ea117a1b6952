"""Candidates of both indexes into one ranking, and one passage for copies.  (pure)

Meaning and words are added on one scale. A candidate's relevance is its cosine to the
question plus the share of the question's words it holds, each word counting by its rarity:

    relevance = cosine + spread * (idf of the words it holds / idf of all the question's words)

Unlike fusion by rank, this lets words count for nothing where they say nothing: a question
in another language than the coverage shares only its names and figures with it.
`tests/bench/README.md` has the comparison.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

from retrieval.explain import Fate
from retrieval.folding import folded_words
from retrieval.models import Appearance, Passage

_SHINGLE = 5
_SAME_TEXT = 0.8


def relevance(cosine: float, coverage: float, spread: float) -> float:
    """See the module's docstring; `spread` is `Embedder.spread`."""
    return cosine + spread * coverage


@dataclass(frozen=True, slots=True)
class Choice:
    """A passage kept, and from which to which ordinal of its article it is to be read."""

    passage: Passage
    first: int
    last: int


@dataclass(frozen=True, slots=True)
class Selection:
    kept: tuple[Choice, ...]
    fates: tuple[tuple[Fate, int | None], ...]
    """Of each passage given, and the place among the kept, from 0, that it is or went into."""


def select(
    passages: Sequence[Passage],
    most: int,
    *,
    per_article: int | None = None,
    longest_joined: int = 0,
) -> Selection:
    """The first `most` passages; copies, neighbours and the rest of an article with them.

    One that repeats an earlier one's words is left out, and the earlier one says where else
    they stand; one with another figure is no copy, since it must remain visible that sources
    differ. A chunk beside one that is kept joins it while both together have at most
    `longest_joined` characters. Of one article, `per_article` are kept.
    """
    kept: list[_Kept] = []
    of_article: Counter[str] = Counter()
    fates: list[tuple[Fate, int | None]] = []
    for passage in passages:
        if len(kept) == most:
            break
        text = _read(passage.text)
        copy_of = next((at for at, one in enumerate(kept) if one.is_repeated_by(text)), None)
        beside = next(
            (at for at, one in enumerate(kept) if one.is_beside(passage, longest_joined)), None
        )
        if copy_of is not None:
            kept[copy_of].passage = _standing_also_in(passage, kept[copy_of].passage)
            fates.append((Fate.COPY, copy_of))
        elif beside is not None:
            kept[beside].join(passage, text)
            fates.append((Fate.JOINED, beside))
        elif per_article is not None and of_article[passage.article_id] >= per_article:
            fates.append((Fate.BEYOND_ARTICLE, None))
        else:
            of_article[passage.article_id] += 1
            fates.append((Fate.KEPT, len(kept)))
            kept.append(_Kept(passage, [text]))
    fates += [(Fate.BEYOND_LIMIT, None)] * (len(passages) - len(fates))
    return Selection(tuple(Choice(one.passage, one.first, one.last) for one in kept), tuple(fates))


def collapse_copies(passages: Sequence[Passage], most: int) -> list[Passage]:
    """The first `most` passages without copies; see `select`."""
    return [choice.passage for choice in select(passages, most).kept]


class _Kept:
    """A passage that stays, with the chunks that joined it."""

    def __init__(self, passage: Passage, texts: list[_Text]) -> None:
        self.passage = passage
        self.first = self.last = passage.ordinal
        self._texts = texts
        self._length = len(passage.text)

    def is_repeated_by(self, text: _Text) -> bool:
        return any(_repeats(text, own) for own in self._texts)

    def is_beside(self, other: Passage, longest: int) -> bool:
        return (
            other.article_id == self.passage.article_id
            and other.ordinal in (self.first - 1, self.last + 1)
            and self._length + len(other.text) < longest
        )

    def join(self, other: Passage, text: _Text) -> None:
        self.first, self.last = min(self.first, other.ordinal), max(self.last, other.ordinal)
        self._texts.append(text)
        self._length += len(other.text) + 1


def _standing_also_in(left_out: Passage, kept: Passage) -> Passage:
    if left_out.article_id == kept.article_id:
        return kept
    known = {kept.url, *(one.url for one in kept.also_in)}
    its_own = Appearance(left_out.source, left_out.url, left_out.title, left_out.published_at)
    further = tuple(one for one in (its_own, *left_out.also_in) if one.url not in known)
    return replace(kept, also_in=kept.also_in + further) if further else kept


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
