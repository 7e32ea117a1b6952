"""Which stories a digest tells, and why.  (pure)

    Story  -> Candidate   as of the end of the period, without outlets that are not to be heard
           -> score       independent origins, freshness, topics, outlets, what the chat wished
           -> Choice      the best are told, the next ones named

Nothing here is random: equal scores are told in the order of their ids.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta, tzinfo

from bot.asker import Length
from bot.audible import Silence, audible
from bot.digest_taste import Taste, Wish, about_topic, learned
from retrieval.folding import fold
from retrieval.models import Vector
from retrieval.story_facts import Story, StoryArticle, headline_of

MOST_TOLD = {Length.SHORT: 3, Length.NORMAL: 5, Length.DETAILED: 8}
MOST_NAMED = 5
"""Told of by their headlines alone, after the others."""

HALF_A_LIFE = {False: timedelta(hours=12), True: timedelta(days=3)}
"""In which news loses half of its freshness; in a weekly edition the longer one."""


@dataclass(frozen=True, slots=True)
class Period:
    since: datetime
    until: datetime
    """Exclusive."""
    zone: tzinfo
    is_weekly: bool = False


@dataclass(frozen=True, slots=True)
class Candidate:
    story: Story
    """Without what was not known yet at the end of the period, nor outlets not to be heard."""
    fresh: tuple[StoryArticle, ...]
    """Heard of in the period, the earliest first; at least one."""
    vector: Vector | None = None
    known_as: str = ""
    """The headline in the reader's language, where what is new has none."""

    @property
    def is_new(self) -> bool:
        return len(self.fresh) == len(self.story.articles) == self.story.article_count


@dataclass(frozen=True, slots=True)
class Chosen:
    candidate: Candidate
    score: float
    why: str
    """For the operator: `3 origins; new; topic energy`."""


@dataclass(frozen=True, slots=True)
class Choice:
    told: tuple[Chosen, ...]
    also: tuple[Chosen, ...] = ()


def candidate(
    story: Story,
    period: Period,
    hidden: Iterable[str],
    language: str,
    vector: Vector | None = None,
) -> Candidate | None:
    """The story as it may be told; None when the period brought nothing that may."""
    heard = audible(story, Silence.of(hidden), language, period.until)
    if heard is None:
        return None
    fresh = tuple(one for one in heard.articles if one.heard_at >= period.since)
    if not fresh:
        return None
    # What was told yesterday is told by today's headline.
    known, headline = heard.headline, headline_of(fresh, language)
    spoken = {one.id: one.language for one in heard.articles}[heard.headline_article]
    is_lost = spoken == language != headline.language
    told = replace(heard, headline=headline.title, headline_article=headline.id)
    return Candidate(told, fresh, vector, known if is_lost else "")


def choose(candidates: Sequence[Candidate], taste: Taste, period: Period, length: Length) -> Choice:
    """The best candidates; each story once. Empty where none is wanted."""
    scored: dict[str, Chosen] = {}
    for one in candidates:
        chosen = _scored(one, taste, period)
        if chosen is not None:
            scored.setdefault(one.story.id, chosen)
    ranked = sorted(scored.values(), key=lambda one: (-one.score, one.candidate.story.id))
    most = MOST_TOLD[length]
    return Choice(tuple(ranked[:most]), tuple(ranked[most : most + MOST_NAMED]))


def _scored(one: Candidate, taste: Taste, period: Period) -> Chosen | None:
    """None for what the chat does not want to hear of."""
    story, reasons = one.story, []
    wish = taste.wishes.get(story.id)
    if wish in (Wish.LESS, Wish.MUTE):
        return None
    carried = {fold(name) for name in story.outlets}
    if taste.sources and not carried & {fold(name) for name in taste.sources}:
        return None
    topic = about_topic(story, one.vector, taste)
    if taste.topics and topic is None and wish is not Wish.FOLLOW:
        return None
    origins = len(story.origins)
    reasons.append(f"{origins} origin{'s' if origins != 1 else ''}")
    latest = max(article.heard_at for article in one.fresh)
    age = max(period.until - latest, timedelta(0))
    fresh = 0.5 ** (age / HALF_A_LIFE[period.is_weekly])
    score = 1.2 * math.log2(1 + origins) + 0.8 * fresh + 0.35 * math.log2(1 + len(one.fresh))
    if one.is_new:
        reasons.append("new")
    else:
        score -= 0.3
        reasons.append(f"day {story.day(period.until, period.zone)}, {len(one.fresh)} new")
    if topic is not None:
        score += 0.8
        reasons.append(f"topic {topic.words}")
    if carried & {fold(name) for name in taste.preferred}:
        score += 0.7
        reasons.append("a preferred outlet")
    from_feedback, said = learned(story.id, one.vector, taste)
    score += from_feedback
    reasons += said
    if story.contradictions:
        score += 0.2
        reasons.append("figures differ")
    return Chosen(one, score, "; ".join(reasons))
