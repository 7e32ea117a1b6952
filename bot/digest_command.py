"""`pauta digest`: what chats would get, what they got on a day, and what was sent to whom.

Reads the two databases only, beside whatever process holds the archive.
"""

from __future__ import annotations

import asyncio
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from sqlalchemy import inspect

from bot import commands
from bot.app import digest_reader, utc_now
from bot.commands import WrongUse
from bot.conversation_key import ConversationKey, key_of
from bot.digest_html import page_of
from bot.digest_reader import DigestReader, Replayed
from bot.digest_report import (
    log_json,
    name_of,
    preview_json,
    print_log,
    print_preview,
    print_replay,
    replay_json,
)
from bot.logs import read_settings
from bot.outbox import read_log
from bot.outgoing import Delivery
from bot.places import look, reading_people
from bot.settings import Settings
from bot.subscriptions import Subscription
from retrieval.errors import ArchiveCorrupt

_err = Console(stderr=True, highlight=False, soft_wrap=True, markup=False)

Chat = Annotated[
    str | None,
    typer.Option(metavar="ID", help="Of one chat, or ID/TOPIC of a topic.", show_default=False),
]


def digest(
    chat: Chat = None,
    preview: Annotated[
        bool, typer.Option("--preview", help="Compose what a chat's digests would be now.")
    ] = False,
    html: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="With --preview: write a page.", show_default=False),
    ] = None,
    replay: Annotated[
        str | None,
        typer.Option(
            metavar="DATE",
            help="Compose a day's digests again from what was known then, beside what was sent.",
            show_default=False,
        ),
    ] = None,
    log: Annotated[
        bool, typer.Option("--log", help="Show what was sent to whom, when, and why that.")
    ] = False,
    since: Annotated[
        str | None,
        typer.Option(metavar="DATE", help="With --log: from this day (UTC).", show_default=False),
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="Print a JSON array.")] = False,
) -> None:
    """Show digests: as they would be now, as they were on a day, and all that was sent.

    Works beside a running bot; sends nothing. Exit code 3 when there is nothing to show.

    Examples: pauta digest --chat 12345 --preview · pauta digest --log --since 2026-11-01
    """
    misuse = _misuse(preview, replay, log, chat=chat, html=html, since=since)
    if misuse:
        raise typer.Exit(commands.wrong_use(misuse))
    try:
        where = None if chat is None else _chat(chat)
        settings = read_settings()
        if log:
            code = _log(settings, where, _day(since), as_json=json)
        elif replay is not None:
            code = _replay(settings, where, _day(replay) or date.min, as_json=json)
        else:
            code = _preview(settings, where or ConversationKey(0), html, as_json=json)
    except WrongUse as error:
        code = commands.wrong_use(str(error))
    raise typer.Exit(code)


def _misuse(
    preview: bool,
    replay: str | None,
    log: bool,
    *,
    chat: str | None,
    html: Path | None,
    since: str | None,
) -> str:
    if [preview, replay is not None, log].count(True) != 1:
        return "give one of --preview, --replay DATE and --log."
    if html is not None and not preview:
        return "--html goes with --preview."
    if since is not None and not log:
        return "--since goes with --log."
    return "--preview needs a chat: --chat ID" if preview and chat is None else ""


def _log(
    settings: Settings, where: ConversationKey | None, since: date | None, *, as_json: bool
) -> int:
    start = datetime.combine(since, time(), UTC) if since else None
    if not _has_people(settings):
        return _nothing()
    with reading_people(settings) as engine:
        if engine is None:
            return _nothing()
        found = read_log(engine, where, start)
    if as_json:
        print(commands.json_text([log_json(one) for one in found]))  # noqa: T201
    else:
        print_log(found)
    return commands.DONE if found else commands.NOTHING_FOUND


def _preview(
    settings: Settings, where: ConversationKey, html: Path | None, *, as_json: bool
) -> int:
    if not _can_compose(settings):
        return _nothing()
    with digest_reader(settings) as reader:
        chosen = reader.of(where)
        if not chosen:
            _err.print("This chat has no digest yet; this is what one would be that begins now.")
            chosen = (Subscription(id=0, where=where),)
        composed = asyncio.run(_composed(reader, chosen))
    pairs = list(zip(chosen, composed, strict=True))
    if html is not None:
        page = page_of((name_of(one), found) for one, found in pairs if found)
        html.write_text(page, encoding="utf-8")
        _err.print(f"Written: {html}")
    if as_json:
        print(commands.json_text([preview_json(*pair) for pair in pairs]))  # noqa: T201
    elif html is None:
        for pair in pairs:
            print_preview(*pair)
    return commands.DONE if any(composed) else commands.NOTHING_FOUND


def _replay(settings: Settings, where: ConversationKey | None, day: date, *, as_json: bool) -> int:
    if not _can_compose(settings):
        return _nothing()
    with digest_reader(settings) as reader:
        found = asyncio.run(_replayed(reader, where, day))
    if as_json:
        print(commands.json_text([replay_json(one) for one in found]))  # noqa: T201
    else:
        for one in found:
            print_replay(one)
    if not found:
        _err.print(f"No digest there is now was due on {day.isoformat()}.")
    return commands.DONE if found else commands.NOTHING_FOUND


async def _composed(
    reader: DigestReader, chosen: tuple[Subscription, ...]
) -> list[Delivery | None]:
    now = utc_now()
    try:
        return [await reader.now(one, now) for one in chosen]
    finally:
        await reader.close()


async def _replayed(
    reader: DigestReader, where: ConversationKey | None, day: date
) -> list[Replayed]:
    try:
        found = [await reader.again(one, day) for one in reader.of(where)]
    finally:
        await reader.close()
    return [one for one in found if one is not None]


def _has_people(settings: Settings) -> bool:
    """Raises ArchiveCorrupt for a people database of another version."""
    with reading_people(settings) as engine:
        if engine is None:
            return False
        seen = inspect(engine)
        if settings.database_url is not None and not seen.has_table("alembic_version"):
            return False  # before the first start
        if not all(seen.has_table(name) for name in ("subscriptions", "deliveries", "outbox")):
            raise ArchiveCorrupt(
                "The data is of another version of Pauta. Starting Pauta brings it up to date."
            )
    return True


def _can_compose(settings: Settings) -> bool:
    state = look(settings, check_seconds=0.0)
    if state is None or not _has_people(settings):
        return False
    if state.problem:
        raise ArchiveCorrupt(f"The archive cannot be read: {state.problem}.")
    if not state.is_current:
        raise ArchiveCorrupt(
            "The archive is of another version of Pauta. Any command that opens it, such as "
            "`pauta search`, brings it up to date."
        )
    return True


def _nothing() -> int:
    _err.print("There is nothing yet: start Pauta first.")
    return commands.NOTHING_FOUND


def _chat(text: str) -> ConversationKey:
    try:
        return key_of(text.strip())
    except ValueError:
        raise WrongUse(f"{text[:40]!r} is no chat: give its number, or NUMBER/TOPIC.") from None


def _day(text: str | None) -> date | None:
    if text is None:
        return None
    try:
        return date.fromisoformat(text.strip())
    except ValueError:
        raise WrongUse(f"{text[:40]!r} is no day: write it as 2026-11-24.") from None
