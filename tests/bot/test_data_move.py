"""A home moved to PostgreSQL: all of it, whatever interrupts it, and proved to be the same."""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import create_engine, delete, insert, select, text, update

from bot import data_move, table_copy
from bot.backup import make
from bot.conversation_key import ConversationKey
from bot.data_move import Moved, MoveError, move
from bot.database import follows, open_people, people, turns
from bot.move_command import migrate_data
from bot.restore import restore
from bot.table_copy import OnRows
from bot.table_difference import Step, Sum, steps
from retrieval import database
from retrieval.lock import ArchiveLock
from retrieval.models import Query
from retrieval.schema import articles
from retrieval.store import open_corpus
from tests.archive import NOW, an_archive
from tests.bot.test_backup import QUESTIONS, some_articles
from tests.postgres import fresh_database, needs_postgres

ROWS = st.dictionaries(
    st.tuples(st.integers(0, 9), st.text(max_size=2)),
    st.tuples(st.one_of(st.none(), st.text(max_size=3), st.binary(max_size=3))),
    max_size=8,
)


def table_of(rows: dict[tuple[Any, ...], tuple[Any, ...]]) -> list[tuple[Any, ...]]:
    return [(*key, *rows[key]) for key in sorted(rows)]


@given(ROWS, ROWS)
def test_doing_all_steps_makes_the_target_the_source(
    source: dict[tuple[Any, ...], tuple[Any, ...]], target: dict[tuple[Any, ...], tuple[Any, ...]]
) -> None:
    source, target = (
        {(key[0], key[1].replace("\x00", "0")): row for key, row in rows.items()}
        for rows in (source, target)
    )
    made = {row[:2]: row for row in table_of(target)}
    for step, row in steps(table_of(source), table_of(target), 2):
        if step is Step.DROP:
            del made[row[:2]]
        elif step is Step.SAME:
            assert row[:2] in made
        else:
            assert (row[:2] in made) is (step is Step.CHANGE)
            made[row[:2]] = row
    sums = (Sum(), Sum())
    for total, rows in zip(sums, ([made[key] for key in sorted(made)], table_of(source)),
                           strict=True):  # fmt: skip
        for row in rows:
            total.add(row)
    assert (sums[0].rows, sums[0].sha256) == (sums[1].rows, sums[1].sha256)


def test_a_sum_tells_a_number_from_its_text_and_the_order_of_rows() -> None:
    def sha(*rows: tuple[Any, ...]) -> str:
        total = Sum()
        for row in rows:
            total.add(row)
        return total.sha256

    assert len({sha((1,)), sha(("1",)), sha((None,)), sha((b"1",)), sha((1,), (2,)), sha((2,), (1,))
                }) == 6  # fmt: skip


def no_bar(_doing: str, _total: int) -> OnRows:
    return lambda _count: None


def no_bytes(_total: int) -> OnRows:
    return lambda _count: None


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("filled") / "home"
    home.mkdir()
    with an_archive(home) as archive:
        archive.ingest.add(some_articles(0, 6))
        archive.ingest.tell_stories()
    engine = open_people(home / "people.db")
    with engine.begin() as connection:
        connection.execute(
            insert(people).values(
                user_id=1 << 40, name="Ana\x00 🙂", role="member", invited_by=7, since=1 << 33
            )
        )
        said = {
            "conversation": str(ConversationKey(-(1 << 41))),
            "role": "user",
            "text": "é",
            "at": 1,
        }
        connection.execute(insert(turns), [said] * 20)
        connection.execute(delete(turns).where(turns.c.id.between(5, 9)))
        of_words = {"language": "pt", "threshold": 0.1 + 0.2, "model_id": "m", "active": True,
                    "created_by": 1, "created_at": 1, "vector": bytes(range(256))}  # fmt: skip
        connection.execute(
            insert(follows),
            [{"conversation": str(one), "words": f"ç{one}", **of_words} for one in (5, -6)],
        )
    engine.dispose()
    return home


@pytest.fixture
def home(filled: Path, tmp_path: Path) -> Path:
    shutil.copytree(filled, tmp_path / "home")
    return tmp_path / "home"


@pytest.fixture
def server() -> Iterator[str]:
    with fresh_database() as address:
        yield address


def moved(home: Path, server: str, *, is_last: bool = True) -> Moved:
    return move(home, server, no_bar, is_last=is_last)


def test_a_side_that_is_long_not_asked_is_still_there(
    home: Path, server: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database, "_IDLE_SECONDS", 1)
    rests = iter([1.2])

    def slowly(doing: str, _total: int) -> OnRows:
        is_compared = doing.startswith("Comparing")
        return lambda _count: time.sleep(next(rests, 0) if is_compared else 0)

    assert move(home, server, slowly, is_last=True).rows["people.turns"] == 15


def found_in(home: Path, server: str | None = None) -> list[list[str]]:
    with an_archive(home, server=server) as archive:
        archive.ingest.reconcile()
        return [
            sorted(one.chunk_id for one in archive.retriever.search(Query(question)))
            for question in QUESTIONS
        ]


@needs_postgres
class TestMoving:
    def test_brings_all_of_it_so_that_answers_and_people_are_the_same(
        self, home: Path, server: str
    ) -> None:
        done = moved(home, server)
        assert done.rows["corpus.articles"] == 6
        assert done.rows["people.turns"] == 15
        assert done.written == sum(done.rows.values())
        assert found_in(home, server) == found_in(home)
        engine = open_people(server)
        with engine.begin() as connection:
            (ana,) = connection.execute(select(people)).all()
            assert (ana.user_id, ana.name, ana.since) == (1 << 40, "Ana\ufffd 🙂", 1 << 33)
            rows = connection.execute(select(follows).order_by(follows.c.id)).all()
            assert [(row.threshold, row.vector, row.active) for row in rows] == (
                [(0.1 + 0.2, bytes(range(256)), True)] * 2
            )
            said = {"conversation": "5", "role": "user", "text": "next", "at": 1}
            number = connection.scalar(insert(turns).values(said).returning(turns.c.id))
            assert number == 21
        engine.dispose()

    def test_goes_on_where_it_was_interrupted(
        self, home: Path, server: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(table_copy, "BATCH", 4)

        def until_turns(doing: str, _total: int) -> OnRows:
            seen = 0

            def count(rows: int) -> None:
                nonlocal seen
                seen += rows
                if doing == "Copying people.db" and seen > 6:
                    raise KeyboardInterrupt

            return count

        with pytest.raises(KeyboardInterrupt):
            move(home, server, until_turns, is_last=True)
        done = moved(home, server)
        assert 0 < done.written < 20
        assert done.rows["people.turns"] == 15

    def test_a_second_run_takes_along_what_came_changed_and_went(
        self, home: Path, server: str
    ) -> None:
        moved(home, server, is_last=False)
        with an_archive(home) as archive:
            archive.ingest.add(some_articles(6, 8))
            archive.ingest.remove([archive.rows("SELECT id FROM articles")[0][0]])
        corpus, engine = open_corpus(home / "corpus.db"), open_people(home / "people.db")
        with corpus.begin() as connection:
            connection.execute(update(articles).values(author="Somebody"))
        with engine.begin() as connection:
            connection.execute(update(people).values(name="Bea"))
            connection.execute(delete(follows).where(follows.c.conversation == "5"))
        corpus.dispose()
        engine.dispose()

        done = moved(home, server)
        assert done.rows["corpus.articles"] == 7
        assert done.rows["people.follows"] == 1
        assert found_in(home, server) == found_in(home)

    def test_takes_nothing_but_an_empty_database_and_its_own_unfinished_copy(
        self, home: Path, filled: Path, server: str
    ) -> None:
        moved(home, server, is_last=False)
        with pytest.raises(MoveError, match="holds the data of a Pauta already"):
            moved(filled, server)
        moved(home, server)
        # Now it is in use: what happens there is not to be undone by the old files.
        with pytest.raises(MoveError, match="holds the data of a Pauta already"):
            moved(home, server)
        assert not (home / data_move.MARK).exists()

    def test_a_backup_of_either_engine_is_restored_into_the_other(
        self, home: Path, server: str, tmp_path: Path
    ) -> None:
        before = found_in(home)
        moved(home, server)
        made = make(home, tmp_path / "b.bak", None, NOW, bar=no_bytes, server=server)
        assert made.manifest.counts["corpus.db"]["articles"] == 6
        restore(made.file, tmp_path / "files", None, NOW, bar=no_bytes)
        assert found_in(tmp_path / "files") == before
        with fresh_database() as other:
            restore(made.file, tmp_path / "new", None, NOW, bar=no_bytes, server=other)
            assert not list((tmp_path / "new").glob("*.db"))
            assert found_in(tmp_path / "new", other) == before
            with pytest.raises(MoveError, match="holds the data of a Pauta already"):
                restore(made.file, tmp_path / "third", None, NOW, bar=no_bytes, server=other)

    def test_a_copy_that_is_not_the_same_is_told(
        self, home: Path, server: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        whole = table_copy.copy_table

        def spoilt(source: Any, target: Any, table: Any, on_rows: OnRows) -> int:
            written = whole(source, target, table, on_rows)
            if table is turns:
                with target.begin() as connection:
                    connection.execute(update(turns).where(turns.c.id == 1).values(text="other"))
            return written

        monkeypatch.setattr(data_move, "copy_table", spoilt)
        with pytest.raises(MoveError, match="The copy of turns is not the same"):
            moved(home, server)

    def test_beside_a_running_pauta_the_command_asks_for_a_second_run_and_then_says_what_to_set(
        self,
        home: Path,
        server: str,
        monkeypatch: pytest.MonkeyPatch,
        capsys: pytest.CaptureFixture[str],
    ) -> None:
        monkeypatch.setenv("PAUTA_HOME", str(home))
        monkeypatch.chdir(home)
        address = server.replace("pauta@", "pauta:s3cret@")
        running = ArchiveLock(home, "run", lasting=True)
        running.acquire()
        migrate_data(address)
        told = capsys.readouterr().err
        assert "6 articles" in told
        assert "Stop it, and run this again" in told
        assert "PAUTA_DATABASE_URL" not in told
        running.release()
        migrate_data(address)
        told = capsys.readouterr().err
        assert "(0 rows written now)" in told
        assert "Now set PAUTA_DATABASE_URL" in told
        assert "s3cret" not in told

    def test_changes_nothing_in_the_files(self, home: Path, server: str) -> None:
        before = {one.name: one.read_bytes() for one in home.glob("*.db")}
        moved(home, server)
        assert {one.name: one.read_bytes() for one in home.glob("*.db")} == before


def test_a_home_without_an_archive_or_of_another_version_is_left_alone(
    filled: Path, tmp_path: Path
) -> None:
    with pytest.raises(MoveError, match="nothing to move"):
        moved(tmp_path, "postgresql://nobody@localhost:1/nothing")
    shutil.copy(filled / "corpus.db", tmp_path)
    engine = create_engine(f"sqlite:///{tmp_path / 'corpus.db'}")
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '0001'"))
    engine.dispose()
    with pytest.raises(MoveError, match="of another version"):
        moved(tmp_path, "postgresql://nobody@localhost:1/nothing")
