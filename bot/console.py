"""The same assistant in a terminal, and everything the commands print."""

from __future__ import annotations

import asyncio
import contextlib
import sys
from collections.abc import Iterator, Sequence
from datetime import datetime
from itertools import groupby
from textwrap import indent

from babel.dates import format_date
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

from bot import texts
from bot.answers import Answer, Citation, Headline, Turn
from bot.app import Pauta
from bot.assistant import LONGEST_QUESTION
from retrieval.clean import clean_text
from retrieval.ingest import OnProgress
from retrieval.models import Article, IngestReport, Outcome, Passage, Rejected

TERMINAL_CHAT = 0
"""Chat id of the terminal's own conversation; Telegram has no chat 0."""

_MOST_FAILURES = 20

_out = Console(highlight=False, soft_wrap=True, markup=False)
_err = Console(stderr=True, highlight=False, soft_wrap=True, markup=False)


def chat(pauta: Pauta, *, say_how_to_go_live: bool) -> int:
    """Read questions until the end of input; each is answered before the next is read."""
    interactive = sys.stdin.isatty()
    if interactive:
        _enable_line_editing()
        _err.print(
            f"Pauta · {pauta.store.article_count()} articles. Ask in Portuguese, English or "
            "Spanish; /help shows commands, Ctrl-D leaves."
        )
    if say_how_to_go_live:
        _err.print(
            "To go live in Telegram: TELEGRAM_BOT_TOKEN=<from @BotFather> "
            "PAUTA_ADMINS=<your user id> make run"
        )
    asyncio.run(_forget(pauta))
    while (line := _read_line(interactive)) is not None:
        question = line.strip()
        if question in {"/quit", "/exit"}:
            break
        if question:
            asyncio.run(_reply(pauta, question))
    return 0


async def _forget(pauta: Pauta) -> None:
    await pauta.conversations.forget(TERMINAL_CHAT)


async def _reply(pauta: Pauta, question: str) -> None:
    if question == "/new":
        await _forget(pauta)
        _err.print("New conversation.")
    elif question.startswith("/"):
        _err.print("/new starts a new conversation, /quit leaves. Anything else is a question.")
    elif len(question) > LONGEST_QUESTION:
        _err.print(f"That question has {len(question):,} characters; {LONGEST_QUESTION:,} at most.")
    else:
        history = await pauta.conversations.recent(TERMINAL_CHAT)
        answer = await pauta.assistant.answer(question, history)
        print_answer(answer)
        await pauta.conversations.append(
            TERMINAL_CHAT, Turn("user", question), Turn("assistant", answer.text)
        )
        _out.print()


def _read_line(interactive: bool) -> str | None:
    try:
        return input("› ") if interactive else sys.stdin.readline() or None
    except (EOFError, KeyboardInterrupt):
        _err.print()
        return None


def _enable_line_editing() -> None:
    with contextlib.suppress(ImportError):
        import readline  # noqa: F401, PLC0415 - importing it gives input() editing and history


def print_answer(answer: Answer) -> None:
    """The answer, then its sources by number."""
    _out.print(Text(answer.text))
    if answer.citations:
        _out.print()
    for _, group in groupby(answer.citations, key=lambda citation: citation.url):
        cited = list(group)
        labels = " ".join(f"[{citation.label}]" for citation in cited)
        _print_source(labels, cited[0], answer.language)
    if answer.nearest:
        _out.print(Text("\n" + texts.say(answer.language, "nearest_headlines")))
    for headline in answer.nearest:
        _print_source("-", headline, answer.language)


def _print_source(mark: str, item: Citation | Headline, language: str) -> None:
    note = f" ({texts.say(language, 'sample_mark')})" if item.sample else ""
    date = _date(item.published_at, language)
    _out.print(Text(f"{mark} {item.source}, {date}: {item.title}{note}"))
    _out.print(Text(f"{' ' * len(mark)} {item.url}", style="dim"))


def _date(moment: datetime | None, language: str) -> str:
    if moment is None:
        return texts.say(language, "no_date")
    return format_date(moment, format="medium", locale=language)


def print_passages(passages: Sequence[Passage]) -> None:
    """Ranked passages, for a person."""
    if not passages:
        _err.print("Nothing in the coverage comes near.")
    for rank, passage in enumerate(passages, start=1):
        date = _date(passage.published_at, "en")
        head = f"{rank}. {passage.title}\n   {passage.source}, {date} · score {passage.score:.4f}"
        _out.print(Text(head, style="bold"))
        _out.print(Text(f"   {passage.url}", style="dim"))
        _out.print(Text(indent(passage.text, "   ") + "\n"))


class _Rate(ProgressColumn):
    def render(self, task: Task) -> Text:
        return Text(f"{task.speed:.1f}/s" if task.speed else "")


@contextlib.contextmanager
def progress(total: int | None, doing: str) -> Iterator[OnProgress]:
    """A bar with rate and time left on a terminal; nothing where output is piped."""
    with Progress(
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        _Rate(),
        TimeRemainingColumn(),
        console=_err,
        transient=True,
        disable=not _err.is_terminal,
    ) as bar:
        task = bar.add_task(doing, total=total)

        def advance(_outcome: Outcome, _item: Article | Rejected) -> None:
            bar.advance(task)

        yield advance


def print_report(report: IngestReport) -> None:
    """Counts, and why each failure failed."""
    for failure in report.failures[:_MOST_FAILURES]:
        name = clean_text(failure.name)  # a file may be named in control characters
        _err.print(f"Failed: {name}: {failure.reason}")
    more = report.failed - _MOST_FAILURES
    if more > 0:
        _err.print(f"... and {more} more failures.")
    if report.interrupted:
        _err.print("Interrupted; what is counted here is safe. Run it again to continue.")
    _out.print(
        f"{report.new} new, {report.changed} changed, {report.unchanged} unchanged, "
        f"{report.failed} failed ({report.chunks_embedded} chunks embedded)."
    )
