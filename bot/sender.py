"""Sends one delivery: each part once, at its moment, and writes down what became of it.

    the chat's moment -> everyone's moment -> marked as being sent -> Telegram -> marked

Only what is on its way when the process dies is in doubt, and what is in doubt is not repeated.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta, tzinfo

import structlog

from bot.context import PautaBot
from bot.conversation_key import ConversationKey
from bot.delivery_screen import message_of
from bot.gone_chats import GoneChats
from bot.handlers.handing_over import (
    Flooded,
    Gone,
    Moved,
    NotSent,
    Outcome,
    Refused,
    Sent,
    Unknown,
    hand_over_once,
)
from bot.offload import Offload
from bot.outgoing import Kind
from bot.pacing import OnItsWay, Pace
from bot.sending_queue import Claimed, SendingQueue
from retrieval.protocols import Clock

log = structlog.get_logger(__name__)

PATIENCE = 5.0
"""Seconds; whose moment is later than that goes back into the table."""
LOOK_AGAIN = 0.05
"""Seconds; everyone's moment comes nearer when what is on its way arrives."""
FIRST_PAUSE, LONGEST_PAUSE = 1.0, 60.0
"""Seconds in which nothing is sent while Telegram cannot be reached, doubling."""
FIRST_RETRY, LONGEST_RETRY = timedelta(seconds=5), timedelta(minutes=15)
APOLOGY_RETRY = timedelta(minutes=1)
"""At the longest: somebody waits for it, and the pauses for everyone spare Telegram."""
AT_ONCE = timedelta(0)


@dataclass(frozen=True, slots=True)
class Chats:
    """What delivery must know of the chats."""

    gone: GoneChats
    hears: Callable[[ConversationKey], bool]
    """Whether anything may be said there."""
    zone: Callable[[ConversationKey], tzinfo]
    move: Callable[[int, int], Awaitable[None]]
    """A group became a supergroup, under another id."""


@dataclass(frozen=True, slots=True)
class _Leaving:
    message: OnItsWay
    began: float
    """When it was about to be marked as being sent."""


class Sender:
    """Many deliveries may be sent at once, of different chats."""

    def __init__(
        self,
        bot: PautaBot,
        queue: SendingQueue,
        chats: Chats,
        offload: Offload,
        clock: Clock,
        pace: Pace,
    ) -> None:
        self._bot, self._queue, self._chats, self._call = bot, queue, chats, offload.search
        self._clock, self._pace = clock, pace
        self._door = asyncio.Lock()
        self._stopping = asyncio.Event()
        self._stirred = asyncio.Event()
        self._pauses = 0

    def stop(self) -> None:
        """Begin no part more."""
        self._stopping.set()
        self._stirred.set()

    @property
    def is_stopping(self) -> bool:
        return self._stopping.is_set()

    def is_held(self) -> bool:
        """Whether it is no use to claim anything for a while."""
        return self._pace.is_held(time.monotonic() + PATIENCE)

    async def send(self, claimed: Claimed) -> None:
        """All that is left of it, as far as may be now. Raises SQLAlchemyError."""
        for part in claimed.parts:
            if not await self._is_time_for(claimed, part):
                return
            leaving = await self._to_the_door(claimed, part)
            if leaving is None or not await self._handed_over(claimed, part, leaving):
                return

    async def _to_the_door(self, claimed: Claimed, part: int) -> _Leaving | None:
        """Mark a part as being sent once everyone's moment has come; None if it is not to be."""
        # One at a time until it leaves: the process may die there, too.
        async with self._door:
            if not await self._is_everyones_moment():
                await self._put_back(claimed, AT_ONCE, "")
                return None
            began = time.monotonic()
            if not await self._call(self._queue.begin, claimed, part, self._clock()):
                return None
            on_its_way = self._pace.delivered(claimed.where.chat_id, time.monotonic())
            return _Leaving(on_its_way, began)

    async def _handed_over(self, claimed: Claimed, part: int, leaving: _Leaving) -> bool:
        """Whether the next part may follow."""
        try:
            now, zone = self._clock(), self._chats.zone(claimed.where)
            message = message_of(claimed.delivery, part, now, zone)
            outcome = await hand_over_once(self._bot, claimed.where, message)
            self._pace.acknowledged(leaving.message, time.monotonic())
            return await self._note(claimed, part, outcome)
        finally:
            self._pace.finished(leaving.message, time.monotonic() - leaving.began)
            self._stirred.set()

    async def _is_time_for(self, claimed: Claimed, part: int) -> bool:
        """Whether a part may go to the door now, as far as its own chat is concerned."""
        delivery, where, now = claimed.delivery, claimed.where, self._clock()
        if delivery.expires_at is not None and now >= delivery.expires_at:
            log.warning("too late, not sent", delivery=claimed.id, part=part)
            await self._call(self._queue.dropped, claimed, "too late", now)
            return False
        if not self._chats.hears(where):
            log.info("not let in any more, not sent", delivery=claimed.id)
            await self._call(self._queue.dropped, claimed, "not let in any more", now)
            return False
        while (wait := self._wait(self._pace.next_for, where.chat_id)) > 0:
            if wait > PATIENCE:
                await self._put_back(claimed, timedelta(seconds=wait), "")
            if wait > PATIENCE or not await self._rested(wait):
                return False
        return True

    async def _is_everyones_moment(self) -> bool:
        while not self._stopping.is_set():
            self._stirred.clear()
            wait = self._wait(self._pace.next_for_all)
            if wait > PATIENCE:
                return False
            if wait <= 0 and self._pace.has_room(time.monotonic()):
                return True
            with suppress(TimeoutError):
                rest = LOOK_AGAIN if wait <= 0 else min(wait, LOOK_AGAIN)
                await asyncio.wait_for(self._stirred.wait(), rest)
        return False

    async def _note(self, claimed: Claimed, part: int, outcome: Outcome) -> bool:
        """Write down what became of a part; whether the next one may follow."""
        now, queue, chat_id = self._clock(), self._queue, claimed.where.chat_id
        match outcome:
            case Sent(message_id):
                await self._call(queue.sent, claimed, part, message_id, now)
                self._pauses = 0
                await self._chats.gone.back(chat_id)
                return True
            case Unknown(reason) if claimed.delivery.kind is Kind.APOLOGY:
                self._pause()
                wait = min(_retry_after(claimed.attempts), APOLOGY_RETRY)
                await self._put_back(claimed, wait, reason)
            case Unknown(reason):
                log.warning(
                    "not known whether it arrived; not sent again",
                    delivery=claimed.id,
                    part=part,
                    reason=reason,
                )
                await self._call(queue.unknown, claimed, part, reason, now)
                self._pause()
                return True
            case NotSent(reason):
                self._pause()
                await self._put_back(claimed, _retry_after(claimed.attempts), reason)
            case Flooded(seconds):
                self._obey(chat_id, seconds)
                await self._put_back(claimed, timedelta(seconds=seconds), "flooded")
            case Moved(new):
                await self._put_back(claimed, AT_ONCE, "moved")
                await self._chats.move(chat_id, new)
            case Gone(reason):
                await self._call(queue.refused, claimed, reason, now)
                paused = await self._chats.gone.refused(chat_id, reason, now)
                log.warning("a chat refuses messages", chat_id=chat_id, paused=paused)
            case Refused(reason):
                log.error("Telegram refuses a message", delivery=claimed.id, reason=reason)
                await self._call(queue.refused, claimed, reason, now)
        return False

    def _obey(self, chat_id: int, seconds: float) -> None:
        """Telegram does not say whether a chat was said too much, or everyone together."""
        now, busy = time.monotonic(), self._pace.is_busy(chat_id, time.monotonic())
        log.warning("told to wait", chat_id=chat_id if busy else None, seconds=seconds)
        if busy:
            self._pace.hold_chat(chat_id, now + seconds)
        else:
            self._pace.hold(now + seconds)

    def _pause(self) -> None:
        """Once for all that were on their way together."""
        now = time.monotonic()
        if not self._pace.is_held(now):
            self._pace.hold(now + min(FIRST_PAUSE * 2**self._pauses, LONGEST_PAUSE))
            self._pauses = min(self._pauses + 1, 10)

    def _wait(self, moment: Callable[..., float], *of: int) -> float:
        now = time.monotonic()
        return moment(*of, now) - now

    async def _rested(self, seconds: float) -> bool:
        """Whether nobody has told us to stop for so long."""
        with suppress(TimeoutError):
            await asyncio.wait_for(self._stopping.wait(), seconds)
        return not self._stopping.is_set()

    async def _put_back(self, claimed: Claimed, wait: timedelta, reason: str) -> None:
        await self._call(self._queue.put_back, claimed, self._clock() + wait, reason)


def _retry_after(attempts: int) -> timedelta:
    return min(FIRST_RETRY * 2.0 ** min(attempts, 20), LONGEST_RETRY)
