"""An address a person gives to the feed that belongs to it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from retrieval.feeds.decode import decode
from retrieval.feeds.discover import candidates
from retrieval.feeds.entries import NotAFeed, ParsedFeed
from retrieval.feeds.fetch import Fetcher
from retrieval.feeds.parse import parse_feed
from retrieval.feeds.results import ACCEPT_FEEDS, Failed, Fetched

MOST_TRIED = 15
"""Candidates asked for; a site without a feed is not asked for ever."""


@dataclass(frozen=True, slots=True)
class FoundFeed:
    """A feed, and where it really is."""

    url: str
    feed: ParsedFeed


def find_feed(address: str, fetcher: Fetcher, now: datetime) -> FoundFeed | NotAFeed:
    """The feed at `address`, or the first one found from the page there.

    Tries what the page declares, links that look like feeds, well-known paths, and a news
    sitemap last. A feed with entries is preferred to an empty one.
    """
    result = fetcher.fetch(address, accept=ACCEPT_FEEDS)
    if isinstance(result, Failed):
        return NotAFeed(result.reason)
    parsed = _parsed(result, now)
    if isinstance(parsed, ParsedFeed):
        return FoundFeed(result.moved_to or result.url, parsed)
    page = decode(result.content, result.charset, html=True) or ""
    empty: FoundFeed | None = None
    for url in candidates(page, result.final_url)[:MOST_TRIED]:
        tried = fetcher.fetch(url, accept=ACCEPT_FEEDS)
        if isinstance(tried, Failed):
            continue
        feed = _parsed(tried, now)
        if isinstance(feed, ParsedFeed):
            found = FoundFeed(tried.moved_to or tried.url, feed)
            if feed.entries:
                return found
            empty = empty or found
    return empty or NotAFeed(
        "no feed was found there: give the address of the feed itself, or ingest single pages "
        "with `pauta ingest URL`"
    )


def _parsed(result: Fetched, now: datetime) -> ParsedFeed | NotAFeed:
    return parse_feed(result.content, result.final_url, result.content_type, now=now)
