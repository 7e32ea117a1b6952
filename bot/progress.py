"""Progress of long work on a terminal; nothing where the output is piped."""

from __future__ import annotations

import contextlib
from collections import Counter
from collections.abc import Callable, Iterator

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    ProgressColumn,
    SpinnerColumn,
    Task,
    TextColumn,
    TimeRemainingColumn,
)
from rich.text import Text

from retrieval.ingest import OnProgress
from retrieval.models import Article, Outcome, Rejected

_err = Console(stderr=True, highlight=False, soft_wrap=True, markup=False)


class _Rate(ProgressColumn):
    def render(self, task: Task) -> Text:
        return Text(f"{task.speed:.1f}/s" if task.speed else "")


@contextlib.contextmanager
def counting(total: int | None, doing: str) -> Iterator[Callable[[str], None]]:
    """A bar with rate and time left; called once an item with what became of it, in a word."""
    with Progress(
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        _Rate(),
        TimeRemainingColumn(),
        TextColumn("{task.fields[counts]}"),
        console=_err,
        transient=True,
        disable=not _err.is_terminal,
    ) as bar:
        task = bar.add_task(doing, total=total, counts="")
        fates: Counter[str] = Counter()

        def count(fate: str) -> None:
            fates[fate] += 1
            told = ", ".join(f"{number:,} {word}" for word, number in sorted(fates.items()))
            bar.update(task, advance=1, counts=told)

        yield count


@contextlib.contextmanager
def progress(total: int | None, doing: str) -> Iterator[OnProgress]:
    """As `counting`, for what an ingest tells."""
    with counting(total, doing) as count:

        def advance(outcome: Outcome, _item: Article | Rejected) -> None:
            count(outcome.value)

        yield advance


@contextlib.contextmanager
def listing(doing: str) -> Iterator[Callable[[str], None]]:
    """A line without a bar, for work that has no end in sight; called with how far it is."""
    with Progress(
        SpinnerColumn(),
        TextColumn("{task.description}: {task.fields[far]}"),
        console=_err,
        transient=True,
        disable=not _err.is_terminal,
    ) as line:
        task = line.add_task(doing, total=None, far="")
        yield lambda far: line.update(task, far=far)
