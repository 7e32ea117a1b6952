"""A table of one database made the same as that of another, in batches, each of them kept.

Rows are read in the order of their key on both sides, so that what is there already is passed
over, and what came or changed since an earlier copy is taken along. Blocking.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from typing import Any

from sqlalchemy import (
    Column,
    Connection,
    Engine,
    String,
    Table,
    UniqueConstraint,
    delete,
    func,
    select,
    text,
    tuple_,
)

from bot.table_difference import Step, Sum, Values, steps
from retrieval.upserts import upsert

BATCH = 500
"""Rows of one transaction."""

OnRows = Callable[[int], None]
"""Called with the number of rows that were dealt with since the last call."""


class _Anew(Exception):
    pass


def ordered(table: Table) -> tuple[Column[Any], ...]:
    """The columns of a table, those of its key first."""
    key = tuple(table.primary_key.columns)
    return (*key, *(column for column in table.columns if column not in set(key)))


def rows_of(connection: Connection, table: Table) -> Iterator[Sequence[Any]]:
    """All rows, by `ordered`, in the order of their key as Python compares it."""
    is_server = connection.dialect.name == "postgresql"
    key = [
        column.collate("C") if is_server and isinstance(column.type, String) else column
        for column in table.primary_key.columns
    ]
    chosen = select(*ordered(table)).order_by(*key)
    found = connection.execution_options(yield_per=BATCH).execute(chosen)
    return iter(found)


def without_limits(connection: Connection) -> None:
    """Until its transaction ends, a server lets it read for hours, and rest while the other side
    is read."""
    connection.execute(text("SET LOCAL statement_timeout = 0"))
    connection.execute(text("SET LOCAL idle_in_transaction_session_timeout = 0"))


def sum_of(connection: Connection, table: Table, on_rows: OnRows) -> Sum:
    """Reads the whole table."""
    total, told = Sum(), 0
    for row in rows_of(connection, table):
        total.add(row)
        if total.rows - told >= BATCH:
            on_rows(total.rows - told)
            told = total.rows
    on_rows(total.rows - told)
    return total


def count_of(connection: Connection, table: Table) -> int:
    return connection.scalar(select(func.count()).select_from(table)) or 0


def copy_table(source: Connection, target: Engine, table: Table, on_rows: OnRows) -> int:
    """Make `table` of `target` what it is in `source`; returns how many rows were written.

    To be called for tables in the order of their references. Where rows other than new ones
    would stand in each other's way, the table is emptied first, with all that refer to it.
    """
    try:
        return _copied(source, target, table, on_rows)
    except _Anew:
        with target.begin() as connection:
            connection.execute(text(f'TRUNCATE "{table.name}" CASCADE'))
        return _copied(source, target, table, on_rows)


def restart_numbers(connection: Connection, table: Table) -> None:
    """The next number that PostgreSQL gives out is one that no row has."""
    column = table.autoincrement_column
    if column is None or column.autoincrement is False:
        return
    highest = connection.scalar(select(func.max(column))) or 0
    sequence = func.pg_get_serial_sequence(table.name, column.name)
    connection.execute(select(func.setval(sequence, highest + 1, False)))


def _copied(source: Connection, target: Engine, table: Table, on_rows: OnRows) -> int:
    stands_in_the_way = _is_referred_to(table) or any(
        isinstance(one, UniqueConstraint) for one in table.constraints
    ) or any(column.unique for column in table.columns)  # fmt: skip
    key, written = len(table.primary_key.columns), 0
    with target.connect() as reading, target.connect() as writing:
        if target.dialect.name == "postgresql":
            without_limits(reading)
        found = steps(rows_of(source, table), rows_of(reading, table), key)
        while batch := list(islice(found, BATCH)):
            changed = [row for step, row in batch if step is Step.CHANGE]
            dropped = [row[:key] for step, row in batch if step is Step.DROP]
            if stands_in_the_way and (changed or dropped):
                raise _Anew
            added = [row for step, row in batch if step is Step.ADD]
            with writing.begin():
                _drop(writing, table, dropped)
                _write(writing, table, added + changed)
            written += len(added) + len(changed)
            on_rows(len(batch) - len(dropped))
    return written


def _write(connection: Connection, table: Table, rows: Sequence[Values]) -> None:
    if not rows:
        return
    names = [column.name for column in ordered(table)]
    key = [column.name for column in table.primary_key.columns]
    statement = upsert(connection, table)
    others = {name: statement.excluded[name] for name in names if name not in key}
    if others:
        statement = statement.on_conflict_do_update(index_elements=key, set_=others)
    else:
        statement = statement.on_conflict_do_nothing()
    connection.execute(statement, [dict(zip(names, row, strict=True)) for row in rows])


def _drop(connection: Connection, table: Table, keys: Sequence[Values]) -> None:
    if keys:
        key = tuple_(*table.primary_key.columns)
        connection.execute(delete(table).where(key.in_(keys)))


def _is_referred_to(table: Table) -> bool:
    return any(
        key.column.table is table
        for other in table.metadata.tables.values()
        for key in other.foreign_keys
    )
