"""Telegram's limits, kept in such a way that what matters is never held up by what does not."""

from __future__ import annotations

import time
from collections.abc import Callable, Coroutine
from datetime import timedelta
from typing import Any

from aiolimiter import AsyncLimiter
from telegram.constants import FloodLimit
from telegram.error import RetryAfter
from telegram.ext import AIORateLimiter

from bot.handlers.seen_updates import handling_now
from bot.pacing import Pace

RATE_LIMIT_RETRIES = 3
PASSING = -1
"""Given as `rate_limit_args` with what is soon replaced: told to wait, it fails at once."""
DELIVERING = -2
"""Given as `rate_limit_args` with what nobody asked for: it has waited for its moment already,
and being told to wait more is `bot.delivery`'s affair."""

COSMETIC = frozenset(
    {
        "sendChatAction",
        "setMyCommands",
        "setMessageReaction",
        "answerCallbackQuery",
        "answerInlineQuery",
        "deleteMessage",
    }
)
_UNSAID = frozenset({"sendChatAction", "sendMessageDraft"})
"""Nothing of these stays in the chat."""


class MessagesFirst(AIORateLimiter):
    """Telegram's limits for messages; a cosmetic call neither waits nor makes wait.

    The base class holds other requests back while any one has been told to wait: a ban
    on setting the menu would delay answers.
    """

    def __init__(self) -> None:
        super().__init__(max_retries=RATE_LIMIT_RETRIES)
        self.pace = Pace()
        """Knows of all that is said, so that deliveries make room for answers."""
        self._senders = 1

    def share(self, senders: int) -> None:
        """So many replicas keep to Telegram's limits together: each has its part of them."""
        if senders == self._senders:
            return
        self._senders = senders
        self.pace.share(senders)
        a_second = max(1, FloodLimit.MESSAGES_PER_SECOND // senders)
        self._base_limiter = AsyncLimiter(a_second, 1)
        self._group_max_rate = max(1, FloodLimit.MESSAGES_PER_MINUTE_PER_GROUP // senders)
        self._group_limiters.clear()

    async def process_request(
        self,
        callback: Callable[..., Coroutine[Any, Any, Any]],
        args: Any,
        kwargs: dict[str, Any],
        endpoint: str,
        data: dict[str, Any],
        rate_limit_args: int | None,
    ) -> Any:
        if rate_limit_args == DELIVERING:
            return await callback(*args, **kwargs)
        if _is_said(endpoint) and (handling := handling_now()):
            await handling.speaks()
        if endpoint in COSMETIC or rate_limit_args == PASSING:
            return await callback(*args, **kwargs)
        return await super().process_request(
            self._counted(callback, data.get("chat_id")),
            args,
            kwargs,
            endpoint,
            data,
            rate_limit_args,
        )

    def _counted(
        self, callback: Callable[..., Coroutine[Any, Any, Any]], chat: object
    ) -> Callable[..., Coroutine[Any, Any, Any]]:
        if not isinstance(chat, int):
            return callback

        async def count(*args: Any, **kwargs: Any) -> Any:
            self.pace.answered(chat, time.monotonic())
            try:
                return await callback(*args, **kwargs)
            except RetryAfter as error:
                wait = error.retry_after
                seconds = wait.total_seconds() if isinstance(wait, timedelta) else float(wait)
                self.pace.hold(time.monotonic() + seconds)
                raise

        return count


def _is_said(endpoint: str) -> bool:
    """Whether a call says something that a second one would say twice."""
    is_said = endpoint.startswith("send") or endpoint == "answerGuestQuery"
    return is_said and endpoint not in _UNSAID
