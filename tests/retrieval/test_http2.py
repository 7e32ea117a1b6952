"""HTTP/2 through the guard, and servers that speak it badly."""

from __future__ import annotations

import ssl
import struct
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import h2.connection
import pytest

from retrieval.feeds.conditional import Validators
from retrieval.feeds.fetch import Failed, Fetched, Fetcher, Limits, NotModified
from retrieval.feeds.guard import PrivateHosts
from retrieval.feeds.transport import GuardedTransport
from tests.retrieval.small_tls import SmallTls, certificate, small_tls, trusting

SMALL = Limits(max_bytes=100_000, connect_seconds=2, read_seconds=1, total_seconds=2)


@pytest.fixture(scope="module")
def own_certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return certificate(tmp_path_factory.mktemp("tls"))


@pytest.fixture
def web(own_certificate: Path) -> Iterator[SmallTls]:
    with small_tls(own_certificate, "h2", "http/1.1") as web:
        yield web


@contextmanager
def trusting_fetcher(
    path: Path, *, resolved: str = "127.0.0.1", allowed: tuple[str, ...] = ("news.example",)
) -> Iterator[Fetcher]:
    transport = GuardedTransport(
        PrivateHosts(allowed), lambda host, port: [resolved], trusting(path)
    )
    with Fetcher(allow_private_hosts=allowed, transport=transport, limits=SMALL) as fetcher:
        yield fetcher


def test_http2_is_spoken_where_the_server_does(web: SmallTls, own_certificate: Path) -> None:
    with trusting_fetcher(own_certificate) as fetcher:
        result = fetcher.fetch(f"https://news.example:{web.port}/a")
    assert isinstance(result, Fetched)
    assert (result.content, result.content_type) == (b"hello /a", "text/html")
    assert web.negotiated == ["h2"]
    assert web.headers[0][":authority"] == f"news.example:{web.port}"


def test_a_server_of_http_1_alone_is_read_too(own_certificate: Path) -> None:
    with (
        small_tls(own_certificate, "http/1.1") as web,
        trusting_fetcher(own_certificate) as fetcher,
    ):
        result = fetcher.fetch(f"https://news.example:{web.port}/a")
        assert isinstance(result, Fetched)
        assert web.negotiated == ["http/1.1"]


def test_a_connection_to_a_private_address_is_refused_before_anything_is_negotiated(
    web: SmallTls, own_certificate: Path
) -> None:
    with trusting_fetcher(own_certificate, allowed=()) as fetcher:
        result = fetcher.fetch(f"https://news.example:{web.port}/a")
    assert isinstance(result, Failed)
    assert "private network" in result.reason
    assert web.negotiated == []


def test_one_connection_serves_one_request_after_the_other(
    web: SmallTls, own_certificate: Path
) -> None:
    with trusting_fetcher(own_certificate) as fetcher:
        for path in ("/a", "/b", "/c"):
            result = fetcher.fetch(f"https://news.example:{web.port}{path}")
            assert isinstance(result, Fetched)
            assert result.content == f"hello {path}".encode()
    assert len(web.negotiated) == 1


def test_a_304_leaves_the_connection_usable(web: SmallTls, own_certificate: Path) -> None:
    def unchanged(server: h2.connection.H2Connection, stream: int, path: str) -> None:
        server.send_headers(stream, [(":status", "304"), ("etag", '"2"')], end_stream=True)

    web.answer = unchanged
    with trusting_fetcher(own_certificate) as fetcher:
        for _ in range(2):
            url = f"https://news.example:{web.port}/"
            result = fetcher.fetch_if_changed(url, Validators(etag='W/"1"'))
            assert isinstance(result, NotModified)
            assert result.validators == Validators(etag='"2"')
    assert web.headers[1]["if-none-match"] == 'W/"1"'
    assert len(web.negotiated) == 1


def test_an_unknown_certificate_is_not_trusted(web: SmallTls) -> None:
    with Fetcher(allow_private_hosts=["127.0.0.1"], limits=SMALL) as fetcher:
        result = fetcher.fetch(f"https://127.0.0.1:{web.port}/")
    assert isinstance(result, Failed)
    assert "TLS" in result.reason
    assert (result.retryable, result.unreachable, result.status) == (True, True, None)


def test_a_body_beyond_the_limit_is_cut(web: SmallTls, own_certificate: Path) -> None:
    def endless(server: h2.connection.H2Connection, stream: int, path: str) -> None:
        server.send_headers(stream, [(":status", "200")])
        for _ in range(3):
            server.send_data(stream, b"x" * 16_000)

    web.answer = endless
    limits = Limits(max_bytes=20_000, read_seconds=1, total_seconds=2)
    transport = GuardedTransport(
        PrivateHosts(["news.example"]), lambda host, port: ["127.0.0.1"], trusting(own_certificate)
    )
    with Fetcher(
        allow_private_hosts=["news.example"], transport=transport, limits=limits
    ) as fetcher:
        result = fetcher.fetch(f"https://news.example:{web.port}/")
        assert isinstance(result, Failed)
        assert "larger than the limit" in result.reason
        fetcher.fetch(f"https://news.example:{web.port}/")
    assert len(web.negotiated) == 2, "the rest of a body was left in a connection used again"


def frame(kind: int, flags: int, stream: int, payload: bytes) -> bytes:
    """RFC 9113, 4.1."""
    return struct.pack(">I", len(payload))[1:] + struct.pack(">BBI", kind, flags, stream) + payload


SETTINGS = frame(4, 0, 0, b"")


@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.1 200 OK\r\n\r\n",
        b"",
        SETTINGS + frame(1, 4, 1, b"\xff" * 20),  # no header table has this entry
        SETTINGS + frame(1, 4, 1, b"\x08\x03abc") + frame(0, 1, 1, b"x"),  # :status abc
        SETTINGS + frame(0, 1, 1, b"data before headers"),
        SETTINGS + frame(9, 4, 1, b"\x88"),  # a continuation of nothing
        SETTINGS + frame(7, 0, 0, struct.pack(">II", 0, 0)),  # GOAWAY
        SETTINGS + frame(3, 0, 1, struct.pack(">I", 7)),  # reset
        SETTINGS + frame(1, 4, 1, b"\x88") + frame(8, 0, 1, struct.pack(">I", 0)),
        SETTINGS + frame(1, 4, 1, b"\x88") + frame(4, 0, 0, b"\x00"),  # settings cut short
        frame(4, 0, 0, struct.pack(">HI", 3, 0)),  # no streams at all
    ],
)
def test_what_is_no_http2_is_a_failure_in_words(
    web: SmallTls, own_certificate: Path, answer: bytes
) -> None:
    def talk(secure: ssl.SSLSocket) -> None:
        secure.recv(65_536)
        secure.sendall(answer)
        secure.recv(65_536)

    web.raw = talk
    with trusting_fetcher(own_certificate) as fetcher:
        result = fetcher.fetch(f"https://news.example:{web.port}/")
    assert isinstance(result, Failed), result
    assert result.retryable


def endless_pings(secure: ssl.SSLSocket) -> None:
    secure.sendall(SETTINGS)
    while True:
        secure.sendall(frame(6, 0, 0, b"12345678") * 100)


def endless_empty_data(secure: ssl.SSLSocket) -> None:
    secure.sendall(SETTINGS + frame(1, 4, 1, b"\x88"))
    while True:
        secure.sendall(frame(0, 0, 1, b"") * 100)


@pytest.mark.parametrize("talk", [endless_pings, endless_empty_data])
def test_frames_that_say_nothing_end_at_the_total_limit(
    web: SmallTls, own_certificate: Path, talk: Callable[[ssl.SSLSocket], None]
) -> None:
    web.raw = talk
    with trusting_fetcher(own_certificate) as fetcher:
        result = fetcher.fetch(f"https://news.example:{web.port}/")
    assert isinstance(result, Failed)
    assert result.unreachable
