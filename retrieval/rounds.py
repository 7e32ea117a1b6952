"""Due feeds into articles. Orders the steps; decides nothing.

    FeedStore.due(now)
      -> Harvester              what each feed shows and what is taken of it, fetched in parallel
      -> Ingest.add             chunk, embed, write: one feed after the other
      -> FeedStore.remember     last: what was taken is not taken again
      -> next_check             when the feed is asked next                      (pure)

Each feed is a task of its own; a slow or broken one delays no other, and one that fails in a
way nobody expected is put off like one whose server fails. A crash repeats idempotent work:
an entry is remembered only after its article is safe, and the feed's validators only after
all its entries are.
"""

from __future__ import annotations

import random
import threading
from collections.abc import Callable, Collection, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import replace
from datetime import datetime

import structlog

from retrieval.errors import Unavailable
from retrieval.feed_entries import SeenEntry
from retrieval.feed_lease import FeedLease
from retrieval.feed_store import FeedStore
from retrieval.feeds.feed import Feed, FeedReport
from retrieval.feeds.memory import KnownEntry, outlet_of
from retrieval.feeds.politeness import PoliteFetcher
from retrieval.feeds.rhythm import DEFAULT_BOUNDS, Bounds, CheckOutcome, next_check
from retrieval.feeds.sameness import address_of
from retrieval.harvest import PATIENCE, Decision, Harvest, Harvester, Taken
from retrieval.identity import article_id
from retrieval.ingest import Ingest
from retrieval.models import Article, IngestReport, Outcome, Rejected

log = structlog.get_logger(__name__)

AT_ONCE = 32
"""Feeds under way together; each mostly waits for its host."""

CLAIMED_AT_ONCE = 8
"""Of those due, where several processes ask them."""

OnReport = Callable[[FeedReport], None]


class Rounds:
    """Rounds over the due feeds; one at a time, from one thread."""

    def __init__(
        self,
        feeds: FeedStore,
        ingest: Ingest,
        fetcher: PoliteFetcher,
        *,
        bounds: Bounds = DEFAULT_BOUNDS,
        jitter: Callable[[], float] = random.random,
        patience: float = PATIENCE,
    ) -> None:
        self._feeds = feeds
        self._ingest = ingest
        self._fetcher = fetcher
        self._bounds = bounds
        self._jitter = jitter
        self._harvester = Harvester(feeds, fetcher, patience=patience)
        self._stopping = threading.Event()
        self._surprises: set[str] = set()

    def stop(self) -> None:
        """End a round under way soon; what it has not stored is fetched again next time."""
        self._stopping.set()
        self._fetcher.close()

    def run(
        self,
        now: datetime,
        on_report: OnReport = lambda _report: None,
        only: Sequence[Feed] | None = None,
    ) -> tuple[FeedReport, ...]:
        """Check every due feed once (or those of `only`, due or not)."""
        self._surprises.clear()
        if only is None and self._feeds.is_shared:
            return tuple(self._claimed(now, on_report))
        due = self._feeds.due(now) if only is None else only
        return tuple(self._reports(due, now, on_report))

    def _claimed(self, now: datetime, on_report: OnReport) -> Iterator[FeedReport]:
        """Those other processes leave: a few at a time, so that each has its share."""
        with FeedLease(self._feeds, now) as lease:
            while due := [] if self._stopping.is_set() else lease.claim(CLAIMED_AT_ONCE):
                for report in self._reports(due, now, on_report):
                    lease.settled(report.feed)
                    yield report

    def _reports(
        self, due: Sequence[Feed], now: datetime, on_report: OnReport
    ) -> Iterator[FeedReport]:
        for harvest in self._harvested(due, now):
            if self._stopping.is_set():
                break
            report = self._settle(harvest, now)
            if report is not None:
                on_report(report)
                yield report

    def _harvested(self, due: Sequence[Feed], now: datetime) -> Iterator[Harvest]:
        pool = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="feed")
        try:
            # Nothing else holds the tasks: what a feed brought is let go of once it is stored.
            for task in as_completed([pool.submit(self._attempt, feed, now) for feed in due]):
                yield task.result()
        finally:
            pool.shutdown(wait=False, cancel_futures=True)

    def _attempt(self, feed: Feed, now: datetime) -> Harvest:
        """The boundary between feeds: one that trips over a mistake of ours stops no other."""
        try:
            return self._harvester.harvest(feed, now)
        except Exception as error:  # noqa: BLE001 - see above
            return self._failed(feed, "reading it", error)

    def _settle(self, harvest: Harvest, now: datetime) -> FeedReport | None:
        """Store what a feed brought; where that fails, as when the embedder does, the feed is
        put off and keeps its validators. None when it was removed meanwhile, or the round is
        stopped."""
        before = self._feeds.find(harvest.feed.id)
        if before is None:
            return None
        try:
            stored = self._store(harvest, now)
        except Exception as error:  # noqa: BLE001 - the same boundary; a broken store raises below
            harvest = self._failed(before, "storing its articles", error)
            stored = IngestReport()
        if stored is None:
            return None
        if harvest.outcome is CheckOutcome.NEW and not (stored.new or stored.changed):
            # Pages that fail again and again are no reason to ask the feed more often.
            harvest = replace(harvest, outcome=CheckOutcome.UNCHANGED)
        after = self._feeds.record(self._after(harvest, stored.new, now))
        failures = [one.item for one in harvest.taken if isinstance(one.item, Rejected)]
        failures += stored.failures
        if after is None:
            return None
        return FeedReport(
            feed=after,
            outcome=harvest.outcome,
            new=stored.new,
            changed=stored.changed,
            failures=tuple(f"{failure.name}: {failure.reason}" for failure in failures),
        )

    def _store(self, harvest: Harvest, now: datetime) -> IngestReport | None:
        """None when the round is stopped."""
        feed = harvest.feed
        self._feeds.remember(feed, (_seen(one) for one in harvest.passed_over), now)
        safe: set[str] = set()

        def settle(outcome: Outcome, item: Article | Rejected) -> None:
            if outcome is not Outcome.FAILED and isinstance(item, Article):
                safe.add(item.id)

        articles = self._until_stopped(self._articles(harvest))
        report = self._ingest.add(articles, settle, by_feed=True)
        if report.interrupted:
            raise KeyboardInterrupt
        if self._stopping.is_set():
            return None
        self._remember(feed, harvest.taken, safe, now)
        if harvest.parsed:
            self._feeds.forget(feed, harvest.shown, now)
        # Of one address twice, the first was taken: that is no failure of a feed.
        left_out = tuple(one for one in report.failures if article_id(one.name) not in safe)
        return replace(report, failures=left_out)

    def _failed(self, feed: Feed, what: str, error: Exception) -> Harvest:
        """What is broken for one feed is often so for all: a traceback once a round is enough."""
        kind = type(error).__name__
        if isinstance(error, Unavailable):
            log.warning("a feed waits for a server", feed=feed.id, what=what, cause=str(error))
            return Harvest(feed, CheckOutcome.FAILED, error=f"{what} has to wait: {error}")
        known = f"{what}: {kind}" in self._surprises
        self._surprises.add(f"{what}: {kind}")
        log.error("a feed failed", feed=feed.id, what=what, error=kind, exc_info=not known)
        reason = f"{what} failed in a way Pauta did not expect ({kind})"
        return Harvest(feed, CheckOutcome.FAILED, error=reason)

    def _articles(self, harvest: Harvest) -> list[Article]:
        """Each under the outlet of the feed that brought it first."""
        found = [one.item for one in harvest.taken if isinstance(one.item, Article)]
        elsewhere = self._feeds.outlets(harvest.feed, [article.id for article in found])
        return [
            replace(article, source=outlet_of(article.source, *elsewhere[article.id]))
            if article.id in elsewhere
            else article
            for article in found
        ]

    def _until_stopped(self, articles: Sequence[Article]) -> Iterator[Article]:
        for article in articles:
            if self._stopping.is_set():
                return
            yield article

    def _remember(
        self, feed: Feed, taken: Sequence[Taken], safe: Collection[str], now: datetime
    ) -> None:
        """Before an entry stands for another article, what becomes of the former one: gone
        when the page has moved; kept, under a key of its own, when the entry has.

        An entry whose article is not in `safe`, as it cannot be embedded, is remembered too: it
        is tried again once it says something else.
        """
        known = self._feeds.known_entries(feed, [one.decision.key for one in taken])
        seen, superseded = [], []
        for one in taken:
            if not isinstance(one.item, Article):
                continue
            seen.append(_seen(one.decision, one.item.id, for_now=one.for_now))
            before = known.get(one.decision.key)
            if before is None or before.article_id in {None, one.item.id}:
                continue
            moved = address_of(before.url) == address_of(one.decision.entry.url)
            if moved and one.item.id in safe:
                superseded.append(before.article_id)
            else:
                seen.append(_former(before))
        self._ingest.remove(self._feeds.unclaimed(feed, superseded, seen))
        self._feeds.remember(feed, seen, now)

    def _after(self, harvest: Harvest, new: int, now: datetime) -> Feed:
        feed = harvest.feed
        clock, next_at = next_check(
            feed.clock, harvest.outcome, harvest.hints, now, self._jitter(), self._bounds
        )
        well = harvest.outcome in {CheckOutcome.NEW, CheckOutcome.UNCHANGED}
        parsed = harvest.parsed
        return replace(
            feed,
            clock=clock,
            next_check_at=next_at,
            title=feed.title or (parsed.title if parsed else ""),
            site_url=feed.site_url or (parsed.site_url if parsed else None),
            first_look_done=feed.first_look_done or parsed is not None,
            last_checked_at=now,
            last_success_at=now if well else feed.last_success_at,
            last_new_at=now if new else feed.last_new_at,
            failing_since=None if well else (feed.failing_since or now),
            last_error="" if well else harvest.error,
        )


def _seen(decision: Decision, article_id: str | None = None, *, for_now: bool = False) -> SeenEntry:
    return SeenEntry(
        key=decision.key,
        url=decision.entry.url,
        # Without the last one it counts as changed the next time it is seen.
        fingerprints=decision.fingerprints[:-1] if for_now else decision.fingerprints,
        article_id=article_id,
        published_at=decision.entry.published_at,
    )


def _former(entry: KnownEntry) -> SeenEntry:
    key = f"{entry.key[:200]} {entry.article_id}"
    return SeenEntry(key, entry.url, entry.fingerprints, entry.article_id, None)
