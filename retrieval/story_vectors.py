"""What stories are about, as vectors, from the corpus database. Blocking."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from sqlalchemy import Engine, select

from retrieval.models import Vector
from retrieval.rows import parts
from retrieval.schema import story_articles


def story_vectors(engine: Engine, model_id: str, story_ids: Sequence[str]) -> dict[str, Vector]:
    """By story, the normalised mean of its articles' vectors of that model; those of stories
    that are gone, or have none of it, are left out."""
    statement = select(story_articles.c.story_id, story_articles.c.vector).where(
        story_articles.c.model_id == model_id
    )
    totals: dict[str, Vector] = {}
    with engine.connect() as connection:
        for part in parts(list(story_ids)):
            of_these = statement.where(story_articles.c.story_id.in_(part))
            for story_id, packed in connection.execute(of_these):
                vector = np.frombuffer(packed, dtype="<f2").astype(np.float32)
                totals[story_id] = totals[story_id] + vector if story_id in totals else vector
    return {
        story_id: total / max(float(np.linalg.norm(total)), 1e-9)
        for story_id, total in totals.items()
    }
