"""httpx's network with two things added: the private-network guard and a total time limit."""

from __future__ import annotations

import contextlib
import ssl
import time
from collections.abc import Iterable, Iterator
from contextvars import ContextVar
from typing import Any

import httpcore
import httpx

from retrieval.feeds.guard import GuardedBackend, PrivateHosts, Resolver

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
    """Connects only where the guard lets it. No proxies, no retries; HTTP/1.1."""

    def __init__(self, allowed: PrivateHosts, resolver: Resolver) -> None:
        self._pool = httpcore.ConnectionPool(
            ssl_context=httpx.create_ssl_context(trust_env=False),
            max_connections=20,
            max_keepalive_connections=10,
            keepalive_expiry=5.0,
            network_backend=_TimedBackend(GuardedBackend(allowed, resolver)),
        )

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Raises httpcore's exceptions as they are, and the guard's."""
        if not isinstance(request.stream, httpx.SyncByteStream):
            raise TypeError("this transport is for a sync client")
        response = self._pool.handle_request(
            httpcore.Request(
                method=request.method,
                url=httpcore.URL(
                    scheme=request.url.raw_scheme,
                    host=request.url.raw_host,
                    port=request.url.port,
                    target=request.url.raw_path,
                ),
                headers=request.headers.raw,
                content=request.stream,
                extensions=request.extensions,
            )
        )
        return httpx.Response(
            status_code=response.status,
            headers=response.headers,
            stream=_Stream(response),
            extensions=response.extensions,
        )

    def close(self) -> None:
        self._pool.close()


class _Stream(httpx.SyncByteStream):
    def __init__(self, response: httpcore.Response) -> None:
        self._response = response

    def __iter__(self) -> Iterator[bytes]:
        return self._response.iter_stream()

    def close(self) -> None:
        self._response.close()


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
