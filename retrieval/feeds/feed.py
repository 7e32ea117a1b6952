"""A feed as the store remembers it, and what one check of it came to.  (pure)"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from retrieval.feeds.conditional import NO_VALIDATORS, Validators
from retrieval.feeds.health import HealthState
from retrieval.feeds.rhythm import CheckOutcome, FeedClock
from retrieval.identity import digest


def feed_id(url: str) -> str:
    """Id of the feed first added at `url`; 12 hex digits, short enough to type."""
    return digest("feed", url, length=12)


@dataclass(frozen=True, slots=True)
class Feed:
    """One source of articles, and the state of asking it."""

    id: str
    url: str
    title: str
    """What a person called it, or it calls itself; the outlet of its articles."""
    site_url: str | None
    added_at: datetime
    keep_days: int | None = None
    """Articles are deleted after so many days; None keeps them."""
    paused: bool = False
    """By a person, or because the server said it is gone."""
    clock: FeedClock = field(default_factory=FeedClock)
    next_check_at: datetime | None = None
    validators: Validators = NO_VALIDATORS
    first_look_done: bool = False
    last_checked_at: datetime | None = None
    last_success_at: datetime | None = None
    last_new_at: datetime | None = None
    failing_since: datetime | None = None
    last_error: str = ""
    """In words; empty while all is well."""
    notified: HealthState = HealthState.WELL


@dataclass(frozen=True, slots=True)
class FeedReport:
    """What one check of one feed came to."""

    feed: Feed
    """As it is after the check."""
    outcome: CheckOutcome
    new: int = 0
    changed: int = 0
    failures: tuple[str, ...] = ()
    """Entries that could not be taken, each with the reason in words."""
