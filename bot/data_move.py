"""A home's two databases copied into a PostgreSQL database, and proved to be the same there.

    files, each as of one moment -> tables in the order of their references, batch by batch
      -> the full-text index -> numbers -> counts and sums of every table, on both sides

The files are only read. Safe to interrupt: what was copied is kept, and passed over by the next
attempt, which also takes along what has changed meanwhile. The target knows whose copy it holds
until the last attempt, made while nobody has the archive open, has succeeded. Blocking.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Connection, Engine, MetaData, select, text

from bot import migrations
from bot.database import SCHEMA as PEOPLE
from bot.database import metadata as people_metadata
from bot.table_copy import (
    OnRows,
    copy_table,
    count_of,
    restart_numbers,
    sum_of,
    without_limits,
)
from retrieval import migrations as corpus_migrations
from retrieval.checkup import read_only
from retrieval.database import open_database
from retrieval.errors import RetrievalError
from retrieval.schema import articles, chunks
from retrieval.schema import metadata as corpus_metadata
from retrieval.store import SCHEMA as CORPUS
from retrieval.word_index import fill

Bar = Callable[[str, int], OnRows]
"""Given what is done and how many rows there will be, tells where to count them."""

MARK = "migrate-data.id"
_MOVING = "a copy under way of "


class MoveError(RetrievalError):
    """A home cannot be copied, or the copy is not the same."""


@dataclass(frozen=True, slots=True)
class Half:
    """One of the two databases: its file in a home, and its schema on a server."""

    file: str
    schema: str
    migrations: str
    head: str
    metadata: MetaData


HALVES = (
    Half("corpus.db", CORPUS, "retrieval.migrations", corpus_migrations.HEAD, corpus_metadata),
    Half("people.db", PEOPLE, "bot.migrations", migrations.HEAD, people_metadata),
)


@dataclass(frozen=True, slots=True)
class Moved:
    """What is now on the server, table by table, and how much of it was written this time."""

    rows: dict[str, int]
    written: int


def move(
    home: Path, server: str, bar: Bar, *, is_last: bool, known_by: Path | None = None
) -> Moved:
    """Copy what is in `home` to the database at `server`, an address `postgresql://...`.

    `is_last`: nobody has the archive open, so that the copy is complete. `known_by`: the folder
    that keeps whose copy it is, until then; the home as a rule. Raises MoveError when
    there is nothing to copy, it is of another version, the target holds something else, or the
    copy is not the same; DatabaseUnreachable, ArchiveCorrupt, SQLAlchemyError, OSError.
    """
    halves = [half for half in HALVES if (home / half.file).exists()]
    if HALVES[0] not in halves:
        raise MoveError(f"There is no archive in {home}: nothing to move.")
    with ExitStack() as stack:
        sources = [stack.enter_context(_as_of_now(home / half.file, half)) for half in halves]
        targets = []
        for half in halves:
            target = open_database(server, half.migrations, half.head, half.schema)
            stack.callback(target.dispose)
            targets.append(target)
        mark = (known_by or home) / MARK
        _claim(mark, targets, halves)
        pairs = list(zip(halves, sources, targets, strict=True))
        written = sum(_copied(*pair, bar) for pair in pairs)
        rows = {name: count for pair in pairs for name, count in _proved(*pair, bar).items()}
        if is_last:
            _mark(targets[0], halves[0].schema, "")
            mark.unlink(missing_ok=True)
    return Moved(rows, written)


@contextmanager
def _as_of_now(file: Path, half: Half) -> Iterator[Connection]:
    """A file as it is at this moment, whatever is written to it meanwhile."""
    with read_only(file) as engine, engine.connect() as connection:
        connection.exec_driver_sql("BEGIN")
        there = text("SELECT 1 FROM sqlite_master WHERE name = 'alembic_version'")
        if connection.execute(there).first() is None:
            raise MoveError(f"{file} holds no archive of Pauta.")
        found = connection.scalar(text("SELECT version_num FROM alembic_version"))
        if found != half.head:
            raise MoveError(
                f"{file} is of another version of Pauta (schema {found}, this one knows "
                f"{half.head}). Any command that opens it, such as `pauta search`, brings an "
                "older one up to date."
            )
        yield connection


def _claim(mark: Path, targets: list[Engine], halves: list[Half]) -> None:
    """See that the target is empty, or holds a copy of this very home; then it does."""
    known = mark.read_text(encoding="ascii").strip() if mark.exists() else None
    with targets[0].connect() as connection:
        held = connection.scalar(
            select(
                text("obj_description(CAST(:schema AS regnamespace), 'pg_namespace')").bindparams(
                    schema=halves[0].schema
                )
            )
        )
    if known is not None and held == f"{_MOVING}{known}":
        return
    is_empty = all(_is_empty(target, half) for target, half in zip(targets, halves, strict=True))
    if not is_empty:
        raise MoveError(
            "The database holds the data of a Pauta already, and not a copy of this home that is "
            "under way: nothing was changed. Give the address of an empty database."
        )
    fresh = secrets.token_hex(16)
    mark.write_text(fresh, encoding="ascii")
    _mark(targets[0], halves[0].schema, f"{_MOVING}{fresh}")


def _mark(target: Engine, schema: str, words: str) -> None:
    with target.begin() as connection:
        # A comment takes no parameter; the words are ours, hexadecimal digits.
        connection.exec_driver_sql(f"COMMENT ON SCHEMA \"{schema}\" IS '{words}'")


def _is_empty(target: Engine, half: Half) -> bool:
    with target.connect() as connection:
        return all(
            connection.execute(select(*table.primary_key.columns).limit(1)).first() is None
            for table in half.metadata.sorted_tables
        )


def _copied(half: Half, source: Connection, target: Engine, bar: Bar) -> int:
    tables = half.metadata.sorted_tables
    count = bar(f"Copying {half.file}", sum(count_of(source, table) for table in tables))
    written = {table.name: copy_table(source, target, table, count) for table in tables}
    if half.schema == CORPUS:
        if written[articles.name] or written[chunks.name]:
            with target.begin() as connection:  # a chunk may have kept its number and not its text
                connection.execute(text("TRUNCATE chunk_words"))
        fill(target, bar("Indexing words", count_of(source, chunks)))
    with target.begin() as connection:
        for table in tables:
            restart_numbers(connection, table)
    return sum(written.values())


def _proved(half: Half, source: Connection, target: Engine, bar: Bar) -> dict[str, int]:
    """Rows by table. Raises MoveError where a table is not the same on both sides."""
    tables = half.metadata.sorted_tables
    count = bar(f"Comparing {half.file}", 2 * sum(count_of(source, table) for table in tables))
    found = {}
    with target.connect() as connection:
        without_limits(connection)
        for table in tables:
            here, there = (sum_of(one, table, count) for one in (source, connection))
            if (here.rows, here.sha256) != (there.rows, there.sha256):
                raise MoveError(
                    f"The copy of {table.name} is not the same: {here.rows} rows here, "
                    f"{there.rows} there, or their contents differ. Is anything else writing to "
                    "that database?"
                )
            found[f"{half.schema}.{table.name}"] = here.rows
    return found
