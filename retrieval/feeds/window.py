"""A span of days, and which sitemaps and pages may hold articles of it.  (pure)

What cannot be told is let in: a page is left out only for a date that says so. A change after
the span says nothing, for old articles are touched again; a change before it says everything,
for nothing is published after it was last changed.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

from retrieval.feeds.sitemap import SitemapPage

_SLACK = timedelta(days=1)
"""An address is written in the outlet's own timezone, up to 14 hours from UTC."""
_IN_PAGE = re.compile(
    r"/(?P<y>(?:19|20)\d\d)/(?P<m>0?[1-9]|1[0-2])(?:/(?P<d>0?[1-9]|[12]\d|3[01]))?/"
    r"|(?<!\d)(?P<y2>(?:19|20)\d\d)-(?P<m2>0[1-9]|1[0-2])-(?P<d2>0[1-9]|[12]\d|3[01])(?!\d)"
)
_IN_SITEMAP = re.compile(
    r"(?<!\d)(?P<y>20\d\d)(?:[-_./]?|&mm=)(?P<m>0[1-9]|1[0-2])"
    r"(?:(?:[-_./]?|&dd=)(?P<d>0[1-9]|[12]\d|3[01]))?(?!\d)"
)


@dataclass(frozen=True, slots=True)
class Window:
    """From `since` to before `until` (None: to now); both in UTC."""

    since: datetime
    until: datetime | None = None

    def holds(self, moment: datetime) -> bool:
        return self.since <= moment and (self.until is None or moment < self.until)

    def may_hold_sitemap(self, url: str, lastmod: datetime | None) -> bool:
        """Whether a sitemap of an index may list pages of the window."""
        if lastmod is not None and lastmod < self.since:
            return False
        span = _span(_IN_SITEMAP.search(_path(url)))
        return span is None or self._meets(*span)

    def may_hold_page(self, page: SitemapPage) -> bool:
        if page.published_at is not None:
            return self.holds(page.published_at)
        if page.lastmod is not None and page.lastmod < self.since:
            return False
        span = days_in(page.url)
        return span is None or self._meets(*span)

    def _meets(self, first: datetime, after: datetime) -> bool:
        begins_in_time = self.until is None or first - _SLACK < self.until
        return begins_in_time and after + _SLACK > self.since


def days_in(url: str) -> tuple[datetime, datetime] | None:
    """The day or month an article's address names, as its begin and its (exclusive) end."""
    return _span(_IN_PAGE.search(_path(url)))


def _path(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.path}?{parts.query}" if parts.query else parts.path


def _span(found: re.Match[str] | None) -> tuple[datetime, datetime] | None:
    if found is None:
        return None
    parts = found.groupdict()
    year, month = int(parts["y"] or parts["y2"]), int(parts["m"] or parts["m2"])
    day = parts["d"] or parts.get("d2")
    try:
        first = datetime(year, month, int(day or 1), tzinfo=UTC)
    except ValueError:
        return None
    if day:
        return first, first + timedelta(days=1)
    return first, datetime(year + month // 12, month % 12 + 1, 1, tzinfo=UTC)
