"""The one message we may post in a chat we are not in, and what it says later."""

from __future__ import annotations

import asyncio
from contextlib import suppress

from telegram import InlineQueryResultArticle, InputTextMessageContent
from telegram.error import BadRequest, TelegramError

from bot import texts
from bot.context import PautaBot
from bot.handlers.seen_updates import handling_now
from bot.handlers.sending import Form, cosmetic, hand_over, is_unchanged, never_left, preview_of
from bot.render import Rendered

_ID = "answer"
_TITLE = "Pauta"
"""Shown nowhere, but Telegram wants one."""


async def give_up(bot: PautaBot, inline_message_id: str, language: str) -> None:
    """What still says there that an answer is under way says that it is not."""
    line = texts.say(language, "answer_interrupted")
    await cosmetic("interrupted", bot.edit_message_text(line, inline_message_id=inline_message_id))


class GuestReply:
    """The answer to one guest's question: posted by the first `show`, edited by the next."""

    def __init__(self, bot: PautaBot, query_id: str) -> None:
        self._bot, self._query_id = bot, query_id
        self._handling = handling_now()
        self._message_id = self._handling.posted if self._handling else ""

    @property
    def is_posted(self) -> bool:
        """Whether something stands there, also of an earlier run."""
        return bool(self._message_id)

    async def show(self, rendered: Rendered) -> None:
        """Say what is in the first part. Raises TelegramError."""
        if not self._message_id:
            await hand_over(rendered, self._post, never_left)
            return
        # An edit can be repeated also when nobody knows: it never says anything twice.
        await hand_over(rendered, self._edit, lambda error: not isinstance(error, BadRequest))

    async def end_with(self, rendered: Rendered, within: float) -> None:
        """The last word, as far as it can be said within so many seconds."""
        with suppress(TimeoutError, TelegramError):
            async with asyncio.timeout(within):
                await self.show(rendered)

    async def _post(self, form: Form) -> int:
        content = InputTextMessageContent(
            form.text, parse_mode=form.mode, link_preview_options=preview_of(form.preview)
        )
        result = InlineQueryResultArticle(_ID, _TITLE, content, reply_markup=form.keyboard)
        sent = await self._bot.answer_guest_query(self._query_id, result)
        self._message_id = sent.inline_message_id or ""
        if self._handling is not None and self._message_id:
            await self._handling.posts(self._message_id)
        return 0

    async def _edit(self, form: Form) -> int:
        try:
            await self._bot.edit_message_text(
                form.text,
                inline_message_id=self._message_id,
                parse_mode=form.mode,
                reply_markup=form.keyboard,
                link_preview_options=preview_of(form.preview),
            )
        except BadRequest as error:
            if not is_unchanged(error):
                raise
        return 0
