"""The vector index on a Chroma server: the same collections as in a folder, for many processes.

A server goes away and comes back. What is asked meanwhile is tried again for a moment, and then
fails as `VectorsUnavailable`; for some seconds after that nothing waits for it again. The store
keeps what it has yet to take up, see `Ingest.keep_up`.
"""

from __future__ import annotations

import contextlib
import json
import threading
import time
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any, TypeVar

import chromadb
import httpx
import numpy as np
import structlog
from chromadb.api.collection_configuration import CreateCollectionConfiguration
from chromadb.api.fastapi import FastAPI
from chromadb.config import DEFAULT_DATABASE, DEFAULT_TENANT, System
from chromadb.config import Settings as ChromaSettings
from chromadb.errors import ChromaError, NotFoundError
from chromadb.types import Collection as CollectionModel
from tenacity import (
    Retrying,
    retry_if_exception,
    stop_after_attempt,
    wait_random_exponential,
)

from retrieval.errors import VectorsUnavailable, is_passing
from retrieval.models import EmbeddedChunk, Hit, Query, Vector
from retrieval.vectors import collection_name, metadata_of, where

log = structlog.get_logger(__name__)

T = TypeVar("T")
Call = Callable[[chromadb.Collection], T]

SEARCH_SECONDS, WRITE_SECONDS = 3.0, 30.0
"""For an answer of the server; a person waits for the first."""
CONNECT_SECONDS = 2.0
SEARCH_ATTEMPTS, WRITE_ATTEMPTS = 2, 3
RESTS_SECONDS = 10.0
"""After all attempts failed, nothing is asked for so long: questions come faster than that."""

_WRITE_BATCH = 500
_PAGE = 1_000
_COSINE: CreateCollectionConfiguration = {"hnsw": {"space": "cosine"}}


@dataclass(frozen=True, slots=True)
class ChromaAddress:
    """Where a server is, and what it asks for."""

    url: str
    """`http://host:8000`, or https; a path before Chroma's own is kept."""
    token: str = field(default="", repr=False)
    """Sent as `Authorization: Bearer` and as `X-Chroma-Token`; empty for none."""
    tenant: str = DEFAULT_TENANT
    database: str = DEFAULT_DATABASE


class ChromaServerIndex:
    """Chunks of one embedding model. Safe to call from several threads and processes."""

    def __init__(self, address: ChromaAddress, model_id: str) -> None:
        """Asks nothing of the server yet, so that Pauta starts without it."""
        self._address = address
        self._name = collection_name(model_id)
        self._metadata = {"embedding_model": model_id}
        self._searching = _Line(address, SEARCH_SECONDS)
        self._writing = _Line(address, WRITE_SECONDS)
        self._opening = threading.Lock()
        self._known: CollectionModel | None = None
        self._rests_until = 0.0

    def upsert(self, chunks: Sequence[EmbeddedChunk]) -> None:
        most = self._write_batch() if chunks else _WRITE_BATCH
        for at in range(0, len(chunks), most):
            batch = chunks[at : at + most]
            ids = [chunk.id for chunk in batch]
            vectors = np.stack([chunk.vector for chunk in batch])
            notes: Any = [metadata_of(chunk) for chunk in batch]
            self._write(_upsert(ids, vectors, notes))

    def delete(self, chunk_ids: Collection[str]) -> None:
        ids = list(chunk_ids)
        most = self._write_batch() if ids else _WRITE_BATCH
        for at in range(0, len(ids), most):
            self._write(_delete(ids[at : at + most]))

    def search(self, vector: Vector, query: Query, limit: int) -> list[Hit]:
        """Raises VectorsUnavailable."""
        found = self._asked(
            lambda collection: collection.query(
                query_embeddings=vector[np.newaxis, :],
                n_results=limit,
                where=where(query),
                include=["distances"],
            ),
            self._searching,
            SEARCH_ATTEMPTS,
        )
        distances = found["distances"] or [[]]
        return [
            Hit(chunk_id, 1.0 - float(distance))
            for chunk_id, distance in zip(found["ids"][0], distances[0], strict=True)
        ]

    def ids(self) -> Iterator[str]:
        offset = 0
        while page := self._write(_page_of_ids(offset)):
            yield from page
            offset += len(page)

    def count(self) -> int:
        return self._write(lambda collection: collection.count())

    def look(self) -> int:
        """As `count`, but makes no collection where there is none. Raises VectorsUnavailable."""
        with self._translated(self._searching):
            try:
                known = self._searching.server.get_collection(
                    self._name, tenant=self._address.tenant, database=self._address.database
                )
            except NotFoundError:
                return 0
            return chromadb.Collection(self._searching.server, known, None).count()

    def clear(self) -> None:
        """Drop the collection and make it anew, empty."""
        self._write(lambda _collection: self._drop(self._name))
        self._known = None
        self.count()

    def drop_others(self) -> None:
        """Delete collections of other models, left by a reindex."""
        for name in self._write(lambda _collection: self._names()):
            if name.startswith("pauta-") and name != self._name:
                self._write(partial(self._drop_besides, name))

    def close(self) -> None:
        self._searching.close()
        self._writing.close()

    def _names(self) -> list[str]:
        found = self._writing.server.list_collections(
            tenant=self._address.tenant, database=self._address.database
        )
        return [one.name for one in found]

    def _drop_besides(self, name: str, _collection: chromadb.Collection) -> None:
        self._drop(name)

    def _drop(self, name: str) -> None:
        with contextlib.suppress(NotFoundError):
            self._writing.server.delete_collection(
                name, tenant=self._address.tenant, database=self._address.database
            )

    def _write_batch(self) -> int:
        most = self._write(lambda _collection: self._writing.server.get_max_batch_size())
        return min(_WRITE_BATCH, most) if most > 0 else _WRITE_BATCH

    def _write(self, call: Call[T]) -> T:
        return self._asked(call, self._writing, WRITE_ATTEMPTS)

    def _asked(self, call: Call[T], line: _Line, attempts: int) -> T:
        if time.monotonic() < self._rests_until:
            raise VectorsUnavailable(f"The Chroma server at {line.shown} does not answer.")
        retrying = Retrying(
            stop=stop_after_attempt(attempts),
            wait=wait_random_exponential(multiplier=0.2, max=2.0),
            retry=retry_if_exception(_may_pass),
            reraise=True,
        )
        try:
            found: T = retrying(self._once, call, line)
        except VectorsUnavailable:
            self._rests_until = time.monotonic() + RESTS_SECONDS
            raise
        return found

    def _once(self, call: Call[T], line: _Line) -> T:
        with self._translated(line):
            try:
                return call(self._collection(line))
            except NotFoundError:  # the server has lost it, or another process dropped it
                self._known = None
                return call(self._collection(line))

    @contextlib.contextmanager
    def _translated(self, line: _Line) -> Iterator[None]:
        """Chroma's client raises its own errors, httpx's and, for whatever else a server or a
        proxy says, a bare Exception: the boundary around it."""
        try:
            yield
        except httpx.TransportError as error:
            reason = f"does not answer ({type(error).__name__})"
            raise VectorsUnavailable(_told(line, reason)) from error
        except ChromaError as error:
            reason = f"refuses ({error.name()}, {error.code()})"
            passing = is_passing(error.code())
            raise VectorsUnavailable(_told(line, reason), passing=passing) from error
        except (json.JSONDecodeError, KeyError, TypeError) as error:
            # A proxy's page, or another version's words, where Chroma's were expected.
            raise VectorsUnavailable(_told(line, "answers otherwise than Chroma does")) from error
        except Exception as error:
            status = _status_of(error)
            if status is None:
                raise
            reason = f"answers with HTTP {status}"
            passing = is_passing(status)
            raise VectorsUnavailable(_told(line, reason), passing=passing) from error

    def _collection(self, line: _Line) -> chromadb.Collection:
        with self._opening:
            known = self._known
            if known is None:
                known = line.server.get_or_create_collection(
                    self._name,
                    metadata=dict(self._metadata),
                    configuration=_COSINE,
                    tenant=self._address.tenant,
                    database=self._address.database,
                )
                if _space(known) != "cosine":
                    reason = f"has a collection {self._name} that does not compare by cosine"
                    raise VectorsUnavailable(_told(line, reason), passing=False)
                self._known = known
        return chromadb.Collection(client=line.server, model=known, embedding_function=None)


def look_at_server(address: ChromaAddress, model_id: str) -> int:
    """How many chunks of the model a server holds. Changes nothing; raises VectorsUnavailable."""
    index = ChromaServerIndex(address, model_id)
    with contextlib.closing(index):
        return index.look()


class _Line:
    """Chroma's own HTTP client, with limits on how long it waits: it has none, and what
    `chromadb.HttpClient` returns asks the server before they could be set."""

    def __init__(self, address: ChromaAddress, seconds: float) -> None:
        try:
            self.shown = _without_user(address.url)
        except httpx.InvalidURL as error:
            raise VectorsUnavailable("PAUTA_CHROMA_URL is no address.", passing=False) from error
        tokens = {"Authorization": f"Bearer {address.token}", "X-Chroma-Token": address.token}
        settings = ChromaSettings(
            anonymized_telemetry=False,
            chroma_api_impl="chromadb.api.fastapi.FastAPI",
            chroma_server_host=address.url,
            chroma_server_http_port=8000,  # asked for, and not used beside a whole address
            chroma_server_ssl_enabled=address.url.startswith("https:"),
            chroma_server_headers=tokens if address.token else {},
        )
        self._system = System(settings)
        self.server: FastAPI = self._system.instance(FastAPI)
        self.server._session.timeout = httpx.Timeout(seconds, connect=CONNECT_SECONDS)

    def close(self) -> None:
        self._system.stop()
        self.server._session.close()


def _space(known: CollectionModel) -> object:
    """How it compares; a distributed deployment keeps it in an index of its own kind."""
    kept = known.configuration_json
    return (kept.get("hnsw") or kept.get("spann") or {}).get("space", "cosine")


def _upsert(ids: list[str], vectors: Any, notes: Any) -> Call[None]:
    return lambda collection: collection.upsert(ids=ids, embeddings=vectors, metadatas=notes)


def _delete(ids: list[str]) -> Call[Any]:
    return lambda collection: collection.delete(ids=ids)


def _page_of_ids(offset: int) -> Call[list[str]]:
    return lambda collection: collection.get(include=[], limit=_PAGE, offset=offset)["ids"]


def _may_pass(error: BaseException) -> bool:
    return isinstance(error, VectorsUnavailable) and error.passing


def _told(line: _Line, reason: str) -> str:
    return f"The Chroma server at {line.shown} {reason}; see PAUTA_CHROMA_URL."


def _status_of(error: Exception) -> int | None:
    """The status of the reply Chroma's client could make nothing of."""
    cause = error.__context__
    return cause.response.status_code if isinstance(cause, httpx.HTTPStatusError) else None


def _without_user(url: str) -> str:
    parts = httpx.URL(url)
    return str(parts.copy_with(username=None, password=None, query=None))
