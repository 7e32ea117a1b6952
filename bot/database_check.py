"""Which database Pauta keeps its data in, and whether it answers, for `pauta doctor`."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator

from sqlalchemy.exc import SQLAlchemyError

from bot.places import server_of
from bot.settings import Settings, variable_name
from retrieval.errors import DatabaseUnreachable
from retrieval.findings import Finding, broken, ok
from retrieval.server_address import shown_server
from retrieval.server_checkup import version_of

_LONGEST = 300


def check_database(settings: Settings) -> Iterator[Finding]:
    """Changes nothing; the address is shown without user and password."""
    server = server_of(settings)
    if server is None:
        yield ok("database", f"SQLite {sqlite3.sqlite_version}, files in {settings.home}")
        return
    place = shown_server(server)
    try:
        yield ok("database", f"PostgreSQL {version_of(server)} at {place}")
    except DatabaseUnreachable as error:
        yield broken("database", str(error), "Or leave it empty: files in the data folder.")
    except SQLAlchemyError as error:
        cause = " ".join(str(getattr(error, "orig", None) or error).split())[:_LONGEST]
        yield broken(
            "database",
            f"PostgreSQL at {place} does not answer or refuses: {cause}",
            f"Start it, and check user, password and name in {variable_name('database_url')}.",
        )
