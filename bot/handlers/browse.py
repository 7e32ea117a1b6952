"""/latest, /search, /story, /article and /sources, and the buttons under what they show.

Lists turn their pages in place; an article comes as a message of its own, below the list.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable

from telegram import Update

from bot import texts
from bot.asker import Asker
from bot.browse_press import BrowseAct, BrowsePress, parse_browse_press
from bot.browsed import LatestPage, SearchPage, StoryPage
from bot.context import PautaContext, Services
from bot.conversation_key import ConversationKey
from bot.handlers.access import heard, is_admin, language_in
from bot.handlers.addressing import Addressed
from bot.handlers.backlog import too_much
from bot.handlers.buttons import Press, pressed_anywhere
from bot.handlers.manners import is_left_out, is_too_much, share_of
from bot.handlers.sending import edit_rendered, send_rendered, send_text, typing
from bot.render import Rendered
from bot.render_article import article_screen, ask_away, carriers_screen
from bot.render_browse import latest_screen, search_screen, sources_screen
from bot.render_story import story_screen

_NUMBER = re.compile(r"[#\[]?(\d{1,4})[\].]?", re.ASCII)
_LOOKS_UP = frozenset({BrowseAct.SEARCH, BrowseAct.STORY, BrowseAct.STORY_OF})
"""What costs as much as a question."""


class _Reader:
    """Who looks through the coverage, where, and in which language."""

    def __init__(
        self, context: PautaContext, where: ConversationKey, user_id: int, language: str
    ) -> None:
        self.context = context
        self.services: Services = context.services
        self.bot = context.bot
        self.where = where
        self.user_id = user_id
        self.language = language
        settings = self.services.chat_settings
        self.asker: Asker = settings.of(where).asker(user_id, settings.zone(where))
        self.now = self.services.clock().astimezone(self.asker.timezone)

    async def is_heard(self, *, looks_up: bool = True) -> bool:
        """Whether a command is answered: those that came too late are not, nor those that look
        something up as a question does, beyond the share of who asks."""
        if await is_left_out(self.context, self.where, self.language):
            return False
        return not looks_up or not await is_too_much(
            self.context, self.where, self.user_id, self.language
        )

    async def send(self, screen: Rendered) -> None:
        await send_rendered(self.bot, self.where, screen)

    async def say(self, key: str, **values: object) -> None:
        await send_text(self.bot, self.where, texts.say(self.language, key, **values))

    def list_screen(self, page: LatestPage | SearchPage | StoryPage) -> Rendered:
        """The list, whose numbers count from now on."""
        if page.rows:
            self.services.browsing.remember(self.where, page.numbers)
        match page:
            case LatestPage():
                return latest_screen(page, self.language, self.now)
            case SearchPage():
                return search_screen(page, self.language, self.now)
            case StoryPage():
                return story_screen(page, self.language, self.now)


async def latest_command(update: Update, context: PautaContext) -> None:
    """`/latest`, `/latest folha energia ontem`."""
    if said := heard(update, context):
        reader = _reader_of(said, update, context)
        if not await reader.is_heard(looks_up=False):
            return
        page = await reader.services.browsing.latest(said.text, reader.asker)
        await reader.send(reader.list_screen(page))


async def search_command(update: Update, context: PautaContext) -> None:
    """`/search WORDS`."""
    await _look_up(update, context, context.services.browsing.search, "browse_search_what")


async def story_command(update: Update, context: PautaContext) -> None:
    """`/story TOPIC`."""
    await _look_up(update, context, context.services.browsing.story, "browse_story_which")


async def _look_up(
    update: Update,
    context: PautaContext,
    look: Callable[[str, Asker], Awaitable[SearchPage | StoryPage]],
    no_words: str,
) -> None:
    """What is found by words; without any, `no_words` is said."""
    if said := heard(update, context):
        reader = _reader_of(said, update, context)
        if not said.text:
            await reader.say(no_words)
            return
        if not await reader.is_heard():
            return
        async with typing(reader.bot, reader.where):
            page = await look(said.text, reader.asker)
        await reader.send(reader.list_screen(page))


async def article_command(update: Update, context: PautaContext) -> None:
    """`/article 3` of the list shown last, `/article LINK`, `/article WORDS`."""
    if said := heard(update, context):
        reader = _reader_of(said, update, context)
        browsing = reader.services.browsing
        if not said.text:
            await reader.say("browse_article_which")
        elif number := _NUMBER.fullmatch(said.text):
            article_id = await _with_number(reader, int(number[1]))
            if article_id is None:
                await reader.say("browse_no_number", number=int(number[1]))
            else:
                await _send_article(reader, article_id)
        elif await reader.is_heard():
            hidden = reader.asker.hidden_sources
            async with typing(reader.bot, reader.where):
                view = await browsing.article_named(said.text, hidden)
            if view is None:
                await reader.say("browse_no_article")
            else:
                await reader.send(article_screen(view, reader.language, reader.now))


async def sources_command(update: Update, context: PautaContext) -> None:
    if said := heard(update, context):
        reader = _reader_of(said, update, context)
        await reader.send(await _sources(reader, 0))


async def on_browse_button(update: Update, context: PautaContext) -> None:
    press = pressed_anywhere(update, context)
    if press is None:
        return
    wanted = parse_browse_press(press.data)
    if wanted is None:
        await press.answer("browse_expired")
        return
    reader = _Reader(context, press.place.where, press.user_id, press.language)
    if wanted.act in _LOOKS_UP:
        refused = await share_of(context, press.user_id, press.place.chat_id)
        if refused is not None:
            line = too_much(press.language, refused.wait)
            await press.answer_in_words(line)
            return
    if wanted.act in (BrowseAct.ARTICLE, BrowseAct.ASK, BrowseAct.STORY_OF):
        await _below(reader, press, wanted)
        return
    screen = await _in_place(reader, wanted)
    if screen is None:
        await press.answer("browse_expired")
        return
    message_id = press.place.message_id
    await asyncio.gather(
        press.answer(), edit_rendered(reader.bot, reader.where, message_id, screen)
    )


async def _in_place(reader: _Reader, wanted: BrowsePress) -> Rendered | None:
    """What takes the place of the message; None where nobody knows any more."""
    browsing, key, page = reader.services.browsing, wanted.key, wanted.page
    listed: LatestPage | SearchPage | StoryPage | None = None
    match wanted.act:
        case BrowseAct.LATEST:
            listed = await browsing.latest_again(key, page, reader.asker)
        case BrowseAct.SEARCH:
            listed = await browsing.search_again(key, page, reader.asker)
        case BrowseAct.STORY:
            listed = await browsing.story_again(key, page, reader.asker)
        case BrowseAct.SOURCES:
            return await _sources(reader, page)
        case _:
            view = await browsing.article(key, reader.asker.hidden_sources)
            render = carriers_screen if wanted.act is BrowseAct.CARRIERS else article_screen
            return render(view, reader.language, reader.now) if view else None
    return reader.list_screen(listed) if listed else None


async def _below(reader: _Reader, press: Press, wanted: BrowsePress) -> None:
    """What comes as a message of its own."""
    await press.answer()
    browsing = reader.services.browsing
    if wanted.act is BrowseAct.ARTICLE:
        await _send_article(reader, wanted.key)
    elif wanted.act is BrowseAct.STORY_OF:
        async with typing(reader.bot, reader.where):
            page = await browsing.story_of(wanted.key, reader.asker)
        if page is None:
            await reader.say("browse_gone")
        else:
            await reader.send(reader.list_screen(page))
    else:
        await _ask_about(reader, wanted.key)


async def _ask_about(reader: _Reader, article_id: str) -> None:
    """From now on the conversation is about it, and nothing it was about before."""
    services = reader.services
    view = await services.browsing.article(article_id)
    turns = await services.browsing.about(article_id, reader.language)
    if view is None or not turns:
        await reader.say("browse_gone")
        return
    await services.conversations.start_afresh(reader.where, about=article_id)
    await services.conversations.append(reader.where, *turns)
    await reader.send(ask_away(view, reader.language))


async def _send_article(reader: _Reader, article_id: str) -> None:
    hidden = reader.asker.hidden_sources
    async with typing(reader.bot, reader.where):
        view = await reader.services.browsing.article(article_id, hidden)
    if view is None:
        await reader.say("browse_gone")
    else:
        await reader.send(article_screen(view, reader.language, reader.now))


async def _with_number(reader: _Reader, number: int) -> str | None:
    """Of the list shown last; where there was none, of what the last answer cited."""
    found = reader.services.browsing.numbered(reader.where, number)
    if found is not None:
        return found
    turns = await reader.services.conversations.recent(reader.where)
    answers = [turn.citations for turn in turns if turn.role == "assistant"]
    cited = (one.article_id for one in (answers or [()])[-1] if one.label == number)
    return next(filter(None, cited), None)


async def _sources(reader: _Reader, number: int) -> Rendered:
    page = await reader.services.browsing.sources(number, reader.asker.hidden_sources)
    # In a group, what an administrator is shown all others see, too.
    tells = reader.where.is_private and is_admin(reader.services, reader.user_id)
    return sources_screen(page, reader.language, reader.now, is_admin=tells)


def _reader_of(said: Addressed, update: Update, context: PautaContext) -> _Reader:
    return _Reader(context, said.where, said.who.id, language_in(update, context))
