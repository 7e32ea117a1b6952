"""An installation of any earlier schema comes through the upgrade with every row it had."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Engine,
    Float,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    func,
    insert,
    select,
)

from bot import database as people
from retrieval import schema as corpus
from retrieval.database import open_database
from tests import migrated
from tests.postgres import fresh_database, needs_postgres

DATABASES = {
    "corpus": ("retrieval.migrations", corpus.metadata, "corpus"),
    "people": ("bot.migrations", people.metadata, "people"),
}


def revisions(package: str) -> list[str]:
    """All of them, the first first."""
    found = files(package) / "versions"
    return sorted(one.name[:4] for one in found.iterdir() if one.name[:4].isdigit())


def earlier() -> Iterator[Any]:
    """In a file, every one; on a server, the first, which goes through all the steps as well."""
    for name, (package, _, _) in DATABASES.items():
        first, *others = revisions(package)[:-1]
        yield pytest.param(name, first, "server", id=f"{name}-{first}-server", marks=needs_postgres)
        for revision in (first, *others):
            yield pytest.param(name, revision, "file", id=f"{name}-{revision}-file")


@pytest.fixture(autouse=True)
def _by_alembic() -> Iterator[None]:
    with migrated.by_alembic():
        yield


@contextmanager
def a_place(kind: str, folder: Path) -> Iterator[Path | str]:
    if kind == "file":
        yield folder / "some.db"
        return
    with fresh_database(migrated=False) as url:
        yield url


def tables(engine: Engine) -> list[Table]:
    """As the database itself describes them, those that others point to first."""
    found = MetaData()
    found.reflect(engine)
    return [
        table
        for table in found.sorted_tables
        if table.name != "alembic_version" and not table.name.startswith("chunk_")
    ]


def a_value(column: Column[Any]) -> object:
    """The same for a column and for whatever points to it."""
    for key in column.foreign_keys:
        return a_value(key.column)
    kind = column.type
    if isinstance(kind, Boolean):
        return True
    if isinstance(kind, Integer | BigInteger):
        return 1
    if isinstance(kind, Float):
        return 0.5
    return b"\x01\x02" if isinstance(kind, LargeBinary) else "1"


@pytest.mark.parametrize(("name", "revision", "kind"), list(earlier()))
def test_every_table_of_an_earlier_schema_keeps_its_row(
    name: str, revision: str, kind: str, tmp_path: Path
) -> None:
    package, metadata, schema = DATABASES[name]
    with a_place(kind, tmp_path) as place:
        old = open_database(place, package, revision, schema)
        filled = tables(old)
        with old.begin() as connection:
            for table in filled:
                row = {column.name: a_value(column) for column in table.columns}
                connection.execute(insert(table).values(row))
        old.dispose()

        new = open_database(place, package, revisions(package)[-1], schema)

        with new.connect() as connection:
            kept = {
                table.name: connection.execute(select(func.count()).select_from(table)).scalar_one()
                for table in tables(new)
            }
            if kind == "file":
                assert not connection.exec_driver_sql("PRAGMA foreign_key_check").all()
        new.dispose()
    assert set(metadata.tables) - {"chunk_words", "chunk_vocabulary"} <= set(kept)
    assert {table.name: kept.get(table.name) for table in filled} == dict.fromkeys(
        (table.name for table in filled), 1
    )
