"""The buttons under a digest, and under the stories they open."""

from __future__ import annotations

import asyncio

from telegram import Update

from bot import texts
from bot.context import PautaContext
from bot.digest_press import DigestAct, parse_digest_press
from bot.digest_taste import Wish
from bot.follow_book import FollowView, NotFollowed
from bot.handlers.access import may_change_settings
from bot.handlers.buttons import Press, pressed_anywhere
from bot.handlers.sending import send_rendered, send_text
from bot.handlers.told import show_story
from bot.render_told_story import ask_away_about
from bot.richtext import isolated


async def on_digest_button(update: Update, context: PautaContext) -> None:
    press = pressed_anywhere(update, context)
    if press is None:
        return
    wanted = parse_digest_press(press.data)
    if wanted is None:
        await press.answer("button_expired")
        return
    where, services, story_id = press.place.where, context.services, wanted.story_id
    changes = wanted.act in (DigestAct.FOLLOW, DigestAct.LESS)
    if changes and not may_change_settings(services, where, press.user_id):
        await press.answer("digest_not_yours")
        return
    match wanted.act:
        case DigestAct.STORY:
            showing = show_story(context, where, story_id, press.language)
            await asyncio.gather(press.answer(), showing)
            await services.told.wish(where, story_id, Wish.OPENED)
        case DigestAct.ASK:
            await asyncio.gather(press.answer(), _ask_about(context, press, story_id))
            await services.told.wish(where, story_id, Wish.OPENED)
        case DigestAct.FOLLOW:
            await asyncio.gather(press.answer(), _follow(context, press, story_id))
        case DigestAct.LESS:
            is_noted = await services.told.wish(where, story_id, Wish.LESS)
            await press.answer("digest_less_noted" if is_noted else "digest_story_gone")


async def _ask_about(context: PautaContext, press: Press, story_id: str) -> None:
    """From now on the conversation is about it, and nothing it was about before."""
    services, where, language = context.services, press.place.where, press.language
    hidden = services.chat_settings.of(where).hidden_sources
    story = await services.told.told(story_id, language, hidden)
    turns = await services.told.about((story,), language, hidden) if story else ()
    if story is None or not turns:
        await _say(context, press, "digest_story_gone")
        return
    await services.conversations.start_afresh(where)
    await services.conversations.append(where, *turns)
    await send_rendered(context.bot, where, ask_away_about(story.headline, language))


async def _follow(context: PautaContext, press: Press, story_id: str) -> None:
    services, where = context.services, press.place.where
    words = await services.told.followed_name(story_id)
    if not words:
        await _say(context, press, "digest_nothing_to_follow")
        return
    followed = await services.follows.add(where, words, press.user_id, press.language)
    if isinstance(followed, FollowView):
        await services.told.wish(where, story_id, Wish.FOLLOW)
        await _say(context, press, "digest_followed", words=isolated(words))
    elif followed is NotFollowed.TOO_MANY:
        await _say(context, press, "digest_follow_too_many")
    else:
        await _say(context, press, "digest_nothing_to_follow")


async def _say(context: PautaContext, press: Press, key: str, **values: object) -> None:
    line = texts.say(press.language, key, **values)
    await send_text(context.bot, press.place.where, line)
