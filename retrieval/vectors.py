"""The vector index: Chroma in a folder, cosine space, one collection per embedding model."""

from __future__ import annotations

import contextlib
import errno
import os
import re
import shutil
from collections.abc import Collection, Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import chromadb
import numpy as np
import structlog
from chromadb.api.shared_system_client import SharedSystemClient
from chromadb.config import Settings as ChromaSettings
from chromadb.errors import ChromaError, NotFoundError

from retrieval.errors import ArchiveCorrupt
from retrieval.identity import digest
from retrieval.models import EmbeddedChunk, Hit, Query, Vector

if TYPE_CHECKING:
    from chromadb.api.client import Client

log = structlog.get_logger(__name__)

_WRITE_BATCH = 500
_PAGE = 5_000

UNDATED = 0
"""Stored for an article without a date: Chroma has no null, and filters must skip it."""


def collection_name(model_id: str) -> str:
    """A name Chroma accepts (3-512 of [a-zA-Z0-9._-]), different for each model id."""
    readable = re.sub(r"[^a-zA-Z0-9]+", "-", model_id).strip("-")[:60]
    return f"pauta-{readable}-{digest(model_id, length=8)}"


class ChromaIndex:
    """Chunks of one embedding model. The folder belongs to one process at a time."""

    def __init__(self, folder: Path, model_id: str) -> None:
        """Open or create.

        Chroma rewrites its graph in place: killed meanwhile, it leaves files that may crash
        the process that reads them. A folder left in the middle of a write, or one that
        cannot be searched, is therefore replaced by an empty one, to be filled from the
        store, which keeps every vector. Raises ArchiveCorrupt when that fails too.
        """
        self._folder = folder
        self._marker = folder.with_name(f"{folder.name}.writing")
        self._name = collection_name(model_id)
        self._metadata = {"embedding_model": model_id}
        self._client: Client | None = None
        try:
            _check_writable(folder)
            if self._marker.exists():
                log.warning("the vector index was left in the middle of a write; rebuilding it")
                self._discard()
            with self._writing():
                self._connect()
                self._probe()
        except (ArchiveCorrupt, ChromaError) as error:
            log.warning("the vector index is damaged; rebuilding it", cause=str(error))
            self._discard()
            with self._writing():
                self._connect()
        except PermissionError:
            raise
        except OSError as error:
            raise ArchiveCorrupt(
                f"No vector index can be made in {folder} ({error}). Remove what is there; the "
                "index is then rebuilt from the archive."
            ) from error

    def _discard(self) -> None:
        self.close()
        # A client that failed to start stays in Chroma's cache, and would be given out again.
        SharedSystemClient.clear_system_cache()
        shutil.rmtree(self._folder, ignore_errors=True)
        self._marker.unlink(missing_ok=True)

    @contextlib.contextmanager
    def _writing(self) -> Iterator[None]:
        """Marks the folder while Chroma may write to it; stays marked when that fails."""
        self._marker.parent.mkdir(parents=True, exist_ok=True)
        self._marker.touch()
        try:
            yield
        except ChromaError as error:
            raise ArchiveCorrupt(
                f"The vector index in {self._folder} is damaged ({error}). Nothing is lost: "
                "start Pauta again and it is rebuilt from the archive."
            ) from error
        except KeyboardInterrupt:
            self._marker.unlink(missing_ok=True)
            raise
        self._marker.unlink(missing_ok=True)

    def _connect(self) -> None:
        self._folder.mkdir(parents=True, exist_ok=True)
        client = chromadb.PersistentClient(
            path=str(self._folder), settings=ChromaSettings(anonymized_telemetry=False)
        )
        self._client = cast("Client", client)  # declared as an interface without `close`
        self._collection = self._open(self._client)

    def _probe(self) -> None:
        """Raises ChromaError when the index cannot be searched: only then is it read."""
        sample = self._collection.get(limit=1, include=["embeddings"])["embeddings"]
        if sample is not None and len(sample):
            vector = np.asarray(sample[0], dtype=np.float32)
            self._collection.query(query_embeddings=vector[np.newaxis, :], n_results=1, include=[])

    def _open(self, client: Client) -> chromadb.Collection:
        return client.get_or_create_collection(
            self._name,
            metadata=dict(self._metadata),
            configuration={"hnsw": {"space": "cosine"}},
            embedding_function=None,
        )

    def upsert(self, chunks: Sequence[EmbeddedChunk]) -> None:
        for at in range(0, len(chunks), _WRITE_BATCH):
            batch = chunks[at : at + _WRITE_BATCH]
            with self._writing():
                self._collection.upsert(
                    ids=[chunk.id for chunk in batch],
                    embeddings=np.stack([chunk.vector for chunk in batch]),
                    metadatas=[metadata_of(chunk) for chunk in batch],
                )

    def delete(self, chunk_ids: Collection[str]) -> None:
        ids = list(chunk_ids)
        for at in range(0, len(ids), _WRITE_BATCH):
            with self._writing():
                self._collection.delete(ids=ids[at : at + _WRITE_BATCH])

    def search(self, vector: Vector, query: Query, limit: int) -> list[Hit]:
        try:
            found = self._collection.query(
                query_embeddings=vector[np.newaxis, :],
                n_results=limit,
                where=where(query),
                include=["distances"],
            )
        except ChromaError as error:
            self._marker.touch()
            raise ArchiveCorrupt(
                f"The vector index in {self._folder} cannot be searched ({error}). Nothing is "
                "lost: start Pauta again and it is rebuilt from the archive."
            ) from error
        distances = found["distances"]
        if distances is None:
            return []
        return [
            Hit(chunk_id, 1.0 - float(distance))
            for chunk_id, distance in zip(found["ids"][0], distances[0], strict=True)
        ]

    def ids(self) -> Iterator[str]:
        offset = 0
        while page := self._collection.get(include=[], limit=_PAGE, offset=offset)["ids"]:
            yield from page
            offset += len(page)

    def count(self) -> int:
        return self._collection.count()

    def clear(self) -> None:
        """Drop the collection and make it anew, empty."""
        client = self._opened()
        with self._writing():
            with contextlib.suppress(NotFoundError):
                client.delete_collection(self._name)
            self._collection = self._open(client)

    def drop_others(self) -> None:
        """Delete collections of other models, left by a reindex."""
        client = self._opened()
        with self._writing():
            for collection in client.list_collections():
                if collection.name.startswith("pauta-") and collection.name != self._name:
                    client.delete_collection(collection.name)

    def close(self) -> None:
        if self._client is not None:
            self._client.close()
            self._client = None

    def _opened(self) -> Client:
        if self._client is None:
            raise ValueError("the vector index is closed")
        return self._client


def _check_writable(folder: Path) -> None:
    """Raises PermissionError: what may not be written is not damaged, and stays as it is."""
    for place in (folder.parent, folder):
        if place.exists() and not os.access(place, os.W_OK):
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(place))


def timestamp(moment: datetime | None) -> int:
    """Whole seconds since 1970 UTC; `UNDATED` for none."""
    return int(moment.timestamp()) if moment else UNDATED


def where(query: Query) -> dict[str, Any] | None:
    """The query's filters in Chroma's language; None when it has none."""
    conditions: list[dict[str, Any]] = []
    if query.since:
        conditions.append({"published_at": {"$gte": timestamp(query.since)}})
    if query.until:
        conditions.append({"published_at": {"$lt": timestamp(query.until)}})
    if query.since or query.until:
        conditions.append({"published_at": {"$ne": UNDATED}})
    if query.sources:
        of_source: dict[str, Any] = {"source": {"$in": list(query.sources)}}
        if query.also_articles:
            of_article = {"article_id": {"$in": list(query.also_articles)}}
            of_source = {"$or": [of_source, of_article]}
        conditions.append(of_source)
    if query.hidden_sources:
        conditions.append({"source": {"$nin": list(query.hidden_sources)}})
    if query.languages:
        conditions.append({"language": {"$in": list(query.languages)}})
    if not conditions:
        return None
    return conditions[0] if len(conditions) == 1 else {"$and": conditions}


def metadata_of(chunk: EmbeddedChunk) -> dict[str, str | int | float | bool]:
    """What a chunk is filtered by, as Chroma takes it."""
    return {
        "article_id": chunk.article_id,
        "url": chunk.url,
        "source": chunk.source,
        "language": chunk.language,
        "published_at": timestamp(chunk.published_at),
        "ordinal": chunk.ordinal,
    }
