"""The entries seen in each feed, and the articles they stand for, in the corpus database."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Engine, Row, delete, or_, select

from retrieval.dates import moment_at, moment_of, seconds_of
from retrieval.feeds.feed import Feed
from retrieval.feeds.memory import KnownEntry, forget_before, may_be_forgotten, page_of
from retrieval.schema import appearances, articles, by_hand, feed_entries, feeds
from retrieval.upserts import upsert
from retrieval.writing import writing

_RECENT_DATES = 500
_MOST_FORGOTTEN = 5_000
_IN_LIMIT = 500
_DAY = 86_400


@dataclass(frozen=True, slots=True)
class SeenEntry:
    """An entry to remember; see `decide.EntryDecision`."""

    key: str
    url: str | None
    fingerprints: tuple[str, ...]
    article_id: str | None
    published_at: datetime | None


class FeedEntries:
    """Each method is one transaction."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def known_entries(
        self, feed: Feed, keys: Iterable[str], urls: Iterable[str | None] = ()
    ) -> dict[str, KnownEntry]:
        """What is remembered under one of the keys or at one of the addresses, by key."""
        spelled = {address for url in urls for address in (url, page_of(url)) if address}
        statement = select(feed_entries).where(feed_entries.c.feed_id == feed.id)
        with self._engine.connect() as connection:
            return {
                row.key: _known(row)
                for column, wanted in (
                    (feed_entries.c.key, set(keys)),
                    (feed_entries.c.url, spelled),
                )
                for part in _in_parts(sorted(wanted))
                for row in connection.execute(statement.where(column.in_(part)))
            }

    def forget(self, feed: Feed, shown: Collection[str], now: datetime) -> int:
        """Let go of entries nothing needs any longer, but of none with a key in `shown`, which
        the feed shows now; returns how many. See `memory`."""
        has_article = or_(
            *(
                select(table.c.id).where(table.c.id == feed_entries.c.article_id).exists()
                for table in (articles, appearances)
            )
        )
        old = (
            select(feed_entries.c.key, feed_entries.c.published_at, feed_entries.c.seen_at)
            .where(
                feed_entries.c.feed_id == feed.id,
                feed_entries.c.seen_at < seconds_of(forget_before(now)),
                feed_entries.c.published_at < seconds_of(forget_before(now)),
                ~has_article,
            )
            .order_by(feed_entries.c.seen_at)
            .limit(len(shown) + _MOST_FORGOTTEN)
        )
        with writing(self._engine) as connection:
            forgotten = [
                row.key
                for row in connection.execute(old)
                if row.key not in shown
                and may_be_forgotten(
                    moment_of(row.published_at), moment_at(row.seen_at), now, has_article=False
                )
            ]
            for part in _in_parts(forgotten):
                connection.execute(
                    delete(feed_entries).where(
                        feed_entries.c.feed_id == feed.id, feed_entries.c.key.in_(part)
                    )
                )
        return len(forgotten)

    def outlets(self, feed: Feed, article_ids: Sequence[str]) -> dict[str, tuple[str, set[str]]]:
        """Of those articles that other feeds have too: the outlet, and those feeds' titles. What
        a person put there is its outlet's own, whichever feed has it."""
        found: dict[str, tuple[str, set[str]]] = {}
        with self._engine.connect() as connection:
            for table in (articles, appearances):
                statement = (
                    select(table.c.id, table.c.source, feeds.c.title)
                    .join(feed_entries, feed_entries.c.article_id == table.c.id)
                    .join(feeds, feeds.c.id == feed_entries.c.feed_id)
                    .where(feeds.c.id != feed.id)
                )
                own = select(table.c.id, table.c.source, table.c.source.label("title")).where(
                    table.c.id.in_(select(by_hand.c.article_id))
                )
                for part in _in_parts(article_ids):
                    for held in (statement, own):
                        for row in connection.execute(held.where(table.c.id.in_(part))):
                            found.setdefault(row.id, (row.source, set()))[1].add(row.title)
        return found

    def remember(self, feed: Feed, entries: Iterable[SeenEntry], now: datetime) -> None:
        """Write entries down; one with a known key is written over."""
        rows = [
            {
                "feed_id": feed.id,
                "key": entry.key,
                "url": page_of(entry.url),
                "fingerprints": json.dumps(entry.fingerprints),
                "article_id": entry.article_id,
                "published_at": seconds_of(entry.published_at),
                "seen_at": seconds_of(now),
            }
            for entry in entries
        ]
        if not rows:
            return
        with writing(self._engine) as connection:
            statement = upsert(connection, feed_entries)
            columns = {
                name: statement.excluded[name]
                for name in ("url", "fingerprints", "article_id", "published_at", "seen_at")
            }
            connection.execute(
                statement.on_conflict_do_update(index_elements=["feed_id", "key"], set_=columns),
                rows,
            )

    def unclaimed(
        self, feed: Feed, article_ids: Iterable[str | None], rewritten: Iterable[SeenEntry]
    ) -> list[str]:
        """Those of `article_ids` no entry will stand for once `rewritten` is remembered, and
        that no person put there."""
        written = list(rewritten)
        wanted = set(article_ids) - {entry.article_id for entry in written} - {None}
        keys = {entry.key for entry in written}
        columns = (feed_entries.c.feed_id, feed_entries.c.key, feed_entries.c.article_id)
        with self._engine.connect() as connection:
            for article in list(wanted):
                rows = connection.execute(
                    select(*columns).where(feed_entries.c.article_id == article)
                ).all()
                claimed = any(row.feed_id != feed.id or row.key not in keys for row in rows)
                mark = select(by_hand.c.article_id).where(by_hand.c.article_id == article)
                if claimed or connection.execute(mark).first():
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
        moments = [moment_of(row.published_at or row.seen_at) for row in rows]
        return sorted((moment for moment in moments if moment), reverse=True)

    def expired(self, feed: Feed, now: datetime) -> list[str]:
        """Ids of its articles that neither it nor another feed that has them keeps any longer;
        never what a person put there."""
        if feed.keep_days is None:
            return []
        found: list[str] = []
        with self._engine.connect() as connection:
            for table in (articles, appearances):
                holds_on = (
                    select(feed_entries.c.key)
                    .join(feeds, feeds.c.id == feed_entries.c.feed_id)
                    .where(
                        feed_entries.c.article_id == table.c.id,
                        feeds.c.keep_days.is_(None)
                        | (table.c.added_at >= seconds_of(now) - feeds.c.keep_days * _DAY),
                    )
                    .exists()
                )
                statement = (
                    select(table.c.id)
                    .join(feed_entries, feed_entries.c.article_id == table.c.id)
                    .where(
                        feed_entries.c.feed_id == feed.id,
                        ~holds_on,
                        table.c.id.not_in(select(by_hand.c.article_id)),
                    )
                    .distinct()
                )
                found += connection.execute(statement).scalars()
        return found

    def articles_only_of(self, feed: Feed) -> list[str]:
        """Ids of articles that came from this feed alone: from no other, and from no person."""
        others = select(feed_entries.c.article_id).where(
            feed_entries.c.feed_id != feed.id, feed_entries.c.article_id.is_not(None)
        )
        own = (
            _articles_of(feed.id)
            .where(
                feed_entries.c.article_id.not_in(others),
                feed_entries.c.article_id.not_in(select(by_hand.c.article_id)),
            )
            .distinct()
        )
        with self._engine.connect() as connection:
            return sorted(connection.execute(own).scalars())


def _in_parts(values: Sequence[str]) -> Iterator[Sequence[str]]:
    """Few enough at a time for one `IN (...)` of any database."""
    for at in range(0, len(values), _IN_LIMIT):
        yield values[at : at + _IN_LIMIT]


def _known(row: Row[Any]) -> KnownEntry:
    return KnownEntry(
        key=row.key,
        url=row.url,
        fingerprints=tuple(json.loads(row.fingerprints)),
        article_id=row.article_id,
        seen_at=moment_at(row.seen_at),
    )


def _articles_of(feed: str) -> Any:
    return select(feed_entries.c.article_id).where(
        feed_entries.c.feed_id == feed, feed_entries.c.article_id.is_not(None)
    )
