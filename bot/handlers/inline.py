"""Inline mode: `@bot words` in any chat, for the people who are let in."""

from __future__ import annotations

from collections.abc import Sequence

import structlog
from telegram import (
    InlineQuery,
    InlineQueryResultArticle,
    InlineQueryResultsButton,
    InputTextMessageContent,
    Update,
)
from telegram.constants import ParseMode
from telegram.error import BadRequest

from bot import texts
from bot.context import PautaContext
from bot.handlers.access import asker_elsewhere, language_in
from bot.handlers.sending import NO_PREVIEW, cosmetic
from bot.render_inline import InlineResult, render_offer

log = structlog.get_logger(__name__)

CACHED_SECONDS = 30
"""By Telegram, for one person."""
FROM_INLINE = "inline"
"""What the button that leads to the private chat starts us with."""


async def on_inline_query(update: Update, context: PautaContext) -> None:
    """Show what fits the words; nothing once the person has typed on."""
    query, language = update.inline_query, language_in(update, context)
    if query is None:
        return
    asker = asker_elsewhere(context.services, query.from_user.id)
    offer = await context.services.inline.offer(asker, query.query)
    if offer is not None:
        # Late for certain where it fails: the next letter asks again.
        await cosmetic("inline", _show(query, render_offer(offer, language), language))


async def _show(query: InlineQuery, results: Sequence[InlineResult], language: str) -> None:
    try:
        await _answer(query, [_marked_up(one) for one in results], language)
    except BadRequest as error:
        if "parse entities" not in error.message.lower():
            raise
        log.warning("Telegram refused our HTML; shown as plain text", error=error.message)
        await _answer(query, [_plain(one) for one in results], language)


async def _answer(
    query: InlineQuery, results: Sequence[InlineQueryResultArticle], language: str
) -> None:
    line = texts.say(language, "inline_nothing")
    button = InlineQueryResultsButton(line, start_parameter=FROM_INLINE) if not results else None
    await query.answer(results, cache_time=CACHED_SECONDS, is_personal=True, button=button)


def _marked_up(one: InlineResult) -> InlineQueryResultArticle:
    return _article(one, InputTextMessageContent(
        one.message.html, parse_mode=ParseMode.HTML, link_preview_options=NO_PREVIEW
    ))  # fmt: skip


def _plain(one: InlineResult) -> InlineQueryResultArticle:
    return _article(
        one, InputTextMessageContent(one.message.plain, link_preview_options=NO_PREVIEW)
    )


def _article(one: InlineResult, content: InputTextMessageContent) -> InlineQueryResultArticle:
    return InlineQueryResultArticle(one.id, one.title, content, description=one.description)
