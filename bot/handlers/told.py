"""A story that a message of ours told: shown in full, or what a reply to it asks about."""

from __future__ import annotations

from dataclasses import dataclass

import structlog
from sqlalchemy.exc import SQLAlchemyError

from bot import texts
from bot.answers import Turn
from bot.context import PautaContext
from bot.conversation_key import ConversationKey
from bot.digest_replies import Reference, read_reply
from bot.handlers.addressing import Addressed
from bot.handlers.sending import send_rendered, send_text, typing
from bot.outgoing import ToldStory
from bot.render_told_story import told_story_screen

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class AboutTold:
    """What a reply to a digest or an alert asks."""

    question: str
    turns: tuple[Turn, ...]
    """The story it is about, as something that was said before."""
    wants_others: ToldStory | None = None
    """It asks who else reported this one, or without a language model for no more than to hear
    more of it: its screen says that."""
    misses: int = 0
    """How many stories that message told, none of which has the number that was asked about."""


async def about_told(
    context: PautaContext, said: Addressed, question: str, language: str
) -> AboutTold | None:
    """None for what is no reply to a message that told stories, or where they are gone."""
    replied = said.message.reply_to_message
    if replied is None:
        return None
    services, where = context.services, said.where
    hidden = services.chat_settings.of(where).hidden_sources
    try:
        told = await services.outbox.told_by(where.chat_id, replied.message_id)
        if not told:
            return None
        reference = read_reply(question, told)
        if reference.misses:
            return AboutTold(question, (), misses=len(told))
        chosen = told if reference.story is None else (reference.story,)
        if reference.asks_for_others and reference.story is not None:
            return AboutTold(question, (), reference.story)
        turns = await services.told.about(chosen, language, hidden)
        if not turns:
            return None
        if reference.asks_for_more and not services.settings.llm:
            return AboutTold(question, (), reference.story)
        names = await services.told.names(reference.story) if reference.story else ""
    except SQLAlchemyError as error:
        log.warning("what a message told could not be read", cause=type(error).__name__)
        return None
    return AboutTold(_asked(question, reference, names, turns), turns)


async def show_story(
    context: PautaContext, where: ConversationKey, story_id: str, language: str
) -> None:
    """The story in full, as a message of its own; its articles count as those of a list."""
    services = context.services
    hidden = services.chat_settings.of(where).hidden_sources
    async with typing(context.bot, where):
        view = await services.told.view(story_id, language, hidden)
    if view is None:
        await send_text(context.bot, where, texts.say(language, "digest_story_gone"))
        return
    services.browsing.remember(where, view.page.numbers)
    now = services.clock().astimezone(services.chat_settings.zone(where))
    await send_rendered(context.bot, where, told_story_screen(view, language, now))


def _asked(question: str, reference: Reference, names: str, turns: tuple[Turn, ...]) -> str:
    """The question with the story's names in the place of its number."""
    if reference.story is None or not names:
        return question
    if not reference.rest:
        return turns[0].text
    return reference.rest.replace("{}", names, 1) if "{}" in reference.rest else question
