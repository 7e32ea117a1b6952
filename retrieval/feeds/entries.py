"""What a feed's bytes become, and what all its forms (RSS, JSON, sitemap) are held to.  (pure)

The other modules of this folder read one form each into these types; what an entry's key,
link and dates may be is decided here, once.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Literal
from urllib.parse import urljoin

from retrieval.addresses import is_web, url_problem
from retrieval.clean import one_line
from retrieval.identity import digest

MAX_BYTES = 10_000_000
"""Of one feed, expanded."""
MAX_ENTRIES = 1_000
MAX_HTML = 500_000
"""Characters of one entry's content."""
LONGEST_KEY = 500
LONGEST_NAME = 200

_EARLIEST = datetime(1990, 1, 1, tzinfo=UTC)
_CLOCK_SKEW = timedelta(days=1)
_LONGEST_DATE = 40


@dataclass(frozen=True, slots=True)
class ParsedEntry:
    """One item of a feed, as the feed tells it."""

    key: str
    """Its identity inside this feed: its guid where no other entry of the document has the
    same, else its url, else a hash of its content. A publisher may change a guid, so an
    entry with an unknown key but a known `url` is that url's article again."""
    url: str | None
    """http(s), absolute; None for an entry that leads nowhere."""
    title: str
    """One clean line; empty where there is none."""
    html: str
    """The fullest content given, at most 500,000 characters; empty where there is none."""
    published_at: datetime | None
    """UTC. An Atom entry may tell only `updated_at`."""
    updated_at: datetime | None
    author: str


@dataclass(frozen=True, slots=True)
class ParsedFeed:
    """A feed and its entries in document order (of a sitemap: newest first)."""

    kind: Literal["rss", "atom", "json", "sitemap"]
    title: str
    site_url: str | None
    language: str | None
    """As declared: `pt-br`."""
    check_every: timedelta | None
    """How often the publisher asks to be asked."""
    entries: tuple[ParsedEntry, ...]
    notes: tuple[str, ...] = ()
    """What was wrong with it and how it was read all the same, in words."""


@dataclass(frozen=True, slots=True)
class NotAFeed:
    """Why bytes are no feed, as a clause for a person."""

    reason: str


@dataclass(frozen=True, slots=True)
class Draft:
    """An entry before it has a key; `guid` is empty where the feed gives none."""

    guid: str
    url: str | None
    title: str
    html: str
    published_at: datetime | None
    updated_at: datetime | None
    author: str


class Notes:
    """Remarks on one feed, each told once, with the number of entries it holds for."""

    def __init__(self) -> None:
        self._of_feed: dict[str, None] = {}
        self._of_entries: Counter[str] = Counter()

    def add(self, *remarks: str) -> None:
        self._of_feed.update(dict.fromkeys(remarks))

    def count(self, remark: str, entries: int = 1) -> None:
        """`remark` goes on after a number: `3 entries …`."""
        self._of_entries[remark] += entries

    def all(self) -> tuple[str, ...]:
        counted = (
            f"{number:,} {'entry' if number == 1 else 'entries'} {remark}"
            for remark, number in self._of_entries.items()
            if number
        )
        return (*self._of_feed, *counted)


def with_keys(drafts: Sequence[Draft], notes: Notes) -> tuple[ParsedEntry, ...]:
    """The drafts in their order, each with a key of its own; exact repetitions fall away."""
    distinct = {_fingerprint(draft): draft for draft in reversed(drafts)}
    kept = dict(reversed(distinct.items()))
    if len(kept) < len(drafts):
        notes.count("repeated another word for word", len(drafts) - len(kept))
    guids = Counter(draft.guid for draft in kept.values() if draft.guid)
    shared = sum(number for number in guids.values() if number > 1)
    if shared:
        notes.count("shared a guid with another", shared)
    ladders = [_names(draft, fingerprint) for fingerprint, draft in kept.items()]
    # Counted over all kinds of names together: one entry's guid may be another one's url.
    claims = Counter(name for ladder in ladders for name in set(ladder))
    return tuple(
        ParsedEntry(
            key=next((name for name in ladder if claims[name] == 1), ladder[-1]),
            url=draft.url,
            title=draft.title,
            html=draft.html,
            published_at=draft.published_at,
            updated_at=draft.updated_at,
            author=draft.author,
        )
        for draft, ladder in zip(kept.values(), ladders, strict=True)
    )


def _names(draft: Draft, fingerprint: str) -> list[str]:
    """What the entry may be called, best first. Text gets corrected: titles and dates less."""
    names = [_short(draft.guid), _short(draft.url or "")]
    if draft.title:
        names.append(digest("entry", draft.title, str(draft.published_at)))
    return [name for name in (*names, fingerprint) if name]


def _short(name: str) -> str:
    return name if len(name) <= LONGEST_KEY else digest("key", name)


def _fingerprint(draft: Draft) -> str:
    dates = f"{draft.published_at}{draft.updated_at}"
    url = draft.url or ""
    return digest("entry", draft.guid, url, draft.title, draft.html, dates, draft.author)


def web_link(link: str | None, base: str) -> str | None:
    """An absolute http(s) address, resolved against `base`; None where it is none."""
    tidy = "".join((link or "")[:10_000].split("\n")).strip().replace(" ", "%20")
    if not tidy:
        return None
    try:
        target = tidy if is_web(tidy) else urljoin(base, tidy)
    except ValueError:
        return None
    return target if is_web(target) and not url_problem(target) else None


def iso_moment(value: object) -> datetime | None:
    """An ISO 8601 date or time as a moment in UTC (where no timezone is given, in UTC)."""
    if not isinstance(value, str) or len(value) > _LONGEST_DATE:
        return None
    try:
        moment = datetime.fromisoformat(value.strip())
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def dated(drafts: Iterable[Draft], now: datetime, notes: Notes) -> list[Draft]:
    """The drafts without dates before 1990 or more than a day after `now`."""
    return [_dated(draft, now, notes) for draft in drafts]


def _dated(draft: Draft, now: datetime, notes: Notes) -> Draft:
    published_at = believed(draft.published_at, now)
    updated_at = believed(draft.updated_at, now)
    for given, kept in ((draft.published_at, published_at), (draft.updated_at, updated_at)):
        if given != kept and given is not None:
            when = "in the future" if given > now else "before 1990"
            notes.count(f"had a date {when}, which was left out")
    return replace(draft, published_at=published_at, updated_at=updated_at)


def believed(moment: datetime | None, now: datetime) -> datetime | None:
    """None for a moment before 1990 or more than a day after `now`."""
    return moment if moment and _EARLIEST <= moment <= now + _CLOCK_SKEW else None


def name_line(raw: str) -> str:
    """A person's or outlet's name: one clean line of at most 200 characters."""
    return one_line(raw[: LONGEST_NAME * 5])[:LONGEST_NAME].strip()
