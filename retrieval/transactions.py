"""What one transaction of the store does to an article and all that is derived from it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, delete, func, insert, select, update

from retrieval.chunk_rows import replace_chunks
from retrieval.copies import Signature, signature
from retrieval.copies import bands as band_keys
from retrieval.dates import seconds_of
from retrieval.models import Article, Chunk
from retrieval.rows import article_values, parts
from retrieval.schema import appearances, articles, bands, by_hand, revisions
from retrieval.story_rows import leave_stories, note_pending
from retrieval.upserts import upsert
from retrieval.vectors import timestamp

MOST_REVISIONS = 20
"""Former versions kept of an article; a live ticker has no end of them."""


@dataclass(frozen=True, slots=True)
class ChunkedArticle:
    """An article ready to be written, with its chunks."""

    article: Article
    chunks: tuple[Chunk, ...]
    signature: Signature | None = None
    """Of the text; None to have it made."""


@dataclass(frozen=True, slots=True)
class Appearing:
    """An article that is stored as an appearance of another."""

    article: Article
    article_id: str
    """The other's."""


@dataclass(frozen=True, slots=True)
class Change:
    """What one article does to the archive; made in this order, all or nothing."""

    written: tuple[ChunkedArticle, ...] = ()
    """Become articles, whatever they were."""
    appearing: tuple[Appearing, ...] = ()
    """Become appearances; what is one of another article moves."""
    grouped: tuple[tuple[str, str | None], ...] = ()
    """Articles and the `copy_group` each is given."""
    merged: tuple[tuple[str, str], ...] = ()
    """Groups that go, and those they become part of."""
    groups: frozenset[str] = frozenset()
    """All it was decided by; those of `grouped` and `merged` need not be named."""
    leaving: tuple[str, ...] = ()
    """Articles without an appearance by then, and appearances."""

    @property
    def touched(self) -> frozenset[str]:
        """All that is another afterwards; groups are named after articles."""
        return frozenset(
            [item.article.id for item in self.written]
            + [item.article.id for item in self.appearing]
            + [*self.leaving, *(article_id for article_id, _ in self.grouped), *self.groups]
            + [group for _, group in self.grouped if group]
            + [group for pair in self.merged for group in pair]
        )

    @property
    def relied_on(self) -> frozenset[str]:
        """Articles that have to be as they were."""
        return frozenset(item.article_id for item in self.appearing)


def make(connection: Connection, change: Change, now: datetime) -> set[str]:
    """Do what is to be done; returns the hashes of texts that some article no longer has."""
    let_go: set[str] = set()
    for item in change.written:
        let_go |= _write_article(connection, item, now)
    for appearing in change.appearing:
        _write_appearance(connection, appearing, now)
    left: set[str] = set()
    for article_id, group in change.grouped:
        if group == article_id:
            _settle(connection, group)  # others that bear its name by now are not its copies
    for article_id, group in change.grouped:
        left |= _group(connection, article_id, group)
    for gone, group in change.merged:
        in_it = articles.c.copy_group == gone
        connection.execute(update(articles).where(in_it).values(copy_group=group))
    let_go |= take_out(connection, change.leaving)
    for group in sorted(left | {group for _, group in change.grouped if group}):
        _settle(connection, group)
    return let_go


def take_out(connection: Connection, ids: Sequence[str]) -> set[str]:
    """Delete articles and appearances; returns the hashes of texts that are no longer there."""
    let_go: set[str] = set()
    left: set[str] = set()
    for part in parts(ids):
        connection.execute(delete(appearances).where(appearances.c.id.in_(part)))
        connection.execute(delete(by_hand).where(by_hand.c.article_id.in_(part)))
    leave_stories(connection, ids)
    for article_id in ids:
        let_go |= replace_chunks(connection, article_id, "", ())
        _replace_bands(connection, article_id, None)
        left |= _group(connection, article_id, None)
        connection.execute(delete(revisions).where(revisions.c.article_id == article_id))
        connection.execute(delete(articles).where(articles.c.id == article_id))
    for group in sorted(left):
        _settle(connection, group)
    return let_go


def _write_article(connection: Connection, item: ChunkedArticle, now: datetime) -> set[str]:
    article = item.article
    marks = item.signature or signature(article.text)
    added_at = _remember_former(connection, article, now)
    connection.execute(delete(appearances).where(appearances.c.id == article.id))
    _replace_bands(connection, article.id, marks)
    last_correction = select(func.max(revisions.c.replaced_at)).where(
        revisions.c.article_id == article.id
    )
    values = {
        **article_values(article),
        "updated_at": timestamp(now),
        "signature": marks.to_bytes(),
        "corrected_at": last_correction.scalar_subquery(),
    }
    connection.execute(
        upsert(connection, articles)
        .values(id=article.id, added_at=added_at, **values)
        .on_conflict_do_update(index_elements=["id"], set_=values)
    )
    note_pending(connection, article.id, seconds_of(article.published_at) or added_at)
    return replace_chunks(connection, article.id, article.title, item.chunks)


def _write_appearance(connection: Connection, item: Appearing, now: datetime) -> None:
    added_at = _remember_former(connection, item.article, now)
    values = {**article_values(item.article), "article_id": item.article_id}
    connection.execute(
        upsert(connection, appearances)
        .values(id=item.article.id, added_at=added_at, **values)
        .on_conflict_do_update(index_elements=["id"], set_=values)
    )


def _remember_former(connection: Connection, article: Article, now: datetime) -> int:
    """Keep what another title or text replaces; returns when the article was first taken."""
    for table in (articles, appearances):
        former = connection.execute(
            select(table.c.title, table.c.text, table.c.published_at, table.c.added_at).where(
                table.c.id == article.id
            )
        ).first()
        if former is None:
            continue
        if (former.title, former.text) != (article.title, article.text):
            connection.execute(
                insert(revisions).values(
                    article_id=article.id,
                    replaced_at=timestamp(now),
                    title=former.title,
                    text=former.text,
                    published_at=former.published_at,
                )
            )
            of_it = select(revisions.c.number).where(revisions.c.article_id == article.id)
            kept = of_it.order_by(revisions.c.number.desc()).limit(MOST_REVISIONS)
            connection.execute(
                delete(revisions).where(
                    revisions.c.article_id == article.id, revisions.c.number.not_in(kept)
                )
            )
        return int(former.added_at)
    return timestamp(now)


def _replace_bands(connection: Connection, article_id: str, marks: Signature | None) -> None:
    stored = connection.execute(
        select(articles.c.signature).where(articles.c.id == article_id)
    ).scalar()
    if marks is not None and stored == marks.to_bytes():
        return
    if stored is not None:
        old = band_keys(Signature.from_bytes(stored))
        connection.execute(
            delete(bands).where(bands.c.key.in_(old), bands.c.article_id == article_id)
        )
    if marks is not None:
        rows = [{"key": key, "article_id": article_id} for key in band_keys(marks)]
        if rows:
            connection.execute(upsert(connection, bands).on_conflict_do_nothing(), rows)


def _group(connection: Connection, article_id: str, group: str | None) -> set[str]:
    """Put an article into a group, or into none; returns the one it left, to be settled."""
    its_own = articles.c.id == article_id
    former = connection.execute(select(articles.c.copy_group).where(its_own)).scalar()
    if former == group:
        return set()
    connection.execute(update(articles).where(its_own).values(copy_group=group))
    return {former} if former else set()


def _settle(connection: Connection, group: str) -> None:
    """One that is alone in a group is in none; a group is named after one that is in it, or
    the next story of whom it was named after would join it."""
    in_it = articles.c.copy_group == group
    when = func.coalesce(articles.c.published_at, articles.c.added_at)
    first = select(articles.c.id).where(in_it).order_by(when, articles.c.added_at, articles.c.id)
    members = connection.execute(first.limit(2)).scalars().all()
    named = select(articles.c.id).where(in_it, articles.c.id == group)
    if len(members) == 1:
        connection.execute(update(articles).where(in_it).values(copy_group=None))
    elif members and connection.execute(named).first() is None:
        connection.execute(update(articles).where(in_it).values(copy_group=members[0]))
