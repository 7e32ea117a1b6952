"""What becomes of a fetch: `Hop -> ... -> Fetched | NotModified | Failed`.  (pure)"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from retrieval.feeds.conditional import NO_HINTS, NO_VALIDATORS, CacheHints, Validators

ACCEPT_PAGES = "text/html,application/xhtml+xml,text/markdown;q=0.9,text/plain;q=0.9,*/*;q=0.5"
ACCEPT_FEEDS = (
    "application/atom+xml,application/rss+xml,application/feed+json,application/rdf+xml;q=0.9,"
    "application/xml;q=0.8,text/xml;q=0.8,application/json;q=0.7,text/html;q=0.6,*/*;q=0.5"
)


@dataclass(frozen=True, slots=True)
class Fetched:
    """A body that arrived whole."""

    url: str
    final_url: str
    """Where the redirects ended; `url` itself when there were none."""
    status: int
    content: bytes
    """Expanded."""
    content_type: str
    """Lower case, without parameters; empty when not declared."""
    charset: str | None
    """As declared in the header."""
    validators: Validators = NO_VALIDATORS
    """To give to the next `fetch_if_changed` of this address."""
    moved_to: str | None = None
    """`final_url`, when every redirect on the way was permanent (301, 308) and there was one."""
    hints: CacheHints = NO_HINTS


@dataclass(frozen=True, slots=True)
class NotModified:
    """The server has nothing newer than what the validators came with."""

    url: str
    final_url: str
    """Not `url`? Then it is not from there that the validators came: see `vouched_for`."""
    validators: Validators
    """The ones to use next: those of this answer, else those that were sent."""
    moved_to: str | None = None
    hints: CacheHints = NO_HINTS


@dataclass(frozen=True, slots=True)
class Failed:
    """Nothing usable arrived, and why, in words."""

    url: str
    reason: str
    retryable: bool
    """Whether the same request may well succeed later. Yes: `failures.PASSING_STATUSES`, a 304
    nobody asked for, an empty, damaged or unfinished body, and trouble with the name, the
    connection, TLS or time. No: a refused or invalid address, too many redirects, a body over
    the limit, a page robots.txt forbids, any other status."""
    status: int | None = None
    """Of the last answer; None when none came."""
    retry_after: timedelta | None = None
    """As the server asked, between 0 and 7 days."""
    gone: bool = False
    """410 from the address itself, or from where it has moved for good."""
    unreachable: bool = False
    """The host rather than this address: no connection, or no whole answer in time."""


Result = Fetched | NotModified | Failed


def vouched_for(result: Fetched | NotModified) -> bool:
    """Whether validators and the address asked belong together.

    They mean something only to the resource that gave them (RFC 9110, section 8.8). One that
    a temporary redirect led to may be another next time, and one that says 304 after any
    redirect is not the one that gave them.
    """
    if isinstance(result, NotModified):
        return result.final_url == result.url
    return result.final_url in (result.url, result.moved_to)


@dataclass(frozen=True, slots=True)
class Hop:
    """A fetch on its way: where it began and where its redirects have led it."""

    url: str
    at: str
    """The address to ask next."""
    validators: Validators = NO_VALIDATORS
    accept: str = ACCEPT_PAGES
    may_be_empty: bool = False
    max_bytes: int | None = None
    """Of the body; None for the fetcher's own limit."""
    redirects: int = 0
    for_good: bool = True
    """All redirects so far were permanent."""
    spent: float = 0.0
    """Seconds, waiting between hops not counted."""
