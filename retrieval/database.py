"""Opening a SQLite database and bringing its schema up to date."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

from sqlalchemy import URL, Connection, Engine, create_engine, event, inspect, text
from sqlalchemy.exc import SQLAlchemyError

from retrieval.errors import ArchiveCorrupt

_PRAGMAS = (
    "journal_mode = WAL",
    "synchronous = NORMAL",
    "foreign_keys = ON",
    "busy_timeout = 10000",
)


def open_database(file: Path, migrations: str, head: str) -> Engine:
    """The database in `file`, created or upgraded to revision `head`.

    `migrations` is the package that holds the Alembic environment. Raises ArchiveCorrupt
    when the file cannot be read or was written by a newer Pauta.
    """
    file.parent.mkdir(parents=True, exist_ok=True)
    # An error quotes the statement: without what people said, which is among the parameters.
    engine = create_engine(URL.create("sqlite", database=str(file)), hide_parameters=True)
    event.listen(engine, "connect", _prepare)
    event.listen(engine, "begin", _begin)
    try:
        with engine.begin() as connection:
            revision = _revision(connection)
            if revision is not None and revision > head:
                raise ArchiveCorrupt(
                    f"{file} was written by a newer Pauta (schema {revision}, this one knows "
                    f"{head}). Upgrade Pauta, or set PAUTA_HOME to another folder."
                )
            if revision != head:
                _upgrade(connection, migrations, head)
    except SQLAlchemyError as error:
        engine.dispose()
        cause = getattr(error, "orig", None) or error
        raise ArchiveCorrupt(f"{file} cannot be opened as a database: {cause}") from error
    return engine


def _prepare(connection, _record) -> None:  # type: ignore[no-untyped-def]
    # Python's driver begins no transaction before it creates tables, and a crash would leave
    # half a schema: SQLAlchemy begins them instead.
    connection.isolation_level = None
    cursor = connection.cursor()
    for pragma in _PRAGMAS:
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin(connection: Connection) -> None:
    connection.exec_driver_sql("BEGIN")


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
