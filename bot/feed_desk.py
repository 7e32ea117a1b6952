"""What people do with feeds and pages from a chat: the blocking work, off the event loop.

Reading goes beside searches. Everything that writes goes one after the other through the
ingest executor, where rounds run too: a press never meets a half-written round.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence
from dataclasses import replace

from bot.feeds import ROWS_A_PAGE, AddedFeed, FeedPage, FeedRow, TakenPage
from bot.offload import Offload
from retrieval.addresses import is_web
from retrieval.documents import load_paths
from retrieval.feed_store import FeedStore
from retrieval.feeds.entries import NotAFeed
from retrieval.feeds.feed import Feed, FeedReport
from retrieval.feeds.fetch import Fetcher
from retrieval.feeds.find import FoundFeed, find_feeds
from retrieval.feeds.health import articles_a_week
from retrieval.ingest import Ingest
from retrieval.models import Article, Outcome, Rejected
from retrieval.protocols import Clock
from retrieval.rounds import Rounds

MOST_CHOICES = 6
"""Feeds of one site to choose from."""
LOOK_SECONDS = 60.0
"""Until no further candidate is asked; the one under way has the fetcher's own limit."""


class FeedDesk:
    """Safe to use from one event loop."""

    def __init__(
        self,
        feeds: FeedStore,
        ingest: Ingest,
        rounds: Rounds,
        fetcher: Fetcher,
        offload: Offload,
        clock: Clock,
    ) -> None:
        self._feeds = feeds
        self._ingest = ingest
        self._rounds = rounds
        self._fetcher = fetcher
        self._offload = offload
        self._clock = clock
        self._stopping = threading.Event()

    def stop(self) -> None:
        """Look for no further feed."""
        self._stopping.set()

    async def page(self, number: int) -> FeedPage:
        """The page of that number, from 0; the last one when there are fewer."""
        return await self._offload.search(self._page, number)

    async def row(self, feed_id: str) -> FeedRow | None:
        return await self._offload.search(self._row_of, feed_id)

    async def articles_only_of(self, feed_id: str) -> int:
        """How many articles would go with the feed."""
        return await self._offload.search(self._count, feed_id)

    async def find(self, address: str) -> Sequence[FoundFeed] | NotAFeed:
        """The feed at `address`, or those of the site there; NO_FEED when there is none."""
        return await self._offload.fetch(self._find, address)

    async def add(self, found: FoundFeed) -> AddedFeed:
        return await self._offload.ingest(self._add, found)

    async def set_paused(self, feed_id: str, paused: bool) -> FeedRow | None:
        """None when the feed is not there any more; so below."""
        return await self._offload.ingest(self._set_paused, feed_id, paused)

    async def check(self, feed_id: str) -> FeedReport | None:
        """Read the feed now, due or not."""
        return await self._offload.ingest(self._check, feed_id)

    async def remove(self, feed_id: str, *, keep_articles: bool) -> tuple[Feed, int] | None:
        """Forget the feed; how many articles went with it."""
        return await self._offload.ingest(self._remove, feed_id, keep_articles)

    async def add_page(self, url: str) -> TakenPage | Rejected:
        """Fetch one page and put it into the coverage; only the latter waits for a round."""
        item = await self._offload.fetch(self._read, url)
        if isinstance(item, Rejected):
            return item
        return await self._offload.ingest(self._take, item)

    def _page(self, number: int) -> FeedPage:
        feeds = self._feeds.all()
        pages = max(1, -(-len(feeds) // ROWS_A_PAGE))
        number = max(0, min(number, pages - 1))
        shown = feeds[number * ROWS_A_PAGE : (number + 1) * ROWS_A_PAGE]
        return FeedPage(tuple(self._row(feed) for feed in shown), number, pages, len(feeds))

    def _row(self, feed: Feed) -> FeedRow:
        dates = self._feeds.recent_dates(feed)
        return FeedRow(feed, articles_a_week(dates, self._clock()) if dates else None)

    def _row_of(self, feed_id: str) -> FeedRow | None:
        feed = self._known(feed_id)
        return self._row(feed) if feed else None

    def _known(self, feed_id: str) -> Feed | None:
        feed = self._feeds.find(feed_id)
        # `find` also knows titles, and a feed may be called anything.
        return feed if feed is not None and feed.id == feed_id else None

    def _count(self, feed_id: str) -> int:
        feed = self._known(feed_id)
        return len(self._feeds.articles_only_of(feed)) if feed else 0

    def _find(self, address: str) -> Sequence[FoundFeed] | NotAFeed:
        until = time.monotonic() + LOOK_SECONDS

        def go_on() -> bool:
            return time.monotonic() < until and not self._stopping.is_set()

        return find_feeds(address, self._fetcher, self._clock(), most=MOST_CHOICES, go_on=go_on)

    def _add(self, found: FoundFeed) -> AddedFeed:
        before = len(self._feeds.all())
        title = found.feed.title or found.url
        feed = self._feeds.add(found.url, title, found.feed.site_url, self._clock())
        return AddedFeed(feed, len(found.feed.entries), len(self._feeds.all()) > before)

    def _set_paused(self, feed_id: str, paused: bool) -> FeedRow | None:
        feed = self._known(feed_id)
        if feed is None:
            return None
        if paused:
            feed = replace(feed, paused=True)
        else:
            feed = replace(
                feed,
                paused=False,
                clock=replace(feed.clock, paused=False, failures=0),
                next_check_at=self._clock(),
            )
        self._feeds.save(feed)
        return self._row(feed)

    def _check(self, feed_id: str) -> FeedReport | None:
        feed = self._known(feed_id)
        reports = self._rounds.run(self._clock(), only=[feed]) if feed else ()
        return reports[0] if reports else None

    def _remove(self, feed_id: str, keep_articles: bool) -> tuple[Feed, int] | None:
        feed = self._known(feed_id)
        if feed is None:
            return None
        articles = [] if keep_articles else self._feeds.articles_only_of(feed)
        # Before the feed: nothing would name them after a crash in between.
        self._ingest.remove(articles)
        self._feeds.remove(feed)
        return feed, len(articles)

    def _read(self, url: str) -> Article | Rejected:
        if not is_web(url):
            # `load_paths` would take it for a file of this machine.
            return Rejected(url, "this is not a valid web address")
        return next(load_paths([url], self._fetcher))

    def _take(self, article: Article) -> TakenPage | Rejected:
        report = self._ingest.add([article])
        if report.failures:
            return report.failures[0]
        outcome = (
            Outcome.NEW if report.new else Outcome.CHANGED if report.changed else Outcome.UNCHANGED
        )
        return TakenPage(article.title, article.source, outcome)
