"""`pauta backup`, `pauta restore` and `pauta backup-key`."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn

from bot import backup as backups
from bot.app import build, utc_now
from bot.backup_file import CORPUS, PEOPLE, Manifest, OnBytes
from bot.backup_keys import make_key, read_key
from bot.logs import read_settings
from bot.places import server_of
from bot.restore import restore as put_back
from bot.settings import Settings
from retrieval.errors import IndexModelMismatch, ModelError

_TOLD = (
    (CORPUS, "articles", "articles"),
    (CORPUS, "chunks", "passages"),
    (CORPUS, "feeds", "feeds"),
    (PEOPLE, "people", "people"),
    (PEOPLE, "turns", "turns of conversations"),
    (PEOPLE, "subscriptions", "digests"),
    (PEOPLE, "follows", "follows"),
)

_err = Console(stderr=True, highlight=False, soft_wrap=True, markup=False)

File = Annotated[Path, typer.Argument(help="The backup.", metavar="FILE", show_default=False)]
KeyFile = Annotated[
    Path | None,
    typer.Option("--key-file", help="An age key; see `pauta backup-key`.", show_default=False),
]


def backup(
    file: File,
    key_file: KeyFile = None,
    force: Annotated[bool, typer.Option("--force", help="Overwrite FILE.")] = False,
) -> None:
    """Back up everything into one file, also while `pauta run` is at work.

    Coverage with its vectors, people, conversations, digests and follows, each database as of one
    moment, on PostgreSQL too. With a key the file is encrypted, and holds the webhook secret, too.
    Settings (`.env`) are not in it. Safe to interrupt: FILE appears when all of it is there.

    Examples: pauta backup /backup/pauta.bak · pauta backup pauta.bak --key-file pauta.key
    """
    settings = read_settings()
    key = read_key(key_file) if key_file is not None else None
    with _bytes("Backing up") as bar:
        made = backups.make(
            settings.home,
            file.absolute(),
            key,
            utc_now(),
            force=force,
            bar=bar,
            server=server_of(settings),
        )
    _err.print(
        f"Backed up {_counts(made.manifest)}: {file}, {made.size / 1e6:,.1f} MB, "
        + ("encrypted." if made.is_encrypted else "not encrypted (give --key-file to).")
    )


def restore(
    file: File,
    key_file: KeyFile = None,
    force: Annotated[
        bool, typer.Option("--force", help="Move aside what is in PAUTA_HOME, into a folder there.")
    ] = False,
) -> None:
    """Put a backup into an empty PAUTA_HOME, and into an empty database with PAUTA_DATABASE_URL.

    Everything in the file is checked before anything changes. What waited to be sent when the
    backup was made is not sent again.

    Example: PAUTA_HOME=/srv/pauta pauta restore pauta.bak --key-file pauta.key
    """
    settings = read_settings()
    key = read_key(key_file) if key_file is not None else None
    with _bytes("Restoring") as bar:
        found = put_back(
            file.absolute(),
            settings.home,
            key,
            utc_now(),
            force=force,
            bar=bar,
            server=server_of(settings),
        )
    _err.print(f"Restored {_counts(found)}, as of {found.made_at:%Y-%m-%d %H:%M} UTC.")
    _rebuild_index(settings)


def backup_key(
    file: Annotated[Path, typer.Argument(help="Written, never overwritten.", metavar="FILE")],
) -> None:
    """Make a key for backups.

    FILE decrypts: keep it elsewhere than the backups. Its public half, which is printed, is
    enough to make them: a file with that line alone does for `pauta backup --key-file`.
    """
    print(make_key(file).recipient)  # noqa: T201
    _err.print(f"{file} is the key. Without it nobody can read a backup, you included.")


def _rebuild_index(settings: Settings) -> None:
    """Now, so that the first start is as quick as any; else the first start does it."""
    try:
        with _err.status("Rebuilding the vector index"), build(settings, purpose="restore") as all_:
            _err.print(f"{all_.vectors.count():,} passages can be found again.")
    except (IndexModelMismatch, ModelError) as error:
        _err.print(f"The vector index could not be rebuilt yet. {error}")


def _counts(manifest: Manifest) -> str:
    rows = [(manifest.counts.get(file, {}).get(table, 0), name) for file, table, name in _TOLD]
    return ", ".join(f"{count:,} {name}" for count, name in rows)


@contextlib.contextmanager
def _bytes(doing: str) -> Iterator[backups.Bar]:
    """A bar of bytes on a terminal; nothing where the output is piped."""
    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn())
    with Progress(
        *columns, TimeRemainingColumn(), console=_err, transient=True, disable=not _err.is_terminal
    ) as shown:
        task = shown.add_task(doing, total=None)

        def bar(total: int) -> OnBytes:
            shown.update(task, total=total)
            return lambda count: shown.update(task, advance=count)

        yield bar
