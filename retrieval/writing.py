"""A transaction that writes, beside others that do so too, in either database."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Connection, Engine

from retrieval.sqlite_connections import write_from_the_start


def is_shared(engine: Engine) -> bool:
    """Whether other processes may write to this database too."""
    return engine.dialect.name == "postgresql"


@contextmanager
def writing(engine: Engine, *, upgrades: bool = False) -> Iterator[Connection]:
    """Committed at the end, rolled back by an exception. Who finds another at work waits for it,
    and sees what that one wrote; neither is refused.

    A file has one writer from here on, also while this one has but read. On a server others go
    on: a row that is read to be changed by what stood there has to be locked. Begin none within
    another.
    """
    with engine.connect() as connection:
        if connection.dialect.name == "sqlite":
            write_from_the_start(connection, upgrades=upgrades)
        else:
            connection.execution_options(isolation_level="READ COMMITTED")
        with connection.begin():
            yield connection
