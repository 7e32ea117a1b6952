"""Scripted stand-ins for the slow parts."""

from __future__ import annotations

import time
import zlib
from collections.abc import Callable, Sequence

import numpy as np

from retrieval.folding import folded_words, stem
from retrieval.models import Matrix, Vector


class FakeEmbedder:
    """A hashed bag of word stems: texts that share words are near, and nothing is learned.

    Deterministic in every process. `embedded` holds the passages it was given, in order.
    """

    floor = 0.1
    spread = 0.5

    def __init__(
        self,
        model_id: str = "fake-model",
        dimension: int = 64,
        seconds_a_text: float = 0.0,
        before_text: Callable[[str], None] = lambda _text: None,
    ) -> None:
        self.model_id = model_id
        self.dimension = dimension
        self.embedded: list[str] = []
        self._seconds = seconds_a_text
        self._before_text = before_text

    def embed_query(self, text: str) -> Vector:
        return self._vector(text)

    def embed_passages(self, texts: Sequence[str]) -> Matrix:
        matrix = np.empty((len(texts), self.dimension), dtype=np.float32)
        for row, text in enumerate(texts):
            self._before_text(text)
            time.sleep(self._seconds)
            matrix[row] = self._vector(text)
            self.embedded.append(text)
        return matrix

    def _vector(self, text: str) -> Vector:
        vector = np.zeros(self.dimension, dtype=np.float32)
        vector[0] = 0.01  # a text without a word has a direction too
        for word in folded_words(text):
            vector[self._place(stem(word))] += 1.0
        unit: Vector = (vector / np.linalg.norm(vector)).astype(np.float32)
        return unit

    def _place(self, word: str) -> int:
        return zlib.crc32(f"{self.model_id}:{word}".encode("utf-8", "replace")) % self.dimension
