"""One round of keeping the coverage up to date, and what admins hear of it. Blocking."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from bot import texts
from retrieval.feed_store import FeedStore
from retrieval.feeds.feed import Feed, FeedReport
from retrieval.feeds.health import (
    FeedHistory,
    HealthNotice,
    NoticeKind,
    explain,
    judge,
    typical_gap,
)
from retrieval.ingest import Ingest
from retrieval.rounds import Rounds

_TEXT = {
    NoticeKind.FAILING: "feed_failing",
    NoticeKind.RECOVERED: "feed_recovered",
    NoticeKind.SILENT: "feed_silent",
    NoticeKind.SPEAKS_AGAIN: "feed_speaks_again",
}


@dataclass(frozen=True, slots=True)
class Notice:
    """Something admins are told once."""

    feed: Feed
    health: HealthNotice

    def text(self, language: str) -> str:
        since = self.health.since
        return texts.say(
            language,
            _TEXT[self.health.kind],
            title=self.feed.title,
            error=self.feed.last_error,
            advice=explain(None, self.feed.last_error) if self.feed.last_error else "",
            since=since.strftime("%Y-%m-%d") if since else "",
        ).strip()


class Coverage:
    """Due feeds, retention and health, in that order."""

    def __init__(self, feeds: FeedStore, ingest: Ingest, rounds: Rounds) -> None:
        self._feeds = feeds
        self._ingest = ingest
        self._rounds = rounds

    def update(
        self, now: datetime, on_report: Callable[[FeedReport], None] = lambda _report: None
    ) -> tuple[Sequence[FeedReport], Sequence[Notice]]:
        """One round; the notices have been noted as given."""
        reports = self._rounds.run(now, on_report)
        let_go_of_expired(self._feeds, self._ingest, now)
        return reports, self._notices(now)

    def stop(self) -> None:
        self._rounds.stop()

    def _notices(self, now: datetime) -> list[Notice]:
        notices = []
        for feed in self._feeds.all():
            health = None if feed.paused else judge(self._history(feed), now)
            if health is not None:
                self._feeds.save(replace(feed, notified=health.state))
                notices.append(Notice(feed, health))
        return notices

    def _history(self, feed: Feed) -> FeedHistory:
        return FeedHistory(
            last_success_at=feed.last_success_at,
            failing_since=feed.failing_since,
            last_new_at=feed.last_new_at or feed.added_at,
            typical_gap=typical_gap(self._feeds.recent_dates(feed)),
            notified=feed.notified,
            # One that is gone is not checked again, and admins are to hear of it all the same.
            last_checked_at=None if feed.clock.paused else feed.last_checked_at,
        )


def let_go_of_expired(feeds: FeedStore, ingest: Ingest, now: datetime) -> int:
    """Delete articles their feeds no longer keep; returns how many."""
    expired = [article for feed in feeds.all() for article in feeds.expired(feed, now)]
    if expired:
        ingest.remove(expired)
    return len(expired)
