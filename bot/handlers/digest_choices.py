"""What becomes of a digest by a press or by what somebody has typed: done, and shown."""

from __future__ import annotations

from dataclasses import replace

import structlog

from bot.context import PautaContext
from bot.handlers.digest_places import Seat, all_of
from bot.render import Rendered
from bot.render_subscription_choices import (
    hour_choice,
    name_question,
    page_of,
    source_choice,
    timezone_choice,
    topic_choice,
)
from bot.render_subscriptions import subscription_screen
from bot.richtext import is_blank
from bot.screens import cut
from bot.subscription_buttons import NOT_CHOSEN, SubscriptionAct, SubscriptionPress
from bot.subscription_changes import Unchanged, key_of_words, with_source_turned, with_topics
from bot.subscriptions import LONGEST_NAME, Subscription, Wishes
from bot.time_words import minute_of

log = structlog.get_logger(__name__)

LONGEST_QUOTED = 40
"""Of what was typed and not understood."""

Shown = tuple[Rendered, str | None]
"""A screen, and a word to who pressed."""


async def new_one(context: PautaContext, seat: Seat) -> Shown:
    """Every working day at 7:30; in the language of who asks, where the place has chosen none."""
    services = context.services
    chosen = services.chat_settings.of(seat.whose)
    own = services.chat_settings.own(seat.here)
    wishes = Wishes(
        language=None if chosen.language else seat.board.language,
        # A channel has no settings of its own.
        timezone=own.timezone if seat.elsewhere else None,
    )
    one = await services.subscriptions.add(seat.whose, "", wishes, seat.person)
    if one is None:
        return await all_of(context, seat), "digests_enough"
    log.info("a digest is wished for", subscription=one.id)
    return subscription_screen(seat.board, one), None


async def sources(
    context: PautaContext, seat: Seat, one: Subscription, wanted: SubscriptionPress
) -> Shown:
    outlets = await context.services.chat_settings.outlets()
    # What was chosen and has left the coverage can still be taken back.
    outlets = (*outlets, *sorted({*one.sources} - {*outlets}))
    if wanted.act is SubscriptionAct.SOURCES:
        page = int(wanted.value) if wanted.value.isdecimal() else 0
        return source_choice(seat.board, one, outlets, page), None
    outlet = next((name for name in outlets if key_of_words(name) == wanted.value), None)
    wishes: Wishes | Unchanged = Unchanged.GONE
    if wanted.value == NOT_CHOSEN:
        wishes = replace(one.wishes, sources=())
    elif outlet is not None:
        wishes = with_source_turned(one.wishes, outlet)
    page = page_of(outlets, outlet or "")
    if isinstance(wishes, Unchanged):
        return source_choice(seat.board, one, outlets, page), wishes.value
    after = await context.services.subscriptions.change(seat.whose, one.id, wishes)
    if after is None:
        return await all_of(context, seat), "digests_gone"
    return source_choice(seat.board, after, outlets, page), None


async def taken(
    context: PautaContext, seat: Seat, one: Subscription, act: SubscriptionAct, text: str
) -> tuple[Rendered, bool]:
    """What somebody was asked for and has typed; whether the screen then shown asks again."""
    book, board = context.services.subscriptions, seat.board
    quoted = cut(text, LONGEST_QUOTED)
    match act:
        case SubscriptionAct.TIME:
            minute = minute_of(text)
            if minute is None:
                note = board.say("digests_time_unknown", text=quoted)
                return hour_choice(board, one, note), True
            wishes = replace(one.wishes, at=minute)
        case SubscriptionAct.TIMEZONE:
            cities = await context.services.chat_settings.cities(text)
            if len(cities) != 1:
                note = "" if cities else board.say("settings_city_unknown", name=quoted)
                return timezone_choice(board, one, cities, note), not cities
            wishes = replace(one.wishes, timezone=cities[0].timezone)
        case SubscriptionAct.TOPICS:
            more = with_topics(one.wishes, text)
            if isinstance(more, Unchanged):
                note = board.say(more.value) if more is Unchanged.ENOUGH else ""
                return topic_choice(board, one, note), True
            wishes = more
        case _:
            name = cut(text, LONGEST_NAME)
            if is_blank(name):
                return name_question(board, one), True
            after = await book.rename(seat.whose, one.id, name)
            return await after_change(context, seat, after), False
    after = await book.change(seat.whose, one.id, wishes)
    return await after_change(context, seat, after), False


async def after_change(context: PautaContext, seat: Seat, one: Subscription | None) -> Rendered:
    """The digest as it is now; all of them where it has gone meanwhile."""
    if one is None:
        return await all_of(context, seat)
    return subscription_screen(seat.board, one)
