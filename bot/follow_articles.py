"""Articles read from the corpus database as follows are matched against them. Blocking."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np
from sqlalchemy import Connection, func, select

from bot.follows import MOST_READ, Arrived, Scale
from retrieval import story_rows
from retrieval.dates import moment_of
from retrieval.models import Vector
from retrieval.protocols import Embedder
from retrieval.rows import parts
from retrieval.schema import articles, chunks, story_articles
from retrieval.story_means import FEW_OF_A_LANGUAGE
from retrieval.vector_rows import cached_vectors

MOST_CHUNKS = 4
"""Of an article, the first: what it is about stands there, and each is embedded with its title."""


@dataclass(frozen=True, slots=True)
class StoredArticle:
    """An article, and where it is from."""

    arrived: Arrived
    url: str
    source: str
    published_at: datetime | None
    added_at: int
    """Seconds since 1970 UTC."""
    story_id: str | None
    """None before its story is known."""


def articles_of(
    connection: Connection, article_ids: Sequence[str], model_id: str
) -> list[StoredArticle]:
    """Those that are there, in the given order, with the vectors that are."""
    vectors = _vectors(connection, article_ids, model_id)
    statement = select(
        articles.c.id,
        articles.c.title,
        func.substr(articles.c.text, 1, MOST_READ).label("text"),
        articles.c.language,
        articles.c.url,
        articles.c.source,
        articles.c.published_at,
        articles.c.added_at,
        story_articles.c.story_id,
    ).outerjoin(story_articles, story_articles.c.article_id == articles.c.id)
    found = {
        row.id: StoredArticle(
            arrived=Arrived(
                row.id,
                row.title,
                row.text,
                row.language,
                np.array(vectors.get(row.id, []), dtype=np.float32),
            ),
            url=row.url,
            source=row.source,
            published_at=moment_of(row.published_at),
            added_at=row.added_at,
            story_id=row.story_id,
        )
        for part in parts(article_ids)
        for row in connection.execute(statement.where(articles.c.id.in_(part)))
    }
    return [found[one] for one in article_ids if one in found]


def scale_of(connection: Connection, embedder: Embedder) -> Scale:
    """What articles have in common, of those that are in stories."""
    totals = story_rows.means(connection, embedder.model_id)
    count = sum(total.count for total in totals.values())
    if count <= 0:
        return Scale(embedder.floor, embedder.spread)
    overall = np.sum([total.vector for total in totals.values()], axis=0) / count
    means = {"": overall.astype(np.float32)}
    for language, total in totals.items():
        drawn = total.vector + FEW_OF_A_LANGUAGE * overall
        means[language] = (drawn / (max(0, total.count) + FEW_OF_A_LANGUAGE)).astype(np.float32)
    return Scale(embedder.floor, embedder.spread, means, count)


def _vectors(
    connection: Connection, article_ids: Sequence[str], model_id: str
) -> dict[str, list[Vector]]:
    first = select(chunks.c.article_id, chunks.c.embedding_hash).where(
        chunks.c.ordinal < MOST_CHUNKS
    )
    rows = [
        row
        for part in parts(article_ids)
        for row in connection.execute(
            first.where(chunks.c.article_id.in_(part)).order_by(
                chunks.c.article_id, chunks.c.ordinal
            )
        )
    ]
    cached = cached_vectors(connection, model_id, list({row.embedding_hash for row in rows}))
    found: dict[str, list[Vector]] = {}
    for row in rows:
        if row.embedding_hash in cached:
            found.setdefault(row.article_id, []).append(cached[row.embedding_hash])
    return found
