"""A few sentences that stand for an article: its first, and those nearest its centre."""

from __future__ import annotations

import numpy as np

from retrieval.highlight import SHORTEST
from retrieval.models import Matrix, Vector
from retrieval.protocols import Embedder
from retrieval.sentences import sentence_spans

MOST_SENTENCES = 4
SENTENCES_COMPARED = 10
"""Each costs about 20 ms; news tells what matters early."""
LONGEST_READ = 20_000
"""Characters."""
ALIKE = 0.8
"""Of the way from an unrelated sentence's cosine to 1: two that say the same."""


def summary(text: str, language: str, chunk_vectors: Matrix, embedder: Embedder) -> tuple[str, ...]:
    """Exact sentences of `text` in its order, at most 4; all of a text that has no more.

    `chunk_vectors` are those of the article's chunks, shape (n, dimension); their mean is its
    centre. Blocking: embeds up to 10 sentences.
    """
    read = text[:LONGEST_READ]
    spans = [span for span in sentence_spans(read, language) if span[1] - span[0] >= SHORTEST]
    sentences = list(dict.fromkeys(read[start:end] for start, end in spans))
    if len(sentences) <= MOST_SENTENCES or not len(chunk_vectors):
        return tuple(sentences[:MOST_SENTENCES])
    compared = sentences[:SENTENCES_COMPARED]
    vectors = embedder.embed_passages(compared)
    chosen = nearest_to_centre(vectors, chunk_vectors.mean(axis=0), embedder.floor)
    return tuple(compared[at] for at in chosen)


def nearest_to_centre(vectors: Matrix, centre: Vector, floor: float) -> list[int]:
    """Rows to take, in order: the first, then the nearest that repeat none taken.  (pure)"""
    alike = floor + ALIKE * (1 - floor)
    taken = [0]
    for at in np.argsort(-(vectors @ centre), kind="stable"):
        if len(taken) == MOST_SENTENCES:
            break
        if at not in taken and float((vectors[taken] @ vectors[at]).max()) < alike:
            taken.append(int(at))
    return sorted(taken)
