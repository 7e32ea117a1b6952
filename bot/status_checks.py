"""What the status pages look at: the databases, the archive's lock, and the queues. Blocking."""

from __future__ import annotations

import os
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path

from sqlalchemy import Engine, case, func, select, text

from bot import metrics
from bot.database import deliveries, outbox, subscriptions
from bot.metrics import FeedHealth
from bot.outbox import troubles
from bot.outgoing import PartState
from retrieval.dates import seconds_of
from retrieval.feed_store import FeedStore
from retrieval.feeds.feed import Feed
from retrieval.feeds.health import HealthState
from retrieval.lock import process_holding
from retrieval.store import Store


def database_problem(*engines: Engine) -> str:
    """Empty when all can be read. Raises SQLAlchemyError."""
    for engine in engines:
        with engine.connect() as connection:
            connection.execute(text("SELECT 1 FROM alembic_version"))
    return ""


def lock_problem(home: Path) -> str:
    """Empty while this process holds the archive in `home`."""
    return "" if process_holding(home) == os.getpid() else "not held by this process"


def refresh_coverage(store: Store, feeds: FeedStore, now: datetime) -> None:
    """Raises SQLAlchemyError."""
    metrics.ARTICLES.set(store.article_count())
    known = feeds.all()
    for state, count in by_state(known).items():
        metrics.FEEDS.labels(state.value).set(count)
    metrics.FEED_LAG.set(longest_wait(known, now))


def by_state(feeds: Iterable[Feed]) -> dict[FeedHealth, int]:
    """How many feeds are in each state; all states are there.  (pure)"""
    counts = dict.fromkeys(FeedHealth, 0)
    for feed in feeds:
        counts[state_of(feed)] += 1
    return counts


def state_of(feed: Feed) -> FeedHealth:
    """(pure)"""
    if feed.clock.paused:
        return FeedHealth.GONE
    if feed.paused:
        return FeedHealth.PAUSED
    if feed.failing_since is not None:
        return FeedHealth.FAILING
    return FeedHealth.SILENT if feed.notified is HealthState.SILENT else FeedHealth.WELL


def longest_wait(feeds: Iterable[Feed], now: datetime) -> float:
    """Seconds that the feed has waited which is due longest; 0 when none is.  (pure)"""
    waits = [
        (now - feed.next_check_at).total_seconds()
        for feed in feeds
        if feed.next_check_at is not None and not (feed.paused or feed.clock.paused)
    ]
    return max([0.0, *waits])


def refresh_queues(people: Engine, now: datetime) -> None:
    """Raises SQLAlchemyError."""
    may_go_at = case(
        (outbox.c.not_before > deliveries.c.due_at, outbox.c.not_before),
        else_=deliveries.c.due_at,
    )
    waiting = (
        select(func.count(), func.min(may_go_at))
        .select_from(outbox.join(deliveries))
        .where(outbox.c.state == PartState.WAITING.value)
    )
    is_due = subscriptions.c.active & (subscriptions.c.next_due_at <= seconds_of(now))
    due = select(func.count(), func.min(subscriptions.c.next_due_at)).where(is_due)
    with people.connect() as connection:
        count, oldest = connection.execute(waiting).one()
        metrics.OUTBOX_WAITING.set(count)
        metrics.OUTBOX_LAG.set(_age(oldest, now))
        count, oldest = connection.execute(due).one()
        metrics.DIGESTS_DUE.set(count)
        metrics.DIGEST_LAG.set(_age(oldest, now))
    found = troubles(people, now)
    metrics.OUTBOX_UNKNOWN.set(found.unknown)
    metrics.CHATS_PAUSED.set(found.paused)


def _age(oldest: int | None, now: datetime) -> float:
    return max(0.0, now.timestamp() - oldest) if oldest is not None else 0.0
