"""Addresses of a PostgreSQL database: read, and shown without what they keep secret."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sqlalchemy import URL

_DRIVER = "postgresql+psycopg"
_ACCEPTED = frozenset({"postgres", "postgresql", _DRIVER})


def server_url(address: str) -> URL:
    """With the driver Pauta uses. Raises ValueError, which quotes nothing: an address may hold a
    password."""
    from sqlalchemy import make_url  # noqa: PLC0415 - slow to import, and most have files
    from sqlalchemy.exc import ArgumentError  # noqa: PLC0415

    try:
        url = make_url(address)
    except (ArgumentError, ValueError):
        url = None
    if url is None or url.drivername not in _ACCEPTED:
        raise ValueError(
            "must be the address of a PostgreSQL database, postgresql://user:password@host/name; "
            "characters such as @ or / in a password are written %40 and %2F"
        )
    return url.set(drivername=_DRIVER)


def shown_server(address: str) -> str:
    """Host, port and database: what a person may be shown. Raises ValueError."""
    url = server_url(address)
    host = url.host or url.query.get("host") or "this machine"
    place = host if isinstance(host, str) else host[0]
    return f"{place}{f':{url.port}' if url.port else ''}/{url.database or url.username or ''}"
