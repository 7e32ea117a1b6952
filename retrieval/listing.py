"""What is looked through without a question: articles by time, outlets.  (pure)"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which articles; what is empty or None does not filter."""

    topic: str = ""
    """Words that all stand in the title or one passage of the text."""
    sources: tuple[str, ...] = ()
    """Outlets; an article counts as of each that carries its text."""
    since: datetime | None = None
    until: datetime | None = None
    """Exclusive."""
    hidden: tuple[str, ...] = ()
    """Outlets that are not to be heard, wherever else their text stands."""


@dataclass(frozen=True, slots=True)
class ListedArticle:
    """One line of a list."""

    article_id: str
    title: str
    url: str
    source: str
    language: str
    published_at: datetime | None
    corrected_at: datetime | None = None
    sample: bool = False


@dataclass(frozen=True, slots=True)
class OutletRow:
    """What the archive has of one outlet, its appearances included."""

    source: str
    articles: int
    newest_at: datetime | None
    languages: tuple[str, ...]
    """ISO 639-1, sorted."""
