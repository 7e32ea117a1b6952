"""Answers and passages as JSON, for other programs.  (pure)"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from bot import texts
from bot.answers import Answer
from retrieval.models import Passage


def answer_json(answer: Answer) -> dict[str, Any]:
    """The answer and its citations; times are ISO 8601 in UTC, or null.

    `origins` counts the independent ones among what is cited; `confidence` is 0 to 1.
    """
    return {
        "answer": _with_headlines(answer),
        "answered": answer.answered,
        "language": answer.language,
        "note": answer.note,
        "confidence": round(answer.confidence, 3),
        "origins": answer.origins,
        "citations": [
            {
                "label": citation.label,
                "title": citation.title,
                "url": citation.url,
                "source": citation.source,
                "author": citation.author,
                "published_at": _iso(citation.published_at),
                "corrected_at": _iso(citation.corrected_at),
                "also_in": list(citation.also_in),
                "partial": citation.partial,
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
