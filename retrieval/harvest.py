"""One feed asked: what it shows, what of that is taken, and the pages of it. Stores nothing.

PoliteFetcher               conditional GET, one request at a time a host
  -> parse_feed             bytes -> ParsedFeed | NotAFeed                   (pure)
  -> decide_entries         new, changed, skip                               (pure)
  -> PoliteFetcher          the pages of what is taken, as robots.txt allows
  -> article_of             page or, failing that, the feed's own content -> Article
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from retrieval.feed_store import FeedStore
from retrieval.feeds.conditional import NO_VALIDATORS
from retrieval.feeds.decide import EntryDecision, What, decide_entries
from retrieval.feeds.entries import NotAFeed, ParsedEntry, ParsedFeed
from retrieval.feeds.feed import Feed
from retrieval.feeds.memory import horizon
from retrieval.feeds.parse import parse_feed
from retrieval.feeds.politeness import PoliteFetcher, Request
from retrieval.feeds.results import Failed, Fetched, NotModified, Result, vouched_for
from retrieval.feeds.rhythm import NO_HINTS, CheckOutcome, Hints
from retrieval.feeds.taking import article_of
from retrieval.models import Article, Rejected

PATIENCE = 300.0
"""Seconds for the pages of one feed; a round ends although a host drips or asks for pauses."""

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
    """Without its entries."""
    shown: frozenset[str] = frozenset()
    """Keys of all entries of the document."""
    taken: tuple[Taken, ...] = ()
    passed_over: tuple[Decision, ...] = ()


class Harvester:
    """Asks feeds; safe to use from several threads."""

    def __init__(
        self, feeds: FeedStore, fetcher: PoliteFetcher, *, patience: float = PATIENCE
    ) -> None:
        self._feeds = feeds
        self._fetcher = fetcher
        self._patience = patience

    def harvest(self, feed: Feed, now: datetime) -> Harvest:
        match self._answer(feed):
            case None:
                return Harvest(feed, CheckOutcome.FAILED, error="the round was stopped")
            case NotModified() as result:
                hints = Hints(max_age=result.hints.fresh_for(now))
                unchanged = replace(feed, validators=result.validators)
                return Harvest(unchanged, CheckOutcome.UNCHANGED, hints)
            case Failed() as result:
                outcome = CheckOutcome.GONE if result.gone else CheckOutcome.FAILED
                hints = Hints(retry_after=result.retry_after)
                return Harvest(feed, outcome, hints, error=result.reason)
            case Fetched() as result:
                return self._read(feed, result, now)

    def _answer(self, feed: Feed) -> Result | None:
        """None when the fetcher was closed."""
        result = self._asked(Request(feed.url, feed.validators))
        if isinstance(result, NotModified) and not vouched_for(result):
            # Whoever says so now never gave these validators: another document may bear them.
            return self._asked(Request(feed.url))
        return result

    def _asked(self, request: Request) -> Result | None:
        return next((result for _, result in self._fetcher.fetch_all([request])), None)

    def _read(self, feed: Feed, result: Fetched, now: datetime) -> Harvest:
        parsed = parse_feed(result.content, result.final_url, result.content_type, now=now)
        hints = Hints(max_age=result.hints.fresh_for(now))
        if isinstance(parsed, NotAFeed):
            return Harvest(feed, CheckOutcome.FAILED, hints, error=parsed.reason)
        decisions = decide_entries(
            parsed.entries,
            self._feeds.known_entries(
                feed,
                [entry.key for entry in parsed.entries],
                [entry.url for entry in parsed.entries],
            ),
            now,
            first_look=not feed.first_look_done,
            keep=None if feed.keep_days is None else timedelta(days=feed.keep_days),
            horizon=horizon(feed.added_at, now),
        )
        wanted = [one for one in decisions if one.what is not What.SKIP]
        taken = tuple(self._taken(feed, wanted, now))
        # Asked with validators, the feed would say 304 and what is still to be taken be missed.
        complete = len(taken) == len(wanted) and not any(
            [one.for_now for one in taken] + [one.put_off for one in decisions]
        )
        # A feed that has moved for good is asked at its new address from now on; a place where
        # there is nothing yet, as of a site that is being rebuilt, may be a mistake.
        moved_to = result.moved_to if parsed.entries else None
        trusted = vouched_for(result) and result.final_url in (result.url, moved_to)
        validators = result.validators if complete and trusted else NO_VALIDATORS
        moved = replace(feed, url=moved_to or feed.url, validators=validators)
        return Harvest(
            moved,
            CheckOutcome.NEW if taken else CheckOutcome.UNCHANGED,
            replace(hints, ttl=parsed.check_every),
            parsed=replace(parsed, entries=()),
            shown=frozenset(one.key for one in decisions),
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


def _taken(feed: Feed, one: Decision, page: Fetched | Failed, now: datetime) -> Taken:
    for_now = isinstance(page, Failed) and page.retryable
    if isinstance(page, Failed) and for_now and one.what is What.CHANGED:
        # What the archive has of it is better than the feed's summary.
        return Taken(one, Rejected(one.entry.url or one.entry.key, page.reason), for_now)
    return Taken(one, article_of(feed, one.entry, page, now), for_now)
