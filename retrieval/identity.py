"""Ids and hashes: the same content always gets the same name.  (pure)"""

from __future__ import annotations

import hashlib

_SEPARATOR = b"\x1f"


def digest(*parts: str, length: int = 24) -> str:
    """SHA-256 of the parts as `length` hex digits; parts do not run into each other."""
    hasher = hashlib.sha256()
    for part in parts:
        hasher.update(part.encode("utf-8", "surrogatepass"))
        hasher.update(_SEPARATOR)
    return hasher.hexdigest()[:length]


def article_id(url: str) -> str:
    """Id of the article at `url`; 24 hex digits."""
    return digest("article", url)
