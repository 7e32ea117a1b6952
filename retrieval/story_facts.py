"""What is told of a story: its headline, its day, whether it goes on.  (pure)"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from enum import StrEnum

from retrieval.outlets import Origin
from retrieval.story_figures import Contradiction

A_DAY = timedelta(days=1)

QUIET = timedelta(days=3)
"""Without a new article; after that, a story is quiet also for who never had a digest."""

_SHORT, _LONG = 20, 130
"""Characters of a title that says enough and can be read at once."""


class Status(StrEnum):
    NEW = "new"
    """Unheard of at the last digest."""
    DEVELOPING = "developing"
    """Known by then, and told of since."""
    QUIET = "quiet"


@dataclass(frozen=True, slots=True)
class StoryArticle:
    """One article of a story."""

    id: str
    url: str
    title: str
    source: str
    language: str
    at: datetime
    """When it was published, or taken where that is not known."""
    heard_at: datetime
    """When the archive had it; `at` for what was taken long after."""
    centrality: float
    """Cosine to the mean of the story's articles."""
    carried: int
    """Addresses its text stands at."""


@dataclass(frozen=True, slots=True)
class Story:
    """An event and what directly followed, as the archive tells it."""

    id: str
    headline: str
    headline_article: str
    """Id of the article whose title it is."""
    articles: tuple[StoryArticle, ...]
    """The earliest first; the latest 200 of a longer one."""
    article_count: int
    """All of them."""
    outlets: tuple[str, ...]
    """Every outlet that carried it, the first one first."""
    origins: tuple[Origin, ...]
    """Who really reported: a publisher's outlets and copies of one agency text count once."""
    first_seen: datetime
    last_seen: datetime
    contradictions: tuple[Contradiction, ...] = ()

    @property
    def languages(self) -> tuple[str, ...]:
        """Of its articles, the most frequent first."""
        found = [article.language for article in self.articles]
        return tuple(sorted(set(found), key=lambda one: (-found.count(one), one)))

    def day(self, now: datetime, timezone: tzinfo = UTC) -> int:
        """1 on the day it was first seen, 2 on the next."""
        return day_number(self.first_seen, now, timezone)

    def status(self, now: datetime, last_digest: datetime | None) -> Status:
        heard = [article.heard_at for article in self.articles]
        return status_of(min(heard), max(heard), now, last_digest)


@dataclass(frozen=True, slots=True)
class StorySummary:
    """A story in a list."""

    id: str
    first_seen: datetime
    last_seen: datetime
    article_count: int
    outlet_count: int
    """Of its articles, without those that only carried one of them."""


def day_number(first_seen: datetime, now: datetime, timezone: tzinfo) -> int:
    days = now.astimezone(timezone).date() - first_seen.astimezone(timezone).date()
    return max(1, days.days + 1)


def status_of(
    first_heard: datetime, last_heard: datetime, now: datetime, last_digest: datetime | None
) -> Status:
    """What a story is to who had the last digest then; without one, the last day is new."""
    since = last_digest if last_digest is not None else now - A_DAY
    if last_heard <= since or now - last_heard > QUIET:
        return Status.QUIET
    return Status.NEW if first_heard > since else Status.DEVELOPING


def headline_of(articles: Sequence[StoryArticle], language: str = "") -> StoryArticle:
    """The article whose title stands for the story: central to it, carried by many, and of a
    title that is neither a question nor a stub nor a paragraph; in `language` if any is.

    `articles` is not empty.
    """
    titled = [one for one in articles if one.title.strip()] or list(articles)
    own = [one for one in titled if one.language == language]
    among = own or titled
    central = [one.centrality for one in among]
    low, high = min(central), max(central)

    def worth(one: StoryArticle) -> float:
        title = one.title.strip()
        reads_well = _SHORT <= len(title) <= _LONG and "?" not in title and title != title.upper()
        centrality = (one.centrality - low) / (high - low) if high > low else 0.0
        return centrality + 0.5 * math.log2(one.carried) + reads_well

    return min(among, key=lambda one: (-worth(one), one.at, one.id))
