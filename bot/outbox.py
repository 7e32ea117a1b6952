"""What goes out by itself: stored once, and remembered after it was sent, in the people database.

A delivery is stored in the transaction of whoever composed it, or not at all; who sends it is
`bot.delivery`, by way of `bot.sending_queue`. What each message told is kept for 90 days.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import (
    ColumnElement,
    Connection,
    Engine,
    FromClause,
    delete,
    exists,
    func,
    insert,
    or_,
    select,
)

from bot.conversation_key import ConversationKey, key_of
from bot.database import chats_gone, deliveries, outbox
from bot.gone_chats import PAUSED, GoneChats, is_paused
from bot.offload import Offload
from bot.outgoing import Delivery, Kind, PartState, ToldStory, packed, unpacked
from bot.replicas import replica_name
from retrieval.dates import moment_at, moment_of, seconds_of
from retrieval.protocols import Clock
from retrieval.upserts import upsert
from retrieval.writing import writing

KEPT_FOR = timedelta(days=90)
MOST_PRUNED = 500
"""Deliveries forgotten in one transaction."""
MOST_LOGGED = 1_000

_waiting = outbox.c.state == PartState.WAITING.value
_left = or_(_waiting, outbox.c.state == PartState.SENDING.value)


@dataclass(frozen=True, slots=True)
class LoggedPart:
    """What became of one message."""

    state: PartState
    message_id: int | None
    done_at: datetime | None
    attempts: int
    reason: str


@dataclass(frozen=True, slots=True)
class Logged:
    """A delivery, for the operator."""

    key: str
    kind: Kind
    where: ConversationKey
    about: int
    due_at: datetime
    composed_at: datetime
    parts: tuple[LoggedPart, ...]
    told: tuple[ToldStory, ...]
    """Empty also for what another Pauta wrote and this one cannot read."""


@dataclass(frozen=True, slots=True)
class Troubles:
    """What an operator should know of."""

    unknown: int
    """Messages of which nobody knows whether they arrived."""
    overdue: int
    """Messages that have waited for longer than an hour."""
    gone: int
    """Chats that refused a message, and may do so again."""
    paused: int
    """Chats that nothing is sent to any more."""


class Outbox:
    """Kept in the people database `engine`, whose tables exist. Raises SQLAlchemyError when it
    cannot be used. What is not awaited blocks."""

    def __init__(self, engine: Engine, offload: Offload, clock: Clock) -> None:
        self.engine = engine
        self.offload = offload
        self.gone = GoneChats(engine, offload)
        self.who = replica_name(engine)
        """This process, as a sender."""
        self._clock = clock
        self._when_put: list[Callable[[], None]] = []

    def put(self, connection: Connection, delivery: Delivery) -> bool:
        """Store it within the caller's transaction; False when its key is there already. What
        is for a paused chat is stored as dropped."""
        row = {
            "key": delivery.key,
            "kind": delivery.kind.value,
            "conversation": str(delivery.where),
            "about": delivery.about,
            "due_at": seconds_of(delivery.due_at),
            "expires_at": seconds_of(delivery.expires_at),
            "composed_at": seconds_of(self._clock()),
            "delivery": packed(delivery),
        }
        statement = upsert(connection, deliveries).values(row).on_conflict_do_nothing()
        number = connection.execute(statement.returning(deliveries.c.id)).scalar()
        if number is None:
            return False
        chat_id = delivery.where.chat_id
        paused = bool(connection.scalar(select(is_paused(chat_id))))
        state, reason = (PartState.DROPPED, PAUSED) if paused else (PartState.WAITING, None)
        part = {
            "delivery_id": number,
            "chat_id": chat_id,
            "state": state.value,
            "reason": reason,
            "attempts": 0,
            "not_before": 0,
            "done_at": seconds_of(self._clock()) if paused else None,
        }
        parts = range(len(delivery.screen.parts))
        connection.execute(insert(outbox), [{**part, "part": number} for number in parts])
        for call in self._when_put:
            call()
        return True

    def put_now(self, delivery: Delivery) -> bool:
        """As `put`, in a transaction of its own."""
        with writing(self.engine) as connection:
            return self.put(connection, delivery)

    def when_put(self, call: Callable[[], None]) -> None:
        """Have `call` made, on any thread, when something was put: its transaction may not have
        ended yet."""
        self._when_put.append(call)

    async def told_by(self, chat_id: int, message_id: int) -> tuple[ToldStory, ...]:
        """The stories of the delivery that a message is a part of; empty for any other."""
        return await self.offload.search(self._told_by, chat_id, message_id)

    def log(
        self,
        where: ConversationKey | None = None,
        since: datetime | None = None,
        limit: int = MOST_LOGGED,
    ) -> tuple[Logged, ...]:
        """What was composed since then, for everyone or one place; the latest, oldest first."""
        return read_log(self.engine, where, since, limit)

    def prune(self, now: datetime) -> int:
        """Forget what was done with 90 days ago, at most 500 of it; returns how many."""
        left = exists().where(outbox.c.delivery_id == deliveries.c.id, _left)
        oldest = deliveries.c.composed_at < seconds_of(now - KEPT_FOR)
        with writing(self.engine) as connection:
            ids = connection.scalars(
                select(deliveries.c.id).where(oldest, ~left).limit(MOST_PRUNED)
            ).all()
            connection.execute(delete(outbox).where(outbox.c.delivery_id.in_(ids)))
            connection.execute(delete(deliveries).where(deliveries.c.id.in_(ids)))
        return len(ids)

    def _told_by(self, chat_id: int, message_id: int) -> tuple[ToldStory, ...]:
        statement = (
            select(deliveries.c.delivery)
            .join(outbox, outbox.c.delivery_id == deliveries.c.id)
            .where(outbox.c.chat_id == chat_id, outbox.c.message_id == message_id)
            .limit(1)
        )
        with self.engine.connect() as connection:
            found = connection.scalar(statement)
        delivery = unpacked(found) if found else None
        return delivery.told if delivery else ()


def read_log(
    engine: Engine,
    where: ConversationKey | None = None,
    since: datetime | None = None,
    limit: int = MOST_LOGGED,
) -> tuple[Logged, ...]:
    """See `Outbox.log`; the database may be open elsewhere."""
    chosen = select(deliveries).order_by(deliveries.c.id.desc()).limit(limit)
    if where is not None:
        chosen = chosen.where(deliveries.c.conversation == str(where))
    if since is not None:
        chosen = chosen.where(deliveries.c.composed_at >= seconds_of(since))
    found: list[Logged] = []
    with engine.connect() as connection:
        for row in connection.execute(chosen).all():
            of_it = select(outbox).where(outbox.c.delivery_id == row.id).order_by(outbox.c.part)
            parts = tuple(
                LoggedPart(
                    PartState(part.state),
                    part.message_id,
                    moment_of(part.done_at),
                    part.attempts,
                    part.reason or "",
                )
                for part in connection.execute(of_it)
            )
            delivery = unpacked(row.delivery)
            found.append(
                Logged(
                    row.key,
                    Kind(row.kind),
                    key_of(row.conversation),
                    row.about,
                    moment_at(row.due_at),
                    moment_at(row.composed_at),
                    parts,
                    delivery.told if delivery else (),
                )
            )
    return tuple(reversed(found))


def troubles(engine: Engine, now: datetime, since: datetime | None = None) -> Troubles:
    """As things are; unknown outcomes since then only, or of all that is kept."""
    is_unknown = outbox.c.state == PartState.UNKNOWN.value
    if since is not None:
        is_unknown &= outbox.c.done_at >= seconds_of(since)
    overdue = deliveries.c.due_at < seconds_of(now - timedelta(hours=1))
    with engine.connect() as connection:

        def count(table: FromClause, *conditions: ColumnElement[bool]) -> int:
            statement = select(func.count()).select_from(table).where(*conditions)
            return connection.scalar(statement) or 0

        return Troubles(
            unknown=count(outbox, is_unknown),
            overdue=count(outbox.join(deliveries), _waiting, overdue),
            gone=count(chats_gone, ~chats_gone.c.paused),
            paused=count(chats_gone, chats_gone.c.paused),
        )
