"""An article as it was and is.  (pure)"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from retrieval.models import Appearance, Article


@dataclass(frozen=True, slots=True)
class Version:
    """What an article said, and since when the archive had it so."""

    since: datetime | None
    """None where versions before it are kept no longer."""
    title: str
    text: str
    published_at: datetime | None


@dataclass(frozen=True, slots=True)
class ArticleHistory:
    article: Article
    """As it is now."""
    versions: tuple[Version, ...]
    """The earliest first; the last is how it is now."""
    also_in: tuple[Appearance, ...] = ()
    stands_in: Appearance | None = None
    """The article it is a copy of, where it has no place of its own."""

    @property
    def is_corrected(self) -> bool:
        return len(self.versions) > 1
