"""Due feeds into articles. Orders the steps; decides nothing.

    FeedStore.due(now)
      -> PoliteFetcher          conditional GET, one request at a time a host
      -> parse_feed             bytes -> ParsedFeed | NotAFeed                   (pure)
      -> decide_entries         new, changed, skip                               (pure)
      -> PoliteFetcher          the pages of what is taken, as robots.txt allows
      -> articles.from_page     page or, failing that, the feed's own content -> Article
      -> Ingest.add             chunk, embed, write
      -> FeedStore.remember     last: what was taken is not taken again
      -> next_check             when the feed is asked next                      (pure)

Each feed is a task of its own; a slow or broken one delays no other. A crash repeats
idempotent work: an entry is remembered only after its article is safe.
"""

from __future__ import annotations

import random
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from dataclasses import dataclass, replace
from datetime import datetime

from retrieval.feed_store import FeedStore, SeenEntry
from retrieval.feeds.decide import EntryDecision, What, decide_entries
from retrieval.feeds.entries import NotAFeed, ParsedEntry, ParsedFeed
from retrieval.feeds.feed import Feed, FeedReport
from retrieval.feeds.parse import parse_feed
from retrieval.feeds.politeness import PoliteFetcher, Request
from retrieval.feeds.results import Failed, Fetched, NotModified
from retrieval.feeds.rhythm import (
    DEFAULT_BOUNDS,
    NO_HINTS,
    Bounds,
    CheckOutcome,
    Hints,
    next_check,
)
from retrieval.feeds.taking import article_of
from retrieval.ingest import Ingest
from retrieval.models import Article, Rejected

AT_ONCE = 32
"""Feeds under way together; each mostly waits for its host."""

Decision = EntryDecision[ParsedEntry]


@dataclass(frozen=True, slots=True)
class Harvest:
    """What was fetched of one feed, before any of it is stored."""

    feed: Feed
    outcome: CheckOutcome
    hints: Hints = NO_HINTS
    error: str = ""
    parsed: ParsedFeed | None = None
    taken: tuple[tuple[Decision, Article | Rejected], ...] = ()
    passed_over: tuple[Decision, ...] = ()


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
    ) -> None:
        self._feeds = feeds
        self._ingest = ingest
        self._fetcher = fetcher
        self._bounds = bounds
        self._jitter = jitter
        self._stopping = threading.Event()

    def stop(self) -> None:
        """End a round under way soon; what it has not stored is fetched again next time."""
        self._stopping.set()
        self._fetcher.close()

    def run(
        self,
        now: datetime,
        on_report: Callable[[FeedReport], None] = lambda _report: None,
        only: Sequence[Feed] | None = None,
    ) -> tuple[FeedReport, ...]:
        """Check every due feed once (or those of `only`, due or not)."""
        due = self._feeds.due(now) if only is None else only
        reports = []
        for harvest in self._harvested(due, now):
            if self._stopping.is_set():
                break
            report = self._store(harvest, now)
            on_report(report)
            reports.append(report)
        return tuple(reports)

    def _harvested(self, due: Sequence[Feed], now: datetime) -> Iterator[Harvest]:
        pool = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="feed")
        try:
            tasks: list[Future[Harvest]] = [pool.submit(self._harvest, feed, now) for feed in due]
            for task in as_completed(tasks):
                yield task.result()
        finally:
            pool.shutdown(wait=False, cancel_futures=True)

    def _harvest(self, feed: Feed, now: datetime) -> Harvest:
        request = Request(feed.url, feed.validators)
        for _, result in self._fetcher.fetch_all([request]):
            match result:
                case NotModified():
                    hints = Hints(max_age=result.hints.fresh_for(now))
                    moved = _moved(feed, result.moved_to)
                    return Harvest(moved, CheckOutcome.UNCHANGED, hints)
                case Failed():
                    outcome = CheckOutcome.GONE if result.gone else CheckOutcome.FAILED
                    hints = Hints(retry_after=result.retry_after)
                    return Harvest(feed, outcome, hints, error=result.reason)
                case Fetched():
                    return self._read(feed, result, now)
        return Harvest(feed, CheckOutcome.FAILED, error="the round was stopped")

    def _read(self, feed: Feed, result: Fetched, now: datetime) -> Harvest:
        parsed = parse_feed(result.content, result.final_url, result.content_type, now=now)
        hints = Hints(max_age=result.hints.fresh_for(now))
        if isinstance(parsed, NotAFeed):
            return Harvest(feed, CheckOutcome.FAILED, hints, error=parsed.reason)
        feed = replace(_moved(feed, result.moved_to), validators=result.validators)
        decisions = decide_entries(
            parsed.entries,
            self._feeds.known_entries(feed),
            now,
            first_look=not feed.first_look_done,
        )
        wanted = [one for one in decisions if one.what is not What.SKIP]
        taken = tuple(self._taken(feed, wanted, now))
        return Harvest(
            feed,
            CheckOutcome.NEW if taken else CheckOutcome.UNCHANGED,
            replace(hints, ttl=parsed.check_every),
            parsed=parsed,
            taken=taken,
            passed_over=tuple(one for one in decisions if one.what is What.SKIP and one.remember),
        )

    def _taken(
        self, feed: Feed, wanted: Sequence[Decision], now: datetime
    ) -> Iterator[tuple[Decision, Article | Rejected]]:
        by_url: dict[str, list[Decision]] = {}
        for one in wanted:
            if one.entry.url:
                by_url.setdefault(one.entry.url, []).append(one)
            else:
                yield one, article_of(feed, one.entry, None, now)
        requests = [Request(url, is_page=True) for url in by_url]
        for request, result in self._fetcher.fetch_all(requests):
            if not isinstance(result, NotModified):
                for one in by_url[request.url]:
                    yield one, article_of(feed, one.entry, result, now)

    def _store(self, harvest: Harvest, now: datetime) -> FeedReport:
        feed = harvest.feed
        self._feeds.remember(feed, (_seen(one, None) for one in harvest.passed_over), now)
        known = [(one, item) for one, item in harvest.taken if isinstance(item, Article)]
        report = self._ingest.add([article for _, article in known])
        if report.interrupted:
            raise KeyboardInterrupt
        self._feeds.remember(feed, (_seen(one, item.id) for one, item in known), now)
        failures = [item for _, item in harvest.taken if isinstance(item, Rejected)]
        if harvest.outcome is CheckOutcome.NEW and not (report.new or report.changed):
            # Pages that fail again and again are no reason to ask the feed more often.
            harvest = replace(harvest, outcome=CheckOutcome.UNCHANGED)
        after = self._after(harvest, report.new, now)
        self._feeds.save(after)
        return FeedReport(
            feed=after,
            outcome=harvest.outcome,
            new=report.new,
            changed=report.changed,
            failures=tuple(f"{failure.name}: {failure.reason}" for failure in failures),
        )

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


def _moved(feed: Feed, moved_to: str | None) -> Feed:
    """A feed that has moved for good is asked at its new address from now on."""
    return replace(feed, url=moved_to) if moved_to else feed


def _seen(decision: Decision, article_id: str | None) -> SeenEntry:
    return SeenEntry(
        key=decision.key,
        url=decision.entry.url,
        fingerprints=decision.fingerprints,
        article_id=article_id,
        published_at=decision.entry.published_at,
    )
