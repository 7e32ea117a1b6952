"""A person's data forgotten, and conversations once they are old. Blocking, all in the people
database; `PrivacyDesk` is the async side of it.

What is whose is told by `bot.held_data`.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Connection, Engine, delete, select, update

from bot.database import (
    answers_shown,
    cited,
    corrections_told,
    feedback,
    kept_values,
    people,
    turns,
    updates_handled,
    usage,
)
from bot.held_data import HELD, NOBODY, OF_A_CONVERSATION, asked_by, in_chat, updates_of
from bot.mydata import export
from bot.offload import Offload
from bot.strangers import drop_told_long_ago
from retrieval.dates import seconds_of
from retrieval.protocols import Clock
from retrieval.upserts import upsert
from retrieval.writing import writing

COUNTS_FOR = timedelta(days=1)
"""What somebody used counts for a limit so long; without it, who is forgotten could begin anew
every hour. See `bot.usage.DAY`."""
PRUNED_AT_ONCE = 500
MOST_PRUNED = 50_000
"""Turns in one go."""
_USED = "usage_forgotten/"


@dataclass(frozen=True, slots=True)
class Forgotten:
    """Rows that are gone, by table; empty where there was nothing."""

    rows: Mapping[str, int]

    @property
    def total(self) -> int:
        return sum(self.rows.values())


def forget(
    engine: Engine, person: int, now: datetime, *, with_membership: bool = False
) -> Forgotten:
    """All that is theirs goes; where they are named in what is the newsroom's, nobody is.

    That they are let in stays, unless `with_membership`. What the language model cost them in
    the last 24 hours goes with the first `prune` after it counts no more.
    """
    gone: dict[str, int] = {}
    with writing(engine) as connection:
        for held in HELD:
            table = held.table
            if held.asker_in:
                for number, shown in list(asked_by(connection, held, person)):
                    shown["asker"] = NOBODY
                    values = {held.asker_in: json.dumps(shown)}
                    connection.execute(update(table).where(table.c.id == number).values(values))
            if held.update_in:
                for number in list(updates_of(connection, held, person)):
                    its_own = updates_handled.c.update_id == number
                    connection.execute(
                        update(updates_handled)
                        .where(its_own)
                        .values(body=None, state="handled", queue=None)
                    )
            for name in held.names:
                of_theirs = table.c[name] == person
                connection.execute(update(table).where(of_theirs).values({name: NOBODY}))
            if held.stays and not with_membership:
                continue
            theirs = delete(table).where(held.of_person(person))
            if table is usage:
                theirs = theirs.where(usage.c.at <= seconds_of(now - COUNTS_FOR))
            if count := connection.execute(theirs).rowcount:
                gone[table.name] = count
        counts_still = select(usage.c.id).where(usage.c.person == person).limit(1)
        if connection.execute(counts_still).first() is not None:
            row = {"name": f"{_USED}{person}", "value": str(seconds_of(now))}
            value = {"value": row["value"]}
            connection.execute(
                upsert(connection, kept_values)
                .values(row)
                .on_conflict_do_update(index_elements=["name"], set_=value)
            )
    return Forgotten(gone)


def forget_conversation(engine: Engine, chat_id: int) -> Forgotten:
    """What was said in a chat and all its topics; what it chose stays."""
    gone: dict[str, int] = {}
    with writing(engine) as connection:
        for held in HELD:
            table = held.table
            if table not in OF_A_CONVERSATION:
                continue
            if held.through is not None:
                column, other = held.through
                there = select(other.c.id).where(in_chat(other.c.conversation, chat_id))
                condition: ColumnElement[bool] = table.c[column].in_(there)
            else:
                condition = in_chat(table.c[held.place], chat_id)
            if count := connection.execute(delete(table).where(condition)).rowcount:
                gone[table.name] = count
    return Forgotten(gone)


def prune(engine: Engine, now: datetime, keep_days: int) -> int:
    """Conversations, answers, feedback and usage older than `keep_days` go, 0 keeps them for
    ever; returns how many turns, at most 50,000 a call."""
    with writing(engine) as connection:
        _drop_usage_of_forgotten(connection, now)
        drop_told_long_ago(connection, now)
    if not keep_days:
        return 0
    oldest = seconds_of(now - timedelta(days=keep_days))
    pruned = 0
    while pruned < MOST_PRUNED:
        # In pieces: whoever asks meanwhile waits for none of them long.
        with writing(engine) as connection:
            old = select(turns.c.id).where(turns.c.at < oldest).limit(PRUNED_AT_ONCE)
            ids = connection.scalars(old).all()
            connection.execute(delete(cited).where(cited.c.turn_id.in_(ids)))
            connection.execute(delete(turns).where(turns.c.id.in_(ids)))
        pruned += len(ids)
        if len(ids) < PRUNED_AT_ONCE:
            break
    with writing(engine) as connection:
        connection.execute(delete(corrections_told).where(corrections_told.c.told_at < oldest))
        for table in (answers_shown, feedback, usage):
            connection.execute(delete(table).where(table.c.at < oldest))
    return pruned


def _drop_usage_of_forgotten(connection: Connection, now: datetime) -> None:
    waiting = select(kept_values).where(kept_values.c.name.startswith(_USED, autoescape=True))
    for row in connection.execute(waiting).all():
        forgotten_at = int(row.value)
        if forgotten_at > int((now - COUNTS_FOR).timestamp()):
            continue
        person = int(row.name.removeprefix(_USED))
        of_then = (usage.c.person == person) & (usage.c.at <= forgotten_at)
        connection.execute(delete(usage).where(of_then))
        connection.execute(delete(kept_values).where(kept_values.c.name == row.name))


class PrivacyDesk:
    """Kept in the people database `engine`, whose tables exist. Raises SQLAlchemyError when it
    cannot be used."""

    def __init__(self, engine: Engine, offload: Offload, clock: Clock) -> None:
        self._engine, self._offload, self._clock = engine, offload, clock
        self._when_forgotten: list[Callable[[], None]] = []

    async def forget(self, person: int) -> Forgotten:
        return await self._offload.search(self._forget, person)

    async def forget_conversation(self, chat_id: int) -> Forgotten:
        return await self._offload.search(forget_conversation, self._engine, chat_id)

    async def export(self, person: int) -> bytes:
        """See `bot.mydata.export`."""
        # Beside the searches: it may take seconds.
        return await self._offload.fetch(export, self._engine, person, self._clock())

    def when_forgotten(self, call: Callable[[], None]) -> None:
        """Have `call` made once somebody's data is gone; it may block."""
        self._when_forgotten.append(call)

    def prune(self, now: datetime, keep_days: int) -> int:
        """See `prune`. Blocking."""
        return prune(self._engine, now, keep_days)

    def _forget(self, person: int) -> Forgotten:
        gone = forget(self._engine, person, self._clock())
        for call in self._when_forgotten:
            call()
        return gone


def is_known(engine: Engine, person: int) -> bool:
    """Whether somebody was let in by an invitation."""
    with engine.connect() as connection:
        known = select(people.c.user_id).where(people.c.user_id == person)
        return connection.execute(known).first() is not None
