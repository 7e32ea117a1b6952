"""A PostgreSQL server from outside: opened once, by whoever comes first; what it says when it
cannot be, without a password; and looked at without being changed."""

from __future__ import annotations

import socket
import threading
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.exc import DBAPIError

from bot.database_check import check_database
from bot.settings import Settings
from bot.settings_reading import SettingsError, load_settings
from retrieval import schema
from retrieval.checkup import look_at, read_only
from retrieval.database import _MIGRATION_LOCK, engine_for
from retrieval.errors import ArchiveCorrupt, DatabaseUnreachable
from retrieval.findings import Verdict
from retrieval.server_address import server_url, shown_server
from retrieval.store import SCHEMA, Store, open_corpus
from tests.postgres import fresh_database, needs_postgres
from tests.retrieval.test_migrations import described

SECRET = "pa55w0rd"


def closed_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


@needs_postgres
def test_a_fresh_database_has_exactly_the_tables_the_code_names(postgres_url: str) -> None:
    tables = set(schema.metadata.tables)
    migrated, named = open_corpus(postgres_url), create_engine(server_url(postgres_url))
    try:
        schema.metadata.create_all(named)  # in the schema `public`
        assert described(migrated, tables) == described(named, tables)
    finally:
        migrated.dispose()
        named.dispose()


@needs_postgres
def test_who_comes_while_another_migrates_waits_and_finds_it_done() -> None:
    with fresh_database(migrated=False) as server:
        opened: list[Store] = []
        other = create_engine(server_url(server))
        late = threading.Thread(target=lambda: opened.append(Store(open_corpus(server))))
        with other.begin() as first:
            first.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _MIGRATION_LOCK})
            late.start()
            late.join(0.3)
            assert late.is_alive()
        late.join(30)
        assert opened[0].article_count() == 0
        opened[0].close()
        other.dispose()


@needs_postgres
def test_a_database_of_a_newer_pauta_is_left_alone(postgres_url: str) -> None:
    engine = open_corpus(postgres_url)
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    engine.dispose()
    with pytest.raises(ArchiveCorrupt, match=r"newer Pauta \(schema 9999.*PAUTA_DATABASE_URL"):
        open_corpus(postgres_url)


def test_a_server_that_is_down_is_named_without_its_password(tmp_path: Path) -> None:
    pytest.importorskip("psycopg")
    port = closed_port()
    address = f"postgresql://desk:{SECRET}@127.0.0.1:{port}/news"

    with pytest.raises(DatabaseUnreachable, match=rf"127\.0\.0\.1:{port}/news") as refused:
        open_corpus(address)
    (told,) = check_database(Settings(home=tmp_path, database_url=address))  # type: ignore[arg-type]
    state = look_at(tmp_path, server=address)

    assert told.verdict is Verdict.BROKEN
    assert state is not None
    assert "refused" in state.problem
    for said in (str(refused.value), told.message, told.advice, state.problem):
        assert SECRET not in said


@pytest.mark.parametrize(
    "address",
    [f"mysql://me:{SECRET}@host/x", f"{SECRET}", f"postgresql://me:{SECRET}@host:port/x", "://"],
)
def test_what_is_no_address_is_refused_without_being_shown(address: str) -> None:
    with pytest.raises(SettingsError, match=r"PAUTA_DATABASE_URL.*postgresql://user") as refused:
        load_settings({"PAUTA_DATABASE_URL": address}, dotenv=None)
    assert SECRET not in str(refused.value)
    with pytest.raises(DatabaseUnreachable) as unopened:
        engine_for(address)
    assert SECRET not in str(unopened.value)


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        (f"postgresql://me:{SECRET}@db.example:5433/news", "db.example:5433/news"),
        (f"postgres://me:{SECRET}@db.example", "db.example/me"),
        ("postgresql+psycopg:///news?host=/run/postgresql", "/run/postgresql/news"),
        ("postgresql:///news", "this machine/news"),
    ],
)
def test_an_address_is_shown_by_its_place_alone(address: str, shown: str) -> None:
    assert shown_server(address) == shown


@needs_postgres
def test_what_is_there_is_told_and_nothing_is_changed(tmp_path: Path) -> None:
    with fresh_database(migrated=False) as server:
        assert look_at(tmp_path, server=server) is None
        open_corpus(server).dispose()
        state = look_at(tmp_path, server=server)
        assert state is not None
        assert state.is_current
        assert (state.problem, state.articles, state.words) == ("", 0, 0)
        (told,) = check_database(Settings(home=tmp_path, database_url=server))  # type: ignore[arg-type]
        assert told.verdict is Verdict.OK
        assert "PostgreSQL" in told.message
        with (
            read_only(server, SCHEMA) as engine,
            engine.connect() as connection,
            pytest.raises(DBAPIError, match="read-only"),
        ):
            connection.execute(text("DELETE FROM articles"))


def test_a_name_that_is_no_schema_opens_nothing() -> None:
    with pytest.raises(ValueError, match="no name for a schema"):
        engine_for("postgresql:///news", "corpus; DROP")
