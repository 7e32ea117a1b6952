"""Looking through the coverage and the feeds, in the terminal."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import partial

from rich.text import Text

from bot.answers import Turn
from bot.browsed import (
    OUTLETS_A_PAGE,
    ArticleView,
    LatestPage,
    SearchPage,
    SourcesPage,
    StoryPage,
)
from bot.conversation_key import TERMINAL
from bot.feed_desk import FeedDesk
from bot.feeds import ROWS_A_PAGE
from bot.render import web_link
from bot.render_article import article_screen, ask_away, carriers_screen
from bot.render_browse import latest_screen, search_screen, sources_screen
from bot.render_feeds import feed_list, feed_view
from bot.render_story import story_screen
from bot.richtext import clean
from bot.terminal.answers import Answers
from bot.terminal.line import number_in
from bot.terminal.seat import Choices, Seat

Listed = LatestPage | SearchPage | StoryPage
Turned = Callable[[], Awaitable[Choices | None]]


class Browse:
    """Lists, an article, the outlets; knows which article was opened last."""

    def __init__(self, seat: Seat, answers: Answers) -> None:
        self._seat = seat
        self._answers = answers
        self._browsing = seat.pauta.browsing
        self._feeds = _feed_desk(seat)
        self._open: str | None = None
        """Id of an article."""

    async def latest(self, words: str) -> Choices | None:
        return self._list(await self._browsing.latest(words, self._seat.asker))

    async def search(self, words: str) -> Choices | None:
        if not words:
            self._seat.say("browse_search_what")
            return None
        return self._list(await self._browsing.search(words, self._seat.asker))

    async def story(self, words: str) -> Choices | None:
        """Of a topic; of a listed article, by its number; of the one opened last."""
        number = number_in(words)
        if not words and self._open is None:
            self._seat.say("browse_story_which")
            return None
        if words and number is None:
            return self._list(await self._browsing.story(words, self._seat.asker))
        article_id = self._open if number is None else self._numbered(number)
        if article_id is None:
            self._seat.say("browse_no_number", number=number)
            return None
        page = await self._browsing.story_of(article_id, self._seat.asker)
        return self._list(page)

    async def article(self, words: str) -> Choices | None:
        number = number_in(words)
        if not words:
            self._seat.say("browse_article_which")
        elif number is not None:
            article_id = self._numbered(number)
            if article_id is None:
                self._seat.say("browse_no_number", number=number)
            else:
                await self.show(article_id)
        else:
            hidden = self._seat.asker.hidden_sources
            view = await self._browsing.article_named(words, hidden)
            if view is None:
                self._seat.say("browse_no_article")
            else:
                self._shown(view)
        return None

    async def about(self, words: str) -> Choices | None:
        """From now on the conversation is about an article, and nothing it was about before."""
        number = number_in(words)
        article_id = self._open if number is None else self._numbered(number)
        if article_id is None:
            self._seat.say("terminal_article_first")
            return None
        view = await self._browsing.article(article_id)
        turns: tuple[Turn, ...] = await self._browsing.about(article_id, self._seat.language)
        if view is None or not turns:
            self._seat.say("browse_gone")
            return None
        conversations = self._seat.pauta.conversations
        await conversations.start_afresh(TERMINAL, about=article_id)
        await conversations.append(TERMINAL, *turns)
        self._answers.forget()
        self._seat.show(ask_away(view, self._seat.language))
        return None

    async def sources(self, _words: str) -> Choices | None:
        return await self._sources(0)

    async def feeds(self, _words: str) -> Choices | None:
        return await self._feed_list(0)

    async def _sources(self, number: int) -> Choices:
        seat = self._seat
        page = await self._browsing.sources(number, seat.asker.hidden_sources)
        seat.show(sources_screen(page, seat.language, seat.now, is_admin=True))
        more = partial(self._sources, page.number + 1) if page.number + 1 < page.pages else None
        self._hint(bool(page.rows), more)
        return Choices(partial(self._latest_of, page), more, is_list=True)

    async def _latest_of(self, page: SourcesPage, number: int) -> Choices | None:
        at = number - 1 - page.number * OUTLETS_A_PAGE
        if not 0 <= at < len(page.keys):
            self._seat.say("terminal_no_number", number=number)
            return None
        return self._list(await self._browsing.latest_again(page.keys[at], 0, self._seat.asker))

    async def _feed_list(self, number: int) -> Choices:
        page, seat = await self._feeds.page(number), self._seat
        seat.show(feed_list(page, seat.language, seat.now, may_change=False))
        seat.say("terminal_feeds_how")
        more = partial(self._feed_list, page.number + 1) if page.number + 1 < page.pages else None
        self._hint(bool(page.rows), more)
        ids = {page.number * ROWS_A_PAGE + at: row.feed.id for at, row in enumerate(page.rows, 1)}
        return Choices(partial(self._feed, ids), more, is_list=True)

    async def _feed(self, ids: dict[int, str], number: int) -> Choices | None:
        seat = self._seat
        row = await self._feeds.row(ids[number]) if number in ids else None
        if row is None:
            seat.say("terminal_no_number", number=number)
        else:
            seat.show(feed_view(row, seat.language, seat.now, may_change=False))
        return None

    def _list(self, page: Listed | None) -> Choices | None:
        """Shows it; its numbers count from now on."""
        seat = self._seat
        more: Turned | None = None
        match page:
            case None:
                seat.say("browse_gone")
                return None
            case LatestPage():
                seat.show(latest_screen(page, seat.language, seat.now))
                more = partial(self._latest_again, page) if page.has_more else None
            case SearchPage():
                seat.show(search_screen(page, seat.language, seat.now))
                more = partial(self._search_again, page) if _is_followed(page) else None
            case StoryPage():
                seat.show(story_screen(page, seat.language, seat.now))
                more = partial(self._story_again, page) if _is_followed(page) else None
        if page.rows:
            self._browsing.remember(TERMINAL, page.numbers)
        self._hint(bool(page.rows), more)
        return Choices(self._open_numbered, more, is_list=True)

    async def _latest_again(self, page: LatestPage) -> Choices | None:
        asker = self._seat.asker
        return self._list(await self._browsing.latest_again(page.key, page.number + 1, asker))

    async def _search_again(self, page: SearchPage) -> Choices | None:
        asker = self._seat.asker
        return self._list(await self._browsing.search_again(page.key, page.number + 1, asker))

    async def _story_again(self, page: StoryPage) -> Choices | None:
        asker = self._seat.asker
        return self._list(await self._browsing.story_again(page.key, page.number + 1, asker))

    async def _open_numbered(self, number: int) -> Choices | None:
        article_id = self._browsing.numbered(TERMINAL, number)
        if article_id is None:
            self._seat.say("terminal_no_number", number=number)
        else:
            await self.show(article_id)
        return None

    def _numbered(self, number: int) -> str | None:
        """Of the list shown last; where there was none, of what the last answer cited."""
        return self._browsing.numbered(TERMINAL, number) or self._answers.cited(number)

    async def show(self, article_id: str) -> None:
        view = await self._browsing.article(article_id, self._seat.asker.hidden_sources)
        if view is None:
            self._seat.say("browse_gone")
        else:
            self._shown(view)

    def _shown(self, view: ArticleView) -> None:
        seat, article = self._seat, view.article
        seat.show(article_screen(view, seat.language, seat.now))
        if web_link(article.url) is None:  # a file of this machine
            seat.out.print(Text(f"   {clean(article.url)}", "dim"))
        if view.carriers:
            seat.show(carriers_screen(view, seat.language, seat.now))
        self._open = article.article_id
        seat.hint("terminal_hint_article")

    def _hint(self, opens: bool, more: Turned | None) -> None:
        if opens:
            self._seat.hint("terminal_hint_list", *(["terminal_hint_more"] if more else []))


def _is_followed(page: SearchPage | StoryPage) -> bool:
    return page.number + 1 < page.pages


def _feed_desk(seat: Seat) -> FeedDesk:
    pauta = seat.pauta
    return FeedDesk(
        pauta.feeds, pauta.ingest, pauta.rounds, pauta.fetcher, pauta.offload, pauta.clock
    )
