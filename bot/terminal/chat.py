"""The terminal chat: each line is carried out before the next is read."""

from __future__ import annotations

import asyncio
import contextlib
import sys
from collections.abc import Awaitable, Callable
from functools import partial

from rich.text import Text
from sqlalchemy.exc import SQLAlchemyError

from bot import texts
from bot.app import Pauta
from bot.console import print_wrapped
from bot.conversation_key import TERMINAL
from bot.richtext import clean
from bot.terminal.answers import Answers
from bot.terminal.browse import Browse
from bot.terminal.digest import DigestPreview
from bot.terminal.editing import line_editing
from bot.terminal.line import COMMANDS, Asked, Picked, Told, Unknown, read
from bot.terminal.seat import Choices, Seat
from bot.terminal.settings import SettingsDesk
from retrieval.errors import RetrievalError

Command = Callable[[str], Awaitable[Choices | None]]

HISTORY_FILE = "terminal_history"
LONGEST_LINE = 100_000
"""Characters read of piped input at once; a question is far shorter."""
_LOOKS_FOR_EXAMPLES = 5
"""Each waits a second at most."""
_GO_LIVE = (
    "To go live in Telegram: TELEGRAM_BOT_TOKEN=<from @BotFather> "
    "PAUTA_ADMINS=<your user id> make run"
)


def chat(pauta: Pauta, *, say_how_to_go_live: bool) -> int:
    """Answer and carry out what is typed until the end of input; returns the exit code.

    Ctrl-C stops what is under way; while nothing is, or once more, it leaves.
    """
    interactive = sys.stdin.isatty()
    seat = Seat(pauta, interactive=interactive)
    table = Table(seat)
    typing = line_editing(pauta.settings.home / HISTORY_FILE)
    # One loop: a model's client keeps its connections in it.
    with asyncio.Runner() as runner, typing if interactive else contextlib.nullcontext():
        if interactive:
            seat.say("terminal_hello", count=pauta.store.article_count())
        if say_how_to_go_live:
            seat.aside.print(_GO_LIVE)
        tell_of_corrections(seat)
        try:
            runner.run(pauta.conversations.start_afresh(TERMINAL))
            while not table.is_left and (line := _read_line(seat)) is not None:
                if line.strip() and not runner.run(_finished(table, line)):
                    if not interactive:
                        raise KeyboardInterrupt
                    seat.say("terminal_stopped")
        finally:
            runner.run(pauta.browsing.close())
            runner.run(pauta.assistant.close())
    return 0


def tell_of_corrections(seat: Seat) -> None:
    """Before the first question, and once: figures given here before that were corrected since."""
    desk, clock = seat.pauta.corrections, seat.pauta.clock
    for given in desk.due(clock(), lambda where: where == TERMINAL):
        seat.out.print(Text(f"{clean(given.text())}\n"))
        desk.told(given, clock())


class Table:
    """Everything that can be typed."""

    def __init__(self, seat: Seat) -> None:
        self.is_left = False
        self._seat = seat
        self._answers = Answers(seat)
        self._browse = Browse(seat, self._answers)
        self._settings = SettingsDesk(seat)
        self._choices: Choices | None = None
        answers, browse = self._answers, self._browse
        self._commands: dict[str, Command] = {
            "help": self._help,
            "latest": browse.latest,
            "story": browse.story,
            "article": browse.article,
            "about": browse.about,
            "search": browse.search,
            "sources": browse.sources,
            "feeds": browse.feeds,
            "digest": DigestPreview(seat, browse).carry_out,
            "source": answers.source,
            "more": self._more,
            "shorter": partial(answers.again, "ask_shorter"),
            "detail": partial(answers.again, "ask_in_detail"),
            "wrong": answers.wrong,
            "settings": self._settings.carry_out,
            "new": self._begin_anew,
            "quit": self._leave,
        }

    async def carry_out(self, line: str) -> None:
        """`line` holds more than white space."""
        meant = read(line)
        found: Choices | None = None
        match meant:
            case Asked(text):
                found = await self._answers.ask(text)
            case Picked(number):
                found = await self._pick(number)
            case Told("more", _, typed) if typed and not self._shows_list:
                found = await self._answers.ask(typed)
            case Told(command, words, _):
                found = await self._commands[command](words)
            case Unknown(word, nearest):
                key = "terminal_unknown" if nearest else "terminal_unknown_at_all"
                self._seat.say(key, word=word, nearest=nearest)
        self._choices = found or self._choices

    def complain(self, message: str) -> None:
        """Say why something could not be done."""
        self._seat.aside.print(Text(clean(message)))

    @property
    def _shows_list(self) -> bool:
        return self._choices is not None and self._choices.is_list

    async def _pick(self, number: int) -> Choices | None:
        if self._choices is None:
            self._seat.say("terminal_nothing_shown")
            return None
        return await self._choices.pick(number)

    async def _more(self, _words: str) -> Choices | None:
        if self._choices is None or self._choices.more is None:
            self._seat.say("terminal_no_more")
            return None
        return await self._choices.more()

    async def _begin_anew(self, _words: str) -> None:
        await self._seat.pauta.conversations.start_afresh(TERMINAL)
        self._answers.forget()
        self._choices = None
        self._seat.say("new_conversation")

    async def _leave(self, _words: str) -> None:
        self.is_left = True

    async def _help(self, _words: str) -> None:
        seat, questions = self._seat, tuple[str, ...]()
        for _ in range(_LOOKS_FOR_EXAMPLES):
            questions = questions or await seat.pauta.browsing.examples(seat.language)
        examples = "\n".join(f"• {question}" for question in questions)
        key = "welcome_with_examples" if questions else "welcome"
        print_wrapped(seat.out, Text(seat.text(key, examples=clean(examples))))
        seat.out.print()
        known = texts.catalogue(seat.language)
        for name in COMMANDS:
            own = f"terminal_command_{name}"
            described = seat.text(own if own in known else f"command_{name}")
            seat.out.print(Text(f"/{name:<10}{described}"))


async def _finished(table: Table, line: str) -> bool:
    """False where Ctrl-C has stopped it. What cannot be done is told, and the chat goes on."""
    try:
        await table.carry_out(line)
    except asyncio.CancelledError:
        return False
    except RetrievalError as error:
        table.complain(str(error))
    except SQLAlchemyError as error:
        # Its own text would quote the statement and what was being written.
        table.complain(f"The archive cannot be used: {getattr(error, 'orig', None)}.")
    return True


def _read_line(seat: Seat) -> str | None:
    try:
        return input("› ") if seat.interactive else sys.stdin.readline(LONGEST_LINE) or None
    except (EOFError, KeyboardInterrupt):
        seat.aside.print()
        return None
