"""How messages come, and what Telegram says of it: findings of `pauta doctor`.  (pure)"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from retrieval.clean import clean_text, cut_at_word
from retrieval.findings import Finding, ok, warning

RECENT = timedelta(hours=1)
"""An error of longer ago is told, and no longer a worry."""
LONGEST_ERROR = 200


@dataclass(frozen=True, slots=True)
class WebhookState:
    """What getWebhookInfo says; `url` is empty where none is set."""

    url: str
    pending: int = 0
    last_error: str = ""
    last_error_at: datetime | None = None


def check_webhook(wanted: str, state: WebhookState, now: datetime) -> Iterator[Finding]:
    """`wanted` is PAUTA_WEBHOOK_URL; empty means polling. Of addresses only hosts are shown."""
    waiting = f"{state.pending:,} messages wait" if state.pending else "nothing waits"
    if not wanted:
        if state.url:
            yield warning(
                "messages",
                f"Pauta fetches them, but Telegram sends them to {_host(state.url)}",
                "`pauta run` takes that webhook away. If another program uses it, give Pauta a "
                "bot of its own, or set PAUTA_WEBHOOK_URL.",
            )
        else:
            yield ok("messages", f"Pauta fetches them (polling); {waiting}")
        return
    if state.url != wanted:
        elsewhere = f"to {_host(state.url)}" if state.url else "nowhere yet"
        yield warning(
            "messages",
            f"Telegram is to send them to {_host(wanted)} (webhook), and sends them {elsewhere}",
            "`pauta run` sets the webhook at its start.",
        )
        return
    yield ok("messages", f"Telegram sends them to {_host(wanted)} (webhook); {waiting}")
    if state.last_error:
        said = cut_at_word(clean_text(state.last_error), LONGEST_ERROR)
        at = state.last_error_at
        told = f"{said}, at {at:%Y-%m-%d %H:%M} UTC" if at else said
        if at is None or now - at < RECENT:
            yield warning(
                "webhook",
                f"the last message could not be delivered: {told}",
                "Check that the address leads to PAUTA_WEBHOOK_LISTEN, that its certificate is "
                "valid, and that Pauta runs.",
            )
        else:
            yield ok("webhook", f"the last error is over: {told}")


def _host(url: str) -> str:
    """The rest of an address may be its secret."""
    try:
        host, port = urlsplit(url).hostname or "?", urlsplit(url).port
    except ValueError:
        return "?"
    return f"{host}:{port}" if port else host
