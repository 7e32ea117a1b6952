"""Answers and passages as JSON, for other programs.  (pure)"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from bot import texts
from bot.answers import Answer
from retrieval.models import Passage


def answer_json(answer: Answer) -> dict[str, Any]:
    """`{"answer", "answered", "language", "citations": [...], "timings_ms": {...}}`."""
    return {
        "answer": _with_headlines(answer),
        "answered": answer.answered,
        "language": answer.language,
        "citations": [
            {
                "label": citation.label,
                "title": citation.title,
                "url": citation.url,
                "source": citation.source,
                "published_at": _iso(citation.published_at),
                "quote": citation.quote,
            }
            for citation in answer.citations
        ],
        "timings_ms": answer.timings_ms,
    }


def passages_json(passages: Sequence[Passage]) -> list[dict[str, Any]]:
    """Ranked passages, best first; `rank` counts from 1."""
    return [
        {
            "rank": rank,
            "score": round(passage.score, 6),
            "chunk_id": passage.chunk_id,
            "url": passage.url,
            "title": passage.title,
            "source": passage.source,
            "published_at": _iso(passage.published_at),
            "text": passage.text,
        }
        for rank, passage in enumerate(passages, start=1)
    ]


def _with_headlines(answer: Answer) -> str:
    if not answer.nearest:
        return answer.text
    lines = [f"- {headline.title} ({headline.source})" for headline in answer.nearest]
    return "\n".join([answer.text, "", texts.say(answer.language, "nearest_headlines"), *lines])


def _iso(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None
