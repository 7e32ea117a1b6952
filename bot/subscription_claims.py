"""Which replica composes which of the digests that are due, in the people database. Blocking."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Engine, Row, and_, or_, select, update

from bot.database import subscriptions
from bot.replicas import LEASE
from retrieval.dates import seconds_of
from retrieval.writing import writing

UNCLAIMED = {"claimed_by": None, "claimed_until": None}
_of = subscriptions.c


def claim_due(
    engine: Engine, who: str, now: datetime, limit: int, after: tuple[int, int]
) -> Sequence[Row[Any]]:
    """Rows that are due and no other replica's, the longest overdue first, behind the moment and
    number `after`; at most `limit`. They are the caller's for `LEASE`."""
    moment, number = after
    is_free = or_(_of.claimed_until.is_(None), _of.claimed_until <= seconds_of(now))
    behind = or_(_of.next_due_at > moment, and_(_of.next_due_at == moment, _of.id > number))
    chosen = (
        select(subscriptions)
        .where(_of.active, _of.next_due_at <= seconds_of(now), behind)
        .where(or_(is_free, _of.claimed_by == who))
        .order_by(_of.next_due_at, _of.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    with writing(engine) as connection:
        rows = connection.execute(chosen).all()
        if rows:
            _claim(connection, who, [row.id for row in rows], now)
    return rows


def keep(engine: Engine, who: str, numbers: Sequence[int], now: datetime) -> None:
    """Those that are the caller's stay so for `LEASE` from now on."""
    with writing(engine) as connection:
        _claim(connection, who, numbers, now, _of.claimed_by == who)


def _claim(
    connection: Connection,
    who: str,
    numbers: Sequence[int],
    now: datetime,
    *conditions: ColumnElement[bool],
) -> None:
    mine = {"claimed_by": who, "claimed_until": seconds_of(now + LEASE)}
    connection.execute(update(subscriptions).where(_of.id.in_(numbers), *conditions).values(mine))
