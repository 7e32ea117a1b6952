"""Cached vectors in the corpus database, and what the vector index has yet to do with them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from sqlalchemy import ColumnElement, Connection, delete, select

from retrieval.dates import moment_of
from retrieval.models import Article, EmbeddedChunk, Vector
from retrieval.rows import article_of, parts
from retrieval.schema import articles, chunks, embeddings, pending_vectors
from retrieval.upserts import upsert


@dataclass(frozen=True, slots=True)
class Pending:
    """What the vector index has yet to do."""

    upserts: tuple[EmbeddedChunk, ...]
    deletions: tuple[str, ...]


def cached_vectors(
    connection: Connection, model_id: str, hashes: Sequence[str]
) -> dict[str, Vector]:
    """Vectors by embedding hash, of those that are cached."""
    statement = select(embeddings.c.hash, embeddings.c.vector).where(
        embeddings.c.model_id == model_id
    )
    return {
        row.hash: vector_of(row.vector)
        for part in parts(hashes)
        for row in connection.execute(statement.where(embeddings.c.hash.in_(part)))
    }


def vectors(connection: Connection, model_id: str, chunk_ids: Sequence[str]) -> dict[str, Vector]:
    """Cached vectors by chunk id.

    In two steps: as one, SQLite reads every vector of the model to find these.
    """
    statement = select(chunks.c.id, chunks.c.embedding_hash)
    hashes = {
        row.id: row.embedding_hash
        for part in parts(chunk_ids)
        for row in connection.execute(statement.where(chunks.c.id.in_(part)))
    }
    cached = cached_vectors(connection, model_id, list(set(hashes.values())))
    return {chunk_id: cached[of_text] for chunk_id, of_text in hashes.items() if of_text in cached}


def embedded(
    connection: Connection, model_id: str, chunk_ids: Sequence[str]
) -> list[EmbeddedChunk]:
    """Chunks with their cached vectors, as the vector index takes them."""
    statement = (
        select(
            chunks.c.id,
            chunks.c.ordinal,
            embeddings.c.vector,
            articles.c.id.label("article_id"),
            articles.c.url,
            articles.c.source,
            articles.c.language,
            articles.c.published_at,
        )
        .join(articles, articles.c.id == chunks.c.article_id)
        .join(embeddings, _of(model_id))
    )
    return [
        EmbeddedChunk(
            id=row.id,
            vector=vector_of(row.vector),
            article_id=row.article_id,
            url=row.url,
            source=row.source,
            language=row.language,
            published_at=moment_of(row.published_at),
            ordinal=row.ordinal,
        )
        for part in parts(chunk_ids)
        for row in connection.execute(statement.where(chunks.c.id.in_(part)))
    ]


def pending(connection: Connection, model_id: str, limit: int) -> Pending:
    """The next pending work that can be done: what is to be taken up has its vector."""
    to_drop = select(pending_vectors.c.chunk_id).where(~pending_vectors.c.present)
    to_add = (
        select(pending_vectors.c.chunk_id)
        .join(chunks, chunks.c.id == pending_vectors.c.chunk_id)
        .join(embeddings, _of(model_id))
        .where(pending_vectors.c.present)
    )
    deletions = connection.execute(to_drop.limit(limit)).scalars().all()
    additions = connection.execute(to_add.limit(limit)).scalars().all()
    return Pending(tuple(embedded(connection, model_id, additions)), tuple(deletions))


def settle(connection: Connection, done: Pending) -> None:
    """Forget work the vector index has done."""
    chunk_ids = [chunk.id for chunk in done.upserts] + list(done.deletions)
    for part in parts(chunk_ids):
        connection.execute(delete(pending_vectors).where(pending_vectors.c.chunk_id.in_(part)))


def keep(connection: Connection, model_id: str, made: Mapping[str, Vector]) -> None:
    """Cache vectors by embedding hash; those that are there stay."""
    rows = [
        {"model_id": model_id, "hash": key, "vector": blob(vector)}
        for key, vector in sorted(made.items(), key=lambda one: one[0])  # two never wait crosswise
    ]
    if rows:
        connection.execute(upsert(connection, embeddings).on_conflict_do_nothing(), rows)


def articles_lacking_vectors(connection: Connection, model_id: str) -> list[Article]:
    """Articles with a chunk that has no vector of the model, as after a reindex begun and
    given up."""
    has_vector = select(embeddings.c.hash).where(_of(model_id)).exists()
    lacking = select(chunks.c.article_id).where(~has_vector).distinct()
    rows = connection.execute(select(articles).where(articles.c.id.in_(lacking))).all()
    return [article_of(row) for row in rows]


def blob(vector: Vector) -> bytes:
    return np.asarray(vector, dtype="<f4").tobytes()


def vector_of(stored: bytes) -> Vector:
    return np.frombuffer(stored, dtype="<f4")


def _of(model_id: str) -> ColumnElement[bool]:
    return (embeddings.c.hash == chunks.c.embedding_hash) & (embeddings.c.model_id == model_id)
