"""What people look through: lists, timelines, one article.  (pure)

Values only: `render_browse` makes Telegram screens of them, a terminal may make others.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from bot.figure_changes import FigureChange
from retrieval.listing import ListedArticle, OutletRow
from retrieval.models import Appearance, Passage

Row = TypeVar("Row")

LISTED_A_PAGE = 8
PASSAGES_A_PAGE = 4
TOLD_A_PAGE = 10
OUTLETS_A_PAGE = 12
MOST_PAGES = 50
MOST_FIGURES = 5
AROUND_A_FIGURE = 60
"""Characters on either side, to tell what it counts."""


@dataclass(frozen=True, slots=True)
class LatestAsked:
    """What was read from the words after /latest."""

    topic: str = ""
    outlet: str = ""
    """The words that name one, as they were typed."""
    sources: tuple[str, ...] = ()
    """The outlets they name."""
    since: datetime | None = None
    until: datetime | None = None
    """Exclusive."""


@dataclass(frozen=True, slots=True)
class LatestPage:
    rows: tuple[ListedArticle, ...]
    asked: LatestAsked
    number: int
    """From 0; so of every page."""
    has_more: bool
    key: str
    """Asks for the same list again, on another page."""
    hidden: bool = False
    """Every outlet asked for is hidden from who asks."""
    older_than: LatestAsked | None = None
    """What was asked for, where its days have no article: the rows are of the newest day before
    them that has any."""

    @property
    def numbers(self) -> dict[int, str]:
        return numbered((row.article_id for row in self.rows), self.number * LISTED_A_PAGE)


@dataclass(frozen=True, slots=True)
class FoundPassage:
    passage: Passage
    words: tuple[str, ...]
    """Of what was searched, those it holds; as they were typed."""
    by_meaning: int | None
    """Its place among what is near in meaning, from 1; None where it was found by words alone."""


@dataclass(frozen=True, slots=True)
class SearchPage:
    rows: tuple[FoundPassage, ...]
    text: str
    number: int
    pages: int
    total: int
    key: str
    absent: tuple[str, ...] = ()
    """Names of the search that occur nowhere."""

    @property
    def numbers(self) -> dict[int, str]:
        ids = (row.passage.article_id for row in self.rows)
        return numbered(ids, self.number * PASSAGES_A_PAGE)


@dataclass(frozen=True, slots=True)
class Told:
    """One article of a story."""

    article: ListedArticle
    sentence: str
    """Exact, the nearest to the topic."""
    also_in: tuple[Appearance, ...] = ()
    at: datetime | None = None
    """When it was published, or else taken."""
    corrected: tuple[FigureChange, ...] = ()
    """Its figures that are told otherwise now: by itself or by a later article of the story."""
    corrects: tuple[FigureChange, ...] = ()
    """Figures of earlier ones that it takes back."""


@dataclass(frozen=True, slots=True)
class StoryPage:
    rows: tuple[Told, ...]
    """The oldest first."""
    topic: str
    number: int
    pages: int
    total: int
    origins: tuple[str, ...]
    """Who really reported it, of the whole story: agencies and publishers, each once."""
    outlets: int
    first_at: datetime | None
    last_at: datetime | None
    key: str
    by_search: bool = False
    """No story holds the nearest article: what was found is near the topic, and no more."""
    related: tuple[ListedArticle, ...] = ()
    """Near the topic as well, but of other stories; on the last page."""

    @property
    def numbers(self) -> dict[int, str]:
        ids = [row.article.article_id for row in self.rows]
        ids += [row.article_id for row in self.related]
        return numbered(ids, self.number * TOLD_A_PAGE)


@dataclass(frozen=True, slots=True)
class KeyFigure:
    before: str
    figure: str
    """As the article writes it."""
    after: str
    corrected_to: str = ""
    """As a later article of the story writes it; empty where none takes it back."""


@dataclass(frozen=True, slots=True)
class ArticleView:
    article: ListedArticle
    author: str
    partial: bool
    summary: tuple[str, ...]
    """Exact sentences in the order of the text."""
    figures: tuple[KeyFigure, ...]
    carriers: tuple[Appearance, ...] = ()
    """Others that have the text, the earliest first."""


@dataclass(frozen=True, slots=True)
class OutletEntry:
    row: OutletRow
    is_failing: bool = False
    """A feed of it cannot be read."""
    is_hidden: bool = False
    """Whoever looks has chosen not to be shown it."""


@dataclass(frozen=True, slots=True)
class SourcesPage:
    rows: tuple[OutletEntry, ...]
    number: int
    pages: int
    total: int
    articles: int
    """Of all outlets."""
    failing: int = 0
    """Feeds that cannot be read, whatever outlet they are of."""
    keys: tuple[str, ...] = ()
    """Of each row: asks for the outlet's latest."""


def numbered(ids: Iterable[str], skipped: int) -> dict[int, str]:
    """Articles by the number they are shown with."""
    return dict(enumerate(ids, start=skipped + 1))


def page_of(number: int, total: int, a_page: int) -> tuple[int, int]:
    """The page that is there, and how many there are; at least one."""
    pages = max(1, min(MOST_PAGES, -(-total // a_page)))
    return max(0, min(number, pages - 1)), pages


def rows_of(rows: Sequence[Row], number: int, a_page: int) -> tuple[Row, ...]:
    return tuple(rows[number * a_page : (number + 1) * a_page])
