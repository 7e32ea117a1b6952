"""Whose turn it is: one request at a time a host, a pause between two.  (pure)

Times are seconds on any one clock that only goes forward. Not for several threads:
`politeness.HostQueue` adds the lock.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from typing import Generic, TypeVar
from urllib.parse import urlsplit

DELAY = 1.0
"""Seconds between the end of a request and the next one to the same host."""
MAX_DELAY = 30.0
PATIENCE = 30.0
"""Seconds. A host that asks for a longer pause gets it, and what waits for it is sent back."""
STRIKES = 3
"""So often in a row a host may be unreachable before what waits for it is sent back ..."""
REST = 300.0
"""... for so many seconds; then one more request is tried."""

_REMEMBERED = 1_000

T = TypeVar("T")


def host_key(url: str) -> str:
    """`news.example`, or `news.example:8080` where the port is not the scheme's own.

    http and https of a site are one host. `url` is a valid web address.
    """
    parts = urlsplit(url)
    host = (parts.hostname or "").rstrip(".")
    own = {"http": 80, "https": 443}.get(parts.scheme)
    return host if parts.port in (None, own) else f"{host}:{parts.port}"


@dataclass(frozen=True, slots=True)
class Turn(Generic[T]):
    """An item that may go on. Unless the host is shut, `finished` must follow."""

    host: str
    item: T
    shut_for: float | None = None
    """Seconds for which this host must not be asked; None when it may be, now."""


@dataclass(slots=True)
class _Host(Generic[T]):
    waiting: deque[T] = field(default_factory=deque)
    busy: bool = False
    delay: float | None = None
    ready_at: float = float("-inf")
    shut_until: float = float("-inf")
    strikes: int = 0


class HostSchedule(Generic[T]):
    """Items waiting for hosts. Hosts take turns; a host's items come in their order."""

    def __init__(self, delay: float = DELAY) -> None:
        self._delay = delay
        self._hosts: dict[str, _Host[T]] = {}

    def add(self, host: str, item: T, *, first: bool = False) -> None:
        """`first`: before the host's other items."""
        waiting = self._hosts.setdefault(host, _Host()).waiting
        (waiting.appendleft if first else waiting.append)(item)

    def set_delay(self, host: str, seconds: float | None) -> None:
        """What the host itself asks for, up to 30 s and not below the usual; None for nothing."""
        delay = None if seconds is None else min(max(seconds, self._delay), MAX_DELAY)
        self._hosts.setdefault(host, _Host()).delay = delay

    def next(self, now: float) -> Turn[T] | float | None:
        """An item whose turn it is; else seconds until there is one; else None.

        None: nothing waits, or all that waits is for busy hosts.
        """
        soonest = float("inf")
        for name, host in self._hosts.items():
            if not host.waiting:
                continue
            if now < host.shut_until:
                return Turn(name, host.waiting.popleft(), host.shut_until - now)
            if host.busy:
                continue
            if now >= host.ready_at:
                self._hosts[name] = self._hosts.pop(name)  # to the end of the row
                host.busy = True
                return Turn(name, host.waiting.popleft())
            soonest = min(soonest, host.ready_at)
        return None if soonest == float("inf") else soonest - now

    def finished(
        self,
        host: str,
        now: float,
        *,
        asked: bool = True,
        answered: bool = True,
        wait: float | None = None,
    ) -> None:
        """The turn is over. `asked`: a request was made; `answered`: the host was reachable;
        `wait`: seconds the host asked to be left alone."""
        state = self._hosts[host]
        state.busy = False
        if not asked:
            return
        state.ready_at = now + (self._delay if state.delay is None else state.delay)
        state.strikes = 0 if answered else state.strikes + 1
        if state.strikes >= STRIKES:
            state.shut_until = now + REST
        if wait is not None and wait > PATIENCE:
            state.shut_until = max(state.shut_until, now + wait)
        elif wait is not None:
            state.ready_at = max(state.ready_at, now + wait)
        if len(self._hosts) > _REMEMBERED:
            self._forget(now)

    def _forget(self, now: float) -> None:
        """Hosts that nothing waits for and that may be asked at once anyway."""
        for name, host in list(self._hosts.items()):
            idle = not host.waiting and not host.busy and not host.strikes
            if idle and now >= max(host.ready_at, host.shut_until):
                del self._hosts[name]
