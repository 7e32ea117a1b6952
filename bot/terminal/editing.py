"""Typing in the terminal, where readline exists: tab completes, and what was typed comes back."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bot.terminal.line import completions

MOST_LINES = 1_000
"""Typed lines that are kept."""
LARGEST_HISTORY = 1_000_000
"""Bytes; a larger file is not read."""


@contextmanager
def line_editing(history: Path) -> Iterator[None]:
    """Gives `input` its editing, and keeps what is typed in `history`, for its owner alone.

    Without readline, or where the file cannot be used, typing works all the same.
    """
    try:
        import readline  # noqa: PLC0415 - changes how input() works, so only where one types
    except ImportError:
        yield
        return
    readline.set_completer_delims(" ")
    readline.set_completer(_complete)
    uses_libedit = "libedit" in (readline.__doc__ or "")
    readline.parse_and_bind("bind ^I rl_complete" if uses_libedit else "tab: complete")
    readline.set_history_length(MOST_LINES)
    with contextlib.suppress(OSError):
        if history.stat().st_size <= LARGEST_HISTORY:
            readline.read_history_file(history)
    try:
        yield
    finally:
        readline.set_completer(None)
        with contextlib.suppress(OSError):
            # Made before it is written to, so that nobody reads along in between.
            os.close(os.open(history, os.O_WRONLY | os.O_CREAT, 0o600))
            history.chmod(0o600)
            readline.write_history_file(history)
            history.chmod(0o600)


def _complete(begun: str, number: int) -> str | None:
    """As readline asks: the candidate of that number, None after the last."""
    found = completions(begun) if begun.startswith("/") else ()
    return f"{found[number]} " if number < len(found) else None
