"""An address a person gives to the feeds that belong to it."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import chain
from urllib.parse import urljoin

from retrieval.feeds.decode import decode
from retrieval.feeds.discover import NEWS_SITEMAPS, WELL_KNOWN, candidates, sitemaps_in_robots
from retrieval.feeds.entries import NotAFeed, ParsedFeed
from retrieval.feeds.fetch import Fetcher
from retrieval.feeds.parse import parse_feed
from retrieval.feeds.results import ACCEPT_FEEDS, Failed, Fetched

MOST_TRIED = 15
"""Candidates asked for; a site without a feed is not asked for ever."""
MOST_SITEMAPS = 5
"""Of those a robots.txt names."""
MOST_ROBOTS = 500_000
"""Bytes of a robots.txt that are read (RFC 9309 asks for as many)."""
PATIENCE = 60.0
"""Seconds in all, for a person waits for the answer."""

NO_FEED = NotAFeed(
    "no feed was found there: give the address of the feed itself, or ingest single pages "
    "with `pauta ingest URL`"
)


@dataclass(frozen=True, slots=True)
class FoundFeed:
    """A feed, and where it really is."""

    url: str
    feed: ParsedFeed


def find_feed(
    address: str, fetcher: Fetcher, now: datetime, *, patience: float = PATIENCE
) -> FoundFeed | NotAFeed:
    """The feed at `address`, or the first one found from the page there.

    Tries what the page declares, links that look like feeds, well-known paths, a news sitemap,
    and last the sitemaps robots.txt names. A feed with entries is preferred to an empty one.
    `patience` is the seconds all requests together may take.
    """
    found = find_feeds(address, fetcher, now, most=1, patience=patience)
    return found if isinstance(found, NotAFeed) else found[0]


def find_feeds(
    address: str,
    fetcher: Fetcher,
    now: datetime,
    *,
    most: int,
    go_on: Callable[[], bool] = lambda: True,
    patience: float = PATIENCE,
) -> tuple[FoundFeed, ...] | NotAFeed:
    """As `find_feed`, up to `most` different ones; paths nobody named are tried only while
    there is none.

    `go_on` is asked before each request after the first: once it says no, what was found
    until then is all, as it is when `patience` is at its end. NO_FEED when nothing was.
    """
    deadline = time.monotonic() + patience
    result = fetcher.fetch(address, accept=ACCEPT_FEEDS, seconds=patience)
    if isinstance(result, Failed):
        return NotAFeed(result.reason)
    parsed = parse_feed(result.content, result.final_url, result.content_type, now=now)
    if isinstance(parsed, ParsedFeed):
        return (FoundFeed(result.moved_to or result.url, parsed),)
    page = decode(result.content, result.charset, html=True) or ""
    guessed = {urljoin(result.final_url, path) for path in (*WELL_KNOWN, *NEWS_SITEMAPS)}
    empty: FoundFeed | None = None
    found: dict[object, FoundFeed] = {}
    named = candidates(page, result.final_url)[:MOST_TRIED]
    told = _told_by_robots(result.final_url, fetcher, lambda: deadline - time.monotonic())
    # Lazily: robots.txt is asked only when nothing the page or habit names was a feed.
    for url in chain(named, told):
        left = deadline - time.monotonic()
        if len(found) == most or left <= 0 or not go_on() or (found and url not in named):
            break
        one = None if found and url in guessed else _feed_at(url, fetcher, now, left)
        if one is None:
            continue
        if one.feed.entries:
            found.setdefault(_content(one), one)
        else:
            empty = empty or one
    if found:
        return tuple(found.values())
    return (empty,) if empty else NO_FEED


def _told_by_robots(url: str, fetcher: Fetcher, left: Callable[[], float]) -> Iterator[str]:
    """The sitemaps a site's robots.txt names; one of news is as good as a feed."""
    if left() <= 0:
        return
    robots = fetcher.fetch(urljoin(url, "/robots.txt"), accept="text/plain", seconds=left())
    if isinstance(robots, Fetched):
        text = decode(robots.content[:MOST_ROBOTS], robots.charset, html=False) or ""
        yield from sitemaps_in_robots(text)[:MOST_SITEMAPS]


def _feed_at(url: str, fetcher: Fetcher, now: datetime, seconds: float) -> FoundFeed | None:
    tried: Fetched | Failed = fetcher.fetch(url, accept=ACCEPT_FEEDS, seconds=seconds)
    if isinstance(tried, Failed):
        return None
    feed = parse_feed(tried.content, tried.final_url, tried.content_type, now=now)
    return FoundFeed(tried.moved_to or tried.url, feed) if isinstance(feed, ParsedFeed) else None


def _content(found: FoundFeed) -> object:
    """Many sites have the same feed as RSS and as Atom."""
    return tuple(entry.url or entry.key for entry in found.feed.entries[:5])
