"""A digest as it would be now, sent at once to who asked for it, through the outbox."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import datetime, timedelta

import structlog
from telegram import Update

from bot.context import PautaContext
from bot.conversation_key import ConversationKey
from bot.digest_preview import preview
from bot.handlers.buttons import Press
from bot.handlers.digest_places import Seat
from bot.handlers.sending import send_rendered, typing
from bot.render import Rendered
from bot.render_subscriptions import subscription_screen
from bot.screens import sentence
from bot.subscriptions import Subscription

log = structlog.get_logger(__name__)

EVERY = timedelta(minutes=1)
"""A preview may cost tokens."""
SECONDS = 120.0
_MOST_REMEMBERED = 500


class Previews:
    """Remembers where there was one just now."""

    def __init__(self) -> None:
        self._last: dict[ConversationKey, datetime] = {}

    async def begin(
        self, update: Update, context: PautaContext, press: Press, seat: Seat, one: Subscription
    ) -> None:
        """Compose it while the chat goes on."""
        errands, now = context.errands, context.services.clock()
        last = self._last.get(seat.here)
        too_soon = last is not None and now - last < EVERY
        if too_soon or errands.is_at(press.place) or not errands.has_room(seat.here.chat_id):
            await press.answer("digests_preview_soon")
            return
        while len(self._last) >= _MOST_REMEMBERED:
            self._last.pop(next(iter(self._last)))
        self._last[seat.here] = now
        await press.answer("digests_preview_begun")
        errands.start(update, context, press.place, _composed(context, seat, one))


async def _composed(context: PautaContext, seat: Seat, one: Subscription) -> Rendered:
    """Send it; the screen the button stands under stays."""
    services, language = context.services, seat.board.language
    # Whoever asks pays for what a language model writes.
    asked = replace(one, created_by=seat.person)
    zone, now = one.zone(seat.board.zone), services.clock()
    said = "digests_preview_nothing"
    try:
        async with asyncio.timeout(SECONDS), typing(context.bot, seat.here):
            found = await preview(services.digests, asked, zone, now, seat.here)
    except TimeoutError:
        log.warning("a preview took too long", subscription=one.id)
        found, said = None, "digests_preview_failed"
    if found is not None:
        await services.outbox.offload.search(services.outbox.put_now, found)
    else:
        await send_rendered(context.bot, seat.here, sentence(said, language))
    return subscription_screen(seat.board, one)
