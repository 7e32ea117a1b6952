"""Somebody at the terminal, over the sample; and `pauta chat` in a process with a terminal."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import select
import signal
import subprocess
import sys
import termios
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.app import Pauta, build, load_sample
from bot.assistant import Assistant
from bot.settings import Settings
from bot.terminal.chat import Table
from bot.terminal.seat import Seat
from tests.fakes import FakeEmbedder

NOW = datetime(2026, 11, 20, 9, tzinfo=UTC)
ROOT = Path(__file__).resolve().parents[1]
PROMPT = "› "


@contextmanager
def a_pauta(home: Path) -> Iterator[Pauta]:
    """With the sample in it."""
    settings = Settings(home=home)
    with build(settings, purpose="test", embedder=FakeEmbedder(), clock=lambda: NOW) as pauta:
        load_sample(pauta, lambda *_: None)
        yield pauta


def answered_by(pauta: Pauta, assistant: Assistant, **settings: object) -> Pauta:
    return replace(pauta, assistant=assistant, settings=pauta.settings.model_copy(update=settings))


@dataclass
class Person:
    """Types lines, and reads what comes."""

    table: Table
    output: pytest.CaptureFixture[str]

    async def types(self, *lines: str) -> str:
        """What is shown after the last of them, on either stream."""
        shown = ""
        for line in lines:
            self.output.readouterr()
            await self.table.carry_out(line)
            captured = self.output.readouterr()
            shown = captured.out + captured.err
        return shown


def a_person(pauta: Pauta, output: pytest.CaptureFixture[str]) -> Person:
    return Person(Table(Seat(pauta, interactive=False)), output)


@dataclass
class Terminal:
    """A process, and what a person before it types and sees."""

    process: subprocess.Popen[bytes]
    terminal: int
    shown: str = ""
    _raw: bytes = field(default=b"", repr=False)
    _seen: int = 0

    def types(self, keys: str) -> None:
        os.write(self.terminal, keys.encode())

    def until(self, words: str, seconds: float = 20.0) -> str:
        """What came since the last call, up to and with `words`."""
        end = time.monotonic() + seconds
        while (at := self.shown.find(words, self._seen)) < 0:
            left = end - time.monotonic()
            heard = self._is_heard(max(0.0, left))
            assert heard, f"{words!r} did not come; after {self.shown[self._seen :]!r}"
            if not self._read():
                raise AssertionError(f"it left; after {self.shown[self._seen :]!r}")
        before, self._seen = self._seen, at + len(words)
        return self.shown[before : self._seen]

    def exit_code(self, seconds: float = 20.0) -> int:
        """Reads on until it has left."""
        return self._left(time.monotonic() + seconds)

    def exit_code_after(self, key: str, seconds: float = 20.0) -> int:
        """Presses until something is heard, and reads on until it has left.

        As a person does: Python loses a Ctrl-C that comes after readline has shown its prompt and
        before it waits for keys.
        """
        end = time.monotonic() + seconds
        while self._is_heard(0.0) and self._read():
            pass
        self.types(key)
        while not self._is_heard(1.0) and time.monotonic() < end:
            self.types(key)
        return self._left(end)

    def _left(self, end: float) -> int:
        while time.monotonic() < end and (not self._is_heard(0.1) or self._read()):
            pass
        return self.process.wait(max(0.0, end - time.monotonic()))

    def _is_heard(self, seconds: float) -> bool:
        return bool(select.select([self.terminal], [], [], seconds)[0])

    def _read(self) -> bool:
        try:
            piece = os.read(self.terminal, 65_536)
        except OSError:  # as Linux says that the other end is closed
            piece = b""
        self._raw += piece
        self.shown = self._raw.decode("utf-8", "ignore").replace("\r\n", "\n")
        return bool(piece)


@contextmanager
def in_a_terminal(*arguments: str) -> Iterator[Terminal]:
    """Python with these arguments, in a terminal that it can be interrupted from."""
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, *arguments],
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        cwd=ROOT,
        env={**os.environ, "TERM": "xterm", "COLUMNS": "100", "LINES": "40"},
        start_new_session=True,
    )
    os.close(theirs)
    try:
        yield Terminal(process, ours)
    finally:
        process.kill()
        process.wait()
        os.close(ours)


def take_terminal() -> None:
    """In such a process: Ctrl-C is a signal, also where the suite runs in the background."""
    signal.signal(signal.SIGINT, signal.default_int_handler)
    fcntl.ioctl(0, termios.TIOCSCTTY, 0)


def without_styles(shown: str) -> str:
    """What rich writes around words taken out; anything else that is no text stays."""
    return re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "", shown)
