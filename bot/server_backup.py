"""A PostgreSQL database written into files as a backup holds them, and put back from those.

The files are those of a home: a backup of one engine is restored into the other. Blocking.
"""

from __future__ import annotations

import contextlib
from pathlib import Path

from sqlalchemy import Connection, text

from bot.backup_file import CORPUS, OnBytes
from bot.backup_keys import BackupError
from bot.data_move import HALVES, Half
from bot.table_copy import copy_table, count_of, without_limits
from retrieval.database import open_database
from retrieval.schema import chunks
from retrieval.server_checkup import read_only_server
from retrieval.word_index import fill


def size_of(server: str) -> int:
    """Bytes of the whole database."""
    with read_only_server(server, "public") as engine, engine.connect() as connection:
        return int(connection.scalar(text("SELECT pg_database_size(current_database())")) or 0)


def snapshot(server: str, file: Path, on_bytes: OnBytes, size: int) -> str:
    """What `file` is the name of, as it is at one moment on `server`; returns its schema.

    Counts `size` bytes altogether. Raises BackupError for a database that is not of this version,
    DatabaseUnreachable, SQLAlchemyError, OSError.
    """
    half = next(one for one in HALVES if one.file == file.name)
    with read_only_server(server, half.schema) as engine, engine.connect() as source:
        without_limits(source)
        _check(source, half)
        tables = half.metadata.sorted_tables
        rows = sum(count_of(source, table) for table in tables)
        steps = rows + (count_of(source, chunks) if half.file == CORPUS else 0)
        told = 0

        def on_rows(count: int) -> None:
            nonlocal told
            before, told = told, min(told + count, steps)
            on_bytes(size * told // steps - size * before // steps if steps else 0)

        target = open_database(file, half.migrations, half.head)
        try:
            for table in tables:
                copy_table(source, target, table, on_rows)
            if half.file == CORPUS:
                fill(target, on_rows)
            with contextlib.closing(target.raw_connection()) as raw:
                raw.cursor().execute("PRAGMA wal_checkpoint(TRUNCATE)")
        finally:
            target.dispose()
    return half.head


def _check(source: Connection, half: Half) -> None:
    if source.scalar(text("SELECT to_regclass('alembic_version')")) is None:
        raise BackupError("There is no archive in the database: nothing to back up.")
    found = source.scalar(text("SELECT version_num FROM alembic_version"))
    if found != half.head:
        raise BackupError(
            f"The database is of another version of Pauta (schema {found}, this one knows "
            f"{half.head}): start Pauta once, or upgrade it, then back up."
        )
