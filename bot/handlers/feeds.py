"""/feeds and the buttons under its screens: the list, one feed, and what is done to it."""

from __future__ import annotations

import asyncio
from functools import partial

from telegram import Update

from bot import texts
from bot.context import PautaContext, Services
from bot.feeds import MOST_LINKS, READING, Act, FeedPress, parse_feed_press
from bot.handlers import access
from bot.handlers.access import language_in, private_message
from bot.handlers.addressing import place_of
from bot.handlers.buttons import Press, expired, pressed
from bot.handlers.links import ask_for_address, begin_adding
from bot.handlers.sending import edit_rendered, send_rendered, send_text
from bot.render import Rendered
from bot.render_feeds import feed_gone, feed_list, feed_note, feed_view, removal_question
from bot.screens import sentence
from retrieval.feeds.rhythm import CheckOutcome

SOON_SECONDS = 0.5
"""How long a small change may take before the person is told that it waits its turn."""


async def feeds_command(update: Update, context: PautaContext) -> None:
    """`/feeds`, `/feeds add`, `/feeds add ADDRESS...`; phones write `Add`."""
    message, user = private_message(update), update.effective_user
    if message is None or user is None:
        return
    services, language = context.services, language_in(update, context)
    may_change = access.may_change_feeds(services, user.id)
    command, *words = (message.text or "").split(maxsplit=MOST_LINKS + 3)[1:] or [""]
    if command.lower() != "add":
        page = await services.feeds.page(0)
        screen = feed_list(page, language, services.clock(), may_change=may_change)
        await send_rendered(context.bot, place_of(message), screen)
    elif not may_change:
        await send_text(context.bot, place_of(message), texts.say(language, "feeds_not_yours"))
    elif words:
        await begin_adding(update, context, words)
    else:
        await ask_for_address(update, context)


async def on_feed_button(update: Update, context: PautaContext) -> None:
    """Everything happens in the message the button stands under."""
    press = pressed(update, context)
    wanted = parse_feed_press(press.data) if press else None
    if press is None or wanted is None:
        return await expired(update, context)
    may_change = access.may_change_feeds(context.services, press.user_id)
    if wanted.act not in READING and not may_change:
        return await press.answer("feeds_not_yours")
    if context.errands.is_at(press.place):
        return await press.answer("one_moment")
    if wanted.act is Act.ADD:
        await asyncio.gather(press.answer(), ask_for_address(update, context))
    elif wanted.act in _CHANGES:
        await _change(update, context, press, wanted)
    else:
        screen = await _look(context.services, wanted, press.language, may_change=may_change)
        place = press.place
        await asyncio.gather(
            press.answer(), edit_rendered(context.bot, place.where, place.message_id, screen)
        )
    return None


async def _look(
    services: Services, wanted: FeedPress, language: str, *, may_change: bool
) -> Rendered:
    if wanted.act is Act.LIST:
        page = await services.feeds.page(wanted.page)
        return feed_list(page, language, services.clock(), may_change=may_change)
    row = await services.feeds.row(wanted.feed_id)
    if row is None:
        return feed_gone(language, wanted.page)
    if wanted.act is Act.ASK_REMOVE:
        articles = await services.feeds.articles_only_of(wanted.feed_id)
        return removal_question(row.feed, articles, language, wanted.page)
    return feed_view(row, language, services.clock(), may_change=may_change, page=wanted.page)


async def _change(update: Update, context: PautaContext, press: Press, wanted: FeedPress) -> None:
    """Beside the chat's turn: it may have to wait for a round to end."""
    if not context.errands.has_room(press.place.chat_id):
        await press.answer("too_many_errands")
        return
    begun, after = _CHANGES[wanted.act]
    context.errands.start(
        update,
        context,
        press.place,
        _changed(context.services, wanted, press.language),
        begun=sentence(begun, press.language),
        after=after,
    )
    await press.answer()


_CHANGES = {
    Act.PAUSE: ("feed_waits", SOON_SECONDS),
    Act.RESUME: ("feed_waits", SOON_SECONDS),
    Act.CHECK: ("feed_reading", 0.0),
    Act.REMOVE: ("feed_waits", SOON_SECONDS),
    Act.REMOVE_KEEPING: ("feed_waits", SOON_SECONDS),
}
"""What is said while it is done, and after how many seconds."""


async def _changed(services: Services, wanted: FeedPress, language: str) -> Rendered:
    """Do it; the screen that shows what became of it."""
    feeds, feed_id, page = services.feeds, wanted.feed_id, wanted.page
    view = partial(feed_view, language=language, may_change=True, page=page)
    if wanted.act in (Act.REMOVE, Act.REMOVE_KEEPING):
        keep = wanted.act is Act.REMOVE_KEEPING
        removed = await feeds.remove(feed_id, keep_articles=keep)
        if removed is None:
            return feed_gone(language, page)
        feed, count = removed
        key = "feed_removed_keeping" if keep else "feed_removed"
        return feed_note(key, feed, language, page, count=count)
    if wanted.act is Act.CHECK:
        report = await feeds.check(feed_id)
        row = await feeds.row(feed_id)
        if row is None or report is None:
            return feed_gone(language, page)
        well = report.outcome in {CheckOutcome.NEW, CheckOutcome.UNCHANGED}
        note = texts.say(language, "feed_checked", new=report.new, changed=report.changed)
        return view(row, now=services.clock(), note=note if well else "")
    row = await feeds.set_paused(feed_id, wanted.act is Act.PAUSE)
    return view(row, now=services.clock()) if row else feed_gone(language, page)
