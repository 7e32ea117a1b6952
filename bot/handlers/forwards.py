"""What somebody passes on: an article's link, or a text that later questions refer to.

Nothing is fetched, and nothing of it kept, before a button is pressed.
"""

from __future__ import annotations

import re

from telegram import Message, MessageEntity, MessageOriginChannel, Update
from telegram.ext.filters import MessageFilter

from bot import texts
from bot.answers import Turn
from bot.context import PautaContext
from bot.feeds import LinkAct, address_of
from bot.handlers import access
from bot.handlers.access import language_in, private_message
from bot.handlers.addressing import place_of
from bot.handlers.buttons import Press
from bot.handlers.sending import deliver, edit_rendered
from bot.render import Rendered
from bot.render_article import ask_away
from bot.render_links import forward_offer, not_covered
from bot.richtext import clean, is_blank
from bot.screens import sentence
from bot.shown import as_data

LONG = 300
"""Characters from which a text passed on is an article and no question."""
LONGEST_KEPT = 1_000
"""Characters of a text that later questions refer to."""
_CHANNEL_NAME = re.compile(r"[A-Za-z]\w{3,31}", re.ASCII)
_LINKS: list[str | None] = [MessageEntity.URL, MessageEntity.TEXT_LINK]


class _PassedOn(MessageFilter):
    def filter(self, message: Message) -> bool:
        if message.forward_origin is None:
            return False
        return len(text_of(message)) > LONG or link_of(message) is not None


PASSED_ON = _PassedOn(name="an article passed on")
"""Forwarded messages that are long, or have a link; any other may be a question."""


def text_of(message: Message) -> str:
    return clean(message.text or message.caption or "").strip()


def link_of(message: Message) -> str | None:
    """The first address in a message or its caption; None for none."""
    marked = message.parse_entities(_LINKS) if message.text else {}
    marked = marked or (message.parse_caption_entities(_LINKS) if message.caption else {})
    for entity in sorted(marked, key=lambda one: one.offset):
        address = address_of(entity.url or marked[entity])
        if address is not None:
            return address
    return None


def public_post(message: Message) -> str | None:
    """Where everybody can read the post of a channel that was passed on; None for a channel
    without a name, and for what is no channel's."""
    origin = message.forward_origin
    if not isinstance(origin, MessageOriginChannel):
        return None
    name = origin.chat.username or ""
    if not _CHANNEL_NAME.fullmatch(name) or origin.message_id < 1:
        return None
    # The bare address is but a button to open Telegram; this is the post itself, as a page.
    return f"https://t.me/{name}/{origin.message_id}?embed=1"


async def on_forwarded(update: Update, context: PautaContext) -> None:
    """Offer what can be done with it."""
    message, user = private_message(update), update.effective_user
    if message is None or user is None:
        return
    may_add = access.may_change_feeds(context.services, user.id)
    address = link_of(message) or public_post(message)
    offer = forward_offer(address, language_in(update, context), may_add=may_add)
    # A button finds what was passed on by this reply.
    await deliver(context.bot, place_of(message), offer, reply_to=message.message_id)


async def ask_about(context: PautaContext, press: Press, act: LinkAct, address: str | None) -> None:
    """From now on the conversation is about what the button's message offers."""
    await press.answer()
    services, where, language = context.services, press.place.where, press.language
    turns, shown, article_id = tuple[Turn, ...](), sentence("button_expired", language), ""
    if act is LinkAct.ASK and address is not None:
        may_add = access.may_change_feeds(services, press.user_id)
        shown = not_covered(address, language, may_add=may_add)
        view = await services.browsing.article_named(address)
        if view is not None:
            article_id = view.article.article_id
            turns = await services.browsing.about(article_id, language)
            shown = ask_away(view, language) if turns else shown
    if not turns and (text := _text_replied_to(press)):
        article_id = ""
        turns, shown = as_reference(text, language)
    if turns:
        await services.conversations.start_afresh(where, about=article_id)
        await services.conversations.append(where, *turns)
    await edit_rendered(context.bot, where, press.place.message_id, shown)


def as_reference(text: str, language: str) -> tuple[tuple[Turn, ...], Rendered]:
    """What goes into a conversation of a text by strangers, and what is said of it.  (pure)"""
    kept = " ".join(as_data(text[: 2 * LONGEST_KEPT]).split())[:LONGEST_KEPT]
    about = texts.say(language, "forward_about", text=kept)
    reply = sentence("forward_kept", language)
    return (Turn("user", about), Turn("assistant", reply.parts[0].plain)), reply


def _text_replied_to(press: Press) -> str:
    """The long text that was passed on; empty where there is none, or not any more."""
    offer = press.query.message
    replied = offer.reply_to_message if isinstance(offer, Message) else None
    if replied is None or replied.forward_origin is None:
        return ""
    text = text_of(replied)
    return text if len(text) > LONG and not is_blank(text) else ""
