"""The command `pauta`: loads the command line, quietly stopped by Ctrl-C meanwhile."""

from __future__ import annotations

import os
import signal
from types import FrameType

INTERRUPTED = 130


def main() -> None:
    """Run the command line; see `bot.command_line.main`."""
    is_usual = signal.getsignal(signal.SIGINT) is signal.default_int_handler
    if is_usual:  # else someone told this process to ignore it
        signal.signal(signal.SIGINT, _leave_at_once)
    # Half a second of imports, during which there is nothing yet to be closed.
    from bot.command_line import main as run  # noqa: PLC0415

    if is_usual:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    run()


def _leave_at_once(_number: int, _frame: FrameType | None) -> None:
    # An exception would be a traceback, or be taken by a library for a failed import.
    os._exit(INTERRUPTED)


if __name__ == "__main__":
    main()
