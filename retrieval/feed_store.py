"""Feeds and the entries seen in them, in the corpus database."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Engine, Row, delete, insert, select, update
from sqlalchemy.dialects.sqlite import insert as upsert

from retrieval.feeds.conditional import Validators
from retrieval.feeds.decide import KnownEntry
from retrieval.feeds.feed import Feed, feed_id
from retrieval.feeds.health import HealthState
from retrieval.feeds.rhythm import FeedClock
from retrieval.feeds.rhythm import due as is_due
from retrieval.schema import articles, feed_entries, feeds

_RECENT_DATES = 500
_DAY = 86_400


@dataclass(frozen=True, slots=True)
class SeenEntry:
    """An entry to remember; see `decide.EntryDecision`."""

    key: str
    url: str | None
    fingerprints: tuple[str, ...]
    article_id: str | None
    published_at: datetime | None


class FeedStore:
    """Each method is one transaction."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def add(self, url: str, title: str, site_url: str | None, now: datetime) -> Feed:
        """A new feed, due at once; the known one if it was added before."""
        feed = Feed(feed_id(url), url, title, site_url, now, next_check_at=now)
        # By id too: one that has moved since is still the feed that was added at `url`.
        same = select(feeds).where((feeds.c.url == url) | (feeds.c.id == feed.id))
        with self._engine.begin() as connection:
            known = connection.execute(same.order_by(feeds.c.url != url)).first()
            if known is not None:
                return _feed(known)
            connection.execute(insert(feeds).values(**_values(feed)))
        return feed

    def all(self) -> list[Feed]:
        """By title."""
        with self._engine.connect() as connection:
            rows = connection.execute(select(feeds).order_by(feeds.c.title, feeds.c.id)).all()
        return [_feed(row) for row in rows]

    def find(self, name: str) -> Feed | None:
        """By address, id, or title (upper or lower case)."""
        statement = select(feeds).where((feeds.c.url == name) | (feeds.c.id == name))
        with self._engine.connect() as connection:
            row = connection.execute(statement).first()
        if row is not None:
            return _feed(row)
        return next((feed for feed in self.all() if feed.title.lower() == name.lower()), None)

    def due(self, now: datetime) -> list[Feed]:
        """Feeds to be asked now, the longest overdue first."""
        statement = (
            select(feeds)
            .where(~feeds.c.paused, ~feeds.c.gone)
            .order_by(feeds.c.next_check_at, feeds.c.id)
        )
        with self._engine.connect() as connection:
            waiting = [_feed(row) for row in connection.execute(statement)]
        return [feed for feed in waiting if is_due(feed.next_check_at, now)]

    def save(self, feed: Feed) -> None:
        """Write a known feed as it is given; its address must be no other feed's."""
        with self._engine.begin() as connection:
            connection.execute(update(feeds).where(feeds.c.id == feed.id).values(**_values(feed)))

    def record(self, feed: Feed) -> Feed | None:
        """Write down a check, but not over what a person has set meanwhile.

        Returns the feed as it is now; None when it was removed. One that has moved to the
        address of another keeps its own.
        """
        of_others = select(feeds.c.id).where(feeds.c.url == feed.url, feeds.c.id != feed.id)
        with self._engine.begin() as connection:
            row = connection.execute(select(feeds).where(feeds.c.id == feed.id)).first()
            if row is None:
                return None
            after = replace(
                feed,
                url=row.url if connection.execute(of_others).first() else feed.url,
                title=row.title or feed.title,
                keep_days=row.keep_days,
                paused=row.paused,
            )
            connection.execute(update(feeds).where(feeds.c.id == feed.id).values(**_values(after)))
        return after

    def articles_only_of(self, feed: Feed) -> list[str]:
        """Ids of articles that came from this feed and no other."""
        others = select(feed_entries.c.article_id).where(
            feed_entries.c.feed_id != feed.id, feed_entries.c.article_id.is_not(None)
        )
        own = _articles_of(feed.id).where(feed_entries.c.article_id.not_in(others)).distinct()
        with self._engine.connect() as connection:
            return sorted(connection.execute(own).scalars())

    def remove(self, feed: Feed) -> list[str]:
        """Forget a feed; returns the ids of articles that came from no other one.

        To delete those too, do it before, with `articles_only_of`: nothing would name them
        after a crash in between.
        """
        own = self.articles_only_of(feed)
        with self._engine.begin() as connection:
            connection.execute(delete(feed_entries).where(feed_entries.c.feed_id == feed.id))
            connection.execute(delete(feeds).where(feeds.c.id == feed.id))
        return own

    def known_entries(self, feed: Feed) -> dict[str, KnownEntry]:
        """All that is remembered of a feed, by key."""
        statement = select(feed_entries).where(feed_entries.c.feed_id == feed.id)
        with self._engine.connect() as connection:
            return {
                row.key: KnownEntry(
                    key=row.key,
                    url=row.url,
                    fingerprints=tuple(json.loads(row.fingerprints)),
                    article_id=row.article_id,
                    seen_at=_moment(row.seen_at) or datetime.now(UTC),
                )
                for row in connection.execute(statement)
            }

    def remember(self, feed: Feed, entries: Iterable[SeenEntry], now: datetime) -> None:
        """Write entries down; one with a known key is written over."""
        rows = [
            {
                "feed_id": feed.id,
                "key": entry.key,
                "url": entry.url,
                "fingerprints": json.dumps(entry.fingerprints),
                "article_id": entry.article_id,
                "published_at": _seconds(entry.published_at),
                "seen_at": _seconds(now),
            }
            for entry in entries
        ]
        if not rows:
            return
        statement = upsert(feed_entries)
        columns = {
            name: statement.excluded[name]
            for name in ("url", "fingerprints", "article_id", "published_at", "seen_at")
        }
        with self._engine.begin() as connection:
            connection.execute(
                statement.on_conflict_do_update(index_elements=["feed_id", "key"], set_=columns),
                rows,
            )

    def unclaimed(
        self, feed: Feed, article_ids: Iterable[str | None], rewritten: Iterable[SeenEntry]
    ) -> list[str]:
        """Those of `article_ids` no entry will stand for once `rewritten` is remembered."""
        written = list(rewritten)
        wanted = set(article_ids) - {entry.article_id for entry in written} - {None}
        keys = {entry.key for entry in written}
        columns = (feed_entries.c.feed_id, feed_entries.c.key, feed_entries.c.article_id)
        with self._engine.connect() as connection:
            for article in list(wanted):
                rows = connection.execute(
                    select(*columns).where(feed_entries.c.article_id == article)
                ).all()
                if any(row.feed_id != feed.id or row.key not in keys for row in rows):
                    wanted.discard(article)
        return sorted(filter(None, wanted))

    def recent_dates(self, feed: Feed) -> list[datetime]:
        """When its latest entries were published, or first seen; newest first."""
        statement = (
            select(feed_entries.c.published_at, feed_entries.c.seen_at)
            .where(feed_entries.c.feed_id == feed.id)
            .order_by(feed_entries.c.seen_at.desc())
            .limit(_RECENT_DATES)
        )
        with self._engine.connect() as connection:
            rows = connection.execute(statement).all()
        moments = [_moment(row.published_at or row.seen_at) for row in rows]
        return sorted((moment for moment in moments if moment), reverse=True)

    def expired(self, feed: Feed, now: datetime) -> list[str]:
        """Ids of its articles that neither it nor another feed that has them keeps any longer."""
        if feed.keep_days is None:
            return []
        holds_on = (
            select(feed_entries.c.key)
            .join(feeds, feeds.c.id == feed_entries.c.feed_id)
            .where(
                feed_entries.c.article_id == articles.c.id,
                feeds.c.keep_days.is_(None)
                | (articles.c.added_at >= _seconds(now) - feeds.c.keep_days * _DAY),
            )
            .exists()
        )
        statement = (
            select(articles.c.id)
            .join(feed_entries, feed_entries.c.article_id == articles.c.id)
            .where(feed_entries.c.feed_id == feed.id, ~holds_on)
            .distinct()
        )
        with self._engine.connect() as connection:
            return list(connection.execute(statement).scalars())


def _articles_of(feed: str) -> Any:
    return select(feed_entries.c.article_id).where(
        feed_entries.c.feed_id == feed, feed_entries.c.article_id.is_not(None)
    )


def _values(feed: Feed) -> dict[str, Any]:
    return {
        "id": feed.id,
        "url": feed.url,
        "title": feed.title,
        "site_url": feed.site_url,
        "added_at": _seconds(feed.added_at),
        "keep_days": feed.keep_days,
        "paused": feed.paused,
        "interval_seconds": int(feed.clock.interval.total_seconds()),
        "failures": feed.clock.failures,
        "gone": feed.clock.paused,
        "next_check_at": _seconds(feed.next_check_at),
        "etag": feed.validators.etag,
        "last_modified": feed.validators.last_modified,
        "first_look_done": feed.first_look_done,
        "last_checked_at": _seconds(feed.last_checked_at),
        "last_success_at": _seconds(feed.last_success_at),
        "last_new_at": _seconds(feed.last_new_at),
        "failing_since": _seconds(feed.failing_since),
        "last_error": feed.last_error,
        "notified": feed.notified.value,
    }


def _feed(row: Row[Any]) -> Feed:
    return Feed(
        id=row.id,
        url=row.url,
        title=row.title,
        site_url=row.site_url,
        added_at=datetime.fromtimestamp(row.added_at, UTC),
        keep_days=row.keep_days,
        paused=row.paused,
        clock=FeedClock(timedelta(seconds=row.interval_seconds), row.failures, row.gone),
        next_check_at=_moment(row.next_check_at),
        validators=Validators(row.etag, row.last_modified),
        first_look_done=row.first_look_done,
        last_checked_at=_moment(row.last_checked_at),
        last_success_at=_moment(row.last_success_at),
        last_new_at=_moment(row.last_new_at),
        failing_since=_moment(row.failing_since),
        last_error=row.last_error,
        notified=HealthState(row.notified),
    )


def _seconds(moment: datetime | None) -> int | None:
    return None if moment is None else int(moment.timestamp())


def _moment(seconds: int | None) -> datetime | None:
    return None if seconds is None else datetime.fromtimestamp(seconds, UTC)
