"""The archive looked at from outside: read-only, also beside the process that holds it.

Chroma itself is not started: a damaged index can take the process that reads it down, and
opening it would mend what is to be looked at. Its own database tells how much it holds.
"""

from __future__ import annotations

import contextlib
import json
import sqlite3
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from filelock import FileLock, Timeout
from sqlalchemy import Engine, create_engine
from sqlalchemy.exc import SQLAlchemyError

from retrieval.errors import RetrievalError
from retrieval.migrations import HEAD
from retrieval.server_checkup import look_at_server, read_only_server
from retrieval.vectors import collection_name

CHECK_SECONDS = 20.0
"""After which an integrity check is given up; it reads the whole file."""
_BUSY_SECONDS = 5.0
_SERVER_SCHEMA = "corpus"
_LONGEST_PROBLEM = 300
_PROGRESS_STEPS = 100_000

_VECTORS = (
    "SELECT count(*) FROM embeddings JOIN segments ON embeddings.segment_id = segments.id "
    "JOIN collections ON segments.collection = collections.id WHERE collections.name = ?"
)


@dataclass(frozen=True, slots=True)
class ArchiveState:
    """What the files of an archive say of themselves; None for what could not be told."""

    holder: str | None
    """Who has it open just now, in words; None for nobody."""
    crashed: bool = False
    """The last holder died without closing it."""
    problem: str = ""
    """Why the corpus database cannot be read, as a clause; all below is unset then."""
    integrity: str | None = None
    """`ok`, or the first damage found; None when the check took too long."""
    schema: str | None = None
    model_id: str | None = None
    articles: int = 0
    chunks: int = 0
    words: int = 0
    """Chunks in the keyword index."""
    vectors: int | None = None
    """Chunks in the vector index; None when it cannot be read."""
    pending: int = 0
    """Changes the vector index has yet to take up."""
    vectors_unfinished: bool = False
    """The vector index was left in the middle of a write."""

    @property
    def is_current(self) -> bool:
        return self.schema == HEAD


def look_at(
    home: Path, check_seconds: float = CHECK_SECONDS, *, server: str | None = None
) -> ArchiveState | None:
    """The archive in `home`; None when there is none yet. Writes nothing, raises nothing.

    `server` is the address of a PostgreSQL database where the corpus is in one.
    """
    if server is not None:
        return _look_beyond(home, server)
    file = home / "corpus.db"
    try:
        if not file.exists():
            return None
        holder = holder_of(home)
        crashed = holder is None and (home / "lock.holder").exists()
    except OSError as error:
        return ArchiveState(None, problem=error.strerror or "it cannot be reached")
    try:
        with contextlib.closing(_connect(file)) as corpus:
            integrity = _integrity(corpus, check_seconds)
            if not _one(corpus, "SELECT 1 FROM sqlite_master WHERE name = 'alembic_version'"):
                return ArchiveState(holder, crashed, integrity=integrity)  # just being made
            model_id = _one(corpus, "SELECT value FROM archive WHERE key = 'embedding_model'")
            return ArchiveState(
                holder=holder,
                crashed=crashed,
                integrity=integrity,
                schema=_one(corpus, "SELECT version_num FROM alembic_version"),
                model_id=model_id,
                articles=_one(corpus, "SELECT count(*) FROM articles"),
                chunks=_one(corpus, "SELECT count(*) FROM chunks"),
                words=_one(corpus, "SELECT count(*) FROM chunk_words_docsize"),
                vectors=_vectors(home, model_id),
                pending=_one(corpus, "SELECT count(*) FROM pending_vectors"),
                vectors_unfinished=(home / "chroma.writing").exists(),
            )
    except sqlite3.Error as error:
        return ArchiveState(holder, crashed, problem=str(error))


def _look_beyond(home: Path, server: str) -> ArchiveState | None:
    holder = holder_of(home)
    crashed = holder is None and (home / "lock.holder").exists()
    try:
        found = look_at_server(server, _SERVER_SCHEMA)
    except SQLAlchemyError as error:
        cause = " ".join(str(getattr(error, "orig", None) or error).split())
        return ArchiveState(holder, crashed, problem=cause[:_LONGEST_PROBLEM])
    except RetrievalError as error:
        return ArchiveState(holder, crashed, problem=str(error))
    if found is None:
        return None
    return ArchiveState(
        holder=holder,
        crashed=crashed,
        integrity="ok",
        schema=found.schema,
        model_id=found.model_id,
        articles=found.articles,
        chunks=found.chunks,
        words=found.words,
        vectors=_vectors(home, found.model_id),
        pending=found.pending,
        vectors_unfinished=(home / "chroma.writing").exists(),
    )


def holder_of(home: Path) -> str | None:
    """Which process has the archive open, in words; None for none."""
    try:
        with FileLock(home / "lock", timeout=0):
            return None
    except Timeout:
        pass
    except OSError:
        return None  # not ours to write: that is told elsewhere
    try:
        holder = json.loads((home / "lock.holder").read_text(encoding="utf-8"))
        return f"`pauta {holder['purpose']}` (process {holder['pid']})"
    except (OSError, ValueError, KeyError, TypeError):
        return "another process"


@contextlib.contextmanager
def read_only(place: Path | str, schema: str = "public") -> Iterator[Engine]:
    """An engine on a database, in a file or on a server, that cannot change it."""
    if isinstance(place, str):
        with read_only_server(place, schema) as engine:
            yield engine
        return
    file = place
    engine = create_engine("sqlite://", creator=lambda: _connect(file))
    try:
        yield engine
    finally:
        engine.dispose()


def _connect(file: Path) -> sqlite3.Connection:
    return sqlite3.connect(
        f"file:{quote(str(file))}?mode=ro",
        uri=True,
        timeout=_BUSY_SECONDS,
        check_same_thread=False,  # as SQLAlchemy's own pool would open it
    )


def _integrity(database: sqlite3.Connection, seconds: float) -> str | None:
    deadline = time.monotonic() + seconds
    database.set_progress_handler(lambda: time.monotonic() > deadline, _PROGRESS_STEPS)
    try:
        return str(_one(database, "PRAGMA quick_check(1)"))
    except sqlite3.OperationalError as error:
        if "interrupted" in str(error):
            return None
        raise
    finally:
        database.set_progress_handler(None, 0)


def _vectors(home: Path, model_id: str | None) -> int | None:
    if not (home / "chroma" / "chroma.sqlite3").exists():
        return 0
    try:
        with contextlib.closing(_connect(home / "chroma" / "chroma.sqlite3")) as index:
            row = index.execute(_VECTORS, (collection_name(model_id or ""),)).fetchone()
    except sqlite3.Error:
        return None
    return int(row[0])


def _one(database: sqlite3.Connection, statement: str):  # type: ignore[no-untyped-def]
    row = database.execute(statement).fetchone()
    return None if row is None else row[0]
