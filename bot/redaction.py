"""Keeps keys and passwords out of what is shown and logged."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

HIDDEN = "[hidden]"
_SHORTEST = 6
"""Characters; a server of one's own takes `none` for a key, and that is a word."""

_known: set[str] = set()
"""Of the whole process: a failure does not say whose key it quotes."""

_LIKE_A_SECRET = re.compile(
    r"(?P<kept>\bbearer\s+)[^\s\"',;)}]+"
    r"|(?P<field>\b(?:x-)?(?:goog-)?api[-_]?key[\"']?\s*[=:]\s*[\"']?)[^\s\"',;&)}]+"
    r"|(?P<scheme>\b[a-z][a-z0-9+.-]{0,20}://)[^\s/@]+@"
    r"|\bsk-[^\s\"',;)}]+"
    r"|\bAIza[\w-]{20,}",
    re.IGNORECASE,
)


def keep_secret(secret: str | None) -> None:
    """From now on `redacted` hides this key."""
    if secret and len(secret.strip()) >= _SHORTEST:
        _known.add(secret.strip())


def redacted(text: str) -> str:
    """`text` without the keys that are known, and without what looks like one."""
    for secret in sorted(_known, key=len, reverse=True):
        text = text.replace(secret, HIDDEN)
    return _LIKE_A_SECRET.sub(_hidden, text)


def shown_address(url: str) -> str:
    """A web address without user, password, query and fragment."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return HIDDEN
    return parts._replace(netloc=parts.netloc.rpartition("@")[2], query="", fragment="").geturl()


def glimpse(value: str) -> str:
    """So much of a value that a person knows which one it is; it may be a misplaced secret."""
    return value if len(value) <= _GLIMPSE else f"{value[:_GLIMPSE]}…"


_GLIMPSE = 4


def _hidden(found: re.Match[str]) -> str:
    if found["scheme"]:
        return found["scheme"]
    return f"{found['kept'] or found['field'] or ''}{HIDDEN}"
