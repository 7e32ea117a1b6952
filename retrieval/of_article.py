"""The passages of one article, ranked for a question: where it is known which one is meant."""

from __future__ import annotations

from dataclasses import replace

from retrieval.errors import EmbedderUnavailable
from retrieval.fuse import relevance
from retrieval.models import Passage, Query
from retrieval.nearest import Nearest, cosines_of
from retrieval.protocols import Embedder
from retrieval.store import Store
from retrieval.terms import Terms

MOST_PASSAGES = 60
"""Of a long article, those it begins with."""


def passages_of(
    article_id: str, query: Query, store: Store, embedder: Embedder, terms: Terms
) -> list[Passage]:
    """Best first, at most `query.limit`; none of an outlet that is not to be heard. `terms` are
    those of the query's text; its filters and its conversation do not count."""
    passages = [
        one
        for one in store.article_passages(article_id)[:MOST_PASSAGES]
        if one.source not in query.hidden_sources
    ]
    try:
        near = Nearest(embedder.embed_query(query.text), (), could_look=True)
    except EmbedderUnavailable:
        near = Nearest(None, (), could_look=False)
    cosines = cosines_of(near, [one.chunk_id for one in passages], store, embedder)
    found = []
    for one in passages:
        coverage = terms.coverage(f"{one.title} {one.text}")
        similarity = cosines.get(one.chunk_id, embedder.floor)
        score = relevance(similarity, coverage, embedder.spread)
        found.append(replace(one, score=score, similarity=similarity, coverage=coverage))
    return sorted(found, key=lambda one: (-one.score, one.chunk_id))[: query.limit]
