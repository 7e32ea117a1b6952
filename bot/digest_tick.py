"""From a subscription that is due to a digest that is stored to be sent; it orders, and decides
nothing.

    due -> compose -> stored, and the subscription moved on, in one transaction -> the outbox

A crash before the transaction composes anew, one after it finds the digest stored. What has
been down for days is asked once: `bot.due_times.due` knows what is still owed.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from typing import Protocol

import structlog
from sqlalchemy import Connection
from sqlalchemy.exc import SQLAlchemyError

from bot.context import PautaContext
from bot.conversation_key import ConversationKey
from bot.handlers import PautaApplication
from bot.handlers.access import is_sent_news
from bot.offload import Offload
from bot.outgoing import Delivery
from bot.replicas import LEASE
from bot.subscription_book import SubscriptionBook, Waiting
from bot.subscriptions import Dropped, Due, Subscription
from bot.ticks import every
from retrieval.protocols import Clock

log = structlog.get_logger(__name__)

TICK, FIRST_TICK = timedelta(minutes=1), timedelta(seconds=1)
BATCH = 50
AT_ONCE = 4
"""Digests composed side by side; most of the time one waits for a language model."""
COMPOSE_SECONDS = 120.0
FIRST_PAUSE, LONGEST_PAUSE = timedelta(minutes=1), timedelta(minutes=30)
"""Before a digest that could not be composed is tried again."""
_MOST_FAILING = 10_000

Put = Callable[[Connection, Delivery], bool]
Hears = Callable[[ConversationKey], bool]


class Composer(Protocol):
    """See `bot.digest`."""

    async def compose(self, subscription: Subscription, due: Due, /) -> Delivery | None:
        """None where there is nothing to tell and the chat wants no word of that."""
        ...


@dataclass(frozen=True, slots=True)
class _Failing:
    not_before: datetime
    pause: timedelta


class DigestTick:
    """One round over all that is due; `put` stores a delivery, as `Outbox.put` does."""

    def __init__(
        self,
        book: SubscriptionBook,
        composer: Composer,
        put: Put,
        offload: Offload,
        clock: Clock,
    ) -> None:
        self._book, self._composer, self._put = book, composer, put
        self._offload, self._clock = offload, clock
        self._failing: dict[int, _Failing] = {}
        self._at_work: set[asyncio.Task[None]] = set()
        self._is_stopped = False
        self._is_first = True

    async def run(self, hears: Hears) -> None:
        """Everything that is due, for the chats that `hears` lets be spoken to."""
        if self._is_first:
            # Whose newsroom or timezone database has changed while nobody was at work.
            await self._offload.search(self._book.follow_zone)
            self._is_first = False
        await self._offload.search(self._book.put_right, self._clock())
        after = (-1, -1)
        while not self._is_stopped:
            waiting = await self._offload.search(self._book.due_now, self._clock(), BATCH, after)
            if not waiting:
                break
            after = waiting[-1].cursor
            await self._all(waiting, hears)

    def stop(self) -> None:
        """What is being composed is given up, and composed at the next start. To be called on
        the event loop."""
        self._is_stopped = True
        for task in self._at_work:
            task.cancel()

    async def _all(self, batch: tuple[Waiting, ...], hears: Hears) -> None:
        free = asyncio.Semaphore(AT_ONCE)

        async def one(waiting: Waiting) -> None:
            async with free:
                await self._one(waiting, hears)

        self._at_work = {asyncio.create_task(one(waiting), name="digest") for waiting in batch}
        kept = asyncio.create_task(self._keep(batch), name="digests kept")
        try:
            done = await asyncio.gather(*self._at_work, return_exceptions=True)
        finally:
            self._at_work = set()
            kept.cancel()
        for failed in done:
            if isinstance(failed, Exception):
                raise failed

    async def _keep(self, batch: tuple[Waiting, ...]) -> None:
        """No other replica takes up what is being composed here."""
        numbers = [one.subscription.id for one in batch]
        while True:
            await asyncio.sleep(LEASE.total_seconds() / 3)
            try:
                await self._offload.search(self._book.keep, numbers, self._clock())
            except SQLAlchemyError as error:
                log.warning("digests could not be kept", cause=type(error).__name__)

    async def _one(self, waiting: Waiting, hears: Hears) -> None:
        subscription, what = waiting.subscription, waiting.what
        if isinstance(what, Dropped):
            if await self._advance(waiting):
                _warn_of_missed("digests dropped: too late", what)
            return
        if not hears(subscription.where):
            if await self._advance(waiting):
                log.info("digest dropped: the chat is not to be sent anything", key=what.key)
            return
        failing = self._failing.get(subscription.id)
        if failing is not None and self._clock() < failing.not_before:
            return
        # One that cannot be composed, for whatever reason, must not keep the others waiting.
        try:
            async with asyncio.timeout(COMPOSE_SECONDS):
                composed = await self._composer.compose(subscription, what)
        except Exception:
            log.exception("a digest could not be composed", key=what.key)
            self._pause(subscription.id, failing)
            return
        if not await self._advance(waiting, composed):
            log.info("digest left alone: another one stored or changed it", key=what.key)
            return
        _warn_of_missed("digests were missed: a later one covers them", what)
        log.info(
            "digest stored" if composed else "digest skipped: nothing to tell",
            key=what.key,
            late=what.late,
        )

    async def _advance(self, waiting: Waiting, composed: Delivery | None = None) -> bool:
        self._failing.pop(waiting.subscription.id, None)
        if composed is None or isinstance(waiting.what, Dropped):
            return await self._offload.search(self._book.advance, waiting)
        what = waiting.what
        delivery = replace(
            composed,
            key=what.key,
            about=what.subscription_id,
            due_at=what.due_at,
            expires_at=what.expires_at,
            late_after=what.late_after,
        )

        def store(connection: Connection) -> None:
            if not self._put(connection, delivery):
                log.info("digest left alone: its day was told already", key=delivery.key)

        return await self._offload.search(self._book.advance, waiting, store)

    def _pause(self, number: int, before: _Failing | None) -> None:
        if len(self._failing) >= _MOST_FAILING:
            self._failing.clear()
        pause = FIRST_PAUSE if before is None else min(2 * before.pause, LONGEST_PAUSE)
        self._failing[number] = _Failing(self._clock() + pause, pause)


def send_digests(application: PautaApplication, tick: DigestTick) -> None:
    """Look every minute for what is due; a round that takes longer delays the next one."""

    async def run(context: PautaContext) -> None:
        await tick.run(partial(is_sent_news, context.services))

    every(TICK, application, run, first=FIRST_TICK, name="digests")


def _warn_of_missed(event: str, what: Due | Dropped) -> None:
    if what.missed is not None:
        first, last = what.missed.first.isoformat(), what.missed.last.isoformat()
        number, count = what.subscription_id, what.missed.count
        log.warning(event, subscription=number, first=first, last=last, count=count)
