"""Groups that became supergroups: their messages of before still bear the old id."""

from __future__ import annotations

from sqlalchemy import Connection, Engine, select

from bot.database import kept_values
from retrieval.upserts import upsert

_MOVED = "group moved:"
MOST_REMEMBERED = 1_000


class MovedGroups:
    """Kept in the people database `engine`, whose tables exist; asked about with buttons, so
    held in memory."""

    def __init__(self, engine: Engine) -> None:
        moved = select(kept_values).where(kept_values.c.name.startswith(_MOVED, autoescape=True))
        with engine.connect() as connection:
            rows = connection.execute(moved.limit(MOST_REMEMBERED)).all()
        self._moved = {int(row.name.removeprefix(_MOVED)): int(row.value) for row in rows}

    def new_id(self, chat_id: int) -> int | None:
        """Under which id a group goes on; None for one that has not moved."""
        return self._moved.get(chat_id)

    def note(self, connection: Connection, old: int, new: int) -> None:
        """Within the transaction that moves what is kept of it. Blocking."""
        if len(self._moved) >= MOST_REMEMBERED:
            return
        row = upsert(connection, kept_values).values(name=f"{_MOVED}{old}", value=str(new))
        connection.execute(
            row.on_conflict_do_update(index_elements=["name"], set_={"value": str(new)})
        )
        self._moved[old] = new
