"""The button that stops an answer under way, for whoever asked and for administrators."""

from __future__ import annotations

import asyncio

from telegram import Update

from bot.context import PautaContext
from bot.handlers.access import is_admin
from bot.handlers.buttons import pressed_anywhere
from bot.handlers.streaming import Progress


class Running:
    """One answer under way, and who may stop it."""

    def __init__(self, asker: int, progress: Progress, work: asyncio.Task[object]) -> None:
        self.asker, self.progress, self._work = asker, progress, work

    def stop(self) -> None:
        self._work.cancel()


class Streams:
    """All answers under way."""

    def __init__(self) -> None:
        self._running: set[Running] = set()

    def add(self, running: Running) -> None:
        self._running.add(running)

    def remove(self, running: Running) -> None:
        self._running.discard(running)

    def at(self, chat_id: int, message_id: int) -> Running | None:
        """The one whose progress this message tells."""
        for one in self._running:
            if one.progress.message_id == message_id and one.progress.where.chat_id == chat_id:
                return one
        return None


async def on_stop(update: Update, context: PautaContext) -> None:
    """Whoever asked, or an administrator, has heard enough."""
    press = pressed_anywhere(update)
    if press is None:
        return
    running = context.streams.at(press.place.chat_id, press.place.message_id)
    if running is None:
        await press.answer("answer_expired")
    elif press.user_id != running.asker and not is_admin(context.services, press.user_id):
        await press.answer("stop_not_yours")
    else:
        running.stop()
        await press.answer()
