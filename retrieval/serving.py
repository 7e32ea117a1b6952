"""The embedding model and the collection of its vectors that answer now; they change together.

Whoever holds `Serving.embedder` and `Serving.index` need not know of a change: both pass on to
what serves. A question pins what it began with, so that its vectors are all of one model.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from contextvars import ContextVar
from dataclasses import dataclass

from retrieval.models import EmbeddedChunk, Hit, Matrix, Query, Vector
from retrieval.protocols import Embedder, KeptIndex


@dataclass(frozen=True, slots=True)
class Pair:
    embedder: Embedder
    index: KeptIndex


class Serving:
    """Safe to use from several threads; changed by one."""

    def __init__(self, embedder: Embedder, index: KeptIndex) -> None:
        self._pair = Pair(embedder, index)
        self._pinned: ContextVar[Pair | None] = ContextVar("pinned", default=None)
        self.embedder = ServingEmbedder(self)
        self.index = ServingIndex(self)

    @property
    def pair(self) -> Pair:
        return self._pinned.get() or self._pair

    def change_to(self, embedder: Embedder, index: KeptIndex) -> Pair:
        """From the next question on; returns what served until now, which those under way use."""
        former, self._pair = self._pair, Pair(embedder, index)
        return former

    @contextmanager
    def pinned(self) -> Iterator[None]:
        """Within, and in what it calls, the same pair serves."""
        token = self._pinned.set(self.pair)
        try:
            yield
        finally:
            self._pinned.reset(token)


def one_model(embedder: Embedder) -> AbstractContextManager[None]:
    """Within, every vector is of the same model, also where another takes over meanwhile."""
    return embedder.serving.pinned() if isinstance(embedder, ServingEmbedder) else nullcontext()


class ServingEmbedder:
    def __init__(self, serving: Serving) -> None:
        self.serving = serving

    @property
    def model_id(self) -> str:
        return self.serving.pair.embedder.model_id

    @property
    def dimension(self) -> int:
        return self.serving.pair.embedder.dimension

    @property
    def floor(self) -> float:
        return self.serving.pair.embedder.floor

    @property
    def spread(self) -> float:
        return self.serving.pair.embedder.spread

    def embed_query(self, text: str) -> Vector:
        return self.serving.pair.embedder.embed_query(text)

    def embed_passages(self, texts: Sequence[str]) -> Matrix:
        return self.serving.pair.embedder.embed_passages(texts)


class ServingIndex:
    def __init__(self, serving: Serving) -> None:
        self.serving = serving

    def upsert(self, chunks: Sequence[EmbeddedChunk]) -> None:
        self.serving.pair.index.upsert(chunks)

    def delete(self, chunk_ids: Collection[str]) -> None:
        self.serving.pair.index.delete(chunk_ids)

    def search(self, vector: Vector, query: Query, limit: int) -> list[Hit]:
        return self.serving.pair.index.search(vector, query, limit)

    def clear(self) -> None:
        self.serving.pair.index.clear()

    def drop_others(self) -> None:
        self.serving.pair.index.drop_others()

    def ids(self) -> Iterable[str]:
        return self.serving.pair.index.ids()

    def count(self) -> int:
        return self.serving.pair.index.count()
