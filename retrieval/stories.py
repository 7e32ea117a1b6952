"""Which articles tell one story: the decisions.  (pure)

A story is one event and what directly follows from it, across outlets and languages. Articles
come one at a time; each joins the story it is nearest to, or begins one.

    likeness   of two articles: what they are about, the names and figures they share, and the
               days between them
    chosen     a story is joined where one of its articles is near enough and all of them, on
               the average, are not far: the best member finds it, the average keeps a chain of
               neighbours from growing through a whole topic
    together   two stories turn out to be one, by the same rule

`story_window` holds the articles that can still meet a new one; `story_intake` writes.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from retrieval.models import Vector

LIFE = timedelta(days=21)
"""Between an article and the nearest one of its story; after that, it is another story."""

JOIN = 1.4
"""Likeness from which the best member lets an article in."""
KEEP = -1.0
"""Likeness to the members of a story on the average, below which it stays out."""
UNITE = 0.0
"""Average likeness between the articles of two stories from which they are one."""

MOST_MEMBERS = 24
"""Of a story that an article is compared with: half of them the nearest in time, the rest from
all of it, so that a story cannot wander off step by step."""


@dataclass(frozen=True, slots=True)
class Weights:
    """Of the signs of likeness, in logits; fitted to the development halves of the labelled
    sets (`python -m tests.bench.stories --fit`)."""

    base: float
    meaning: float
    """Cosine, less what all articles have in common."""
    names: float
    figures: float
    apart: float
    """Both tell figures, and none is the same."""
    days: float


WEIGHTS = Weights(base=-7.1, meaning=15.6, names=7.6, figures=2.7, apart=-2.2, days=-0.06)


@dataclass(frozen=True, slots=True)
class Sketch:
    """What is compared of an article."""

    article_id: str
    at: int
    """When it was published, or else taken: seconds since 1970 UTC."""
    language: str
    vector: Vector
    """Mean of its chunks' vectors, normalised. Each chunk is embedded under the title, so that
    the title has its weight in it already."""
    names: frozenset[str]
    figures: frozenset[str]
    copy_group: str | None = None


@dataclass(frozen=True, slots=True)
class Signs:
    """What two articles have in common."""

    meaning: float
    names: float
    """Share of the names that stand in both, rare ones counting more; 0 to 1."""
    figures: float
    apart: bool
    days: float
    one_text: bool = False


SAME_TEXT = 20.0
"""Likeness of copies of one text."""


def likeness(signs: Signs, weights: Weights = WEIGHTS) -> float:
    """The logit of two articles telling one story, as fitted; above 0 it is likelier than not."""
    if signs.one_text:
        return SAME_TEXT
    return (
        weights.base
        + weights.meaning * signs.meaning
        + weights.names * signs.names
        + weights.figures * signs.figures
        + weights.apart * signs.apart
        + weights.days * signs.days
    )


def shared(mine: frozenset[str], theirs: frozenset[str], rarity: Mapping[str, float]) -> float:
    """Share of the keys that are in both sets, by rarity: the cosine of the weighted sets."""
    common = mine & theirs
    if not common:
        return 0.0
    weight = sum(rarity[key] for key in common)
    of_mine, of_theirs = (sum(rarity[key] for key in keys) for keys in (mine, theirs))
    return weight / math.sqrt(of_mine * of_theirs)


@dataclass(frozen=True, slots=True)
class Fit:
    """How an article fits a story."""

    story: str
    best: float
    average: float

    @property
    def joins(self) -> bool:
        return self.best >= JOIN and self.average >= KEEP


def chosen(fits: Sequence[Fit]) -> list[Fit]:
    """Those an article may join, the best first."""
    return sorted(
        (fit for fit in fits if fit.joins),
        key=lambda fit: (-(fit.best + fit.average), fit.story),
    )


def together(links: Sequence[float]) -> bool:
    """Whether two stories are one, by the likenesses between the articles of both."""
    return bool(links) and max(links) >= JOIN and sum(links) / len(links) >= UNITE
