"""`pauta migrate-data`: from files in the home folder to a PostgreSQL database."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from bot import commands
from bot.data_move import Bar, MoveError, move
from bot.logs import read_settings
from bot.places import server_of
from bot.table_copy import OnRows
from retrieval.errors import ArchiveInUse
from retrieval.lock import ArchiveLock
from retrieval.server_address import server_url, shown_server

_err = Console(stderr=True, highlight=False, soft_wrap=True, markup=False)

_TOLD = (
    ("corpus.articles", "articles"),
    ("corpus.chunks", "passages"),
    ("corpus.feeds", "feeds"),
    ("people.people", "people"),
    ("people.turns", "turns of conversations"),
    ("people.subscriptions", "digests"),
    ("people.follows", "follows"),
)


def migrate_data(
    to: Annotated[
        str | None,
        typer.Option(
            "--to",
            metavar="URL",
            help="The address of an empty PostgreSQL database; without it, PAUTA_DATABASE_URL.",
            show_default=False,
        ),
    ] = None,
) -> None:
    """Move coverage and people's data from PAUTA_HOME into a PostgreSQL database.

    The files are only read, and stay. Beside a running Pauta the copy is a first one: stop it
    and run this again, which takes the rest in a fraction of the time. Safe to interrupt, too.
    Every table is then compared on both sides, row by row.

    Example: pauta migrate-data --to postgresql://pauta@localhost/pauta
    """
    settings = read_settings()
    server = to or server_of(settings)
    if not server:
        raise MoveError("Where to? Give --to postgresql://user:password@host/name.")
    try:
        server_url(server)
    except ValueError as error:
        raise MoveError(f"--to {error}.") from None
    with _only_user(settings.home) as is_last, _rows() as bar:
        try:
            moved = move(settings.home, server, bar, is_last=is_last)
        except KeyboardInterrupt:
            _err.print("Interrupted. What was copied is kept: run it again and it goes on.")
            raise typer.Exit(commands.INTERRUPTED) from None
    counts = ", ".join(f"{moved.rows.get(table, 0):,} {name}" for table, name in _TOLD)
    _err.print(f"{counts}: the same on both sides ({moved.written:,} rows written now).")
    if not is_last:
        _err.print(
            "Pauta was at work meanwhile. Stop it, and run this again: it takes what is new."
        )
        return
    _err.print(
        f"Now set PAUTA_DATABASE_URL to the address of {shown_server(server)} and start Pauta. "
        "PAUTA_HOME stays what it is: the vector index is there, and is still right. corpus.db "
        "and people.db are no longer used; keep them until all is well."
    )


@contextlib.contextmanager
def _only_user(home) -> Iterator[bool]:  # type: ignore[no-untyped-def]
    """Whether nobody else has the archive open; then nobody can, until the end."""
    if not home.is_dir():
        yield True
        return
    lock = ArchiveLock(home, "migrate-data", lasting=True)
    try:
        lock.acquire(wait=0.0)
    except ArchiveInUse:
        yield False
        return
    try:
        yield True
    finally:
        lock.release()


@contextlib.contextmanager
def _rows() -> Iterator[Bar]:
    """Bars of rows on a terminal; nothing where the output is piped."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    with Progress(
        *columns, TimeRemainingColumn(), console=_err, transient=True, disable=not _err.is_terminal
    ) as shown:

        def bar(doing: str, total: int) -> OnRows:
            task = shown.add_task(doing, total=total)
            return lambda count: shown.update(task, advance=count)

        yield bar
