"""`pauta search --explain`: how each candidate was ranked, and why it was kept or dropped."""

from __future__ import annotations

from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from retrieval.explain import Fate, Found, Trace
from retrieval.models import Query

WIDTH = 100
MOST_SHOWN = 40
"""Candidates in the table; the rest are counted. JSON has all."""


def explanation_json(found: Found) -> dict[str, Any]:
    """`{"understood", "searched_for", "filters", "candidates": [...]}`; all candidates, best
    first.  (pure)"""
    return {
        "understood": found.understood.in_words(found.query.timezone),
        "absent_names": list(found.understood.absent_names),
        "searched_for": list(found.phrasings),
        "filters": _filters(found.query),
        "given_up": sorted(found.understood.given_up),
        "candidates": [_candidate(at, trace) for at, trace in enumerate(found.traces, start=1)],
    }


def _filters(query: Query) -> dict[str, Any]:
    return {
        "since": query.since.isoformat() if query.since else None,
        "until": query.until.isoformat() if query.until else None,
        "sources": list(query.sources),
        "languages": list(query.languages),
    }


def _candidate(place: int, trace: Trace) -> dict[str, Any]:
    passage = trace.passage
    return {
        "place": place,
        "rank": trace.rank,
        "fate": trace.fate.value,
        "dense_rank": trace.dense_rank,
        "keyword_rank": trace.keyword_rank,
        "cosine": round(passage.similarity, 4),
        "coverage": round(passage.coverage, 4),
        "boosts": {reason: round(value, 4) for reason, value in trace.boosts.items()},
        "score": round(passage.score, 4),
        "reranked": None if trace.reranked is None else round(trace.reranked, 4),
        "chunk_id": passage.chunk_id,
        "ordinal": passage.ordinal,
        "url": passage.url,
        "title": passage.title,
        "source": passage.source,
        "published_at": passage.published_at.isoformat() if passage.published_at else None,
    }


def print_explanation(found: Found) -> None:
    """The same for a person, in 100 columns."""
    out = Console(width=WIDTH, highlight=False, markup=False)
    out.print(Text("understood: " + (found.understood.in_words(found.query.timezone) or "a topic")))
    for wording in found.phrasings:
        out.print(Text(f"searched for: {wording}"))
    for name, value in _filters(found.query).items():
        if value:
            out.print(
                Text(f"filter: {name} {value if isinstance(value, str) else ', '.join(value)}")
            )
    if not found.traces:
        out.print(Text("No candidates: nothing in the coverage comes near, or passed the filters."))
        return
    out.print(_table(found.traces[:MOST_SHOWN]))
    if len(found.traces) > MOST_SHOWN:
        out.print(Text(f"… and {len(found.traces) - MOST_SHOWN} further candidates, dropped."))
    out.print(
        Text("score = cosine + words (share of the question's, by rarity, x spread) + boosts")
    )
    if any(trace.reranked is not None for trace in found.traces):
        out.print(Text("(in brackets): the reranker's score, by which the first are ordered anew"))


def _table(traces: tuple[Trace, ...]) -> Table:
    table = Table(box=None, pad_edge=False, expand=True)
    for name in ("rank", "dense", "word", "cosine", "words", "score"):
        table.add_column(name, justify="right", no_wrap=True)
    table.add_column("boosts", no_wrap=True)
    table.add_column("fate", no_wrap=True)
    table.add_column("passage", no_wrap=True, ratio=1)
    for trace in traces:
        passage = trace.passage
        score = f"{passage.score:.3f}"
        table.add_row(
            _number(trace.rank if trace.fate is Fate.KEPT else None),
            _number(trace.dense_rank),
            _number(trace.keyword_rank),
            f"{passage.similarity:.3f}",
            f"{passage.coverage:.2f}",
            score if trace.reranked is None else f"{score} ({trace.reranked:.2f})",
            _boosts(trace),
            _FATES[trace.fate].format(rank=trace.rank),
            Text(f"{passage.ordinal + 1}: {passage.title} ({passage.source})"),
            style="" if trace.fate is Fate.KEPT else "dim",
        )
    return table


def _boosts(trace: Trace) -> str:
    """`+.012 period`; of several the sum."""
    if not trace.boosts:
        return ""
    value = f"{sum(trace.boosts.values()):+.3f}".replace("0.", ".", 1)
    return f"{value} {'+'.join(sorted(trace.boosts))}"


_FATES = {
    Fate.KEPT: "kept",
    Fate.JOINED: "joined to {rank}",
    Fate.COPY: "copy of {rank}",
    Fate.BEYOND_ARTICLE: "article's limit",
    Fate.BEYOND_LIMIT: "beyond limit",
}


def _number(value: int | None) -> str:
    return "" if value is None else str(value)
