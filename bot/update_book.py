"""Which updates of Telegram came and what became of them, in the people database.

    waiting -> (apologised ->) spoken -> handled

An update is written down before Telegram may forget it, and its body is erased once it was
handled. What a crash leaves is taken up again at the next start, unless somebody may have heard
an answer already: nothing but a progress message was said, whose place the answer then takes.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from sqlalchemy import Engine, delete, func, select, update

from bot.database import updates_handled
from bot.offload import Offload
from retrieval.protocols import Clock
from retrieval.upserts import upsert

KEPT_FOR = timedelta(days=2)
"""Telegram repeats what it could not deliver for one day."""
PRUNED_EVERY = timedelta(hours=1)
MOST_TRIES = 3
"""Starts that take an update up again: one that brings the process down must not do so for ever."""
MOST_LEFT_OVER = 4_096
_POSTED = "pauta_posted"
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

    def __init__(self, engine: Engine, offload: Offload, clock: Clock) -> None:
        self._engine, self._offload, self._clock = engine, offload, clock
        self._pruned_at: datetime | None = None

    async def record(self, update_id: int, body: str) -> bool:
        """Write down that it came; False when that is written already."""
        return await self._offload.note(self._record, update_id, body)

    async def apologised(self, update_id: int) -> None:
        await self._offload.note(self._set, update_id, State.APOLOGISED, None)

    async def speaks(self, update_id: int) -> None:
        """Something is about to be said that cannot be taken back."""
        await self._offload.note(self._set, update_id, State.SPOKEN, None)

    async def shows(self, update_id: int, placeholder: int) -> None:
        """All that was said is a message whose place the answer will take."""
        await self._offload.note(self._set, update_id, State.SPOKEN, placeholder)

    async def posts(self, update_id: int, inline_message_id: str) -> None:
        """Where the answer to a guest's question stands, or will."""
        await self._offload.note(self._posts, update_id, inline_message_id)

    async def handled(self, update_id: int) -> None:
        await self._offload.note(self._set, update_id, State.HANDLED, None)

    async def left_over(self) -> tuple[LeftOver, ...]:
        """What was not handled, oldest first, at most 4,096; counts as one more try of each."""
        return await self._offload.note(self._left_over)

    async def last_seen(self) -> datetime | None:
        """When the latest update came."""
        return await self._offload.note(self._last_seen)

    def _record(self, update_id: int, body: str) -> bool:
        now = self._clock()
        row = {
            "update_id": update_id,
            "at": int(now.timestamp()),
            "state": State.WAITING.value,
            "tries": 0,
            "body": body if len(body) <= LONGEST_BODY else None,
        }
        with self._engine.begin() as connection:
            if self._pruned_at is None or now - self._pruned_at >= PRUNED_EVERY:
                oldest = int((now - KEPT_FOR).timestamp())
                connection.execute(delete(updates_handled).where(updates_handled.c.at < oldest))
                self._pruned_at = now
            statement = upsert(connection, updates_handled).values(row).on_conflict_do_nothing()
            # Not by a count of rows: of an insert not every driver tells one.
            written = connection.scalar(statement.returning(updates_handled.c.update_id))
        return written is not None

    def _set(self, update_id: int, state: State, placeholder: int | None) -> None:
        values: dict[str, object] = {"state": state.value, "placeholder": placeholder}
        if state is State.HANDLED:
            values["body"] = None
        statement = update(updates_handled).where(updates_handled.c.update_id == update_id)
        with self._engine.begin() as connection:
            connection.execute(statement.values(values))

    def _posts(self, update_id: int, inline_message_id: str) -> None:
        # Beside what Telegram sent: it is erased, exported and forgotten with it.
        this = updates_handled.c.update_id == update_id
        with self._engine.begin() as connection:
            body = connection.scalar(select(updates_handled.c.body).where(this))
            if body is not None:
                noted = json.dumps({**json.loads(body), _POSTED: inline_message_id})
                connection.execute(update(updates_handled).where(this).values(body=noted))

    def _left_over(self) -> tuple[LeftOver, ...]:
        left = updates_handled.c.body.is_not(None)
        statement = (
            select(updates_handled)
            .where(left)
            .order_by(updates_handled.c.update_id)
            .limit(MOST_LEFT_OVER)
        )
        with self._engine.begin() as connection:
            connection.execute(
                update(updates_handled).where(left).values(tries=updates_handled.c.tries + 1)
            )
            rows = connection.execute(statement).all()
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
