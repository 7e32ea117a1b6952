"""/settings of a chat or topic, and the buttons under its screens."""

from __future__ import annotations

import asyncio
from dataclasses import replace

from telegram import Message, Update

from bot import texts
from bot.asker import Length
from bot.chat_settings import ChatSettings, QuietHours, known_timezones
from bot.cities import City
from bot.context import PautaContext
from bot.conversation_key import ConversationKey
from bot.handlers.access import heard, language_in, may_change_settings
from bot.handlers.addressing import Addressed
from bot.handlers.ask import answer_question
from bot.handlers.asked_cities import AskedCities
from bot.handlers.buttons import Press, expired, pressed_anywhere
from bot.handlers.menus import set_menu_of
from bot.handlers.sending import edit_rendered, send_rendered, send_text
from bot.render import Rendered
from bot.render_settings import (
    Desk,
    city_question,
    city_unknown,
    feeds_page,
    language_choice,
    length_choice,
    outlet_key,
    outlets_page,
    quiet_end,
    quiet_start,
    settings_main,
    which_city,
)
from bot.settings_buttons import (
    NOT_CHOSEN,
    SettingsAct,
    SettingsPress,
    hours_of,
    parse_settings_press,
)


class SettingsDesk:
    """The handlers of the settings; remembers who was asked for a city."""

    def __init__(self) -> None:
        self.asked = AskedCities()

    async def command(self, update: Update, context: PautaContext) -> None:
        """What is chosen here, to who may change it."""
        said = heard(update, context)
        if said is None:
            return
        if not may_change_settings(context.services, said.where, said.who.id):
            line = texts.say(language_in(update, context), "settings_not_yours")
            await send_text(context.bot, said.where, line)
            return
        screen = await _main(context, desk_of(update, context, said.where))
        await send_rendered(context.bot, said.where, screen)

    async def button(self, update: Update, context: PautaContext) -> None:
        """Everything happens in the message the button stands under."""
        press = pressed_anywhere(update, context)
        wanted = parse_settings_press(press.data) if press else None
        # Of a message too old to be read nobody knows the topic it is in.
        if press is None or wanted is None or not isinstance(press.query.message, Message):
            return await expired(update, context)
        where = press.place.where
        if not may_change_settings(context.services, where, press.user_id):
            return await press.answer("settings_not_yours")
        shown, said = await self._done(update, context, press, wanted)
        await asyncio.gather(
            press.answer(said), edit_rendered(context.bot, where, press.place.message_id, shown)
        )
        return None

    async def city(self, update: Update, context: PautaContext) -> None:
        """The city somebody was asked for, by name or as a place on the map; unless they ask
        something instead."""
        said = heard(update, context)
        if said is None or not may_change_settings(context.services, said.where, said.who.id):
            return
        where, desk = said.where, desk_of(update, context, said.where)
        cities = await _meant(context, said)
        if len(cities) == 1:
            self.asked.settle(where, said.who.id)
            await _choose(context, where, replace(desk.own, timezone=cities[0].timezone))
            screen = await _main(context, desk_of(update, context, where))
        elif cities:
            self.asked.settle(where, said.who.id)
            screen = which_city(desk, cities)
        elif "?" in said.text:
            self.asked.settle(where, said.who.id)
            await answer_question(update, context)
            return
        else:
            screen = city_unknown(desk, said.text or "📍")
        message_id = await send_rendered(context.bot, where, screen)
        if not cities:
            self.asked.ask(where, said.who.id, message_id)

    async def _done(
        self, update: Update, context: PautaContext, press: Press, wanted: SettingsPress
    ) -> tuple[Rendered, str | None]:
        """Do it; the screen that shows what became of it, and a word to who pressed."""
        where = press.place.where
        desk = desk_of(update, context, where)
        self.asked.settle(where, press.user_id)
        match wanted.act:
            case SettingsAct.OUTLETS | SettingsAct.TURN_OUTLET:
                return await _outlets(update, context, desk, wanted)
            case SettingsAct.FEEDS | SettingsAct.TURN_FEED:
                return await _feeds(update, context, desk, wanted)
            case SettingsAct.TIMEZONE if not wanted.value:
                self.asked.ask(where, press.user_id, press.place.message_id)
                return city_question(desk), None
            case SettingsAct.MAIN:
                return await _main(context, desk), None
        if not wanted.value:
            return _choices(desk, wanted.act), None
        if wanted.act is SettingsAct.QUIET and isinstance(hour := hours_of(wanted.value), int):
            return quiet_end(desk, hour), None
        chosen = with_choice(desk.own, wanted)
        if chosen is None:
            return await _main(context, desk), "button_expired"
        await _choose(context, where, chosen)
        if chosen.language != desk.own.language:
            await set_menu_of(context.bot, context.services, where)
        after = desk_of(update, context, where)
        return await _main(context, after), None


def desk_of(update: Update, context: PautaContext, where: ConversationKey) -> Desk:
    """A place as its screens show it now."""
    services = context.services
    book = services.chat_settings
    return Desk(
        where=where,
        own=book.own(where),
        holds=book.of(where),
        language=language_in(update, context),
        now=services.clock().astimezone(book.zone(where)),
    )


def with_choice(own: ChatSettings, wanted: SettingsPress) -> ChatSettings | None:
    """What is chosen after a press; None for what cannot be chosen.  (pure)"""
    value = None if wanted.value == NOT_CHOSEN else wanted.value
    match wanted.act:
        case SettingsAct.LANGUAGE if value is None or value in texts.LANGUAGES:
            return replace(own, language=value)
        case SettingsAct.TIMEZONE if value is None or value in known_timezones():
            return replace(own, timezone=value)
        case SettingsAct.LENGTH if value is None or value in set(Length):
            return replace(own, length=Length(value) if value else None)
        case SettingsAct.QUIET if isinstance(hours := hours_of(wanted.value), QuietHours):
            return replace(own, quiet=hours)
    return None


def _choices(desk: Desk, act: SettingsAct) -> Rendered:
    if act is SettingsAct.LANGUAGE:
        return language_choice(desk)
    return length_choice(desk) if act is SettingsAct.LENGTH else quiet_start(desk)


async def _main(context: PautaContext, desk: Desk) -> Rendered:
    preferred = desk.holds.preferred_feeds
    feeds = await context.services.chat_settings.feeds() if preferred else ()
    return settings_main(desk, [title for id_, title in feeds if id_ in preferred])


async def _outlets(
    update: Update, context: PautaContext, desk: Desk, wanted: SettingsPress
) -> tuple[Rendered, str | None]:
    outlets = await context.services.chat_settings.outlets()
    # What was chosen and has left the coverage can still be taken back.
    chosen = {*desk.holds.preferred_sources, *desk.holds.hidden_sources} - {*outlets}
    outlets = (*outlets, *sorted(chosen))
    if wanted.act is SettingsAct.OUTLETS:
        return outlets_page(desk, outlets, wanted.page), None
    outlet = next((one for one in outlets if outlet_key(one) == wanted.value), None)
    if outlet is None:
        return outlets_page(desk, outlets, wanted.page), "settings_gone"
    after = desk.own.with_source_turned(outlet)
    await _choose(context, desk.where, after)
    shown = outlets_page(desk_of(update, context, desk.where), outlets, wanted.page)
    return shown, "settings_enough" if after == desk.own else None


async def _feeds(
    update: Update, context: PautaContext, desk: Desk, wanted: SettingsPress
) -> tuple[Rendered, str | None]:
    feeds = await context.services.chat_settings.feeds()
    if wanted.act is SettingsAct.FEEDS:
        return feeds_page(desk, feeds, wanted.page), None
    known = {id_ for id_, _ in feeds}
    # Feeds that were removed since make no room scarce.
    there = tuple(one for one in desk.own.preferred_feeds if one in known)
    before = replace(desk.own, preferred_feeds=there)
    if wanted.value not in known:
        return feeds_page(desk, feeds, wanted.page), "settings_gone"
    after = before.with_feed_turned(wanted.value)
    await _choose(context, desk.where, after)
    shown = feeds_page(desk_of(update, context, desk.where), feeds, wanted.page)
    return shown, "settings_enough" if after == before else None


async def _choose(context: PautaContext, where: ConversationKey, chosen: ChatSettings) -> None:
    await context.services.chat_settings.choose(where, chosen)


async def _meant(context: PautaContext, said: Addressed) -> tuple[City, ...]:
    book, place = context.services.chat_settings, said.message.location
    if place is None:
        return await book.cities(said.text)
    city = await book.city_at(place.latitude, place.longitude)
    return (city,) if city else ()
