"""The one or two sentences that tell a story best, or what is new of it.  (pure)

A sentence tells it that stands early, holds the words its headlines share and a figure, and is
near what the story is about. Of a running story those are preferred whose figures and words
were not known before.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from retrieval.figures import find_figures
from retrieval.folding import folded_words, stem
from retrieval.highlight import begins_by_referring_back, statements
from retrieval.models import Matrix, Passage, Vector
from retrieval.sentences import Span
from retrieval.stopwords import STOPWORDS

MOST_COMPARED = 8
"""Sentences of a story compared by meaning, the likeliest by all else; each costs 20 ms."""
MOST_READ = 60
"""Sentences of a story."""
ROOM = 420
"""Characters of what is quoted of one story."""
LONGEST = 320
"""Characters of one sentence; a longer one is read on no phone."""
BEGINNING = 600.0
"""Characters in which an article tells what matters."""
REPEATS = 0.75
"""Of the way from an unrelated sentence's cosine to 1: what says the same once more."""
MUCH_NEW = 0.4
"""Of a sentence's content words not known before: it tells news also without a new figure."""

FigureKey = tuple[str, frozenset[Decimal]]


@dataclass(frozen=True, slots=True)
class Material:
    """What a story is told from."""

    titles: tuple[str, ...]
    passages: tuple[Passage, ...]
    """Where articles begin, the most telling one first."""
    before: tuple[Passage, ...] = ()
    """What was known at the digest before; empty for a new story."""


@dataclass(frozen=True, slots=True)
class Candidate:
    passage: Passage
    span: Span
    score: float
    is_news: bool

    @property
    def text(self) -> str:
        return self.passage.text[slice(*self.span)]


def likeliest(material: Material) -> list[Candidate]:
    """At most 8, the best first; empty where no sentence can be shown."""
    shared, known = _shared_words(material.titles), Known.of(material.before)
    found: list[Candidate] = []
    for rank, passage in enumerate(material.passages):
        for start, end in statements(passage):
            if end - start > LONGEST or len(found) >= MOST_READ:
                continue
            found.append(_scored(passage, (start, end), rank, shared, known))
    return sorted(found, key=lambda one: (-one.score, one.passage.chunk_id, one.span))[
        :MOST_COMPARED
    ]


def chosen(
    ranked: Sequence[Candidate],
    vectors: Matrix,
    centre: Vector | None,
    most: int,
    floor: float,
    spread: float,
) -> list[Candidate]:
    """The best and those that add to it, in the order of their article where it is one.

    `vectors` are those of `ranked`; `centre` is what the story is about.
    """
    if not ranked:
        return []
    middle = centre if centre is not None and len(centre) == vectors.shape[1] else vectors.mean(0)
    near = [(float(cosine) - floor) / max(spread, 1e-9) for cosine in vectors @ middle]
    worth = {at: one.score + 0.8 * near[at] for at, one in enumerate(ranked)}
    order = sorted(worth, key=lambda at: (-worth[at], at))
    taken = [order[0]]
    room = ROOM - len(ranked[order[0]].text)
    alike = floor + REPEATS * (1 - floor)
    for at in order[1:]:
        if len(taken) >= most:
            break
        repeats = float((vectors[taken] @ vectors[at]).max()) >= alike
        if repeats or len(ranked[at].text) > room or worth[at] < 0.4 * worth[order[0]]:
            continue
        taken.append(at)
        room -= len(ranked[at].text)
    told = [ranked[at] for at in taken]
    if len({one.passage.article_id for one in told}) == 1:
        told.sort(key=lambda one: (one.passage.ordinal, one.span))
    return told


@dataclass(frozen=True, slots=True)
class Known:
    """What was known of a running story."""

    figures: frozenset[FigureKey]
    words: Mapping[str, frozenset[str]]
    """By language."""

    @classmethod
    def of(cls, passages: Sequence[Passage]) -> Known | None:
        if not passages:
            return None
        words: dict[str, frozenset[str]] = {}
        for one in passages:
            words[one.language] = words.get(one.language, frozenset()) | _content(one.text)
        return cls(frozenset(key for one in passages for key in _figures(one.text)), words)

    def lacks(self, sentence: str, language: str) -> bool:
        """Whether a sentence says what was not known."""
        if _figures(sentence) - self.figures:
            return True
        known = self.words.get(language)
        if known is None:  # in another language every word is another one
            return False
        own = _content(sentence)
        return bool(own) and len(own - known) / len(own) >= MUCH_NEW


def _scored(
    passage: Passage, span: Span, rank: int, shared: Counter[str], known: Known | None
) -> Candidate:
    text = passage.text[slice(*span)]
    held = sum(shared[word] for word in _content(text))
    early = math.exp(-span[0] / BEGINNING) if passage.ordinal == 0 else 0.0
    score = 1.2 * early + 1.8 * held / max(1, shared.total()) - 0.15 * rank
    if any(one.is_telling for one in find_figures(text)):
        score += 0.5
    if begins_by_referring_back(text):
        score -= 0.8
    if text.rstrip().endswith("?"):
        score -= 0.8
    is_news = known is not None and known.lacks(text, passage.language)
    return Candidate(passage, span, score + (1.5 if is_news else 0.0), is_news)


def _shared_words(titles: Sequence[str]) -> Counter[str]:
    """Content words of the headlines, by how many of them have each."""
    return Counter(word for title in titles for word in _content(title))


def _figures(text: str) -> frozenset[FigureKey]:
    found = find_figures(text)
    return frozenset((one.unit, one.values) for one in found)


def _content(text: str) -> frozenset[str]:
    return frozenset(stem(word) for word in folded_words(text) if word not in STOPWORDS)
