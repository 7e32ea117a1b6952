"""Which updates of Telegram came and what became of them, in the people database.

    waiting -> (apologised ->) spoken -> handled

An update is written down before Telegram may forget it, and its body is erased once it was
handled. What a crash leaves is taken up again at the next start, unless somebody may have heard
an answer already: nothing but a progress message was said, whose place the answer then takes.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from sqlalchemy import (
    ColumnElement,
    Engine,
    and_,
    delete,
    func,
    or_,
    select,
    true,
    update,
)
from sqlalchemy.exc import SQLAlchemyError

from bot.database import updates_handled
from bot.offload import Offload
from bot.replicas import replica_name, taken_over_by, wait_for_turn
from bot.turns import Turns
from retrieval.protocols import Clock
from retrieval.upserts import upsert
from retrieval.writing import is_shared, writing

KEPT_FOR = timedelta(days=2)
"""Telegram repeats what it could not deliver for one day."""
PRUNED_EVERY = timedelta(hours=1)
MOST_TRIES = 3
"""Starts that take an update up again: one that brings the process down must not do so for ever."""
MOST_LEFT_OVER = 4_096
_POSTED = "pauta_posted"
_of = updates_handled.c
LONGEST_BODY = 200_000
"""Characters; of what is longer only the number is kept."""


class State(StrEnum):
    """How far an update got."""

    WAITING = "waiting"
    APOLOGISED = "apologised"
    SPOKEN = "spoken"
    HANDLED = "handled"


@dataclass(frozen=True, slots=True)
class LeftOver:
    """An update that an earlier run did not finish."""

    update_id: int
    body: str
    """As Telegram sent it, JSON."""
    state: State
    placeholder: int | None
    """The message that says an answer is under way, where that is all that was said."""
    tries: int
    """Starts that have taken it up, this one included."""
    posted: str = ""
    """The same of a message in a chat we are not in, by its inline id: what stands there can be
    edited as often as is needed, and says nothing twice."""

    @property
    def may_be_answered(self) -> bool:
        """Whether nobody can have heard an answer yet."""
        if self.tries > MOST_TRIES:
            return False
        return self.state is not State.SPOKEN or self.placeholder is not None


class UpdateBook:
    """Raises SQLAlchemyError when the database cannot be used."""

    def __init__(
        self, engine: Engine, offload: Offload, clock: Clock, who: str | None = None
    ) -> None:
        """`who` is the replica, by the name of this process unless given."""
        self._engine, self._offload, self._clock = engine, offload, clock
        self._who = who or replica_name(engine)
        self._is_shared = is_shared(engine)
        self._pruned_at: datetime | None = None
        self._unnoted: set[int] = set()
        self._turns = Turns(self._blocked)

    async def record(self, update_id: int, body: str, queue: str | None = None) -> bool:
        """Write down that it came; False when that is written already, by whatever replica.
        `queue` is the conversation in which its turn comes."""
        return await self._offload.note(self._record, update_id, body, queue)

    async def turn(self, update_id: int) -> None:
        """Until all that came before it in its conversation was handled, here or by another
        replica; what nobody goes on with is not waited for longer than an answer takes."""
        if self._is_shared:
            await self._turns.wait(update_id)

    async def is_under_way_elsewhere(self, queue: str) -> bool:
        """Whether another replica is at work in that conversation."""
        return self._is_shared and await self._offload.note(self._elsewhere, queue)

    async def apologised(self, update_id: int) -> None:
        await self._offload.note(self._set, update_id, State.APOLOGISED, None)

    async def speaks(self, update_id: int) -> bool:
        """Something is about to be said that cannot be taken back; False when another replica
        has taken the update over, and is the one to say it."""
        return await self._offload.note(self._set, update_id, State.SPOKEN, None)

    async def shows(self, update_id: int, placeholder: int) -> None:
        """All that was said is a message whose place the answer will take."""
        await self._offload.note(self._set, update_id, State.SPOKEN, placeholder)

    async def posts(self, update_id: int, inline_message_id: str) -> None:
        """Where the answer to a guest's question stands, or will."""
        await self._offload.note(self._posts, update_id, inline_message_id)

    async def handled(self, update_id: int) -> None:
        try:
            await self._offload.note(self._set, update_id, State.HANDLED, None)
        except SQLAlchemyError:
            self._unnoted.add(update_id)
            raise
        finally:
            self._turns.stir()

    async def note_again(self) -> None:
        """What was handled and could not be noted: until it is, its conversation waits."""
        for update_id in tuple(self._unnoted):
            await self._offload.note(self._set, update_id, State.HANDLED, None)
            self._unnoted.discard(update_id)

    async def left_over(self) -> tuple[LeftOver, ...]:
        """What was not handled, oldest first, at most 4,096; counts as one more try of each. Of
        several replicas, what this one has taken over, and hears of once."""
        return await self._offload.note(self._left_over)

    async def last_seen(self) -> datetime | None:
        """When the latest update came."""
        return await self._offload.note(self._last_seen)

    async def _blocked(self, waiting: Collection[int]) -> Mapping[int, int]:
        return await self._offload.note(self._before, waiting)

    def _record(self, update_id: int, body: str, queue: str | None) -> bool:
        now, is_short = self._clock(), len(body) <= LONGEST_BODY
        row: dict[str, object] = {
            "claimed_by": self._who,
            "update_id": update_id,
            "at": int(now.timestamp()),
            "state": State.WAITING.value,
            "tries": 0,
            "body": body if is_short else None,
        }
        with writing(self._engine) as connection:
            if self._pruned_at is None or now - self._pruned_at >= PRUNED_EVERY:
                oldest = int((now - KEPT_FOR).timestamp())
                connection.execute(delete(updates_handled).where(updates_handled.c.at < oldest))
                self._pruned_at = now
            if self._is_shared and is_short and queue is not None:
                # In the order they came, also where two replicas hear of two at once.
                wait_for_turn(connection, f"queue/{queue}")
                last = select(func.max(_of.place)).where(_of.queue == queue)
                row |= {"queue": queue, "place": (connection.scalar(last) or 0) + 1}
            statement = upsert(connection, updates_handled).values(row).on_conflict_do_nothing()
            # Not by a count of rows: of an insert not every driver tells one.
            written = connection.scalar(statement.returning(updates_handled.c.update_id))
        return written is not None

    def _set(self, update_id: int, state: State, placeholder: int | None) -> bool:
        """Whether it is this replica's."""
        values: dict[str, object] = {"state": state.value, "placeholder": placeholder}
        if state is State.HANDLED:
            values |= {"body": None, "queue": None, "place": None}
        with writing(self._engine) as connection:
            changed = connection.execute(
                update(updates_handled).where(self._mine(update_id)).values(values)
            )
        return changed.rowcount > 0

    def _elsewhere(self, queue: str) -> bool:
        there = select(_of.update_id).where(
            _of.queue == queue, _of.body.is_not(None), _of.claimed_by != self._who
        )
        with self._engine.connect() as connection:
            return connection.execute(there.limit(1)).first() is not None

    def _mine(self, update_id: int) -> ColumnElement[bool]:
        return and_(
            _of.update_id == update_id, or_(_of.claimed_by.is_(None), _of.claimed_by == self._who)
        )

    def _before(self, waiting: Collection[int]) -> Mapping[int, int]:
        earlier = updates_handled.alias()
        statement = (
            select(_of.update_id, func.min(earlier.c.update_id))
            .join(earlier, and_(earlier.c.queue == _of.queue, earlier.c.place < _of.place))
            .where(_of.update_id.in_(waiting), earlier.c.body.is_not(None))
            .group_by(_of.update_id)
        )
        with self._engine.connect() as connection:
            return {row[0]: row[1] for row in connection.execute(statement)}

    def _posts(self, update_id: int, inline_message_id: str) -> None:
        # Beside what Telegram sent: it is erased, exported and forgotten with it.
        this = self._mine(update_id)
        with writing(self._engine) as connection:
            body = connection.scalar(select(updates_handled.c.body).where(this))
            if body is not None:
                noted = json.dumps({**json.loads(body), _POSTED: inline_message_id})
                connection.execute(update(updates_handled).where(this).values(body=noted))

    def _left_over(self) -> tuple[LeftOver, ...]:
        taken = _of.claimed_by == taken_over_by(self._who) if self._is_shared else true()
        left = and_(_of.body.is_not(None), taken)
        statement = (
            select(updates_handled).where(left).order_by(_of.update_id).limit(MOST_LEFT_OVER)
        )
        with writing(self._engine) as connection:
            tried = {"tries": _of.tries + 1}
            connection.execute(update(updates_handled).where(left).values(tried))
            rows = connection.execute(statement).all()
            numbers = [row.update_id for row in rows]
            mine = update(updates_handled).where(_of.update_id.in_(numbers))
            connection.execute(mine.values(claimed_by=self._who))
        return tuple(
            LeftOver(
                row.update_id,
                row.body,
                State(row.state),
                row.placeholder,
                row.tries,
                _posted_in(row.body),
            )
            for row in rows
        )

    def _last_seen(self) -> datetime | None:
        with self._engine.connect() as connection:
            at = connection.scalar(select(func.max(updates_handled.c.at)))
        return datetime.fromtimestamp(at, UTC) if at is not None else None


def _posted_in(body: str) -> str:
    """Empty also for what another version wrote and this one cannot read."""
    try:
        found = json.loads(body).get(_POSTED, "")
    except (ValueError, AttributeError):
        return ""
    return found if isinstance(found, str) else ""
