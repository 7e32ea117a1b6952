"""Feeds, sitemaps and pages as nobody would write them, for minutes: what reads them must
neither raise nor take long.

python -m tests.bench.fuzz --minutes 5 [--seed N]

Prints what was read and the slowest of each; what breaks is written to bench-results/fuzz/.
"""

from __future__ import annotations

import argparse
import gzip
import random
import time
import traceback
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from retrieval.feeds.decide import What, decide_entries
from retrieval.feeds.decode import decode
from retrieval.feeds.discover import candidates, sitemaps_in_robots
from retrieval.feeds.entries import MAX_ENTRIES, NotAFeed, ParsedFeed
from retrieval.feeds.memory import KnownEntry, horizon, page_of
from retrieval.feeds.opml import read_opml
from retrieval.feeds.parse import parse_feed
from retrieval.feeds.sitemap import MAX_URLS, Sitemap, parse_sitemap

DATA = Path(__file__).parents[1] / "data"
NOW = datetime(2025, 3, 20, 12, tzinfo=UTC)
URL = "https://jornal.example/feed.xml"
LONGEST = 10.0
"""Seconds of one core for one document."""
RESULTS = Path("bench-results") / "fuzz"

_TYPES = ("", "text/html", "application/rss+xml; charset=utf-16", "application/json",
          "text/xml; charset=iso-8859-1")  # fmt: skip
_TOKENS = (
    b"<", b">", b"&", b"]]>", b"<![CDATA[", b"<!--", b"-->", b"<?xml", b"?>", b"\x00", b"\xff\xfe",
    b"<!DOCTYPE x [<!ENTITY a 'b'>", b"&a;", b"&#x110000;", b"&#0;", b"&nbsp;", b"\xed\xa0\x80",
    b"<item>", b"</item>", b"<entry>", b"</entry>", b"<url><loc>", b"</loc></url>", b"{", b"}",
    b'["', b'"', b"\\ud800", b"1e999", b"null", b"<title>", b"</title>", b"<content type='xhtml'>",
    b"<div xmlns='http://www.w3.org/1999/xhtml'>", b" xmlns:a='b'", b" a='", b"xml:base='//['",
    b"<link rel='alternate' type='application/rss+xml' href='", b"<base href='http://['>",
    b"http://[", b"http://a:99999/", b"9999-99-99T99:99:99Z", b"Mon, 32 Foo 0000 25:61:61 +9999",
    b"\xe2\x80\xae", b"\r", b"\t", b"\x1f\x8b", "é".encode("latin-1"),
)  # fmt: skip


def seeds() -> list[bytes]:
    """Documents as outlets write them."""
    found = [
        file.read_bytes()
        for folder in (DATA / "feeds", DATA / "pages")
        for file in sorted(folder.glob("*"))
        if file.is_file() and file.stat().st_size < 200_000
    ]
    return [*found, (DATA / "page.html").read_bytes()]


def mutated(dice: random.Random, documents: Sequence[bytes]) -> bytes:
    """One of the documents, damaged in up to eight ways; now and then only noise."""
    if dice.random() < 0.05:
        return dice.randbytes(dice.randrange(2_000))
    data = dice.choice(documents)
    for _ in range(dice.randrange(1, 9)):
        data = dice.choice(_WAYS)(dice, data, documents)[:3_000_000]
    return data


def _span(dice: random.Random, data: bytes) -> tuple[int, int]:
    start = dice.randrange(len(data) + 1)
    return start, min(len(data), start + int(dice.expovariate(1 / 200)))


def _cut(dice: random.Random, data: bytes, _documents: Sequence[bytes]) -> bytes:
    start, end = _span(dice, data)
    return data[:start] + data[end:]


def _end_early(dice: random.Random, data: bytes, _documents: Sequence[bytes]) -> bytes:
    return data[: _span(dice, data)[0]]


def _repeat(dice: random.Random, data: bytes, _documents: Sequence[bytes]) -> bytes:
    start, end = _span(dice, data)
    return data[:start] + data[start:end] * dice.choice((2, 3, 50, 2_000)) + data[end:]


def _insert(dice: random.Random, data: bytes, _documents: Sequence[bytes]) -> bytes:
    start = _span(dice, data)[0]
    return (
        data[:start] + dice.choice(_TOKENS) * dice.choice((1, 1, 1, 2, 300, 20_000)) + data[start:]
    )


def _noise(dice: random.Random, data: bytes, _documents: Sequence[bytes]) -> bytes:
    changed = bytearray(data)
    for _ in range(dice.randrange(1, 20)):
        if changed:
            changed[dice.randrange(len(changed))] = dice.randrange(256)
    return bytes(changed)


def _splice(dice: random.Random, data: bytes, documents: Sequence[bytes]) -> bytes:
    start, end = _span(dice, data)
    other = dice.choice(documents)
    first, last = _span(dice, other)
    return data[:start] + other[first:last] + data[end:]


def _swap_words(dice: random.Random, data: bytes, _documents: Sequence[bytes]) -> bytes:
    parts = data.split(b"<")
    one, other = dice.randrange(len(parts)), dice.randrange(len(parts))
    parts[one], parts[other] = parts[other], parts[one]
    return b"<".join(parts)


def _encode(dice: random.Random, data: bytes, _documents: Sequence[bytes]) -> bytes:
    text = data.decode("utf-8", "replace")
    return text.encode(dice.choice(("utf-16", "utf-16-be", "cp1252", "utf-7", "cp037")), "replace")


def _gzip(_dice: random.Random, data: bytes, _documents: Sequence[bytes]) -> bytes:
    return gzip.compress(data, 1)


_WAYS = (_cut, _cut, _end_early, _repeat, _repeat, _insert, _insert, _insert, _noise, _noise,
         _splice, _splice, _swap_words, _encode, _gzip)  # fmt: skip


# What must hold for any bytes


def check_feed(data: bytes, dice: random.Random) -> None:
    """Parsed, decided, remembered, and decided again: nothing of it is new a second time."""
    feed = parse_feed(data, URL, dice.choice(_TYPES), now=NOW)
    if isinstance(feed, NotAFeed):
        assert feed.reason
        return
    assert isinstance(feed, ParsedFeed)
    assert len(feed.entries) <= MAX_ENTRIES
    known: dict[str, KnownEntry] = {}
    decisions = decide_entries(feed.entries, known, NOW, first_look=True)
    assert [one.entry for one in decisions] == list(feed.entries)
    for one in decisions:
        if one.remember:
            article = None if one.what is What.SKIP else "a"
            url = page_of(one.entry.url)
            known[one.key] = KnownEntry(one.key, url, one.fingerprints, article, NOW)
    later = NOW + timedelta(days=1)
    again = decide_entries(
        feed.entries, known, later, first_look=False, horizon=horizon(NOW, later)
    )
    assert all(one.what is not What.NEW for one in again)
    for one in again:
        "".join((one.key, one.entry.title, one.entry.author, one.entry.url or "")).encode()


def check_sitemap(data: bytes, _dice: random.Random) -> None:
    found = parse_sitemap(data, URL, NOW)
    assert isinstance(found, Sitemap | NotAFeed)
    if isinstance(found, Sitemap):
        assert len(found.pages) + len(found.index) <= MAX_URLS
        assert all(page.url.startswith(("http://", "https://")) for page in found.pages)


def check_discovery(data: bytes, _dice: random.Random) -> None:
    page = decode(data, None, html=True) or ""
    for url in (*candidates(page, URL), *sitemaps_in_robots(page)):
        assert url.startswith(("http://", "https://"))


def check_opml(data: bytes, _dice: random.Random) -> None:
    read_opml(data)


CHECKS: tuple[Callable[[bytes, random.Random], None], ...] = (
    check_feed, check_sitemap, check_discovery, check_opml,
)  # fmt: skip


@dataclass
class _Tally:
    documents: int = 0
    slowest: dict[str, float] = field(default_factory=dict)
    broken: int = 0


def run(minutes: float, seed: int) -> _Tally:
    tally, documents = _Tally(), seeds()
    end = time.monotonic() + 60 * minutes
    while time.monotonic() < end:
        # Each document has a seed of its own, so that one can be made again alone.
        own = seed + tally.documents
        dice = random.Random(own)
        data = mutated(dice, documents)
        tally.documents += 1
        for check in CHECKS:
            started = time.thread_time()
            try:
                check(data, dice)
            except Exception:  # noqa: BLE001 - what is looked for
                _report(tally, f"{check.__name__}-{own}", data, traceback.format_exc())
            seconds = time.thread_time() - started
            tally.slowest[check.__name__] = max(tally.slowest.get(check.__name__, 0.0), seconds)
            if seconds > LONGEST:
                _report(tally, f"slow-{check.__name__}-{own}", data, f"{seconds:.1f} s")
    return tally


def _report(tally: _Tally, name: str, data: bytes, why: str) -> None:
    tally.broken += 1
    RESULTS.mkdir(parents=True, exist_ok=True)
    (RESULTS / name).write_bytes(data)
    print(f"{name}: {why}", flush=True)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=5.0)
    parser.add_argument("--seed", type=int, default=random.randrange(2**32))
    arguments = parser.parse_args()
    print(f"seed {arguments.seed}", flush=True)
    tally = run(arguments.minutes, arguments.seed)
    print(f"{tally.documents:,} documents, {tally.broken} broken")
    for name, seconds in tally.slowest.items():
        print(f"slowest {name}: {seconds:.2f} s")
    return 1 if tally.broken else 0


if __name__ == "__main__":
    raise SystemExit(main())
