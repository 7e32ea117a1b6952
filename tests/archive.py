"""A real archive in a folder (SQLite and Chroma) with a fake embedder, and all that is in it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import text

from retrieval.ingest import Ingest
from retrieval.keywords import keyword_index
from retrieval.protocols import Embedder, KeywordIndex
from retrieval.retriever import Retriever
from retrieval.store import Store, open_corpus
from retrieval.vectors import ChromaIndex
from tests.fakes import FakeEmbedder

NOW = datetime(2025, 6, 1, 9, 0, tzinfo=UTC)


def clock() -> datetime:
    return NOW


@dataclass(frozen=True, slots=True)
class Archive:
    store: Store
    vectors: ChromaIndex
    embedder: Embedder

    @property
    def ingest(self) -> Ingest:
        return Ingest(self.store, self.vectors, self.embedder, clock)

    @property
    def keywords(self) -> KeywordIndex:
        return keyword_index(self.store.engine)

    @property
    def retriever(self) -> Retriever:
        return Retriever(self.store, self.vectors, self.keywords, self.embedder)

    def rows(self, statement: str) -> list[tuple[Any, ...]]:
        with self.store.engine.connect() as connection:
            return sorted(tuple(row) for row in connection.execute(text(statement)))


@contextmanager
def an_archive(
    folder: Path, embedder: Embedder | None = None, *, server: str | None = None
) -> Iterator[Archive]:
    """Opened as `bot.app` opens it, and closed again; the corpus on a `server` where one is."""
    embedder = embedder or FakeEmbedder()
    store = Store(open_corpus(server or folder / "corpus.db"))
    try:
        vectors = ChromaIndex(folder / "chroma", embedder.model_id)
        try:
            yield Archive(store, vectors, embedder)
        finally:
            vectors.close()
    finally:
        store.close()


@dataclass(frozen=True)
class Contents:
    """Everything an archive holds, in a form that compares."""

    articles: list[tuple[Any, ...]]
    appearances: list[tuple[Any, ...]]
    bands: list[tuple[Any, ...]]
    chunks: list[tuple[Any, ...]]
    words: list[tuple[Any, ...]]
    cached: list[tuple[Any, ...]]
    pending: list[tuple[Any, ...]]
    vectors: list[tuple[Any, ...]]
    """Id, metadata and the vector itself, as Chroma gives them back."""

    @property
    def chunk_ids(self) -> list[str]:
        return [row[0] for row in self.chunks]


def contents(archive: Archive) -> Contents:
    collection = archive.vectors._collection  # the adapter shows no metadata
    found: Any = collection.get(include=["metadatas", "embeddings"])
    vectors = [
        (chunk_id, sorted(metadata.items()), [round(float(value), 5) for value in vector])
        for chunk_id, metadata, vector in zip(
            found["ids"], found["metadatas"], found["embeddings"], strict=True
        )
    ]
    return Contents(
        articles=archive.rows(
            "SELECT id, url, title, text, source, language, published_at, content_hash, sample, "
            "author, partial, notes, copy_group, signature FROM articles"
        ),
        appearances=archive.rows(
            "SELECT id, article_id, url, title, text, source, language, content_hash "
            "FROM appearances"
        ),
        bands=archive.rows("SELECT article_id, count(*) FROM bands GROUP BY article_id"),
        chunks=archive.rows(
            'SELECT id, article_id, ordinal, start, "end", embedding_hash FROM chunks'
        ),
        words=archive.rows(
            "SELECT chunks.id, chunk_words.title, chunk_words.body FROM chunk_words "
            "LEFT JOIN chunks ON chunks.number = chunk_words.rowid"
            if archive.store.engine.dialect.name == "sqlite"
            else "SELECT chunks.id, chunk_words.words FROM chunk_words "
            "LEFT JOIN chunks ON chunks.number = chunk_words.number"
        ),
        cached=archive.rows("SELECT model_id, hash, length(vector) FROM embeddings"),
        pending=archive.rows("SELECT chunk_id, present FROM pending_vectors"),
        vectors=sorted(vectors),
    )


def assert_consistent(archive: Archive) -> Contents:
    """Store, keyword index and Chroma hold the same chunks, every article is in a story, and
    nothing is left to do."""
    found = contents(archive)
    assert archive.rows("SELECT article_id FROM pending_stories") == []
    assert archive.rows("SELECT article_id FROM story_articles") == archive.rows(
        "SELECT id FROM articles"
    )
    assert [row[0] for row in found.vectors] == found.chunk_ids
    assert [row[0] for row in found.words] == found.chunk_ids
    assert found.pending == []
    hashes = {row[1] for row in found.cached}
    assert {row[5] for row in found.chunks} <= hashes
    return found
