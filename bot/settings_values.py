"""What the value of a setting may be.

Each takes what was written and gives what it means, or raises ValueError with what is wrong
in words for whoever wrote it.  (pure)
"""

from __future__ import annotations

import difflib
import re
from pathlib import Path
from zoneinfo import available_timezones

from pydantic import SecretStr

from bot.redaction import glimpse, shown_address
from bot.webhook_address import SECRET, split_listen
from retrieval.server_address import server_url

# It becomes part of a header: no spaces, no parentheses, nothing but ASCII.
_CONTACT = re.compile(
    r"https?://[\w.:/?&=#%~+-]{1,180}|[\w.+-]{1,80}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,5}", re.ASCII
)


def user_ids(value: object) -> object:
    if not isinstance(value, str):
        return value
    parts = value.replace(",", " ").split()
    for part in parts:
        if not part.isascii() or not part.isdigit():
            raise ValueError(
                f"{glimpse(part)!r} is not a Telegram user id: write numbers separated by "
                "commas (a person sees theirs by sending the bot any message)"
            )
    return frozenset(int(part) for part in parts)


def host_names(value: object) -> object:
    if not isinstance(value, str):
        return value
    hosts = frozenset(part.lower() for part in value.replace(",", " ").split())
    for host in hosts:
        if "/" in host:
            raise ValueError(
                f"{shown_address(host)!r} is an address: write the host alone, `intranet.example`"
            )
    return hosts


def reachable(value: str) -> str:
    value = value.strip()
    if value and not _CONTACT.fullmatch(value):
        raise ValueError("must be an e-mail or web address: desk@paper.example")
    return value


def absolute_folder(value: Path) -> Path:
    try:
        return value.expanduser().absolute()
    except RuntimeError as error:
        raise ValueError(f"{value} names a user who is not on this machine") from error


def known_timezone(value: str) -> str:
    if value not in available_timezones():
        near = difflib.get_close_matches(value, available_timezones(), n=1)
        hint = f"; did you mean {near[0]}?" if near else ""
        raise ValueError(f"{value!r} is no time zone, write it as America/Sao_Paulo{hint}")
    return value


def listening(value: str) -> str:
    split_listen(value)
    return value


def listening_if_at_all(value: str) -> str:
    if value.strip():
        split_listen(value)
    return value.strip()


def sendable_secret(value: SecretStr | None) -> SecretStr | None:
    # Never shown, not even in part: this is all of it.
    if value is not None and not SECRET.fullmatch(value.get_secret_value()):
        raise ValueError("must be 16 to 256 characters: letters, digits, _ and - alone")
    return value


def database_address(value: SecretStr | None) -> SecretStr | None:
    if value is not None:
        server_url(value.get_secret_value())
    return value


def web_address(value: str) -> str:
    if not value:
        return value
    if not value.startswith(("http://", "https://")) or len(value.split()) != 1:
        raise ValueError("must be an address that begins with http:// or https://")
    return value.rstrip("/")
