"""What a chat wants to hear of, and what its feedback says of a story.  (pure)

What was said and done before moves a story up or down by a bounded amount, however often it was
said, and never hides one that the chat has not refused itself.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

import numpy as np

from retrieval.folding import folded_words, stem
from retrieval.models import Vector
from retrieval.stopwords import STOPWORDS
from retrieval.story_facts import Story

RELEVANT = 0.9
"""In spreads above the floor: a story that is about a topic by its meaning."""
ALIKE = 1.1
"""In spreads above the floor: a story like one that the chat said something of."""

FOLLOWED = 1.5
OPENED, LIKE_OPENED = 0.6, 0.4
DOUBTED, LIKE_DOUBTED = -0.4, -0.25
LIKE_UNWANTED = -1.5
LEAST_LEARNED, MOST_LEARNED = -1.5, 1.5
"""What all feedback together can do, in units of `bot.digest_choice`: two outlets more are 1.2."""


class Wish(StrEnum):
    """What a chat said of a story; of two sayings about one story the later one here holds."""

    OPENED = "opened"
    """It was looked at or asked about by its button."""
    FOLLOW = "follow"
    LESS = "less"
    MUTE = "mute"


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
    doubted: frozenset[str] = frozenset()
    """Stories that answers rested on which somebody found not right."""
    like_unwanted: tuple[Vector, ...] = ()
    """What the stories are about of which less is wanted; those that follow are the same."""
    like_opened: tuple[Vector, ...] = ()
    like_doubted: tuple[Vector, ...] = ()
    floor: float = 0.0
    spread: float = 1.0
    """Of the embedder."""


def stronger(one: Wish | None, other: Wish) -> Wish:
    """Of two stories that became one, what was said against it holds."""
    order = list(Wish)
    return other if one is None or order.index(other) > order.index(one) else one


def learned(story_id: str, vector: Vector | None, taste: Taste) -> tuple[float, tuple[str, ...]]:
    """What feedback adds to a story's score, -1.5 to 1.5, and why, for the operator's log."""
    told = list(_said(story_id, vector, taste))
    score = sum(weight for weight, _ in told)
    return min(max(score, LEAST_LEARNED), MOST_LEARNED), tuple(why for _, why in told)


def about_topic(story: Story, vector: Vector | None, taste: Taste) -> Topic | None:
    """The topic a story is about: its words stand in one title, or it is near in meaning."""
    nearest: tuple[float, Topic] | None = None
    titles = [_stems(one.title) for one in story.articles]
    for topic in taste.topics:
        wanted = _stems(topic.words)
        if wanted and any(wanted <= title for title in titles):
            return topic
        near = nearness(vector, (topic.vector,), taste)
        if near >= RELEVANT and (nearest is None or near > nearest[0]):
            nearest = near, topic
    return nearest[1] if nearest else None


def nearness(vector: Vector | None, others: Sequence[Vector], taste: Taste) -> float:
    """To the nearest of them, in spreads above the floor; vectors of another model, or none,
    are near nothing."""
    same = [one for one in others if vector is not None and one.shape == vector.shape]
    if vector is None or not same:
        return -math.inf
    return (float(np.max(np.array(same) @ vector)) - taste.floor) / max(taste.spread, 1e-9)


def _said(story_id: str, vector: Vector | None, taste: Taste) -> Iterator[tuple[float, str]]:
    wish = taste.wishes.get(story_id)
    if wish is Wish.FOLLOW:
        yield FOLLOWED, "followed"
    if wish is Wish.OPENED:
        yield OPENED, "opened before"
    elif nearness(vector, taste.like_opened, taste) >= ALIKE:
        yield LIKE_OPENED, "like one that was opened"
    if story_id in taste.doubted:
        yield DOUBTED, "an answer about it was found not right"
    elif nearness(vector, taste.like_doubted, taste) >= ALIKE:
        yield LIKE_DOUBTED, "like one of an answer that was found not right"
    if nearness(vector, taste.like_unwanted, taste) >= ALIKE:
        yield LIKE_UNWANTED, "like one of which less is wanted"


def _stems(text: str) -> frozenset[str]:
    words = folded_words(text)
    content = [word for word in words if word not in STOPWORDS]
    return frozenset(map(stem, content or words))
