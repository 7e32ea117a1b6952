"""Several processes that ingest into one archive: they fetch and embed side by side, and write in
turns. PostgreSQL is what they agree through; an archive in a folder has one writer anyway."""

from __future__ import annotations

import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Connection, Engine, bindparam, select, text

from retrieval.errors import ArchiveInUse
from retrieval.schema import archive
from retrieval.upserts import upsert
from retrieval.writing import is_shared

LONGEST_WAIT = 600.0
"""Seconds for a turn: another process may be filling a vector index that lost all."""
_LOOK_AGAIN = 0.05

_LAST_WRITER = "last_writer"
_KEY = 0x7061757462
"""Of PostgreSQL's advisory locks, which end with the connection, however the process ends."""
_TAKE = text("SELECT pg_try_advisory_lock(:key)").bindparams(bindparam("key", _KEY))
_GIVE_BACK = text("SELECT pg_advisory_unlock(:key)").bindparams(bindparam("key", _KEY))


class OneWriter:
    """A process's place in the queue; for one thread."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._me = secrets.token_hex(8)
        self._depth = 0

    @property
    def is_alone(self) -> bool:
        """Whether nobody else writes just now."""
        return self._depth > 0 or not is_shared(self._engine)

    @contextmanager
    def turn(self) -> Iterator[bool]:
        """Within, nobody else writes; whether somebody has since the last turn. Turns within a
        turn are part of it. Raises ArchiveInUse when none comes."""
        if self.is_alone:
            yield False
            return
        with self._engine.connect() as connection:
            connection.execution_options(isolation_level="AUTOCOMMIT")
            try:
                # Interrupted while it is given the lock, it may hold it and not know: to give
                # back what one does not hold is no error.
                _wait_for_it(connection)
                self._depth += 1
                try:
                    yield self._others_wrote(connection)
                finally:
                    self._depth -= 1
            finally:
                connection.execute(_GIVE_BACK)

    def _others_wrote(self, connection: Connection) -> bool:
        last = select(archive.c.value).where(archive.c.key == _LAST_WRITER)
        if connection.execute(last).scalar() == self._me:
            return False
        statement = upsert(connection, archive).values(key=_LAST_WRITER, value=self._me)
        connection.execute(
            statement.on_conflict_do_update(index_elements=["key"], set_={"value": self._me})
        )
        return True


def _wait_for_it(connection: Connection) -> None:
    deadline = time.monotonic() + LONGEST_WAIT
    while not connection.execute(_TAKE).scalar():
        if time.monotonic() > deadline:
            raise ArchiveInUse(
                "Another process has been writing to the archive for ten minutes. Nothing is "
                "lost: what was not taken is tried again."
            )
        time.sleep(_LOOK_AGAIN)
