"""Blocking work beside the event loop: a long ingest keeps no answer waiting."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Iterator

import pytest

from bot.offload import Offload


@pytest.fixture
def offload() -> Iterator[Offload]:
    opened = Offload()
    yield opened
    opened.close()


async def test_a_call_returns_what_it_returns_and_raises_what_it_raises(offload: Offload) -> None:
    assert await offload.search(max, 1, 2) == 2
    assert await offload.ingest(sorted, [2, 1], reverse=True) == [2, 1]
    with pytest.raises(ZeroDivisionError):
        await offload.search(lambda: 1 / 0)


async def test_the_event_loop_runs_on_meanwhile(offload: Offload) -> None:
    loop_thread = threading.get_ident()

    assert await offload.search(threading.get_ident) != loop_thread


async def test_an_answer_does_not_wait_for_an_ingest(offload: Offload) -> None:
    finish = threading.Event()
    ingest = asyncio.create_task(offload.ingest(finish.wait, 10))

    assert await asyncio.wait_for(offload.search(max, 1, 2), timeout=5) == 2
    assert not ingest.done()
    finish.set()
    assert await ingest


async def test_what_comes_in_is_noted_however_many_searches_wait(offload: Offload) -> None:
    finish = threading.Event()
    searches = [asyncio.create_task(offload.search(finish.wait, 10)) for _ in range(8)]
    assert await asyncio.wait_for(offload.note(max, 1, 2), timeout=5) == 2
    finish.set()
    assert all(await asyncio.gather(*searches))


async def test_ingests_run_one_after_the_other(offload: Offload) -> None:
    running: list[int] = []
    most: list[int] = []

    def work() -> None:
        running.append(1)
        most.append(len(running))
        time.sleep(0.02)
        running.pop()

    await asyncio.gather(*(offload.ingest(work) for _ in range(5)))

    assert max(most) == 1
