"""OUT of `pauta eval --json OUT`: what was measured, question by question.

{"pauta_eval": 1, "name", "made_at", "questions_file", "articles_file", "embedding_model",
 "articles", "chunks", "summary": {group: {metric: {"value", "low", "high", "n"}}},
 "questions": [{<Result>, "passages": [...], "quotes": [...]}], "comparison"?}
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter, ValidationError

from bot.eval_compare import Comparison
from bot.eval_run import Asked
from retrieval.bootstrap import Estimate
from retrieval.errors import RetrievalError
from retrieval.evaluate import Result

FORMAT = 1
LARGEST = 500_000_000
"""Bytes of an earlier OUT that are read."""

Summary = Mapping[str, Mapping[str, Estimate]]
"""Figures by group, then by metric."""


class NotAnEvaluation(RetrievalError):
    """The file given is no OUT of an earlier evaluation."""


@dataclass(frozen=True, slots=True)
class Run:
    """What an evaluation was of."""

    name: str
    made_at: datetime
    questions_file: str
    articles_file: str | None
    embedding_model: str
    articles: int
    chunks: int


def write(
    file: Path,
    run: Run,
    asked: Sequence[Asked],
    summary: Summary,
    comparison: Comparison | None,
) -> None:
    """Raises OSError. An earlier file is replaced only by a whole one."""
    document = {
        "pauta_eval": FORMAT,
        **asdict(run),
        "made_at": run.made_at.isoformat(),
        "summary": {group: _figures(figures) for group, figures in summary.items()},
        "questions": [
            {
                **asdict(item.result),
                "passages": [asdict(passage) for passage in item.passages],
                "quotes": list(item.quotes),
            }
            for item in asked
        ],
    }
    if comparison is not None:
        document["comparison"] = {
            **asdict(comparison),
            "differences": _figures(comparison.differences),
        }
    begun = file.with_name(f"{file.name}.part")
    begun.write_text(json.dumps(document, ensure_ascii=False, indent=1), encoding="utf-8")
    begun.replace(file)


def read(file: Path) -> tuple[str, list[Result]]:
    """Name and results of an earlier evaluation. Raises NotAnEvaluation, OSError."""
    if file.stat().st_size > LARGEST:
        raise NotAnEvaluation(f"{file} is larger than {LARGEST // 1_000_000} MB.")
    try:
        document = json.loads(file.read_bytes())
        if document["pauta_eval"] != FORMAT:
            raise NotAnEvaluation(f"{file} was written by another version of Pauta.")
        results = TypeAdapter(list[Result]).validate_python(document["questions"])
        return str(document["name"])[:200], results
    except (ValueError, TypeError, KeyError, RecursionError, ValidationError) as error:
        raise NotAnEvaluation(f"{file} was not written by `pauta eval --json`.") from error


def _figures(figures: Mapping[str, Estimate]) -> dict[str, Any]:
    """What is unknown is left out: JSON has no NaN."""
    return {name: asdict(figure) for name, figure in figures.items() if figure.known}
