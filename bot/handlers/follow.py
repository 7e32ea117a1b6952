"""/follow and /unfollow of a chat or topic, and the buttons under alerts and follows."""

from __future__ import annotations

import asyncio

import structlog
from telegram import Update

from bot import texts
from bot.context import PautaContext
from bot.conversation_key import ConversationKey
from bot.follow_book import MOST_FOLLOWS, FollowView, NotFollowed, same
from bot.follow_buttons import FollowAct, FollowPress, parse_follow_press
from bot.follow_words import LONGEST_WORDS
from bot.handlers.access import heard, language_in, may_follow
from bot.handlers.buttons import Press, expired, pressed_anywhere
from bot.handlers.sending import edit_rendered, send_rendered, send_text, typing
from bot.render import Rendered
from bot.render_follows import follow_screen, follows_screen

log = structlog.get_logger(__name__)


async def follow_command(update: Update, context: PautaContext) -> None:
    """`/follow WORDS`; alone, what is followed here."""
    said = heard(update, context)
    if said is None:
        return
    where, language = said.where, language_in(update, context)
    if not may_follow(context.services, where, said.who.id):
        await send_text(context.bot, where, texts.say(language, "follow_not_yours"))
    elif not said.text:
        found = await context.services.follows.of(where)
        await send_rendered(context.bot, where, follows_screen(found, language))
    else:
        await follow_words(context, where, said.text, said.who.id, language)


async def follow_words(
    context: PautaContext, where: ConversationKey, words: str, by: int, language: str
) -> None:
    """Follow them here, and show what that would have told. Who asks for it may."""
    async with typing(context.bot, where):
        added = await context.services.follows.add(where, words, by, language)
    if isinstance(added, NotFollowed):
        line = texts.say(
            language, f"follow_{added.value}", most=MOST_FOLLOWS, longest=LONGEST_WORDS
        )
        await send_text(context.bot, where, line)
        return
    if added.is_new:
        log.info("something is followed", follow=added.follow.id)
    await send_rendered(context.bot, where, _screen(context, where, added, language))


async def unfollow_command(update: Update, context: PautaContext) -> None:
    """`/unfollow WORDS`; alone, what is followed here, to choose from."""
    said = heard(update, context)
    if said is None:
        return
    where, language = said.where, language_in(update, context)
    if not may_follow(context.services, where, said.who.id):
        await send_text(context.bot, where, texts.say(language, "follow_not_yours"))
        return
    found = await context.services.follows.of(where)
    meant = next((one for one in found if said.text and same(one.words, said.text)), None)
    if meant is None:
        await send_rendered(context.bot, where, follows_screen(found, language))
        return
    await context.services.follows.remove(where, meant.id)
    await send_text(context.bot, where, texts.say(language, "unfollowed", words=meant.words))


async def on_follow_button(update: Update, context: PautaContext) -> None:
    """Lists and follows change in their message; an alert stays as it was sent."""
    press = pressed_anywhere(update, context)
    wanted = parse_follow_press(press.data) if press else None
    if press is None or wanted is None:
        await expired(update, context)
        return
    where = press.place.where
    if not may_follow(context.services, where, press.user_id):
        await press.answer("follow_not_yours")
        return
    match wanted.act:
        case FollowAct.MUTE:
            await context.services.follows.mute(where, wanted.story_id)
            await press.answer("alert_muted")
        case FollowAct.STOP_FROM_ALERT:
            gone = await context.services.follows.remove(where, wanted.number)
            await press.answer("unfollowed_short" if gone else "follow_gone")
        case _:
            await _in_place(context, press, wanted)


async def _in_place(context: PautaContext, press: Press, wanted: FollowPress) -> None:
    where, follows = press.place.where, context.services.follows
    said: str | None = None
    view: FollowView | None = None
    match wanted.act:
        case FollowAct.SHOW:
            view = await follows.view(where, wanted.number)
        case FollowAct.LOOSER | FollowAct.STRICTER:
            is_stricter = wanted.act is FollowAct.STRICTER
            view = await follows.move(where, wanted.number, stricter=is_stricter)
        case FollowAct.STOP:
            gone = await follows.remove(where, wanted.number)
            said = "unfollowed_short" if gone else "follow_gone"
    if view is None and said is None and wanted.act is not FollowAct.LIST:
        said = "follow_gone"
    if view is not None:
        screen = _screen(context, where, view, press.language)
    else:
        page = wanted.number if wanted.act is FollowAct.LIST else 0
        screen = follows_screen(await follows.of(where), press.language, page)
    await asyncio.gather(
        press.answer(said),
        edit_rendered(context.bot, where, press.place.message_id, screen),
    )


def _screen(
    context: PautaContext, where: ConversationKey, view: FollowView, language: str
) -> Rendered:
    zone = context.services.chat_settings.zone(where)
    return follow_screen(view, language, context.services.clock().astimezone(zone))
