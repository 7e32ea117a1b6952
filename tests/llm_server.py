"""A server that speaks OpenAI's chat protocol, on loopback, with scripted replies.

    async with LlmServer() as server:
        server.will(calls("search_news", query="Stargate"), says("It committed $500 billion [1]."))
        ...
        assert "Stargate" in server.requests[0].texts

When the script is used up it answers with `otherwise`; `answering` lets a function of the
request decide every time.
"""

from __future__ import annotations

import asyncio
import json
from collections import deque
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from types import TracebackType
from typing import Any, Self

from aiohttp import web

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Reply:
    """What the server does with one request."""

    text: str = ""
    tool_calls: tuple[tuple[str, str], ...] = ()
    """Names and arguments as the model wrote them: JSON, or not."""
    status: int = 200
    headers: tuple[tuple[str, str], ...] = ()
    raw: bytes | None = None
    """Sent as the whole body instead of anything well-formed."""
    delay: float = 0.0
    """Seconds before the first byte."""
    break_after: int | None = None
    """Characters of text after which the connection is dropped."""
    pause: float = 0.0
    """Seconds between pieces of a streamed text."""
    reports_usage: bool = True
    content_type: str = "application/json"
    """Of a raw body."""
    endless: bytes = b""
    """Sent as an event stream again and again, each time after `pause`, for ever."""
    finish: str = "stop"
    """Why the text ends."""


def says(text: str, *, pause: float = 0.0) -> Reply:
    return Reply(text, pause=pause)


def calls(name: str, **arguments: object) -> Reply:
    return Reply(tool_calls=((name, json.dumps(arguments)),))


def fails(status: int, *, retry_after: int | None = None, message: str = "no") -> Reply:
    headers = (("Retry-After", str(retry_after)),) if retry_after is not None else ()
    body = json.dumps({"error": {"message": message, "type": "error"}}).encode()
    return Reply(status=status, headers=headers, raw=body)


def stalls(seconds: float = 3600.0) -> Reply:
    return Reply("too late", delay=seconds)


def drips(piece: bytes, *, pause: float = 0.0) -> Reply:
    return Reply(endless=piece, pause=pause)


def event(**delta: object) -> bytes:
    """One piece of a streamed reply, as it stands on the wire."""
    chunk = {"index": 0, "delta": delta, "finish_reason": None}
    body = {"id": "c", "object": "chat.completion.chunk", "created": 0, "model": "m",
            "choices": [chunk]}  # fmt: skip
    return f"data: {json.dumps(body)}\n\n".encode()


def breaks_off(text: str, after: int) -> Reply:
    return Reply(text, break_after=after)


@dataclass(frozen=True, slots=True)
class Request:
    """One request as it arrived."""

    body: Json
    authorization: str
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def texts(self) -> str:
        """Everything said in it, one message after the other."""
        return "\n".join(_text(message.get("content")) for message in self.body["messages"])

    @property
    def last(self) -> str:
        return _text(self.body["messages"][-1].get("content"))

    @property
    def tools(self) -> list[str]:
        return [tool["function"]["name"] for tool in self.body.get("tools", [])]


def _text(content: object) -> str:
    if isinstance(content, list):
        return "".join(str(part.get("text", "")) for part in content)
    return str(content or "")


@dataclass(slots=True)
class LlmServer:
    """The server; `url` is what PAUTA_LLM_BASE_URL takes."""

    answering: Callable[[Request], Reply] | None = None
    otherwise: Reply = field(default_factory=lambda: says("I have nothing more to say."))
    knows_tools: bool = True
    """Without, a request with tools is refused as servers without tool calling do."""
    requests: list[Request] = field(default_factory=list)
    asked: asyncio.Event = field(default_factory=asyncio.Event)
    """Set by the first request."""
    port: int = 0
    _script: deque[Reply] = field(default_factory=deque)
    _runner: web.AppRunner | None = None

    @property
    def connections(self) -> int:
        """Open at this moment."""
        server = self._runner.server if self._runner else None
        return len(server.connections) if server else 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/v1"

    def will(self, *replies: Reply) -> None:
        """Answer the next requests with these, in order."""
        self._script.extend(replies)

    async def __aenter__(self) -> Self:
        application = web.Application()
        application.router.add_post("/v1/chat/completions", self._complete)
        self._runner = web.AppRunner(application, shutdown_timeout=0.1)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0)
        await site.start()
        self.port = self._runner.addresses[0][1]
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._runner is not None:
            await self._runner.cleanup()

    async def _complete(self, http: web.Request) -> web.StreamResponse:
        request = Request(await http.json(), http.headers.get("Authorization", ""), http.headers)
        self.requests.append(request)
        self.asked.set()
        if request.tools and not self.knows_tools:
            return _failure(fails(400, message="this model does not support tools"))
        reply = self._next(request)
        await asyncio.sleep(reply.delay)
        if reply.endless:
            return await _drip(http, reply)
        if reply.raw is not None:
            return _failure(reply)
        if request.body.get("stream"):
            return await _stream(http, request, reply)
        if reply.break_after is not None:
            _drop(http)
        return web.json_response(_whole(request, reply))

    def _next(self, request: Request) -> Reply:
        if self._script:
            return self._script.popleft()
        return self.answering(request) if self.answering else replace(self.otherwise)


def events(*pieces: bytes) -> Reply:
    """A stream of these pieces, as they are."""
    return Reply(raw=b"".join([*pieces, b"data: [DONE]\n\n"]), content_type="text/event-stream")


def _failure(reply: Reply) -> web.Response:
    return web.Response(
        status=reply.status,
        body=reply.raw,
        headers=dict(reply.headers),
        content_type=reply.content_type,
    )


def _usage(request: Request, reply: Reply) -> Json:
    """About four characters a token."""
    read = len(json.dumps(request.body["messages"])) // 4
    written = max(1, len(reply.text) // 4)
    return {
        "prompt_tokens": read, "completion_tokens": written, "total_tokens": read + written
    }  # fmt: skip


def _calls(reply: Reply) -> list[Json]:
    return [
        {
            "index": at,
            "id": f"call_{at}",
            "type": "function",
            "function": {"name": name, "arguments": arguments},
        }
        for at, (name, arguments) in enumerate(reply.tool_calls)
    ]


def _whole(request: Request, reply: Reply) -> Json:
    message: Json = {"role": "assistant", "content": reply.text}
    if reply.tool_calls:
        message["tool_calls"] = _calls(reply)
    return {
        "id": "chatcmpl-1",
        "object": "chat.completion",
        "created": 0,
        "model": request.body["model"],
        "choices": [
            {
                "index": 0,
                "message": message,
                "finish_reason": "tool_calls" if reply.tool_calls else reply.finish,
            }
        ],
        **({"usage": _usage(request, reply)} if reply.reports_usage else {}),
    }


async def _drip(http: web.Request, reply: Reply) -> web.StreamResponse:
    response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
    await response.prepare(http)
    with suppress(ConnectionError):
        while True:
            await asyncio.sleep(reply.pause)
            await response.write(reply.endless)
    return response


async def _stream(http: web.Request, request: Request, reply: Reply) -> web.StreamResponse:
    response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
    await response.prepare(http)

    async def send(delta: Json, finish: str | None = None) -> None:
        event = {
            "id": "chatcmpl-1",
            "object": "chat.completion.chunk",
            "created": 0,
            "model": request.body["model"],
            "choices": [{"index": 0, "delta": delta, "finish_reason": finish}],
        }
        await response.write(f"data: {json.dumps(event)}\n\n".encode())

    await send({"role": "assistant", "content": ""})
    for at in range(0, len(reply.text), 12):
        if reply.break_after is not None and at >= reply.break_after:
            _drop(http)
            return response
        await send({"content": reply.text[at : at + 12]})
        await asyncio.sleep(reply.pause)
    if reply.tool_calls:
        await send({"tool_calls": _calls(reply)})
    await send({}, "tool_calls" if reply.tool_calls else reply.finish)
    event = {
        "id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 0,
        "model": request.body["model"], "choices": [], "usage": _usage(request, reply),
    }  # fmt: skip
    if reply.reports_usage:
        await response.write(f"data: {json.dumps(event)}\n\n".encode())
    await response.write(b"data: [DONE]\n\n")
    await response.write_eof()
    return response


def _drop(http: web.Request) -> None:
    if http.transport is not None:
        http.transport.abort()
