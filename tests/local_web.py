"""Outlets on loopback, each on an address of its own, and a desk that follows them.

with outlets(2) as (folha, norte):
    folha.publish(Story("one"))
    desk = Desk(archive)
    desk.follow(folha, norte)
    desk.round()
"""

from __future__ import annotations

import socket
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from html import escape

from retrieval.feed_store import FeedStore
from retrieval.feeds.feed import Feed, FeedReport
from retrieval.feeds.fetch import Fetcher, Limits
from retrieval.feeds.politeness import PoliteFetcher
from retrieval.identity import digest
from retrieval.models import Query
from retrieval.rounds import Rounds
from tests.archive import NOW, Archive
from tests.builders import a_paragraph
from tests.fakes import FakeEmbedder
from tests.retrieval.small_web import SmallWeb, header, small_web

FIRST_STORY = datetime(2025, 5, 30, 8, tzinfo=UTC)


@dataclass(frozen=True)
class Story:
    """One article of an outlet, as its feed tells it and as its page shows it."""

    name: str
    text: str = ""
    """Of the page; something of its own where not given."""
    title: str = ""
    guid: str = ""
    link: str = ""
    """Where the feed says it is; its own page where not given."""
    content: str = ""
    """HTML in the feed."""
    published: datetime | None = FIRST_STORY
    updated: datetime | None = None

    @property
    def headline(self) -> str:
        return self.title or f"The story called {self.name}"

    @property
    def body(self) -> str:
        return self.text or a_text(self.name)


def a_text(seed: str) -> str:
    """Three paragraphs that no other seed gives."""
    first = int(digest(seed, length=7), 16)
    return "\n\n".join(a_paragraph(first + part, sentences=4) for part in range(3))


def a_page(title: str, text: str) -> bytes:
    paragraphs = "".join(f"<p>{escape(part)}</p>" for part in text.split("\n\n"))
    return (
        f"<!doctype html><html lang='en'><head><title>{escape(title)}</title></head><body>"
        f"<article><h1>{escape(title)}</h1>{paragraphs}</article></body></html>"
    ).encode()


class Outlet:
    """A site with an Atom feed that answers conditional requests, and a page for each story."""

    def __init__(self, web: SmallWeb, name: str) -> None:
        self.web = web
        self.name = name
        self.stories: list[Story] = []
        self.feed_url = web.behave("/feed.xml", self._answer_feed)

    def publish(self, *stories: Story) -> None:
        """New ones, or other versions of those with the same name."""
        names = {story.name for story in stories}
        self.stories = [*stories, *(one for one in self.stories if one.name not in names)]
        for story in stories:
            self.page(story.name, a_page(story.headline, story.body))

    def page(self, name: str, body: bytes, *headers: str, status: str = "200 OK") -> str:
        return self.web.page(f"/{name}", body, "Content-Type: text/html", *headers, status=status)

    def url(self, name: str) -> str:
        return self.web.url(f"/{name}")

    def feed(self) -> bytes:
        entries = "".join(self._entry(story) for story in self.stories)
        return (
            "<?xml version='1.0' encoding='utf-8'?><feed xmlns='http://www.w3.org/2005/Atom'>"
            f"<title>{escape(self.name)}</title><id>{self.feed_url}</id>"
            f"<updated>2025-06-01T00:00:00Z</updated>{entries}</feed>"
        ).encode()

    def asked(self) -> list[str]:
        """Paths asked for since the last time, but for robots.txt."""
        paths = [path for path in self.web.paths() if path != "/robots.txt"]
        self.web.requests.clear()
        return paths

    def answer(self, connection: socket.socket, body: bytes) -> None:
        """With an ETag, and 304 to who has it."""
        etag = f'"{digest(body.decode())}"'
        # A host is asked one thing at a time, so the last request is the one answered here.
        if header(self.web.requests[-1], "If-None-Match") == etag:
            connection.sendall(_head("304 Not Modified", etag))
            return
        connection.sendall(_head("200 OK", etag, len(body)) + body)

    def _answer_feed(self, connection: socket.socket) -> None:
        self.answer(connection, self.feed())

    def _entry(self, story: Story) -> str:
        dates = "".join(
            f"<{name}>{moment.isoformat()}</{name}>"
            for name, moment in (("published", story.published), ("updated", story.updated))
            if moment
        )
        content = f"<content type='html'>{escape(story.content)}</content>" * bool(story.content)
        return (
            f"<entry><id>{escape(story.guid or f'urn:{story.name}')}</id>"
            f"<title>{escape(story.headline)}</title>"
            f"<link href='{escape(story.link or self.url(story.name))}'/>{dates}{content}</entry>"
        )


def _head(status: str, etag: str, length: int = 0) -> bytes:
    return (
        f"HTTP/1.1 {status}\r\nETag: {etag}\r\nContent-Type: application/atom+xml\r\n"
        f"Content-Length: {length}\r\nConnection: close\r\n\r\n"
    ).encode()


def stories(count: int, prefix: str = "story") -> list[Story]:
    """The newest last; an hour between two."""
    return [
        replace(Story(f"{prefix}{number}"), published=FIRST_STORY + timedelta(hours=number))
        for number in range(count)
    ]


@contextmanager
def outlets(count: int = 1) -> Iterator[list[Outlet]]:
    """Outlet 1 is at 127.0.0.11, and so on."""
    with ExitStack() as stack:
        yield [
            Outlet(stack.enter_context(small_web(f"127.0.0.{10 + number}")), f"Outlet {number}")
            for number in range(1, count + 1)
        ]


def hosts(*found: Outlet) -> list[str]:
    """What `allow_private_hosts` needs for them."""
    return [outlet.web.host for outlet in found]


ROOMY = Limits(max_bytes=3_000_000, connect_seconds=10, read_seconds=20, total_seconds=20)
"""Nothing here is slow by itself, but the machine may be."""


@dataclass
class Desk:
    """Rounds of `archive`; time stands still unless moved."""

    archive: Archive
    allowed: Collection[str] = ()
    now: datetime = NOW
    limits: Limits = ROOMY

    @property
    def feeds(self) -> FeedStore:
        return FeedStore(self.archive.store.engine)

    def follow(self, *outlets: Outlet) -> list[Feed]:
        self.allowed = [*self.allowed, *hosts(*outlets)]
        return [self.feeds.add(one.feed_url, one.name, None, self.now) for one in outlets]

    def rounds(self, stack: ExitStack) -> Rounds:
        fetcher = stack.enter_context(
            Fetcher(allow_private_hosts=self.allowed, limits=self.limits, clock=lambda: self.now)
        )
        polite = stack.enter_context(PoliteFetcher(fetcher, delay=0.0))
        return Rounds(self.feeds, self.archive.ingest, polite, jitter=lambda: 0.5)

    def round(
        self,
        *,
        only: Sequence[Feed] | None = None,
        on_report: Callable[[FeedReport], None] = lambda _report: None,
    ) -> list[FeedReport]:
        """One round, the day after the last one."""
        with ExitStack() as stack:
            reports = self.rounds(stack).run(self.now, on_report, only)
        self.now += timedelta(days=1)
        return list(reports)

    def found(self, words: str) -> list[str]:
        """Addresses of what a search finds, best first."""
        passages = self.archive.retriever.search(Query(words))
        return list(dict.fromkeys(passage.url for passage in passages))

    def urls(self) -> list[str]:
        return [row[0] for row in self.archive.rows("SELECT url FROM articles")]

    def texts(self) -> dict[str, str]:
        return dict(self.archive.rows("SELECT url, text FROM articles"))

    def embedded(self) -> int:
        """Texts embedded since the last time."""
        embedder = self.archive.embedder
        assert isinstance(embedder, FakeEmbedder)
        count = len(embedder.embedded)
        embedder.embedded.clear()
        return count

    def remembered(self) -> list[tuple[object, ...]]:
        """Every entry, without the moments it was seen."""
        return self.archive.rows(
            "SELECT feed_id, key, url, fingerprints, article_id, published_at FROM feed_entries"
        )
