"""Which conversation something belongs to: a chat, or one topic of it.  (pure)"""

from __future__ import annotations

import re
from dataclasses import dataclass

_KEY = re.compile(r"(-?\d{1,20})(?:/(\d{1,20}))?", re.ASCII)


@dataclass(frozen=True, slots=True)
class ConversationKey:
    """A desk of its own: nothing said in one is known in another."""

    chat_id: int
    thread_id: int | None = None
    """Of a topic, in a forum or in a private chat; None elsewhere and in the general topic."""

    def __str__(self) -> str:
        """`-100123`, or `-100123/5` for a topic; `key_of` reads it back."""
        return str(self.chat_id) if self.thread_id is None else f"{self.chat_id}/{self.thread_id}"

    def __lt__(self, other: ConversationKey) -> bool:
        return self._order < other._order

    @property
    def is_private(self) -> bool:
        """With one person, whose id the chat's then is."""
        return self.chat_id > 0

    @property
    def _order(self) -> tuple[int, int]:
        return self.chat_id, self.thread_id or 0


TERMINAL = ConversationKey(0)
"""The terminal's own; Telegram has no chat 0."""


def key_of(text: str) -> ConversationKey:
    """What `str` wrote. Raises ValueError for anything else."""
    match = _KEY.fullmatch(text)
    if match is None:
        raise ValueError(f"{text!r} is no conversation")
    return ConversationKey(int(match[1]), int(match[2]) if match[2] else None)
