"""Coverage to look through, for tests of the Telegram side."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from bot.answers import Turn
from bot.asker import Asker
from bot.browsed import (
    LISTED_A_PAGE,
    ArticleView,
    KeyFigure,
    LatestAsked,
    LatestPage,
    SearchPage,
    SourcesPage,
    StoryPage,
    rows_of,
)
from bot.conversation_key import ConversationKey
from retrieval.identity import article_id
from retrieval.listing import ListedArticle
from retrieval.models import Appearance

PUBLISHED = datetime(2025, 2, 27, 12, tzinfo=UTC)


def a_row(number: int = 1, **changes: object) -> ListedArticle:
    url = f"https://news{number}.example.com/story"
    row = ListedArticle(article_id(url), f"Story {number}", url, "Folha", "en", PUBLISHED)
    return replace(row, **changes)  # type: ignore[arg-type]


def a_view(row: ListedArticle | None = None, **changes: object) -> ArticleView:
    view = ArticleView(
        article=row or a_row(),
        author="Ana Silva",
        partial=False,
        summary=("The harbour opened on Monday.", "It cost 412 million euros."),
        figures=(KeyFigure("It cost", "412 million euros", "."),),
        carriers=(Appearance("G1", "https://g1.example.com/a", "The same story", PUBLISHED),),
    )
    return replace(view, **changes)  # type: ignore[arg-type]


@dataclass
class ScriptedBrowsing:
    """Shows its rows, whatever is asked for."""

    rows: tuple[ListedArticle, ...] = ()
    questions: tuple[str, ...] = ()
    asked: list[str] = field(default_factory=list)
    askers: list[Asker] = field(default_factory=list)
    shown: dict[ConversationKey, dict[int, str]] = field(default_factory=dict)

    async def latest(self, words: str, asker: Asker) -> LatestPage:
        self._note("latest", words, asker)
        return self._page(words, 0)

    async def latest_again(self, key: str, number: int, asker: Asker) -> LatestPage | None:
        self._note("latest again", key, asker)
        return None if key == "gone" else self._page(key, number)

    async def search(self, words: str, asker: Asker) -> SearchPage:
        self._note("search", words, asker)
        return SearchPage((), words, 0, 1, 0, words[:20])

    async def search_again(self, key: str, number: int, asker: Asker) -> SearchPage | None:
        return await self.search(key, asker)

    async def story(self, words: str, asker: Asker) -> StoryPage:
        self._note("story", words, asker)
        return StoryPage((), words, 0, 1, 0, (), 0, None, None, words[:20])

    async def story_of(self, article_id: str, asker: Asker) -> StoryPage | None:
        row = self._row(article_id)
        return await self.story(row.title, asker) if row else None

    async def story_again(self, key: str, number: int, asker: Asker) -> StoryPage | None:
        return await self.story(key, asker)

    async def article(self, article_id: str, hidden: Collection[str] = ()) -> ArticleView | None:
        self.asked.append(f"article {article_id}")
        row = self._row(article_id)
        return a_view(row) if row else None

    async def article_named(self, words: str, hidden: Collection[str] = ()) -> ArticleView | None:
        self.asked.append(f"article named {words}")
        row = next((one for one in self.rows if words in (one.url, one.title)), None)
        return a_view(row) if row else None

    async def about(self, article_id: str, language: str) -> tuple[Turn, ...]:
        row = self._row(article_id)
        return (Turn("user", f"About {row.title}"), Turn("assistant", "It says so.")) if row else ()

    async def is_about(self, article_id: str, question: str) -> bool:
        return "elsewhere" not in question

    async def sources(self, number: int, hidden: Collection[str] = ()) -> SourcesPage:
        self.asked.append(f"sources {number}")
        return SourcesPage((), 0, 1, 0, 0)

    async def examples(self, language: str) -> tuple[str, ...]:
        return self.questions

    def remember(self, where: ConversationKey, numbers: Mapping[int, str]) -> None:
        self.shown.setdefault(where, {}).update(numbers)

    def numbered(self, where: ConversationKey, number: int) -> str | None:
        return self.shown.get(where, {}).get(number)

    def _note(self, what: str, words: str, asker: Asker) -> None:
        self.asked.append(f"{what} {words}".strip())
        self.askers.append(asker)

    def _page(self, words: str, number: int) -> LatestPage:
        rows = rows_of(self.rows, number, LISTED_A_PAGE)
        has_more = len(self.rows) > (number + 1) * LISTED_A_PAGE
        return LatestPage(rows, LatestAsked(topic=words), number, has_more, words[:20] or "||")

    def _row(self, article_id: str) -> ListedArticle | None:
        return next((one for one in self.rows if one.article_id == article_id), None)
