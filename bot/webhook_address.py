"""Where Telegram sends messages to, and where they arrive: what addresses can be used.  (pure)

The rules are those of `setWebhook` in the Bot API.
"""

from __future__ import annotations

import re
from urllib.parse import urlsplit

PORTS = (443, 80, 88, 8443)
"""Telegram sends to no other."""
SECRET = re.compile(r"[A-Za-z0-9_-]{16,256}", re.ASCII)
"""Telegram takes shorter ones, too; those can be guessed."""
_PATH = re.compile(r"(?:/[A-Za-z0-9_.~-]{1,100}){0,8}/?", re.ASCII)


def webhook_problem(url: str, *, own_server: bool = False) -> str | None:
    """Why Telegram would not send to an address; `own_server` takes any port, and http."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return "is no address"
    if parts.scheme != "https" and not (own_server and parts.scheme == "http"):
        return "must begin with https://: Telegram sends to nothing else"
    if not parts.hostname or len(url.split()) != 1 or not url.isascii():
        return "must be an address such as https://bot.paper.example/telegram"
    if parts.username is not None or parts.query or parts.fragment:
        return "must hold no password, ? or #: PAUTA_WEBHOOK_SECRET keeps others out"
    if not _PATH.fullmatch(parts.path):
        return "must have a plain path: letters, digits, and - _ . ~ between slashes"
    if port is not None and port not in PORTS and not own_server:
        return (
            f"has port {port}, and Telegram sends only to 443, 80, 88 and 8443: let a proxy take "
            "one of these"
        )
    return None


def webhook_path(url: str) -> str:
    """The path that messages arrive at."""
    return urlsplit(url).path or "/"


def split_listen(listen: str) -> tuple[str, int]:
    """Host and port of `127.0.0.1:8080`, `[::1]:8080` or `:8080` (everywhere).

    Raises ValueError for anything else.
    """
    host, colon, port = listen.strip().rpartition(":")
    if not colon or not port.isascii() or not port.isdigit() or not 1 <= int(port) <= 65_535:
        raise ValueError("must be an address and a port: 127.0.0.1:8080")
    if host.startswith("[") and host.endswith("]"):
        host = host[1:-1]
    elif ":" in host:
        raise ValueError("must have brackets around an IPv6 address: [::1]:8080")
    return host, int(port)
