"""Which pages their sites' robots.txt lets Pauta read, remembered for a day."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import urlsplit

from retrieval.feeds.results import Failed, Fetched, Hop, NotModified
from retrieval.feeds.robots import MAX_CHARACTERS, Robots

KEPT_SECONDS = 24 * 3600.0
UNREADABLE_SECONDS = 600.0
"""After which a robots.txt that could not be read is asked for again."""
MAX_ORIGINS = 500
MAX_TOTAL_CHARACTERS = 20_000_000


@dataclass(frozen=True, slots=True)
class _Entry:
    robots: Robots | None
    """None when robots.txt could not be read."""
    reason: str
    until: float
    characters: int


class RobotsCache:
    """Safe to use from several threads; asks nothing itself. `clock`: seconds, only forward."""

    def __init__(self, user_agent: str, clock: Callable[[], float] = time.monotonic) -> None:
        self._user_agent = user_agent
        self._clock = clock
        self._lock = threading.Lock()
        self._entries: OrderedDict[str, _Entry] = OrderedDict()
        self._characters = 0

    def question(self, url: str) -> Hop | None:
        """What to fetch and give to `learn` before `refusal` can tell; None when it can."""
        origin = _origin(url)
        if self._entry(origin):
            return None
        address = f"{origin}/robots.txt"
        return Hop(address, address, accept="text/plain,*/*;q=0.5", may_be_empty=True)

    def learn(self, url: str, answer: Fetched | NotModified | Failed) -> None:
        """The robots.txt of the site of `url`.

        4xx means there are no wishes (RFC 9309, 2.3.1.3), and so do too many redirects; 429,
        5xx and no answer mean that no page may be read for now.
        """
        text = robots_txt(answer)
        reason = answer.reason if isinstance(answer, Failed) else ""
        now = self._clock()
        if text is None:
            wait = answer.retry_after if isinstance(answer, Failed) else None
            seconds = wait.total_seconds() if wait else 0.0
            entry = _Entry(None, reason, now + min(max(seconds, UNREADABLE_SECONDS), 86_400), 0)
        else:
            robots = Robots(text, self._user_agent)
            entry = _Entry(robots, "", now + KEPT_SECONDS, len(text))
        self._keep(_origin(url), entry)

    def refusal(self, page: str, url: str) -> Failed | None:
        """Why the page may not be read at `url`, where `page` has led; None when it may."""
        entry = self._entry(_origin(url))
        if entry is None or entry.robots is None:
            why = f" ({entry.reason})" if entry else ""
            reason = f"the site's robots.txt could not be read{why}, so its pages are not either"
            return Failed(page, reason, retryable=True)
        if not entry.robots.allowed(url):
            reason = "the site's robots.txt asks robots not to read this page"
            return Failed(page, reason, retryable=False)
        return None

    def crawl_delay(self, url: str) -> float | None:
        """Seconds, at most 30; None where the site names none or is not known."""
        entry = self._entry(_origin(url))
        return entry.robots.crawl_delay if entry and entry.robots else None

    def _entry(self, origin: str) -> _Entry | None:
        with self._lock:
            entry = self._entries.get(origin)
            if entry is None or self._clock() >= entry.until:
                return None
            self._entries.move_to_end(origin)
            return entry

    def _keep(self, origin: str, entry: _Entry) -> None:
        with self._lock:
            old = self._entries.pop(origin, None)
            self._entries[origin] = entry
            self._characters += entry.characters - (old.characters if old else 0)
            while len(self._entries) > MAX_ORIGINS or self._characters > MAX_TOTAL_CHARACTERS:
                _, dropped = self._entries.popitem(last=False)
                self._characters -= dropped.characters


def robots_txt(answer: Fetched | NotModified | Failed) -> str | None:
    """The text that an answer to `/robots.txt` stands for; None when it cannot be known now."""
    if isinstance(answer, Fetched):
        return answer.content[: 4 * MAX_CHARACTERS].decode("utf-8", "replace")[:MAX_CHARACTERS]
    if isinstance(answer, Failed) and answer.status is not None:
        return "" if 300 <= answer.status < 500 and answer.status != 429 else None
    return None


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}".lower()
