"""One answer, from the question to its last part: progress, then the answer in its place."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass, replace
from functools import partial
from typing import cast

import structlog
from sqlalchemy.exc import SQLAlchemyError
from telegram.error import BadRequest, RetryAfter

from bot.answer_buttons import answer_screen
from bot.answers import Answer, Turn
from bot.context import PautaContext, Services
from bot.conversation_key import ConversationKey
from bot.events import Event, Finished
from bot.handlers.access import is_admin, is_served
from bot.handlers.manners import is_too_much
from bot.handlers.seen_updates import handling_now
from bot.handlers.sending import LANDING_SECONDS, cosmetic, deliver, typing
from bot.handlers.stopping import Running
from bot.handlers.streaming import Progress, kept
from bot.metrics import AnswerWatch
from bot.richtext import clean
from bot.shown_answers import ShownAnswer, kept_turns

log = structlog.get_logger(__name__)

ANSWER_SECONDS = 180.0
"""Longer than any answer takes; past it the person is told instead of left waiting."""
LAST_WORD_SECONDS = 30.0
HURRIED_SECONDS = 2.0
"""For saying that an answer was not finished, also when the bot is told to stop."""
SEEN = "👀"


@dataclass(frozen=True, slots=True)
class Asked:
    """A question that is to be answered."""

    where: ConversationKey
    asker: int
    question: str
    history: tuple[Turn, ...]
    language: str
    """Of the person's Telegram."""
    question_id: int = 0
    """The message that asks; 0 where a button does."""
    reply_to: int | None = None
    instead_of: ShownAnswer | None = None
    """An answer whose messages are to show the new one."""
    about_article: str = ""
    """Id of the article that is talked about."""


async def answer_asked(context: PautaContext, asked: Asked) -> None:
    """Answer, and keep what was said. Raises what the error handler then explains."""
    if await is_too_much(context, asked.where, asked.asker, asked.language):
        return
    handling = handling_now()
    came_at = handling.came_at if handling else None
    async with _seen(context, asked), AnswerWatch(came_at) as watch:
        place = None
        if asked.instead_of is not None:
            place = asked.instead_of.message_ids[0]
        resumed = handling.take_left_behind() if handling and place is None else None
        progress = Progress(
            context.bot,
            context.services.answers,
            asked.where,
            asked.language,
            instead_of=resumed if place is None else place,
            is_shown=resumed is not None,
            drafts=context.services.settings.drafts,
            reply_to=asked.reply_to,
        )
        answer = await _answer(context, asked, progress)
        if answer is not None:
            watch.composed(answered=answer.answered)
            await _give(context, asked, progress, answer)


async def _answer(context: PautaContext, asked: Asked, progress: Progress) -> Answer | None:
    """None when it was stopped, or whoever asked is no longer let in."""
    services = context.services
    book = services.chat_settings
    asker = replace(
        book.of(asked.where).asker(asked.asker, book.zone(asked.where)),
        about_article=asked.about_article,
        runs_pauta=asked.where.is_private and is_admin(services, asked.asker),
    )
    events = services.assistant.stream(asked.question, asked.history, asker)
    may_hear = partial(is_served, services, asked.where)
    work = asyncio.create_task(_finished(events, progress, may_hear), name=f"answer:{asked.where}")
    running = Running(asked.asker, progress, work)
    context.streams.add(running)
    last_word: str | None = "answer_failed"
    try:
        async with typing(context.bot, asked.where), asyncio.timeout(ANSWER_SECONDS):
            answer = await work
        last_word = None
    except asyncio.CancelledError:
        task = asyncio.current_task()
        if task is not None and task.cancelling():
            last_word = "answer_interrupted"
            raise
        last_word = "answer_stopped"
        return None
    finally:
        context.streams.remove(running)
        work.cancel()
        if last_word is not None:
            in_a_hurry = last_word == "answer_interrupted"
            within = HURRIED_SECONDS if in_a_hurry else LAST_WORD_SECONDS
            await progress.end_with(last_word, within)
    return answer


async def _finished(
    events: AsyncIterator[Event], progress: Progress, may_hear: Callable[[], bool]
) -> Answer | None:
    """None once the answer may not be heard any more."""
    # Every assistant's stream is a generator; closing it stops the work behind it.
    async with aclosing(cast(AsyncGenerator[Event], events)):
        async for event in events:
            if not may_hear():
                await progress.withdraw()
                return None
            if isinstance(event, Finished):
                return event.answer
            progress.tell(event)
    raise AssertionError("a stream of events ends with Finished")


async def _give(context: PautaContext, asked: Asked, progress: Progress, answer: Answer) -> None:
    services, before = context.services, asked.instead_of
    screen = answer_screen(answer, writes=bool(services.settings.llm))
    place = await progress.end()
    if not is_served(services, asked.where):
        await progress.withdraw()
        return
    try:
        ids = await deliver(
            context.bot, asked.where, screen, instead_of=place, reply_to=asked.reply_to
        )
    except (BadRequest, RetryAfter):
        # Refused for certain; of several parts, the first may stand there.
        if len(screen.parts) == 1:
            await progress.end_with("answer_failed", LAST_WORD_SECONDS)
        raise
    await kept(
        services.answers.keep(
            ShownAnswer(
                where=asked.where,
                message_ids=ids,
                question_id=asked.question_id,
                asker=asked.asker,
                question=asked.question,
                answer=answer,
                at=services.clock(),
                history=kept_turns(asked.history),
            )
        )
    )
    await progress.settled()
    for left_over in set(before.message_ids) - set(ids) if before else ():
        await cosmetic("left over", context.bot.delete_message(asked.where.chat_id, left_over))
    await _remember(services, asked, answer)


async def _remember(services: Services, asked: Asked, answer: Answer) -> None:
    """The answer has arrived: that it cannot be kept is for the log, not for the person."""
    said = Turn("assistant", clean(answer.text), answer.citations)
    try:
        await services.conversations.append(asked.where, Turn("user", asked.question), said)
    except SQLAlchemyError as error:
        log.warning("a conversation could not be kept", cause=type(error).__name__)


@asynccontextmanager
async def _seen(context: PautaContext, asked: Asked) -> AsyncIterator[None]:
    """A reaction to the question, beside the work: it delays nothing."""
    if not asked.question_id:
        yield
        return
    react = context.bot.set_message_reaction(asked.where.chat_id, asked.question_id, SEEN)
    task = asyncio.create_task(cosmetic("seen", react), name=f"seen:{asked.where}")
    try:
        yield
    finally:
        await asyncio.wait({task}, timeout=LANDING_SECONDS)
        task.cancel()
