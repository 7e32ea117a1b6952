"""Sends the test server's updates to the bot's webhook, as Telegram does.

Those of one chat in order, one after the other; chats side by side; again and again until they
are acknowledged.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field

import aiohttp

from bot.handlers.webhook import SECRET_HEADER
from tests.telegram_rules import Json
from tests.telegram_server import TelegramServer

AGAIN_AFTER = 0.05


@dataclass
class Sender:
    """What was answered to each delivery, in order."""

    statuses: list[int] = field(default_factory=list)
    twice: bool = False
    """Send each update twice, as after an acknowledgement that was lost."""


@asynccontextmanager
async def sending(server: TelegramServer) -> AsyncIterator[Sender]:
    """Deliver what is pushed for as long as the block runs."""
    sender = Sender()
    task = asyncio.create_task(_send_all(server, sender))
    try:
        yield sender
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def _send_all(server: TelegramServer, sender: Sender) -> None:
    locks: defaultdict[object, asyncio.Lock] = defaultdict(asyncio.Lock)
    async with aiohttp.ClientSession() as session, asyncio.TaskGroup() as group:
        while True:
            while server.webhook and server._updates:
                update = server._updates.pop(0)
                lock = locks[_chat_of(update)]
                group.create_task(_send(server, sender, session, update, lock))
            await server._changed.wait()


async def _send(
    server: TelegramServer,
    sender: Sender,
    session: aiohttp.ClientSession,
    update: Json,
    lock: asyncio.Lock,
) -> None:
    async with lock:
        for _ in range(2 if sender.twice else 1):
            while await _status(server, sender, session, update) != 200:  # noqa: ASYNC110
                await asyncio.sleep(AGAIN_AFTER)


async def _status(
    server: TelegramServer, sender: Sender, session: aiohttp.ClientSession, update: Json
) -> int:
    headers = {SECRET_HEADER: str(server.webhook.get("secret_token", ""))}
    try:
        async with session.post(server.webhook["url"], json=update, headers=headers) as answer:
            status = answer.status
    except aiohttp.ClientError:
        status = 0
    sender.statuses.append(status)
    return status


def _chat_of(update: Json) -> object:
    for content in update.values():
        if isinstance(content, dict):
            said = content.get("message", content)
            return said.get("chat", {}).get("id")
    return None
