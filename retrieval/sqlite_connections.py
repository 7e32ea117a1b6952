"""How a SQLite file is opened and written to when several threads and programs do so at once."""

from __future__ import annotations

import sqlite3
import time

from sqlalchemy import Connection, Engine, event

_BUSY_MILLISECONDS = 10_000
_UPGRADE_MILLISECONDS = 120_000
"""For who waits until another has brought the schema up to date."""
_ASK_AGAIN_SECONDS = 0.02
_PRAGMAS = ("synchronous = NORMAL", "foreign_keys = ON")
_WRITE_MILLISECONDS = 30_000
"""For who waits until another has written; none takes seconds, but the disk may be slow."""
_BEGIN, _WAIT = "pauta_begin", "pauta_wait"


def prepare(engine: Engine) -> None:
    """Have every connection of `engine` made ready as it is opened."""
    event.listen(engine, "connect", _connected)
    event.listen(engine, "begin", _begun)


def write_from_the_start(connection: Connection, *, upgrades: bool = False) -> None:
    """Have its transactions wait until they are the only one that writes.

    One that reads first and writes later is refused without a wait, "database is locked",
    where another has written in between.
    """
    wait = _UPGRADE_MILLISECONDS if upgrades else _WRITE_MILLISECONDS
    connection.execution_options(**{_BEGIN: "BEGIN IMMEDIATE", _WAIT: wait})


def _connected(connection: sqlite3.Connection, _record: object) -> None:
    # Python's driver begins no transaction before it creates tables, and a crash would leave
    # half a schema: SQLAlchemy begins them instead.
    connection.isolation_level = None
    connection.execute(f"PRAGMA busy_timeout = {_BUSY_MILLISECONDS}")
    _write_ahead(connection)
    for pragma in _PRAGMAS:
        connection.execute(f"PRAGMA {pragma}")


def _write_ahead(connection: sqlite3.Connection) -> None:
    """SQLite does not wait for the lock that the change to a write-ahead log takes."""
    until = time.monotonic() + _BUSY_MILLISECONDS / 1000
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL")
        except sqlite3.OperationalError as error:
            is_busy = error.sqlite_errorcode & 0xFF == sqlite3.SQLITE_BUSY
            if not is_busy or time.monotonic() > until:
                raise
            time.sleep(_ASK_AGAIN_SECONDS)
        else:
            return


def _begun(connection: Connection) -> None:
    options = connection.get_execution_options()
    begin = options.get(_BEGIN)
    if begin is None:
        connection.exec_driver_sql("BEGIN")
        return
    connection.exec_driver_sql(f"PRAGMA busy_timeout = {options[_WAIT]}")
    try:
        connection.exec_driver_sql(begin)
    finally:
        connection.exec_driver_sql(f"PRAGMA busy_timeout = {_BUSY_MILLISECONDS}")
