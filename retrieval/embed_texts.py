"""Texts that have no vector yet, to vectors."""

from __future__ import annotations

from collections.abc import Sequence

from retrieval.chunk_rows import embedding_hash
from retrieval.models import Vector
from retrieval.protocols import Embedder
from retrieval.store import Store
from retrieval.transactions import Change


def embed_missing(store: Store, embedder: Embedder, texts: dict[str, str]) -> dict[str, Vector]:
    """Vectors for those of `texts` (by embedding hash) that have no cached one."""
    missing = lacking(store, embedder, texts)
    matrix = embedder.embed_passages(list(missing.values()))
    return dict(zip(missing, matrix, strict=True))


def lacking(store: Store, embedder: Embedder, texts: dict[str, str]) -> dict[str, str]:
    cached = store.cached_vectors(embedder.model_id, list(texts))
    return {key: text for key, text in texts.items() if key not in cached}


def texts_of(changes: Sequence[Change]) -> dict[str, str]:
    """By embedding hash."""
    return {
        embedding_hash(chunk): chunk.embedding_text
        for change in changes
        for item in change.written
        for chunk in item.chunks
    }
