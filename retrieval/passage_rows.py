"""Reads what a reader is shown of the corpus: passages, where else they stand, what they said."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, Row, Select, Table, bindparam, case, func, select, union

from retrieval.dates import moment_of
from retrieval.models import Appearance, Passage, Revision
from retrieval.outlets import Coverage
from retrieval.rows import parts
from retrieval.schema import appearances, articles, chunks, feed_entries, revisions

MOST_APPEARANCES = 20
"""Shown of one article; nobody reads on."""

MOST_APPEARING = 500
"""Articles an outlet only carries that pass its filter; each is a parameter of two searches."""

Run = tuple[str, int, int]
"""Article id, first and last ordinal."""

_END = 500
"""Characters at either end of a text in which `outlets` looks for an agency's credit."""


def passages(connection: Connection, chunk_ids: Sequence[str]) -> dict[str, Passage]:
    """Chunks by id with the article they stand in; scores are 0, the caller's to set."""
    statement = select(
        chunks.c.id,
        chunks.c.ordinal,
        func.substr(articles.c.text, chunks.c.start + 1, chunks.c.end - chunks.c.start).label(
            "passage"
        ),
        articles.c.id.label("article_id"),
        articles.c.url,
        articles.c.title,
        articles.c.source,
        articles.c.language,
        articles.c.published_at,
        articles.c.sample,
        articles.c.author,
        articles.c.partial,
        articles.c.corrected_at,
        articles.c.copy_group,
    ).join(articles, articles.c.id == chunks.c.article_id)
    rows = [
        row
        for part in parts(chunk_ids)
        for row in connection.execute(statement.where(chunks.c.id.in_(part)))
    ]
    elsewhere = also_in(connection, {row.article_id for row in rows})
    return {
        row.id: Passage(
            chunk_id=row.id,
            text=row.passage,
            score=0.0,
            article_id=row.article_id,
            ordinal=row.ordinal,
            url=row.url,
            title=row.title,
            source=row.source,
            language=row.language,
            published_at=moment_of(row.published_at),
            sample=row.sample,
            author=row.author,
            partial=row.partial,
            corrected_at=moment_of(row.corrected_at),
            copy_group=row.copy_group,
            also_in=elsewhere.get(row.article_id, ()),
        )
        for row in rows
    }


def of_article(connection: Connection, article_id: str) -> list[Passage]:
    """All chunks of an article, in the order of its text."""
    statement = select(chunks.c.id).where(chunks.c.article_id == article_id)
    in_order = connection.execute(statement.order_by(chunks.c.ordinal)).scalars().all()
    found = passages(connection, in_order)
    return [found[chunk_id] for chunk_id in in_order]


def texts(connection: Connection, runs: Sequence[Run]) -> dict[Run, str]:
    """What stands from the first to the last chunk of each run; a run that is gone is left out."""
    statement = select(
        func.substr(
            articles.c.text,
            func.min(chunks.c.start) + 1,
            func.max(chunks.c.end) - func.min(chunks.c.start),
        )
    ).join(articles, articles.c.id == chunks.c.article_id)
    found: dict[Run, str] = {}
    for article_id, first, last in runs:
        of_run = statement.where(
            chunks.c.article_id == article_id, chunks.c.ordinal.between(first, last)
        ).group_by(articles.c.id)
        text = connection.execute(of_run).scalar()
        if text:
            found[article_id, first, last] = text
    return found


def sources(connection: Connection) -> list[str]:
    """Every outlet, also of appearances."""
    every = union(select(articles.c.source), select(appearances.c.source))
    return list(connection.execute(every).scalars())


def articles_appearing_in(connection: Connection, outlets: Sequence[str]) -> list[str]:
    """Articles one of the outlets carries as an appearance, the latest first, at most 500."""
    statement = (
        select(appearances.c.article_id)
        .where(appearances.c.source.in_(outlets))
        .group_by(appearances.c.article_id)
        .order_by(func.max(func.coalesce(appearances.c.published_at, 0)).desc())
        .limit(MOST_APPEARING)
    )
    return list(connection.execute(statement).scalars())


def articles_of_feeds(
    connection: Connection, article_ids: Sequence[str], feed_ids: Sequence[str]
) -> frozenset[str]:
    """Those of the articles that came by one of the feeds, of which there are few."""
    if not feed_ids:
        return frozenset()
    by_them = feed_entries.c.feed_id.in_(list(feed_ids))
    return frozenset(
        found
        for part in parts(article_ids)
        for found in connection.execute(
            select(feed_entries.c.article_id).where(feed_entries.c.article_id.in_(part), by_them)
        ).scalars()
    )


def also_in(
    connection: Connection, article_ids: Iterable[str]
) -> dict[str, tuple[Appearance, ...]]:
    """The appearances of articles that have any, by article; the earliest first."""
    found: dict[str, list[Appearance]] = {}
    for part in parts(sorted(article_ids)):
        rows = connection.execute(_APPEARANCES, {"article_ids": part})
        for article_id, source, url, title, published_at, _ in rows:
            found.setdefault(article_id, []).append(
                Appearance(source, url, title, moment_of(published_at))
            )
    return {article_id: tuple(shown) for article_id, shown in found.items()}


def _first_appearances() -> Select[Any]:
    of_these = appearances.c.article_id.in_(bindparam("article_ids", expanding=True))
    when = func.coalesce(appearances.c.published_at, appearances.c.added_at)
    place = func.row_number().over(
        partition_by=appearances.c.article_id, order_by=(when, appearances.c.id)
    )
    numbered = (
        select(
            appearances.c.article_id,
            appearances.c.source,
            appearances.c.url,
            appearances.c.title,
            appearances.c.published_at,
            place.label("place"),
        )
        .where(of_these)
        .subquery()
    )
    return (
        select(numbered)
        .where(numbered.c.place <= MOST_APPEARANCES)
        .order_by(numbered.c.article_id, numbered.c.place)
    )


_APPEARANCES = _first_appearances()
"""Built once: it is asked at every question."""


def history(connection: Connection, article_id: str) -> tuple[Revision, ...]:
    """What an article said before, the latest first."""
    statement = (
        select(revisions)
        .where(revisions.c.article_id == article_id)
        .order_by(revisions.c.number.desc())
    )
    return tuple(
        Revision(
            article_id=row.article_id,
            replaced_at=datetime.fromtimestamp(row.replaced_at, UTC),
            title=row.title,
            text=row.text,
            published_at=moment_of(row.published_at),
        )
        for row in connection.execute(statement)
    )


def coverage(connection: Connection, article_ids: Sequence[str]) -> tuple[Coverage, ...]:
    """Articles and their appearances as `outlets.origins` takes them, the earliest first."""
    found: list[Row[Any]] = []
    for part in parts(article_ids):
        own = _credits(articles).where(articles.c.id.in_(part))
        others = _credits(appearances).join(articles, articles.c.id == appearances.c.article_id)
        for statement in (own, others.where(articles.c.id.in_(part))):
            found += connection.execute(statement).all()
    return tuple(
        Coverage(row.source, row.url, row.ends, row.copy_group, row.author)
        for row in sorted(found, key=lambda row: (row.published, row.url))
    )


def _credits(table: Table) -> Select[Any]:
    length = func.length(table.c.text)
    last = func.substr(table.c.text, length - _END + 1)
    ends = func.substr(table.c.text, 1, _END) + "\n" + last
    return select(
        func.coalesce(table.c.published_at, table.c.added_at).label("published"),
        table.c.source,
        table.c.url,
        table.c.author,
        case((length <= 2 * _END, table.c.text), else_=ends).label("ends"),
        func.coalesce(articles.c.copy_group, articles.c.id).label("copy_group"),
    )
