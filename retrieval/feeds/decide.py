"""Which entries of a feed to take.  (pure)

An entry is known by its address or, where the address says nothing, by its key (guid): feeds
change guids under the same address, reuse one guid for several articles, and number their
entries from 1 at every update. What an entry said is kept as a fingerprint in four parts
(title, body, own time of update, address), so that it can be told what changed.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Generic, Protocol, TypeVar

from retrieval.feeds.memory import KnownEntry
from retrieval.feeds.sameness import (
    TIME,
    Fingerprint,
    address_of,
    changed_parts,
    fingerprint_of,
    same_article,
)
from retrieval.identity import digest

MOST_AT_FIRST = 100
"""Entries taken of a feed never read before: its newest."""
MOST_A_ROUND = 300
"""Entries taken in one round; a feed that renames all its entries does not block the others."""
FINGERPRINTS_KEPT = 6
TO_AND_FRO_PAUSE = timedelta(hours=6)
"""How often an entry that alternates between versions is taken."""
ENDLESS_PAUSE = timedelta(hours=1)
"""How often one that has changed as many times as fingerprints are kept: a live blog, or a
feed that counts its readers."""

PASSED_OVER = "older than the first look takes"
_NO_DATE = datetime.min.replace(tzinfo=UTC)


class EntryLike(Protocol):
    """What is read of a parsed entry; datetimes are in UTC."""

    @property
    def key(self) -> str: ...
    @property
    def url(self) -> str | None: ...
    @property
    def title(self) -> str | None: ...
    @property
    def html(self) -> str | None: ...
    @property
    def published_at(self) -> datetime | None: ...
    @property
    def updated_at(self) -> datetime | None: ...


Entry = TypeVar("Entry", bound=EntryLike)


class What(StrEnum):
    NEW = "new"
    CHANGED = "changed"
    SKIP = "skip"


@dataclass(frozen=True, slots=True)
class EntryDecision(Generic[Entry]):
    entry: Entry
    what: What
    reason: str
    """A clause for a person: `not seen before`, `the title changed`."""
    key: str
    """Under which to remember it; not always the entry's own."""
    fingerprints: tuple[Fingerprint, ...]
    """To be remembered with it; empty when there is nothing to remember."""
    remember: bool
    """Whether to write the entry down: a NEW or CHANGED one once its article is safe; a SKIP
    (passed over at the first look) without an article, before any article is taken."""
    put_off: bool = False
    """A SKIP for now: it is taken later, although the document may stay the same."""


def decide_entries(
    entries: Sequence[Entry],
    known: Mapping[str, KnownEntry],
    now: datetime,
    *,
    first_look: bool | None = None,
    keep: timedelta | None = None,
    horizon: datetime | None = None,
    most_at_first: int = MOST_AT_FIRST,
    most_a_round: int = MOST_A_ROUND,
) -> tuple[EntryDecision[Entry], ...]:
    """One decision for each entry, in the order of the document.

    `known` holds, by `KnownEntry.key`, what is remembered of this feed: at least the entries
    whose key or address is one of the document's. `first_look` is whether no round over the
    feed was ever completed; without it, whether nothing is known. `keep` is how long the
    archive keeps articles; what is older is not taken, nor is an unknown entry from before
    `horizon` (see `memory`), whenever it was updated. Taken are the newest; an entry without a
    date counts as old as the one before it in the document.
    """
    book = _Book(known)
    newest_first = _newest_first(entries, now)
    decisions = {at: book.decide(entries[at], now, keep, horizon) for at in newest_first}
    first = not known if first_look is None else first_look
    _leave_restamped(decisions, entries)
    _limit(decisions, newest_first, most_at_first if first else None, most_a_round)
    return tuple(decisions[at] for at in range(len(entries)))


class _Book:
    """What is known of a feed, by key and by address, with what this document adds."""

    def __init__(self, known: Mapping[str, KnownEntry]) -> None:
        self.by_key = dict(known)
        self.by_address = {
            address: entry
            for entry in sorted(known.values(), key=lambda entry: entry.seen_at)
            if (address := address_of(entry.url))
        }
        self._read: set[str] = set()

    def decide(
        self, entry: Entry, now: datetime, keep: timedelta | None, horizon: datetime | None
    ) -> EntryDecision[Entry]:
        fingerprint = fingerprint_of(entry.title, entry.html, entry.updated_at, entry.url)
        address = address_of(entry.url)
        match = self._match(entry, address, fingerprint)
        key = match.key if match else self._free_key(entry.key, address)
        if key in self._read:
            return _skip(entry, "a second copy in the same document", key)
        self._read.add(key)
        date = _date(entry, now)
        if keep is not None and date and now - date > keep:
            return _skip(entry, "older than the archive keeps", key)
        if match is None and horizon and _is_from_before(entry, horizon):
            return _skip(entry, "older than what is remembered", key)
        decision = _judge(entry, key, fingerprint, match, now)
        if match is None:
            added = KnownEntry(key, entry.url, (fingerprint,), None, now)
            self.by_key[key] = added
            if address:
                self.by_address[address] = added
        return decision

    def _match(self, entry: EntryLike, address: str, fingerprint: Fingerprint) -> KnownEntry | None:
        """The known entry this is, if any."""
        same_key = self.by_key.get(entry.key)
        if same_key and address_of(same_key.url) == address:
            return same_key
        if same_address := self.by_address.get(address):
            return same_address
        if same_key is None or (address and not same_article(same_key.fingerprint, fingerprint)):
            return None
        return same_key

    def _free_key(self, key: str, address: str) -> str:
        """The entry's own key, or one made with its address when another article has that."""
        return key if key not in self.by_key else f"{key[:200]} {digest(key, address)}"


def _judge(
    entry: Entry, key: str, fingerprint: Fingerprint, match: KnownEntry | None, now: datetime
) -> EntryDecision[Entry]:
    if match is None:
        return EntryDecision(entry, What.NEW, "not seen before", key, (fingerprint,), True)
    before = match.fingerprints
    if match.article_id is None:
        return _skip(entry, "passed over at the first look", key)
    if fingerprint == match.fingerprint:
        return _skip(entry, "unchanged", key)
    rested = now - match.seen_at
    to_and_fro = fingerprint in before and len(set(before)) < len(before)
    if to_and_fro and rested < TO_AND_FRO_PAUSE:
        return _skip(entry, "the feed alternates between versions", key, put_off=True)
    if len(before) >= FINGERPRINTS_KEPT and rested < ENDLESS_PAUSE:
        return _skip(entry, "it changes all the time", key, put_off=True)
    after = (*before, fingerprint)[-FINGERPRINTS_KEPT:]
    reason = f"{_listed(changed_parts(match.fingerprint, fingerprint))} changed"
    return EntryDecision(entry, What.CHANGED, reason, key, after, True)


def _skip(entry: Entry, reason: str, key: str, *, put_off: bool = False) -> EntryDecision[Entry]:
    return EntryDecision(entry, What.SKIP, reason, key, (), False, put_off)


def _leave_restamped(decisions: dict[int, EntryDecision[Entry]], entries: Sequence[Entry]) -> None:
    """Drops changes of the time alone where most entries have them: the feed stamps them all."""
    stamped = [at for at, one in decisions.items() if one.reason == f"{TIME} changed"]
    if len(stamped) >= 3 and 2 * len(stamped) > len(entries):
        for at in stamped:
            one = decisions[at]
            why = "the feed stamps every entry anew"
            decisions[at] = _skip(one.entry, why, one.key)


def _limit(
    decisions: dict[int, EntryDecision[Entry]],
    newest_first: Iterable[int],
    most_at_first: int | None,
    most_a_round: int,
) -> None:
    taken = 0
    for at in newest_first:
        one = decisions[at]
        if one.what is What.SKIP:
            continue
        taken += 1
        if most_at_first is not None and one.what is What.NEW and taken > most_at_first:
            decisions[at] = EntryDecision(
                one.entry, What.SKIP, PASSED_OVER, one.key, one.fingerprints, True
            )
        elif taken > most_a_round:
            decisions[at] = _skip(one.entry, "left for the next round", one.key, put_off=True)


def _newest_first(entries: Sequence[EntryLike], now: datetime) -> list[int]:
    """Positions of the entries; of equal age, in the order of the document."""
    dates: list[datetime] = []
    for entry in entries:
        dates.append(_date(entry, now) or (dates[-1] if dates else now))
    return sorted(range(len(entries)), key=lambda at: dates[at], reverse=True)


def _date(entry: EntryLike, now: datetime) -> datetime | None:
    """The later of both dates, at most `now`; None without either."""
    date = max(entry.published_at or _NO_DATE, entry.updated_at or _NO_DATE)
    return None if date == _NO_DATE else min(date, now)


def _is_from_before(entry: EntryLike, moment: datetime) -> bool:
    # Not the update, where both are told: a site that moves stamps its whole past with today.
    date = entry.published_at or entry.updated_at
    return date is not None and date < moment


def _listed(parts: Sequence[str]) -> str:
    return " and ".join((", ".join(parts[:-1]), parts[-1])) if len(parts) > 1 else parts[0]
