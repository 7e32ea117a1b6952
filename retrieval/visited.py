"""Which pages a backfill has read, so that the next one goes on where it stopped.

A memory, not coverage: the file may be deleted at any time, and pages are then read again.
"""

from __future__ import annotations

import contextlib
import json
import sqlite3
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import structlog

from retrieval.dates import moment_of, seconds_of
from retrieval.visits import Fate, Visit

log = structlog.get_logger(__name__)

_AT_ONCE = 500
_SCHEMA = """
CREATE TABLE IF NOT EXISTS visits (
    url TEXT PRIMARY KEY,
    lastmod INTEGER,
    fate TEXT NOT NULL,
    article_id TEXT,
    published_at INTEGER,
    reason TEXT NOT NULL,
    at INTEGER NOT NULL
) WITHOUT ROWID
"""
_SELECT = (
    "SELECT url, lastmod, fate, at, article_id, published_at, reason FROM visits "
    "WHERE url IN (SELECT value FROM json_each(?))"
)


class Visits:
    """The visits of one archive; close it or use `with`. For one thread."""

    def __init__(self, file: Path) -> None:
        """Opened, created, or made anew when it cannot be read. Raises OSError."""
        try:
            self._database = _opened(file)
        except sqlite3.DatabaseError as error:
            log.warning("the memory of earlier backfills is damaged; begun anew", cause=str(error))
            file.unlink(missing_ok=True)
            self._database = _opened(file)

    def of(self, urls: Sequence[str]) -> dict[str, Visit]:
        """By address, of those that were read before."""
        found = {}
        for at in range(0, len(urls), _AT_ONCE):
            part = urls[at : at + _AT_ONCE]
            rows = self._database.execute(_SELECT, (json.dumps(part),))
            found.update({row[0]: _visit(row) for row in rows})
        return found

    def remember(self, visit: Visit) -> None:
        values = (
            visit.url,
            seconds_of(visit.lastmod),
            visit.fate.value,
            seconds_of(visit.at),
            visit.article_id,
            seconds_of(visit.published_at),
            visit.reason,
        )
        self._database.execute(
            "INSERT OR REPLACE INTO visits (url, lastmod, fate, at, article_id, published_at, "
            "reason) VALUES (?, ?, ?, ?, ?, ?, ?)",
            values,
        )

    def close(self) -> None:
        self._database.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()


def _opened(file: Path) -> sqlite3.Connection:
    database = sqlite3.connect(file, isolation_level=None)  # each statement by itself
    with _closed_on_failure(database):
        database.execute("PRAGMA journal_mode = WAL")
        database.execute("PRAGMA synchronous = NORMAL")
        database.execute(_SCHEMA)
        database.execute("SELECT url, reason FROM visits LIMIT 1").fetchone()
    return database


@contextlib.contextmanager
def _closed_on_failure(database: sqlite3.Connection) -> Iterator[None]:
    try:
        yield
    except sqlite3.Error:
        database.close()
        raise


def _visit(row: tuple[Any, ...]) -> Visit:
    url, lastmod, fate, at, article_id, published_at, reason = row
    moment = datetime.fromtimestamp(at, UTC)
    return Visit(
        url, moment_of(lastmod), Fate(fate), moment, article_id, moment_of(published_at), reason
    )
