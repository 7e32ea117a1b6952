"""Fetching from a web that means harm: real sockets, on loopback."""

from __future__ import annotations

import gzip
import itertools
import socket
import threading
import time
import zlib
from collections.abc import Iterator

import httpx
import pytest

from retrieval.feeds.fetch import Failed, Fetched, Fetcher, Limits
from tests.retrieval.small_web import SmallWeb, small_web

SMALL = Limits(max_bytes=100_000, connect_seconds=2, read_seconds=1, total_seconds=2)


@pytest.fixture
def web() -> Iterator[SmallWeb]:
    with small_web() as web:
        yield web


@pytest.fixture
def fetcher(web: SmallWeb) -> Iterator[Fetcher]:
    with Fetcher(allow_private_hosts=[web.host], limits=SMALL) as fetcher:
        yield fetcher


def failure(result: Fetched | Failed) -> Failed:
    assert isinstance(result, Failed)
    return result


def success(result: Fetched | Failed) -> Fetched:
    assert isinstance(result, Fetched), result
    return result


def test_a_page_arrives_with_what_the_server_says_of_it(web: SmallWeb, fetcher: Fetcher) -> None:
    url = web.page("/a", "olá".encode("latin-1"), 'Content-Type: Text/HTML; charset="ISO-8859-1"')
    assert fetcher.fetch(url) == Fetched(
        url, url, 200, "olá".encode("latin-1"), "text/html", "ISO-8859-1"
    )
    assert b"user-agent: pauta/" in web.requests[0].lower()


@pytest.mark.parametrize(
    ("encoding", "compressed"),
    [
        ("gzip", gzip.compress(b"hello", mtime=0)),
        ("gzip", gzip.compress(b"hel", mtime=0) + gzip.compress(b"lo", mtime=0)),
        ("deflate", zlib.compress(b"hello")),
        ("deflate", zlib.compress(b"hello", wbits=-15)),
    ],
)
def test_compressed_pages_are_expanded(
    web: SmallWeb, fetcher: Fetcher, encoding: str, compressed: bytes
) -> None:
    url = web.page("/a", compressed, f"Content-Encoding: {encoding}")
    assert success(fetcher.fetch(url)).content == b"hello"


def test_a_redirect_is_followed_and_the_last_address_told(web: SmallWeb, fetcher: Fetcher) -> None:
    web.page("/new")
    result = success(fetcher.fetch(web.redirect("/old", "/new")))
    assert (result.url, result.final_url) == (web.url("/old"), web.url("/new"))


def test_a_redirect_loop_ends(web: SmallWeb, fetcher: Fetcher) -> None:
    result = failure(fetcher.fetch(web.redirect("/a", "/a")))
    assert "redirects more than 5 times" in result.reason
    assert len(web.requests) == 6


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "2130706433", "[::ffff:127.0.0.1]"])
def test_a_redirect_into_a_private_network_never_connects(
    web: SmallWeb, fetcher: Fetcher, host: str
) -> None:
    with small_web() as private:
        result = failure(fetcher.fetch(web.redirect("/a", f"http://{host}:{private.port}/secret")))
        assert "private network" in result.reason
        assert not result.retryable
        assert private.connections == 0


def test_a_name_that_turns_private_after_the_first_look_is_not_connected_to(web: SmallWeb) -> None:
    """DNS rebinding: each connection checks the addresses it is itself made to."""
    answers = itertools.chain([["127.0.0.1"]], itertools.repeat(["127.0.0.2"]))
    web.redirect("/a", f"http://other.example:{web.port}/b")
    with Fetcher(
        allow_private_hosts=["news.example"], resolver=lambda host, port: next(answers)
    ) as fetcher:
        result = failure(fetcher.fetch(f"http://news.example:{web.port}/a"))
    assert "other.example (127.0.0.2)" in result.reason
    assert web.connections == 1
    assert f"host: news.example:{web.port}".encode() in web.requests[0].lower()


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:{port}/", "http://localhost:{port}/", "http://0x7f.1:{port}/"]
)
def test_a_private_address_is_refused_before_any_connection(web: SmallWeb, url: str) -> None:
    with Fetcher() as fetcher:
        assert "private network" in failure(fetcher.fetch(url.format(port=web.port))).reason
    assert web.connections == 0


def test_a_proxy_in_the_environment_is_not_used(
    web: SmallWeb, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, f"http://{web.host}")
    with Fetcher(resolver=lambda host, port: ["10.0.0.1"]) as fetcher:
        assert "private network" in failure(fetcher.fetch("http://news.example/")).reason
    assert web.connections == 0


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("ftp://news.example/a", "only http and https"),
        ("file:///etc/passwd", "only http and https"),
        ("/relative", "only http and https"),
        ("http://", "names no host"),
        ("http://user:secret@news.example/", "user name or password"),
        ("http://news.example/" + "a" * 3000, "longer than"),
        ("http://exa mple/", "not a valid web address"),
        ("http://news.example:99999999/", "not a valid web address"),
        ("http://\x00/", "not a valid web address"),
    ],
)
def test_addresses_that_are_not_asked_for(fetcher: Fetcher, url: str, reason: str) -> None:
    result = failure(fetcher.fetch(url))
    assert reason in result.reason
    assert "secret" not in result.reason


def test_a_gzip_bomb_is_not_expanded(web: SmallWeb, fetcher: Fetcher) -> None:
    bomb = gzip.compress(b"\x00" * 50_000_000)
    assert len(bomb) < SMALL.max_bytes
    result = failure(fetcher.fetch(web.page("/a", bomb, "Content-Encoding: gzip")))
    assert "larger than the limit of 0.1 MB" in result.reason


def test_an_endless_body_is_cut(web: SmallWeb, fetcher: Fetcher) -> None:
    def endless(connection: socket.socket) -> None:
        connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
        while True:
            connection.sendall(b"x" * 10_000)

    assert "larger than the limit" in failure(fetcher.fetch(web.behave("/a", endless))).reason


def test_a_declared_size_beyond_the_limit_is_believed(web: SmallWeb, fetcher: Fetcher) -> None:
    def boasting(connection: socket.socket) -> None:
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 5000000000\r\n\r\n")
        time.sleep(3)

    assert "larger than the limit" in failure(fetcher.fetch(web.behave("/a", boasting))).reason


@pytest.mark.parametrize("head", [b"", b"HTTP/1.1 200 OK\r\n\r\n", b"HTTP/1.1 200 OK\r\nX: "])
def test_a_slow_drip_ends_at_the_total_limit(web: SmallWeb, fetcher: Fetcher, head: bytes) -> None:
    def drip(connection: socket.socket) -> None:
        connection.sendall(head)
        while True:
            connection.sendall(b"x" if head else b"\r")
            time.sleep(0.2)

    started = time.monotonic()
    result = failure(fetcher.fetch(web.behave("/a", drip)))
    assert time.monotonic() - started < SMALL.total_seconds + 1.5
    if head:
        assert "too long to answer" in result.reason
    assert result.retryable


def test_a_server_that_never_answers_is_left(web: SmallWeb, fetcher: Fetcher) -> None:
    result = failure(fetcher.fetch(web.behave("/a", lambda connection: time.sleep(4))))
    assert "too long to answer" in result.reason


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (b"", "broke off"),
        (b"nonsense\r\n\r\n", "not HTTP"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc", "broke off"),
        (b"HTTP/1.1 200 OK\r\nX: " + b"a" * 300_000, "not HTTP"),
        (b"HTTP/1.1 302 Found\r\nLocation: http://[\r\nContent-Length: 0\r\n\r\n", "not a valid"),
    ],
)
def test_answers_that_are_not_http(
    web: SmallWeb, fetcher: Fetcher, answer: bytes, reason: str
) -> None:
    result = failure(fetcher.fetch(web.behave("/a", lambda connection: connection.sendall(answer))))
    assert reason in result.reason


@pytest.mark.parametrize(
    ("body", "header", "reason"),
    [
        (gzip.compress(b"hello", mtime=0)[:-9], "Content-Encoding: gzip", "broke off"),
        (b"not compressed at all", "Content-Encoding: gzip", "damaged"),
        (b"hello", "Content-Encoding: br", "not asked for"),
        (b"", "X: y", "empty page"),
    ],
)
def test_bodies_that_cannot_be_used(
    web: SmallWeb, fetcher: Fetcher, body: bytes, header: str, reason: str
) -> None:
    assert reason in failure(fetcher.fetch(web.page("/a", body, header))).reason


@pytest.mark.parametrize(
    ("status", "reason", "retryable"),
    [
        ("404 Not Found", "404 (not found)", False),
        ("403 Forbidden", "403 (forbidden)", False),
        ("429 Slow down", "429 (too many requests)", True),
        ("503 Busy", "503", True),
        ("599 What", "answered 599", False),
    ],
)
def test_a_status_is_told_in_words(
    web: SmallWeb, fetcher: Fetcher, status: str, reason: str, retryable: bool
) -> None:
    result = failure(fetcher.fetch(web.page("/a", status=status)))
    assert reason in result.reason
    assert result.retryable is retryable


def test_a_closed_port_and_failing_tls_are_told_apart(web: SmallWeb, fetcher: Fetcher) -> None:
    web.page("/a")
    tls = failure(fetcher.fetch(web.url("/a").replace("http:", "https:")))
    assert "TLS" in tls.reason
    web.close()
    with Fetcher(allow_private_hosts=["127.0.0.1"], limits=SMALL) as other:
        assert "refused the connection" in failure(other.fetch("http://127.0.0.1:1/")).reason


def test_tls_is_asked_for_by_name_although_the_connection_goes_to_a_checked_address(
    web: SmallWeb,
) -> None:
    with Fetcher(
        allow_private_hosts=["news.example"], resolver=lambda host, port: ["127.0.0.1"]
    ) as fetcher:
        fetcher.fetch(f"https://news.example:{web.port}/")
    assert b"news.example" in web.requests[0]


def test_no_cookie_goes_from_one_fetch_to_the_next(web: SmallWeb, fetcher: Fetcher) -> None:
    url = web.page("/a", b"hello", "Set-Cookie: id=1; Path=/")
    fetcher.fetch(url)
    fetcher.fetch(url)
    assert b"cookie:" not in web.requests[1].lower()


def test_several_threads_may_fetch_at_once(web: SmallWeb, fetcher: Fetcher) -> None:
    urls = [web.page(f"/{number}", str(number).encode()) for number in range(20)]
    results: dict[str, Fetched | Failed] = {}

    def fetch(url: str) -> None:
        results[url] = fetcher.fetch(url)

    threads = [threading.Thread(target=fetch, args=(url,)) for url in urls]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [success(results[url]).content for url in urls] == [str(n).encode() for n in range(20)]


def test_a_transport_can_stand_in_for_the_network() -> None:
    transport = httpx.MockTransport(lambda request: httpx.Response(200, text="olá"))
    with Fetcher(transport=transport) as fetcher:
        assert success(fetcher.fetch("https://news.example/a")).content == "olá".encode()
        assert "private network" in failure(fetcher.fetch("http://127.0.0.1/")).reason
