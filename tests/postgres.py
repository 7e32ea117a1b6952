"""An empty, migrated PostgreSQL database for a test; the test is skipped where there is none.

One server serves all processes of a test session: see `postgres_server`.
"""

from __future__ import annotations

import fcntl
import itertools
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import IO

import pytest
from filelock import FileLock
from sqlalchemy import Engine, create_engine

from bot.migrations import HEAD as PEOPLE_HEAD
from retrieval.database import open_database
from retrieval.migrations import HEAD as CORPUS_HEAD
from tests import postgres_server

_TEMPLATE = "template_of_tests"
_numbers = itertools.count()
_kept_open: list[IO[str]] = []


def missing() -> str:
    """Why there can be no server here; empty where there can."""
    if postgres_server.programs() is None:
        return "PostgreSQL is not installed (initdb is neither on PATH nor in /usr/lib/postgresql)"
    return ""


needs_postgres = pytest.mark.skipif(bool(missing()), reason=missing())


@contextmanager
def fresh_database(*, migrated: bool = True) -> Iterator[str]:
    """The address of a database of its own, with both schemas migrated and nothing in them."""
    if missing():
        pytest.skip(missing())
    folder = _server()
    name = f"test_{os.getpid()}_{next(_numbers)}"
    made_from = _TEMPLATE if migrated else "template0"
    _run(folder, f"CREATE DATABASE {name} TEMPLATE {made_from} STRATEGY FILE_COPY")
    try:
        yield _address(folder, name)
    finally:
        _run(folder, f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def postgres_url() -> Iterator[str]:
    with fresh_database() as address:
        yield address


def _address(folder: str, name: str) -> str:
    return f"postgresql://pauta@/{name}?host={folder}"


def _run(folder: str, statement: str) -> None:
    with _administrator(folder).connect() as connection:
        connection.exec_driver_sql(statement)


@cache
def _administrator(folder: str) -> Engine:
    address = _address(folder, "postgres").replace("postgresql:", "postgresql+psycopg:")
    return create_engine(address, isolation_level="AUTOCOMMIT")


@cache
def _server() -> str:
    """The folder of the server's socket; started by whichever process comes first."""
    session = os.environ.get("PYTEST_XDIST_TESTRUNUID") or str(os.getpid())
    shared = Path(tempfile.gettempdir()) / f"pauta-tests-{session}"
    shared.mkdir(mode=0o700, exist_ok=True)
    with FileLock(shared / "starting"):
        users = (shared / "users").open("w")
        _kept_open.append(users)  # the lock lasts as long as this process
        fcntl.flock(users, fcntl.LOCK_SH)
        ready = shared / "ready"
        if ready.exists():
            return ready.read_text()
        subprocess.Popen(
            [sys.executable, postgres_server.__file__, str(shared)], start_new_session=True
        )
        deadline = time.monotonic() + 2 * postgres_server.START_SECONDS
        while not (ready.exists() and ready.read_text()):
            assert time.monotonic() < deadline, "PostgreSQL did not start"
            time.sleep(0.02)
        folder = ready.read_text()
        _make_template(folder)
        return folder


def _make_template(folder: str) -> None:
    _run(folder, f"CREATE DATABASE {_TEMPLATE}")
    place = _address(folder, _TEMPLATE)
    for migrations, head, schema in (
        ("retrieval.migrations", CORPUS_HEAD, "corpus"),
        ("bot.migrations", PEOPLE_HEAD, "people"),
    ):
        open_database(place, migrations, head, schema).dispose()
