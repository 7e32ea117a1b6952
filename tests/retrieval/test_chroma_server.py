"""Vectors on a real Chroma server: as in a folder, and without it answers and ingest go on."""

from __future__ import annotations

import itertools
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import numpy as np
import pytest

from retrieval import chroma_server
from retrieval.chroma_server import ChromaAddress, ChromaServerIndex, look_at_server
from retrieval.errors import VectorsUnavailable
from retrieval.models import Query, Vector
from retrieval.store import Store, open_corpus
from tests.archive import Archive
from tests.builders import PUBLISHED, an_article, an_embedded_chunk, articles
from tests.chroma_server import ChromaServer, a_chroma_server
from tests.fakes import FakeEmbedder

_models = (f"model-{number}" for number in itertools.count())
ALONG = np.array([1, 0, 0], dtype=np.float32)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ChromaServer]:
    with a_chroma_server(tmp_path_factory.mktemp("chroma")) as running:
        yield running


@pytest.fixture
def index(server: ChromaServer) -> Iterator[ChromaServerIndex]:
    """A collection of its own."""
    opened = ChromaServerIndex(ChromaAddress(server.url), next(_models))
    yield opened
    opened.close()


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chroma_server, "SEARCH_SECONDS", 0.2)
    monkeypatch.setattr(chroma_server, "WRITE_ATTEMPTS", 1)
    monkeypatch.setattr(chroma_server, "RESTS_SECONDS", 0.0)


def at_angle(degrees: float) -> Vector:
    return np.array([np.cos(np.radians(degrees)), np.sin(np.radians(degrees)), 0], dtype=np.float32)


@contextmanager
def archive_on(url: str, folder: Path, model_id: str = "fake-model") -> Iterator[Archive]:
    store = Store(open_corpus(folder / "corpus.db"))
    vectors = ChromaServerIndex(ChromaAddress(url), model_id)
    try:
        # It asks of an index what the one in a folder gives it too.
        yield Archive(store, vectors, FakeEmbedder(model_id))  # type: ignore[arg-type]
    finally:
        vectors.close()
        store.close()


# As in a folder


def test_the_nearest_that_pass_the_filters_come_first(index: ChromaServerIndex) -> None:
    index.upsert(
        [
            an_embedded_chunk(at_angle(10), chunk_id="undated", published_at=None),
            an_embedded_chunk(at_angle(20), chunk_id="dated"),
            an_embedded_chunk(at_angle(30), chunk_id="globo", source="O Globo"),
        ]
    )

    hits = index.search(ALONG, Query("x"), 10)
    assert [hit.chunk_id for hit in hits] == ["undated", "dated", "globo"]
    assert hits[0].score == pytest.approx(np.cos(np.radians(10)), abs=1e-5)
    since = Query("x", since=PUBLISHED, sources=("Folha",))
    assert [hit.chunk_id for hit in index.search(ALONG, since, 10)] == ["dated"]


def test_more_than_a_request_may_hold_is_written_listed_and_deleted(
    index: ChromaServerIndex, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(chroma_server, "_WRITE_BATCH", 3)
    monkeypatch.setattr(chroma_server, "_PAGE", 4)
    names = [f"{number:02}" for number in range(10)]

    index.upsert([an_embedded_chunk(at_angle(n), chunk_id=name) for n, name in enumerate(names)])
    assert sorted(index.ids()) == names
    index.delete(names[:7])
    assert sorted(index.ids()) == names[7:]
    index.clear()
    assert index.count() == 0


def test_each_model_has_a_collection_of_its_own_and_looking_makes_none(
    server: ChromaServer, index: ChromaServerIndex
) -> None:
    index.upsert([an_embedded_chunk(ALONG)])
    other, address = next(_models), ChromaAddress(server.url)
    assert look_at_server(address, other) == 0

    second = ChromaServerIndex(address, other)
    second.upsert([an_embedded_chunk(at_angle(5), chunk_id="a")])
    second.drop_others()

    assert look_at_server(address, other) == 1
    assert index.count() == 0  # made anew, when it was asked for
    second.close()


# What a server may say


@contextmanager
def a_proxy_that_says(status: HTTPStatus, asked: list[dict[str, str]]) -> Iterator[str]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(dict(self.headers))
            self.send_response(status)
            self.end_headers()
            self.wfile.write(b"<html>no</html>")

        do_POST = do_GET  # noqa: N815 - named by the library

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as proxy:
        Thread(target=proxy.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{proxy.server_port}"
        proxy.shutdown()


@pytest.mark.parametrize(
    ("status", "attempts"),
    [(HTTPStatus.FORBIDDEN, 1), (HTTPStatus.BAD_GATEWAY, chroma_server.SEARCH_ATTEMPTS)],
)
def test_what_may_pass_is_tried_again_and_what_is_refused_is_not(
    status: HTTPStatus, attempts: int
) -> None:
    asked: list[dict[str, str]] = []
    with a_proxy_that_says(status, asked) as url:
        index = ChromaServerIndex(ChromaAddress(url, "the-token"), "m")
        with pytest.raises(VectorsUnavailable) as told:
            index.search(ALONG, Query("x"), 1)
        for _ in range(3):  # not asked again: it rests
            with pytest.raises(VectorsUnavailable):
                index.search(ALONG, Query("x"), 1)
        index.close()

    assert len(asked) == attempts
    assert asked[0]["Authorization"] == "Bearer the-token"
    assert asked[0]["X-Chroma-Token"] == "the-token"
    assert told.value.passing == (attempts > 1)
    assert str(int(status)) in str(told.value)
    assert "the-token" not in f"{told.value}{index._address}"


def test_what_is_no_chroma_server_is_unavailable_whatever_it_answers(impatient: None) -> None:
    for status in (HTTPStatus.OK, HTTPStatus.FOUND):
        with a_proxy_that_says(status, []) as url:
            index = ChromaServerIndex(ChromaAddress(url), "m")
            with pytest.raises(VectorsUnavailable, match=url):
                index.search(ALONG, Query("x"), 1)
            with pytest.raises(VectorsUnavailable):
                index.look()
            index.close()


def test_a_collection_of_another_kind_is_left_alone(server: ChromaServer) -> None:
    theirs = ChromaServerIndex(ChromaAddress(server.url), "of-others")
    theirs._writing.server.create_collection(theirs._name, configuration={"hnsw": {"space": "l2"}})
    with pytest.raises(VectorsUnavailable, match="cosine") as told:
        theirs.upsert([an_embedded_chunk(ALONG)])
    assert not told.value.passing
    assert theirs.look() == 0
    theirs.close()


def test_an_address_that_is_none_says_so() -> None:
    with pytest.raises(VectorsUnavailable, match="PAUTA_CHROMA_URL"):
        ChromaServerIndex(ChromaAddress("http://host:no"), "m")


# Without it


def test_killed_and_started_again_nothing_is_lost(tmp_path: Path, impatient: None) -> None:
    words = Query("harbour opened again")
    with (
        a_chroma_server(tmp_path / "server") as own,
        archive_on(own.url, tmp_path) as archive,
    ):
        ingest, retriever = archive.ingest, archive.retriever
        ingest.add(articles(3))
        assert not retriever.find(words).by_words_only
        before = [passage.chunk_id for passage in retriever.search(words)]

        own.kill()
        report = ingest.add([*articles(3), an_article("The lynx of Almenar is back.")])
        ingest.remove([articles(1)[0].id])

        assert (report.new, report.unchanged, report.failed) == (1, 3, 0)
        assert not ingest.keep_whole()
        found = retriever.find(Query("lynx Almenar"))
        assert found.by_words_only
        assert found.passages[0].text == "The lynx of Almenar is back."
        assert found.passages[0].similarity > archive.embedder.floor
        assert archive.rows("SELECT count(*) FROM pending_vectors") > [(0,)]

        own.start()
        assert ingest.keep_whole()

        assert sorted(archive.vectors.ids()) == sorted(archive.store.chunk_ids())
        assert archive.rows("SELECT count(*) FROM pending_vectors") == [(0,)]
        again = retriever.find(words)
        assert not again.by_words_only
        left = set(before) & set(archive.store.chunk_ids())
        assert left
        assert left <= {one.chunk_id for one in again.passages}

        own.kill()
        shutil.rmtree(tmp_path / "server")
        own.start()
        embedder = archive.embedder
        assert isinstance(embedder, FakeEmbedder)
        embedder.embedded.clear()
        assert ingest.keep_whole()  # a server that lost all gets it from the store
        assert sorted(archive.vectors.ids()) == sorted(archive.store.chunk_ids())
        assert embedder.embedded == []

        own.pause()
        assert retriever.find(words).by_words_only
