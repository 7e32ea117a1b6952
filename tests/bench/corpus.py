"""Real articles to measure with; the sample, where the shared data is absent."""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from bot import sample
from retrieval.jsonl import read_jsonl
from retrieval.models import Article

SHARED = Path(__file__).resolve().parents[2].parent / "shared" / "data"
NEWS = SHARED / "eval" / "news"


def articles() -> Iterator[Article]:
    """English news where it is at hand, then the sample."""
    source = read_jsonl(NEWS / "articles.jsonl.gz") if NEWS.exists() else iter(())
    for item in source:
        if isinstance(item, Article):
            yield item
    for item in sample.articles():
        if isinstance(item, Article):
            yield item


def questions(most: int) -> list[str]:
    """Questions on the articles above."""
    file = NEWS / "questions.jsonl"
    if not file.exists():
        file = Path(sample.__file__).parent / "questions.jsonl"
    with file.open(encoding="utf-8") as lines:
        return [json.loads(line)["question"] for line in islice(lines, most)]
