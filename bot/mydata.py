"""All that is kept of one person, as JSON that can be read. Blocking; changes nothing."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from importlib.metadata import version
from typing import Any

from sqlalchemy import Connection, Engine, Table, select

from bot.held_data import HELD, Held, asked_by, parsed, updates_of

LARGEST = 45_000_000
"""Bytes; Telegram takes documents of 50 MB."""
MOST_ROWS = 20_000
"""Of one table, the latest."""

_MOMENTS = frozenset(
    {
        *("at", "since", "until", "told_at", "done_at", "created_at", "changed_at", "used_at"),
        *("expires_at", "due_at", "composed_at", "replaced_at", "next_due_at", "told_until"),
        *("published_at", "claimed_until", "not_before"),
    }
)
_AS_JSON = frozenset(
    {"shown", "wishes", "delivery", "article_ids", "waiting", "preferred_sources", "hidden_sources"}
)
_NOT_THEIRS = frozenset({"token_hash", "vector", "claimed_by"})
"""Means of ours: of a secret, of finding, of sending."""


def export(engine: Engine, person: int, now: datetime) -> bytes:
    """UTF-8 JSON, at most 45 MB: with less than all of it, `complete` is false.

        {"pauta", "exported_at", "person", "complete", "data": {table: [row, ...]},
         "asked": [...], "named_in": {table: {column: count}}}

    Rows of others that merely name the person are counted, not shown: they tell of others.
    """
    most = MOST_ROWS
    while True:
        written = json.dumps(_export(engine, person, now, most), ensure_ascii=False, indent=1)
        found = written.encode(errors="replace")
        if len(found) <= LARGEST or most == 1:
            return found
        most //= 2


def _export(engine: Engine, person: int, now: datetime, most: int) -> dict[str, Any]:
    data: dict[str, list[dict[str, Any]]] = {}
    named: dict[str, dict[str, int]] = {}
    asked: list[dict[str, Any]] = []
    complete = True
    with engine.connect() as connection:
        for held in HELD:
            rows = _rows(connection, held, person, most + 1)
            complete &= len(rows) <= most
            if rows:
                data[held.table.name] = rows[-most:]
            counts = {name: _count(connection, held.table, name, person) for name in held.names}
            if counts := {name: count for name, count in counts.items() if count}:
                named[held.table.name] = counts
            if held.asker_in == "shown" and "last_id" in held.table.c:
                asked += [
                    {"chat": shown.get("where"), "at": shown.get("at"), "question": question}
                    for _, shown in asked_by(connection, held, person)
                    if (question := shown.get("question")) is not None
                ]
    return {
        "pauta": version("pauta"),
        "exported_at": now.isoformat(),
        "person": person,
        "complete": complete and len(asked) <= most,
        "data": data,
        "asked": asked[-most:],
        "named_in": named,
    }


def _rows(connection: Connection, held: Held, person: int, most: int) -> list[dict[str, Any]]:
    """Oldest first."""
    table = held.table
    condition = held.of_person(person)
    if held.update_in:
        condition = table.c.update_id.in_(list(updates_of(connection, held, person)))
    # Ids count upwards; where there is none, the table is small or in the order of its key.
    order = [one.desc() for one in table.primary_key.columns]
    found = connection.execute(select(table).where(condition).order_by(*order).limit(most))
    return [_readable(row) for row in reversed(found.mappings().all())]


def _count(connection: Connection, table: Table, column: str, person: int) -> int:
    chosen = select(table.c[column]).where(table.c[column] == person)
    return len(connection.execute(chosen).all())


def _readable(row: Mapping[Any, Any]) -> dict[str, Any]:
    found = {}
    for name, value in row.items():
        if name in _NOT_THEIRS:
            continue
        if name in _MOMENTS and isinstance(value, int):
            found[name] = datetime.fromtimestamp(value, UTC).isoformat()
        elif name in _AS_JSON and isinstance(value, str):
            understood = parsed(value)
            found[name] = value if understood is None else understood
        else:
            found[name] = value
    return found
