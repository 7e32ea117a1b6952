"""/forget and /mydata, and the buttons of the question before anything is forgotten."""

from __future__ import annotations

import asyncio

import structlog
from telegram import InputFile, Update

from bot import texts
from bot.context import PautaContext
from bot.handlers.access import heard, is_let_in, language_in, may_forget
from bot.handlers.buttons import Press, expired, pressed_anywhere
from bot.handlers.menus import set_menu_of
from bot.handlers.sending import edit_rendered, send_rendered, send_text
from bot.render import Rendered
from bot.render_privacy import (
    PrivacyAct,
    forget_group_question,
    forget_question,
    parse_privacy_press,
)
from bot.screens import sentence

log = structlog.get_logger(__name__)


async def forget_command(update: Update, context: PautaContext) -> None:
    """What goes and what stays; the press does it."""
    said, language = heard(update, context), language_in(update, context)
    if said is None:
        return
    services = context.services
    if not may_forget(services, said.where, said.who.id):
        await send_text(context.bot, said.where, texts.say(language, "forget_not_yours"))
        return
    keep_days = services.settings.keep_conversations_days
    question = (
        forget_question(language, keep_days)
        if said.where.is_private
        else forget_group_question(language)
    )
    await send_rendered(context.bot, said.where, question)


async def mydata_command(update: Update, context: PautaContext) -> None:
    """All that is kept of a person, as a document, to that person in private."""
    said, language = heard(update, context), language_in(update, context)
    if said is None or said.where.chat_id != said.who.id:
        return
    services = context.services
    if not is_let_in(services, said.who.id):
        return
    found = await services.privacy.export(said.who.id)
    day = services.clock().astimezone(services.chat_settings.zone(said.where)).date()
    await context.bot.send_document(
        said.where.chat_id,
        InputFile(found, filename=f"pauta-{day.isoformat()}.json"),
        caption=texts.say(language, "mydata_caption"),
        message_thread_id=said.where.thread_id,
        disable_content_type_detection=True,
    )


async def on_privacy_button(update: Update, context: PautaContext) -> None:
    """Everything happens in the message the button stands under."""
    press = pressed_anywhere(update, context)
    wanted = parse_privacy_press(press.data) if press else None
    if press is None or wanted is None:
        return await expired(update, context)
    where = press.place.where
    if not may_forget(context.services, where, press.user_id):
        return await press.answer("forget_not_yours_short")
    shown = await _done(context, press, wanted)
    await asyncio.gather(
        press.answer(), edit_rendered(context.bot, where, press.place.message_id, shown)
    )
    return None


async def _done(context: PautaContext, press: Press, wanted: PrivacyAct) -> Rendered:
    services, where, language = context.services, press.place.where, press.language
    if wanted is PrivacyAct.KEEP:
        return sentence("forget_kept", language)
    # A button says what it says only where it was sent.
    if where.is_private is not (wanted is PrivacyAct.FORGET_PERSON):
        return sentence("forget_kept", language)
    if wanted is PrivacyAct.FORGET_GROUP:
        gone = await services.privacy.forget_conversation(where.chat_id)
        log.info("the conversations of a group were forgotten", rows=gone.total)
        return sentence("forget_group_done", language)
    had_language = services.chat_settings.own(where).language is not None
    gone = await services.privacy.forget(press.user_id)
    log.info("a person's data was forgotten", rows=gone.total)
    services.browsing.remember(where, {})
    if had_language:
        await set_menu_of(context.bot, services, where)
    return sentence("forget_done", language)
