"""Conversations side by side, what is said in one of them one after the other."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import AsyncIterator, Awaitable, Coroutine, Hashable
from contextlib import asynccontextmanager
from typing import Any

import structlog
from telegram import Update
from telegram.ext import BaseUpdateProcessor

from bot.answer_buttons import STOP
from bot.handlers.access import conversation_of
from bot.handlers.addressing import addressed_guest, is_stop_command
from bot.handlers.arrivals import Arrivals
from bot.handlers.seen_updates import Handling, work_for
from bot.metrics import UPDATES, kind_of

log = structlog.get_logger(__name__)

ADMITTED = 4096
"""Updates held at once, waiting ones included."""
SIDE_BY_SIDE = 32
"""Conversations served at once."""


class ChatOrder(BaseUpdateProcessor):
    """Processes each conversation's updates in the order they came, up to 32 at a time: a chat,
    or each topic of one.

    A conversation takes one of the 32 places only while its turn lasts: a person who sends a
    hundred messages keeps nobody else waiting.
    """

    def __init__(self, arrivals: Arrivals | None = None) -> None:
        super().__init__(max_concurrent_updates=ADMITTED)
        self._arrivals = arrivals
        self._places = asyncio.Semaphore(SIDE_BY_SIDE)
        self._queues: dict[Hashable, tuple[asyncio.Lock, int]] = {}
        self._tasks: set[asyncio.Task[Any]] = set()
        self._closing = False

    async def do_process_update(self, update: object, coroutine: Awaitable[Any]) -> None:
        if self._arrivals is None:
            await self._in_turn(update, coroutine)
            return
        handling, handled = self._arrivals.begin(update), False
        work_for(handling)
        kind = kind_of(update)
        UPDATES.labels(kind).inc()
        # This task is for this update alone: what it and its own tasks log bears the same id.
        structlog.contextvars.bind_contextvars(question_id=secrets.token_hex(4))
        log.debug("an update is taken up", kind=kind)
        try:
            handled = await self._in_turn(update, coroutine, handling)
        except asyncio.CancelledError:
            # Who was told that it is interrupted asks again; all others are taken up again.
            handled = handling.has_spoken
            raise
        finally:
            bot = update.get_bot() if isinstance(update, Update) else None
            await self._arrivals.end(handling, bot, handled=handled)

    async def _in_turn(
        self, update: object, coroutine: Awaitable[Any], handling: Handling | None = None
    ) -> bool:
        """Whether it was processed."""
        if jumps_the_queue(update) and not self._closing:
            await coroutine
            return True
        task = asyncio.current_task()
        if self._closing or task is None:
            _discard(coroutine)
            return False
        self._tasks.add(task)
        started = False
        try:
            if handling is not None and self._arrivals is not None:
                # First: who waits for another replica holds up nobody here.
                await self._arrivals.turn_of(handling)
            async with self._turn_of(update), self._places:
                started = True
                await coroutine
        finally:
            self._tasks.discard(task)
            if not started:
                _discard(coroutine)
        return True

    @asynccontextmanager
    async def _turn_of(self, update: object) -> AsyncIterator[None]:
        where = _conversation(update) if isinstance(update, Update) else None
        if where is None:
            yield
            return
        lock, waiting = self._queues.get(where, (asyncio.Lock(), 0))
        self._queues[where] = (lock, waiting + 1)
        try:
            async with lock:
                yield
        finally:
            lock, waiting = self._queues[where]
            if waiting == 1:
                del self._queues[where]
            else:
                self._queues[where] = (lock, waiting - 1)

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


def _conversation(update: Update) -> Hashable:
    """What is said in it is answered in order; None for what belongs to none. A guest's is of
    the person and the chat: its id alone may be that of another."""
    if update.guest_message is not None:
        bot = update.get_bot()
        guest = addressed_guest(update, bot.username, bot.id)
        return ("guest", *guest.place) if guest else None
    return conversation_of(update)


def jumps_the_queue(update: object) -> bool:
    """Whether somebody stops the very answer that others in the chat wait behind, or only types:
    that has limits of its own, and soon is worth nothing."""
    if not isinstance(update, Update):
        return False
    if update.message is not None:
        return is_stop_command(update.message)
    query = update.callback_query
    return update.inline_query is not None or (query is not None and query.data == STOP)


def _discard(coroutine: Awaitable[Any]) -> None:
    if isinstance(coroutine, Coroutine):
        coroutine.close()
