"""Stories and digests for tests, without an archive."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any

from bot.conversation_key import ConversationKey
from bot.digest_choice import Candidate, Period
from bot.outgoing import Delivery, Kind, ToldStory
from bot.render import Button, Rendered
from bot.richtext import Part
from bot.subscriptions import Due, Subscription
from retrieval.identity import digest
from retrieval.outlets import Origin
from retrieval.story_facts import Story, StoryArticle

NOW = datetime(2025, 6, 3, 10, 30, tzinfo=UTC)
"""A Tuesday."""
YESTERDAY = NOW - timedelta(days=1)
TODAY = Period(YESTERDAY, NOW, UTC)


def an_id(name: str) -> str:
    return digest(name)


def a_story_article(
    name: str = "a",
    *,
    source: str = "Folha",
    language: str = "en",
    hours_ago: float = 2,
    title: str = "Harbour opens again after the storm",
    centrality: float = 0.9,
) -> StoryArticle:
    at = NOW - timedelta(hours=hours_ago)
    url = f"https://{source.lower().replace(' ', '')}.example.com/{name}"
    return StoryArticle(an_id(name), url, title, source, language, at, at, centrality, 1)


def a_told_story(name: str, *articles: StoryArticle, **changes: Any) -> Story:
    told = articles or (a_story_article(name),)
    outlets = tuple(dict.fromkeys(one.source for one in told))
    values: dict[str, Any] = {
        "id": an_id(name),
        "headline": told[0].title,
        "headline_article": told[0].id,
        "articles": tuple(sorted(told, key=lambda one: one.at)),
        "article_count": len(told),
        "outlets": outlets,
        "origins": tuple(Origin(one, (one,)) for one in outlets),
        "first_seen": min(one.at for one in told),
        "last_seen": max(one.at for one in told),
    }
    return Story(**{**values, **changes})


def a_candidate(name: str, *outlets: str, hours_ago: float = 2, **changes: Any) -> Candidate:
    """A new story, told by each of the outlets."""
    told = [
        a_story_article(f"{name}{at}", source=outlet, hours_ago=hours_ago, **changes)
        for at, outlet in enumerate(outlets or ("Folha",))
    ]
    story = a_told_story(name, *told)
    return Candidate(story, story.articles)


def a_subscription(**changes: Any) -> Subscription:
    values: dict[str, Any] = {"id": 12, "where": ConversationKey(7), "language": "en"}
    return Subscription(**{**values, **changes})


def a_due(since: datetime = YESTERDAY, until: datetime = NOW) -> Due:
    return Due(
        subscription_id=12,
        day=date(2025, 6, 3),
        due_at=until,
        since=since,
        until=until,
        late=False,
        late_after=until + timedelta(minutes=15),
        expires_at=until + timedelta(hours=6),
    )


@dataclass
class ScriptedDigests:
    """Tells one story each time; `is_quiet` is a day of which no word is wanted."""

    is_quiet: bool = False
    composed: list[tuple[Subscription, Due]] = field(default_factory=list)

    async def compose(self, subscription: Subscription, due: Due) -> Delivery | None:
        self.composed.append((subscription, due))
        if self.is_quiet:
            return None
        told = ToldStory(1, an_id("harbour"), "Harbour opens", why="2 origins; new")
        return Delivery(
            key=due.key,
            kind=Kind.DIGEST,
            where=subscription.where,
            screen=Rendered(
                (Part("<b>The news</b>", "The news"),),
                ((Button("1", data=f"d:s:{told.story_id}"),),),
            ),
            due_at=due.due_at,
            expires_at=due.expires_at,
            late_after=due.late_after,
            language=subscription.language or "en",
            about=subscription.id,
            told=(told,),
        )
