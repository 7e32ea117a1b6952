"""Telegram's limits on messages, kept by the letter: any second, any minute, any chat."""

from __future__ import annotations

import math
from collections import defaultdict, deque
from dataclasses import dataclass, field

MINUTE = 60.0


@dataclass(slots=True)
class StrictLimits:
    """Counts what is accepted; a refused message counts for nothing."""

    a_second: int = 30
    a_second_per_chat: float = 1.0
    a_minute_per_group: int = 20
    refused: int = 0
    accepted: list[float] = field(default_factory=list)
    """When each message was; seconds of the server's steady clock."""
    _chats: dict[int, deque[float]] = field(default_factory=lambda: defaultdict(deque))

    def seconds_to_wait(self, chat_id: int, now: float) -> int | None:
        """None when a message is accepted; then it counts."""
        wait = max(self._wait_for_all(now), self._wait_for(chat_id, now))
        if wait > 0:
            self.refused += 1
            return max(1, math.ceil(wait))
        self.accepted.append(now)
        self._chats[chat_id].append(now)
        return None

    def _wait_for_all(self, now: float) -> float:
        if len(self.accepted) < self.a_second:
            return 0.0
        return self.accepted[-self.a_second] + 1.0 - now

    def _wait_for(self, chat_id: int, now: float) -> float:
        mine = self._chats[chat_id]
        while mine and mine[0] <= now - MINUTE:
            mine.popleft()
        wait = mine[-1] + 1.0 / self.a_second_per_chat - now if mine else 0.0
        if chat_id < 0 and len(mine) >= self.a_minute_per_group:
            wait = max(wait, mine[-self.a_minute_per_group] + MINUTE - now)
        return wait
