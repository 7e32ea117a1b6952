"""How much the day of publication counts among passages that answer about equally well.  (pure)

    newest(age)      = spread * SHARE_OF_NEWEST * half_life / (half_life + age)
    in_period(gap)   = spread * SHARE_OF_PERIOD * half_life / (half_life + gap)

`age` is the days since publication, `gap` the days between publication and the period, 0
inside it. Both are added to `fuse.relevance`, which is on the scale of `Embedder.spread`.

The curve is half its height at the half-life, as an exponential is, but has a long tail:
with 14 days an exponential would make 2 and 3 years both nothing, and "the latest" of an old
story a matter of chance. Since the bonus is bounded and never negative, a passage that leads
by more than the share keeps its lead, however old it is or undated.
"""

from __future__ import annotations

from datetime import datetime, timedelta

SHARE_OF_NEWEST = 0.2
"""In spreads: at most this much for being new. All the question's words weigh one spread."""

SHARE_OF_PERIOD = 0.4
"""In spreads: at most this much for the time a question names."""

HALF_LIFE_DAYS = 14.0
GAP_HALF_LIFE_DAYS = 3.0
"""What happened in a week is told in its last days and the first of the next one."""

_DAY = timedelta(days=1)


def recency_boost(
    published_at: datetime | None,
    now: datetime,
    half_life_days: float = HALF_LIFE_DAYS,
    *,
    spread: float,
) -> float:
    """The bonus for being new, from 0 to `SHARE_OF_NEWEST * spread`.

    For questions that want the latest only. Undated passages get none; one dated after `now`
    is as new as can be. `half_life_days` is positive.
    """
    if published_at is None:
        return 0.0
    age = max(0.0, (now - published_at) / _DAY)
    return spread * SHARE_OF_NEWEST * (half_life_days / (half_life_days + age))


def period_boost(
    published_at: datetime | None,
    since: datetime | None,
    until: datetime | None,
    half_life_days: float = GAP_HALF_LIFE_DAYS,
    *,
    spread: float,
) -> float:
    """The bonus for the time a question names, from 0 to `SHARE_OF_PERIOD * spread`.

    All of it inside `[since, until)`, half at `half_life_days` from its nearer end; None is
    an open end. Undated passages get none.
    """
    if published_at is None or (since is None and until is None):
        return 0.0
    early = (since - published_at) / _DAY if since else 0.0
    late = (published_at - until) / _DAY if until else 0.0
    gap = max(0.0, early, late)
    return spread * SHARE_OF_PERIOD * (half_life_days / (half_life_days + gap))
