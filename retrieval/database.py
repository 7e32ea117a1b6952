"""Opening a database, SQLite or PostgreSQL, and bringing its schema up to date."""

from __future__ import annotations

import re
import threading
from importlib.resources import files
from pathlib import Path
from typing import Literal

from sqlalchemy import URL, Connection, Engine, create_engine, inspect, text
from sqlalchemy.exc import SQLAlchemyError

from retrieval import postgres_connections, sqlite_connections
from retrieval.errors import ArchiveCorrupt, DatabaseUnreachable, RetrievalError
from retrieval.server_address import server_url, shown_server
from retrieval.writing import writing

_upgrading = threading.Lock()
"""Alembic keeps in its module what it upgrades: one at a time in a process."""

_CONNECT_SECONDS = 10
_STATEMENT_SECONDS = 120
"""A hundred times what the slowest statement takes; a migration has no limit."""
_IDLE_SECONDS = 300
"""For a transaction nobody goes on with: a process that hangs must not block the others."""
_POOL = {"pool_size": 5, "max_overflow": 5, "pool_timeout": 30, "pool_recycle": 1800}
_MIGRATION_LOCK = 0x7061757461
"""Of PostgreSQL's advisory locks: two processes that start at once migrate one after the other."""
_SCHEMA = re.compile(r"[a-z][a-z_]{0,30}")
Isolation = Literal["READ COMMITTED", "REPEATABLE READ"]


def engine_for(
    place: Path | str, schema: str = "public", *, isolation: Isolation = "READ COMMITTED"
) -> Engine:
    """An engine on a SQLite file, or on a schema of a PostgreSQL server; opens nothing yet.

    `place` is the file's path, or an address `postgresql://...`. Raises DatabaseUnreachable for
    an address that is none. `isolation` is of a server's transactions; in a file, each sees the
    database as it was when it began.
    """
    if isinstance(place, Path):
        # An error quotes the statement: without what people said, which is among the parameters.
        engine = create_engine(URL.create("sqlite", database=str(place)), hide_parameters=True)
        sqlite_connections.prepare(engine)
        return engine
    if not _SCHEMA.fullmatch(schema):
        raise ValueError(f"no name for a schema: {schema!r}")
    try:
        url = server_url(place)
    except ValueError as error:
        raise DatabaseUnreachable(f"PAUTA_DATABASE_URL {error}.") from None
    engine = create_engine(
        url,
        hide_parameters=True,
        isolation_level=isolation,
        pool_pre_ping=True,
        connect_args={
            "connect_timeout": _CONNECT_SECONDS,
            "application_name": f"pauta {schema}",
            "options": _options(schema),
        },
        **_POOL,
    )
    return postgres_connections.prepare(engine)


def open_database(
    place: Path | str,
    migrations: str,
    head: str,
    schema: str = "public",
    *,
    isolation: Isolation = "READ COMMITTED",
) -> Engine:
    """The database in a file or on a server, created or upgraded to revision `head`.

    `migrations` is the package that holds the Alembic environment. Raises ArchiveCorrupt
    when it cannot be read or was written by a newer Pauta, DatabaseUnreachable when a server
    does not answer or refuses.
    """
    is_file = isinstance(place, Path)
    if isinstance(place, Path):
        place.parent.mkdir(parents=True, exist_ok=True)
    engine = engine_for(place, schema, isolation=isolation)
    name = str(place) if isinstance(place, Path) else f"The database at {shown_server(place)}"
    try:
        if is_file and _is_at(engine, head):
            return engine
        with _upgrading, writing(engine, upgrades=True) as connection:
            if not is_file:
                _stand_alone(connection, schema)
            revision = _revision(connection)
            if revision is not None and revision > head:
                raise ArchiveCorrupt(
                    f"{name} was written by a newer Pauta (schema {revision}, this one knows "
                    f"{head}). Upgrade Pauta, or set {_another(is_file=is_file)}."
                )
            if revision != head:
                _upgrade(connection, migrations, head)
    except SQLAlchemyError as error:
        engine.dispose()
        cause = getattr(error, "orig", None) or error
        raise _refused(name, cause, is_file=is_file) from error
    except RetrievalError:
        engine.dispose()
        raise
    return engine


def _another(*, is_file: bool) -> str:
    return "PAUTA_HOME to another folder" if is_file else "PAUTA_DATABASE_URL to another database"


def _refused(name: str, cause: BaseException, *, is_file: bool) -> RetrievalError:
    if is_file:
        return ArchiveCorrupt(f"{name} cannot be opened as a database: {cause}")
    said = " ".join(str(cause).split())[:300]
    return DatabaseUnreachable(
        f"{name} cannot be used: {said}. Check PAUTA_DATABASE_URL, and that the server runs and "
        "lets Pauta's user in; it must be allowed to create schemas, or they must be there."
    )


def _options(schema: str) -> str:
    milliseconds = {
        "statement_timeout": _STATEMENT_SECONDS * 1000,
        "idle_in_transaction_session_timeout": _IDLE_SECONDS * 1000,
    }
    settings = {"search_path": schema, **milliseconds, "client_encoding": "utf8"}
    return " ".join(f"-c {key}={value}" for key, value in settings.items())


def _stand_alone(connection: Connection, schema: str) -> None:
    """Until the transaction ends, no other process migrates; the schema exists."""
    connection.exec_driver_sql("SET LOCAL statement_timeout = 0")
    connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _MIGRATION_LOCK})
    there = text("SELECT 1 FROM pg_namespace WHERE nspname = :schema")
    # Only what is missing: a user without the right to create may use what another made.
    if connection.execute(there, {"schema": schema}).first() is None:
        connection.exec_driver_sql(f'CREATE SCHEMA "{schema}"')


def _is_at(engine: Engine, head: str) -> bool:
    with engine.connect() as connection:
        return _revision(connection) == head


def _revision(connection: Connection) -> str | None:
    if not inspect(connection).has_table("alembic_version"):
        return None
    return connection.execute(text("SELECT version_num FROM alembic_version")).scalar()


def _upgrade(connection: Connection, migrations: str, head: str) -> None:
    from alembic import command  # noqa: PLC0415 - slow to import, rarely needed
    from alembic.config import Config  # noqa: PLC0415

    config = Config()
    config.set_main_option("script_location", str(files(migrations)).replace("%", "%%"))
    config.attributes["connection"] = connection
    command.upgrade(config, head)
