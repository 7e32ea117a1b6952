"""A server that writes down what it hears, by OpenAI's protocol, on loopback.

async with TranscriptionServer() as server:
    server.says("How much did Stargate commit?")
"""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass, field
from types import TracebackType
from typing import Self

from aiohttp import web


@dataclass(frozen=True, slots=True)
class Given:
    """One request, as it arrived."""

    path: str
    key: str
    model: str
    file_name: str
    mime_type: str
    data: bytes


@dataclass(slots=True)
class TranscriptionServer:
    status: int = 200
    body: bytes = b'{"text": ""}'
    delay: float = 0.0
    headers: dict[str, str] = field(default_factory=dict)
    given: list[Given] = field(default_factory=list)
    _runner: web.AppRunner | None = None
    _port: int = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._port}/v1"

    def says(self, text: str) -> None:
        self.body = json.dumps({"text": text}).encode()

    async def __aenter__(self) -> Self:
        app = web.Application(client_max_size=30 * 2**20)
        app.router.add_post("/{path:.*}", self._hear)
        self._runner = web.AppRunner(app, shutdown_timeout=0.1, handler_cancellation=True)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        self._port = self._runner.addresses[0][1]
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._runner is not None:
            await self._runner.cleanup()

    async def _hear(self, request: web.Request) -> web.Response:
        form = await request.post()
        file = form["file"]
        assert isinstance(file, web.FileField)
        self.given.append(
            Given(
                path=request.path,
                key=request.headers.get("Authorization", ""),
                model=str(form["model"]),
                file_name=file.filename,
                mime_type=file.content_type,
                data=file.file.read(),
            )
        )
        await asyncio.sleep(self.delay)
        return web.Response(status=self.status, body=self.body, headers=self.headers)
