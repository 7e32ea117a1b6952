"""Feed rounds on loopback: 500 feeds without news, new articles a minute, and answers meanwhile.

Each outlet is a host of its own (127.0.x.y, one listener), for a host is asked one thing at a
time. Runs on Linux, which answers on all of 127.0.0.0/8.
"""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import islice
from pathlib import Path

import httpx

from bot.app import Pauta, build, utc_now
from bot.settings import Settings
from retrieval.chunk import chunk_article
from retrieval.embed import BundledEmbedder
from retrieval.feed_store import FeedStore
from retrieval.feeds.fetch import Fetcher
from retrieval.feeds.politeness import PoliteFetcher
from retrieval.identity import digest
from retrieval.models import Article
from retrieval.protocols import Embedder
from retrieval.rounds import Rounds
from tests.archive import Archive, an_archive
from tests.bench.corpus import articles, questions
from tests.bench.figures import Figure, percentile
from tests.fakes import FakeEmbedder
from tests.local_web import a_page, a_text

FEEDS = 500
NEW_ARTICLES = 30
OUTLETS = 6
ANSWERS = 100
INGESTED_MEANWHILE = 1_000


def measure(home: Path, answers: int = ANSWERS) -> list[Figure]:
    return [
        *_unchanged(home / "unchanged"),
        *_new(home / "new"),
        *asyncio.run(_answers_meanwhile(home / "meanwhile", answers)),
    ]


class _Web:
    """Pages by path, each with an ETag, on every address of loopback; counts requests."""

    def __init__(self) -> None:
        self.pages: dict[str, bytes] = {}
        self.requests = 0
        web = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                web.requests += 1
                body = web.pages.get(self.path)
                etag = f'"{digest(self.path)}"'
                status = 404 if body is None else 200
                if body is not None and self.headers.get("If-None-Match") == etag:
                    status, body = 304, b""
                self.send_response(status)
                self.send_header("ETag", etag)
                self.send_header("Content-Type", "text/xml" if ".xml" in self.path else "text/html")
                self.send_header("Content-Length", str(len(body or b"")))
                self.end_headers()
                self.wfile.write(body or b"")

            def log_message(self, *_arguments: object) -> None:
                pass

        class Server(ThreadingHTTPServer):
            request_queue_size = 1_000

        self.server = Server(("0.0.0.0", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def host(self, number: int) -> str:
        return f"127.0.{1 + number // 250}.{1 + number % 250}:{self.server.server_port}"

    def feed(self, number: int, found: Sequence[Article]) -> str:
        """An outlet with these articles; returns its feed's address."""
        host, items = self.host(number), ""
        for article in found:
            path = f"/{number}/{digest(article.url)}"
            self.pages[path] = a_page(article.title, article.text)
            items += f"<item><title>{digest(path)}</title><link>http://{host}{path}</link></item>"
        feed = f"<rss version='2.0'><channel><title>Outlet {number}</title>{items}</channel></rss>"
        self.pages[f"/{number}.xml"] = feed.encode()
        return f"http://{host}/{number}.xml"


@contextmanager
def _web() -> Iterator[_Web]:
    web = _Web()
    try:
        yield web
    finally:
        web.server.shutdown()
        web.server.server_close()


@contextmanager
def _rounds(archive: Archive, web: _Web, hosts: int, delay: float | None) -> Iterator[Rounds]:
    allowed = [web.host(number) for number in range(hosts)]
    with Fetcher(allow_private_hosts=allowed) as fetcher:
        polite = PoliteFetcher(fetcher) if delay is None else PoliteFetcher(fetcher, delay=delay)
        with polite:
            yield Rounds(FeedStore(archive.store.engine), archive.ingest, polite)


def _unchanged(home: Path) -> list[Figure]:
    embedder = FakeEmbedder()
    with _web() as web, _opened(home, embedder) as archive:
        feeds = FeedStore(archive.store.engine)
        for number in range(FEEDS):
            name = f"outlet {number}"
            article = Article(f"https://{number}.example", name, a_text(name), name, "en", None)
            feeds.add(web.feed(number, [article]), name, None, utc_now())
        with _rounds(archive, web, FEEDS, delay=0.0) as rounds:
            rounds.run(utc_now())
        etags = {feed.url: feed.validators.etag or "" for feed in feeds.all()}
        assert all(etags.values()), "a feed was not read"
        plain, embedded = _plain_loop(etags), len(embedder.embedded)
        web.requests = 0
        with _rounds(archive, web, FEEDS, delay=None) as rounds:
            started = time.perf_counter()
            reports = rounds.run(utc_now(), only=feeds.all())
            seconds = time.perf_counter() - started
        assert len(reports) == FEEDS
        assert not any(report.feed.last_error for report in reports)
        return [
            Figure(f"a round over {FEEDS} unchanged feeds", seconds, "s", plain,
                   "a plain loop of conditional GETs"),
            Figure("its requests", web.requests, "", FEEDS, "feeds", "ratio 1"),
            Figure("its embeddings", len(embedder.embedded) - embedded, "", wanted="0"),
        ]  # fmt: skip


def _plain_loop(etags: dict[str, str]) -> float:
    started = time.perf_counter()
    with httpx.Client(trust_env=False) as client:
        for url, etag in etags.items():
            assert client.get(url, headers={"If-None-Match": etag}).status_code == 304
    return time.perf_counter() - started


def _new(home: Path) -> list[Figure]:
    embedder = BundledEmbedder()
    embedder.embed_passages(["warm up"])
    with _web() as web, _opened(home, embedder) as archive:
        feeds, found = FeedStore(archive.store.engine), list(islice(articles(), NEW_ARTICLES))
        new, seconds, alone, measured = 0, 0.0, 0.0, set[str]()
        for number in range(OUTLETS):
            url = web.feed(number, found[number::OUTLETS])
            feeds.add(url, f"Outlet {number}", None, utc_now())
        with _rounds(archive, web, OUTLETS, delay=0.0) as rounds:
            # The two alternate, so that a machine that slows down slows both.
            for at in range(0, OUTLETS, 2):
                started = time.perf_counter()
                reports = rounds.run(utc_now(), only=feeds.all()[at : at + 2])
                seconds += time.perf_counter() - started
                new += sum(report.new for report in reports)
                chunks = [
                    chunk
                    for article in archive.store.all_articles()
                    for chunk in chunk_article(article)
                    if chunk.id not in measured
                ]
                measured |= {chunk.id for chunk in chunks}
                started = time.perf_counter()
                embedder.embed_passages([chunk.embedding_text for chunk in chunks])
                alone += time.perf_counter() - started
    return [
        Figure("new articles, from feed to index", 60 * new / seconds, "a minute",
               60 * new / alone, "the embedder alone", "ratio >= 0.9")
    ]  # fmt: skip


async def _answers_meanwhile(home: Path, count: int) -> list[Figure]:
    source = articles()
    with build(Settings.model_validate({"home": home}), purpose="bench") as pauta:
        pauta.ingest.add(islice(source, 20))
        await pauta.assistant.answer("warm up?")
        idle = await _latencies(pauta, count)
        enough = threading.Event()
        ingest = asyncio.create_task(pauta.offload.ingest(pauta.ingest.add, _until(enough, source)))
        await asyncio.sleep(2)
        busy = await _latencies(pauta, count)
        assert not ingest.done(), "the ingest ended before the answers were measured"
        enough.set()
        await ingest
    return [
        Figure(f"question to quoted answer during an ingest, {name}",
               percentile(busy, share), "ms", percentile(idle, share), "idle")
        for name, share in (("p50", 0.5), ("p95", 0.95))
    ]  # fmt: skip


def _until(enough: threading.Event, source: Iterator[Article]) -> Iterator[Article]:
    for article in islice(source, INGESTED_MEANWHILE):
        if enough.is_set():
            return
        yield article


async def _latencies(pauta: Pauta, count: int) -> list[float]:
    asked, found = questions(count), []
    for number in range(count):
        started = time.perf_counter()
        await pauta.assistant.answer(asked[number % len(asked)])
        found.append((time.perf_counter() - started) * 1_000)
    return found


@contextmanager
def _opened(home: Path, embedder: Embedder) -> Iterator[Archive]:
    home.mkdir(parents=True, exist_ok=True)
    with an_archive(home, embedder) as archive:
        yield archive


def main() -> None:
    import tempfile

    from tests.bench.__main__ import show

    with tempfile.TemporaryDirectory() as folder:
        show(measure(Path(folder)))


if __name__ == "__main__":
    main()
