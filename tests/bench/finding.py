"""Pauta's finding beside BM25, dense search, both fused, and the plain LangChain recipe.

One run, the same questions, the development sets. `python -m tests.bench.finding --help`.
The archives are made once and kept (`--cache`): embedding all of the news takes some
twenty minutes on two cores.
"""

from __future__ import annotations

import argparse
import json
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from rich.console import Console
from rich.table import Table

from bot.app import Pauta
from bot.eval_archive import archive_of, folder_for
from bot.settings import Settings
from retrieval import bootstrap
from retrieval.bootstrap import Estimate
from retrieval.evaluate import Result, difference, estimate, first_true, holds
from retrieval.models import Rejected
from retrieval.questions_file import KnownQuestion, read_questions
from tests.bench.corpus import SHARED
from tests.bench.rankers import Asked, Found, Ranker, SameChunks, langchain_recipe, pauta_itself

CACHE = Path("bench-results") / "archives"
SETS = {
    "news": "eval/news/articles.jsonl.gz",
    "languages": "eval/languages/articles.jsonl.gz",
    "followups": "eval/followups/articles.jsonl.gz",
    "stargate": "articles/ue-gigafabricas-ia.txt",
}
OURS = "Pauta"
SMALLEST_PART = 20
"""Questions of a language from which it has rows of its own."""


@dataclass(frozen=True, slots=True)
class Row:
    """One ranker on one set, or on its questions of one language."""

    part: str
    ranker: str
    recall: Estimate
    """Recall@5 of the answer; where a set names articles and no answers, of the article."""
    reciprocal_rank: Estimate
    search_ms: float
    """Median, with the embedding of the question."""
    ahead: Estimate | None
    """Pauta's recall@5 less this one's, paired; None for Pauta."""
    ahead_in_rank: Estimate | None


def measure(names: Sequence[str], cache: Path, most: int | None = None) -> list[Row]:
    """All rankers on the sets; an absent set is left out. `most` questions of each."""
    rows: list[Row] = []
    for name in names:
        articles = SHARED / SETS[name]
        questions = [item for item in _questions(name) if item.answerable]
        if not articles.exists() or not questions:
            continue
        if most and most < len(questions):
            questions = [questions[at * len(questions) // most] for at in range(most)]
        rows += _measure(name, articles, questions, cache)
    return rows


def _questions(name: str) -> list[KnownQuestion]:
    file = SHARED / "eval" / name / "questions.jsonl"
    items = list(read_questions(file)) if file.exists() else []
    for item in items:
        if isinstance(item, Rejected):
            raise SystemExit(f"{item.name}: {item.reason}")
    return [item for item in items if isinstance(item, KnownQuestion)]


def _measure(
    name: str, articles: Path, questions: Sequence[KnownQuestion], cache: Path
) -> list[Row]:
    settings = Settings.model_validate({"home": cache.absolute()})
    recipe = folder_for(articles, settings).with_suffix(".recipe")
    with archive_of(articles, settings) as pauta:
        return measure_on(pauta, name, questions, recipe)


def measure_on(
    pauta: Pauta, name: str, questions: Sequence[KnownQuestion], recipe: Path
) -> list[Row]:
    """All rankers on one archive; `recipe` is the folder that keeps what the recipe embeds."""
    same = SameChunks(pauta)
    rankers: dict[str, Ranker] = {
        "BM25 (bm25s)": same.bm25,
        "dense, same embedder": same.dense,
        "LangChain recipe": langchain_recipe(recipe, pauta),
        "RRF of bm25s and dense": same.fused,
        OURS: pauta_itself(pauta),
    }
    results = _results(rankers, questions)
    rows = _rows(name, results)
    languages = Counter(question.language for question in questions)
    large_enough = sorted(language for language, n in languages.items() if n >= SMALLEST_PART)
    for language in large_enough if len(languages) > 1 else []:
        rows += _rows(
            f"{name}, asked in {language}",
            {
                ranker: [item for item in found if item.language == language]
                for ranker, found in results.items()
            },
        )
    return rows


def _results(
    rankers: dict[str, Ranker], questions: Sequence[KnownQuestion]
) -> dict[str, list[Result]]:
    """The rankers take turns at each question, so that a machine that slows down slows all."""
    results: dict[str, list[Result]] = {name: [] for name in rankers}
    for rank in rankers.values():
        rank(Asked("warm up?"))
    for question in questions:
        asked = Asked(
            question.text, tuple(text for role, text in question.history if role == "user")
        )
        for name, rank in rankers.items():
            started = time.perf_counter()
            passages = rank(asked)
            milliseconds = (time.perf_counter() - started) * 1000
            results[name].append(_result(question, passages, milliseconds))
    return results


def _result(question: KnownQuestion, passages: Sequence[Found], milliseconds: float) -> Result:
    """Where a set names no answers, a relevant article stands for the answer."""

    def is_right(passage: Found) -> bool:
        if question.answers:
            return holds(passage.text, question.answers, every=question.all_answers)
        return passage.url in question.relevant_urls

    return Result(
        id=question.id,
        question=question.text,
        language=question.language,
        kind="",
        label="",
        answerable=True,
        has_answers=True,
        has_articles=False,
        answer_rank=first_true(is_right(passage) for passage in passages),
        article_rank=None,
        quote_rank=None,
        answered=True,
        confidence=0.0,
        search_ms=milliseconds,
        answer_ms=0.0,
    )


def _rows(part: str, results: dict[str, list[Result]]) -> list[Row]:
    ours = results[OURS]

    def ahead(ranker: str, metric: str) -> Estimate | None:
        if ranker == OURS:
            return None
        return difference(list(zip(results[ranker], ours, strict=True)), metric)

    return [
        Row(
            part=part,
            ranker=ranker,
            recall=estimate(found, "answer@5"),
            reciprocal_rank=estimate(found, "mrr@10"),
            search_ms=bootstrap.percentile([item.search_ms for item in found], 0.5),
            ahead=ahead(ranker, "answer@5"),
            ahead_in_rank=ahead(ranker, "mrr@10"),
        )
        for ranker, found in results.items()
    ]


def show(rows: Sequence[Row]) -> None:
    """The table, with 95 % intervals. A lead is Pauta's; * is one beyond its interval, ! a lag."""
    table = Table("set", "n", "ranked by", "recall@5", "MRR@10", "ms", "lead@5", "lead in MRR")
    part = ""
    for row in rows:
        if row.part != part and part:
            table.add_section()
        table.add_row(
            row.part if row.part != part else "",
            str(row.recall.n),
            row.ranker,
            _figure(row.recall),
            _figure(row.reciprocal_rank),
            f"{row.search_ms:.1f}",
            _lead(row.ahead),
            _lead(row.ahead_in_rank),
        )
        part = row.part
    Console(width=170).print(table)


def as_json(rows: Sequence[Row]) -> list[dict[str, object]]:
    return [asdict(row) for row in rows]


def _figure(figure: Estimate) -> str:
    return f"{figure.value:.3f} {figure.low:.3f}–{figure.high:.3f}"


def _lead(figure: Estimate | None) -> str:
    if figure is None:
        return ""
    mark = "" if not figure.differs_from_zero else " *" if figure.value > 0 else " !"
    return f"{figure.value:+.3f} {figure.low:+.3f} … {figure.high:+.3f}{mark}"


def add_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--cache", type=Path, default=CACHE, help=f"folder that keeps archives (default {CACHE})"
    )
    parser.add_argument(
        "--sets", nargs="*", choices=SETS, default=list(SETS), help="sets to find in (default all)"
    )
    parser.add_argument("--most", type=int, help="questions of each set, spread evenly")


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.bench.finding", description=__doc__)
    add_options(parser)
    parser.add_argument("--json", type=Path, help="where to write the figures")
    arguments = parser.parse_args()
    rows = measure(arguments.sets, arguments.cache, arguments.most)
    show(rows)
    if arguments.json:
        arguments.json.write_text(json.dumps(as_json(rows), indent=2), encoding="utf-8")


if __name__ == "__main__":
    main()
