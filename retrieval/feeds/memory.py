"""What is remembered of a feed's entries, and for how long.  (pure)

An entry is remembered as long as its article is in the archive. Any other is forgotten once it
is older than MEMORY and the feed no longer shows it; should the feed show it again, it is too
old to be taken for new. One without a date is never forgotten: nothing else would tell it
from a new one.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from retrieval.feeds.sameness import Fingerprint, address_of

MEMORY = timedelta(days=180)
"""How old an entry may be that was never seen: what is older may have been known and forgotten."""
_CLOCK_SKEW = timedelta(days=2)
"""An entry may have told an update of up to a day after it was seen; see `entries.believed`."""


@dataclass(frozen=True, slots=True)
class KnownEntry:
    """An entry of this feed as the store remembers it."""

    key: str
    """`EntryDecision.key` of the time; unique within the feed."""
    url: str | None
    fingerprints: tuple[Fingerprint, ...]
    """What it said each time it was taken, the last one last; `EntryDecision.fingerprints`."""
    article_id: str | None
    """None when it was passed over for good."""
    seen_at: datetime
    """When it was last taken; a SKIP does not move it."""

    @property
    def fingerprint(self) -> Fingerprint:
        return self.fingerprints[-1] if self.fingerprints else ""


def may_be_forgotten(
    published_at: datetime | None, seen_at: datetime, now: datetime, *, has_article: bool
) -> bool:
    """Whether an entry the feed no longer shows can go without being taken for new later."""
    limit = forget_before(now)
    return not has_article and published_at is not None and max(published_at, seen_at) < limit


def horizon(added_at: datetime, now: datetime) -> datetime | None:
    """An unknown entry from before this moment may be a forgotten one; None while a feed added
    at `added_at` is too young for any to have been."""
    oldest = now - MEMORY
    return oldest if added_at < oldest else None


def forget_before(now: datetime) -> datetime:
    """An entry that was published, or last taken, since this moment is remembered."""
    return now - MEMORY - _CLOCK_SKEW


def page_of(url: str | None) -> str | None:
    """An entry's address in the one spelling it is remembered and looked up by.

    `address_of` tells it from others; what has no such address stays as it is.
    """
    address = address_of(url)
    spelled = f"https://{address}"
    return spelled if address and address_of(spelled) == address else url


def outlet_of(own: str, present: str, of_others: Collection[str]) -> str:
    """The outlet of an article in the archive that a feed called `own` brings again.

    `present` is its outlet until now, `of_others` are the titles of the other feeds that have
    it. It stays with the feed that first brought it while that feed is there under that name.
    """
    return present if present in of_others else own
