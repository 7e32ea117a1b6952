"""Sitemaps, news sitemaps and their indexes: parse_sitemap(bytes, url, now) -> Sitemap.  (pure)"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from retrieval.feeds.entries import NotAFeed, believed, iso_moment, web_link
from retrieval.feeds.xml import (
    MAX_ATTRIBUTES,
    MAX_DEPTH,
    ExcessError,
    fill,
    gunzipped,
    local,
    read_markup,
)
from retrieval.titles import tidy_title

MAX_SITEMAP = 50_000_000
"""Bytes, expanded; like the number of addresses, what the protocol (sitemaps.org) allows."""
MAX_URLS = 50_000
_MOST_ELEMENTS = 3_000_000
_LONGEST_FIELD = 5_000


@dataclass(frozen=True, slots=True)
class SitemapPage:
    url: str
    lastmod: datetime | None
    title: str
    """Of a news sitemap; else empty."""
    published_at: datetime | None
    language: str | None


@dataclass(frozen=True, slots=True)
class Sitemap:
    index: tuple[str, ...]
    """Addresses of further sitemaps."""
    pages: tuple[SitemapPage, ...]
    """In document order, each address once."""
    index_lastmods: tuple[datetime | None, ...] = ()
    """When each sitemap of the index last changed, as it says."""


def parse_sitemap(content: bytes, url: str, now: datetime) -> Sitemap | NotAFeed:
    """The pages of a sitemap or the sitemaps of an index, plain or gzipped, up to 50,000."""
    expanded = gunzipped(content, MAX_SITEMAP)
    if isinstance(expanded, NotAFeed):
        return expanded
    markup = read_markup(expanded, "", limit=MAX_SITEMAP)
    if isinstance(markup, NotAFeed):
        return markup
    if markup.root not in ("urlset", "sitemapindex"):
        kind = "a web page" if markup.root == "html" else f"<{markup.root}>"
        return NotAFeed(f"this is {kind}, not a sitemap")
    try:
        return fill(markup, lambda: _SitemapTarget(url, now)).result
    except ExcessError as error:
        return NotAFeed(str(error))


class _SitemapTarget:
    def __init__(self, base: str, now: datetime) -> None:
        self._base, self._now = base, now
        self._path: list[str] = []
        self._elements = 0
        self._text: list[str] = []
        self._length = 0
        self._fields: dict[str, str] = {}
        self._index: dict[str, datetime | None] = {}
        self._pages: dict[str, SitemapPage] = {}

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        self._elements += 1
        self._path.append(local(tag))
        if len(self._path) > MAX_DEPTH or len(attributes) > MAX_ATTRIBUTES:
            raise ExcessError("its XML is nested too deep or has too many attributes")
        if self._elements > _MOST_ELEMENTS:
            raise ExcessError(f"it has more than {_MOST_ELEMENTS:,} XML elements")
        if self._path[-1] in ("url", "sitemap"):
            self._fields = {}
        self._text, self._length = [], 0

    def data(self, text: str) -> None:
        self._length += len(text)
        if self._length <= _LONGEST_FIELD:
            self._text.append(text)

    def end(self, tag: str) -> None:
        name, parent = local(tag), self._path[-2] if len(self._path) > 1 else ""
        if self._path:
            self._path.pop()
        if name in ("url", "sitemap"):
            self._take(name)
        elif parent in ("url", "sitemap", "news", "publication"):
            self._fields.setdefault(name, "".join(self._text).strip())
        self._text = []

    def _take(self, name: str) -> None:
        fields, self._fields = self._fields, {}
        url = web_link(fields.get("loc"), self._base)
        if not url or len(self._pages) + len(self._index) >= MAX_URLS:
            return
        lastmod = believed(iso_moment(fields.get("lastmod")), self._now)
        if name == "sitemap":
            self._index.setdefault(url, lastmod)
            return
        page = SitemapPage(
            url=url,
            lastmod=lastmod,
            title=tidy_title(fields["title"]) if "title" in fields else "",
            published_at=believed(iso_moment(fields.get("publication_date")), self._now),
            language=fields.get("language", "")[:35] or None,
        )
        self._pages.setdefault(url, page)

    def close(self) -> Sitemap:
        return Sitemap(tuple(self._index), tuple(self._pages.values()), tuple(self._index.values()))
