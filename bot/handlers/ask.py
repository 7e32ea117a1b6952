"""A question in, an answer out; a question put otherwise, and its answer is redone."""

from __future__ import annotations

from datetime import timedelta

import structlog
from sqlalchemy.exc import SQLAlchemyError
from telegram import Update

from bot import texts
from bot.answers import Turn
from bot.asked_about import article_asked_about
from bot.context import PautaContext, Services
from bot.conversation_key import ConversationKey
from bot.handlers.access import language_in
from bot.handlers.addressing import Addressed, addressed, addressed_message
from bot.handlers.answering import Asked, answer_asked
from bot.handlers.manners import is_left_out
from bot.handlers.sending import send_text
from bot.handlers.told import about_told, show_story
from bot.richtext import clean
from bot.shown_answers import ShownAnswer

log = structlog.get_logger(__name__)

REDONE_WITHIN = timedelta(hours=1)
"""How long an edit of a question redoes its answer."""


async def answer_question(update: Update, context: PautaContext) -> None:
    """Answer the message's text. Raises what the error handler then explains."""
    said = addressed(update, context.bot.username, context.bot.id)
    if said is None or not (question := clean(said.text).strip()):
        return
    if await is_left_out(context, said.where, language_in(update, context)):
        return
    await answer_said(update, context, said, question)


async def answer_said(
    update: Update, context: PautaContext, said: Addressed, question: str
) -> None:
    """Answer what somebody said, read as `question`."""
    language = language_in(update, context)
    told = await about_told(context, said, question, language)
    if told is not None and told.wants_others is not None:
        await show_story(context, said.where, told.wants_others.story_id, language)
        return
    if told is not None and told.misses:
        key = "digest_tells_one" if told.misses == 1 else "digest_tells_some"
        line = texts.say(language, key, count=told.misses)
        await send_text(context.bot, said.where, line)
        return
    # First: a question about something else begins a new conversation.
    article_id = "" if told else await _article(context.services, said.where, question)
    before = await _before(context.services, said)
    await answer_asked(
        context,
        Asked(
            where=said.where,
            asker=said.who.id,
            question=told.question if told else question,
            history=(*before, *told.turns) if told else before,
            language=language,
            question_id=said.message.message_id,
            reply_to=None if said.where.is_private else said.message.message_id,
            about_article=article_id,
        ),
    )


async def redo_answer(update: Update, context: PautaContext) -> None:
    """The latest question of a chat was edited: its answer is redone in its place."""
    message = update.edited_message
    if message is None:
        return
    said = addressed_message(message, context.bot.username, context.bot.id)
    if said is None or not (question := clean(said.text).strip()):
        return
    services, where = context.services, said.where
    shown = await _answer_to(services, where, message.message_id)
    if shown is None or shown.question == question or shown.asker != said.who.id:
        return
    if services.clock() - shown.at > REDONE_WITHIN:
        return
    await answer_asked(
        context,
        Asked(
            where=where,
            asker=said.who.id,
            question=question,
            history=shown.history,
            language=language_in(update, context),
            question_id=message.message_id,
            instead_of=shown,
            about_article=await _article(services, where, question),
        ),
    )


async def _before(services: Services, said: Addressed) -> tuple[Turn, ...]:
    """What was said before; last, the answer that is replied to."""
    recent = await _recent(services, said.where)
    replied = said.message.reply_to_message
    if replied is None:
        return recent
    try:
        shown = await services.answers.at(said.where.chat_id, replied.message_id)
    except SQLAlchemyError as error:
        log.warning("an answer could not be read", cause=type(error).__name__)
        return recent
    if shown is None or shown.where != said.where:
        return recent
    is_last = [turn.text for turn in recent[-2:]] == [turn.text for turn in shown.turns]
    return recent if is_last else (*recent, *shown.turns)


async def _recent(services: Services, where: ConversationKey) -> tuple[Turn, ...]:
    """A question is answered also when what was said before cannot be read."""
    try:
        return await services.conversations.recent(where)
    except SQLAlchemyError as error:
        log.warning("a conversation could not be read", cause=type(error).__name__)
        return ()


async def _article(services: Services, where: ConversationKey, question: str) -> str:
    """The one that is talked about; a question is answered also when that cannot be read."""
    try:
        return await article_asked_about(services.conversations, services.browsing, where, question)
    except SQLAlchemyError as error:
        log.warning("what is talked about could not be read", cause=type(error).__name__)
        return ""


async def _answer_to(
    services: Services, where: ConversationKey, question_id: int
) -> ShownAnswer | None:
    try:
        return await services.answers.to_question(where, question_id)
    except SQLAlchemyError as error:
        log.warning("an answer could not be read", cause=type(error).__name__)
        return None
