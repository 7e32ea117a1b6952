"""How strict a follow is, and how strict it should begin.  (pure)

The levels of questions are fitted to the development half of labelled pairs in three languages
(`python -m tests.bench.follows --fit`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bot.follows import ANYWHERE, IN_LEAD, IN_TITLE, OFTEN

MOST_A_WEEK = 21
"""Stories that a new follow should tell of at most: three a day."""


@dataclass(frozen=True, slots=True)
class Ladder:
    """Thresholds, the loosest first."""

    levels: tuple[float, ...]
    usual: float


LITERAL = Ladder((ANYWHERE, OFTEN, IN_LEAD, IN_TITLE), ANYWHERE)
"""Where the words must stand."""
TOPICAL = Ladder((0.25, 0.35, 0.45, 0.55, 0.65, 0.75, 0.85, 0.95, 1.05), 0.55)
"""How near in meaning an article must be, in the model's spreads above any article."""


def fitted(ladder: Ladder, scores: Sequence[float]) -> float:
    """The usual level, or the first stricter one at which last week's stories with those scores
    would not have been too many; where that is none, the strictest that leaves some."""
    stricter = [level for level in ladder.levels if level >= ladder.usual]
    left = {level: sum(score >= level for score in scores) for level in stricter}
    for level in stricter:
        if left[level] <= MOST_A_WEEK:
            return level if left[level] or level == ladder.usual else _before(stricter, level)
    return stricter[-1]


def step(ladder: Ladder, threshold: float, *, stricter: bool) -> float:
    """The next level; unchanged where there is none."""
    if stricter:
        return next((one for one in ladder.levels if one > threshold), threshold)
    return next((one for one in reversed(ladder.levels) if one < threshold), threshold)


def can_step(ladder: Ladder, threshold: float, *, stricter: bool) -> bool:
    return step(ladder, threshold, stricter=stricter) != threshold


def _before(levels: Sequence[float], level: float) -> float:
    return levels[max(0, levels.index(level) - 1)]
