"""What the archive does about an article: reads what it has, decides by `appearances`.

place       a new or changed article  -> an article, or an appearance of another
departures  articles that are to go   -> who takes the place of those that stand elsewhere
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

from retrieval.appearances import (
    Placement,
    Reading,
    adds_nothing_to,
    appears_in,
    is_copy_of,
    nearest_first,
    placed,
    read,
    same_figures,
)
from retrieval.chunk import chunk_article
from retrieval.copies import Likeness, compare
from retrieval.models import Article
from retrieval.store import Store
from retrieval.transactions import Appearing, Change, ChunkedArticle

Grouped = tuple[tuple[str, str | None], ...]
"""See `Change.grouped`."""


MOST_TRIED = 10
"""Copies in which an article may appear; the nearest."""


class Placing:
    """Changes nothing; what it returns holds until the store next changes."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def place(self, article: Article, now: datetime) -> Change:
        reading = read(article)
        former = self._store.article(article.id)
        return self._new(reading, now) if former is None else self._changed(reading, former, now)

    def departures(self, ids: Sequence[str]) -> Iterator[Change]:
        """For each of the articles `ids` whose text stands elsewhere, under none of `ids`: it
        leaves, and its appearances take its place."""
        going = set(ids)
        for article_id in self._store.with_appearances(ids):
            former = self._store.article(article_id)
            elsewhere = self._store.appearances_in(article_id)
            placements = placed([one for one in elsewhere if one.id not in going])
            if former is None or not placements:
                continue
            yield Change(
                written=tuple(_chunked(one.article) for one in placements),
                appearing=_appearing(placements),
                grouped=_left_together([one.article for one in placements], former),
                groups=_groups_of([former]),
                leaving=(*(one.id for one in elsewhere if one.id in going), article_id),
            )

    def _new(self, reading: Reading, now: datetime) -> Change:
        """Also for a changed appearance: it is taken anew."""
        copies = nearest_first(reading, self._store.copy_candidates(reading, now))
        groups = _groups_of(copies)
        for original in copies[:MOST_TRIED]:
            if adds_nothing_to(reading, original):
                # What it is a copy of, too, is of one story even if it is not to be seen itself.
                group = _group_of(copies) if len(copies) > 1 else None
                return Change(
                    appearing=(Appearing(reading.article, original.id),),
                    grouped=_together(copies, group),
                    merged=_merged(copies, group),
                    groups=groups,
                )
        group = _group_of(copies)
        return Change(
            written=(_chunked(reading),),
            grouped=_together([*copies, reading], group),
            merged=_merged(copies, group),
            groups=groups,
        )

    def _changed(self, reading: Reading, former: Reading, now: datetime) -> Change:
        """Where its text no longer stands as it now reads, the former one gets a place."""
        elsewhere = self._store.appearances_in(reading.id)
        same = same_figures(reading.article, former.article)
        placements = placed([one for one in elsewhere if not (same and appears_in(one, reading))])
        parted = [one.article for one in placements]
        kin = [one for one in parted if is_copy_of(one, reading)]
        copies = nearest_first(reading, self._store.copy_candidates(reading, now))
        still_itself = compare(reading.signature, former.signature) is not Likeness.DIFFERENT
        group = (
            (former.copy_group if still_itself else None)
            or _group_of(copies)
            or (reading.id if kin else None)
        )
        return Change(
            written=(_chunked(reading), *(_chunked(one) for one in parted)),
            appearing=_appearing(placements),
            # It leaves its former group last: others may be joining that.
            grouped=_left_together([one for one in parted if one not in kin], former)
            + _together([*copies, *kin], group)
            + ((reading.id, group),),
            merged=_merged(copies, group),
            groups=_groups_of([*copies, former]),
        )


def _group_of(copies: Sequence[Reading]) -> str | None:
    return copies[0].copy_group or copies[0].id if copies else None


def _groups_of(readings: Sequence[Reading]) -> frozenset[str]:
    return frozenset(one.copy_group for one in readings if one.copy_group)


def _merged(copies: Sequence[Reading], group: str | None) -> tuple[tuple[str, str], ...]:
    """Groups that turn out to be of one text."""
    others = sorted(_groups_of(copies) - {group})
    return tuple((other, group) for other in others if group)


def _together(readings: Sequence[Reading], group: str | None) -> Grouped:
    """Those that are in no group yet join this one."""
    return tuple((one.id, group) for one in readings if group and one.copy_group is None)


def _left_together(readings: Sequence[Reading], former: Reading) -> Grouped:
    """Former appearances of an article that is gone or says something else by now."""
    of_their_own = readings[0].id if len(readings) > 1 else None
    return tuple((one.id, former.copy_group or of_their_own) for one in readings)


def _chunked(reading: Reading) -> ChunkedArticle:
    chunks = tuple(chunk_article(reading.article))
    return ChunkedArticle(reading.article, chunks, reading.signature)


def _appearing(placements: Sequence[Placement]) -> tuple[Appearing, ...]:
    return tuple(
        Appearing(one.article, placement.article.id)
        for placement in placements
        for one in placement.appearing
    )
