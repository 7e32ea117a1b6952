"""/digest of a chat, a topic, or a channel set from a private chat; its buttons, and what is
typed when one of its screens asks for it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from telegram import Message, Update

from bot import texts
from bot.context import PautaContext
from bot.handlers.access import heard, language_in
from bot.handlers.asked_cities import AskedCities
from bot.handlers.asked_words import AskedFor, AskedWords
from bot.handlers.buttons import Press, expired, pressed_anywhere
from bot.handlers.digest_choices import Shown, after_change, new_one, sources, taken
from bot.handlers.digest_places import Seat, all_of, seat_of
from bot.handlers.digest_previews import Previews
from bot.handlers.sending import edit_rendered, send_rendered, send_text
from bot.render import Rendered
from bot.render_subscription_choices import (
    day_choice,
    edition_choice,
    hour_choice,
    language_choice,
    late_choice,
    length_choice,
    minute_choice,
    name_question,
    quiet_day_choice,
    timezone_choice,
    topic_choice,
)
from bot.render_subscriptions import Board, remove_question, subscription_screen
from bot.subscription_buttons import (
    SubscriptionAct,
    SubscriptionPress,
    parse_subscription_press,
    time_of,
)
from bot.subscription_changes import Unchanged, changed
from bot.subscriptions import Subscription

Screen = Callable[[Board, Subscription], Rendered]

_ASKS: dict[SubscriptionAct, Screen] = {
    SubscriptionAct.TIME: hour_choice,
    SubscriptionAct.TIMEZONE: timezone_choice,
    SubscriptionAct.TOPICS: topic_choice,
    SubscriptionAct.NAME: name_question,
}
"""What may be typed, too."""
_OFFERS: dict[SubscriptionAct, Screen] = {
    SubscriptionAct.DAYS: day_choice,
    SubscriptionAct.LANGUAGE: language_choice,
    SubscriptionAct.LENGTH: length_choice,
    SubscriptionAct.EDITION: edition_choice,
    SubscriptionAct.QUIET_DAY: quiet_day_choice,
    SubscriptionAct.LATE: late_choice,
    SubscriptionAct.REMOVE: remove_question,
}
_STAY_OPEN: dict[SubscriptionAct, Screen] = {
    SubscriptionAct.DAYS: day_choice,
    SubscriptionAct.TOPICS: topic_choice,
}
"""Often changed by more than one tap."""


class DigestScreens:
    """The handlers of /digest; remembers who was asked to write something. What `others` ask
    for is given up when something is asked here."""

    def __init__(self, others: AskedCities) -> None:
        self.asked = AskedWords()
        self._others = others
        self._previews = Previews()

    async def command(self, update: Update, context: PautaContext) -> None:
        said = heard(update, context)
        if said is None:
            return
        language = language_in(update, context)
        seat = seat_of(context, said.where, said.who.id, language)
        if seat is None:
            await send_text(context.bot, said.where, texts.say(language, "digests_not_yours"))
            return
        self.asked.settle(seat.here, seat.person)
        await send_rendered(context.bot, said.where, await all_of(context, seat))

    async def button(self, update: Update, context: PautaContext) -> None:
        """Everything happens in the message the button stands under."""
        press = pressed_anywhere(update, context)
        wanted = parse_subscription_press(press.data) if press else None
        # Of a message too old to be read nobody knows the topic it is in.
        if press is None or wanted is None or not isinstance(press.query.message, Message):
            return await expired(update, context)
        here = press.place.where
        seat = seat_of(context, here, press.user_id, press.language, wanted.elsewhere)
        if seat is None:
            return await press.answer("digests_not_yours")
        self.asked.settle(here, press.user_id)
        if wanted.act is SubscriptionAct.PREVIEW:
            one = await context.services.subscriptions.get(seat.whose, wanted.number)
            if one is not None:
                return await self._previews.begin(update, context, press, seat, one)
        shown, said = await self._done(context, seat, press, wanted)
        await asyncio.gather(
            press.answer(said), edit_rendered(context.bot, here, press.place.message_id, shown)
        )
        return None

    async def written(self, update: Update, context: PautaContext) -> None:
        """What somebody was asked for."""
        said = heard(update, context)
        asked = self.asked.what(said.where, said.who.id) if said else None
        if said is None or asked is None:
            return
        language = language_in(update, context)
        seat = seat_of(context, said.where, said.who.id, language, asked.elsewhere)
        self.asked.settle(said.where, said.who.id)
        one = None
        if seat is not None:
            one = await context.services.subscriptions.get(seat.whose, asked.number)
        if seat is None or one is None:
            await send_text(context.bot, said.where, texts.say(language, "digests_gone"))
            return
        shown, asks_again = await taken(context, seat, one, asked.act, said.text)
        message_id = await send_rendered(context.bot, said.where, shown)
        if asks_again:
            self.asked.ask_for(asked, said.where, said.who.id, message_id)

    async def _done(
        self, context: PautaContext, seat: Seat, press: Press, wanted: SubscriptionPress
    ) -> Shown:
        """Do it; the screen that shows what became of it."""
        book = context.services.subscriptions
        match wanted.act:
            case SubscriptionAct.LIST:
                return await all_of(context, seat), None
            case SubscriptionAct.NEW:
                return await new_one(context, seat)
        one = await book.get(seat.whose, wanted.number)
        if one is None:
            return await all_of(context, seat), "digests_gone"
        match wanted.act:
            case SubscriptionAct.OPEN:
                return subscription_screen(seat.board, one), None
            case SubscriptionAct.PAUSE | SubscriptionAct.RESUME:
                turn = book.pause if wanted.act is SubscriptionAct.PAUSE else book.resume
                return await after_change(context, seat, await turn(seat.whose, one.id)), None
            case SubscriptionAct.REMOVE if wanted.value:
                await book.remove(seat.whose, one.id)
                return await all_of(context, seat), None
            case SubscriptionAct.SOURCES | SubscriptionAct.TURN_SOURCE:
                return await sources(context, seat, one, wanted)
            case act if not wanted.value and act in _ASKS:
                self._others.settle(seat.here, seat.person)
                asked = AskedFor(act, one.id, seat.elsewhere)
                self.asked.ask_for(asked, seat.here, seat.person, press.place.message_id)
                return _ASKS[act](seat.board, one), None
            case act if not wanted.value and act in _OFFERS:
                return _OFFERS[act](seat.board, one), None
            case SubscriptionAct.TIME if isinstance(hour := time_of(wanted.value), int):
                return minute_choice(seat.board, one, hour), None
        wishes = changed(one, wanted)
        if isinstance(wishes, Unchanged):
            return subscription_screen(seat.board, one), wishes.value
        after = await book.change(seat.whose, one.id, wishes)
        if after is not None and (stays := _STAY_OPEN.get(wanted.act)):
            return stays(seat.board, after), None
        return await after_change(context, seat, after), None
