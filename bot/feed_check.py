"""How the feeds are, for `pauta doctor`: what is wrong, since when, what to do.  (pure)"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from retrieval.feeds.feed import Feed
from retrieval.feeds.health import (
    FAILED_FOR,
    FeedHistory,
    HealthState,
    NoticeKind,
    explain,
    judge,
    typical_gap,
)
from retrieval.findings import Finding, Verdict, broken, ok, warning

OVERDUE = timedelta(hours=2)
"""A feed that has waited so long for its check says that nobody does them."""
_TIME = "%Y-%m-%d %H:%M UTC"


@dataclass(frozen=True, slots=True)
class FeedState:
    """A feed, and when its latest entries were published."""

    feed: Feed
    dates: tuple[datetime, ...]


def check_feeds(states: Sequence[FeedState], now: datetime) -> Iterable[Finding]:
    """One finding for each feed that is not well, and one for the rest."""
    findings = [check_feed(state, now) for state in states]
    yield from (one for one in findings if one.advice)
    well = sum(not one.advice for one in findings)
    if not states:
        yield ok("feeds", "there are none yet", "Add one with: pauta feeds add URL")
    elif well:
        yield ok("feeds", f"{well} of {len(states)} are well")
    late = [state.feed for state in states if _is_late(state.feed, now)]
    if late:
        yield warning(
            "schedule",
            f"{len(late)} feeds should have been checked by now",
            "Checks are made by the running bot, or by `pauta ingest --due` from cron: start one.",
        )


def check_feed(state: FeedState, now: datetime) -> Finding:
    """How one feed is; without advice when it is well."""
    feed = state.feed
    subject = f"feed {feed.title or feed.url}"
    if feed.clock.paused:
        advice = explain(410, feed.last_error)
        return broken(
            subject, f"gone since {_when(feed.failing_since)}: the server says so", advice
        )
    if feed.paused:
        return ok(
            subject, "paused by a person", f"To have it asked again: pauta feeds resume {feed.id}"
        )
    if feed.failing_since:
        since = now - feed.failing_since
        return Finding(
            Verdict.BROKEN if since >= FAILED_FOR else Verdict.WARNING,
            subject,
            f"failing since {_when(feed.failing_since)}, {feed.clock.failures} times in a row: "
            f"{feed.last_error}; next check {_when(feed.next_check_at)}",
            f"{explain(None, feed.last_error)} `pauta doctor {feed.id}` looks closer.",
        )
    if _is_silent(state, now):
        return warning(
            subject,
            f"answers, but nothing new has come since {_when(feed.last_new_at or feed.added_at)}, "
            f"unusually long for it; next check {_when(feed.next_check_at)}",
            f"Look whether the outlet publishes elsewhere now: pauta doctor {feed.id}",
        )
    if feed.last_success_at is None:
        return ok(subject, f"not read yet; next check {_when(feed.next_check_at)}")
    return ok(
        subject,
        f"well; last read {_when(feed.last_success_at)}, next check {_when(feed.next_check_at)}",
    )


def _is_silent(state: FeedState, now: datetime) -> bool:
    """As its admins would be told, had they been told nothing yet."""
    feed = state.feed
    notice = judge(
        FeedHistory(
            last_success_at=feed.last_success_at,
            failing_since=feed.failing_since,
            last_new_at=feed.last_new_at or feed.added_at,
            typical_gap=typical_gap(state.dates),
            notified=HealthState.WELL,
            last_checked_at=feed.last_checked_at,
        ),
        now,
    )
    return notice is not None and notice.kind is NoticeKind.SILENT


def _is_late(feed: Feed, now: datetime) -> bool:
    asked = not feed.paused and not feed.clock.paused
    return asked and feed.next_check_at is not None and now - feed.next_check_at > OVERDUE


def _when(moment: datetime | None) -> str:
    return f"{moment:{_TIME}}" if moment else "an unknown time"
