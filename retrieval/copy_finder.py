"""Looks up in the corpus database what may be one text with an article."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from sqlalchemy import Connection, func, select

from retrieval.appearances import Reading
from retrieval.copies import bands as band_keys
from retrieval.dates import seconds_of
from retrieval.rows import appearance_of, parts, reading_of
from retrieval.schema import appearances, articles, bands

NEAR = timedelta(days=4)
"""Between the copies of a wire story; the same words a year later are another story's."""

MOST_CANDIDATES = 50
"""Those that share most bands; so many share one where a series of an outlet does."""


def candidates(connection: Connection, of: Reading, now: datetime) -> list[Reading]:
    """Articles that may be copies of one which the archive takes `now`, each with its text.

    Published near it in time; what is undated counts as published when it was taken.
    """
    keys = band_keys(of.signature)
    if not keys:
        return []
    centre = of.article.published_at or now
    when = func.coalesce(articles.c.published_at, articles.c.added_at)
    nearest = (
        select(articles.c.id)
        .join(bands, bands.c.article_id == articles.c.id)
        .where(
            bands.c.key.in_(keys),
            when.between(seconds_of(centre - NEAR), seconds_of(centre + NEAR)),
            articles.c.id != of.id,
        )
        .group_by(articles.c.id)
        .order_by(func.count().desc(), articles.c.id)
        .limit(MOST_CANDIDATES)
    )
    ids = connection.execute(nearest).scalars().all()
    rows = connection.execute(select(articles).where(articles.c.id.in_(ids))) if ids else ()
    return [reading_of(row) for row in rows]


def stored_article(connection: Connection, article_id: str) -> Reading | None:
    """None also for what is but an appearance."""
    row = connection.execute(select(articles).where(articles.c.id == article_id)).first()
    return reading_of(row) if row else None


def appearances_in(connection: Connection, article_id: str) -> list[Reading]:
    """Where else an article's text stands."""
    statement = select(appearances).where(appearances.c.article_id == article_id)
    return [appearance_of(row) for row in connection.execute(statement)]


def with_appearances(connection: Connection, article_ids: Sequence[str]) -> Iterator[str]:
    """Those of the articles whose text stands elsewhere too."""
    for part in parts(article_ids):
        statement = select(appearances.c.article_id).where(appearances.c.article_id.in_(part))
        yield from connection.execute(statement.distinct().order_by("article_id")).scalars()
