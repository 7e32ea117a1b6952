"""Work that outlasts the turn of the chat that asked for it.

A page to read may wait minutes for a round to end; its chat goes on meanwhile. What became
of it takes the place of the message that said it had begun.
"""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from dataclasses import dataclass
from typing import Any

from telegram import Bot, Update

from bot.context import PautaContext
from bot.conversation_key import ConversationKey
from bot.handlers.access import language_in
from bot.handlers.sending import cosmetic, edit_rendered
from bot.render import Rendered
from bot.screens import sentence

MOST_PER_CHAT = 5
LONGEST_SECONDS = 1800.0
"""Beyond any round; past it the person is told instead of left waiting."""
LAST_WORD_SECONDS = 2.0
"""For telling people that what they had set going was stopped."""

Work = Coroutine[Any, Any, Rendered]


@dataclass(frozen=True, slots=True)
class Place:
    """One message of ours, where a screen is shown."""

    chat_id: int
    message_id: int
    thread_id: int | None = None

    @property
    def where(self) -> ConversationKey:
        return ConversationKey(self.chat_id, self.thread_id)


class Errands:
    """What is under way, by the message that will tell of it: one errand a message."""

    def __init__(self) -> None:
        self._running: dict[Place, asyncio.Task[None]] = {}

    def is_at(self, place: Place) -> bool:
        return place in self._running

    def has_room(self, chat_id: int) -> bool:
        return sum(place.chat_id == chat_id for place in self._running) < MOST_PER_CHAT

    def start(
        self,
        update: Update,
        context: PautaContext,
        place: Place,
        work: Work,
        *,
        begun: Rendered | None = None,
        after: float = 0.0,
    ) -> None:
        """Show what `work` comes to at `place`; `begun` there if it takes longer than `after`
        seconds. What it raises goes to the error handler."""
        lost = sentence("interrupted", language_in(update, context))
        task = context.application.create_task(
            _carry_out(context.bot, place, work, begun, after, lost),
            update=update,
            name=f"errand:{place.chat_id}:{place.message_id}",
        )
        self._running[place] = task
        task.add_done_callback(lambda _done: self._running.pop(place, None))

    async def finish(self, seconds: float) -> None:
        """Wait for all that is under way, then stop the rest."""
        for limit in (seconds, LAST_WORD_SECONDS):
            if tasks := set(self._running.values()):
                _, left = await asyncio.wait(tasks, timeout=limit)
                for task in left:
                    task.cancel()


async def _carry_out(
    bot: Bot, place: Place, work: Work, begun: Rendered | None, after: float, lost: Rendered
) -> None:
    task = asyncio.ensure_future(work)
    try:
        async with asyncio.timeout(LONGEST_SECONDS):
            done, _ = await asyncio.wait({task}, timeout=after)
            if begun is not None and not done:
                await cosmetic("begun", _show(bot, place, begun))
            shown = await task
    except asyncio.CancelledError:
        task.cancel()
        await cosmetic("interrupted", _show(bot, place, lost))
        raise
    await _show(bot, place, shown)


async def _show(bot: Bot, place: Place, screen: Rendered) -> None:
    await edit_rendered(bot, place.where, place.message_id, screen)
