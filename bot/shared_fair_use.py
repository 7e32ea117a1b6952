"""Who has asked how much lately, where several replicas answer: rows of their one database."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from sqlalchemy import Connection, Engine, delete, select, tuple_

from bot.database import fair_use
from bot.fair_use import Bucket, FairUse, Key, Refused
from bot.replicas import wait_for_turn
from retrieval.upserts import upsert
from retrieval.writing import writing

FORGOTTEN_AFTER = timedelta(hours=2)
"""By then every bucket is full again."""


def ask_shared(
    engine: Engine, use: FairUse, person: int, chat: int, now: datetime
) -> Refused | None:
    """As `FairUse.ask`, by the rates of `use`, of what all replicas have answered. Blocking;
    raises SQLAlchemyError."""
    own = use.emptied()
    with writing(engine) as connection:
        # Always in this order: of two that ask at once, neither waits for the other for ever.
        wait_for_turn(connection, f"fair use of a person/{person}")
        wait_for_turn(connection, f"fair use of a chat/{chat}")
        keys = own.keys_of(person, chat)
        own.restore(_read(connection, keys))
        refused = own.ask(person, chat, now)
        _write(connection, own.state(keys))
        old = fair_use.c.at < (now - FORGOTTEN_AFTER).timestamp()
        connection.execute(delete(fair_use).where(old))
    return refused


def _read(connection: Connection, keys: Iterable[Key]) -> dict[Key, Bucket]:
    of = fair_use.c
    key = tuple_(of.kind, of.chat_id, of.place)
    return {
        (row.kind, row.chat_id, row.place): Bucket(row.tokens, datetime.fromtimestamp(row.at, UTC))
        for row in connection.execute(select(fair_use).where(key.in_(list(keys))))
    }


def _write(connection: Connection, state: dict[Key, Bucket]) -> None:
    rows = [
        {
            "kind": kind,
            "chat_id": number,
            "place": place,
            "tokens": bucket.tokens,
            "at": bucket.at.timestamp(),
        }
        for (kind, number, place), bucket in state.items()
    ]
    if not rows:
        return
    statement = upsert(connection, fair_use).values(rows)
    changed = {"tokens": statement.excluded.tokens, "at": statement.excluded.at}
    key = ["kind", "chat_id", "place"]
    connection.execute(statement.on_conflict_do_update(index_elements=key, set_=changed))
