"""Which pages a backfill reads, and which it has read already.  (pure)"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from urllib.parse import urlsplit

from retrieval.feeds.sitemap import SitemapPage
from retrieval.feeds.window import Window, days_in

TRY_AGAIN = timedelta(days=1)
"""After which a page that failed for a lasting reason is asked for again."""

_LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)


class Fate(StrEnum):
    """What became of a page."""

    TAKEN = "taken"
    OUTSIDE = "outside"
    """Published on another day than was asked for."""
    UNDATED = "undated"
    FAILED = "failed"
    """For a reason that stays: what may pass is not remembered."""


@dataclass(frozen=True, slots=True)
class Visit:
    """One page, when it was last read."""

    url: str
    """As the sitemap writes it."""
    lastmod: datetime | None
    """What the sitemap said then."""
    fate: Fate
    at: datetime
    article_id: str | None = None
    published_at: datetime | None = None
    reason: str = ""


class What(StrEnum):
    """What is to be done about a listed page."""

    READ = "read"
    SETTLED = "unchanged"
    OUTSIDE = "outside"
    UNDATED = "undated"
    FAILED_LATELY = "failed lately"


def decide_page(
    page: SitemapPage,
    visit: Visit | None,
    held_since: datetime | None,
    window: Window,
    now: datetime,
    *,
    undated: bool = False,
) -> What:
    """What to do about a listed page.

    `visit`: the last time it was read; `held_since`: when the archive's article of it was
    last written.
    """
    if urlsplit(page.url).path in ("", "/"):
        return What.OUTSIDE  # a front page is no article
    if visit is None:
        # It may have come from a feed; it is current unless it changed after that.
        current = held_since is not None and (page.lastmod is None or page.lastmod <= held_since)
        return What.SETTLED if current else What.READ
    if visit.lastmod != page.lastmod:
        return What.READ
    match visit.fate:
        case Fate.TAKEN:
            return What.READ if held_since is None else What.SETTLED
        case Fate.OUTSIDE:
            inside = visit.published_at is not None and window.holds(visit.published_at)
            return What.READ if inside else What.OUTSIDE
        case Fate.UNDATED:
            return What.READ if undated else What.UNDATED
        case Fate.FAILED:
            return What.FAILED_LATELY if now - visit.at < TRY_AGAIN else What.READ


def newest_first(pages: Iterable[SitemapPage]) -> tuple[SitemapPage, ...]:
    """By what each tells of its date; those that tell nothing at the end."""
    return tuple(sorted(pages, key=_age, reverse=True))


def _age(page: SitemapPage) -> datetime:
    named = days_in(page.url)
    return page.published_at or (named[0] if named else None) or page.lastmod or _LONG_AGO
