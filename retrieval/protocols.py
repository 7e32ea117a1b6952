"""The seams of the library: what has, or will have, a second implementation."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from datetime import datetime
from typing import Protocol

from retrieval.models import EmbeddedChunk, Hit, Matrix, Query, Vector

Clock = Callable[[], datetime]
"""Returns the current moment, timezone-aware, UTC."""


class Embedder(Protocol):
    """Texts to L2-normalised vectors. Safe to call from several threads."""

    @property
    def model_id(self) -> str:
        """Names the vector space: vectors of different ids never mix."""
        ...

    @property
    def dimension(self) -> int: ...

    @property
    def floor(self) -> float:
        """About the cosine of a question and an unrelated passage."""
        ...

    @property
    def spread(self) -> float:
        """About how far the cosine of an answer lies above the floor. Models differ widely:
        what is compared with a cosine is scaled by this."""
        ...

    def embed_query(self, text: str) -> Vector:
        """A question to shape (dimension,)."""
        ...

    def embed_passages(self, texts: Sequence[str]) -> Matrix:
        """Passages to shape (len(texts), dimension), in the given order."""
        ...


class VectorIndex(Protocol):
    """Nearest chunks by meaning. Writing the same chunk twice is the same as once."""

    def upsert(self, chunks: Sequence[EmbeddedChunk]) -> None: ...

    def delete(self, chunk_ids: Collection[str]) -> None: ...

    def search(self, vector: Vector, query: Query, limit: int) -> list[Hit]:
        """Best first; scores are cosines. `query` is read for its filters only."""
        ...

    def clear(self) -> None: ...

    def ids(self) -> Iterable[str]: ...

    def count(self) -> int: ...


class KeptIndex(VectorIndex, Protocol):
    """One collection of several that are kept side by side, one for each model."""

    def drop_others(self) -> None:
        """Delete the collections of all other models."""
        ...


class KeywordIndex(Protocol):
    """Best chunks by words (BM25)."""

    def search(self, text: str, query: Query, limit: int) -> list[Hit]:
        """Best first; scores are BM25, higher is better. `query` gives the filters."""
        ...

    def frequencies(self, stems: Sequence[str]) -> dict[str, int]:
        """In about how many chunks a word with each stem stands; 0 where in none."""
        ...


class Reranker(Protocol):
    """Reads question and passage together. Safe to call from several threads."""

    def scores(self, question: str, passages: Sequence[str]) -> list[float]:
        """One for each passage, higher is better, in the given order."""
        ...
