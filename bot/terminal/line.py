"""What a line typed into the terminal chat means.  (pure)"""

from __future__ import annotations

import difflib
import re
from dataclasses import dataclass

COMMANDS = (
    *("help", "latest", "story", "article", "about", "search", "sources", "feeds", "digest"),
    *("source", "more", "shorter", "detail", "wrong", "settings", "new", "quit"),
)
"""In the order they are told."""

_ALSO = {"exit": "quit", "start": "help"}
_ALONE = {"more": "more", "mais": "more", "más": "more"}
"""Meant as a command only where there is more to be shown."""
_NUMBER = re.compile(r"[#\[]?(\d{1,3})[\].]?", re.ASCII)
_COMMAND = re.compile(r"/([^\s/]{1,40})(?:\s+(.*))?", re.DOTALL)
_NEAR = 0.5


@dataclass(frozen=True, slots=True)
class Asked:
    """A question."""

    text: str


@dataclass(frozen=True, slots=True)
class Picked:
    """A number, of whatever was shown last."""

    number: int


@dataclass(frozen=True, slots=True)
class Told:
    """A command."""

    command: str
    """One of COMMANDS."""
    words: str = ""
    """After it."""
    typed: str = ""
    """The whole line where it may have been meant as a question; else empty."""


@dataclass(frozen=True, slots=True)
class Unknown:
    """Written like a command."""

    word: str
    nearest: str = ""
    """The command that looks most like it; empty for none."""


Line = Asked | Picked | Told | Unknown


def read(line: str) -> Line:
    """`line` holds more than white space."""
    text = line.strip()
    if not text.startswith("/"):
        if alone := _ALONE.get(text.lower()):
            return Told(alone, typed=text)
        number = number_in(text)
        return Asked(text) if number is None else Picked(number)
    match = _COMMAND.fullmatch(text)
    if match is None:
        return Unknown(text[1:41])
    word, words = match[1].lower(), (match[2] or "").strip()
    if word == "ask" and words:
        return Asked(words)
    word = _ALSO.get(word, word)
    if word in COMMANDS:
        return Told(word, words)
    near = difflib.get_close_matches(word, COMMANDS, 1, _NEAR)
    return Unknown(match[1], near[0] if near else "")


def number_in(words: str) -> int | None:
    """`3`, `#3` or `[3]`; None for anything else."""
    match = _NUMBER.fullmatch(words.strip())
    return int(match[1]) if match else None


def completions(begun: str) -> tuple[str, ...]:
    """The commands that begin so, `/` included."""
    return tuple(f"/{one}" for one in COMMANDS if f"/{one}".startswith(begun.lower()))
