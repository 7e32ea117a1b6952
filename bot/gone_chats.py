"""Chats that refuse what is sent to them: paused once that is certain, until they speak again.

One refusal may be a passing one; after a second on another occasion, at least an hour later,
nothing more is stored or sent for the chat. Whoever writes to the bot again undoes it.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Engine, delete, exists, select, update

from bot.database import chats_gone, outbox
from bot.offload import Offload
from bot.outgoing import PartState
from retrieval.dates import seconds_of
from retrieval.upserts import upsert
from retrieval.writing import writing

PAUSED = "paused: the chat refuses messages"
ANOTHER_OCCASION = timedelta(hours=1)
LONGEST_REASON = 200


class GoneChats:
    """Kept in the people database `engine`, whose tables exist; asked about with every update,
    so held in memory and written through."""

    def __init__(self, engine: Engine, offload: Offload) -> None:
        self._engine = engine
        self._offload = offload
        self._gone: frozenset[int] = frozenset()
        self._paused: frozenset[int] = frozenset()
        self.refresh()

    def refresh(self) -> None:
        """Read what other processes on the database have heard. Blocking."""
        with self._engine.connect() as connection:
            rows = connection.execute(select(chats_gone.c.chat_id, chats_gone.c.paused)).all()
        self._gone = frozenset(row.chat_id for row in rows)
        self._paused = frozenset(row.chat_id for row in rows if row.paused)

    def is_gone(self, chat_id: int) -> bool:
        """Whether it refused the latest message; it need not be paused."""
        return chat_id in self._gone

    def is_paused(self, chat_id: int) -> bool:
        """Whether nothing is to be composed for it any more."""
        return chat_id in self._paused

    async def back(self, chat_id: int) -> None:
        """It was heard from, or a message arrived there."""
        if chat_id in self._gone:
            await self._offload.search(self._back, chat_id)

    async def refused(self, chat_id: int, reason: str, now: datetime) -> bool:
        """A message was refused; returns whether the chat is paused."""
        return await self._offload.search(self._refused, chat_id, reason, now)

    def _back(self, chat_id: int) -> None:
        with writing(self._engine) as connection:
            connection.execute(delete(chats_gone).where(chats_gone.c.chat_id == chat_id))
        self._gone -= {chat_id}
        self._paused -= {chat_id}

    def _refused(self, chat_id: int, reason: str, now: datetime) -> bool:
        first = {"reason": reason[:LONGEST_REASON], "times": 1, "since": seconds_of(now)}
        its_own = chats_gone.c.chat_id == chat_id
        long_ago = chats_gone.c.since <= seconds_of(now - ANOTHER_OCCASION)
        again = {"reason": reason[:LONGEST_REASON], "times": chats_gone.c.times + 1, "paused": True}
        row = {"chat_id": chat_id, "paused": False, **first}
        with writing(self._engine) as connection:
            connection.execute(update(chats_gone).where(its_own, long_ago).values(again))
            connection.execute(upsert(connection, chats_gone).values(row).on_conflict_do_nothing())
            paused = bool(connection.scalar(select(chats_gone.c.paused).where(its_own)))
            if paused:
                waiting = outbox.c.state == PartState.WAITING.value
                connection.execute(
                    update(outbox)
                    .where(outbox.c.chat_id == chat_id, waiting)
                    .values(state=PartState.DROPPED.value, reason=PAUSED, done_at=seconds_of(now))
                )
        self._gone |= {chat_id}
        self._paused |= {chat_id} if paused else set()
        return paused


def is_paused(chat_id: int) -> ColumnElement[bool]:
    """Whether nothing is to be composed for a chat any more."""
    return exists().where(chats_gone.c.chat_id == chat_id, chats_gone.c.paused)
