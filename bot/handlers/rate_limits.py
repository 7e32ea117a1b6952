"""Telegram's limits, kept in such a way that what matters is never held up by what does not."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any

from telegram.ext import AIORateLimiter

RATE_LIMIT_RETRIES = 3
PASSING = -1
"""Given as `rate_limit_args` with what is soon replaced: told to wait, it fails at once."""

_COSMETIC = frozenset(
    {
        "sendChatAction",
        "setMyCommands",
        "setMessageReaction",
        "answerCallbackQuery",
        "deleteMessage",
    }
)


class MessagesFirst(AIORateLimiter):
    """Telegram's limits for messages; a cosmetic call neither waits nor makes wait.

    The base class holds other requests back while any one has been told to wait: a ban
    on setting the menu would delay answers.
    """

    def __init__(self) -> None:
        super().__init__(max_retries=RATE_LIMIT_RETRIES)

    async def process_request(
        self,
        callback: Callable[..., Coroutine[Any, Any, Any]],
        args: Any,
        kwargs: dict[str, Any],
        endpoint: str,
        data: dict[str, Any],
        rate_limit_args: int | None,
    ) -> Any:
        if endpoint in _COSMETIC or rate_limit_args == PASSING:
            return await callback(*args, **kwargs)
        return await super().process_request(
            callback, args, kwargs, endpoint, data, rate_limit_args
        )
