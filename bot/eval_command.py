"""`pauta eval`: how well this archive, or a file of articles, answers questions one knows."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.text import Text

from bot import eval_file, plots
from bot.app import Pauta, build
from bot.commands import DONE, NOTHING_FOUND, WRONG_USE
from bot.eval_archive import archive_of
from bot.eval_compare import compare
from bot.eval_report import print_comparison, print_summary, summarise
from bot.eval_run import Asked, ask_all
from bot.feedback_command import write_questions
from bot.logs import read_settings
from bot.progress import counting
from retrieval.errors import RetrievalError
from retrieval.evaluate import Result
from retrieval.models import Rejected
from retrieval.questions_file import KnownQuestion, read_questions

_err = Console(stderr=True, highlight=False, soft_wrap=True, markup=False)


def evaluate(
    questions: Annotated[
        Path | None,
        typer.Argument(
            metavar="QUESTIONS.jsonl",
            help='One question a line: {"question", "answers": [...], "relevant_urls": [...], '
            '"answerable": true, "language", "history", "id"}; all but the first may be missing.',
            show_default=False,
        ),
    ] = None,
    articles: Annotated[
        Path | None,
        typer.Option(
            metavar="A.jsonl.gz",
            help="Search these articles instead of the archive: JSON Lines, or one document. "
            "Their index is kept under PAUTA_HOME/eval, so that a second run embeds nothing.",
            show_default=False,
        ),
    ] = None,
    json: Annotated[
        Path | None,
        typer.Option(
            metavar="OUT", help="Write all figures and every question's result.", show_default=False
        ),
    ] = None,
    against: Annotated[
        Path | None,
        typer.Option(
            metavar="EARLIER.json",
            help="Compare with an earlier OUT: what changed, and whether that can be chance.",
            show_default=False,
        ),
    ] = None,
    plots_folder: Annotated[
        Path | None,
        typer.Option(
            "--plots",
            metavar="DIR",
            help="Draw calibration, precision and recall by threshold, and recall@k as PNG.",
            show_default=False,
        ),
    ] = None,
    limit: Annotated[
        int | None,
        typer.Option(min=1, help="Ask only so many, spread evenly over the file.", metavar="N"),
    ] = None,
    name: Annotated[
        str, typer.Option(help="What to call this run in OUT and in comparisons.", metavar="NAME")
    ] = "",
    from_feedback: Annotated[
        Path | None,
        typer.Option(
            metavar="OUT.jsonl",
            help="Ask nothing, but write the questions whose answers people said were not right, "
            "for you to fill in what is.",
            show_default=False,
        ),
    ] = None,
) -> None:
    """Ask questions whose answers you know, and report how well they were found and answered.

    Safe to interrupt: what was embedded is kept.

    Example: pauta eval questions.jsonl --articles archive.jsonl.gz --json today.json
    --against yesterday.json
    """
    if from_feedback is not None:
        raise typer.Exit(_written(from_feedback))
    if questions is None:
        _err.print(Text("pauta: name a file of questions; pauta eval --help shows what is in one."))
        raise typer.Exit(WRONG_USE)
    asked, problems = _read(questions)
    problems += _unusable(json, against, plots_folder)
    if problems:
        for problem in problems:
            _err.print(Text(f"pauta: {problem}"))
        raise typer.Exit(WRONG_USE)
    if plots_folder is not None:
        plots.require()
        plots_folder.mkdir(parents=True, exist_ok=True)
    earlier = eval_file.read(against) if against is not None else None
    with _archive(articles) as pauta:
        found = _ask(pauta, spread(asked, limit))
        run = _run_of(pauta, name, questions, articles)
    results = [item.result for item in found]
    summary = summarise(results)
    comparison = compare(earlier[1], results, earlier[0]) if earlier is not None else None
    if json is not None:
        eval_file.write(json, run, found, summary, comparison)
    print_summary(run, results, summary)
    if comparison is not None:
        print_comparison(comparison, results)
    if plots_folder is not None:
        for file in plots.draw(results, plots_folder, name):
            _err.print(Text(f"Drawn: {file}"))
    raise typer.Exit(DONE)


def spread(questions: Sequence[KnownQuestion], most: int | None) -> list[KnownQuestion]:
    """At most so many, evenly over the file, since files are ordered by something."""
    if most is None or most >= len(questions):
        return list(questions)
    return [questions[at * len(questions) // most] for at in range(most)]


def _written(out: Path) -> int:
    try:
        count = write_questions(read_settings(), out)
    except OSError as error:
        reason = error.strerror or type(error).__name__
        _err.print(Text(f"pauta: {out} cannot be written: {reason}."))
        return WRONG_USE
    if not count:
        _err.print(Text("Nobody has said of an answer that it was not right."))
        return NOTHING_FOUND
    _err.print(Text(f"Questions written to {out}: {count}."))
    return DONE


def _read(file: Path) -> tuple[list[KnownQuestion], list[str]]:
    items = list(read_questions(file))
    return (
        [item for item in items if isinstance(item, KnownQuestion)],
        [f"{item.name}: {item.reason}." for item in items if isinstance(item, Rejected)],
    )


def _unusable(out: Path | None, against: Path | None, plots_folder: Path | None) -> list[str]:
    """What would only be noticed after minutes of asking."""
    problems = []
    if out is not None and (out.is_dir() or not out.absolute().parent.is_dir()):
        problems.append(f"--json {out}: there is no such folder, or it is one.")
    if against is not None and not against.is_file():
        problems.append(f"--against {against}: there is no such file.")
    if plots_folder is not None and plots_folder.exists() and not plots_folder.is_dir():
        problems.append(f"--plots {plots_folder}: this is a file, a folder is needed.")
    return problems


@contextmanager
def _archive(articles: Path | None) -> Iterator[Pauta]:
    settings = read_settings()
    if articles is not None:
        with archive_of(articles, settings) as pauta:
            yield pauta
        return
    with build(settings, purpose="eval", lasting=True) as pauta:
        if not pauta.store.article_count():
            raise RetrievalError(
                "There is no coverage to ask about yet. Add some with `pauta ingest`, or give "
                "a file of articles: --articles A.jsonl.gz"
            )
        yield pauta


def _ask(pauta: Pauta, questions: Sequence[KnownQuestion]) -> list[Asked]:
    with counting(len(questions), "Asking") as count:
        return asyncio.run(ask_all(pauta, questions, lambda result: count(_fate(result))))


def _fate(result: Result) -> str:
    return "answered" if result.answered else "not answered"


def _run_of(pauta: Pauta, name: str, questions: Path, articles: Path | None) -> eval_file.Run:
    return eval_file.Run(
        name=name,
        made_at=pauta.clock(),
        questions_file=questions.name,
        articles_file=articles.name if articles is not None else None,
        embedding_model=pauta.embedder.model_id,
        articles=pauta.store.article_count(),
        chunks=pauta.store.chunk_count(),
    )
