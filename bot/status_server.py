"""Three pages for whoever runs Pauta: /healthz, /readyz and /metrics.

They tell no names, texts or ids, and answer GET and HEAD alone. What is behind them is looked at
once in a few seconds, however often somebody asks.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping
from ipaddress import ip_address
from typing import Any

import structlog
from prometheus_client import CONTENT_TYPE_LATEST
from sqlalchemy.exc import SQLAlchemyError
from tornado.httpserver import HTTPServer
from tornado.web import Application, HTTPError, RequestHandler

from bot.metrics import exposition
from bot.webhook_address import split_listen
from retrieval.errors import RetrievalError

log = structlog.get_logger(__name__)

CHECK_SECONDS = 6.0
"""For each thing that is looked at; past it, it is not well."""
FRESH_SECONDS = 2.0
"""How long what was found is told again."""
LARGEST_HEADERS = 16_384
LARGEST_BODY = 1_000
"""Bytes; nobody needs to send any."""
IDLE_SECONDS = 30.0
LISTEN_VARIABLE = "PAUTA_STATUS_LISTEN"

Check = Callable[[], Awaitable[str]]
"""What is wrong, in a few words without names; empty when nothing is. A SQLAlchemyError, an
OSError or a time-out is told by its kind."""

Refresh = Callable[[], Awaitable[None]]
"""Sets the figures that are looked up; raises as a Check does."""


class StatusStartError(RetrievalError):
    """The pages cannot be served where they are to be; the message says what to do."""


class StatusServer:
    """Serves at `listen` (`127.0.0.1:9090`) between `open` and `close`."""

    def __init__(self, listen: str, checks: Mapping[str, Check], refresh: Refresh) -> None:
        self._listen, self._checks, self._refresh = listen, checks, refresh
        self._server: HTTPServer | None = None
        self._looking, self._refreshing = asyncio.Lock(), asyncio.Lock()
        self._ready: tuple[float, tuple[bool, str]] = (float("-inf"), (False, ""))
        self._refreshed = float("-inf")

    def open(self) -> None:
        """Raises StatusStartError."""
        host, port = split_listen(self._listen)
        app = Application(
            [
                ("/healthz", _Health),
                ("/readyz", _Ready, {"status": self}),
                ("/metrics", _Metrics, {"status": self}),
            ],
            default_handler_class=_Nothing,
            log_function=lambda _handler: None,
        )
        server = HTTPServer(
            app,
            max_body_size=LARGEST_BODY,
            max_buffer_size=4 * LARGEST_HEADERS,
            max_header_size=LARGEST_HEADERS,
            body_timeout=CHECK_SECONDS,
            idle_connection_timeout=IDLE_SECONDS,
        )
        try:
            server.listen(port, host)
        except OSError as error:
            raise StatusStartError(
                f"{self._listen} cannot be listened at ({error.strerror}): another program may "
                f"have the port. Set {LISTEN_VARIABLE} to a free one, or to nothing."
            ) from None
        self._server = server
        if not is_loopback(host):
            log.warning(
                "the status pages can be read by whoever reaches this address; let a firewall or "
                "a network policy decide who does",
                address=self._listen,
            )

    async def close(self) -> None:
        if self._server is None:
            return
        self._server.stop()
        await self._server.close_all_connections()
        self._server = None

    async def readiness(self) -> tuple[bool, str]:
        """Whether people are served, and a line for each thing that was looked at."""
        async with self._looking:
            at, known = self._ready
            if time.monotonic() - at > FRESH_SECONDS:
                known = await self._look()
                self._ready = (time.monotonic(), known)
            return known

    async def metrics(self) -> bytes:
        """In Prometheus' text format; what cannot be looked up keeps its last value."""
        async with self._refreshing:
            if time.monotonic() - self._refreshed > FRESH_SECONDS:
                if problem := await _found(self._refreshed_now):
                    log.warning("some figures could not be looked up", cause=problem)
                self._refreshed = time.monotonic()
        return exposition()

    async def _refreshed_now(self) -> str:
        await self._refresh()
        return ""

    async def _look(self) -> tuple[bool, str]:
        problems = await asyncio.gather(*(_found(check) for check in self._checks.values()))
        told = zip(self._checks, problems, strict=True)
        lines = "".join(f"{name}: {problem or 'ok'}\n" for name, problem in told)
        return not any(problems), lines


async def _found(check: Check) -> str:
    try:
        async with asyncio.timeout(CHECK_SECONDS):
            return await check()
    except TimeoutError:
        return "no answer in time"
    except (SQLAlchemyError, OSError) as error:
        return f"failed ({type(error).__name__})"


def is_loopback(host: str) -> bool:
    """Whether only this machine reaches an address that is listened at."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


class _Page(RequestHandler):
    def set_default_headers(self) -> None:
        self.clear_header("Server")
        self.set_header("Content-Type", "text/plain; charset=utf-8")
        self.set_header("Cache-Control", "no-store")

    def write_error(self, status_code: int, **_kwargs: Any) -> None:
        self.finish(f"{status_code}\n")

    def log_exception(self, *error: Any) -> None:
        kind = error[0]
        if not (isinstance(kind, type) and issubclass(kind, HTTPError)):
            log.error("a status page failed", exc_info=error)

    async def text(self) -> str | bytes:
        raise HTTPError(404)

    async def get(self) -> None:
        self.finish(await self.text())

    head = get


class _Nothing(_Page):
    pass


class _Health(_Page):
    async def text(self) -> str:
        # That this line runs is the answer: the event loop does.
        return "ok\n"


class _Ready(_Page):
    def initialize(self, status: StatusServer) -> None:
        self._status = status

    async def text(self) -> str:
        is_ready, lines = await self._status.readiness()
        self.set_status(200 if is_ready else 503)
        return lines


class _Metrics(_Page):
    def initialize(self, status: StatusServer) -> None:
        self._status = status

    async def text(self) -> bytes:
        self.set_header("Content-Type", CONTENT_TYPE_LATEST)
        return await self._status.metrics()
