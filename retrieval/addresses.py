"""Addresses of articles: which are taken, and what outlet they speak of.  (pure)"""

from __future__ import annotations

from urllib.parse import unquote, urldefrag, urljoin, urlsplit

LONGEST_URL = 2_000
_COMMON_PREFIXES = ("www.", "m.", "amp.", "mobile.")


def url_problem(url: str) -> str | None:
    """Why a string cannot be an article's address, as a clause; None when it can."""
    if not url:
        return "the address is empty"
    if len(url) > LONGEST_URL:
        return f"the address is longer than {LONGEST_URL} characters"
    if any(character.isspace() or not character.isprintable() for character in url):
        return "the address contains spaces or control characters"
    try:
        parts = urlsplit(url)
        host = parts.hostname
    except ValueError:
        return "the address is not a valid URL"
    scheme = parts.scheme.lower()
    if scheme in ("http", "https"):
        return None if host else "the address names no host"
    if scheme == "file":
        return None if len(parts.path) > 1 else "the address names no file"
    return "the address must start with http://, https:// or file://"


def is_web(url: str) -> bool:
    return url[:8].lower().startswith(("http://", "https://"))


def outlet_of(url: str) -> str:
    """The host without `www.`; of a file its name. `url` must pass `url_problem`."""
    parts = urlsplit(url)
    if parts.hostname and is_web(url):
        return parts.hostname.removeprefix("www.")
    return unquote(parts.path.rstrip("/").rpartition("/")[2], errors="replace")


def canonical(url: str, claimed: str | None) -> str:
    """The address a page claims as its own, when it may: else `url`, without a fragment.

    A claim is believed on the same site only, and not when it gives a page inside the site
    the address of the front page, as careless templates do.
    """
    own = urldefrag(url).url
    if not claimed or not is_web(own):
        return own
    try:
        target = urldefrag(urljoin(own, claimed.strip())).url
    except ValueError:
        return own
    if url_problem(target) or not is_web(target) or _site(target) != _site(own):
        return own
    is_front_page = urlsplit(target).path in ("", "/") and not urlsplit(target).query
    return own if is_front_page and urlsplit(own).path not in ("", "/") else target


def _site(url: str) -> str:
    host = urlsplit(url).hostname or ""
    for prefix in _COMMON_PREFIXES:
        host = host.removeprefix(prefix)
    return host
