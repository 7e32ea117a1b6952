"""Example questions about what is in the news, each tried before it is shown.

Trying takes seconds, so it is done beside whoever asks for examples, and kept for an hour.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from sqlalchemy.exc import SQLAlchemyError

from bot.answers import Answer
from bot.examples import Guess, Recent, choose, guesses, is_answered
from bot.offload import Offload
from retrieval.browse import Catalogue
from retrieval.errors import RetrievalError
from retrieval.listing import Wanted
from retrieval.protocols import Clock
from retrieval.store import Store

log = structlog.get_logger(__name__)

EXAMPLES = 3
KEPT_FOR = timedelta(hours=1)
MOST_READ = 30
"""Recent articles."""
MOST_TRIED = 9
"""Questions; each costs about as much as a person's."""
WAIT_SECONDS = 1.0
"""How long somebody who wants examples waits for the first; others get the ones there are."""

Ask = Callable[[str], Awaitable[Answer]]


@dataclass(frozen=True, slots=True)
class _Kept:
    questions: tuple[str, ...]
    at: datetime


class ExampleDesk:
    """To be used from one event loop."""

    def __init__(
        self, catalogue: Catalogue, store: Store, ask: Ask, offload: Offload, clock: Clock
    ) -> None:
        self._catalogue = catalogue
        self._store = store
        self._ask = ask
        self._offload = offload
        self._clock = clock
        self._kept: dict[str, _Kept] = {}
        self._running: dict[str, asyncio.Task[None]] = {}

    async def questions(self, language: str) -> tuple[str, ...]:
        """Up to three in `language` that the coverage answers; () while none is known."""
        kept = self._kept.get(language)
        if kept is None or self._clock() - kept.at >= KEPT_FOR:
            task = self._running.get(language)
            if task is None:
                task = asyncio.create_task(self._renew(language), name=f"examples:{language}")
                self._running[language] = task
                task.add_done_callback(lambda _: self._running.pop(language, None))
            if kept is None:
                await asyncio.wait({task}, timeout=WAIT_SECONDS)
        kept = self._kept.get(language)
        return kept.questions if kept else ()

    async def close(self) -> None:
        """Try no further."""
        tasks = list(self._running.values())
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks)

    async def _renew(self, language: str) -> None:
        try:
            questions = choose(await self._answered(language), EXAMPLES)
        except (SQLAlchemyError, RetrievalError) as error:
            # Nobody asked for these: who wants examples gets the ones that are always there.
            log.warning("no example questions could be made", cause=type(error).__name__)
            questions = ()
        self._kept[language] = _Kept(questions, self._clock())

    async def _answered(self, language: str) -> list[Guess]:
        recent = await self._offload.search(self._recent)
        answered: list[Guess] = []
        for guess in guesses(recent, language)[:MOST_TRIED]:
            if is_answered(guess, await self._ask(guess.question)):
                answered.append(guess)
            if len({one.form for one in answered}) == EXAMPLES:
                break
        return answered

    def _recent(self) -> list[Recent]:
        rows = self._catalogue.latest(Wanted(), self._clock(), skip=0, most=MOST_READ)
        found = ((row, self._store.article(row.article_id)) for row in rows)
        return [
            Recent(row.article_id, row.title, reading.article.text, row.language)
            for row, reading in found
            if reading is not None
        ]
