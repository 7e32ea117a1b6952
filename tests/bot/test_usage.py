"""What the language model costs is written down, and a day's allowance holds."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
import pytest_asyncio
from hypothesis import given
from hypothesis import strategies as st

from bot.database import open_people
from bot.offload import Offload
from bot.usage import Allowance, Usage, UsageBook
from tests.archive import NOW

ANA, RUI = 1, 2


class Watch:
    now = NOW

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def watch() -> Watch:
    return Watch()


@pytest_asyncio.fixture
async def book(tmp_path: Path, watch: Watch) -> AsyncIterator[UsageBook]:
    engine, offload = open_people(tmp_path / "people.db"), Offload()
    yield UsageBook(engine, offload, watch)
    offload.close()
    engine.dispose()


async def leaves_room(book: UsageBook, allowance: Allowance, person: int) -> bool:
    async with book.question(allowance, person, Usage) as has_room:
        return has_room


async def test_what_was_used_adds_up_by_person_and_for_all(book: UsageBook) -> None:
    await book.record(ANA, Usage(100, 10))
    await book.record(RUI, Usage(200, 20))
    await book.record(ANA, Usage(1, 1))

    since = NOW - timedelta(hours=1)
    assert book.used(since, ANA) == Usage(101, 11)
    assert book.used(since) == Usage(301, 31)


async def test_after_a_day_it_no_longer_counts(book: UsageBook, watch: Watch) -> None:
    allowance = Allowance(tokens_a_person=100)
    await book.record(ANA, Usage(90, 10))
    assert not await leaves_room(book, allowance, ANA)
    assert await leaves_room(book, allowance, RUI)

    watch.now = NOW + timedelta(days=1, seconds=1)
    assert await leaves_room(book, allowance, ANA)


async def test_a_question_that_cost_nothing_is_not_written_down(book: UsageBook) -> None:
    await book.record(ANA, Usage())
    assert book.used(NOW - timedelta(days=9)) == Usage()


@pytest.mark.parametrize(
    ("allowance", "room"),
    [
        (Allowance(), True),
        (Allowance(tokens=1_000_001), True),
        (Allowance(tokens=1_000_000), False),
        (Allowance(money=3.0, input_price=2.0, output_price=8.0), False),
        (Allowance(money=3.3, input_price=2.0, output_price=8.0), True),
        (Allowance(tokens_a_person=50), False),
    ],
)
def test_any_one_limit_is_enough(allowance: Allowance, room: bool) -> None:
    everyone = Usage(800_000, 200_000)
    assert allowance.leaves_room(Usage(40, 10), everyone) is room


@given(st.integers(0, 10**9), st.integers(0, 10**9), st.integers(0, 10**9))
def test_using_more_never_makes_room(tokens: int, used: int, more: int) -> None:
    allowance = Allowance(tokens=tokens)
    if not allowance.leaves_room(Usage(), Usage(used)):
        assert not allowance.leaves_room(Usage(), Usage(used, more))
