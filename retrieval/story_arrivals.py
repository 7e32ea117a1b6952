"""An article as stories take it, read from the corpus database."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from enum import Enum

import numpy as np
from sqlalchemy import Connection, func, select

from retrieval.models import Vector
from retrieval.schema import articles, chunks
from retrieval.stories import Sketch
from retrieval.story_keys import LEAD, figures_of, names_of
from retrieval.vector_rows import cached_vectors

PROMPT = timedelta(days=2)
"""An article that arrives so soon after its date was heard of on arrival; a later one is of the
past, whenever it is taken."""

MOST_CHUNKS = 40
"""Of an article, the first; the vectors of a book's other chapters would not change what it is
about."""

_AHEAD = timedelta(days=1)
"""A date further ahead of its arrival is a mistake."""


@dataclass(frozen=True, slots=True)
class Arrival:
    """An article as stories take it."""

    sketch: Sketch
    heard_at: int
    content_hash: str
    """Of the article; that of its story's row differs when it was changed."""


class Absent(Enum):
    """Why there is nothing to place."""

    GONE = "gone"
    UNFINISHED = "its vectors have yet to come"


def arrival(connection: Connection, article_id: str, model_id: str) -> Arrival | Absent:
    """An article as it now reads."""
    row = connection.execute(
        select(
            articles.c.title,
            func.substr(articles.c.text, 1, LEAD).label("lead"),
            articles.c.language,
            articles.c.published_at,
            articles.c.added_at,
            articles.c.content_hash,
            articles.c.copy_group,
        ).where(articles.c.id == article_id)
    ).first()
    if row is None:
        return Absent.GONE
    vector = _mean_vector(connection, article_id, model_id)
    if vector is None:
        return Absent.UNFINISHED
    at = _when(row.published_at, row.added_at)
    prompt = row.added_at - at <= int(PROMPT.total_seconds())
    sketch = Sketch(
        article_id=article_id,
        at=at,
        language=row.language,
        vector=vector,
        names=frozenset(names_of(row.title, row.lead)),
        figures=frozenset(figures_of(row.title, row.lead)),
        copy_group=row.copy_group,
    )
    return Arrival(sketch, row.added_at if prompt else at, row.content_hash)


def _when(published_at: int | None, added_at: int) -> int:
    ahead = published_at is not None and published_at - added_at > _AHEAD.total_seconds()
    return added_at if published_at is None or ahead else published_at


def _mean_vector(connection: Connection, article_id: str, model_id: str) -> Vector | None:
    """None while some chunk has no vector of the model."""
    of_it = select(chunks.c.embedding_hash).where(chunks.c.article_id == article_id)
    hashes = connection.execute(of_it.order_by(chunks.c.ordinal).limit(MOST_CHUNKS)).scalars().all()
    cached = cached_vectors(connection, model_id, list(dict.fromkeys(hashes)))
    if not hashes or any(one not in cached for one in hashes):
        return None
    mean = np.mean([cached[one] for one in hashes], axis=0)
    unit = mean / max(float(np.linalg.norm(mean)), 1e-9)
    # As it is kept, so that it compares the same before and after a restart.
    kept: Vector = unit.astype(np.float16).astype(np.float32)
    return kept
