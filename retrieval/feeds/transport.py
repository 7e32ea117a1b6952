"""httpx's network with two things added: the private-network guard and a total time limit."""

from __future__ import annotations

import contextlib
import ssl
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

import httpcore
import httpx
from h2.exceptions import H2Error
from hpack.exceptions import HPACKError
from hyperframe.exceptions import HyperframeError

from retrieval.feeds.guard import GuardedBackend, PrivateHosts, Resolver

_KEEP_SECONDS = 5.0
_MOST_IDLE = 20

_deadline: ContextVar[float | None] = ContextVar("deadline", default=None)


class DeadlineError(Exception):
    """The whole exchange took longer than its limit, although each step was in time."""


@contextlib.contextmanager
def time_limit(seconds: float) -> Iterator[None]:
    """All that this thread reads or writes through a GuardedTransport ends within `seconds`."""
    token = _deadline.set(time.monotonic() + seconds)
    try:
        yield
    finally:
        _deadline.reset(token)


def _capped(timeout: float | None) -> float | None:
    """`timeout`, or what is left of the limit if that is less; raises DeadlineError at 0."""
    deadline = _deadline.get()
    if deadline is None:
        return timeout
    left = deadline - time.monotonic()
    if left <= 0:
        raise DeadlineError
    return left if timeout is None else min(timeout, left)


class GuardedTransport(httpx.BaseTransport):
    """Connects only where the guard lets it. HTTP/2 or 1.1; no proxies.

    Nothing is asked twice but what a connection kept from before could not carry.

    A connection serves one request at a time, HTTP/2 too: httpcore lets the streams of a
    connection wait for each other without a time limit, and a server can make that for ever.
    `ssl_context` replaces the usual trust in public certificate authorities.
    """

    def __init__(
        self,
        allowed: PrivateHosts,
        resolver: Resolver,
        ssl_context: ssl.SSLContext | None = None,
    ) -> None:
        self._backend = _TimedBackend(GuardedBackend(allowed, resolver))
        self._ssl_context = ssl_context or httpx.create_ssl_context(trust_env=False)
        self._lock = threading.Lock()
        self._idle: list[_Line] = []
        self._closed = False

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Raises httpcore's exceptions as they are, and the guard's."""
        if not isinstance(request.stream, httpx.SyncByteStream):
            raise TypeError("this transport is for a sync client")
        url = httpcore.URL(
            scheme=request.url.raw_scheme,
            host=request.url.raw_host,
            port=request.url.port,
            target=request.url.raw_path,
        )
        asked = httpcore.Request(
            method=request.method,
            url=url,
            headers=request.headers.raw,
            content=request.stream,
            extensions=request.extensions,
        )
        line = self._kept(url.origin)
        response = self._asked_again(line, asked) if line else None
        if line is None or response is None:
            line = self._new(url.origin)
            response = _ask(line, asked)
        return httpx.Response(
            status_code=response.status,
            headers=response.headers,
            stream=_Stream(response, lambda whole: self._give_back(line, whole)),
            extensions=response.extensions,
        )

    def _kept(self, origin: httpcore.Origin) -> _Line | None:
        now = time.monotonic()
        with self._lock:
            stale = [line for line in self._idle if now - line.idle_since > _KEEP_SECONDS]
            self._idle = [line for line in self._idle if line not in stale]
            found = next((line for line in self._idle if line.origin == origin), None)
            if found:
                self._idle.remove(found)
        for line in stale:
            line.pool.close()
        return found

    def _new(self, origin: httpcore.Origin) -> _Line:
        pool = httpcore.ConnectionPool(
            ssl_context=self._ssl_context,
            max_connections=1,
            keepalive_expiry=_KEEP_SECONDS,
            http2=True,
            network_backend=self._backend,
        )
        return _Line(origin, pool)

    @staticmethod
    def _asked_again(line: _Line, request: httpcore.Request) -> httpcore.Response | None:
        """None when the server has closed the kept connection, which it may do at any time."""
        try:
            return _ask(line, request)
        except (httpcore.NetworkError, httpcore.RemoteProtocolError):
            return None

    def _give_back(self, line: _Line, whole: bool) -> None:
        """A connection in the middle of an answer is of no further use."""
        line.idle_since = time.monotonic()
        with self._lock:
            keep = whole and not self._closed
            if keep:
                self._idle.append(line)
            surplus = [] if keep else [line]
            if len(self._idle) > _MOST_IDLE:
                surplus.append(self._idle.pop(0))
        for unused in surplus:
            unused.pool.close()

    def close(self) -> None:
        """Requests under way end within their own limits."""
        with self._lock:
            self._closed = True
            lines, self._idle = self._idle, []
        for line in lines:
            line.pool.close()


@dataclass(eq=False, slots=True)
class _Line:
    """One connection to one origin, when it is open."""

    origin: httpcore.Origin
    pool: httpcore.ConnectionPool
    idle_since: float = 0.0


def _ask(line: _Line, request: httpcore.Request) -> httpcore.Response:
    try:
        with _as_protocol_errors():
            return line.pool.handle_request(request)
    except BaseException:
        line.pool.close()
        raise


class _Stream(httpx.SyncByteStream):
    def __init__(self, response: httpcore.Response, done: Callable[[bool], None]) -> None:
        self._response = response
        self._done = done
        self._whole = False
        self._closed = False

    def __iter__(self) -> Iterator[bytes]:
        with _as_protocol_errors():
            yield from self._response.iter_stream()
        self._whole = True

    def close(self) -> None:
        if self._closed:
            return
        self._closed = True
        usable = False
        try:
            with contextlib.suppress(httpcore.ProtocolError), _as_protocol_errors():
                self._response.close()
                usable = self._whole
        finally:
            self._done(usable)


@contextlib.contextmanager
def _as_protocol_errors() -> Iterator[None]:
    """The boundary to httpcore's HTTP/2, which does not check what a server sends: a frame
    out of place or a status that is no number surfaces as whatever it trips over."""
    try:
        yield
    except UnicodeError:
        raise
    except (H2Error, HPACKError, HyperframeError, ValueError, LookupError, AssertionError) as error:
        raise httpcore.RemoteProtocolError(str(error)[:200]) from error


class _TimedBackend(httpcore.NetworkBackend):
    def __init__(self, inner: httpcore.NetworkBackend) -> None:
        self._inner = inner

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.NetworkStream:
        return _TimedStream(
            self._inner.connect_tcp(host, port, _capped(timeout), local_address, socket_options)
        )


class _TimedStream(httpcore.NetworkStream):
    """A server that sends one byte now and then stays within every read's time, not the total."""

    def __init__(self, inner: httpcore.NetworkStream) -> None:
        self._inner = inner

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._inner.read(max_bytes, _capped(timeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._inner.write(buffer, _capped(timeout))

    def close(self) -> None:
        self._inner.close()

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> httpcore.NetworkStream:
        return _TimedStream(self._inner.start_tls(ssl_context, server_hostname, _capped(timeout)))

    def get_extra_info(self, info: str) -> Any:
        return self._inner.get_extra_info(info)
