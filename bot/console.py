"""The same assistant in a terminal, and everything the commands print."""

from __future__ import annotations

import asyncio
import contextlib
import sys
from collections.abc import Sequence
from itertools import groupby
from textwrap import indent

from rich.console import Console
from rich.text import Text

from bot import texts
from bot.answers import Answer, Citation, Headline, Turn
from bot.app import Pauta
from bot.asker import terminal_asker
from bot.assistant import LONGEST_QUESTION
from bot.bylines import byline, day, one_line, origins_line, remarks
from bot.conversation_key import TERMINAL
from bot.emphasis import marks
from bot.events import Finished
from bot.quoting import in_quotes
from bot.telling import told
from bot.texts import LANGUAGES
from retrieval.language import detect_among
from retrieval.models import Passage

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
    with asyncio.Runner() as runner:  # one loop: a model's client keeps its connections in it
        _tell_of_corrections(pauta)
        try:
            runner.run(_start_afresh(pauta))
            while (line := _read_line(interactive)) is not None:
                question = line.strip()
                if question in {"/quit", "/exit"}:
                    break
                if question:
                    runner.run(_reply(pauta, question, interactive))
        finally:
            runner.run(pauta.assistant.close())
    return 0


def _tell_of_corrections(pauta: Pauta) -> None:
    """Before the first question, and once: figures given here before that were corrected since."""
    for given in pauta.corrections.due(pauta.clock(), lambda where: where == TERMINAL):
        _out.print(Text(f"{given.text()}\n"))
        pauta.corrections.told(given, pauta.clock())


async def _start_afresh(pauta: Pauta) -> None:
    await pauta.conversations.start_afresh(TERMINAL)


async def _reply(pauta: Pauta, question: str, interactive: bool) -> None:
    if question == "/new":
        await _start_afresh(pauta)
        _err.print("New conversation.")
    elif question.startswith("/"):
        _err.print("/new starts a new conversation, /quit leaves. Anything else is a question.")
    elif len(question) > LONGEST_QUESTION:
        _err.print(f"That question has {len(question):,} characters; {LONGEST_QUESTION:,} at most.")
    else:
        history = await pauta.conversations.recent(TERMINAL)
        answer = await answered(pauta, question, history, show_progress=interactive)
        print_answer(answer)
        await pauta.conversations.append(
            TERMINAL, Turn("user", question), Turn("assistant", answer.text, answer.citations)
        )
        _out.print()


async def answered(
    pauta: Pauta, question: str, history: Sequence[Turn], *, show_progress: bool
) -> Answer:
    """The answer; meanwhile a line that says what is being done, for whoever looks on."""
    asker = terminal_asker(pauta.settings)
    language = detect_among(question, LANGUAGES)
    status = _err.status("…") if show_progress else contextlib.nullcontext()
    with status as shown:
        async for event in pauta.assistant.stream(question, history, asker):
            if isinstance(event, Finished):
                return event.answer
            if shown is not None:
                shown.update(told(event, language))
    raise AssertionError("a stream of events ends with Finished")


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
    language = answer.language
    shown = Text(answer.text)
    if figures := marks(answer.emphasis):
        shown.highlight_regex(figures, style="bold")
    _out.print(shown)
    if answer.citations:
        _out.print()
    for _, group in groupby(answer.citations, key=lambda citation: citation.url):
        cited = list(group)
        labels = " ".join(f"[{citation.label}]" for citation in cited)
        _print_source(labels, cited[0], answer)
        for one in cited:
            if in_quotes(one.quote) not in answer.text:
                # What a model wrote in its own words stands beside the words it rests on.
                _out.print(Text(f"{' ' * len(labels)} {in_quotes(one.quote)}"))
    if origins := origins_line(answer, language):
        _out.print(Text(f"\n{origins}"))
    if answer.note:
        _out.print(Text(f"\n{answer.note}", style="italic"))
    if answer.nearest:
        _out.print(Text("\n" + texts.say(language, "nearest_headlines")))
    for headline in answer.nearest:
        _print_source("-", headline, answer)


def _print_source(mark: str, item: Citation | Headline, answer: Answer) -> None:
    language = answer.language
    note = f" ({texts.say(language, 'sample_mark')})" if item.sample else ""
    _out.print(
        Text(f"{mark} {byline(item, language, answer.asked_at)}: {one_line(item.title)}{note}")
    )
    if isinstance(item, Citation) and (remark := remarks(item, language)):
        _out.print(Text(f"{' ' * len(mark)} {remark}", style="italic"))
    _out.print(Text(f"{' ' * len(mark)} {item.url}", style="dim"))


def print_passages(passages: Sequence[Passage]) -> None:
    """Ranked passages, for a person."""
    if not passages:
        _err.print("Nothing in the coverage comes near.")
    for rank, passage in enumerate(passages, start=1):
        date = day(passage.published_at, "en")
        head = f"{rank}. {passage.title}\n   {passage.source}, {date} · score {passage.score:.4f}"
        _out.print(Text(head, style="bold"))
        _out.print(Text(f"   {passage.url}", style="dim"))
        _out.print(Text(indent(passage.text, "   ") + "\n"))
