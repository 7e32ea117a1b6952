"""A response's body, read and expanded within limits, whatever the server sends."""

from __future__ import annotations

import zlib

import httpx

_GZIP_OR_ZLIB = 32 + zlib.MAX_WBITS
_RAW_DEFLATE = -zlib.MAX_WBITS
_MOST_DISCARDED = 16_000


class BodyError(Exception):
    """The body cannot be used; the message is for a person."""

    def __init__(self, reason: str, *, retryable: bool) -> None:
        super().__init__(reason)
        self.retryable = retryable


def read_body(response: httpx.Response, max_bytes: int) -> bytes:
    """The expanded body of a response that is still streaming.

    Neither what is sent nor what it expands to is held beyond `max_bytes`. Raises
    BodyError for a body that is larger, damaged, or compressed in an unknown way, and
    what `response.stream` raises.
    """
    declared = response.headers.get("content-length", "")
    if declared.isdecimal() and len(declared) < 20 and int(declared) > max_bytes:
        raise _too_large(max_bytes)
    decoder = _decoder(response.headers.get("content-encoding", ""), max_bytes)
    received = 0
    parts: list[bytes] = []
    for chunk in _stream(response):
        received += len(chunk)
        if received > max_bytes:
            raise _too_large(max_bytes)
        parts.append(decoder.expand(chunk))
    decoder.finish()
    return b"".join(parts)


def discard(response: httpx.Response) -> None:
    """Read what should be no body to its end, so that the connection can be used again."""
    received = 0
    for chunk in _stream(response):
        received += len(chunk)
        if received > _MOST_DISCARDED:
            return


def _stream(response: httpx.Response) -> httpx.SyncByteStream:
    """The bytes as sent. (`iter_raw` refuses a body that a transport gave in one piece.)"""
    if not isinstance(response.stream, httpx.SyncByteStream):
        raise TypeError("the response comes from an async client")
    return response.stream


class _Plain:
    def expand(self, chunk: bytes) -> bytes:
        return chunk

    def finish(self) -> None:
        pass


class _Inflate:
    """gzip (members in a row too), zlib, and the raw deflate that some servers mean by it."""

    def __init__(self, max_bytes: int) -> None:
        self._max_bytes = max_bytes
        self._left = max_bytes
        self._window = _GZIP_OR_ZLIB
        self._inflater = zlib.decompressobj(self._window)
        self._started = False

    def expand(self, chunk: bytes) -> bytes:
        parts: list[bytes] = []
        while chunk:
            if self._inflater.eof:
                if not chunk.startswith(b"\x1f\x8b"):
                    break  # padding after the end
                self._inflater = zlib.decompressobj(self._window)
            part = self._inflate(chunk)
            self._left -= len(part)
            if self._left < 0:
                raise _too_large(self._max_bytes)
            parts.append(part)
            chunk = self._inflater.unused_data or self._inflater.unconsumed_tail
        return b"".join(parts)

    def _inflate(self, chunk: bytes) -> bytes:
        try:
            part = self._inflater.decompress(chunk, self._left + 1)
        except zlib.error as error:
            if self._started:
                raise BodyError(
                    "the server sent a damaged compressed page", retryable=True
                ) from error
            self._started = True
            self._window = _RAW_DEFLATE
            self._inflater = zlib.decompressobj(self._window)
            return self._inflate(chunk)
        self._started = True
        return part

    def finish(self) -> None:
        if self._started and not self._inflater.eof:
            raise BodyError("the server broke off before the end of the page", retryable=True)


def _decoder(encoding: str, max_bytes: int) -> _Plain | _Inflate:
    match encoding.strip().lower():
        case "" | "identity":
            return _Plain()
        case "gzip" | "x-gzip" | "deflate":
            return _Inflate(max_bytes)
        case other:
            raise BodyError(
                f"the server compressed the page in a way that was not asked for ({other[:40]})",
                retryable=False,
            )


def _too_large(max_bytes: int) -> BodyError:
    return BodyError(
        f"the page is larger than the limit of {max_bytes / 1_000_000:g} MB", retryable=False
    )
