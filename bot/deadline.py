"""Waiting for other people's code no longer than said, whatever it does when it is cancelled."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

T = TypeVar("T")

LETTING_GO = 1.0
"""Seconds in which what is cancelled may close its connections; then it is left behind."""

_left_behind: set[asyncio.Future[Any]] = set()
"""The loop itself holds no task."""


async def within(seconds: float, work: Coroutine[Any, Any, T]) -> T:
    """What `work` returns or raises. Raises TimeoutError after `seconds`, with at most one more
    for its end: there is code that goes on when it is cancelled once."""
    task = asyncio.ensure_future(work)
    try:
        await asyncio.wait({task}, timeout=max(0.0, seconds))
        if task.done():
            return await task
    finally:
        if not task.done():
            await _let_go(task)
    raise TimeoutError


async def _let_go(task: asyncio.Future[Any]) -> None:
    _left_behind.add(task)
    task.add_done_callback(_forget)
    task.cancel()
    await asyncio.wait({task}, timeout=LETTING_GO / 2)
    if not task.done():
        task.cancel()
        await asyncio.wait({task}, timeout=LETTING_GO / 2)


def _forget(task: asyncio.Future[Any]) -> None:
    _left_behind.discard(task)
    if not task.cancelled():
        task.exception()  # nobody waits for it; asked for, it is not logged as forgotten
