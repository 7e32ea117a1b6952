"""From a site's address to the pages its sitemaps list, as far as they may be of a window.

A robots.txt, a sitemap, an index of sitemaps or any page of a site will do. Sitemaps are read
one after the other, each when its turn comes; those that are too old are not asked for.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from urllib.parse import urljoin, urlsplit

from retrieval.feeds.discover import NEWS_SITEMAPS, registrable, sitemaps_in_robots
from retrieval.feeds.entries import NotAFeed
from retrieval.feeds.politeness import PoliteFetcher, Request
from retrieval.feeds.results import Failed, Fetched
from retrieval.feeds.robots_cache import robots_txt
from retrieval.feeds.sitemap import MAX_SITEMAP, Sitemap, SitemapPage, parse_sitemap
from retrieval.feeds.window import Window
from retrieval.models import Rejected

WELL_KNOWN = (
    "/sitemap.xml",
    "/sitemap_index.xml",
    "/sitemap-index.xml",
    "/wp-sitemap.xml",
    "/sitemap.xml.gz",
    *(path for path in NEWS_SITEMAPS if path != "/sitemap.xml"),
)


@dataclass(frozen=True, slots=True)
class WalkLimits:
    """What one walk may cost."""

    sitemaps: int = 2_000
    pages: int = 200_000
    total_bytes: int = 1_000_000_000
    depth: int = 4
    """Indexes within indexes; the protocol allows one."""


DEFAULT_WALK_LIMITS = WalkLimits()


@dataclass
class Walk:
    """What a walk has come to so far."""

    sitemaps: int = 0
    """Read."""
    passed_over: int = 0
    """Sitemaps that were not asked for: nothing in them is of the window."""
    listed: int = 0
    """Pages, also those out of the window."""
    of_other_sites: int = 0
    failures: list[Rejected] = field(default_factory=list)
    cut_short: str = ""
    """Why not everything was read, as a clause; empty when it was."""


@dataclass(frozen=True, slots=True)
class _Turn:
    url: str
    depth: int
    guessed: bool = False


class SitemapWalk:
    """One walk, from one address."""

    def __init__(
        self,
        fetcher: PoliteFetcher,
        window: Window,
        now: datetime,
        limits: WalkLimits = DEFAULT_WALK_LIMITS,
    ) -> None:
        self._fetcher = fetcher
        self._window = window
        self._now = now
        self._limits = limits
        self._bytes = 0
        self._sites: set[str] = set()
        self._given: dict[str, Sitemap] = {}
        self.so_far = Walk()

    def pages(self, start: str) -> Iterator[SitemapPage]:
        """Pages that may be of the window, each address once; only those of the site itself.

        What cannot be read is in `so_far.failures`; nothing a site does raises.
        """
        self._sites.add(registrable(start))
        turns = deque(self._first(start))
        asked, seen = set[str](), set[str]()
        while turns:
            turn = turns.popleft()
            if turn.url in asked:
                continue
            asked.add(turn.url)
            if self._is_over():
                return
            found = self._read(turn)
            if found is None:
                continue
            if turn.guessed:  # the first guess that is right will do
                turns = deque(one for one in turns if not one.guessed)
            room = self._limits.sitemaps + 1 - len(turns)
            turns.extend(islice(self._children(found, turn), max(room, 0)))
            for page in found.pages:
                if self.so_far.listed == self._limits.pages:
                    break
                if page.url in seen:
                    continue
                seen.add(page.url)
                self.so_far.listed += 1
                if registrable(page.url) not in self._sites:
                    self.so_far.of_other_sites += 1
                elif self._window.may_hold_page(page):
                    yield page

    def _first(self, start: str) -> list[_Turn]:
        path = urlsplit(start).path
        if path.endswith("/robots.txt"):
            return self._from_robots(start)
        if path in ("", "/") and not urlsplit(start).query:
            return self._of_site(start)
        result = self._fetch(start)
        if isinstance(result, Failed):
            self.so_far.failures.append(Rejected(start, result.reason))
            return []
        self._sites.add(registrable(result.final_url))
        parsed = parse_sitemap(result.content, result.final_url, self._now)
        if isinstance(parsed, NotAFeed):
            return self._of_site(result.final_url)
        self._given[start] = parsed
        return [_Turn(start, 0)]

    def _of_site(self, start: str) -> list[_Turn]:
        named = self._from_robots(urljoin(start, "/robots.txt"))
        guesses = [_Turn(urljoin(start, path), 0, guessed=True) for path in WELL_KNOWN]
        return named or guesses

    def _from_robots(self, url: str) -> list[_Turn]:
        result = self._fetch(url)
        if isinstance(result, Fetched):
            self._sites.add(registrable(result.final_url))
        text = robots_txt(result) or ""
        return [_Turn(found, 0) for found in sitemaps_in_robots(text)]

    def _read(self, turn: _Turn) -> Sitemap | None:
        given = self._given.pop(turn.url, None)
        if given:
            self.so_far.sitemaps += 1
            return given
        result = self._fetch(turn.url)
        if isinstance(result, Failed):
            if not (turn.guessed and result.status in (404, 410)):
                self.so_far.failures.append(Rejected(turn.url, result.reason))
            return None
        parsed = parse_sitemap(result.content, result.final_url, self._now)
        if isinstance(parsed, NotAFeed):
            if not turn.guessed:
                self.so_far.failures.append(Rejected(turn.url, parsed.reason))
            return None
        self.so_far.sitemaps += 1
        return parsed

    def _children(self, found: Sitemap, turn: _Turn) -> Iterator[_Turn]:
        if found.index and turn.depth >= self._limits.depth:
            reason = "the sitemaps it names are nested too deep"
            self.so_far.failures.append(Rejected(turn.url, reason))
            return
        for url, lastmod in zip(found.index, found.index_lastmods, strict=True):
            if self._window.may_hold_sitemap(url, lastmod):
                yield _Turn(url, turn.depth + 1)
            else:
                self.so_far.passed_over += 1

    def _fetch(self, url: str) -> Fetched | Failed:
        request = Request(url, max_bytes=MAX_SITEMAP)
        for _, result in self._fetcher.fetch_all([request]):
            if isinstance(result, Fetched):
                self._bytes += len(result.content)
                return result
            if isinstance(result, Failed):
                return result
        return Failed(url, "reading was stopped", retryable=True)

    def _is_over(self) -> bool:
        limits, so_far = self._limits, self.so_far
        for is_over, reason in (
            (so_far.sitemaps >= limits.sitemaps, f"{limits.sitemaps:,} sitemaps were read"),
            (so_far.listed >= limits.pages, f"{limits.pages:,} pages were listed"),
            (self._bytes >= limits.total_bytes, f"{limits.total_bytes / 1e6:,.0f} MB were read"),
        ):
            if is_over:
                so_far.cut_short = f"{reason}, which is the limit"
        return bool(so_far.cut_short)
