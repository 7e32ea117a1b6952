"""A question in, an answer out."""

from __future__ import annotations

import asyncio

from telegram import Update

from bot.answers import Turn
from bot.context import PautaContext
from bot.handlers.access import private_message
from bot.handlers.sending import send_rendered, typing
from bot.render import render_answer
from bot.richtext import clean

ANSWER_SECONDS = 180.0
"""Longer than any answer takes; past it the person is told instead of left waiting."""


async def answer_question(update: Update, context: PautaContext) -> None:
    """Answer the message's text. Raises what the error handler then explains."""
    message = private_message(update)
    if message is None or not message.text:
        return
    services, chat_id, question = context.services, message.chat_id, clean(message.text)
    async with typing(context.bot, chat_id), asyncio.timeout(ANSWER_SECONDS):
        history = await services.conversations.recent(chat_id)
        answer = await services.assistant.answer(question, history)
    await send_rendered(context.bot, chat_id, render_answer(answer))
    await services.conversations.append(
        chat_id, Turn("user", question), Turn("assistant", clean(answer.text))
    )
