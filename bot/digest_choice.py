"""Which stories a digest tells, and why.  (pure)

    Story  -> Candidate   as of the end of the period, without outlets that are not to be heard
           -> score       independent origins, freshness, topics, outlets, what the chat wished
           -> Choice      the best are told, the next ones named

Nothing here is random: equal scores are told in the order of their ids.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta, tzinfo
from enum import StrEnum

from bot.asker import Length
from retrieval.folding import fold, folded_words, stem
from retrieval.models import Vector
from retrieval.stopwords import STOPWORDS
from retrieval.story_facts import Story, StoryArticle, headline_of
from retrieval.story_figures import Contradiction

MOST_TOLD = {Length.SHORT: 3, Length.NORMAL: 5, Length.DETAILED: 8}
MOST_NAMED = 5
"""Told of by their headlines alone, after the others."""

RELEVANT = 0.9
"""In spreads above the floor: a story that is about a topic by its meaning."""
ALIKE = 1.1
"""In spreads above the floor: a story like one of which the chat wants less."""
HALF_A_LIFE = {False: timedelta(hours=12), True: timedelta(days=3)}
"""In which news loses half of its freshness; in a weekly edition the longer one."""


class Wish(StrEnum):
    """What a chat said of a story."""

    LESS = "less"
    MUTE = "mute"
    FOLLOW = "follow"


@dataclass(frozen=True, slots=True)
class Topic:
    words: str
    vector: Vector


@dataclass(frozen=True, slots=True)
class Taste:
    """What a chat wants to hear of."""

    topics: tuple[Topic, ...] = ()
    """None is everything."""
    sources: tuple[str, ...] = ()
    """Outlets; none is all of them."""
    preferred: tuple[str, ...] = ()
    hidden: tuple[str, ...] = ()
    wishes: Mapping[str, Wish] = field(default_factory=dict)
    """By story."""
    disliked: tuple[Vector, ...] = ()
    """What the stories of which it wants less are about."""
    floor: float = 0.0
    spread: float = 1.0
    """Of the embedder."""


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
    silent = {fold(one) for one in hidden}
    known = [one for one in story.articles if one.heard_at < period.until]
    kept = tuple(one for one in known if fold(one.source) not in silent)
    fresh = tuple(one for one in kept if one.heard_at >= period.since)
    if not fresh:
        return None
    if len(kept) < len(story.articles):
        story = _cut_down(story, kept, silent)
    headline = headline_of(kept, language)
    story = replace(story, headline=headline.title, headline_article=headline.id)
    return Candidate(story, fresh, vector)


def _cut_down(story: Story, kept: tuple[StoryArticle, ...], silent: set[str]) -> Story:
    heard = {one.source for one in kept}
    ids = {one.id for one in kept}
    differing = (
        Contradiction(one.about, tuple(f for f in one.figures if f.article_id in ids))
        for one in story.contradictions
    )
    return replace(
        story,
        articles=kept,
        article_count=story.article_count - (len(story.articles) - len(kept)),
        outlets=tuple(one for one in story.outlets if fold(one) not in silent),
        origins=tuple(one for one in story.origins if heard & set(one.outlets)),
        last_seen=max(one.at for one in kept),
        contradictions=tuple(one for one in differing if len(one.figures) > 1),
    )


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


def about_topic(candidate: Candidate, taste: Taste) -> Topic | None:
    """The topic a story is about: its words stand in one title, or it is near in meaning."""
    nearest: tuple[float, Topic] | None = None
    titles = [_stems(one.title) for one in candidate.story.articles]
    for topic in taste.topics:
        wanted = _stems(topic.words)
        if wanted and any(wanted <= title for title in titles):
            return topic
        if candidate.vector is None:
            continue
        near = _near(topic.vector, candidate.vector, taste)
        if near >= RELEVANT and (nearest is None or near > nearest[0]):
            nearest = near, topic
    return nearest[1] if nearest else None


def _scored(one: Candidate, taste: Taste, period: Period) -> Chosen | None:
    """None for what the chat does not want to hear of."""
    story, reasons = one.story, []
    wish = taste.wishes.get(story.id)
    if wish in (Wish.LESS, Wish.MUTE):
        return None
    carried = {fold(name) for name in story.outlets}
    if taste.sources and not carried & {fold(name) for name in taste.sources}:
        return None
    topic = about_topic(one, taste)
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
    if wish is Wish.FOLLOW:
        score += 1.5
        reasons.append("followed")
    if one.vector is not None and any(
        _near(vector, one.vector, taste) >= ALIKE for vector in taste.disliked
    ):
        score -= 1.5
        reasons.append("like one of which less is wanted")
    if story.contradictions:
        score += 0.2
        reasons.append("figures differ")
    return Chosen(one, score, "; ".join(reasons))


def _near(one: Vector, other: Vector, taste: Taste) -> float:
    """In spreads above the floor; vectors of another model are near nothing."""
    if one.shape != other.shape:
        return -math.inf
    return (float(one @ other) - taste.floor) / max(taste.spread, 1e-9)


def _stems(text: str) -> frozenset[str]:
    words = folded_words(text)
    content = [word for word in words if word not in STOPWORDS]
    return frozenset(map(stem, content or words))
