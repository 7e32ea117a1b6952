"""One round of keeping the coverage up to date, and what admins hear of it. Blocking."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from bot.notices import Bulletin, Notice, bulletin
from retrieval.feed_store import FeedStore
from retrieval.feeds.feed import Feed, FeedReport
from retrieval.feeds.health import FeedHistory, judge, typical_gap, unread_since
from retrieval.ingest import Ingest
from retrieval.model_change import ModelChange
from retrieval.rounds import Rounds

STORIES_A_ROUND = 500
"""Of an archive that had no stories yet, so many articles are placed each time."""

LEAST_GAP = timedelta(hours=1)
"""Between two messages to admins, so that feeds which fail or recover one after the other are
told of together."""


class Coverage:
    """Due feeds, retention and health, in that order."""

    def __init__(
        self,
        feeds: FeedStore,
        ingest: Ingest,
        rounds: Rounds,
        model_change: ModelChange | None = None,
    ) -> None:
        self._feeds = feeds
        self._ingest = ingest
        self._rounds = rounds
        self._model_change = model_change
        self._last_bulletin: datetime | None = None

    def update(
        self, now: datetime, on_report: Callable[[FeedReport], None] = lambda _report: None
    ) -> tuple[Sequence[FeedReport], Bulletin]:
        """One round, and what admins are to be told. Give the bulletin to `told` once they
        have been: what is not marked so is told again. A crash in between tells it twice,
        but nothing is lost."""
        was_down = self._is_down()
        if self._model_change is not None:
            self._model_change.step()
        self._ingest.keep_whole()
        reports = self._rounds.run(now, on_report)
        let_go_of_expired(self._feeds, self._ingest, now)
        self._ingest.tell_stories(STORIES_A_ROUND)
        if was_down and reports and not self._is_down():
            # The line is back: the next round asks the others too, and then all is told at once.
            self._feeds.ask_failing_again(now)
            return reports, Bulletin()
        return reports, self._bulletin(now)

    def told(self, given: Bulletin) -> None:
        """Mark what admins have been told."""
        self._feeds.note_told(given.states)

    def stop(self) -> None:
        if self._model_change is not None:
            self._model_change.stop()
        self._rounds.stop()

    def _bulletin(self, now: datetime) -> Bulletin:
        last = self._last_bulletin
        if last is not None and timedelta(0) <= now - last < LEAST_GAP:
            return Bulletin()
        feeds = self._feeds.all()
        notices = [
            Notice(feed, health)
            for feed in feeds
            if not feed.paused and (health := judge(self._history(feed), now))
        ]
        if notices:
            self._last_bulletin = now
        return bulletin(notices, feeds)

    def _is_down(self) -> bool:
        asked = [one for one in self._feeds.all() if not (one.paused or one.clock.paused)]
        return unread_since([feed.failing_since for feed in asked]) is not None

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
