"""Waiting until what came before in the same conversation was handled, by whatever replica."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Collection, Mapping
from contextlib import suppress
from dataclasses import dataclass

import structlog
from sqlalchemy.exc import SQLAlchemyError

log = structlog.get_logger(__name__)

LOOK_AGAIN = 0.25
"""Seconds; what this process has handled is looked at as soon as it is."""
MOST_LOOKED_AT = 1_000
"""In one statement."""
GIVEN_UP_AFTER = 240.0
"""Seconds in which the same one stands before another: longer than any answer takes, and than a
dead replica's are taken over after."""


@dataclass(slots=True)
class _Waiting:
    turn: asyncio.Future[None]
    behind: int = 0
    since: float = 0.0


class Turns:
    """`before` returns of those that must wait the earliest that they wait for."""

    def __init__(self, before: Callable[[Collection[int]], Awaitable[Mapping[int, int]]]) -> None:
        self._before = before
        self._waiting: dict[int, _Waiting] = {}
        self._stirred = asyncio.Event()
        self._looking: asyncio.Task[None] | None = None

    async def wait(self, number: int) -> None:
        """Raises nothing: where the database cannot be asked, nobody waits."""
        self._waiting[number] = _Waiting(asyncio.get_running_loop().create_future())
        self.stir()
        if self._looking is None or self._looking.done():
            self._looking = asyncio.create_task(self._look(), name="turns")
        try:
            await self._waiting[number].turn
        finally:
            self._waiting.pop(number, None)

    def stir(self) -> None:
        """Look again soon."""
        self._stirred.set()

    async def _look(self) -> None:
        while self._waiting:
            self._stirred.clear()
            asked = list(self._waiting)[:MOST_LOOKED_AT]
            try:
                before = await self._before(asked)
            except SQLAlchemyError as error:
                log.warning("nobody's turn can be looked up", cause=type(error).__name__)
                before = {}
            for number in asked:
                self._let_go(number, before.get(number))
            with suppress(TimeoutError):
                await asyncio.wait_for(self._stirred.wait(), LOOK_AGAIN)

    def _let_go(self, number: int, behind: int | None) -> None:
        one, now = self._waiting.get(number), time.monotonic()
        if one is None or one.turn.done():
            return
        if behind is not None and behind != one.behind:
            one.behind, one.since = behind, now
        if behind is None or now - one.since > GIVEN_UP_AFTER:
            if behind is not None:
                log.warning("an update is not waited for any longer", update_id=behind)
            one.turn.set_result(None)
            self._waiting.pop(number)
