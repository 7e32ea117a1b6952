"""Sends what waits in the outbox, once, within Telegram's limits, and behind people's answers.

    outbox -> claimed, at most 64 deliveries -> bot.sender, one a chat, side by side

The rest stays in the table. Another sender on the same table takes what this one has not.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress
from datetime import datetime, timedelta

import structlog
from sqlalchemy.exc import SQLAlchemyError

from bot.context import PautaBot
from bot.outbox import Outbox
from bot.pacing import Pace
from bot.sender import Chats, Sender
from bot.sending_queue import SendingQueue
from retrieval.protocols import Clock

log = structlog.get_logger(__name__)

SIDE_BY_SIDE = 64
"""Deliveries held at once; the rest stays in the table."""
CLAIMED_AT_ONCE = 16
KICK_SECONDS = 0.2
"""After something was put: until its transaction has ended."""
PRUNED_EVERY = timedelta(hours=1)


class Deliverer:
    """One for each bot; `who` is its name as a sender, which no other running one bears."""

    def __init__(
        self,
        bot: PautaBot,
        outbox: Outbox,
        chats: Chats,
        clock: Clock,
        pace: Pace,
        who: str | None = None,
    ) -> None:
        self._outbox, self._clock, self._who = outbox, clock, who or outbox.who
        self._call, self._queue = outbox.offload.search, SendingQueue(outbox.engine)
        self._sender = Sender(bot, self._queue, chats, outbox.offload, clock, pace)
        self._at_work = asyncio.Lock()
        self._again = False
        self._recovered = False
        self._pruned_at: datetime | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._kicked: set[asyncio.Task[None]] = set()
        outbox.when_put(self.kick)

    def kick(self) -> None:
        """Send soon, from whatever thread; before the first `drain` it does nothing."""
        if self._loop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._kick)

    async def drain(self) -> None:
        """Send all that may be sent, until nothing is left that may be sent now.

        Returns at once while another call is at it. Raises SQLAlchemyError.
        """
        self._loop = asyncio.get_running_loop()
        self._again = True
        if self._at_work.locked():
            return
        async with self._at_work:
            while self._again and not self._sender.is_stopping:
                self._again = False
                await self._drain()

    def stop(self) -> None:
        """Begin nothing more."""
        self._sender.stop()

    async def finish(self, seconds: float) -> None:
        """Wait for what is on its way, at most so long: what is not known by then is in doubt."""
        self.stop()
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._at_work.acquire()
                self._at_work.release()
        for task in self._kicked:
            task.cancel()

    def _kick(self) -> None:
        if self._kicked or self._sender.is_stopping:
            return
        task = asyncio.create_task(self._after_a_moment(), name="delivery")
        self._kicked.add(task)
        task.add_done_callback(self._kicked.discard)

    async def _after_a_moment(self) -> None:
        await asyncio.sleep(KICK_SECONDS)
        try:
            await self.drain()
        except SQLAlchemyError as error:
            log.warning("the outbox cannot be used", cause=type(error).__name__)

    async def _drain(self) -> None:
        await self._tidy()
        under_way: set[asyncio.Task[None]] = set()
        try:
            while not self._sender.is_stopping:
                room = SIDE_BY_SIDE - len(under_way)
                if room >= CLAIMED_AT_ONCE and not self._sender.is_held():
                    claimed = await self._call(self._queue.claim, self._clock(), self._who, room)
                    under_way |= {asyncio.create_task(self._sender.send(one)) for one in claimed}
                if not under_way:
                    return
                done, under_way = await asyncio.wait(under_way, return_when=asyncio.FIRST_COMPLETED)
                for one in done:
                    one.result()
        finally:
            await asyncio.gather(*under_way, return_exceptions=True)

    async def _tidy(self) -> None:
        now = self._clock()
        if not self._recovered:
            await self._call(self._queue.recover, self._who, now)
            self._recovered = True
        await self._call(self._queue.settle, now)
        await self._call(self._outbox.gone.refresh)
        if self._pruned_at is None or now - self._pruned_at >= PRUNED_EVERY:
            await self._call(self._outbox.prune, now)
            self._pruned_at = now
