"""Databases are made and upgraded step by step, and nothing foreign is opened as one."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, MetaData, create_engine, event, inspect, text

from bot import database as people
from bot.database import open_people
from retrieval import database, schema
from retrieval.database import open_database
from retrieval.errors import ArchiveCorrupt
from retrieval.rows import content_hash
from retrieval.store import Store, open_corpus
from tests import migrated
from tests.archive import an_archive
from tests.builders import PUBLISHED, an_article
from tests.postgres import fresh_database, needs_postgres


@pytest.fixture(autouse=True)
def by_alembic() -> Iterator[None]:
    with migrated.by_alembic():
        yield


OPENERS = pytest.mark.parametrize(
    ("open_it", "metadata"),
    [(open_corpus, schema.metadata), (open_people, people.metadata)],
    ids=["corpus", "people"],
)


def described(engine: Engine, tables: set[str]) -> dict[str, Any]:
    """Columns, keys and indexes of tables as the database itself tells them."""
    found = inspect(engine)
    return {
        name: {
            "columns": [
                (column["name"], str(column["type"]), column["nullable"])
                for column in found.get_columns(name)
            ],
            "primary": found.get_pk_constraint(name)["constrained_columns"],
            "unique": sorted(
                tuple(one["column_names"]) for one in found.get_unique_constraints(name)
            ),
            "indexes": sorted(
                (str(one["name"]), tuple(one["column_names"])) for one in found.get_indexes(name)
            ),
            "foreign": [
                (key["constrained_columns"], key["referred_table"], key["referred_columns"])
                for key in found.get_foreign_keys(name)
            ],
        }
        for name in sorted(tables)
    }


@OPENERS
def test_a_fresh_database_has_exactly_the_tables_the_code_names(
    tmp_path: Path, open_it: Callable[[Path], Engine], metadata: MetaData
) -> None:
    migrated = open_it(tmp_path / "migrated.db")
    named = create_engine(f"sqlite:///{tmp_path / 'named.db'}")
    metadata.create_all(named)
    tables = set(metadata.tables)

    assert described(migrated, tables) == described(named, tables)
    others = set(inspect(migrated).get_table_names()) - tables
    assert all(name == "alembic_version" or name.startswith("chunk_") for name in others)
    migrated.dispose()
    named.dispose()


@needs_postgres
@pytest.mark.parametrize(
    ("open_it", "metadata", "own"),
    [(open_corpus, schema.metadata, {"chunk_words"}), (open_people, people.metadata, set[str]())],
    ids=["corpus", "people"],
)
def test_the_same_steps_make_the_same_tables_on_postgresql(
    open_it: Callable[[str], Engine], metadata: MetaData, own: set[str]
) -> None:
    with fresh_database(migrated=False) as address:
        migrated = open_it(address)
        named = database.engine_for(address)
        metadata.create_all(named)
        tables = set(metadata.tables)
        assert described(migrated, tables) == described(named, tables)
        assert set(inspect(migrated).get_table_names()) == tables | own | {"alembic_version"}
        migrated.dispose()
        named.dispose()
        open_it(address).dispose()


@OPENERS
def test_opening_a_second_time_does_nothing(
    tmp_path: Path,
    open_it: Callable[[Path], Engine],
    metadata: MetaData,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    open_it(tmp_path / "a.db").dispose()
    before = (tmp_path / "a.db").read_bytes()

    def upgrade(*_args: object) -> None:
        raise AssertionError("upgraded again")

    monkeypatch.setattr(database, "_upgrade", upgrade)
    open_it(tmp_path / "a.db").dispose()

    assert (tmp_path / "a.db").read_bytes() == before


@OPENERS
def test_a_database_of_a_newer_pauta_is_refused_with_what_to_do(
    tmp_path: Path, open_it: Callable[[Path], Engine], metadata: MetaData
) -> None:
    engine = open_it(tmp_path / "a.db")
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    engine.dispose()

    with pytest.raises(ArchiveCorrupt, match=r"newer Pauta \(schema 9999.*Upgrade Pauta"):
        open_it(tmp_path / "a.db")


@OPENERS
@pytest.mark.parametrize(
    "content",
    [b"not a database at all, but long enough " * 50, b"SQLite format 3\x00" + b"\xff" * 5000],
)
def test_a_file_that_is_not_a_database_is_called_so_and_left_alone(
    tmp_path: Path, open_it: Callable[[Path], Engine], metadata: MetaData, content: bytes
) -> None:
    (tmp_path / "a.db").write_bytes(content)

    with pytest.raises(ArchiveCorrupt, match=r"a\.db cannot be opened as a database"):
        open_it(tmp_path / "a.db")

    assert (tmp_path / "a.db").read_bytes() == content


def test_a_folder_in_place_of_the_database_is_an_error_with_a_message(tmp_path: Path) -> None:
    (tmp_path / "a.db").mkdir()

    with pytest.raises(ArchiveCorrupt, match="cannot be opened as a database"):
        open_corpus(tmp_path / "a.db")


@OPENERS
@pytest.mark.parametrize("name", ["a b", "50%", "what?", "a#b", "ação", "%41", "a&b=c"])
def test_a_data_folder_may_have_any_name(
    tmp_path: Path, open_it: Callable[[Path], Engine], metadata: MetaData, name: str
) -> None:
    engine = open_it(tmp_path / name / "a.db")
    engine.dispose()

    assert [path.name for path in tmp_path.iterdir()] == [name]
    assert (tmp_path / name / "a.db").stat().st_size > 0


class Crash(BaseException):
    """Nothing catches it, as nothing catches a power cut."""


@OPENERS
def test_a_crash_at_any_statement_of_the_first_opening_can_be_opened_again(
    tmp_path: Path,
    open_it: Callable[[Path], Engine],
    metadata: MetaData,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for n in range(1, 200, 3):  # every third: one statement is like the next
        statements = iter(range(1, 1000))

        def crash(*_args: object, n: int = n, statements: Any = statements) -> None:
            if next(statements) == n:
                raise Crash

        def fragile(*args: Any, crash: Any = crash, **kwargs: Any) -> Engine:
            engine = create_engine(*args, **kwargs)
            event.listen(engine, "before_cursor_execute", crash)
            return engine

        file = tmp_path / f"{n}.db"
        monkeypatch.setattr(database, "create_engine", fragile)
        try:
            open_it(file).dispose()
        except Crash:
            monkeypatch.setattr(database, "create_engine", create_engine)
            open_it(file).dispose()
        else:
            assert n > 5, "nothing was interrupted"
            return


def test_what_an_archive_held_before_copies_were_known_is_all_there(
    tmp_path: Path,
) -> None:
    file = tmp_path / "corpus.db"
    old = open_database(file, "retrieval.migrations", "0002")
    with old.begin() as connection:
        for table, row in {
            "articles": {
                "id": an_article().id, "url": an_article().url, "title": an_article().title,
                "text": an_article().text, "source": an_article().source, "language": "en",
                "published_at": int(PUBLISHED.timestamp()), "sample": False,
                "content_hash": content_hash(an_article()), "added_at": 1, "updated_at": 1,
            },
            "chunks": {"id": "chunk", "article_id": an_article().id, "ordinal": 0, "start": 0,
                       "end": 9, "embedding_hash": "hash"},
        }.items():  # fmt: skip
            columns, values = (
                ", ".join(f'"{name}"' for name in row),
                ", ".join(f":{n}" for n in row),
            )
            connection.execute(text(f"INSERT INTO {table} ({columns}) VALUES ({values})"), row)
    old.dispose()

    store = Store(open_corpus(file))

    assert list(store.all_articles()) == [an_article()]
    assert store.known([an_article().id]) == {an_article().id: content_hash(an_article())}
    passage = store.passages(["chunk"])["chunk"]
    assert (passage.text, passage.author, passage.partial) == (an_article().text[:9], "", False)
    assert (passage.corrected_at, passage.copy_group, passage.also_in) == (None, None, ())
    store.close()


def test_an_article_from_before_copies_were_known_can_be_corrected_and_removed(
    tmp_path: Path,
) -> None:
    with an_archive(tmp_path) as archive:
        archive.ingest.add([an_article()])
        with archive.store.engine.begin() as connection:
            connection.execute(text("UPDATE articles SET signature = NULL"))
            connection.execute(text("DELETE FROM bands"))

        archive.ingest.add([an_article("The group committed US$ 100 billion.")])
        assert len(archive.store.history(an_article().id)) == 1
        archive.ingest.remove([an_article().id])

        assert archive.rows("SELECT count(*) FROM bands") == [(0,)]
