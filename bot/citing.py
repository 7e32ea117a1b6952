"""A passage as what an answer cites, and who is behind all that it cites.  (pure)"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

from bot.answers import Answer, Citation
from retrieval.folding import fold
from retrieval.models import Passage
from retrieval.outlets import Coverage, origins

CoverageOf = Callable[[Sequence[str]], Sequence[Coverage]]
"""Articles by id, and where else they stand, the earliest first: `Store.coverage`."""


def citation(label: int, passage: Passage, quote: str) -> Citation:
    """Cites `quote`, which stands in the passage exactly so."""
    return Citation(
        label=label,
        title=passage.title,
        url=passage.url,
        source=passage.source,
        published_at=passage.published_at,
        quote=quote,
        context=passage.text,
        chunk_id=passage.chunk_id,
        article_id=passage.article_id,
        sample=passage.sample,
        corrected_at=passage.corrected_at,
        also_in=tuple(_other_outlets(passage)),
        partial=passage.partial,
        author=passage.author,
    )


def with_origins(answer: Answer, coverage_of: CoverageOf) -> Answer:
    """The answer, with the number of independent origins of what it cites; for one of them,
    its name. Reads the store, where there is a citation: blocking, if `coverage_of` is."""
    cited = dict.fromkeys(one.article_id for one in answer.citations if one.article_id)
    found = origins(coverage_of(list(cited))) if cited else ()
    return replace(
        answer,
        origins=len(found),
        sole_origin=found[0].name if len(found) == 1 else "",
    )


def _other_outlets(passage: Passage) -> Iterator[str]:
    """Each once; an outlet's own second address is none."""
    seen = {fold(passage.source).strip(), ""}
    for one in passage.also_in:
        name = fold(one.source).strip()
        if name not in seen:
            seen.add(name)
            yield one.source
