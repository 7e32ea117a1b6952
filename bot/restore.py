"""A backup put back into an empty home folder.

    file -> decrypted -> manifest -> unpacked and summed up -> damage? schema? -> migrated
      -> what was on its way is settled -> moved into place

All but the last step happens in a folder of its own: until then nothing has changed, and a
restore that was killed is simply begun anew.
"""

from __future__ import annotations

import contextlib
from datetime import datetime
from pathlib import Path

from sqlalchemy import delete, update

from bot import backup_file, migrations
from bot.backup import (
    SPARE,
    Bar,
    check_free,
    counts_of,
    damage_in,
    opened,
    private_folder,
    revision_of,
    sync_folder,
)
from bot.backup_file import (
    BACKFILL,
    CORPUS,
    DATABASES,
    ON_SERVER,
    PEOPLE,
    Manifest,
    Unpacked,
)
from bot.backup_keys import BackupError, Key
from bot.data_move import MARK, move
from bot.database import outbox, placeholders, updates_handled
from bot.outgoing import PartState
from bot.table_copy import OnRows
from bot.update_book import State
from retrieval import migrations as corpus_migrations
from retrieval.database import open_database
from retrieval.lock import ArchiveLock

RESTORED = "restored from a backup: it may have been sent before"

_STAGING = "restoring"
_ARCHIVE = "archive"
_ASIDE = "replaced-"
_OF_NO_ONE = frozenset({MARK, _STAGING, "lock", "lock.holder", "backup.lock", "lost+found"})
_SCHEMAS = {
    CORPUS: ("retrieval.migrations", corpus_migrations.HEAD),
    PEOPLE: ("bot.migrations", migrations.HEAD),
}


def restore(
    file: Path,
    home: Path,
    key: Key | None,
    now: datetime,
    *,
    force: bool = False,
    bar: Bar,
    server: str | None = None,
) -> Manifest:
    """Put a backup into `home`; with `force`, what is there is moved into a folder in it.

    The databases go to the PostgreSQL database at the address `server` where one is given: it is
    empty, or an earlier restore into this home was interrupted.

    Raises BackupError when the home is not empty, the disk has no room, the key is missing or
    wrong, or the file is damaged, newer than this Pauta or no backup; ArchiveInUse; OSError.
    """
    if not file.is_file():
        raise BackupError(f"There is no file {file}.")
    home.mkdir(mode=0o700, parents=True, exist_ok=True)
    lock = ArchiveLock(home, "restore", lasting=True)
    lock.acquire()
    try:
        if _contents(home) and not force:
            raise BackupError(
                f"{home} is not empty. Restore into another PAUTA_HOME, or give --force to move "
                "aside what is there."
            )
        with private_folder(home / _STAGING) as staging:
            manifest = _unpacked(file, key, staging, bar)
            for name in DATABASES:
                if name in manifest.names:
                    _check(staging / name, manifest)
            _brought_up_to_date(staging)
            if server is not None:
                move(staging, server, _untold, is_last=True, known_by=home)
                for name in ON_SERVER:
                    (staging / name).unlink(missing_ok=True)
            _move_aside(home, now)
            _put_in_place(staging, home, manifest)
    finally:
        lock.release()
    return manifest


def _untold(_doing: str, _total: int) -> OnRows:
    return lambda _count: None


def _unpacked(file: Path, key: Key | None, staging: Path, bar: Bar) -> Manifest:
    size = file.stat().st_size
    archive = file
    if backup_file.is_encrypted(file):
        if key is None:
            raise BackupError(f"{file} is encrypted: give its key with --key-file.")
        check_free(staging, size + SPARE)
        archive = staging / _ARCHIVE
        with archive.open("wb") as out:
            backup_file.decrypt(file, key, out)
        size = archive.stat().st_size
    with archive.open("rb") as source:
        try:
            unpacked = Unpacked(source, size)
            check_free(staging, unpacked.manifest.size + SPARE)
            unpacked.into(staging, bar(unpacked.manifest.size))
        except BackupError as error:
            raise BackupError(f"{file} cannot be restored. {error}") from None
    if archive != file:
        archive.unlink()
    return unpacked.manifest


def _check(file: Path, manifest: Manifest) -> None:
    with contextlib.closing(opened(file, "ro")) as database:
        if (damage := damage_in(database)) is not None:
            raise BackupError(f"{file.name} in the backup is damaged: {damage}.")
        if file.name == BACKFILL:
            return
        schema, (_, head) = revision_of(database, file.name), _SCHEMAS[file.name]
        if schema > head:
            raise BackupError(
                f"{file.name} is of a newer Pauta ({manifest.pauta}, schema {schema}; this one "
                f"knows {head}). Upgrade Pauta, then restore."
            )
        if counts_of(database) != manifest.counts.get(file.name):
            raise BackupError(f"{file.name} does not hold what the manifest tells of it.")


def _brought_up_to_date(staging: Path) -> None:
    """Raises ArchiveCorrupt."""
    for name, (package, head) in _SCHEMAS.items():
        if not (staging / name).exists():
            continue
        engine = open_database(staging / name, package, head)
        try:
            if name == PEOPLE:
                with engine.begin() as connection:
                    # Whoever ran on after the backup has sent all this, or said that it will not.
                    connection.execute(
                        update(outbox)
                        .where(outbox.c.state.in_((PartState.WAITING, PartState.SENDING)))
                        .values(state=PartState.UNKNOWN.value, reason=RESTORED)
                    )
                    connection.execute(
                        update(updates_handled).values(state=State.HANDLED.value, body=None)
                    )
                    connection.execute(delete(placeholders))
        finally:
            engine.dispose()


def _contents(home: Path) -> list[Path]:
    return sorted(
        one
        for one in home.iterdir()
        if one.name not in _OF_NO_ONE and not one.name.startswith(_ASIDE)
    )


def _move_aside(home: Path, now: datetime) -> None:
    found = _contents(home)
    if not found:
        return
    aside = home / f"{_ASIDE}{now:%Y%m%dT%H%M%SZ}"
    aside.mkdir(mode=0o700)
    for one in found:
        one.rename(aside / one.name)


def _put_in_place(staging: Path, home: Path, manifest: Manifest) -> None:
    # The home may be a mount of its own, and cannot be renamed then. The corpus comes last: a
    # home without one is not used.
    for name in sorted(manifest.names, key=lambda name: (name == CORPUS, name)):
        for suffix in ("", "-wal"):
            if (staging / f"{name}{suffix}").exists():
                (staging / f"{name}{suffix}").rename(home / f"{name}{suffix}")
    sync_folder(home)
