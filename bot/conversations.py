"""What was said before, so that a follow-up question can be understood."""

from __future__ import annotations

from sqlalchemy import Engine, delete, insert, select

from bot.answers import Turn
from bot.database import turns
from bot.offload import Offload
from retrieval.protocols import Clock

RECENT_TURNS = 6
"""Turns a follow-up can refer to: three questions and their answers."""


class StoredConversations:
    """Conversations kept in the people database, by Telegram chat id."""

    def __init__(self, engine: Engine, offload: Offload, clock: Clock) -> None:
        self._engine = engine
        self._offload = offload
        self._clock = clock

    async def recent(self, chat_id: int) -> tuple[Turn, ...]:
        """The last turns, oldest first."""
        return await self._offload.search(self._read, chat_id)

    async def append(self, chat_id: int, *new: Turn) -> None:
        await self._offload.search(self._write, chat_id, new)

    async def forget(self, chat_id: int) -> None:
        """Start afresh: later questions no longer refer to what came before."""
        await self._offload.search(self._delete, chat_id)

    def _read(self, chat_id: int) -> tuple[Turn, ...]:
        statement = (
            select(turns.c.role, turns.c.text)
            .where(turns.c.conversation == str(chat_id))
            .order_by(turns.c.id.desc())
            .limit(RECENT_TURNS)
        )
        with self._engine.connect() as connection:
            rows = connection.execute(statement).all()
        return tuple(Turn(row.role, row.text) for row in reversed(rows))

    def _write(self, chat_id: int, new: tuple[Turn, ...]) -> None:
        at = int(self._clock().timestamp())
        rows = [
            {"conversation": str(chat_id), "role": turn.role, "text": turn.text, "at": at}
            for turn in new
        ]
        if rows:
            with self._engine.begin() as connection:
                connection.execute(insert(turns), rows)

    def _delete(self, chat_id: int) -> None:
        with self._engine.begin() as connection:
            connection.execute(delete(turns).where(turns.c.conversation == str(chat_id)))
