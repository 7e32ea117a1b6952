"""What `pauta eval` prints: figures with their 95 % intervals, and what changed."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from rich.console import Console
from rich.table import Table
from rich.text import Text

from bot.eval_compare import Comparison, Flips
from bot.eval_file import Run, Summary
from retrieval.bootstrap import Estimate, percentile
from retrieval.evaluate import ALL_METRICS, Result, estimate, groups

FINDING = ("answer@1", "answer@5", "answer@10", "mrr@10", "article@1", "article@5", "article@10")
ANSWERING = ("quote@1", "quote@3", "precision", "recall", "f1", "refused", "auroc")
_OF_BOTH = frozenset({"precision", "f1"})
"""Where every question is answerable, these praise nothing: not shown."""

MOST_FLIPS = 10
"""Questions listed of each kind of change; OUT has all."""
_LONGEST_QUESTION = 90
_WIDTH = 120
"""Columns where the output is no terminal."""

_EXPLAINED = (
    "answer@k: the answer stands in one of the first k passages · article@k: one is of a relevant "
    "article · quote@k: in the first k quotes · precision, recall, f1: answered beside answerable "
    "· refused: unanswerable and not answered · auroc: of the confidence. Below each: its "
    "95 % interval (bootstrap)."
)


def summarise(results: Sequence[Result]) -> dict[str, dict[str, Estimate]]:
    """Every metric for all questions and for each group of them."""
    return {
        group: {metric: estimate(part, metric) for metric in ALL_METRICS}
        for group, part in groups(results).items()
    }


def print_summary(run: Run, results: Sequence[Result], summary: Summary) -> None:
    out = _console()
    name = f"{run.name}: " if run.name else ""
    out.print(
        Text(
            f"{name}{_counted(len(results), 'question')} on {_counted(run.articles, 'article')} "
            f"({_counted(run.chunks, 'chunk')}), {run.embedding_model}"
        )
    )
    parts = groups(results)
    out.print(_table("Finding", FINDING, parts, summary, {"n": _answerable}))
    out.print(
        _table(
            "Answering", ANSWERING, parts, summary, {"n": _both_kinds, "answer ms": _answer_times}
        )
    )
    out.print(Text(_search_times(results)))
    out.print(Text(_EXPLAINED, style="dim"))


def _counted(count: int, thing: str) -> str:
    return f"{count:,} {thing}" if count == 1 else f"{count:,} {thing}s"


def _table(
    title: str,
    metrics: Sequence[str],
    parts: Mapping[str, Sequence[Result]],
    summary: Summary,
    more: Mapping[str, Callable[[Sequence[Result]], str]],
) -> Table:
    (first, count), *others = more.items()
    last = ""
    table = Table(title=title, title_justify="left", pad_edge=False)
    table.add_column("questions")
    table.add_column(first, justify="right")
    for metric in metrics:
        table.add_column(metric, justify="right")
    for name, _ in others:
        table.add_column(name, justify="right")
    for group, part in parts.items():
        if last and group.split()[0] != last.split(maxsplit=1)[0]:
            table.add_section()
        last = group
        answerable = sum(result.answerable for result in part)
        hidden = _OF_BOTH if answerable == len(part) else frozenset()
        figures = [
            Text("–") if metric in hidden else _cell(summary[group][metric], answerable)
            for metric in metrics
        ]
        table.add_row(Text(group), count(part), *figures, *(tell(part) for _, tell in others))
    return table


def _cell(figure: Estimate, usual: int) -> Text:
    """Figure and interval; and how many questions it is of, where only some count."""
    if not figure.known:
        return Text("–")
    count = f"\nn {figure.n}" if figure.n < usual else ""
    interval = f"\n{_short(figure.low)}–{_short(figure.high)}{count}"
    return Text(f"{figure.value:.3f}").append(interval, style="dim")


def _short(value: float) -> str:
    return f"{value:.2f}".removeprefix("0") if value < 1 else "1"


def _answerable(part: Sequence[Result]) -> str:
    return str(sum(result.answerable for result in part))


def _both_kinds(part: Sequence[Result]) -> str:
    answerable = sum(result.answerable for result in part)
    return f"{answerable}+{len(part) - answerable}"


def _answer_times(part: Sequence[Result]) -> str:
    times = [result.answer_ms for result in part]
    return f"{percentile(times, 0.5):.0f}\np95 {percentile(times, 0.95):.0f}"


def _search_times(results: Sequence[Result]) -> str:
    searches = [result.search_ms for result in results]
    answers = [result.answer_ms for result in results]
    return (
        f"A search: p50 {percentile(searches, 0.5):.0f} ms, p95 {percentile(searches, 0.95):.0f} "
        f"ms. A whole answer: p50 {percentile(answers, 0.5):.0f} ms, "
        f"p95 {percentile(answers, 0.95):.0f} ms."
    )


def print_comparison(comparison: Comparison, results: Sequence[Result]) -> None:
    """Paired differences, then the questions behind them."""
    out = _console()
    named = comparison.earlier or "the earlier run"
    if not comparison.shared:
        out.print(Text(f"Against {named}: no question is in both runs, nothing can be compared."))
        return
    table = Table("", "difference", "95 % interval", "n", "", title_justify="left", pad_edge=False)
    table.title = Text(f"Against {named}: {_counted(comparison.shared, 'question')} in both")
    for metric, figure in comparison.differences.items():
        if figure.known:
            interval = f"{figure.low:+.3f} to {figure.high:+.3f}"
            table.add_row(metric, f"{figure.value:+.3f}", interval, str(figure.n), verdict(figure))
    out.print(table)
    if comparison.left_out:
        left_out = _counted(comparison.left_out, "question")
        out.print(f"Left out: {left_out} that only one run has, or that changed.")
    questions = {result.id: result.question for result in results}
    for metric, flips in comparison.flips.items():
        _print_flips(out, metric, flips, questions)


def verdict(figure: Estimate) -> str:
    """In a word, what a difference says."""
    if not figure.differs_from_zero:
        return "no clear difference"
    return "better" if figure.value > 0 else "worse"


def _print_flips(out: Console, metric: str, flips: Flips, questions: Mapping[str, str]) -> None:
    for sign, told, ids in (("+", "gained", flips.gained), ("-", "lost", flips.lost)):
        if ids:
            out.print(f"{metric}, {told}: {len(ids):,}")
        for name in ids[:MOST_FLIPS]:
            question = questions[name]
            short = question[:_LONGEST_QUESTION] + "…" * (len(question) > _LONGEST_QUESTION)
            out.print(Text(f"  {sign} {name}: {short}"))
        if len(ids) > MOST_FLIPS:
            out.print(f"  ... and {len(ids) - MOST_FLIPS:,} more")


def _console() -> Console:
    console = Console(highlight=False, markup=False)
    return console if console.is_terminal else Console(highlight=False, markup=False, width=_WIDTH)
