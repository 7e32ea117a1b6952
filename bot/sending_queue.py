"""What waits to be sent, as those see it who send it: part by part, in the people database.

    waiting -> (claimed) -> sending -> sent | unknown | refused
    waiting -> dropped

A part is `sending` from just before its request may leave until its outcome is known. Whatever
is still so when its sender is gone may have arrived, or not: it becomes `unknown` and is never
sent again. Of a chat only the first delivery that is not done can be claimed, so that what is
told in order arrives in order, whoever sends it. All of it blocks.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil
from typing import Any

import structlog
from sqlalchemy import (
    ColumnElement,
    Connection,
    Engine,
    Row,
    Select,
    Update,
    and_,
    exists,
    or_,
    select,
    update,
)

from bot.conversation_key import ConversationKey, key_of
from bot.database import deliveries, outbox
from bot.outgoing import Delivery, PartState, unpacked
from retrieval.writing import writing

log = structlog.get_logger(__name__)

LEASE = timedelta(minutes=2)
"""How long a sender may keep what it claimed; longer than any one request takes."""
LONGEST_REASON = 200

_here = outbox.c
_waiting = _here.state == PartState.WAITING.value
_sending = _here.state == PartState.SENDING.value
_left = or_(_waiting, _sending)
_which = (_here.delivery_id, _here.part)


@dataclass(frozen=True, slots=True)
class Claimed:
    """A delivery that its claimer, and nobody else, may send now."""

    id: int
    where: ConversationKey
    """Also after the chat has moved."""
    delivery: Delivery
    parts: tuple[int, ...]
    """Numbers of those not sent yet, in order, from 0."""
    by: str
    """Who claimed it; once another has, nothing its former claimer says of it counts."""
    attempts: int = 0
    """Made before, of the first of them."""


class SendingQueue:
    """Kept in the people database `engine`, whose tables exist. Raises SQLAlchemyError when it
    cannot be used."""

    def __init__(self, engine: Engine, lease: timedelta = LEASE) -> None:
        self._engine = engine
        self._lease = lease

    def recover(self, who: str, now: datetime) -> int:
        """To be called once at a start, with the name of this sender, which nobody else bears:
        what an earlier run of it was sending is in doubt, what it had claimed is free. Returns
        how many parts are in doubt."""
        mine = _here.claimed_by == who
        with writing(self._engine) as connection:
            found = connection.execute(
                update(outbox)
                .where(_sending, mine)
                .values(_done(PartState.UNKNOWN, now, "the sender was interrupted"))
                .returning(*_which)
            ).all()
            connection.execute(update(outbox).where(_waiting, mine).values(_unclaimed()))
        return _told_of_doubt(found)

    def settle(self, now: datetime) -> int:
        """What senders that are gone were sending is in doubt; what is too late is dropped.
        Returns how many parts are no longer waited for."""
        at = _at(now)
        too_late = select(deliveries.c.id).where(deliveries.c.expires_at <= at)
        with writing(self._engine) as connection:
            lost = connection.execute(
                update(outbox)
                .where(_sending, _here.claimed_until <= at)
                .values(_done(PartState.UNKNOWN, now, "its sender is gone"))
                .returning(*_which)
            ).all()
            late = connection.execute(
                update(outbox)
                .where(_waiting, _is_free(at), _here.delivery_id.in_(too_late))
                .values(_done(PartState.DROPPED, now, "too late"))
                .returning(*_which)
            ).all()
        for row in late:
            log.warning("too late, not sent", delivery=row.delivery_id, part=row.part)
        return _told_of_doubt(lost) + len(late)

    def claim(self, now: datetime, who: str, limit: int) -> tuple[Claimed, ...]:
        """Up to `limit` deliveries that may be sent now, the oldest first, at most one a chat."""
        at = _at(now)
        mine = {"claimed_by": who, "claimed_until": at + int(self._lease.total_seconds())}
        with writing(self._engine) as connection:
            # Two statements: within one, PostgreSQL may look for the first ones more than once.
            firsts = connection.scalars(_firsts(at, limit)).all()
            rows = connection.execute(
                update(outbox)
                .where(_waiting, _here.delivery_id.in_(firsts))
                .values(mine)
                .returning(_here.delivery_id, _here.part, _here.attempts)
            ).all()
            parts: dict[int, list[tuple[int, int]]] = {}
            for row in rows:
                parts.setdefault(row.delivery_id, []).append((row.part, row.attempts))
            columns = (deliveries.c.id, deliveries.c.conversation, deliveries.c.delivery)
            stored = connection.execute(
                select(*columns).where(deliveries.c.id.in_(parts)).order_by(deliveries.c.id)
            ).all()
            found: list[Claimed] = []
            for row in stored:
                one = _claimed(row, who, parts[row.id])
                if one is not None:
                    found.append(one)
                else:
                    _drop_unreadable(connection, row.id, now)
        return tuple(found)

    def begin(self, claimed: Claimed, part: int, now: datetime) -> bool:
        """Before its request may leave; False when it is no longer the caller's to send."""
        at = _at(now)
        still_mine = (_waiting, _here.claimed_until > at)
        return self._change(
            _of(claimed, part).where(*still_mine).values(
                state=PartState.SENDING.value,
                attempts=_here.attempts + 1,
                claimed_until=at + int(self._lease.total_seconds()),
            )
        )  # fmt: skip

    def sent(self, claimed: Claimed, part: int, message_id: int, now: datetime) -> None:
        """Also of one that was taken for lost meanwhile."""
        values = {**_done(PartState.SENT, now, ""), "message_id": message_id}
        was = _here.state.in_((PartState.SENDING.value, PartState.UNKNOWN.value))
        it = (_here.delivery_id == claimed.id, _here.part == part)
        self._change(update(outbox).where(*it, was).values(values))

    def unknown(self, claimed: Claimed, part: int, reason: str, now: datetime) -> None:
        """It may have arrived, or not: it is not sent again."""
        self._change(_of(claimed, part).where(_sending).values(
            _done(PartState.UNKNOWN, now, reason)
        ))  # fmt: skip

    def refused(self, claimed: Claimed, reason: str, now: datetime) -> None:
        """Telegram takes none of what is left of it."""
        self._end(claimed, PartState.REFUSED, reason, now)

    def dropped(self, claimed: Claimed, reason: str, now: datetime) -> None:
        """None of what is left of it is sent."""
        self._end(claimed, PartState.DROPPED, reason, now)

    def put_back(self, claimed: Claimed, not_before: datetime, reason: str = "") -> None:
        """What is left of it has not been sent; it, and all later ones for the chat, wait."""
        values = {**_unclaimed(), "reason": reason[:LONGEST_REASON] or None}
        values |= {"state": PartState.WAITING.value, "not_before": ceil(not_before.timestamp())}
        self._change(_of(claimed).where(_left).values(values))

    def _end(self, claimed: Claimed, state: PartState, reason: str, now: datetime) -> None:
        self._change(_of(claimed).where(_left).values(_done(state, now, reason)))

    def _change(self, statement: Update) -> bool:
        with writing(self._engine) as connection:
            return connection.execute(statement).rowcount > 0


def _firsts(at: int, limit: int) -> Select[tuple[int]]:
    """Of each chat the first delivery that is not done, where it may be claimed."""
    one, earlier = outbox.alias(), outbox.alias()
    is_behind = exists().where(
        earlier.c.chat_id == one.c.chat_id,
        earlier.c.state.in_((PartState.WAITING.value, PartState.SENDING.value)),
        or_(
            earlier.c.delivery_id < one.c.delivery_id,
            and_(earlier.c.delivery_id == one.c.delivery_id, earlier.c.part < one.c.part),
        ),
    )
    is_free = or_(one.c.claimed_until.is_(None), one.c.claimed_until <= at)
    # SQLite has one writer and ignores the lock; PostgreSQL's senders pass over each other's.
    return (
        select(one.c.delivery_id)
        .where(one.c.state == PartState.WAITING.value, one.c.not_before <= at, is_free, ~is_behind)
        .order_by(one.c.delivery_id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )


def _claimed(row: Row[Any], who: str, parts: Sequence[tuple[int, int]]) -> Claimed | None:
    delivery, in_order = unpacked(row.delivery), sorted(parts)
    if delivery is None or in_order[-1][0] >= len(delivery.screen.parts):
        return None
    numbers = tuple(part for part, _ in in_order)
    return Claimed(row.id, key_of(row.conversation), delivery, numbers, who, in_order[0][1])


def _drop_unreadable(connection: Connection, number: int, now: datetime) -> None:
    log.error("a stored delivery cannot be read, not sent", delivery=number)
    its_own = update(outbox).where(_here.delivery_id == number, _waiting)
    connection.execute(its_own.values(_done(PartState.DROPPED, now, "unreadable")))


def _of(claimed: Claimed, part: int | None = None) -> Update:
    its_own = (_here.delivery_id == claimed.id, _here.claimed_by == claimed.by)
    statement = update(outbox).where(*its_own)
    return statement if part is None else statement.where(_here.part == part)


def _is_free(at: int) -> ColumnElement[bool]:
    return or_(_here.claimed_until.is_(None), _here.claimed_until <= at)


def _unclaimed() -> dict[str, object]:
    return {"claimed_by": None, "claimed_until": None}


def _done(state: PartState, now: datetime, reason: str) -> dict[str, object]:
    told = {"reason": reason[:LONGEST_REASON] or None, "done_at": _at(now)}
    return {**_unclaimed(), **told, "state": state.value}


def _told_of_doubt(rows: Iterable[Row[Any]]) -> int:
    doubtful = list(rows)
    for row in doubtful:
        log.warning("not known whether it arrived; not sent again", delivery=row.delivery_id,
                    part=row.part)  # fmt: skip
    return len(doubtful)


def _at(moment: datetime) -> int:
    return int(moment.timestamp())
