"""New databases without Alembic: the statements of the first migration, executed again.

Hundreds of tests begin with an empty database, and Alembic takes up to fifty milliseconds to make
one. What the migrations do is tested where they run: tests/retrieval/test_migrations.py.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Connection, event

from retrieval import database

Upgrade = Callable[[Connection, str, str], None]

_by_alembic: Upgrade = database._upgrade
_statements: dict[tuple[str, str], list[tuple[str, Any]]] = {}


def _is_empty(connection: Connection) -> bool:
    return connection.exec_driver_sql("SELECT count(*) FROM sqlite_master").scalar() == 0


def _upgrade(connection: Connection, migrations: str, head: str) -> None:
    if connection.dialect.name != "sqlite" or not _is_empty(connection):
        _by_alembic(connection, migrations, head)
        return
    known = _statements.get((migrations, head))
    if known is None:
        with _written_down(connection) as known:
            _by_alembic(connection, migrations, head)
        _statements[migrations, head] = known
        return
    cursor = connection.connection.cursor()
    for statement, values in known:
        cursor.execute(statement, values)
    cursor.close()


@contextmanager
def _written_down(connection: Connection) -> Iterator[list[tuple[str, Any]]]:
    found: list[tuple[str, Any]] = []

    def hear(
        _conn: Any, _cursor: Any, statement: str, values: Any, _context: Any, many: bool
    ) -> None:
        if statement.lstrip()[:6].upper() not in {"SELECT", "PRAGMA"}:
            found.extend((statement, each) for each in (values if many else [values]))

    event.listen(connection, "before_cursor_execute", hear)
    try:
        yield found
    finally:
        event.remove(connection, "before_cursor_execute", hear)


@contextmanager
def from_memory() -> Iterator[None]:
    """Meanwhile every new SQLite database of this process is made so."""
    database._upgrade = _upgrade
    try:
        yield
    finally:
        database._upgrade = _by_alembic  # type: ignore[assignment]


@contextmanager
def by_alembic() -> Iterator[None]:
    """Meanwhile none is."""
    before: Upgrade = database._upgrade
    database._upgrade = _by_alembic  # type: ignore[assignment]
    try:
        yield
    finally:
        database._upgrade = before  # type: ignore[assignment]
