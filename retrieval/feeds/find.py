"""An address a person gives to the feeds that belong to it."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urljoin

from retrieval.feeds.decode import decode
from retrieval.feeds.discover import NEWS_SITEMAPS, WELL_KNOWN, candidates
from retrieval.feeds.entries import NotAFeed, ParsedFeed
from retrieval.feeds.fetch import Fetcher
from retrieval.feeds.parse import parse_feed
from retrieval.feeds.results import ACCEPT_FEEDS, Failed, Fetched

MOST_TRIED = 15
"""Candidates asked for; a site without a feed is not asked for ever."""
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

    Tries what the page declares, links that look like feeds, well-known paths, and a news
    sitemap last. A feed with entries is preferred to an empty one. `patience` is the seconds
    all requests together may take.
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
    for url in candidates(page, result.final_url)[:MOST_TRIED]:
        left = deadline - time.monotonic()
        if len(found) == most or left <= 0 or not go_on():
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


def _feed_at(url: str, fetcher: Fetcher, now: datetime, seconds: float) -> FoundFeed | None:
    tried: Fetched | Failed = fetcher.fetch(url, accept=ACCEPT_FEEDS, seconds=seconds)
    if isinstance(tried, Failed):
        return None
    feed = parse_feed(tried.content, tried.final_url, tried.content_type, now=now)
    return FoundFeed(tried.moved_to or tried.url, feed) if isinstance(feed, ParsedFeed) else None


def _content(found: FoundFeed) -> object:
    """Many sites have the same feed as RSS and as Atom."""
    return tuple(entry.url or entry.key for entry in found.feed.entries[:5])
