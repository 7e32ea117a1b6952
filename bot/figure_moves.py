"""What a story counts now, beside what it counted when it was told last.  (pure)

Only counts that every reader understands, as `retrieval.story_figures` reads them; an amount of
money may be another one of the same story.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from retrieval.story_figures import ROUNDED, Telling, ToldFigure, told_figures

_NOT_COUNTED = "money"

_Told = dict[str, tuple[datetime, ToldFigure]]


@dataclass(frozen=True, slots=True)
class Moved:
    about: str
    """As `retrieval.story_figures.Contradiction` names it; never `money`."""
    was: Decimal
    now: Decimal
    article_id: str
    """Of the article that tells what is now."""
    at_least: bool = False
    """It tells `now` as a least."""


def moved(before: Sequence[Telling], fresh: Sequence[Telling]) -> tuple[Moved, ...]:
    """By the name of what is counted: the latest figure of each side, none of them a rough one,
    where the new one came later. Of a new story, without `before`, its first and its latest."""
    old, new = (_latest(before) if before else _first(fresh)), _latest(fresh)
    found = []
    for about in sorted(old.keys() & new.keys()):
        (was_at, was), (now_at, now) = old[about], new[about]
        if now_at > was_at and _is_another(was.value, now.value):
            found.append(Moved(about, was.value, now.value, now.article_id, now.bound))
    return tuple(found)


def _latest(tellings: Sequence[Telling]) -> _Told:
    return _last_of(sorted(tellings, key=lambda one: (one.at, one.article_id)))


def _first(tellings: Sequence[Telling]) -> _Told:
    return _last_of(sorted(tellings, key=lambda one: (one.at, one.article_id), reverse=True))


def _last_of(tellings: Sequence[Telling]) -> _Told:
    found: _Told = {}
    for one in tellings:
        for about, figure in told_figures(one).items():
            if about != _NOT_COUNTED and not figure.rough:
                found[about] = one.at, figure
    return found


def _is_another(was: Decimal, now: Decimal) -> bool:
    return abs(now - was) > max(was, now) * ROUNDED
