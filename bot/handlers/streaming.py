"""How far an answer is: one message that says so while it is made, and a button that stops it.

What is said here is soon replaced: it is never waited for when Telegram says wait, and an
answer that is there at once needs none of it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from contextlib import suppress

import structlog
from sqlalchemy.exc import SQLAlchemyError
from telegram.error import BadRequest, NetworkError, RetryAfter, TelegramError

from bot import texts
from bot.answer_buttons import STOP
from bot.context import Answers, PautaBot
from bot.conversation_key import ConversationKey
from bot.events import Event, Writing
from bot.handlers.drafts import RENEWED_AFTER, Draft
from bot.handlers.rate_limits import PASSING
from bot.handlers.seen_updates import handling_now
from bot.handlers.sending import (
    NO_PREVIEW,
    cosmetic,
    deliver,
    is_gone,
    is_unchanged,
    keyboard_of,
    never_left,
)
from bot.render import Button, Emphasis
from bot.richtext import clean, is_blank
from bot.screens import sentence
from bot.shown_answers import Unfinished
from bot.telling import told

log = structlog.get_logger(__name__)

PATIENCE = 0.7
"""Seconds; an answer that comes sooner needs no message before it."""
EDIT_EVERY = 1.2
EDIT_EVERY_IN_GROUPS = 4.0
"""Seconds between edits; a group takes 20 messages a minute."""
CALL_SECONDS = 8.0
"""For one edit of something that is soon replaced."""
LONGEST_DRAFT = 1_900
"""Characters, so that a message takes them in any script."""


class Progress:
    """The message that tells how far one answer is."""

    def __init__(
        self,
        bot: PautaBot,
        answers: Answers,
        where: ConversationKey,
        language: str,
        *,
        instead_of: int | None = None,
        reply_to: int | None = None,
        is_shown: bool = False,
        drafts: bool = False,
    ) -> None:
        """`is_shown`: the message `instead_of` says already that an answer is under way.

        `drafts`: in a private chat, a draft tells it instead of a message, where it can.
        """
        self.message_id = instead_of
        """Where the answer goes; None for a new message."""
        self._bot, self._answers, self.where = bot, answers, where
        self._language, self._reply_to = language, reply_to
        self._wanted, self._is_shown = "", is_shown
        as_draft = drafts and where.is_private and instead_of is None
        self._draft = Draft(bot, where) if as_draft else None
        self._changed, self._ended = asyncio.Event(), asyncio.Event()
        self._every = EDIT_EVERY if where.is_private else EDIT_EVERY_IN_GROUPS
        name = f"progress:{where.chat_id}"
        self._task = asyncio.create_task(self._keep_showing(), name=name)

    def tell(self, event: Event) -> None:
        """Show this next; what was told since the last edit is passed over."""
        wanted = progress_text(event, self._language)
        if wanted and wanted != self._wanted:
            self._wanted = wanted
            self._changed.set()

    async def end(self) -> int | None:
        """Show nothing more; returns `message_id`. An edit on its way is waited for: landing
        late, it would cover the answer."""
        self._ended.set()
        self._changed.set()
        await asyncio.wait({self._task})
        if not self._task.cancelled() and (error := self._task.exception()):
            log.error("progress could not be shown", cause=type(error).__name__)
        return self.message_id

    async def end_with(self, key: str, within: float) -> None:
        """Let the text `key` be the last word, where anything was shown; seconds for it."""
        words = sentence(key, self._language)
        with suppress(TimeoutError, TelegramError):
            async with asyncio.timeout(within):
                message_id = await self.end()
                if message_id is None or not self._is_shown:
                    # Nothing stands there to be replaced: silence would be no answer to "stop".
                    if key == "answer_stopped":
                        await deliver(self._bot, self.where, words, reply_to=self._reply_to)
                    return
                await deliver(self._bot, self.where, words, instead_of=message_id)
                await self.settled()

    async def withdraw(self) -> None:
        """Take back what was shown: who asked is not let in any more."""
        message_id = await self.end()
        if message_id is not None and self._is_shown:
            await cosmetic("withdrawn", self._bot.delete_message(self.where.chat_id, message_id))
            await self.settled()

    async def settled(self) -> None:
        """The message says something final."""
        if self._is_shown and self.message_id is not None:
            await kept(self._answers.end(self.where.chat_id, self.message_id))

    async def _keep_showing(self) -> None:
        pause: float | None = PATIENCE
        while pause is not None and not await self._ended_within(pause):
            with suppress(TimeoutError):
                await asyncio.wait_for(self._changed.wait(), self._renewed_after())
            self._changed.clear()
            if self._ended.is_set():
                return
            pause = await self._show(self._wanted)

    def _renewed_after(self) -> float | None:
        return RENEWED_AFTER if self._draft is not None and self._wanted else None

    async def _ended_within(self, seconds: float) -> bool:
        with suppress(TimeoutError):
            await asyncio.wait_for(self._ended.wait(), seconds)
        return self._ended.is_set()

    async def _show(self, text: str) -> float | None:
        """Seconds until the next edit is welcome; None when there is to be none."""
        try:
            await self._put(text)
        except RetryAfter as error:
            self._changed.set()
            return max(self._every, error._retry_after.total_seconds())
        except BadRequest as error:
            if is_unchanged(error):
                return self._every
            if is_gone(error):
                self.message_id = None
            return None
        except NetworkError as error:
            if self.message_id is None and not never_left(error):
                return None  # It may stand there: another one would be one too many.
            self._changed.set()
            return 2 * self._every
        except TelegramError as error:
            log.info("progress is not shown", error=type(error).__name__)
            return None
        return self._every

    async def _put(self, text: str) -> None:
        if self._draft is not None:
            if await self._draft.shows(text):
                return
            self._draft = None
        label = texts.say(self._language, "button_stop")
        stop = (Button(label, data=STOP, emphasis=Emphasis.DANGER),)
        if self.message_id is not None:
            if not self._is_shown:
                await self._note(self.message_id)
            await self._bot.edit_message_text(
                text,
                self.where.chat_id,
                self.message_id,
                reply_markup=keyboard_of((stop,)),
                link_preview_options=NO_PREVIEW,
                read_timeout=CALL_SECONDS,
                rate_limit_args=PASSING,
            )
            return
        message = await self._bot.send_message(
            self.where.chat_id,
            text,
            reply_markup=keyboard_of((stop,)),
            link_preview_options=NO_PREVIEW,
            message_thread_id=self.where.thread_id,
            reply_to_message_id=self._reply_to,
            allow_sending_without_reply=True if self._reply_to else None,
            read_timeout=CALL_SECONDS,
            rate_limit_args=PASSING,
        )
        self.message_id = message.message_id
        await self._note(message.message_id)

    async def _note(self, message_id: int) -> None:
        self._is_shown = True
        await kept(self._answers.begin(Unfinished(self.where.chat_id, message_id, self._language)))
        if handling := handling_now():
            await handling.shows(message_id)


def progress_text(event: Event, language: str) -> str:
    """What is shown of an event: a draft is plain text, and marked as one.  (pure)"""
    if not isinstance(event, Writing) or is_blank(clean(event.text)):
        return told(event, language)
    draft = clean(event.text).strip()
    return f"{draft[:LONGEST_DRAFT].rstrip()} …\n\n{texts.say(language, 'draft_mark')}"


async def tidy_up(bot: PautaBot, answers: Answers, left: tuple[Unfinished, ...]) -> None:
    """Messages of an earlier run that still say an answer is under way say that it is not."""
    for one in left:
        line = texts.say(one.language, "answer_interrupted")
        edit = bot.edit_message_text(line, one.chat_id, one.message_id)
        await cosmetic("interrupted", edit)
        await kept(answers.end(one.chat_id, one.message_id))


async def kept(writing: Awaitable[None]) -> bool:
    """Whether that could be kept; the answer matters more."""
    try:
        await writing
    except SQLAlchemyError as error:
        log.warning("an answer could not be noted", cause=type(error).__name__)
        return False
    return True
