"""Chats side by side, the messages of one chat one after the other."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Coroutine
from contextlib import asynccontextmanager
from typing import Any

from telegram import Update
from telegram.ext import BaseUpdateProcessor

from bot.answer_buttons import STOP

ADMITTED = 4096
"""Updates held at once, waiting ones included."""
SIDE_BY_SIDE = 32
"""Chats served at once."""


class ChatOrder(BaseUpdateProcessor):
    """Processes each chat's updates in the order they came, up to 32 chats at a time.

    A chat takes one of the 32 places only while its turn lasts: a person who sends a
    hundred messages keeps nobody else waiting.
    """

    def __init__(self) -> None:
        super().__init__(max_concurrent_updates=ADMITTED)
        self._places = asyncio.Semaphore(SIDE_BY_SIDE)
        self._queues: dict[int, tuple[asyncio.Lock, int]] = {}
        self._tasks: set[asyncio.Task[Any]] = set()
        self._closing = False

    async def do_process_update(self, update: object, coroutine: Awaitable[Any]) -> None:
        if jumps_the_queue(update) and not self._closing:
            await coroutine
            return
        task = asyncio.current_task()
        if self._closing or task is None:
            _discard(coroutine)
            return
        self._tasks.add(task)
        started = False
        try:
            async with self._turn_of(update), self._places:
                started = True
                await coroutine
        finally:
            self._tasks.discard(task)
            if not started:
                _discard(coroutine)

    @asynccontextmanager
    async def _turn_of(self, update: object) -> AsyncIterator[None]:
        chat = update.effective_chat if isinstance(update, Update) else None
        if chat is None:
            yield
            return
        lock, waiting = self._queues.get(chat.id, (asyncio.Lock(), 0))
        self._queues[chat.id] = (lock, waiting + 1)
        try:
            async with lock:
                yield
        finally:
            lock, waiting = self._queues[chat.id]
            if waiting == 1:
                del self._queues[chat.id]
            else:
                self._queues[chat.id] = (lock, waiting - 1)

    def give_up(self) -> int:
        """Cancel everything in progress or waiting; returns how many that were."""
        self._closing = True
        for task in self._tasks:
            task.cancel()
        return len(self._tasks)

    async def initialize(self) -> None:
        self._closing = False

    async def shutdown(self) -> None:
        pass


def jumps_the_queue(update: object) -> bool:
    """Whether somebody stops the very answer that others in the chat wait behind."""
    query = update.callback_query if isinstance(update, Update) else None
    return query is not None and query.data == STOP


def _discard(coroutine: Awaitable[Any]) -> None:
    if isinstance(coroutine, Coroutine):
        coroutine.close()
