"""Stories that follows matched, in the people database. Everything is done in the caller's
transaction."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, case, delete, func, select, update

from bot.alerts import AlertState
from bot.conversation_key import ConversationKey, key_of
from bot.database import alerts, articles_matched, deliveries, story_wishes
from bot.outgoing import Kind
from retrieval.dates import moment_at, moment_of, seconds_of
from retrieval.rows import parts
from retrieval.upserts import upsert

KEPT_FOR = timedelta(days=40)
"""Longer than a story lives."""
MOST_ARTICLES = 50
"""Of one story, that are remembered as told or waiting."""
MOST_ROWS = 5_000
"""Of one chat that are looked at."""

_OPEN = (AlertState.WAITING.value, AlertState.HELD.value)
_of = alerts.c


@dataclass(frozen=True, slots=True)
class AlertRow:
    """A follow and a story."""

    follow_id: int
    story_id: str
    state: AlertState
    at: datetime
    article_ids: tuple[str, ...]
    waiting: tuple[str, ...]
    told_at: datetime | None

    @property
    def is_open(self) -> bool:
        return self.state.value in _OPEN

    @property
    def all_ids(self) -> tuple[str, ...]:
        return (*self.article_ids, *self.waiting)


def unmatched(connection: Connection, article_ids: Sequence[str]) -> list[str]:
    """Those that were not held against the follows yet, in their order."""
    known = {
        found
        for part in parts(article_ids)
        for found in connection.scalars(
            select(articles_matched.c.article_id).where(articles_matched.c.article_id.in_(part))
        )
    }
    return [one for one in article_ids if one not in known]


def note_matched(connection: Connection, heard_at: Mapping[str, int]) -> None:
    rows = [{"article_id": one, "heard_at": at} for one, at in heard_at.items()]
    if rows:
        connection.execute(upsert(connection, articles_matched).on_conflict_do_nothing(), rows)


def add(
    connection: Connection,
    where: ConversationKey,
    follow_id: int,
    story_id: str,
    article_id: str,
    now: datetime,
) -> None:
    """An article of a story matched: a row of its own, or one more article of that there is."""
    of_it = (_of.follow_id == follow_id) & (_of.story_id == story_id)
    row = connection.execute(select(alerts).where(of_it)).first()
    if row is None:
        connection.execute(
            upsert(connection, alerts)
            .values(
                follow_id=follow_id,
                story_id=story_id,
                conversation=str(where),
                state=AlertState.WAITING.value,
                at=seconds_of(now),
                article_ids="[]",
                waiting=json.dumps([article_id]),
            )
            .on_conflict_do_nothing()
        )
        return
    known = _read(row)
    if article_id in (*known.article_ids, *known.waiting) or known.state is AlertState.MUTED:
        return
    values: dict[str, Any] = {"waiting": _listed([*known.waiting, article_id])}
    if known.state is AlertState.TOLD:
        values |= {"state": AlertState.WAITING.value, "at": seconds_of(now)}
    connection.execute(update(alerts).where(of_it).values(values))


def chats_with_open(connection: Connection) -> list[ConversationKey]:
    found = connection.scalars(select(_of.conversation).where(_of.state.in_(_OPEN)).distinct())
    return sorted(map(key_of, found))


def rows_of(connection: Connection, where: ConversationKey) -> list[AlertRow]:
    """Of a chat, those that are open and then the latest."""
    chosen = select(alerts).where(_of.conversation == str(where))
    closed = case((_of.state.in_(_OPEN), 0), else_=1)
    latest = chosen.order_by(closed, _of.at.desc(), _of.follow_id, _of.story_id).limit(MOST_ROWS)
    return [_read(row) for row in connection.execute(latest)]


def muted_in(connection: Connection, where: ConversationKey) -> frozenset[str]:
    chosen = select(story_wishes.c.story_id).where(story_wishes.c.conversation == str(where))
    return frozenset(connection.scalars(chosen.where(story_wishes.c.wish == "mute")))


def sent_since(connection: Connection, where: ConversationKey, since: datetime) -> int:
    """Messages with alerts that were composed since."""
    kinds = (Kind.ALERT.value, Kind.HELD_ALERTS.value)
    chosen = select(func.count()).where(
        deliveries.c.conversation == str(where),
        deliveries.c.kind.in_(kinds),
        deliveries.c.due_at >= seconds_of(since),
    )
    return connection.scalar(chosen) or 0


def set_told(connection: Connection, rows: Iterable[AlertRow], key: str, now: datetime) -> None:
    for row in rows:
        told = _listed([*row.article_ids, *row.waiting])
        values = {
            "state": AlertState.TOLD.value,
            "article_ids": told,
            "waiting": "[]",
            "told_at": seconds_of(now),
            "delivery_key": key,
        }
        connection.execute(update(alerts).where(_is(row)).values(values))


def set_state(connection: Connection, rows: Iterable[AlertRow], state: AlertState) -> None:
    """What came to nothing keeps its articles, so that they do not come again."""
    for row in rows:
        values: dict[str, Any] = {"state": state.value}
        if state.value not in _OPEN:
            told = [*row.article_ids, *row.waiting]
            values |= {"article_ids": _listed(told), "waiting": "[]"}
        connection.execute(update(alerts).where(_is(row)).values(values))


def prune(connection: Connection, now: datetime, unmatched_before: datetime) -> None:
    connection.execute(delete(alerts).where(_of.at < seconds_of(now - KEPT_FOR)))
    old = articles_matched.c.heard_at < seconds_of(unmatched_before)
    connection.execute(delete(articles_matched).where(old))


def _is(row: AlertRow) -> Any:
    return (_of.follow_id == row.follow_id) & (_of.story_id == row.story_id)


def _listed(article_ids: Sequence[str]) -> str:
    return json.dumps(list(dict.fromkeys(article_ids))[-MOST_ARTICLES:])


def _read(row: Row[Any]) -> AlertRow:
    return AlertRow(
        follow_id=row.follow_id,
        story_id=row.story_id,
        state=AlertState(row.state),
        at=moment_at(row.at),
        article_ids=tuple(json.loads(row.article_ids)),
        waiting=tuple(json.loads(row.waiting)),
        told_at=moment_of(row.told_at),
    )
