"""When a feed is asked next.  (pure)

A feed that had something new is asked twice as often, one that had not a quarter less often;
that settles where about one check in four finds something. The feed's own wishes (`ttl`,
`Cache-Control`, `Retry-After`) are lower bounds. Failures back off exponentially with full
jitter (M. Brooker, "Exponential Backoff And Jitter", AWS Architecture Blog, 2015).

Every wait is counted from the check just made, so a machine that slept through many checks
makes one.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

QUICKER = 0.5
SLOWER = 1.25
SPREAD = 0.1
"""Share by which a wait varies, so that feeds added together are not asked together."""
LONGEST_BACK_OFF = timedelta(hours=24)
LONGEST_HINT = timedelta(hours=24)
LONGEST_RETRY_AFTER = timedelta(days=7)
LONGEST_WAIT = LONGEST_RETRY_AFTER
"""No check is ever set further ahead than this."""
CLOCKS_DIFFER = timedelta(minutes=2)
"""By as much between machines that ask the same feeds."""

_SHORTEST_ALLOWED = timedelta(seconds=1)
_MOST_DOUBLINGS = 17
"""Enough to come from a second to a day."""


@dataclass(frozen=True, slots=True)
class Bounds:
    """Between which waits the rhythm of a healthy feed moves.

    Raises ValueError unless 1 s <= shortest <= longest <= 7 days.
    """

    shortest: timedelta = timedelta(minutes=10)
    longest: timedelta = timedelta(hours=6)

    def __post_init__(self) -> None:
        if not _SHORTEST_ALLOWED <= self.shortest <= self.longest <= LONGEST_WAIT:
            raise ValueError("bounds must be 1 second <= shortest <= longest <= 7 days")


DEFAULT_BOUNDS = Bounds()


@dataclass(frozen=True, slots=True)
class FeedClock:
    """A feed's rhythm, as the store keeps it. A new feed starts with the defaults."""

    interval: timedelta = timedelta(hours=1)
    """Between two checks while all is well."""
    failures: int = 0
    """In a row, up to the last check."""
    paused: bool = False
    """The server said the feed is gone for good; only a person wakes it."""


class CheckOutcome(StrEnum):
    """What one check found."""

    NEW = "new"
    """At least one new or changed entry."""
    UNCHANGED = "unchanged"
    """304, or a document without news."""
    FAILED = "failed"
    GONE = "gone"
    """410."""


@dataclass(frozen=True, slots=True)
class Hints:
    """What the server wishes. Zero and negative wishes are none."""

    ttl: timedelta | None = None
    """The feed's `ttl`, or `updatePeriod` divided by `updateFrequency`."""
    max_age: timedelta | None = None
    """`max-age` of `Cache-Control`."""
    retry_after: timedelta | None = None
    """From now; a date in the header is turned into a wait by the caller."""


NO_HINTS = Hints()


def next_check(
    clock: FeedClock,
    outcome: CheckOutcome,
    hints: Hints,
    now: datetime,
    jitter: float,
    bounds: Bounds = DEFAULT_BOUNDS,
) -> tuple[FeedClock, datetime | None]:
    """The clock after a check that ended `now`, and the moment of the next; None when paused.

    The moment is between `bounds.shortest` and 7 days after `now`. A failure leaves the
    interval as it was. Raises ValueError unless 0 <= jitter < 1.
    """
    if not 0 <= jitter < 1:
        raise ValueError("jitter must be in [0, 1)")
    if outcome is CheckOutcome.GONE:
        return replace(clock, failures=0, paused=True), None
    if outcome is CheckOutcome.FAILED:
        after = FeedClock(clamp(clock.interval, bounds), max(0, clock.failures) + 1)
        wait = back_off(after.failures, jitter, bounds)
        wishes: tuple[timedelta, ...] = ()
    else:
        factor = QUICKER if outcome is CheckOutcome.NEW else SLOWER
        after = FeedClock(clamp(clamp(clock.interval, bounds) * factor, bounds))
        wait = clamp(after.interval * (1 + SPREAD * (2 * jitter - 1)), bounds)
        wishes = (_wish(hints.ttl, LONGEST_HINT), _wish(hints.max_age, LONGEST_HINT))
    return after, now + max(wait, *wishes, _wish(hints.retry_after, LONGEST_RETRY_AFTER))


def back_off(failures: int, jitter: float, bounds: Bounds = DEFAULT_BOUNDS) -> timedelta:
    """How long to wait after that many failures in a row, at least 1.

    Uniform, as `jitter` is, from `bounds.shortest` to `shortest * 2**failures`, the latter
    at most 24 h.
    """
    doubled = bounds.shortest * (1 << min(max(failures, 1), _MOST_DOUBLINGS))
    ceiling = max(bounds.shortest, min(LONGEST_BACK_OFF, doubled))
    return bounds.shortest + (ceiling - bounds.shortest) * jitter


def due(
    next_check_at: datetime | None, now: datetime, last_checked_at: datetime | None = None
) -> bool:
    """Whether a feed is to be asked now; one without a moment is paused and never is.

    A moment further ahead than any wait, or reckoned from a check that lies ahead, was written
    while this machine's clock was wrong.
    """
    if next_check_at is None:
        return False
    if last_checked_at is not None and last_checked_at - now > CLOCKS_DIFFER:
        return True
    return next_check_at <= now or next_check_at - now > LONGEST_WAIT


def clamp(interval: timedelta, bounds: Bounds) -> timedelta:
    """The nearest interval within the bounds."""
    return min(max(interval, bounds.shortest), bounds.longest)


def _wish(wanted: timedelta | None, most: timedelta) -> timedelta:
    return timedelta(0) if wanted is None else min(wanted, most)
