"""How anything is sent: never twice, never lost to a cosmetic failure."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from contextlib import asynccontextmanager, suppress
from typing import Any

import httpx
import structlog
from telegram import Bot, InlineKeyboardButton, InlineKeyboardMarkup, LinkPreviewOptions
from telegram.constants import ChatAction, ParseMode
from telegram.error import BadRequest, NetworkError, TelegramError
from telegram.ext import AIORateLimiter

from bot.render import Button, Rendered
from bot.richtext import Part

log = structlog.get_logger(__name__)

TYPING_EVERY = 4.5
"""Seconds; Telegram shows "typing…" for five."""
LANDING_SECONDS = 0.3
"""How long an answer waits for a typing notice that is still on its way."""
CONNECT_RETRY_DELAYS = (0.5, 1.0, 2.0)
"""Seconds between tries of a message that never left this machine."""
RATE_LIMIT_RETRIES = 3

_COSMETIC = frozenset(
    {"sendChatAction", "setMyCommands", "setMessageReaction", "answerCallbackQuery"}
)
_NO_PREVIEW = LinkPreviewOptions(is_disabled=True)


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
        if endpoint in _COSMETIC:
            return await callback(*args, **kwargs)
        return await super().process_request(
            callback, args, kwargs, endpoint, data, rate_limit_args
        )


async def cosmetic(what: str, call: Awaitable[object]) -> bool:
    """Await a call nobody needs; whether it worked."""
    try:
        await call
    except TelegramError as error:
        log.debug("cosmetic call failed", call=what, error=type(error).__name__)
        return False
    return True


@asynccontextmanager
async def typing(bot: Bot, chat_id: int) -> AsyncIterator[None]:
    """Shows "typing…" for as long as the block runs, if the server can."""

    idle = asyncio.Event()

    async def repeat() -> None:
        while True:
            idle.clear()
            await cosmetic("typing", bot.send_chat_action(chat_id, ChatAction.TYPING))
            idle.set()
            await asyncio.sleep(TYPING_EVERY)

    task = asyncio.create_task(repeat(), name=f"typing:{chat_id}")
    try:
        yield
    finally:
        # A notice that lands after the answer would leave "typing…" under it.
        with suppress(TimeoutError):
            await asyncio.wait_for(idle.wait(), LANDING_SECONDS)
        task.cancel()
        await asyncio.wait({task})


Deliver = Callable[[str, ParseMode | None, InlineKeyboardMarkup | None], Awaitable[int]]
"""Hands over text, its markup and buttons; returns the message's id."""


async def send_text(bot: Bot, chat_id: int, text: str) -> int:
    """Send a sentence of ours, without markup; returns its id. Raises TelegramError."""
    return await _sender(bot, chat_id)(text, None, None)


async def send_rendered(bot: Bot, chat_id: int, rendered: Rendered) -> int:
    """Send all parts in order, the buttons under the last one, whose id is returned.

    Raises TelegramError.
    """
    keyboard, last, sent = _keyboard(rendered.buttons), len(rendered.parts), 0
    for number, part in enumerate(rendered.parts, start=1):
        buttons = keyboard if number == last else None
        sent = await _delivered(part, buttons, _sender(bot, chat_id))
    return sent


async def edit_rendered(bot: Bot, chat_id: int, message_id: int, rendered: Rendered) -> None:
    """Put a screen of one part in the place of a message; where that is no longer possible,
    send it. Raises TelegramError."""

    async def edit(text: str, mode: ParseMode | None, keyboard: InlineKeyboardMarkup | None) -> int:
        try:
            await bot.edit_message_text(
                text,
                chat_id,
                message_id,
                parse_mode=mode,
                reply_markup=keyboard,
                link_preview_options=_NO_PREVIEW,
            )
        except BadRequest as error:
            said = error.message.lower()
            if "not modified" in said:
                return message_id
            if "message to edit not found" in said or "can't be edited" in said:
                return await _sender(bot, chat_id)(text, mode, keyboard)
            raise
        return message_id

    await _delivered(rendered.parts[0], _keyboard(rendered.buttons), _again_if_unsent(edit))


async def _delivered(part: Part, keyboard: InlineKeyboardMarkup | None, deliver: Deliver) -> int:
    """A refused message was not delivered, so a simpler one may follow: no markup, no buttons."""
    text, mode = part.html, ParseMode.HTML if part.html else None
    while True:
        try:
            return await deliver(text, mode, keyboard)
        except BadRequest as error:
            if mode is not None and "parse entities" in error.message.lower():
                log.warning("Telegram refused our HTML; sent as plain text", error=error.message)
                text, mode = part.plain, None
            elif keyboard is not None:
                log.warning("Telegram refused the buttons; sent without", error=error.message)
                keyboard = None
            else:
                raise


def _sender(bot: Bot, chat_id: int) -> Deliver:
    async def send(text: str, mode: ParseMode | None, keyboard: InlineKeyboardMarkup | None) -> int:
        message = await bot.send_message(
            chat_id,
            text,
            parse_mode=mode,
            reply_markup=keyboard,
            link_preview_options=_NO_PREVIEW,
        )
        return message.message_id

    return _again_if_unsent(send)


def _again_if_unsent(deliver: Deliver) -> Deliver:
    async def patient(
        text: str, mode: ParseMode | None, keyboard: InlineKeyboardMarkup | None
    ) -> int:
        for delay in CONNECT_RETRY_DELAYS:
            try:
                return await deliver(text, mode, keyboard)
            except NetworkError as error:
                if not never_left(error):
                    raise
                log.warning("no connection to Telegram; trying again", seconds=delay)
                await asyncio.sleep(delay)
        return await deliver(text, mode, keyboard)

    return patient


def never_left(error: BaseException) -> bool:
    """Whether the request failed before it was sent, so that sending again is safe.

    Any other time-out is an unknown outcome: sending again might say everything twice.
    """
    cause = error.__cause__
    return isinstance(cause, httpx.ConnectError | httpx.ConnectTimeout | httpx.PoolTimeout)


def _keyboard(rows: tuple[tuple[Button, ...], ...]) -> InlineKeyboardMarkup | None:
    if not rows:
        return None
    return InlineKeyboardMarkup([[_button(button) for button in row] for row in rows])


def _button(button: Button) -> InlineKeyboardButton:
    if button.data:
        return InlineKeyboardButton(button.label, callback_data=button.data)
    return InlineKeyboardButton(button.label, url=button.url)
