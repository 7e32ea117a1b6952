"""A database that several threads and programs open at the same moment."""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable
from concurrent.futures import Future, ProcessPoolExecutor, ThreadPoolExecutor, wait
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from threading import Barrier, Event

import pytest
from sqlalchemy import Engine, event

from bot.database import open_people
from retrieval.database import engine_for
from retrieval.feed_store import FeedStore
from retrieval.sqlite_connections import write_from_the_start
from retrieval.store import open_corpus

OPENERS = 8


def opened(file: Path, open_it: Callable[[Path], Engine], moment: Barrier | None = None) -> str:
    """The journal's mode, once it is open: nobody was told that it is locked."""
    if moment is not None:
        moment.wait()
    engine = open_it(file)
    try:
        with engine.connect() as connection:
            return str(connection.exec_driver_sql("PRAGMA journal_mode").scalar())
    finally:
        engine.dispose()


@pytest.mark.parametrize("open_it", [open_corpus, open_people], ids=["corpus", "people"])
def test_eight_threads_make_one_database(tmp_path: Path, open_it: Callable[[Path], Engine]) -> None:
    together = partial(opened, tmp_path / "one.db", open_it, Barrier(OPENERS))
    with ThreadPoolExecutor(OPENERS) as threads:
        modes = [one.result() for one in [threads.submit(together) for _ in range(OPENERS)]]
    assert modes == ["wal"] * OPENERS


def test_eight_programs_make_one_database(tmp_path: Path) -> None:
    processes = multiprocessing.get_context("fork")
    with ProcessPoolExecutor(OPENERS, mp_context=processes) as programs:
        waiting = [
            programs.submit(opened, tmp_path / "one.db", open_corpus) for _ in range(OPENERS)
        ]
        assert [one.result(timeout=30) for one in waiting] == ["wal"] * OPENERS


def test_who_writes_from_the_start_waits_for_another_that_writes(tmp_path: Path) -> None:
    open_people(tmp_path / "people.db").dispose()
    engine, has_written, may_go_on = engine_for(tmp_path / "people.db"), Event(), Event()

    def write(name: str) -> None:
        with engine.connect() as connection:
            write_from_the_start(connection)
            with connection.begin():
                connection.exec_driver_sql("SELECT count(*) FROM kept_values").scalar()
                connection.exec_driver_sql(f"INSERT INTO kept_values VALUES ('{name}', '')")
                has_written.set()
                may_go_on.wait(5)

    with ThreadPoolExecutor(2) as threads:
        first = threads.submit(write, "first")
        assert has_written.wait(5)
        second = threads.submit(write, "second")
        may_go_on.set()
        first.result()
        second.result()
    with engine.connect() as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM kept_values").scalar() == 2
    engine.dispose()


def test_who_looks_and_then_writes_is_not_refused_because_another_wrote_meanwhile(
    tmp_path: Path,
) -> None:
    engine, other = open_corpus(tmp_path / "one.db"), engine_for(tmp_path / "one.db")
    writers: list[Future[None]] = []

    def write() -> None:
        with other.begin() as connection:
            connection.exec_driver_sql("INSERT INTO by_hand VALUES ('theirs')")

    with ThreadPoolExecutor(1) as threads:

        def looked(_connection: object, _cursor: object, statement: str, *_: object) -> None:
            if statement.startswith("SELECT") and not writers:
                writers.append(threads.submit(write))
                wait(writers, timeout=0.2)

        event.listen(engine, "after_cursor_execute", looked)
        feeds = FeedStore(engine)
        feeds.add("https://news.example.com/feed.xml", "mine", None, datetime.now(UTC))
        writers[0].result(timeout=10)

    assert [feed.title for feed in feeds.all()] == ["mine"]
    engine.dispose()
    other.dispose()
