"""What is near a text in meaning; by words alone while a server for it is out of reach."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from retrieval.errors import EmbedderUnavailable, VectorsUnavailable
from retrieval.models import Hit, Query, Vector
from retrieval.narrow import filtered_search
from retrieval.protocols import Embedder, VectorIndex
from retrieval.store import Store


@dataclass(frozen=True, slots=True)
class Nearest:
    vector: Vector | None
    """Of the text; None while it cannot be embedded."""
    hits: Sequence[Hit]
    """Best first."""
    could_look: bool
    """Whether the vector index could be asked."""


def nearest_to(
    text: str, store: Store, index: VectorIndex, embedder: Embedder, query: Query, limit: int
) -> Nearest:
    """The nearest chunks that pass the query's filters, at most `limit`."""
    try:
        vector = embedder.embed_query(text)
    except EmbedderUnavailable:
        return Nearest(None, (), could_look=False)
    try:
        hits = filtered_search(store, index, embedder.model_id, vector, query, limit)
    except VectorsUnavailable:
        return Nearest(vector, (), could_look=False)
    return Nearest(vector, hits, could_look=True)


def cosines_of(
    nearest: Nearest, also: Sequence[str], store: Store, embedder: Embedder
) -> dict[str, float]:
    """By chunk: of those found near, and of others by the store's own vectors. Where the text
    could not be embedded they count as unrelated, so that words alone rank them."""
    if nearest.vector is None:
        return dict.fromkeys(also, embedder.floor)
    cosines = {hit.chunk_id: hit.score for hit in nearest.hits}
    others = [chunk_id for chunk_id in also if chunk_id not in cosines]
    for chunk_id, vector in store.vectors(embedder.model_id, others).items():
        cosines[chunk_id] = float(nearest.vector @ vector)
    return cosines
