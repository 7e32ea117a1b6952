"""Guest mode: a member mentions us in a chat we are not in, and is answered there.

Such a chat is a place of its own. Its id may be that of somebody's private chat, and two chats
may share it: what was said is kept by chat and person, in memory alone, and read nowhere else.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import cast

from telegram import Update

from bot.answers import Answer, Turn
from bot.context import PautaContext
from bot.events import Event, Finished, Searching
from bot.handlers.access import asker_elsewhere, is_let_in, language_in
from bot.handlers.addressing import Guest, addressed_guest
from bot.handlers.answering import ANSWER_SECONDS, HURRIED_SECONDS, LAST_WORD_SECONDS
from bot.handlers.backlog import lateness, too_much
from bot.handlers.guest_reply import GuestReply
from bot.handlers.manners import share_of
from bot.handlers.seen_updates import handling_now
from bot.metrics import AnswerWatch
from bot.render_inline import one_message
from bot.richtext import Span, clean
from bot.screens import screen, sentence
from bot.telling import told

PATIENCE = 3.0
"""Seconds; Telegram soon forgets a guest's question: past it, what we are doing is posted, and
the answer takes its place."""
LASTS = timedelta(hours=1)
"""How long a follow-up is understood."""
MOST_TALKS = 500
MOST_TURNS = 4


@dataclass(slots=True)
class Talks:
    """The latest turns of each person in each chat; forgotten after an hour, and by a restart."""

    _kept: OrderedDict[tuple[int, int, int | None], tuple[datetime, tuple[Turn, ...]]] = field(
        default_factory=OrderedDict
    )

    def recent(self, guest: Guest, now: datetime) -> tuple[Turn, ...]:
        at, turns = self._kept.get(guest.place, (now, ()))
        return turns if now - at < LASTS else ()

    def add(self, guest: Guest, now: datetime, *turns: Turn) -> None:
        kept = (*self.recent(guest, now), *turns)[-MOST_TURNS:]
        self._kept[guest.place] = (now, kept)
        self._kept.move_to_end(guest.place)
        if len(self._kept) > MOST_TALKS:
            self._kept.popitem(last=False)


class GuestQuestions:
    """The handler of guest messages."""

    def __init__(self) -> None:
        self._talks = Talks()

    async def __call__(self, update: Update, context: PautaContext) -> None:
        """Answer the question. Raises what the error handler then logs."""
        services, language = context.services, language_in(update, context)
        guest = addressed_guest(update, context.bot.username, context.bot.id)
        if guest is None:
            return
        reply, question = GuestReply(context.bot, guest.query_id), clean(guest.text).strip()
        if _is_late(update, services.clock()):
            if reply.is_posted:
                await reply.end_with(sentence("answer_interrupted", language), LAST_WORD_SECONDS)
            return
        if not question:
            await reply.show(sentence("guest_how", language, name=f"@{context.bot.username}"))
            return
        refused = await share_of(context, guest.who.id, guest.who.id)
        if refused is not None:
            if refused.is_first or reply.is_posted:
                line = too_much(language, refused.wait)
                await reply.show(screen([Span(line)]))
            return
        history = self._talks.recent(guest, services.clock())
        asker = asker_elsewhere(services, guest.who.id)
        work = _Work(Searching(question))
        events = services.assistant.stream(question, history, asker)
        task = asyncio.create_task(work.run(events), name=f"guest:{guest.who.id}")
        handling = handling_now()
        came_at = handling.came_at if handling else None
        last_word: str | None = "answer_failed"
        try:
            async with AnswerWatch(came_at) as watch, asyncio.timeout(ANSWER_SECONDS):
                done, _ = await asyncio.wait({task}, timeout=PATIENCE)
                if not done and not reply.is_posted:
                    await reply.show(screen([Span(told(work.latest, language))]))
                answer = await task
                watch.composed(answered=answer.answered)
            if not is_let_in(services, guest.who.id):
                last_word = "answer_failed" if reply.is_posted else None
                return
            await reply.show(one_message(answer))
            last_word = None
        except asyncio.CancelledError:
            last_word = "answer_interrupted"
            raise
        finally:
            task.cancel()
            if last_word is not None:
                in_a_hurry = last_word == "answer_interrupted"
                within = HURRIED_SECONDS if in_a_hurry else LAST_WORD_SECONDS
                await reply.end_with(sentence(last_word, language), within)
        said = Turn("assistant", clean(answer.text), answer.citations)
        self._talks.add(guest, services.clock(), Turn("user", question), said)


def _is_late(update: Update, now: datetime) -> bool:
    """Telegram takes no answer any more to what was asked while we were away."""
    message = update.guest_message
    return message is not None and lateness(message.date, now) is not None


@dataclass(slots=True)
class _Work:
    latest: Event
    """What was told of it last."""

    async def run(self, events: AsyncIterator[Event]) -> Answer:
        # Every assistant's stream is a generator; closing it stops the work behind it.
        async with aclosing(cast(AsyncGenerator[Event], events)) as stream:
            async for event in stream:
                if isinstance(event, Finished):
                    return event.answer
                self.latest = event
        raise AssertionError("a stream of events ends with Finished")
