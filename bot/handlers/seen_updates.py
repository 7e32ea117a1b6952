"""One update on its way through the handlers, and what has been said for it so far.

The policy for what a crash interrupts: an update for which nothing was said is taken up again
at the next start; so is one for which only a progress message stands there, and the answer
takes that message's place. Once anything else may have been said it is left as it is: nobody
is answered twice.
"""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Awaitable
from contextlib import asynccontextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import timedelta

import structlog
from sqlalchemy.exc import SQLAlchemyError
from telegram.error import TelegramError

from bot.context import Updates
from bot.conversation_key import ConversationKey
from bot.shown_answers import Unfinished

log = structlog.get_logger(__name__)


class TakenOverError(TelegramError):
    """This process was taken for dead meanwhile, and another replica answers."""

    def __init__(self) -> None:
        super().__init__("another replica has taken the update over")


@dataclass(eq=False, slots=True)
class Handling:
    """One update from its arrival until it was handled."""

    update_id: int
    where: ConversationKey | None = None
    updates: Updates | None = None
    """None for what is not written down."""
    late: timedelta | None = None
    is_question: bool = False
    may_be_old: bool = False
    """Of a button: it may have been pressed long ago."""
    apologised: bool = False
    left_behind: Unfinished | None = None
    """What an earlier run left under way; the answer takes its place."""
    posted: str = ""
    """Inline id of the message an earlier run posted where we are a guest."""
    has_spoken: bool = False
    came_at: float = field(default_factory=time.monotonic)
    _has_only_shown: bool = False
    _is_apologising: bool = False
    _is_over: bool = False

    async def speaks(self) -> None:
        """Before a message is sent that cannot be taken back. Raises TakenOverError."""
        said_so = self.has_spoken and not self._has_only_shown
        if self.updates is None or said_so or self._is_apologising or self._is_over:
            return
        try:
            if not await self.updates.speaks(self.update_id):
                raise TakenOverError
        except SQLAlchemyError as error:
            log.warning("an update could not be noted", cause=type(error).__name__)
        self.has_spoken, self._has_only_shown = True, False

    async def shows(self, message_id: int) -> None:
        """The message that was sent says an answer is under way; the answer takes its place."""
        if self.updates is not None and not self._is_over:
            self.has_spoken, self._has_only_shown = True, True
            await noted(self.updates.shows(self.update_id, message_id))

    async def posts(self, inline_message_id: str) -> None:
        """Where we are a guest, this message stands there: also what it says last is an edit,
        which can be made again."""
        self.posted = inline_message_id
        if self.updates is not None and not self._is_over:
            await noted(self.updates.posts(self.update_id, inline_message_id))

    @asynccontextmanager
    async def apologising(self) -> AsyncIterator[None]:
        """What is sent in here is no answer; it is said once, also if a crash follows."""
        self.apologised = self._is_apologising = True
        if self.updates is not None:
            await noted(self.updates.apologised(self.update_id))
        try:
            yield
        finally:
            self._is_apologising = False

    def take_left_behind(self) -> int | None:
        """The message that an earlier run left under way; from now on the caller's to end."""
        left, self.left_behind = self.left_behind, None
        if left is None:
            return None
        self.has_spoken = self._has_only_shown = True
        return left.message_id

    async def over(self) -> None:
        """It was handled."""
        self._is_over = True
        if self.updates is not None:
            await noted(self.updates.handled(self.update_id))


_current: ContextVar[Handling | None] = ContextVar("handling", default=None)


def handling_now() -> Handling | None:
    """The update that this task works for."""
    return _current.get()


def work_for(handling: Handling) -> None:
    """This task, and those it starts, work for that update."""
    _current.set(handling)


async def noted(writing: Awaitable[None]) -> None:
    """Writing down what becomes of an update never stands in the way of it."""
    try:
        await writing
    except SQLAlchemyError as error:
        log.warning("an update could not be noted", cause=type(error).__name__)
