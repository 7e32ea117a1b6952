"""Passages -> the sentences in them nearest to a question."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from retrieval.folding import fold
from retrieval.followups import read_together, says_little
from retrieval.models import Passage
from retrieval.protocols import Embedder
from retrieval.sentences import Span, sentence_spans
from retrieval.terms import Terms

SHORTEST = 25
"""Characters below which a line is a heading, a byline or debris, not a statement."""

LONGEST_QUOTE = 360
"""Characters up to which a sentence is quoted with its neighbours."""

_REFERS_BACK = re.compile(
    r"\W*(?:he|she|it|they|this|that|these|those|his|her|its|their|but|and|so"
    r"|ele|ela|eles|elas|isso|isto|esse|essa|este|esta|mas|e"
    r"|el|ella|ellos|ellas|eso|esto|ese|esa|pero|y)\b"
)

OWN_SHARE, OWN_SHARE_OF_LITTLE = 0.7, 0.3
"""Of a follow-up's similarity: what its own words count, beside the question before it."""


@dataclass(frozen=True, slots=True)
class Highlight:
    """A sentence of a passage, and how near it is to the question."""

    passage: Passage
    rank: int
    """Of its passage in the search, from 0."""
    span: Span
    """In `passage.text`."""
    text: str
    coverage: float
    """Share of the question's words that stand in the sentence, rare ones counting more."""
    surroundings: float = 0.0
    """The same of the sentence with its neighbours and its article's title: what it is about
    need not stand in it."""
    similarity: float = 0.0
    """Cosine between question and sentence."""


def sentences_of(passages: Sequence[Passage], terms: Terms) -> list[Highlight]:
    """Every sentence of the passages that states something, in order.  (pure)"""
    return [
        Highlight(
            passage,
            rank,
            (start, end),
            passage.text[start:end],
            terms.coverage(passage.text[start:end]),
            terms.coverage(f"{passage.title} {passage.text[before:after]}"),
        )
        for rank, passage in enumerate(passages)
        for before, (start, end), after in _with_neighbours(passage)
        if end - start >= SHORTEST
    ]


def _with_neighbours(passage: Passage) -> Iterator[tuple[int, Span, int]]:
    """Each sentence, with where the one before it begins and the one after it ends."""
    spans = sentence_spans(passage.text, passage.language)
    for at, span in enumerate(spans):
        yield spans[max(0, at - 1)][0], span, spans[min(len(spans) - 1, at + 1)][1]


def statements(passage: Passage) -> list[Span]:
    """The spans of its sentences that state something, in order.  (pure)"""
    spans = sentence_spans(passage.text, passage.language)
    return [span for span in spans if span[1] - span[0] >= SHORTEST]


def begins_by_referring_back(sentence: str) -> bool:
    """Whether it begins as "He said ..." does: who is meant stands before it.  (pure)"""
    return bool(_REFERS_BACK.match(fold(sentence)))


def in_context(sentence: Highlight) -> Span:
    """The sentence's span, widened by what a reader needs beside it, at most 360 characters.

    That is the sentence before it, when it begins by referring back ("He said ..."), and the
    one after it: the answer stands there about as often as a story is told in two sentences
    (`tests/bench/README.md`).  (pure)
    """
    spans = statements(sentence.passage)
    if sentence.span not in spans:
        return sentence.span
    at = spans.index(sentence.span)
    start, end = sentence.span
    refers_back = begins_by_referring_back(sentence.text)
    if at and refers_back and end - spans[at - 1][0] <= LONGEST_QUOTE:
        start = spans[at - 1][0]
    if at + 1 < len(spans) and spans[at + 1][1] - start <= LONGEST_QUOTE:
        end = spans[at + 1][1]
    return start, end


def with_similarity(
    embedder: Embedder, question: str, previous: str | None, sentences: Sequence[Highlight]
) -> list[Highlight]:
    """The same sentences with their cosine to the question, and to the one before it."""
    if not sentences:
        return []
    vector = embedder.embed_query(question)
    if previous:
        together = embedder.embed_query(read_together(previous, question))
        own = OWN_SHARE_OF_LITTLE if says_little(question) else OWN_SHARE
        vector = own * vector + (1 - own) * together
    matrix = embedder.embed_passages([sentence.text for sentence in sentences])
    return [
        replace(sentence, similarity=float(cosine))
        for sentence, cosine in zip(sentences, np.asarray(matrix @ vector), strict=True)
    ]
