"""Addresses people send: added as feeds, or as single pages of the coverage."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from telegram import Message, MessageEntity, Update
from telegram.ext.filters import MessageFilter

from bot import texts
from bot.context import PautaContext, Services
from bot.feeds import MOST_LINKS, LinkAct, address_of, addresses_in, parse_link_press
from bot.handlers import access
from bot.handlers.access import language_in, private_message, private_place
from bot.handlers.addressing import place_of
from bot.handlers.buttons import expired, pressed
from bot.handlers.errands import Place
from bot.handlers.forwards import ask_about
from bot.handlers.sending import send_rendered, send_text
from bot.render import Rendered
from bot.render_feeds import feed_added
from bot.render_links import about_address, feed_choice, link_offer, page_taken
from bot.screens import reason_in_words
from retrieval.feeds.entries import NotAFeed
from retrieval.feeds.find import NO_FEED
from retrieval.models import Rejected

EXPECTED_FOR = timedelta(minutes=10)
"""How long after "send me the address" a link needs no further question."""
ADDRESS_NOTE = "feed address"
_ASKED_AT = "asked_for_a_feed"


class _OnlyLinks(MessageFilter):
    def filter(self, message: Message) -> bool:
        return bool(addresses_of(message))


ONLY_LINKS = _OnlyLinks(name="only links")
"""Messages that are nothing but one or more web addresses."""


def addresses_of(message: Message) -> tuple[str, ...]:
    marked = message.parse_entities([MessageEntity.URL]) if message.entities else {}
    return addresses_in(message.text or "", frozenset(marked.values()))


async def on_links(update: Update, context: PautaContext) -> None:
    """Offer what can be done with each, or add it when a feed was asked for."""
    message, user = private_message(update), update.effective_user
    if message is None or user is None:
        return
    addresses, language = addresses_of(message), language_in(update, context)
    may_add = access.may_change_feeds(context.services, user.id)
    if may_add and _is_expected(update, context):
        await begin_adding(update, context, addresses)
        return
    for address in addresses[:MOST_LINKS]:
        offer = link_offer(address, language, may_add=may_add)
        await send_rendered(context.bot, place_of(message), offer)
    if len(addresses) > MOST_LINKS:
        await _say(update, context, "links_too_many", count=MOST_LINKS)


async def ask_for_address(update: Update, context: PautaContext) -> None:
    """The next link the person sends is meant as a feed."""
    if context.chat_data is not None:
        context.chat_data[_ASKED_AT] = context.services.clock()
    _tell_others(update, context, expected=True)
    await _say(update, context, "feed_send_address")


async def begin_adding(update: Update, context: PautaContext, words: Sequence[str]) -> None:
    """Say that each address is looked at, and what was found once that is known."""
    where, language = private_place(update), language_in(update, context)
    if where is None:
        return
    for word in words[:MOST_LINKS]:
        address = address_of(word)
        if address is None:
            await _say(update, context, "not_an_address", word=reason_in_words(word))
            continue
        if not context.errands.has_room(where.chat_id):
            await _say(update, context, "too_many_errands")
            return
        begun = about_address("feed_looking", address, language)
        sent = await send_rendered(context.bot, where, begun)
        place = Place(where.chat_id, sent, where.thread_id)
        work = _feed_from(context.services, address, language)
        context.errands.start(update, context, place, work)
    if len(words) > MOST_LINKS:
        await _say(update, context, "links_too_many", count=MOST_LINKS)


async def on_link_button(update: Update, context: PautaContext) -> None:
    """Add the link of the message the button stands under, in its place."""
    press = pressed(update, context)
    wanted = parse_link_press(press.data) if press else None
    links = press.links() if press else ()
    if press is not None and wanted is not None and wanted.act is LinkAct.ASK_TEXT:
        return await ask_about(context, press, wanted.act, None)
    if press is None or wanted is None or wanted.index >= len(links):
        return await expired(update, context)
    if wanted.act is LinkAct.ASK:
        return await ask_about(context, press, wanted.act, links[wanted.index])
    services, language, address = context.services, press.language, links[wanted.index]
    if not access.may_change_feeds(services, press.user_id):
        return await press.answer("feeds_not_yours")
    if context.errands.is_at(press.place):
        return await press.answer("one_moment")
    if not context.errands.has_room(press.place.chat_id):
        return await press.answer("too_many_errands")
    if wanted.act is LinkAct.FEED:
        work, key = _feed_from(services, address, language), "feed_looking"
    else:
        work, key = _page_from(services, address, language), "page_reading"
    begun = about_address(key, address, language)
    context.errands.start(update, context, press.place, work, begun=begun)
    return await press.answer()


async def _feed_from(services: Services, address: str, language: str) -> Rendered:
    found = await services.feeds.find(address)
    if isinstance(found, NotAFeed):
        if found == NO_FEED:
            return about_address("feed_not_found", address, language)
        reason = reason_in_words(found.reason)
        return about_address("address_failed", address, language, reason=reason)
    if len(found) > 1:
        return feed_choice(address, found, language)
    return feed_added(await services.feeds.add(found[0]), language)


async def _page_from(services: Services, address: str, language: str) -> Rendered:
    taken = await services.feeds.add_page(address)
    if isinstance(taken, Rejected):
        reason = reason_in_words(taken.reason)
        return about_address("address_failed", address, language, reason=reason)
    return page_taken(taken, address, language)


def _is_expected(update: Update, context: PautaContext) -> bool:
    """Whether a feed's address was asked for of late; asked once, answered once."""
    asked = context.chat_data.pop(_ASKED_AT, None) if context.chat_data is not None else None
    if asked is not None:
        _tell_others(update, context, expected=False)
    return isinstance(asked, datetime) and context.services.clock() - asked < EXPECTED_FOR


def hear(chat_data: dict[Any, Any], now: datetime, said: dict[str, Any]) -> None:
    """What another replica has asked, or was given. Raises KeyError for what none tells."""
    if said["expected"]:
        chat_data[_ASKED_AT] = now
    else:
        chat_data.pop(_ASKED_AT, None)


def _tell_others(update: Update, context: PautaContext, *, expected: bool) -> None:
    replica, where = context.services.replica, private_place(update)
    if replica is not None and where is not None:
        replica.notes.tell_soon(ADDRESS_NOTE, where, where.chat_id, {"expected": expected})


async def _say(update: Update, context: PautaContext, key: str, **values: object) -> None:
    if (where := private_place(update)) is not None:
        await send_text(context.bot, where, texts.say(language_in(update, context), key, **values))
