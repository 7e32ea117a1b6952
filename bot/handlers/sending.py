"""How anything is sent: never twice, never lost to a cosmetic failure."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, replace

import httpx
import structlog
from telegram import (
    Bot,
    CopyTextButton,
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    LinkPreviewOptions,
    ReplyParameters,
)
from telegram.constants import ChatAction, ParseMode
from telegram.error import BadRequest, NetworkError, TelegramError

from bot.conversation_key import ConversationKey
from bot.render import Button, Rendered
from bot.richtext import Part

log = structlog.get_logger(__name__)

TYPING_EVERY = 4.5
"""Seconds; Telegram shows "typing…" for five."""
LANDING_SECONDS = 0.3
"""How long an answer waits for a typing notice that is still on its way."""
CONNECT_RETRY_DELAYS = (0.5, 1.0, 2.0)
"""Seconds between tries of a message that never left this machine."""

NO_PREVIEW = LinkPreviewOptions(is_disabled=True)

Chat = int | ConversationKey
"""A chat, or one topic of it."""


async def cosmetic(what: str, call: Awaitable[object]) -> bool:
    """Await a call nobody needs; whether it worked."""
    try:
        await call
    except TelegramError as error:
        log.debug("cosmetic call failed", call=what, error=type(error).__name__)
        return False
    return True


@asynccontextmanager
async def typing(bot: Bot, chat: Chat) -> AsyncIterator[None]:
    """Shows "typing…" for as long as the block runs, if the server can."""

    where, idle = place_in(chat), asyncio.Event()

    async def repeat() -> None:
        while True:
            idle.clear()
            action = bot.send_chat_action(
                where.chat_id, ChatAction.TYPING, message_thread_id=where.thread_id
            )
            await cosmetic("typing", action)
            idle.set()
            await asyncio.sleep(TYPING_EVERY)

    task = asyncio.create_task(repeat(), name=f"typing:{where}")
    try:
        yield
    finally:
        # A notice that lands after the answer would leave "typing…" under it.
        with suppress(TimeoutError):
            await asyncio.wait_for(idle.wait(), LANDING_SECONDS)
        task.cancel()
        await asyncio.wait({task})


@dataclass(frozen=True, slots=True)
class Form:
    """One message in the form it is handed over in."""

    text: str
    mode: ParseMode | None = None
    keyboard: InlineKeyboardMarkup | None = None
    preview: str = ""
    """The address shown small below."""


Deliver = Callable[[Form], Awaitable[int]]
"""Hands over a message; returns its id."""


async def send_text(bot: Bot, chat: Chat, text: str, *, silent: bool = False) -> int:
    """Send a sentence of ours, without markup; returns its id. Raises TelegramError."""
    return await _sender(bot, chat, silent=silent)(Form(text))


async def send_rendered(bot: Bot, chat: Chat, rendered: Rendered) -> int:
    """Send all parts in order, the buttons under the last one, whose id is returned.

    Raises TelegramError.
    """
    return (await deliver(bot, chat, rendered))[-1]


async def edit_rendered(bot: Bot, chat: Chat, message_id: int, rendered: Rendered) -> None:
    """Put a screen of one part in the place of a message; where that is no longer possible,
    send it. Raises TelegramError."""
    await deliver(bot, chat, replace(rendered, parts=rendered.parts[:1]), instead_of=message_id)


async def deliver(
    bot: Bot,
    chat: Chat,
    rendered: Rendered,
    *,
    instead_of: int | None = None,
    reply_to: int | None = None,
) -> tuple[int, ...]:
    """Show all parts in order, the buttons under the last; returns their messages' ids.

    The first takes the place of the message `instead_of`, or else replies to `reply_to`, as
    far as these still exist. Raises TelegramError.
    """
    ids: list[int] = []
    for part in rendered.parts:
        is_last = len(ids) + 1 == len(rendered.parts)
        hand_over = _sender(bot, chat, None if ids else reply_to)
        if instead_of is not None and not ids:
            hand_over = _editor(bot, chat, instead_of, hand_over)
        form = Form(part.html, ParseMode.HTML) if part.html else Form("")
        if is_last:
            keyboard = keyboard_of(rendered.buttons)
            form = replace(form, keyboard=keyboard, preview=rendered.preview)
        ids.append(await _delivered(form, part, hand_over))
    return tuple(ids)


async def _delivered(form: Form, part: Part, deliver: Deliver) -> int:
    """A refused message was not delivered, so a simpler one may follow: no markup, no preview,
    no buttons."""
    while True:
        try:
            return await deliver(form)
        except BadRequest as error:
            if form.mode is not None and "parse entities" in error.message.lower():
                log.warning("Telegram refused our HTML; sent as plain text", error=error.message)
                form = replace(form, text=part.plain, mode=None)
            elif form.preview and _is_about_preview(error):
                log.warning("Telegram refused the preview; sent without", error=error.message)
                form = replace(form, preview="")
            elif form.keyboard is not None:
                log.warning("Telegram refused the buttons; sent without", error=error.message)
                form = replace(form, keyboard=None)
            else:
                raise


async def hand_over(
    rendered: Rendered, deliver: Deliver, is_safe: Callable[[NetworkError], bool]
) -> int:
    """Give a message of one part to `deliver`, simpler where it is refused, and again after the
    failures that `is_safe` allows. Raises TelegramError."""
    part = rendered.parts[0]
    form = Form(
        part.html,
        ParseMode.HTML if part.html else None,
        keyboard_of(rendered.buttons),
        rendered.preview,
    )
    return await _delivered(form, part, _again(deliver, is_safe))


def _sender(bot: Bot, chat: Chat, reply_to: int | None = None, *, silent: bool = False) -> Deliver:
    where = place_in(chat)
    reply = (
        ReplyParameters(reply_to, allow_sending_without_reply=True)
        if reply_to is not None
        else None
    )

    async def send(form: Form) -> int:
        message = await bot.send_message(
            where.chat_id,
            form.text,
            parse_mode=form.mode,
            reply_markup=form.keyboard,
            link_preview_options=preview_of(form.preview),
            message_thread_id=where.thread_id,
            reply_parameters=reply,
            disable_notification=silent or None,
        )
        return message.message_id

    return _again(send, never_left)


def _editor(bot: Bot, chat: Chat, message_id: int, otherwise: Deliver) -> Deliver:
    """Edits; hands over to `otherwise` where there is nothing to edit any more."""

    async def edit(form: Form) -> int:
        try:
            await bot.edit_message_text(
                form.text,
                place_in(chat).chat_id,
                message_id,
                parse_mode=form.mode,
                reply_markup=form.keyboard,
                link_preview_options=preview_of(form.preview),
            )
        except BadRequest as error:
            if is_unchanged(error):
                return message_id
            if is_gone(error):
                return 0
            raise
        return message_id

    # An edit can be repeated also when nobody knows: it never says anything twice.
    patient = _again(edit, lambda error: not isinstance(error, BadRequest))

    async def edit_or_send(form: Form) -> int:
        return await patient(form) or await otherwise(form)

    return edit_or_send


def place_in(chat: Chat) -> ConversationKey:
    return chat if isinstance(chat, ConversationKey) else ConversationKey(chat)


def is_unchanged(error: BadRequest) -> bool:
    """Whether the message says already what it was to say."""
    return "not modified" in error.message.lower()


def _is_about_preview(error: BadRequest) -> bool:
    said = error.message.lower()
    return "webpage" in said or "preview" in said


def is_gone(error: BadRequest) -> bool:
    """Whether a message can no longer be edited: deleted, or too old."""
    said = error.message.lower()
    return "message to edit not found" in said or "can't be edited" in said


def _again(hand_over: Deliver, is_safe: Callable[[NetworkError], bool]) -> Deliver:
    """Tries again after the failures that `is_safe` allows."""

    async def patient(form: Form) -> int:
        for delay in CONNECT_RETRY_DELAYS:
            try:
                return await hand_over(form)
            except NetworkError as error:
                if not is_safe(error):
                    raise
                log.warning("Telegram was not reached; trying again", seconds=delay)
                await asyncio.sleep(delay)
        return await hand_over(form)

    return patient


def never_left(error: BaseException) -> bool:
    """Whether the request failed before it was sent, so that sending again is safe.

    Any other time-out is an unknown outcome: sending again might say everything twice.
    """
    cause = error.__cause__
    return isinstance(cause, httpx.ConnectError | httpx.ConnectTimeout | httpx.PoolTimeout)


def keyboard_of(rows: tuple[tuple[Button, ...], ...]) -> InlineKeyboardMarkup | None:
    if not rows:
        return None
    return InlineKeyboardMarkup([[_button(button) for button in row] for row in rows])


def _button(button: Button) -> InlineKeyboardButton:
    style = button.emphasis.value or None
    if button.data:
        return InlineKeyboardButton(button.label, callback_data=button.data, style=style)
    if button.copy_text:
        copied = CopyTextButton(button.copy_text)
        return InlineKeyboardButton(button.label, copy_text=copied, style=style)
    return InlineKeyboardButton(button.label, url=button.url, style=style)


def preview_of(address: str) -> LinkPreviewOptions:
    if not address:
        return NO_PREVIEW
    return LinkPreviewOptions(url=address, prefer_small_media=True, show_above_text=False)
