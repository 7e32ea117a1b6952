"""Whether two entries of a feed speak of the same page, and say the same.  (pure)"""

from __future__ import annotations

import html as markup
import re
from datetime import datetime
from urllib.parse import parse_qsl, urlencode, urlsplit

from retrieval.addresses import LONGEST_URL
from retrieval.identity import digest

Fingerprint = str
"""Digests of title, body, time of update and address, parted by dots; `-` for none."""

TIME = "the time of update"
_PARTS = ("the title", "the text", TIME, "the address")
_NONE = "-"
_LONGEST_BODY = 200_000
_LONGEST_TITLE = 2_000

# Each of these reads on to the end when nothing closes it, so none is tried twice.
_UNREAD = re.compile(
    r"<!--.*?(?:-->|\Z)|<(script|style)\b.*?(?:</\1\b[^>]*>|\Z)", re.DOTALL | re.IGNORECASE
)
_TAG = re.compile(r"<[^<>]*>")
_TRACKING = re.compile(
    r"utm_\w+|fbclid|gclid|dclid|msclkid|igshid|mc_[ce]id|cmpid|ocid|at_\w+|xtor", re.IGNORECASE
)


def fingerprint_of(
    title: str | None, html: str | None, updated_at: datetime | None, url: str | None
) -> Fingerprint:
    """What an entry says, without what a reader does not see: tags, comments, addresses of
    images. Of the body, the first 200,000 characters."""
    return ".".join(
        (
            _digest(_visible((title or "")[:_LONGEST_TITLE])),
            _digest(_visible((html or "")[:_LONGEST_BODY])),
            _digest(updated_at.isoformat() if updated_at else ""),
            _digest(address_of(url)),
        )
    )


def changed_parts(before: Fingerprint, after: Fingerprint) -> tuple[str, ...]:
    """Which parts differ, as nouns; all of them when one is not a fingerprint."""
    old, new = before.split("."), after.split(".")
    if len(old) != len(_PARTS) or len(new) != len(_PARTS):
        return _PARTS
    return tuple(name for name, a, b in zip(_PARTS, old, new, strict=True) if a != b) or _PARTS


def same_article(before: Fingerprint, after: Fingerprint) -> bool:
    """Whether an entry at another address still has its title or its text."""
    old, new = before.split("."), after.split(".")
    if len(old) != len(_PARTS) or len(new) != len(_PARTS):
        return False
    return any(old[at] == new[at] != _NONE for at in (0, 1))


def address_of(url: str | None) -> str:
    """The page an entry names, spelled one way; empty when that tells no entry from another.

    Without scheme, `www.`, fragment, final slash and the parameters of campaigns. A front
    page is no entry's own address, though careless feeds give it to all of theirs.
    """
    if not url or len(url) > LONGEST_URL:
        return ""
    try:
        parts = urlsplit(url.strip())
        host = (parts.hostname or "").removeprefix("www.")
        port = f":{parts.port}" if parts.port not in (None, 80, 443) else ""
    except ValueError:
        return ""
    path = parts.path.rstrip("/")
    query = _without_tracking(parts.query) if parts.query else ""
    if not path and not query:
        return ""
    return f"{host}{port}{path}{'?' if query else ''}{query}"


def _without_tracking(query: str) -> str:
    pairs = parse_qsl(query, keep_blank_values=True, errors="surrogateescape")
    return urlencode(
        [(name, value) for name, value in pairs if not _TRACKING.fullmatch(name)],
        errors="surrogatepass",
    )


def _visible(html: str) -> str:
    text = markup.unescape(_TAG.sub(" ", _UNREAD.sub(" ", html)))
    return " ".join(text.split())


def _digest(value: str) -> str:
    return digest(value, length=12) if value else _NONE
