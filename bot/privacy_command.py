"""`pauta forget` and `pauta export`: one person's data, for the operator."""

from __future__ import annotations

import os
from contextlib import ExitStack
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from bot import commands, migrations
from bot.app import utc_now
from bot.database import SCHEMA
from bot.forgetting import forget as forget_person
from bot.forgetting import is_known
from bot.logs import read_settings
from bot.mydata import export as written
from bot.places import people_place, reading_people
from retrieval.database import open_database
from retrieval.lock import ArchiveLock

_err = Console(stderr=True, highlight=False, soft_wrap=True, markup=False)

Person = Annotated[
    int,
    typer.Argument(
        help="A person's Telegram user id.", metavar="PERSON_ID", min=1, show_default=False
    ),
]


def forget(
    person: Person,
    membership: Annotated[
        bool, typer.Option("--membership", help="Also that they were let in.")
    ] = False,
) -> None:
    """Forget what is kept of a person, as /forget in Telegram does.

    Their private conversations, answers, feedback, usage, settings, digests, follows and what
    was sent to them. Not while a bot runs on the archive. Backups made before still hold it.
    """
    settings = read_settings()
    place = people_place(settings)
    if isinstance(place, Path) and not place.exists():
        _err.print(f"There is no {place}: nothing is kept of anybody.")
        raise typer.Exit(commands.NOTHING_FOUND)
    with ExitStack() as stack:
        # A bot at work remembers what it has read.
        lock = ArchiveLock(settings.home, "forget", lasting=False)
        lock.acquire()
        stack.callback(lock.release)
        engine = open_database(place, "bot.migrations", migrations.HEAD, SCHEMA)
        stack.callback(engine.dispose)
        gone = forget_person(engine, person, utc_now(), with_membership=membership)
        stays = is_known(engine, person)
    told = ", ".join(f"{count:,} of {table}" for table, count in sorted(gone.rows.items()))
    _err.print(f"Forgotten: {told}." if told else f"Nothing was kept of {person}.")
    if stays:
        _err.print("They are still let in; --membership takes that, too.")
    if person in settings.admins:
        _err.print("They are an administrator: PAUTA_ADMINS says so.")
    raise typer.Exit(commands.DONE if gone.total else commands.NOTHING_FOUND)


def export(
    person: Person,
    file: Annotated[Path, typer.Argument(help="Written, never overwritten.", metavar="FILE.json")],
) -> None:
    """Write what is kept of a person as JSON, as /mydata in Telegram sends it.

    Works beside a running bot, and changes nothing.
    """
    settings = read_settings()
    with reading_people(settings) as engine:
        if engine is None:
            _err.print(f"There is no {people_place(settings)}: nothing is kept of anybody.")
            raise typer.Exit(commands.NOTHING_FOUND)
        found = written(engine, person, utc_now())
    try:
        handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        raise typer.Exit(commands.wrong_use(f"{file} exists already.")) from None
    with open(handle, "wb") as out:  # noqa: PTH123
        out.write(found)
    _err.print(f"{file}: {len(found):,} bytes.")
