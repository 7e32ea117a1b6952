"""The only bridge from async to blocking: six small executors.

Search and ingest have one each, so that a long ingest never keeps an answer waiting; so has
waiting for the web, which needs neither, whoever looks whether the others are well, what comes
in, and what a replica must do in time lest another takes it for dead. What the log says on the
other side bears the same question_id.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from functools import partial
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")

SEARCH_THREADS = 2
"""As many as a small server has cores; the embedder takes one text at a time anyway."""

FETCH_THREADS = 4
"""Slow sites asked for at once by people who wait for them."""


class Offload:
    """Runs blocking calls beside the event loop."""

    def __init__(self) -> None:
        self._search = ThreadPoolExecutor(SEARCH_THREADS, thread_name_prefix="search")
        self._ingest = ThreadPoolExecutor(1, thread_name_prefix="ingest")
        self._fetch = ThreadPoolExecutor(FETCH_THREADS, thread_name_prefix="fetch")
        self._status = ThreadPoolExecutor(1, thread_name_prefix="status")
        self._note = ThreadPoolExecutor(1, thread_name_prefix="note")
        self._tend = ThreadPoolExecutor(1, thread_name_prefix="tend")

    async def search(self, call: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """For what a person is waiting for."""
        return await _run(self._search, partial(call, *args, **kwargs))

    async def ingest(self, call: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """For what may take minutes."""
        return await _run(self._ingest, partial(call, *args, **kwargs))

    async def fetch(self, call: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """For what waits for other people's servers, and writes nothing."""
        return await _run(self._fetch, partial(call, *args, **kwargs))

    async def status(self, call: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """For a glance at how things are, while everything else may be busy."""
        return await _run(self._status, partial(call, *args, **kwargs))

    async def note(self, call: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """For short writing that nobody may wait long for: what comes in is written down before
        anything is done about it, however many searches wait."""
        return await _run(self._note, partial(call, *args, **kwargs))

    async def tend(self, call: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """For what other replicas are to hear of within seconds, and are told by them."""
        return await _run(self._tend, partial(call, *args, **kwargs))

    def close(self) -> None:
        """Wait for what runs, drop what has not begun."""
        self._search.shutdown(wait=True, cancel_futures=True)
        self._ingest.shutdown(wait=True, cancel_futures=True)
        self._fetch.shutdown(wait=True, cancel_futures=True)
        self._status.shutdown(wait=True, cancel_futures=True)
        self._note.shutdown(wait=True, cancel_futures=True)
        self._tend.shutdown(wait=True, cancel_futures=True)


async def _run(executor: ThreadPoolExecutor, call: Callable[[], T]) -> T:
    loop = asyncio.get_running_loop()
    return await loop.run_in_executor(executor, copy_context().run, call)
