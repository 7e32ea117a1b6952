"""`pauta run` by a clock that can be stepped from outside:

    python -m tests.clocked_bot FILE

The file holds by how many seconds the clock is ahead; without it, the clock is right.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

from bot.app import build
from bot.live import serve
from bot.logs import read_settings


def stepped(file: Path) -> Callable[[], datetime]:
    def now() -> datetime:
        try:
            ahead = float(file.read_text() or 0)
        except FileNotFoundError:
            ahead = 0.0
        return datetime.now(UTC) + timedelta(seconds=ahead)

    return now


def main() -> int:
    settings = read_settings()
    clock = stepped(Path(sys.argv[1]))
    with build(settings, purpose="run", lasting=True, clock=clock) as pauta:
        return serve(pauta)


if __name__ == "__main__":
    raise SystemExit(main())
