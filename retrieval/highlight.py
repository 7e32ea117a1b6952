"""Passages -> the sentences in them nearest to a question."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from retrieval.followups import read_together, says_little
from retrieval.models import Passage
from retrieval.protocols import Embedder
from retrieval.sentences import Span, sentence_spans
from retrieval.terms import Terms

SHORTEST = 25
"""Characters below which a line is a heading, a byline or debris, not a statement."""

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
    similarity: float = 0.0
    """Cosine between question and sentence."""


def sentences_of(passages: Sequence[Passage], terms: Terms) -> list[Highlight]:
    """Every sentence of the passages that states something, in order.  (pure)"""
    return [
        Highlight(passage, rank, (start, end), passage.text[start:end], coverage)
        for rank, passage in enumerate(passages)
        for start, end in sentence_spans(passage.text, passage.language)
        if end - start >= SHORTEST
        for coverage in (terms.coverage(passage.text[start:end]),)
    ]


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
