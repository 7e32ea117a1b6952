"""How what goes out by itself is doing, for `pauta doctor`."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from sqlalchemy import inspect
from sqlalchemy.exc import OperationalError

from bot.outbox import Troubles, troubles
from bot.places import reading_people
from bot.settings import Settings
from retrieval.findings import Finding, ok, warning

LOOKED_BACK = timedelta(days=7)
_LOG = "`pauta digest --log` shows which."


def check_outbox(settings: Settings, now: datetime) -> Iterator[Finding]:
    """Of the people database; nothing where there is none, or one of an older Pauta."""
    try:
        with reading_people(settings) as engine:
            if engine is None or not inspect(engine).has_table("outbox"):
                return
            found = troubles(engine, now, now - LOOKED_BACK)
    except OperationalError:
        if settings.database_url is None:
            raise
        return  # a server that does not answer: told by `check_database`
    yield from findings_of(found)


def findings_of(found: Troubles) -> Iterator[Finding]:
    if found.overdue:
        yield warning(
            "outbox",
            f"messages that have waited for more than an hour: {found.overdue}",
            "They are sent by the running bot: start it, and see its log if it is running.",
        )
    if found.unknown:
        yield warning(
            "outbox",
            f"messages of the last week of which nobody knows whether they arrived: "
            f"{found.unknown}",
            f"They are not sent again. {_LOG}",
        )
    if found.paused:
        yield warning(
            "outbox",
            f"chats that nothing is sent to any more, as they refuse it: {found.paused}",
            "They hear of us again once they write to the bot, or add it again.",
        )
    if found.gone:
        yield ok("outbox", f"chats that refused a message, and will be tried again: {found.gone}")
    if not any((found.overdue, found.unknown, found.paused, found.gone)):
        yield ok("outbox", "nothing is overdue or in doubt")
