"""Every call to Telegram, seen from below: when it last answered, and what went wrong."""

from __future__ import annotations

import time
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import Any

from telegram.error import NetworkError, TelegramError, TimedOut
from telegram.request import HTTPXRequest

from bot import metrics
from bot.handlers import PautaApplication
from bot.handlers.rate_limits import PASSING
from bot.metrics import TelegramTrouble
from bot.tracing import span

LATELY = 90.0
"""Seconds; polling hears from Telegram every thirty."""
PROBE_SECONDS = 4.0

_TROUBLES = {
    400: TelegramTrouble.BAD_REQUEST,
    401: TelegramTrouble.UNAUTHORIZED,
    403: TelegramTrouble.FORBIDDEN,
    404: TelegramTrouble.UNAUTHORIZED,
    409: TelegramTrouble.CONFLICT,
    429: TelegramTrouble.TOO_MANY,
}
SERVER_FAILS = 500


REACH_KEY = "reach"


@dataclass(slots=True)
class Reach:
    """When Telegram last answered anything."""

    at: float | None = None
    """In seconds of `time.monotonic`."""


class WatchedRequest(HTTPXRequest):
    """Counts what fails, and notes in `reach` when Telegram answered."""

    def __init__(self, reach: Reach, **settings: Any) -> None:
        super().__init__(**settings)
        self._reach = reach

    async def do_request(self, *args: Any, **kwargs: Any) -> tuple[int, bytes]:
        try:
            with _traced(*args, **kwargs):
                status, body = await super().do_request(*args, **kwargs)
        except TimedOut:
            _count(TelegramTrouble.TIMED_OUT)
            raise
        except NetworkError:
            _count(TelegramTrouble.NETWORK)
            raise
        if status < SERVER_FAILS:
            self._reach.at = time.monotonic()
            metrics.TELEGRAM_REACHED.set_to_current_time()
        if trouble := trouble_of(status):
            _count(trouble)
        return status, body


def _traced(url: str, *_: Any, **__: Any) -> AbstractContextManager[object]:
    """The method alone: the rest of the address holds the token. Waiting for updates is no work."""
    method = url.rpartition("/")[2]
    return nullcontext() if method == "getUpdates" else span("telegram", method=method)


def trouble_of(status: int) -> TelegramTrouble | None:
    """None for what is none.  (pure)"""
    if status >= SERVER_FAILS:
        return TelegramTrouble.SERVER
    if status < 400:
        return None
    return _TROUBLES.get(status, TelegramTrouble.OTHER)


async def telegram_problem(application: PautaApplication) -> str:
    """Empty when Telegram answered lately, or does now: behind a webhook hours may pass without
    a call of ours."""
    if not application.running:
        return "not connected"
    reach = application.bot_data[REACH_KEY]
    assert isinstance(reach, Reach)  # noqa: S101 - narrows the untyped bot_data
    if reach.at is not None and time.monotonic() - reach.at < LATELY:
        return ""
    try:
        await application.bot.get_me(
            read_timeout=PROBE_SECONDS, connect_timeout=PROBE_SECONDS, rate_limit_args=PASSING
        )
    except TelegramError as error:
        return f"not reached ({type(error).__name__})"
    return ""


def _count(trouble: TelegramTrouble) -> None:
    metrics.TELEGRAM_ERRORS.labels(trouble.value).inc()
