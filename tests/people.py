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

from bot.database import metadata

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


def _unsynced(connection: sqlite3.Connection, _record: object) -> None:
    connection.execute("PRAGMA synchronous = OFF")


@cache
def _empty() -> Path:
    file = Path(_scratch.name) / "empty.db"
    engine = create_engine(f"sqlite:///{file}")
    metadata.create_all(engine)
    engine.dispose()
    return file
