"""Many fetches at once, none of them rude: a queue by host, and a few threads that serve it."""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable, Generator, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from types import TracebackType
from typing import Self

from retrieval.feeds.conditional import NO_VALIDATORS, Validators
from retrieval.feeds.fetch import USER_AGENT, Fetcher
from retrieval.feeds.host_queue import HostQueue, Wait
from retrieval.feeds.hosts import DELAY, host_key
from retrieval.feeds.results import ACCEPT_FEEDS, ACCEPT_PAGES, Failed, Hop, Result
from retrieval.feeds.robots_cache import RobotsCache

WORKERS = 8
SPARE = 4
"""Times as many threads at most, once all of them wait for hosts that do not answer."""

__all__ = ["HostQueue", "PoliteFetcher", "Request", "fetch_all"]

_TOO_MANY = 429
_UNAVAILABLE = 503
_PAUSE_AFTER_TOO_MANY = 60.0
_LOOK_UP_SECONDS = 0.5


@dataclass(frozen=True, slots=True)
class Request:
    """An address to fetch politely."""

    url: str
    validators: Validators = NO_VALIDATORS
    is_page: bool = False
    """Robots.txt is asked for pages; feeds are published for robots."""
    max_bytes: int | None = None
    """Of the body; None for the fetcher's own limit."""


_Reply = tuple[Request, Result] | Exception


@dataclass(eq=False)
class _Visit:
    """One request on its way through the queue, perhaps more than once."""

    request: Request
    replies: queue.SimpleQueue[_Reply]
    steps: Generator[str, None, Result] = field(init=False)
    last: Hop | Result | None = None
    """What came of the request of this turn, if one was made."""
    cancelled: bool = False


class PoliteFetcher:
    """Fetches for any number of callers over one set of threads and one memory of hosts.

    A thread works only while a host may be asked: pauses are waited out by the queue, so a
    busy, slow or dead host costs the others at most the thread its own request holds. Close
    it or use `with`; closing waits for nothing.
    """

    def __init__(
        self,
        fetcher: Fetcher,
        *,
        workers: int = WORKERS,
        delay: float = DELAY,
        clock: Callable[[], float] = time.monotonic,
        wait: Wait = threading.Condition.wait,
    ) -> None:
        self._fetcher = fetcher
        self._workers = workers
        self._robots = RobotsCache(USER_AGENT, clock)
        self._hosts: HostQueue[_Visit] = HostQueue(delay, clock, wait)
        self._lock = threading.Lock()
        self._threads: list[threading.Thread] = []

    def fetch_all(self, requests: Iterable[Request]) -> Iterator[tuple[Request, Result]]:
        """Each request with its result, in the order they end. Ends early once closed.

        To stop reading is to cancel: what is not on its way is not sent. What a thread could
        not expect is raised here.
        """
        replies: queue.SimpleQueue[_Reply] = queue.SimpleQueue()
        visits = [_Visit(request, replies) for request in requests]
        try:
            for visit in visits:
                self._begin(visit)
            left = len(visits)
            while left and not self._hosts.closed:
                try:
                    # With a time-out, for Ctrl-C is not heard on Windows while one waits.
                    reply = replies.get(timeout=_LOOK_UP_SECONDS)
                except queue.Empty:
                    if not self._hosts.waiting:
                        self._hire(self._workers * SPARE)
                    continue
                if isinstance(reply, Exception):
                    raise reply
                left -= 1
                yield reply
        finally:
            for visit in visits:
                visit.cancelled = True

    def close(self) -> None:
        self._hosts.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def _begin(self, visit: _Visit) -> None:
        request = visit.request
        accept = ACCEPT_PAGES if request.is_page else ACCEPT_FEEDS
        hop = Hop(request.url, request.url, request.validators, accept, max_bytes=request.max_bytes)
        visit.steps = self._steps(visit, hop)
        wanted = self._resume(visit)
        if wanted:
            self._hosts.add(wanted, visit)
            self._hire(self._workers)

    def _hire(self, most: int) -> None:
        with self._lock:
            if len(self._threads) < most:
                thread = threading.Thread(target=self._work, name="pauta-fetch", daemon=True)
                self._threads.append(thread)
                thread.start()

    def _work(self) -> None:
        while (turn := self._hosts.take()) is not None:
            visit = turn.item
            if turn.shut_for is not None:
                visit.replies.put((visit.request, _sent_back(visit.request.url, turn.shut_for)))
                continue
            if visit.cancelled:
                self._hosts.finished(turn.host, asked=False)
                continue
            wanted = self._resume(visit)
            # Before the host is free for others: what has begun with it goes on first.
            if wanted:
                self._hosts.add(wanted, visit, first=wanted == turn.host)
            self._hosts.finished(
                turn.host,
                asked=visit.last is not None,
                answered=not (isinstance(visit.last, Failed) and visit.last.unreachable),
                wait=_asked_to_wait(visit.last),
            )

    def _resume(self, visit: _Visit) -> str | None:
        """The host the visit has to wait for next; None when it has ended and replied."""
        visit.last = None
        try:
            return host_key(next(visit.steps))
        except StopIteration as end:
            visit.replies.put((visit.request, end.value))
        except Exception as error:  # noqa: BLE001 - a thread's boundary: `fetch_all` raises it
            visit.replies.put(error)
        return None

    def _steps(self, visit: _Visit, hop: Hop) -> Generator[str, None, Result]:
        """Yields an address when a request to it is due, and makes it when resumed."""
        while True:
            refusal = self._fetcher.refused(hop)
            if refusal:
                return refusal
            if visit.request.is_page:
                yield from self._ask_robots(visit, hop.at)
                self._hosts.set_delay(host_key(hop.at), self._robots.crawl_delay(hop.at))
                refusal = self._robots.refusal(hop.url, hop.at)
                if refusal:
                    return refusal
            yield hop.at
            visit.last = outcome = self._fetcher.step(hop)
            if not isinstance(outcome, Hop):
                return outcome
            hop = outcome

    def _ask_robots(self, visit: _Visit, page: str) -> Generator[str, None, None]:
        """Afterwards the wishes of the page's site are known."""
        question = self._robots.question(page)
        if question is None:
            return
        yield question.at
        if self._robots.question(page) is None:
            return  # another page of the site has asked meanwhile; an unused turn costs no pause
        visit.last = outcome = self._fetcher.step(question)
        while isinstance(outcome, Hop):
            refusal = self._fetcher.refused(outcome)
            if not refusal:
                yield outcome.at
            visit.last = outcome = refusal or self._fetcher.step(outcome)
        self._robots.learn(page, outcome)


def fetch_all(
    fetcher: Fetcher, requests: Iterable[Request], workers: int = WORKERS
) -> Iterator[tuple[Request, Result]]:
    """One round of a PoliteFetcher of its own; see there."""
    with PoliteFetcher(fetcher, workers=workers) as polite:
        yield from polite.fetch_all(requests)


def _asked_to_wait(outcome: Hop | Result | None) -> float | None:
    """Seconds the host wants to be left alone, as a Retry-After or a 429 says."""
    if not isinstance(outcome, Failed) or outcome.status not in (_TOO_MANY, _UNAVAILABLE):
        return None
    if outcome.retry_after is not None:
        return outcome.retry_after.total_seconds()
    return _PAUSE_AFTER_TOO_MANY if outcome.status == _TOO_MANY else None


def _sent_back(url: str, seconds: float) -> Failed:
    return Failed(
        url,
        "its host is left alone for now: it asked for a pause, or did not answer several times",
        retryable=True,
        retry_after=timedelta(seconds=seconds),
    )
