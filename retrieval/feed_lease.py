"""Feeds that one of several processes has claimed, for as long as it is alive.

A claim is a moment until which a feed is due for nobody else. It is put off again and again while
the process works, and runs out by itself when that is killed.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence
from datetime import datetime, timedelta
from types import TracebackType
from typing import Self

import structlog
from sqlalchemy.exc import SQLAlchemyError

from retrieval.feed_store import FeedStore
from retrieval.feeds.feed import Feed

log = structlog.get_logger(__name__)

LEASE = timedelta(seconds=30)
RENEWED_EVERY = 8.0
"""Seconds: a renewal that fails once or twice loses no claim."""


class FeedLease:
    """`with FeedLease(feeds, now) as lease: lease.claim(32)`; what is not settled is given back."""

    def __init__(
        self, feeds: FeedStore, now: datetime, *, renewed_every: float = RENEWED_EVERY
    ) -> None:
        self._feeds = feeds
        self._began, self._started = now, time.monotonic()
        self._held: dict[str, datetime] = {}
        self._lock = threading.Lock()
        self._ending = threading.Event()
        self._every = renewed_every
        self._renewing = threading.Thread(target=self._renew, name="lease", daemon=True)

    def __enter__(self) -> Self:
        self._renewing.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._ending.set()
        self._renewing.join()
        self._feeds.move_claims(self._held, self._began)

    def claim(self, most: int) -> Sequence[Feed]:
        """Due feeds, as they were before; none when all others are claimed or done."""
        until = self._now() + LEASE
        claimed = self._feeds.claim(self._began, most, until)
        with self._lock:
            self._held |= {feed.id: until for feed in claimed}
        return claimed

    def settled(self, feed: Feed) -> None:
        """It has its own next moment now."""
        with self._lock:
            self._held.pop(feed.id, None)

    def _now(self) -> datetime:
        return self._began + timedelta(seconds=time.monotonic() - self._started)

    def _renew(self) -> None:
        while not self._ending.wait(self._every):
            with self._lock:
                until = self._now() + LEASE
                try:
                    self._feeds.move_claims(self._held, until)
                    self._held = dict.fromkeys(self._held, until)
                except SQLAlchemyError as error:
                    log.warning("claims were not renewed", error=type(error).__name__)
