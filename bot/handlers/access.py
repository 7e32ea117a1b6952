"""Who is let in, and who may change what: the one place that knows.

The gate runs before every other handler. For now: administrators, in private chats, with new
messages and buttons. Anybody else in a private chat is told their own number, once a day, so
that an administrator can add it; everything else is dropped without a word.
"""

from __future__ import annotations

from collections import OrderedDict
from datetime import datetime, timedelta

import structlog
from telegram import Message, Update
from telegram.constants import ChatType
from telegram.error import TelegramError
from telegram.ext import ApplicationHandlerStop

from bot import texts
from bot.context import PautaContext, Services
from bot.handlers.sending import cosmetic, send_text

log = structlog.get_logger(__name__)

REFUSED_AGAIN_AFTER = timedelta(days=1)
STRANGERS_REMEMBERED = 10_000


def is_let_in(services: Services, user_id: int) -> bool:
    """Whether a person may ask and look."""
    return user_id in services.settings.admins


def may_change_feeds(services: Services, user_id: int) -> bool:
    """Whether a person may add, pause and remove feeds, and add pages to the coverage."""
    return user_id in services.settings.admins


class Gate:
    """The handler of group -1; remembers which strangers were answered."""

    def __init__(self) -> None:
        self._refused: OrderedDict[int, datetime] = OrderedDict()

    async def __call__(self, update: Update, context: PautaContext) -> None:
        chat_id, user = private_chat(update), update.effective_user
        if chat_id is None or user is None or user.is_bot:
            raise ApplicationHandlerStop
        if is_let_in(context.services, user.id):
            return
        if self._is_due(user.id, context.services.clock()):
            log.info("a stranger was refused", user_id=user.id)
            language = texts.supported(user.language_code)
            if update.callback_query is not None:
                line = texts.say(language, "stranger_button")
                await cosmetic("refusal", update.callback_query.answer(line))
                raise ApplicationHandlerStop
            line = texts.say(language, "stranger", user_id=user.id)
            try:
                await send_text(context.bot, chat_id, line)
            except TelegramError as error:
                log.info("a stranger could not be told", error=type(error).__name__)
        raise ApplicationHandlerStop

    def _is_due(self, user_id: int, now: datetime) -> bool:
        before = self._refused.get(user_id)
        if before is not None and now - before < REFUSED_AGAIN_AFTER:
            return False
        self._refused[user_id] = now
        self._refused.move_to_end(user_id)
        if len(self._refused) > STRANGERS_REMEMBERED:
            self._refused.popitem(last=False)
        return True


def private_message(update: Update) -> Message | None:
    """The update's message if it is a new one in a private chat."""
    message = update.message
    return message if message is not None and message.chat.type == ChatType.PRIVATE else None


def private_chat(update: Update) -> int | None:
    """The id of the private chat a new message or a pressed button is from."""
    if message := private_message(update):
        return message.chat_id
    query = update.callback_query
    if query is None or query.message is None or query.message.chat.type != ChatType.PRIVATE:
        return None
    return query.message.chat.id


def client_language(update: Update) -> str:
    """The language of ours closest to the one the person's Telegram speaks."""
    user = update.effective_user
    return texts.supported(user.language_code if user else None)
