"""Asking only for what is new, following what has moved, and hearing what a server asks."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from retrieval.feeds.conditional import NO_VALIDATORS, Validators
from retrieval.feeds.fetch import Failed, Fetched, Fetcher, Limits, NotModified, Result
from retrieval.feeds.results import ACCEPT_FEEDS
from tests.retrieval.small_web import SmallWeb, header, small_web

SMALL = Limits(max_bytes=100_000, connect_seconds=2, read_seconds=1, total_seconds=2)
NOW = datetime(2026, 5, 4, 12, 0, tzinfo=UTC)
MONDAY = "Mon, 04 May 2026 10:00:00 GMT"


@pytest.fixture
def web() -> Iterator[SmallWeb]:
    with small_web() as web:
        yield web


@pytest.fixture
def fetcher(web: SmallWeb) -> Iterator[Fetcher]:
    with Fetcher(allow_private_hosts=[web.host], limits=SMALL, clock=lambda: NOW) as fetcher:
        yield fetcher


class Versioned:
    """A page that answers conditions as a server should."""

    def __init__(self, web: SmallWeb, path: str) -> None:
        self.url = web.behave(path, self)
        self._web = web
        self.etag = ""
        self.last_modified = ""

    def __call__(self, connection: socket.socket) -> None:
        request = self._web.requests[-1]
        fields = {"ETag": self.etag, "Last-Modified": self.last_modified}
        lines = "".join(f"{name}: {value}\r\n" for name, value in fields.items() if value)
        same = (self.etag and header(request, "If-None-Match") == self.etag) or (
            self.last_modified and header(request, "If-Modified-Since") == self.last_modified
        )
        # A 304 may tell the size and coding of what it leaves out.
        first = "304 Not Modified" if same else "200 OK"
        size = "Content-Length: 5\r\n"
        head = f"HTTP/1.1 {first}\r\n{lines}{size}Cache-Control: max-age=60\r\n\r\n"
        connection.sendall(head.encode() + (b"" if same else b"hello"))


def fetched(result: Result) -> Fetched:
    assert isinstance(result, Fetched), result
    return result


def failed(result: Result) -> Failed:
    assert isinstance(result, Failed), result
    return result


@pytest.mark.parametrize(
    ("etag", "last_modified"), [('"1"', ""), ('W/"1"', ""), ("", MONDAY), ('"1"', MONDAY)]
)
def test_what_has_not_changed_is_not_sent_again(
    web: SmallWeb, fetcher: Fetcher, etag: str, last_modified: str
) -> None:
    page = Versioned(web, "/feed")
    page.etag, page.last_modified = etag, last_modified
    first = fetched(fetcher.fetch_if_changed(page.url, NO_VALIDATORS))
    assert first.validators == Validators(etag or None, last_modified or None)
    again = fetcher.fetch_if_changed(page.url, first.validators)
    assert isinstance(again, NotModified)
    assert again.validators == first.validators
    assert again.final_url == page.url
    assert again.hints.fresh_for(NOW) == timedelta(minutes=1)
    assert header(web.requests[1], "If-None-Match") == (etag or None)


def test_what_has_changed_comes_with_new_validators(web: SmallWeb, fetcher: Fetcher) -> None:
    page = Versioned(web, "/feed")
    page.etag = '"1"'
    first = fetched(fetcher.fetch_if_changed(page.url, NO_VALIDATORS))
    page.etag = '"2"'
    second = fetched(fetcher.fetch_if_changed(page.url, first.validators))
    assert second.validators == Validators('"2"')


def test_a_304_that_names_no_version_leaves_the_old_one(web: SmallWeb, fetcher: Fetcher) -> None:
    url = web.page("/feed", b"", status="304 Not Modified")
    result = fetcher.fetch_if_changed(url, Validators('"1"', MONDAY))
    assert isinstance(result, NotModified)
    assert result.validators == Validators('"1"', MONDAY)


@pytest.mark.parametrize("validators", [NO_VALIDATORS, Validators("a\r\nb")])
def test_a_304_that_nobody_asked_for_is_a_failure(
    web: SmallWeb, fetcher: Fetcher, validators: Validators
) -> None:
    url = web.page("/feed", b"", status="304 Not Modified")
    result = failed(fetcher.fetch_if_changed(url, validators))
    assert result.status == 304
    assert result.retryable
    assert failed(fetcher.fetch(url)).status == 304


def test_conditions_follow_redirects(web: SmallWeb, fetcher: Fetcher) -> None:
    page = Versioned(web, "/new")
    page.etag = '"1"'
    web.redirect("/old", "/new", "301 Moved Permanently")
    result = fetcher.fetch_if_changed(web.url("/old"), Validators('"1"'))
    assert isinstance(result, NotModified)
    assert result.moved_to == result.final_url == web.url("/new")


def test_a_feed_is_asked_for_as_a_feed(web: SmallWeb, fetcher: Fetcher) -> None:
    fetcher.fetch_if_changed(web.page("/feed"), NO_VALIDATORS)
    fetcher.fetch(web.url("/feed"))
    assert header(web.requests[0], "Accept") == ACCEPT_FEEDS
    assert (header(web.requests[1], "Accept") or "").startswith("text/html")


@pytest.mark.parametrize(
    ("statuses", "for_good"),
    [
        ([], False),
        (["301 Moved Permanently"], True),
        (["308 Permanent Redirect", "301 Moved Permanently"], True),
        (["302 Found"], False),
        (["307 Temporary Redirect"], False),
        (["303 See Other"], False),
        (["301 Moved Permanently", "302 Found"], False),
        (["302 Found", "301 Moved Permanently"], False),
    ],
)
def test_an_address_has_moved_when_every_redirect_is_permanent(
    web: SmallWeb, fetcher: Fetcher, statuses: list[str], for_good: bool
) -> None:
    for number, status in enumerate(statuses):
        web.redirect(f"/{number}", f"/{number + 1}", status)
    end = web.page(f"/{len(statuses)}")
    result = fetched(fetcher.fetch(web.url("/0")))
    assert result.final_url == end
    assert result.moved_to == (end if for_good else None)


@pytest.mark.parametrize(
    ("status", "value", "wait"),
    [
        ("429 Too Many Requests", "120", timedelta(seconds=120)),
        ("429 Too Many Requests", "Mon, 04 May 2026 12:05:00 GMT", timedelta(minutes=5)),
        ("503 Service Unavailable", "Mon, 04 May 2026 11:00:00 GMT", timedelta(0)),
        ("503 Service Unavailable", "99999999", timedelta(days=7)),
        ("503 Service Unavailable", "soon", None),
    ],
)
def test_a_server_says_when_to_come_back(
    web: SmallWeb, fetcher: Fetcher, status: str, value: str, wait: timedelta | None
) -> None:
    result = failed(fetcher.fetch(web.page("/a", b"", f"Retry-After: {value}", status=status)))
    assert result.retry_after == wait
    assert result.status == int(status[:3])
    assert result.retryable
    assert not result.unreachable


def test_what_is_gone_is_gone_where_the_address_itself_leads(
    web: SmallWeb, fetcher: Fetcher
) -> None:
    gone = web.page("/gone", b"", status="410 Gone")
    result = failed(fetcher.fetch(gone))
    assert (result.gone, result.retryable, result.status) == (True, False, 410)
    moved = web.redirect("/moved", "/gone", "301 Moved Permanently")
    assert failed(fetcher.fetch(moved)).gone
    elsewhere = web.redirect("/elsewhere", "/gone")
    assert not failed(fetcher.fetch(elsewhere)).gone
    assert not failed(fetcher.fetch(web.url("/missing"))).gone


def test_a_part_of_a_page_is_not_taken_for_the_page(web: SmallWeb, fetcher: Fetcher) -> None:
    assert failed(fetcher.fetch(web.page("/a", status="206 Partial Content"))).status == 206


def test_a_host_that_breaks_off_is_told_from_a_page_that_fails(
    web: SmallWeb, fetcher: Fetcher
) -> None:
    cut = web.behave("/a", lambda connection: connection.sendall(b"HTTP/1.1 200 OK\r\nContent-"))
    assert failed(fetcher.fetch(cut)).unreachable
    busy = failed(fetcher.fetch(web.page("/b", status="500 Oops")))
    assert (busy.unreachable, busy.retryable) == (False, True)
    large = failed(fetcher.fetch(web.page("/c", b"x" * 200_000)))
    assert (large.unreachable, large.retryable, large.status) == (False, False, 200)


def test_redirects_share_the_total_time(web: SmallWeb) -> None:
    def slowly(connection: socket.socket) -> None:
        for byte in b"HTTP/1.1 302 Found\r\nLocation: /a\r\nContent-Length: 0\r\n\r\n":
            connection.sendall(bytes([byte]))
            time.sleep(0.02)

    url = web.behave("/a", slowly)
    with Fetcher(allow_private_hosts=[web.host], limits=SMALL) as fetcher:
        result = failed(fetcher.fetch(url))
    assert "too long to answer" in result.reason
    assert 1 < len(web.requests) < 4


def test_a_connection_that_the_server_has_closed_meanwhile_is_replaced(
    web: SmallWeb, fetcher: Fetcher
) -> None:
    """Keeping it alive was promised; the server closes it as the second request arrives."""

    def twice(connection: socket.socket) -> None:
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
        connection.recv(1)

    url = web.behave("/a", twice)
    for _ in range(3):
        assert fetched(fetcher.fetch(url)).content == b"ok"
    assert web.connections == 3
