"""The corpus on a PostgreSQL server looked at from outside; writes nothing."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from sqlalchemy import Connection, Engine, event, text

from retrieval.database import engine_for


@dataclass(frozen=True, slots=True)
class ServerState:
    schema: str
    model_id: str | None
    articles: int
    chunks: int
    words: int
    pending: int


def look_at_server(address: str, schema: str) -> ServerState | None:
    """What the corpus holds; None when there is none yet.

    Raises SQLAlchemyError where the server does not answer, DatabaseUnreachable for an address
    that is none.
    """
    with read_only_server(address, schema) as engine, engine.connect() as connection:
        if _one(connection, "SELECT to_regclass('alembic_version')") is None:
            return None
        return ServerState(
            schema=str(_one(connection, "SELECT version_num FROM alembic_version")),
            model_id=_text(
                _one(connection, "SELECT value FROM archive WHERE key = 'embedding_model'")
            ),
            articles=_count(connection, "articles"),
            chunks=_count(connection, "chunks"),
            words=_count(connection, "chunk_words"),
            pending=_count(connection, "pending_vectors"),
        )


@contextmanager
def read_only_server(address: str, schema: str) -> Iterator[Engine]:
    """An engine on a schema that cannot change it."""
    engine = engine_for(address, schema, isolation="REPEATABLE READ")
    event.listen(engine, "begin", _forbid_writing)
    try:
        yield engine
    finally:
        engine.dispose()


def version_of(address: str) -> str:
    """As the server says it: "15.18". Raises as `look_at_server` does."""
    with read_only_server(address, "public") as engine, engine.connect() as connection:
        return str(_one(connection, "SHOW server_version")).split()[0]


def _forbid_writing(connection: Connection) -> None:
    connection.exec_driver_sql("SET TRANSACTION READ ONLY")


def _one(connection: Connection, statement: str) -> object:
    return connection.execute(text(statement)).scalar()


def _text(value: object) -> str | None:
    return None if value is None else str(value)


def _count(connection: Connection, table: str) -> int:
    return int(str(_one(connection, f"SELECT count(*) FROM {table}")))  # noqa: S608 - named above
