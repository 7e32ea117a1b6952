"""What stops an answer under way, for whoever asked and for administrators: a button, /stop."""

from __future__ import annotations

import asyncio
from typing import Any

import structlog
from sqlalchemy.exc import SQLAlchemyError
from telegram import Update

from bot import texts
from bot.context import PautaContext
from bot.conversation_key import ConversationKey
from bot.handlers.access import conversation_of, heard, is_admin, language_in
from bot.handlers.buttons import pressed_anywhere
from bot.handlers.sending import send_text
from bot.handlers.streaming import Progress

log = structlog.get_logger(__name__)

STOP_NOTE = "stop"


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

    def hear(self, where: ConversationKey, person: int, said: dict[str, Any]) -> None:
        """Another replica was told to stop what is under way here. Raises KeyError for what no
        replica tells."""
        message_id, may_stop_all = said["message_id"], said["may_stop_all"]
        for one in tuple(self._running):
            there = (
                one.progress.where == where
                if message_id is None
                else (
                    one.progress.message_id == message_id
                    and one.progress.where.chat_id == where.chat_id
                )
            )
            if there and (may_stop_all or one.asker == person):
                one.stop()

    def in_place(self, where: ConversationKey) -> tuple[Running, ...]:
        """Those of one chat, or of one topic of it."""
        return tuple(one for one in self._running if one.progress.where == where)


async def stop_command(update: Update, context: PautaContext) -> None:
    """As the button, of all that somebody asked here; of an administrator, of all there is."""
    said = heard(update, context)
    if said is None:
        return
    running = context.streams.in_place(said.where)
    theirs = [one for one in running if one.asker == said.who.id]
    if not theirs and is_admin(context.services, said.who.id):
        theirs = list(running)
    for one in theirs:
        one.stop()
    if not running and await _told_others(context, said.where, said.who.id):
        return
    # In a group, /stop may be meant for another bot.
    called = f"@{context.bot.username}".lower() in (said.message.text or "").lower()
    if theirs or not (running or called or said.where.is_private):
        return
    key = "stop_not_yours" if running else "nothing_to_stop"
    await send_text(context.bot, said.where, texts.say(language_in(update, context), key))


async def on_stop(update: Update, context: PautaContext) -> None:
    """Whoever asked, or an administrator, has heard enough."""
    press = pressed_anywhere(update, context)
    if press is None:
        return
    running = context.streams.at(press.place.chat_id, press.place.message_id)
    if running is None:
        where, message_id = ConversationKey(press.place.chat_id), press.place.message_id
        placed = conversation_of(update) or where
        is_told = await _told_others(context, placed, press.user_id, message_id)
        await press.answer(None if is_told else "answer_expired")
    elif press.user_id != running.asker and not is_admin(context.services, press.user_id):
        await press.answer("stop_not_yours")
    else:
        running.stop()
        await press.answer()


async def _told_others(
    context: PautaContext, where: ConversationKey, person: int, message_id: int | None = None
) -> bool:
    """Whether another replica is at work there, and hears that it is to stop."""
    services = context.services
    if services.replica is None:
        return False
    said = {"message_id": message_id, "may_stop_all": is_admin(services, person)}
    try:
        if not await services.updates.is_under_way_elsewhere(str(where)):
            return False
        tell = services.replica.notes.tell
        await services.outbox.offload.note(tell, STOP_NOTE, where, person, said)
    except SQLAlchemyError as error:
        log.warning("no other replica could be told to stop", cause=type(error).__name__)
        return False
    return True
