"""Searching by meaning under filters, without Chroma's own.

Chroma reads the metadata of every chunk that passes before it searches: at 100,000 chunks
its filters cost 80 to 300 ms, where a search without them takes 3 ms. So:

    many pass   the nearest of all, of which those that pass are kept
    few pass    all that pass, compared one by one: exact
    between     Chroma's filter
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from sqlalchemy import BindParameter, Engine, String, bindparam, text

from retrieval.filters import conditions, has_filters
from retrieval.models import Hit, Query, Vector
from retrieval.protocols import VectorIndex
from retrieval.store import Store

NEAREST, NEAREST_AGAIN = 500, 2_000
"""Chunks of the whole archive that are looked through for those that pass; 3 and 30 ms."""

ENOUGH = 20
"""Of them; with fewer a filter is not wide."""

FEW = 2_000
"""Chunks compared one by one: some 15 ms."""


def filtered_search(
    store: Store, index: VectorIndex, model_id: str, vector: Vector, query: Query, limit: int
) -> list[Hit]:
    """As `VectorIndex.search`."""
    if not has_filters(query):
        return index.search(vector, query, limit)
    found = _nearest(store, index, vector, query, limit, NEAREST)
    if found is not None:
        return found
    few = _passing(store.engine, query, None)
    if len(few) <= FEW:
        return _exact(store, model_id, vector, few, limit)
    found = _nearest(store, index, vector, query, limit, NEAREST_AGAIN)
    return index.search(vector, query, limit) if found is None else found


def _nearest(
    store: Store, index: VectorIndex, vector: Vector, query: Query, limit: int, most: int
) -> list[Hit] | None:
    """Those of the nearest `most` that pass; None when they are too few."""
    nearest = index.search(vector, Query(""), max(most, limit))
    passing = _passing(store.engine, query, [hit.chunk_id for hit in nearest])
    if len(passing) < max(ENOUGH, limit // 2):
        return None
    return [hit for hit in nearest if hit.chunk_id in passing][:limit]


def _exact(
    store: Store, model_id: str, vector: Vector, chunk_ids: set[str], limit: int
) -> list[Hit]:
    vectors = store.vectors(model_id, sorted(chunk_ids))
    if not vectors:
        return []
    cosines = np.stack(list(vectors.values())) @ vector
    hits = [Hit(name, float(cosine)) for name, cosine in zip(vectors, cosines, strict=True)]
    return sorted(hits, key=lambda hit: (-hit.score, hit.chunk_id))[:limit]


def _passing(engine: Engine, query: Query, among: Sequence[str] | None) -> set[str]:
    """Chunks that pass the filters: those `among` some, or of all, at most one more than few."""
    said, values, lists = conditions(query)
    if among is not None:
        said += " AND chunks.id IN :among"
        values["among"] = list(among)
        lists.append(_AMONG)
    passing = (
        "SELECT chunks.id FROM articles JOIN chunks ON chunks.article_id = articles.id WHERE true"
    )
    statement = text(f"{passing}{said} LIMIT :most").bindparams(*lists)  # values are bound
    most = FEW + 1 if among is None else len(among)
    with engine.connect() as connection:
        return set(connection.execute(statement, {**values, "most": most}).scalars())


_AMONG: BindParameter[object] = bindparam("among", type_=String, expanding=True)
