"""What went wrong: the cause to the log, a sentence and a code to the person."""

from __future__ import annotations

import secrets
import time
from datetime import timedelta

import structlog
from sqlalchemy.exc import SQLAlchemyError
from telegram import Update
from telegram.error import (
    BadRequest,
    ChatMigrated,
    Conflict,
    Forbidden,
    NetworkError,
    TelegramError,
)

from bot import texts
from bot.context import PautaContext
from bot.conversation_key import ConversationKey
from bot.handlers.access import heard, is_served, language_in, pressed_in
from bot.handlers.addressing import place_of
from bot.handlers.secrecy import describe, scrub
from bot.handlers.seen_updates import TakenOverError
from bot.handlers.sending import send_text
from bot.outgoing import Delivery, Kind
from bot.screens import sentence as on_a_screen

log = structlog.get_logger(__name__)

STILL_WORTH_TELLING = timedelta(hours=6)
"""Whoever was left without an answer is told so once Telegram can be reached again."""
REPEATED_AFTER = 600.0
"""Seconds before the same trouble with polling is logged again."""


async def on_error(update: object, context: PautaContext) -> None:
    """The application's error handler."""
    error, token = context.error, context.bot.token
    if error is None:
        return
    error_id = secrets.token_hex(4)
    if isinstance(error, Forbidden):
        log.info("a person blocked the bot", error_id=error_id)
        return
    if isinstance(error, TakenOverError):
        log.warning("another replica answers", error_id=error_id)
        return
    if not isinstance(update, Update):
        log.error("work beside the chats failed", error_id=error_id, cause=describe(error, token))
        return
    log.error("a message was not answered", error_id=error_id, cause=describe(error, token))
    said = heard(update, context)
    where = said.where if said else pressed_in(update.callback_query)
    if update.edited_message is not None:
        where = place_of(update.edited_message)
    if isinstance(error, ChatMigrated) and where is not None:
        await context.services.people.move_chat(where.chat_id, error.new_chat_id)
        where = ConversationKey(error.new_chat_id)
    if where is None or not is_served(context.services, where):
        return
    key, language = sentence_for(error), language_in(update, context)
    try:
        await send_text(context.bot, where, texts.say(language, key, error_id=error_id))
    except TelegramError as failure:
        log.warning("nor could the person be told", error_id=error_id, error=type(failure).__name__)
        if isinstance(failure, NetworkError) and not isinstance(failure, BadRequest):
            screen = on_a_screen(key, language, error_id=error_id)
            now = context.services.clock()
            await _tell_later(
                context,
                Delivery(
                    key=f"apology:{update.update_id}",
                    kind=Kind.APOLOGY,
                    where=where,
                    screen=screen,
                    due_at=now,
                    expires_at=now + STILL_WORTH_TELLING,
                    language=language,
                ),
            )


async def _tell_later(context: PautaContext, apology: Delivery) -> None:
    outbox = context.services.outbox
    try:
        await outbox.offload.note(outbox.put_now, apology)
    except SQLAlchemyError as error:
        log.warning("an apology could not be stored", cause=type(error).__name__)


def sentence_for(error: BaseException) -> str:
    """The key of the text that explains `error` to the person who asked."""
    if isinstance(error, NetworkError) and not isinstance(error, BadRequest):
        return "unconfirmed"
    return "too_slow" if isinstance(error, TimeoutError) else "failed"


class PollingErrors:
    """Logs trouble with fetching updates: once, not at every attempt.

    Nobody is told: Telegram keeps the messages, and they are answered later.
    """

    def __init__(self, token: str) -> None:
        self._token = token
        self._logged: dict[str, float] = {}

    def __call__(self, error: TelegramError) -> None:
        kind, now = type(error).__name__, time.monotonic()
        if now - self._logged.get(kind, -REPEATED_AFTER) < REPEATED_AFTER:
            return
        self._logged[kind] = now
        if isinstance(error, Conflict):
            log.warning(
                "another program is fetching this bot's messages: stop the other one, "
                "or give each its own token from @BotFather"
            )
        else:
            cause = scrub(f"{kind}: {error}", self._token)
            log.warning("Telegram cannot be reached; still trying", cause=cause)
