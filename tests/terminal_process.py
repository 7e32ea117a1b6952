"""`pauta chat` over the sample with a fake embedder; some questions are answered by nobody.

python -m tests.terminal_process HOME
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

from bot.answers import Answer, Turn
from bot.asker import TERMINAL, Asker
from bot.assistant import Assistant
from bot.events import Event, Searching, Writing
from bot.terminal.chat import chat
from tests.terminal import a_pauta, answered_by, take_terminal

ENDLESS = "endless"
"""In a question: a draft comes, and nothing else ever."""
DRAFT = "It \x1b]0;owned\x07committed 500 billion"


class Slow:
    """Answers as another one does, but for questions of which no end comes."""

    def __init__(self, other: Assistant) -> None:
        self._other = other

    async def answer(
        self, question: str, history: Sequence[Turn] = (), asker: Asker = TERMINAL
    ) -> Answer:
        return await self._other.answer(question, history, asker)

    async def stream(
        self, question: str, history: Sequence[Turn] = (), asker: Asker = TERMINAL
    ) -> AsyncIterator[Event]:
        if ENDLESS in question:
            yield Searching(question)
            yield Writing(DRAFT)
            await asyncio.Event().wait()
        async for event in self._other.stream(question, history, asker):
            yield event

    async def close(self) -> None:
        await self._other.close()


def main(home: str) -> int:
    with a_pauta(Path(home)) as pauta:
        return chat(answered_by(pauta, Slow(pauta.assistant)), say_how_to_go_live=False)


if __name__ == "__main__":
    take_terminal()
    try:
        sys.exit(main(*sys.argv[1:]))
    except KeyboardInterrupt:
        sys.exit(130)
