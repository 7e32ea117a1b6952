"""Telegram's own drafts: what is shown of an answer until it is sent, in private chats only.

A draft lasts 30 seconds and has no message id: it takes no button, and nothing of it stays.
"""

from __future__ import annotations

import itertools

import structlog
from telegram.error import RetryAfter, TelegramError

from bot.context import PautaBot
from bot.conversation_key import ConversationKey
from bot.handlers.rate_limits import PASSING

log = structlog.get_logger(__name__)

RENEWED_AFTER = 20.0
"""Seconds without news; Telegram forgets a draft after 30."""
CALL_SECONDS = 8.0

_numbers = itertools.count(1)


class Draft:
    """One draft in one private chat."""

    def __init__(self, bot: PautaBot, where: ConversationKey) -> None:
        self._bot, self._where = bot, where
        self._number = next(_numbers)

    async def shows(self, text: str) -> bool:
        """Whether Telegram takes it; where not, progress is told otherwise. Raises RetryAfter."""
        try:
            await self._bot.send_message_draft(
                self._where.chat_id,
                self._number,
                text,
                message_thread_id=self._where.thread_id,
                read_timeout=CALL_SECONDS,
                rate_limit_args=PASSING,
            )
        except RetryAfter:
            raise
        except TelegramError as error:
            log.info("drafts are not shown", error=type(error).__name__)
            return False
        return True
