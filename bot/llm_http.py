"""The connection to a model's server: it goes where it was sent, and ends.

A server may be anybody's. Its redirects are not followed: they would take the question, and on
the same host the key, to a place nobody set, be it inside the house. Its replies are read up to
a limit, and not unpacked: a few kilobytes can unpack to all the memory there is.

Of OpenAI's protocol, Mistral and Ollama; the clients of Anthropic and Google take no connection
from outside.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Generator, Iterator
from functools import cache
from importlib import import_module
from typing import Any

from openai import DefaultAsyncHttpxClient, DefaultHttpxClient

from bot.llm import UnreadableReply

LARGEST_REPLY = 4_000_000
"""Bytes of one response. A reply of 4,000 tokens, each an event of its own, has about a third."""

_PLAIN = {"Accept-Encoding": "identity"}


class ReplyTooLarge(UnreadableReply):
    """A server sent more than any answer has, or packed it unasked."""


def clients(timeout: Any) -> dict[str, Any]:
    """The two clients langchain takes, by the names it has for them. Whoever closes the model
    closes the asynchronous one."""
    options = arguments() | {"timeout": timeout}
    return {
        "http_client": DefaultHttpxClient(**options),
        "http_async_client": DefaultAsyncHttpxClient(**options),
    }


def arguments() -> dict[str, Any]:
    """What makes an httpx client such a connection, asynchronous or not."""
    return {
        "follow_redirects": False,
        "headers": dict(_PLAIN),
        "event_hooks": {"response": [_bound]},
    }


def guard(client: Any) -> None:
    """Make an httpx client that is there already such a connection."""
    client.follow_redirects = False
    client.headers.update(_PLAIN)
    client.event_hooks = client.event_hooks | {"response": [_bound]}


class _Done:
    """What an asynchronous client awaits of a hook; the other takes no notice of it."""

    def __await__(self) -> Generator[None]:
        yield from ()


def _bound(response: Any) -> _Done:
    if response.headers.get("content-encoding", "identity").lower() != "identity":
        raise ReplyTooLarge("a compressed reply, which was not asked for")
    library = type(response).__module__.partition(".")[0]
    response.stream = _bounded_of(library)(response.stream)
    return _Done()


@cache
def _bounded_of(library: str) -> Any:
    """For the library a provider's client speaks HTTP with: there are two of one lineage."""
    http = import_module(library)
    return type("_Bounded", (_Body, http.SyncByteStream, http.AsyncByteStream), {})


class _Body:
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
