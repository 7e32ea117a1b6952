"""The updates on their way to the handlers: each written down before Telegram may forget it,
taken once, and followed until it was handled.

Polling and the webhook both put them here. `put` waits while too many wait: then nothing more
is fetched, and Telegram keeps the rest.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections import OrderedDict
from collections.abc import Collection

import structlog
from sqlalchemy.exc import SQLAlchemyError
from telegram import Bot, Update
from telegram.ext import ExtBot

from bot.context import Services
from bot.conversation_key import ConversationKey
from bot.handlers.access import client_language, conversation_of, is_kept
from bot.handlers.addressing import is_question
from bot.handlers.backlog import lateness, was_away
from bot.handlers.guest_reply import give_up
from bot.handlers.seen_updates import Handling, noted
from bot.handlers.streaming import tidy_up
from bot.shown_answers import Unfinished
from bot.update_book import LeftOver, State

log = structlog.get_logger(__name__)

MOST_WAITING = 4096
"""Updates held at once, those in progress included."""
MOST_REMEMBERED = 10_000
"""Numbers of this run's updates; of those that count, the database knows more."""
SETTLE_SECONDS = 0.5
"""A late question waits until nothing late has come for so long: a newer one may follow it."""
LONGEST_SETTLING = 10.0
CATCHING_UP_SECONDS = 15.0
"""After a start, or after something late came: as long may buttons be old as well."""


class Arrivals(asyncio.Queue[object]):
    """The application's queue of updates."""

    def __init__(self, services: Services) -> None:
        super().__init__()
        self._services = services
        self._known: OrderedDict[int, None] = OrderedDict()
        self._on_their_way: dict[int, Handling] = {}
        self._questions: dict[ConversationKey, set[int]] = {}
        self._left_out: dict[ConversationKey, int] = {}
        self._room = asyncio.Event()
        self._room.set()
        self._late_at = self._catching_up_until = float("-inf")

    # How they come

    async def put(self, item: object) -> None:
        """Take an update that is new; a repeated one is dropped."""
        if isinstance(item, Update):
            await self._room.wait()
            if not await self._is_taken(item):
                return
        await super().put(item)

    async def has_room(self, seconds: float) -> bool:
        """Whether `put` would not have to wait, now or within so many seconds."""
        if self._room.is_set():
            return True
        try:
            await asyncio.wait_for(self._room.wait(), seconds)
        except TimeoutError:
            return False
        return True

    async def take_up(self, bot: Bot, left: Collection[Unfinished]) -> tuple[Unfinished, ...]:
        """Queue what earlier runs, or replicas that are gone, did not finish; `left` is what they
        left under way. Returns those of `left` that nothing will answer."""
        unclaimed = {(one.chat_id, one.message_id): one for one in left}
        try:
            if was_away(await self._services.updates.last_seen(), self._services.clock()):
                self._catch_up()
            found = await self._services.updates.left_over()
        except SQLAlchemyError as error:
            log.warning("what was left cannot be read", cause=type(error).__name__)
            return tuple(left)
        for one in found:
            update = _read(one, bot)
            if update is None or not one.may_be_answered:
                if one.posted and isinstance(bot, ExtBot):
                    language = client_language(update)
                    await give_up(bot, one.posted, language)
                await noted(self._services.updates.handled(one.update_id))
                continue
            handling = self._handling_of(update)
            handling.updates, handling.may_be_old = self._services.updates, False
            handling.apologised = one.state is not State.WAITING
            handling.posted = one.posted
            if one.placeholder is not None and handling.where is not None:
                place = (handling.where.chat_id, one.placeholder)
                handling.left_behind = unclaimed.pop(place, None)
                if handling.left_behind is None:  # It says something final already.
                    await noted(self._services.updates.handled(one.update_id))
                    continue
            self._register(handling)
            self._known[one.update_id] = None
            await super().put(update)
        if found:
            log.info("what an earlier run left is taken up", updates=len(found))
        return tuple(unclaimed.values())

    async def _is_taken(self, update: Update) -> bool:
        if update.update_id in self._known:
            return False
        self._known[update.update_id] = None
        if len(self._known) > MOST_REMEMBERED:
            self._known.popitem(last=False)
        handling = self._handling_of(update)
        if is_kept(update, self._services):
            try:
                queue = str(handling.where) if handling.where is not None else None
                body = update.to_json()
                if not await self._services.updates.record(update.update_id, body, queue):
                    return False
                handling.updates = self._services.updates
            except SQLAlchemyError as error:
                # Better answered, perhaps twice after a crash, than not at all.
                log.warning("an update could not be noted", cause=type(error).__name__)
        self._register(handling)
        return True

    def _handling_of(self, update: Update) -> Handling:
        message, now = update.message, time.monotonic()
        late = lateness(message.date, self._services.clock()) if message else None
        if late is not None:
            self._late_at = now
            self._catch_up()
        bot = update.get_bot()
        return Handling(
            update.update_id,
            conversation_of(update),
            late=late,
            is_question=is_question(update, bot.username, bot.id),
            may_be_old=update.callback_query is not None and now < self._catching_up_until,
        )

    def _catch_up(self) -> None:
        self._catching_up_until = time.monotonic() + CATCHING_UP_SECONDS

    # How they go

    def begin(self, update: object) -> Handling:
        """Follow an update that was taken."""
        number = update.update_id if isinstance(update, Update) else -1
        return self._on_their_way.get(number) or Handling(number)

    async def turn_of(self, handling: Handling) -> None:
        """Until no other replica is at work on what came before it in its conversation."""
        if handling.updates is not None:
            await handling.updates.turn(handling.update_id)

    async def end(self, handling: Handling, bot: Bot | None, *, handled: bool) -> None:
        """What is not handled is taken up at the next start."""
        self._forget(handling)
        if not handled:
            return
        await handling.over()
        if handling.left_behind is not None and isinstance(bot, ExtBot):
            await tidy_up(bot, self._services.answers, (handling.left_behind,))

    def newer_waits(self, handling: Handling) -> bool:
        """Whether a later question of the same conversation has come already."""
        waiting = self._questions.get(handling.where, set()) if handling.where else set()
        return any(number > handling.update_id for number in waiting)

    async def settled(self) -> None:
        """Until nothing late has come for a while."""
        until = time.monotonic() + LONGEST_SETTLING
        while (wait := min(until, self._late_at + SETTLE_SECONDS) - time.monotonic()) > 0:  # noqa: ASYNC110
            await asyncio.sleep(wait)

    def leave_out(self, where: ConversationKey) -> None:
        self._left_out[where] = self._left_out.get(where, 0) + 1

    def left_out(self, where: ConversationKey) -> int:
        """Questions of a conversation that nobody was told of yet; then they count as told."""
        return self._left_out.pop(where, 0)

    def _register(self, handling: Handling) -> None:
        self._on_their_way[handling.update_id] = handling
        if handling.is_question and handling.where is not None:
            self._questions.setdefault(handling.where, set()).add(handling.update_id)
        if len(self._on_their_way) >= MOST_WAITING:
            self._room.clear()

    def _forget(self, handling: Handling) -> None:
        self._on_their_way.pop(handling.update_id, None)
        if handling.where is not None and handling.where in self._questions:
            waiting = self._questions[handling.where]
            waiting.discard(handling.update_id)
            if not waiting:
                del self._questions[handling.where]
        if len(self._on_their_way) < MOST_WAITING:
            self._room.set()


def _read(one: LeftOver, bot: Bot) -> Update | None:
    """None for what another version wrote and this one cannot read."""
    try:
        return Update.de_json(json.loads(one.body), bot)
    except (ValueError, KeyError, TypeError, AttributeError, OverflowError) as error:
        log.warning("what was left cannot be read", cause=type(error).__name__)
        return None
