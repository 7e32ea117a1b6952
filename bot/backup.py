"""A backup of a home folder, also while a bot runs on it.

    each database -> a snapshot of one moment, checked -> manifest -> one file beside the target
      -> renamed to it

The vector index is left out: every vector is in the corpus database. Safe to interrupt at any
moment, not resumable: until the last step there is no file of that name, or the former one.
"""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime
from importlib.metadata import version
from pathlib import Path
from urllib.parse import quote

from filelock import FileLock, Timeout

from bot import backup_file
from bot.backup_file import (
    BACKFILL,
    CORPUS,
    DATABASES,
    FORMAT,
    ON_SERVER,
    SECRET,
    Manifest,
    OnBytes,
)
from bot.backup_keys import BackupError, Key
from bot.server_backup import size_of, snapshot

SPARE = 16 << 20
"""Bytes that stay free on a disk."""

_STAGING = "backing-up"
_PAGES_AT_ONCE = 2_000
_BUSY_SECONDS = 30.0
_REVISION = re.compile(r"\d{4}", re.ASCII)

Bar = Callable[[int], OnBytes]
"""Given all bytes there will be, tells where to count them."""


@dataclass(frozen=True, slots=True)
class Made:
    """A backup that stands."""

    file: Path
    manifest: Manifest
    size: int
    """Bytes of the file."""
    is_encrypted: bool


def make(
    home: Path,
    target: Path,
    key: Key | None,
    now: datetime,
    *,
    force: bool = False,
    bar: Bar,
    server: str | None = None,
) -> Made:
    """Back `home` up into `target`, encrypted when there is a key; `server` is the address of the
    PostgreSQL database where its databases are in one.

    Raises BackupError when there is nothing to back up, the file exists and not `force`, the
    disk has no room, a database is damaged, or another backup is under way; OSError.
    """
    _check_target(target, force=force)
    if server is None and not (home / CORPUS).exists():
        raise BackupError(f"There is no archive in {home}: nothing to back up.")
    on_server = ON_SERVER if server is not None else ()
    names = [name for name in DATABASES if name in on_server or (home / name).exists()]
    size = sum(_size_on_disk(home / name) for name in names if name not in on_server)
    server_size = size_of(server) if server is not None else 0
    size += server_size
    _check_room(home, target.parent, size)
    with ExitStack() as stack:
        try:
            stack.enter_context(FileLock(home / "backup.lock", timeout=0))
        except Timeout:
            raise BackupError("Another backup of this archive is under way.") from None
        staging = stack.enter_context(private_folder(home / _STAGING))
        # Copied, summed up, packed.
        count = bar(3 * size)
        schemas, counts = {}, {}
        for name in names:
            if server is not None and name in ON_SERVER:
                share = server_size // len(ON_SERVER)
                schema = snapshot(server, staging / name, count, share)
                with contextlib.closing(opened(staging / name)) as copy:
                    counts[name] = _finished(copy, staging / name)
            else:
                schema, counts[name] = _snapshot(home / name, staging / name, count)
            if name != BACKFILL:
                schemas[name] = schema
        members = [backup_file.digest(staging / name, count) for name in names]
        if key is not None and (home / SECRET).exists():
            shutil.copyfile(home / SECRET, staging / SECRET)
            members.append(backup_file.digest(staging / SECRET, count))
        manifest = Manifest.model_validate(
            {
                "format": FORMAT,
                "pauta": version("pauta"),
                "made_at": now,
                "schemas": schemas,
                "members": members,
                "counts": counts,
            }
        )
        part = stack.enter_context(_part_of(target))
        with open(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as out:  # noqa: PTH123
            backup_file.write(manifest, staging, out, key, count)
            out.flush()
            os.fsync(out.fileno())
        _check_target(target, force=force)  # hours may have passed
        part.replace(target)
        sync_folder(target.parent)
    return Made(target, manifest, target.stat().st_size, key is not None)


@contextlib.contextmanager
def private_folder(folder: Path) -> Iterator[Path]:
    """An empty folder for its owner alone, gone at the end; what a crash left in it, too."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(mode=0o700, parents=True)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def sync_folder(folder: Path) -> None:
    """A rename outlives a power cut only after this."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def revision_of(database: sqlite3.Connection, name: str) -> str:
    """Its schema. Raises BackupError when it is no database of Pauta's."""
    try:
        row = database.execute("SELECT version_num FROM alembic_version").fetchone()
    except sqlite3.DatabaseError:
        row = None
    if row is None or not _REVISION.fullmatch(str(row[0])):
        raise BackupError(f"{name} holds no archive of Pauta.")
    return str(row[0])


def damage_in(database: sqlite3.Connection) -> str | None:
    """The first damage SQLite finds; reads all of it."""
    try:
        found = database.execute("PRAGMA quick_check(1)").fetchone()
    except sqlite3.DatabaseError as error:
        return str(error)
    return None if found and found[0] == "ok" else str(found and found[0])


def counts_of(database: sqlite3.Connection) -> dict[str, int]:
    """Rows by table, those of the full-text index left out."""
    tables = database.execute(
        "SELECT name FROM pragma_table_list WHERE schema = 'main' AND type = 'table' "
        "AND name NOT LIKE 'sqlite~_%' ESCAPE '~' AND name <> 'alembic_version' ORDER BY name"
    ).fetchall()
    return {
        name: int(database.execute(f'SELECT count(*) FROM "{name}"').fetchone()[0])  # noqa: S608
        for (name,) in tables
    }


def opened(file: Path, mode: str = "rw") -> sqlite3.Connection:
    """Of an existing file; each statement is a transaction by itself."""
    address = f"file:{quote(str(file))}?mode={mode}"
    return sqlite3.connect(address, uri=True, timeout=_BUSY_SECONDS, isolation_level=None)


def _snapshot(file: Path, copy: Path, on_bytes: OnBytes) -> tuple[str, dict[str, int]]:
    """One moment of a database that others write to; its schema, and rows by table."""
    try:
        with (
            contextlib.closing(opened(file)) as source,
            contextlib.closing(opened(copy, "rwc")) as out,
        ):
            copy.chmod(0o600)
            page = int(source.execute("PRAGMA page_size").fetchone()[0])
            left = 0

            def told(_status: int, remaining: int, total: int) -> None:
                nonlocal left
                on_bytes(((left or total) - remaining) * page)
                left = remaining

            # A transaction that has read holds its moment: without one, each write of others
            # would make the copy begin anew.
            source.execute("BEGIN")
            source.execute("SELECT count(*) FROM sqlite_master").fetchone()
            source.backup(out, pages=_PAGES_AT_ONCE, progress=told, sleep=0)
            counts = _finished(out, file)
            schema = "" if file.name == BACKFILL else revision_of(out, str(file))
            return schema, counts
    except sqlite3.DatabaseError as error:
        raise BackupError(f"{file} cannot be read: {error}. See: pauta doctor") from None


def _finished(copy: sqlite3.Connection, of: Path) -> dict[str, int]:
    """A copy that stands for itself, and is whole; rows by table."""
    copy.execute("PRAGMA journal_mode = DELETE")  # one file, no other beside it
    if (damage := damage_in(copy)) is not None:
        raise BackupError(f"{of} is damaged ({damage}), so it was not backed up. See: pauta doctor")
    return counts_of(copy)


def _check_target(target: Path, *, force: bool) -> None:
    if target.is_dir():
        raise BackupError(f"{target} is a folder: give the name of a file in it.")
    if target.exists() and not force:
        raise BackupError(f"{target} exists already; --force overwrites it.")
    if not target.parent.is_dir():
        raise BackupError(f"There is no folder {target.parent} to put the backup into.")


def _check_room(home: Path, folder: Path, size: int) -> None:
    """For a copy of the databases, and for the file, which is hardly ever larger."""
    need = size + SPARE
    if home.stat().st_dev == folder.stat().st_dev:
        check_free(home, size + need)
    else:
        check_free(home, need)
        check_free(folder, need)


def check_free(folder: Path, need: int) -> None:
    """Raises BackupError where a disk has less than `need` bytes left."""
    free = shutil.disk_usage(folder).free
    if free < need:
        raise BackupError(
            f"The disk of {folder} has {free / 1e6:,.0f} MB left and {need / 1e6:,.0f} MB are "
            "needed."
        )


def _size_on_disk(file: Path) -> int:
    log = file.with_name(f"{file.name}-wal")
    return file.stat().st_size + (log.stat().st_size if log.exists() else 0)


@contextlib.contextmanager
def _part_of(target: Path) -> Iterator[Path]:
    part = target.with_name(f".{target.name}.part")
    try:
        yield part
    finally:
        part.unlink(missing_ok=True)
