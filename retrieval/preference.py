"""Outlets and feeds a desk prefers: their passages go before others that are about as good.  (pure)

    preferred = spread * SHARE_OF_PREFERRED

It is added to `fuse.relevance`, once. All words of a question weigh one spread, so that a
passage which answers better keeps its lead.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

from retrieval.models import Passage, Query

SHARE_OF_PREFERRED = 0.2
"""In spreads; as for an outlet that a question may mean (`understanding.SHARE_OF_HINTED`)."""


def preference(
    passage: Passage, query: Query, from_feeds: Collection[str], spread: float
) -> dict[str, float]:
    """The bonus of a passage of a preferred outlet or of an article among `from_feeds`, by
    reason; empty for all others."""
    outlets = {passage.source, *(one.source for one in passage.also_in)}
    if passage.article_id in from_feeds or not outlets.isdisjoint(query.preferred_sources):
        return {"preferred": SHARE_OF_PREFERRED * spread}
    return {}


def without_hidden(passage: Passage, hidden: Collection[str]) -> Passage:
    """The passage, not naming outlets that are not to be heard."""
    heard = tuple(one for one in passage.also_in if one.source not in hidden)
    return passage if len(heard) == len(passage.also_in) else replace(passage, also_in=heard)
