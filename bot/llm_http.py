"""The connection to a server of OpenAI's protocol: it goes where it was sent, and ends.

A server may be anybody's. Its redirects are not followed: they would take the question, and on
the same host the key, to a place nobody set, be it inside the house. Its replies are read up to
a limit, and not unpacked: a few kilobytes can unpack to all the memory there is.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from importlib import import_module
from typing import Any

from openai import DefaultAsyncHttpxClient, DefaultHttpxClient

from bot.llm import UnreadableReply

LARGEST_REPLY = 4_000_000
"""Bytes of one response. A reply of 4,000 tokens, each an event of its own, has about a third."""

_PLAIN = {"Accept-Encoding": "identity"}

_http: Any = import_module(DefaultHttpxClient.__mro__[1].__module__.partition(".")[0])
"""The library `openai` speaks HTTP with; which one depends on its version."""


class ReplyTooLarge(UnreadableReply):
    """A server sent more than any answer has, or packed it unasked."""


def clients(timeout: Any) -> dict[str, Any]:
    """The two clients langchain takes, by the names it has for them. Whoever closes the model
    closes the asynchronous one."""
    options: dict[str, Any] = {"timeout": timeout, "follow_redirects": False, "headers": _PLAIN}
    return {
        "http_client": DefaultHttpxClient(**options, event_hooks={"response": [_bound]}),
        "http_async_client": DefaultAsyncHttpxClient(
            **options, event_hooks={"response": [_bound_async]}
        ),
    }


async def _bound_async(response: Any) -> None:
    _bound(response)


def _bound(response: Any) -> None:
    if response.headers.get("content-encoding", "identity").lower() != "identity":
        raise ReplyTooLarge("a compressed reply, which was not asked for")
    response.stream = _Bounded(response.stream)


class _Bounded(_http.SyncByteStream, _http.AsyncByteStream):  # type: ignore[misc]
    """The body of a response, up to the limit."""

    def __init__(self, stream: Any) -> None:
        self._stream = stream
        self._read = 0

    def __iter__(self) -> Iterator[bytes]:
        for part in self._stream:
            yield self._counted(part)

    async def __aiter__(self) -> AsyncIterator[bytes]:
        async for part in self._stream:
            yield self._counted(part)

    def close(self) -> None:
        self._stream.close()

    async def aclose(self) -> None:
        await self._stream.aclose()

    def _counted(self, part: bytes) -> bytes:
        self._read += len(part)
        if self._read > LARGEST_REPLY:
            raise ReplyTooLarge(f"more than {LARGEST_REPLY:,} bytes")
        return part
