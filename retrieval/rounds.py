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
idempotent work: an entry is remembered only after its article is safe, and the feed's
validators only after all its entries are.
"""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass, replace
from datetime import datetime

import structlog

from retrieval.feed_store import FeedStore, SeenEntry
from retrieval.feeds.conditional import NO_VALIDATORS
from retrieval.feeds.decide import EntryDecision, KnownEntry, What, decide_entries
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
from retrieval.feeds.sameness import address_of
from retrieval.feeds.taking import article_of
from retrieval.ingest import Ingest
from retrieval.models import Article, Rejected

log = structlog.get_logger(__name__)

AT_ONCE = 32
"""Feeds under way together; each mostly waits for its host."""
PATIENCE = 300.0
"""Seconds for the pages of one feed; a round ends although a host drips or asks for pauses."""

_PUT_OFF = frozenset(
    {
        "left for the next round",
        "the feed alternates between versions",
        "it changes all the time",
    }
)
"""Reasons of `decide_entries` to skip an entry for now."""

Decision = EntryDecision[ParsedEntry]


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of one entry."""

    decision: Decision
    item: Article | Rejected
    for_now: bool = False
    """Its page could not be read but may be later: it is taken again next round."""


@dataclass(frozen=True, slots=True)
class Harvest:
    """What was fetched of one feed, before any of it is stored."""

    feed: Feed
    outcome: CheckOutcome
    hints: Hints = NO_HINTS
    error: str = ""
    parsed: ParsedFeed | None = None
    taken: tuple[Taken, ...] = ()
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
        patience: float = PATIENCE,
    ) -> None:
        self._feeds = feeds
        self._ingest = ingest
        self._fetcher = fetcher
        self._bounds = bounds
        self._jitter = jitter
        self._patience = patience
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
            if report is not None:
                on_report(report)
                reports.append(report)
        return tuple(reports)

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
            return self._harvest(feed, now)
        except Exception as error:
            log.exception("a feed could not be read", feed=feed.id)
            reason = f"reading it failed in a way Pauta did not expect ({type(error).__name__})"
            return Harvest(feed, CheckOutcome.FAILED, error=reason)

    def _harvest(self, feed: Feed, now: datetime) -> Harvest:
        request = Request(feed.url, feed.validators)
        for _, result in self._fetcher.fetch_all([request]):
            match result:
                case NotModified():
                    hints = Hints(max_age=result.hints.fresh_for(now))
                    moved = replace(_moved(feed, result.moved_to), validators=result.validators)
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
        decisions = decide_entries(
            parsed.entries,
            self._feeds.known_entries(feed),
            now,
            first_look=not feed.first_look_done,
        )
        wanted = [one for one in decisions if one.what is not What.SKIP]
        taken = tuple(self._taken(feed, wanted, now))
        # Asked with validators, the feed would say 304 and what is still to be taken be missed.
        complete = len(taken) == len(wanted) and not any(
            [one.for_now for one in taken] + [one.reason in _PUT_OFF for one in decisions]
        )
        validators = result.validators if complete else NO_VALIDATORS
        return Harvest(
            replace(_moved(feed, result.moved_to), validators=validators),
            CheckOutcome.NEW if taken else CheckOutcome.UNCHANGED,
            replace(hints, ttl=parsed.check_every),
            parsed=replace(parsed, entries=()),
            taken=taken,
            passed_over=tuple(one for one in decisions if one.what is What.SKIP and one.remember),
        )

    def _taken(self, feed: Feed, wanted: Sequence[Decision], now: datetime) -> Iterator[Taken]:
        by_url: dict[str, list[Decision]] = {}
        for one in wanted:
            if one.entry.url:
                by_url.setdefault(one.entry.url, []).append(one)
            else:
                yield Taken(one, article_of(feed, one.entry, None, now))
        deadline = time.monotonic() + self._patience
        requests = [Request(url, is_page=True) for url in by_url]
        for request, result in self._fetcher.fetch_all(requests):
            if not isinstance(result, NotModified):
                for one in by_url[request.url]:
                    yield _taken(feed, one, result, now)
            if time.monotonic() > deadline:
                return

    def _store(self, harvest: Harvest, now: datetime) -> FeedReport | None:
        """None when the feed was removed meanwhile, or the round is stopped."""
        feed = harvest.feed
        if self._feeds.find(feed.id) is None:
            return None
        self._feeds.remember(feed, (_seen(one) for one in harvest.passed_over), now)
        articles = [one.item for one in harvest.taken if isinstance(one.item, Article)]
        report = self._ingest.add(self._until_stopped(articles))
        if report.interrupted:
            raise KeyboardInterrupt
        if self._stopping.is_set():
            return None
        self._remember(feed, harvest.taken, now)
        if harvest.outcome is CheckOutcome.NEW and not (report.new or report.changed):
            # Pages that fail again and again are no reason to ask the feed more often.
            harvest = replace(harvest, outcome=CheckOutcome.UNCHANGED)
        after = self._feeds.record(self._after(harvest, report.new, now))
        failures = [one.item for one in harvest.taken if isinstance(one.item, Rejected)]
        if after is None:
            return None
        return FeedReport(
            feed=after,
            outcome=harvest.outcome,
            new=report.new,
            changed=report.changed,
            failures=tuple(f"{failure.name}: {failure.reason}" for failure in failures),
        )

    def _until_stopped(self, articles: Sequence[Article]) -> Iterator[Article]:
        for article in articles:
            if self._stopping.is_set():
                return
            yield article

    def _remember(self, feed: Feed, taken: Sequence[Taken], now: datetime) -> None:
        """Before an entry stands for another article, what becomes of the former one: gone
        when the page has moved; kept, under a key of its own, when the entry has."""
        known = self._feeds.known_entries(feed)
        seen, superseded = [], []
        for one in taken:
            if not isinstance(one.item, Article):
                continue
            seen.append(_seen(one.decision, one.item.id, for_now=one.for_now))
            before = known.get(one.decision.key)
            if before is None or before.article_id in {None, one.item.id}:
                continue
            if address_of(before.url) == address_of(one.decision.entry.url):
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


def _moved(feed: Feed, moved_to: str | None) -> Feed:
    """A feed that has moved for good is asked at its new address from now on."""
    return replace(feed, url=moved_to) if moved_to else feed


def _taken(feed: Feed, one: Decision, page: Fetched | Failed, now: datetime) -> Taken:
    for_now = isinstance(page, Failed) and page.retryable
    if isinstance(page, Failed) and for_now and one.what is What.CHANGED:
        # What the archive has of it is better than the feed's summary.
        return Taken(one, Rejected(one.entry.url or one.entry.key, page.reason), for_now)
    return Taken(one, article_of(feed, one.entry, page, now), for_now)


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
