"""A HostSchedule shared by threads: they wait here until some host may be asked."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Generic, TypeVar

from retrieval.feeds.hosts import DELAY, HostSchedule, Turn

T = TypeVar("T")

Wait = Callable[[threading.Condition, float | None], object]
"""Waits for a notification, at most so many seconds (None: without limit)."""


class HostQueue(Generic[T]):
    """A HostSchedule for several threads; `clock` in seconds, only forward."""

    def __init__(
        self,
        delay: float = DELAY,
        clock: Callable[[], float] = time.monotonic,
        wait: Wait = threading.Condition.wait,
    ) -> None:
        self._schedule: HostSchedule[T] = HostSchedule(delay)
        self._clock = clock
        self._wait = wait
        self._changed = threading.Condition()
        self._takers = 0
        self._closed = False

    def add(self, host: str, item: T, *, first: bool = False) -> None:
        with self._changed:
            self._schedule.add(host, item, first=first)
            self._changed.notify()

    def take(self) -> Turn[T] | None:
        """Waits for an item whose host may be asked; None once the queue is closed."""
        with self._changed:
            while not self._closed:
                turn = self._schedule.next(self._clock())
                if isinstance(turn, Turn):
                    # This thread may have been the one that watched the time.
                    self._changed.notify()
                    return turn
                self._takers += 1
                try:
                    self._wait(self._changed, turn)
                finally:
                    self._takers -= 1
            return None

    def finished(
        self, host: str, *, asked: bool = True, answered: bool = True, wait: float | None = None
    ) -> None:
        """See HostSchedule.finished."""
        with self._changed:
            now = self._clock()
            self._schedule.finished(host, now, asked=asked, answered=answered, wait=wait)
            self._changed.notify()

    def set_delay(self, host: str, seconds: float | None) -> None:
        with self._changed:
            self._schedule.set_delay(host, seconds)

    @property
    def closed(self) -> bool:
        return self._closed

    @property
    def waiting(self) -> int:
        """Threads that wait in `take`, ready for the next turn."""
        return self._takers

    def close(self) -> None:
        with self._changed:
            self._closed = True
            self._changed.notify_all()
