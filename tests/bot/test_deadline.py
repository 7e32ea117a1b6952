"""Nobody waits longer than was said, whatever the work does when it is cancelled."""

from __future__ import annotations

import asyncio
import time
from contextlib import suppress

import pytest

from bot.deadline import LETTING_GO, within


async def deaf(times: int) -> str:
    """Goes on when it is cancelled, so many times."""
    for _ in range(times + 1):
        with suppress(asyncio.CancelledError):
            await asyncio.sleep(30)
    return "too late"


async def test_what_is_done_in_time_is_returned() -> None:
    async def soon() -> int:
        await asyncio.sleep(0)
        return 7

    assert await within(1.0, soon()) == 7


async def test_what_fails_in_time_raises() -> None:
    async def fails() -> None:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await within(1.0, fails())


@pytest.mark.parametrize("times", [0, 1, 2])
async def test_past_its_time_it_is_left_behind(times: int) -> None:
    started = time.monotonic()
    with pytest.raises(TimeoutError):
        await within(0.05, deaf(times))
    assert time.monotonic() - started < 0.05 + LETTING_GO + 0.5


async def test_without_time_it_is_not_waited_for() -> None:
    with pytest.raises(TimeoutError):
        await within(-1.0, deaf(0))


async def test_whoever_waits_can_be_cancelled_and_the_work_with_them() -> None:
    ended = asyncio.Event()

    async def work() -> None:
        try:
            await asyncio.sleep(30)
        finally:
            ended.set()

    waiting = asyncio.create_task(within(30, work()))
    await asyncio.sleep(0.01)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    assert ended.is_set()
