"""One message of a delivery handed to Telegram, once, and what became of it, as a value."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import timedelta

from telegram.error import (
    BadRequest,
    ChatMigrated,
    Forbidden,
    InvalidToken,
    NetworkError,
    RetryAfter,
    TelegramError,
)

from bot.context import PautaBot
from bot.conversation_key import ConversationKey
from bot.handlers.rate_limits import DELIVERING
from bot.handlers.sending import Form, hand_over, never_left, preview_of
from bot.render import Rendered

LONGEST_SECONDS = 100.0
"""Of one message, with what was simplified and tried again."""

_GONE = (
    "chat not found",
    "peer_id_invalid",
    "user is deactivated",
    "have no rights to send",
    "not enough rights",
    "chat_write_forbidden",
    "chat_restricted",
    "group chat was deactivated",
)
"""What Telegram says, as a bad request, of a chat that takes nothing from us."""


@dataclass(frozen=True, slots=True)
class Sent:
    message_id: int


@dataclass(frozen=True, slots=True)
class Unknown:
    """The request left, and nobody knows what came of it."""

    reason: str


@dataclass(frozen=True, slots=True)
class NotSent:
    """It never left; the same may be tried again."""

    reason: str


@dataclass(frozen=True, slots=True)
class Flooded:
    """Telegram took it for too much."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Gone:
    """The chat takes nothing from us."""

    reason: str


@dataclass(frozen=True, slots=True)
class Refused:
    """This message will not be had, whatever the chat."""

    reason: str


@dataclass(frozen=True, slots=True)
class Moved:
    """The group has become a supergroup."""

    chat_id: int


Outcome = Sent | Unknown | NotSent | Flooded | Gone | Refused | Moved


async def hand_over_once(bot: PautaBot, where: ConversationKey, message: Rendered) -> Outcome:
    """Send a message of one part. Nothing that may have arrived is sent again; what Telegram
    refused is, simpler: without markup, preview or buttons."""

    async def send(form: Form) -> int:
        sent = await bot.send_message(
            where.chat_id,
            form.text,
            parse_mode=form.mode,
            reply_markup=form.keyboard,
            link_preview_options=preview_of(form.preview),
            message_thread_id=where.thread_id,
            rate_limit_args=DELIVERING,
        )
        return sent.message_id

    try:
        async with asyncio.timeout(LONGEST_SECONDS):
            return Sent(await hand_over(message, send, lambda _error: False))
    except TimeoutError:
        return Unknown("no answer in time")
    except TelegramError as error:
        return outcome_of(error)


def outcome_of(error: TelegramError) -> Outcome:
    """What a failure says of the message that was to be sent."""
    match error:
        case RetryAfter(retry_after=wait):
            return Flooded(wait.total_seconds() if isinstance(wait, timedelta) else float(wait))
        case ChatMigrated(new_chat_id=chat_id):
            return Moved(chat_id)
        case Forbidden():
            return Gone(error.message)
        case BadRequest():
            said = error.message.lower()
            is_gone = any(words in said for words in _GONE)
            return Gone(error.message) if is_gone else Refused(error.message)
        case InvalidToken():
            return NotSent("Telegram refuses the bot token")
        case NetworkError() if not never_left(error):
            return Unknown(type(error).__name__)
        case NetworkError():
            return NotSent(type(error).__name__)
    return Refused(error.message)
