"""Feeds, in the corpus database; with what is remembered of their entries (`FeedEntries`)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, delete, select, update

from retrieval.dates import moment_at, moment_of, seconds_of
from retrieval.feed_entries import FeedEntries
from retrieval.feeds.conditional import Validators
from retrieval.feeds.feed import Feed, feed_id
from retrieval.feeds.health import HealthState
from retrieval.feeds.rhythm import CLOCKS_DIFFER, LONGEST_WAIT, FeedClock
from retrieval.feeds.rhythm import due as is_due
from retrieval.schema import feed_entries, feeds
from retrieval.upserts import upsert
from retrieval.writing import is_shared, writing


class FeedStore(FeedEntries):
    """Each method is one transaction."""

    def add(self, url: str, title: str, site_url: str | None, now: datetime) -> Feed:
        """A new feed, due at once; the known one if it was added before."""
        feed = Feed(feed_id(url), url, title, site_url, now, next_check_at=now)
        # By id too: one that has moved since is still the feed that was added at `url`.
        same = select(feeds).where((feeds.c.url == url) | (feeds.c.id == feed.id))
        with writing(self._engine) as connection:
            known = connection.execute(same.order_by(feeds.c.url != url)).first()
            if known is None:
                new = upsert(connection, feeds).values(**_values(feed)).on_conflict_do_nothing()
                connection.execute(new)
                known = connection.execute(same.order_by(feeds.c.url != url)).one()
            return _feed(known)

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
        return [feed for feed in waiting if is_due(feed.next_check_at, now, feed.last_checked_at)]

    @property
    def is_shared(self) -> bool:
        """Whether other processes may ask the feeds too: then they are claimed first."""
        return is_shared(self._engine)

    def claim(self, now: datetime, most: int, until: datetime) -> list[Feed]:
        """As `due`, at most `most`, and for nobody else until then; see `FeedLease`."""
        at, too_far = seconds_of(now), seconds_of(now + LONGEST_WAIT)
        # See `rhythm.due`; others ask meanwhile, and what is claimed says nothing of the clock.
        wrong = feeds.c.last_checked_at > seconds_of(until + CLOCKS_DIFFER)
        wrong &= feeds.c.next_check_at > seconds_of(until)
        statement = (
            select(feeds)
            .where(~feeds.c.paused, ~feeds.c.gone)
            .where((feeds.c.next_check_at <= at) | (feeds.c.next_check_at > too_far) | wrong)
            .order_by(feeds.c.next_check_at, feeds.c.id)
            .limit(most)
            .with_for_update(skip_locked=True)
        )
        with writing(self._engine) as connection:
            claimed = [_feed(row) for row in connection.execute(statement)]
            for feed in claimed:
                connection.execute(
                    update(feeds)
                    .where(feeds.c.id == feed.id)
                    .values(next_check_at=seconds_of(until))
                )
        return claimed

    def move_claims(self, claims: Mapping[str, datetime], until: datetime) -> None:
        """Have feeds, by id with the moment they are claimed to, be due for others at another
        one; those that have got a next check meanwhile keep it."""
        with writing(self._engine) as connection:
            for feed, claimed_to in sorted(claims.items()):
                connection.execute(
                    update(feeds)
                    .where(feeds.c.id == feed, feeds.c.next_check_at == seconds_of(claimed_to))
                    .values(next_check_at=seconds_of(until))
                )

    def save(self, feed: Feed) -> None:
        """Write a known feed as it is given; its address must be no other feed's."""
        with writing(self._engine) as connection:
            connection.execute(update(feeds).where(feeds.c.id == feed.id).values(**_values(feed)))

    def note_told(self, states: Mapping[str, HealthState]) -> None:
        """Admins know these states of the feeds, by id."""
        with writing(self._engine) as connection:
            for id_, state in states.items():
                connection.execute(
                    update(feeds).where(feeds.c.id == id_).values(notified=state.value)
                )

    def ask_failing_again(self, now: datetime) -> None:
        """Make all feeds due that fail and are not gone. A host that wants to be left alone
        still is; see `HostQueue`."""
        with writing(self._engine) as connection:
            connection.execute(
                update(feeds)
                .where(feeds.c.failing_since.is_not(None), ~feeds.c.gone)
                .values(next_check_at=seconds_of(now))
            )

    def record(self, feed: Feed) -> Feed | None:
        """Write down a check, but not over what a person has set meanwhile.

        Returns the feed as it is now; None when it was removed. One that has moved to the
        address of another keeps its own.
        """
        of_others = select(feeds.c.id).where(feeds.c.url == feed.url, feeds.c.id != feed.id)
        its_row = select(feeds).where(feeds.c.id == feed.id).with_for_update()
        with writing(self._engine) as connection:
            row = connection.execute(its_row).first()
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

    def remove(self, feed: Feed) -> list[str]:
        """Forget a feed; returns the ids of articles that came from no other one.

        To delete those too, do it before, with `articles_only_of`: nothing would name them
        after a crash in between.
        """
        own = self.articles_only_of(feed)
        with writing(self._engine) as connection:
            connection.execute(delete(feed_entries).where(feed_entries.c.feed_id == feed.id))
            connection.execute(delete(feeds).where(feeds.c.id == feed.id))
        return own


def _values(feed: Feed) -> dict[str, Any]:
    return {
        "id": feed.id,
        "url": feed.url,
        "title": feed.title,
        "site_url": feed.site_url,
        "added_at": seconds_of(feed.added_at),
        "keep_days": feed.keep_days,
        "paused": feed.paused,
        "interval_seconds": int(feed.clock.interval.total_seconds()),
        "failures": feed.clock.failures,
        "gone": feed.clock.paused,
        "next_check_at": seconds_of(feed.next_check_at),
        "etag": feed.validators.etag,
        "last_modified": feed.validators.last_modified,
        "first_look_done": feed.first_look_done,
        "last_checked_at": seconds_of(feed.last_checked_at),
        "last_success_at": seconds_of(feed.last_success_at),
        "last_new_at": seconds_of(feed.last_new_at),
        "failing_since": seconds_of(feed.failing_since),
        "last_error": feed.last_error,
        "notified": feed.notified.value,
    }


def _feed(row: Row[Any]) -> Feed:
    return Feed(
        id=row.id,
        url=row.url,
        title=row.title,
        site_url=row.site_url,
        added_at=moment_at(row.added_at),
        keep_days=row.keep_days,
        paused=row.paused,
        clock=FeedClock(timedelta(seconds=row.interval_seconds), row.failures, row.gone),
        next_check_at=moment_of(row.next_check_at),
        validators=Validators(row.etag, row.last_modified),
        first_look_done=row.first_look_done,
        last_checked_at=moment_of(row.last_checked_at),
        last_success_at=moment_of(row.last_success_at),
        last_new_at=moment_of(row.last_new_at),
        failing_since=moment_of(row.failing_since),
        last_error=row.last_error,
        notified=HealthState(row.notified),
    )
