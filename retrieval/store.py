"""The corpus database: articles, their chunks and cached vectors, and the keyword index.

It is the truth; the vector index follows it. `write` puts an article and everything derived
from it into one transaction, and notes there what the vector index has yet to take up.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
from sqlalchemy import (
    Connection,
    Engine,
    Row,
    delete,
    func,
    select,
)
from sqlalchemy.dialects.sqlite import insert as upsert

from retrieval.database import open_database
from retrieval.migrations import HEAD
from retrieval.models import Article, EmbeddedChunk, Passage, Vector
from retrieval.schema import archive, articles, chunks, embeddings, pending_vectors
from retrieval.transactions import (
    ChunkedArticle,
    drop_orphans,
    replace_chunks,
    write_article,
)

_IN_LIMIT = 500
"""Values in one `IN (...)`; SQLite's default limit is higher, other databases' are not."""

EMBEDDING_MODEL = "embedding_model"


@dataclass(frozen=True, slots=True)
class Pending:
    """What the vector index has yet to do."""

    upserts: tuple[EmbeddedChunk, ...]
    deletions: tuple[str, ...]


def open_corpus(file: Path) -> Engine:
    """The corpus database. Raises ArchiveCorrupt when it cannot be read."""
    return open_database(file, "retrieval.migrations", HEAD)


class Store:
    """Reads and writes the corpus. Each method is one transaction."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    @property
    def engine(self) -> Engine:
        """For the keyword index, which lives in the same database."""
        return self._engine

    # What is there

    def known(self, article_ids: Sequence[str]) -> dict[str, str]:
        """Content hash by id, of those articles that are in the archive."""
        statement = select(articles.c.id, articles.c.content_hash)
        with self._engine.connect() as connection:
            return {
                row.id: row.content_hash
                for part in _parts(article_ids)
                for row in connection.execute(statement.where(articles.c.id.in_(part)))
            }

    def article_count(self, *, sample: bool | None = None) -> int:
        statement = select(func.count()).select_from(articles)
        if sample is not None:
            statement = statement.where(articles.c.sample == sample)
        with self._engine.connect() as connection:
            return connection.execute(statement).scalar_one()

    def chunk_count(self) -> int:
        with self._engine.connect() as connection:
            return connection.execute(select(func.count()).select_from(chunks)).scalar_one()

    def chunk_ids(self) -> list[str]:
        with self._engine.connect() as connection:
            return list(connection.execute(select(chunks.c.id)).scalars())

    def value(self, key: str) -> str | None:
        with self._engine.connect() as connection:
            return connection.execute(select(archive.c.value).where(archive.c.key == key)).scalar()

    def set_value(self, key: str, value: str) -> None:
        with self._engine.begin() as connection:
            _set_value(connection, key, value)

    def cached_vectors(self, model_id: str, hashes: Sequence[str]) -> dict[str, Vector]:
        """Vectors by embedding hash, of those that are cached."""
        statement = select(embeddings.c.hash, embeddings.c.vector).where(
            embeddings.c.model_id == model_id
        )
        with self._engine.connect() as connection:
            return {
                row.hash: np.frombuffer(row.vector, dtype="<f4")
                for part in _parts(hashes)
                for row in connection.execute(statement.where(embeddings.c.hash.in_(part)))
            }

    def vectors(self, model_id: str, chunk_ids: Sequence[str]) -> dict[str, Vector]:
        """Cached vectors by chunk id."""
        statement = select(chunks.c.id, embeddings.c.vector).join(
            embeddings,
            (embeddings.c.hash == chunks.c.embedding_hash) & (embeddings.c.model_id == model_id),
        )
        with self._engine.connect() as connection:
            return {
                row.id: np.frombuffer(row.vector, dtype="<f4")
                for part in _parts(chunk_ids)
                for row in connection.execute(statement.where(chunks.c.id.in_(part)))
            }

    def passages(self, chunk_ids: Sequence[str]) -> dict[str, Passage]:
        """Chunks by id with the article they stand in; scores are 0, the caller's to set."""
        statement = select(
            chunks.c.id,
            chunks.c.ordinal,
            func.substr(articles.c.text, chunks.c.start + 1, chunks.c.end - chunks.c.start).label(
                "passage"
            ),
            articles.c.id.label("article_id"),
            articles.c.url,
            articles.c.title,
            articles.c.source,
            articles.c.language,
            articles.c.published_at,
            articles.c.sample,
        ).join(articles, articles.c.id == chunks.c.article_id)
        with self._engine.connect() as connection:
            return {
                row.id: Passage(
                    chunk_id=row.id,
                    text=row.passage,
                    score=0.0,
                    article_id=row.article_id,
                    ordinal=row.ordinal,
                    url=row.url,
                    title=row.title,
                    source=row.source,
                    language=row.language,
                    published_at=_moment(row.published_at),
                    sample=row.sample,
                )
                for part in _parts(chunk_ids)
                for row in connection.execute(statement.where(chunks.c.id.in_(part)))
            }

    def all_articles(self) -> Iterator[Article]:
        """Every article, by id; for rebuilding what is derived from them."""
        after = ""
        while True:
            statement = (
                select(articles).where(articles.c.id > after).order_by(articles.c.id).limit(100)
            )
            with self._engine.connect() as connection:
                rows = connection.execute(statement).all()
            if not rows:
                return
            for row in rows:
                yield _article(row)
            after = rows[-1].id

    # What changes it

    def write(
        self,
        batch: Sequence[ChunkedArticle],
        vectors: Mapping[str, Vector],
        model_id: str,
        now: datetime,
    ) -> None:
        """Put articles in, replacing earlier versions, all or nothing.

        `vectors` holds one vector for the embedding hash of every chunk that has no
        cached one.
        """
        let_go: set[str] = set()
        with self._engine.begin() as connection:
            if vectors:
                connection.execute(
                    upsert(embeddings).on_conflict_do_nothing(),
                    [
                        {"model_id": model_id, "hash": key, "vector": _blob(vector)}
                        for key, vector in vectors.items()
                    ],
                )
            for item in batch:
                let_go |= write_article(connection, item, now)
            drop_orphans(connection, let_go)

    def delete_articles(self, article_ids: Sequence[str]) -> None:
        """Take articles out with everything derived from them, all or nothing."""
        let_go: set[str] = set()
        with self._engine.begin() as connection:
            for article_id in article_ids:
                let_go |= replace_chunks(connection, article_id, "", ())
                connection.execute(delete(articles).where(articles.c.id == article_id))
            drop_orphans(connection, let_go)

    def sample_ids(self) -> list[str]:
        with self._engine.connect() as connection:
            return list(
                connection.execute(select(articles.c.id).where(articles.c.sample)).scalars()
            )

    # What the vector index has yet to do

    def pending(self, model_id: str, limit: int = 500) -> Pending:
        """The next pending work that can be done: what is to be taken up has its vector."""
        to_drop = select(pending_vectors.c.chunk_id).where(~pending_vectors.c.present)
        to_add = (
            select(pending_vectors.c.chunk_id)
            .join(chunks, chunks.c.id == pending_vectors.c.chunk_id)
            .join(
                embeddings,
                (embeddings.c.hash == chunks.c.embedding_hash)
                & (embeddings.c.model_id == model_id),
            )
            .where(pending_vectors.c.present)
        )
        with self._engine.connect() as connection:
            deletions = connection.execute(to_drop.limit(limit)).scalars().all()
            additions = connection.execute(to_add.limit(limit)).scalars().all()
        return Pending(
            upserts=tuple(self.embedded(model_id, additions)), deletions=tuple(deletions)
        )

    def articles_lacking_vectors(self, model_id: str) -> list[Article]:
        """Articles with a chunk that has no vector of the model, as after a reindex begun
        and given up."""
        has_vector = (
            select(embeddings.c.hash)
            .where(embeddings.c.hash == chunks.c.embedding_hash, embeddings.c.model_id == model_id)
            .exists()
        )
        lacking = select(chunks.c.article_id).where(~has_vector).distinct()
        with self._engine.connect() as connection:
            rows = connection.execute(select(articles).where(articles.c.id.in_(lacking))).all()
        return [_article(row) for row in rows]

    def settle(self, pending: Pending) -> None:
        """Forget work the vector index has done."""
        done = [chunk.id for chunk in pending.upserts] + list(pending.deletions)
        with self._engine.begin() as connection:
            for part in _parts(done):
                connection.execute(
                    delete(pending_vectors).where(pending_vectors.c.chunk_id.in_(part))
                )

    def switch_model(self, model_id: str) -> None:
        """From now on the archive is indexed with `model_id`; vectors of others are let go."""
        with self._engine.begin() as connection:
            _set_value(connection, EMBEDDING_MODEL, model_id)
            connection.execute(delete(pending_vectors))
            connection.execute(delete(embeddings).where(embeddings.c.model_id != model_id))

    def embedded(self, model_id: str, chunk_ids: Sequence[str]) -> list[EmbeddedChunk]:
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
            .join(
                embeddings,
                (embeddings.c.hash == chunks.c.embedding_hash)
                & (embeddings.c.model_id == model_id),
            )
        )
        with self._engine.connect() as connection:
            return [
                EmbeddedChunk(
                    id=row.id,
                    vector=np.frombuffer(row.vector, dtype="<f4"),
                    article_id=row.article_id,
                    url=row.url,
                    source=row.source,
                    language=row.language,
                    published_at=_moment(row.published_at),
                    ordinal=row.ordinal,
                )
                for part in _parts(chunk_ids)
                for row in connection.execute(statement.where(chunks.c.id.in_(part)))
            ]

    def close(self) -> None:
        self._engine.dispose()


def _set_value(connection: Connection, key: str, value: str) -> None:
    statement = upsert(archive).values(key=key, value=value)
    connection.execute(
        statement.on_conflict_do_update(index_elements=["key"], set_={"value": value})
    )


def _article(row: Row[Any]) -> Article:
    return Article(
        url=row.url,
        title=row.title,
        text=row.text,
        source=row.source,
        language=row.language,
        published_at=_moment(row.published_at),
        sample=row.sample,
    )


def _blob(vector: Vector) -> bytes:
    return np.asarray(vector, dtype="<f4").tobytes()


def _moment(seconds: int | None) -> datetime | None:
    return None if seconds is None else datetime.fromtimestamp(seconds, UTC)


def _parts(values: Sequence[str]) -> Iterator[Sequence[str]]:
    for at in range(0, len(values), _IN_LIMIT):
        yield values[at : at + _IN_LIMIT]
