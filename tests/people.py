"""A people database of a test's own, quick to make: the tables without their history."""

from __future__ import annotations

import atexit
import itertools
import shutil
import sqlite3
import tempfile
from functools import cache
from pathlib import Path

from sqlalchemy import Engine, create_engine, event

from bot.database import SCHEMA, metadata
from retrieval.database import engine_for
from tests.postgres import fresh_database

_scratch = tempfile.TemporaryDirectory(prefix="pauta-people-")
_numbers = itertools.count()
atexit.register(_scratch.cleanup)


def people_database() -> Engine:
    """A file of its own, gone when the tests end."""
    file = Path(_scratch.name) / f"{next(_numbers)}.db"
    shutil.copyfile(_empty(), file)
    engine = create_engine(f"sqlite:///{file}")
    # Nothing here outlives a power cut; waiting for the disk would be most of many tests.
    event.listen(engine, "connect", _unsynced)
    return engine


ENGINES = ("sqlite", "postgresql")
"""On which what is kept of people is tested."""


def people_database_of(kind: str) -> Engine:
    """One of `ENGINES`, with nothing in it; skips the test where there is no PostgreSQL.

    There is one a process on the server, emptied for each test: tests use it one after another.
    """
    if kind == "sqlite":
        return people_database()
    engine = _on_server()
    names = ", ".join(f'"{table.name}"' for table in metadata.sorted_tables)
    with engine.begin() as connection:
        connection.exec_driver_sql(f"TRUNCATE {names} RESTART IDENTITY")
    return engine


@cache
def _on_server() -> Engine:
    made = fresh_database()
    address = made.__enter__()
    atexit.register(made.__exit__, None, None, None)
    return engine_for(address, SCHEMA)


def _unsynced(connection: sqlite3.Connection, _record: object) -> None:
    connection.execute("PRAGMA synchronous = OFF")


@cache
def _empty() -> Path:
    file = Path(_scratch.name) / "empty.db"
    engine = create_engine(f"sqlite:///{file}")
    metadata.create_all(engine)
    engine.dispose()
    return file
