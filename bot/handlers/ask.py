"""A question in, an answer out."""

from __future__ import annotations

import asyncio
from zoneinfo import ZoneInfo

import structlog
from sqlalchemy.exc import SQLAlchemyError
from telegram import Message, Update

from bot.answers import Turn
from bot.asker import Asker
from bot.context import PautaContext, Services
from bot.handlers.access import private_message
from bot.handlers.sending import send_rendered, typing
from bot.render import render_answer
from bot.richtext import clean

log = structlog.get_logger(__name__)

ANSWER_SECONDS = 180.0
"""Longer than any answer takes; past it the person is told instead of left waiting."""


async def answer_question(update: Update, context: PautaContext) -> None:
    """Answer the message's text. Raises what the error handler then explains."""
    message = private_message(update)
    if message is None or not message.text:
        return
    services, chat_id, question = context.services, message.chat_id, clean(message.text)
    async with typing(context.bot, chat_id), asyncio.timeout(ANSWER_SECONDS):
        history = await _recent(services, chat_id)
        answer = await services.assistant.answer(question, history, _asker(message, services))
    await send_rendered(context.bot, chat_id, render_answer(answer))
    await _remember(
        services,
        chat_id,
        Turn("user", question),
        Turn("assistant", clean(answer.text), answer.citations),
    )


def _asker(message: Message, services: Services) -> Asker:
    person = message.from_user.id if message.from_user else message.chat_id
    return Asker(person, ZoneInfo(services.settings.timezone))


async def _recent(services: Services, chat_id: int) -> tuple[Turn, ...]:
    """What was said before; a question is answered also when that cannot be read."""
    try:
        return await services.conversations.recent(chat_id)
    except SQLAlchemyError as error:
        log.warning("a conversation could not be read", cause=type(error).__name__)
        return ()


async def _remember(services: Services, chat_id: int, *turns: Turn) -> None:
    """The answer has arrived: that it cannot be kept is for the log, not for the person."""
    try:
        await services.conversations.append(chat_id, *turns)
    except SQLAlchemyError as error:
        log.warning("a conversation could not be kept", cause=type(error).__name__)
