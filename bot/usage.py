"""What the language model costs, and when a day's allowance is used up."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Engine, func, insert, select

from bot.database import usage
from bot.metrics import llm_used
from bot.offload import Offload
from retrieval.protocols import Clock
from retrieval.writing import writing

DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens read and written."""

    input_tokens: int = 0
    output_tokens: int = 0

    @property
    def tokens(self) -> int:
        return self.input_tokens + self.output_tokens

    def __add__(self, other: Usage) -> Usage:
        return Usage(
            self.input_tokens + other.input_tokens, self.output_tokens + other.output_tokens
        )

    def __mul__(self, times: int) -> Usage:
        return Usage(self.input_tokens * times, self.output_tokens * times)


EXPECTED = Usage(8_000, 400)
"""Of a question that is under way: what it costs is known when it ends, and until then others
are asked. Two replies over the passages of one search."""


@dataclass(frozen=True, slots=True)
class Allowance:
    """Of any 24 hours; None is no limit."""

    tokens_a_person: int | None = None
    tokens: int | None = None
    money: float | None = None
    """In the currency of the prices."""
    input_price: float = 0.0
    """Of a million tokens read."""
    output_price: float = 0.0
    """Of a million tokens written."""

    def cost(self, of: Usage) -> float:
        written = of.output_tokens * self.output_price
        return (of.input_tokens * self.input_price + written) / 1_000_000

    def leaves_room(self, person: Usage, everyone: Usage) -> bool:
        """Whether one more question may be put to the model.  (pure)"""
        return not (
            (self.tokens_a_person is not None and person.tokens >= self.tokens_a_person)
            or (self.tokens is not None and everyone.tokens >= self.tokens)
            or (self.money is not None and self.cost(everyone) >= self.money)
        )


class UsageBook:
    """What was used, by person and time."""

    def __init__(self, engine: Engine, offload: Offload, clock: Clock) -> None:
        self._engine = engine
        self._offload = offload
        self._clock = clock
        self._under_way: Counter[int] = Counter()
        self._one_at_a_time = asyncio.Lock()

    @asynccontextmanager
    async def question(
        self, allowance: Allowance, person: int, used: Callable[[], Usage]
    ) -> AsyncIterator[bool]:
        """Whether the last 24 hours leave `person` this question, those under way counted.

        What was `used` until its end is written down, also when it fails or is stopped.
        """
        async with self._one_at_a_time:
            if not await self._leaves_room(allowance, person):
                has_room = False
            else:
                has_room = True
                self._under_way[person] += 1
        try:
            yield has_room
        finally:
            if has_room:
                # Whoever stops a question does not stop its bill.
                spent = used()
                llm_used(spent.input_tokens, spent.output_tokens, allowance.cost(spent))
                await asyncio.shield(asyncio.ensure_future(self._settle(person, spent)))

    async def record(self, person: int, used: Usage) -> None:
        if used.tokens:
            await self._offload.search(self._record, person, used)

    async def _settle(self, person: int, used: Usage) -> None:
        async with self._one_at_a_time:
            try:
                await self.record(person, used)
            finally:
                self._under_way[person] -= 1
                self._under_way += Counter()

    async def _leaves_room(self, allowance: Allowance, person: int) -> bool:
        since = self._clock() - DAY
        own = await self._offload.search(self.used, since, person)
        everyone = await self._offload.search(self.used, since)
        return allowance.leaves_room(
            own + EXPECTED * self._under_way[person],
            everyone + EXPECTED * self._under_way.total(),
        )

    def used(self, since: datetime, person: int | None = None) -> Usage:
        """By one person, or by everyone. Blocking."""
        statement = select(
            func.coalesce(func.sum(usage.c.input_tokens), 0).label("read"),
            func.coalesce(func.sum(usage.c.output_tokens), 0).label("written"),
        ).where(usage.c.at >= int(since.timestamp()))
        if person is not None:
            statement = statement.where(usage.c.person == person)
        with self._engine.connect() as connection:
            row = connection.execute(statement).one()
        # A sum of 64 bits is a Decimal on PostgreSQL.
        return Usage(int(row.read), int(row.written))

    def _record(self, person: int, used: Usage) -> None:
        with writing(self._engine) as connection:
            connection.execute(
                insert(usage).values(
                    at=int(self._clock().timestamp()),
                    person=person,
                    input_tokens=used.input_tokens,
                    output_tokens=used.output_tokens,
                )
            )
