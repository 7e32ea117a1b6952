"""The buttons of follows and alerts: what each does, told in its data.  (pure)"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

_PRESS = re.compile(r"n:([a-z]):(\d{1,12})", re.ASCII)
_MUTE = re.compile(r"n:m:([0-9a-f]{24})", re.ASCII)


class FollowAct(StrEnum):
    """The letters are part of messages already sent."""

    LIST = "l"
    SHOW = "f"
    LOOSER = "p"
    STRICTER = "s"
    STOP = "x"
    STOP_FROM_ALERT = "u"
    """The message stays as it is."""
    MUTE = "m"
    """By the id of a story."""


@dataclass(frozen=True, slots=True)
class FollowPress:
    """One button. Needs nothing remembered: it works after a restart."""

    act: FollowAct
    number: int = 0
    """Of a follow; of the list, the page."""
    story_id: str = ""

    @property
    def data(self) -> str:
        """At most 64 bytes, as Telegram takes it."""
        return f"n:{self.act.value}:{self.story_id or self.number}"


def parse_follow_press(data: str) -> FollowPress | None:
    if muting := _MUTE.fullmatch(data):
        return FollowPress(FollowAct.MUTE, story_id=muting[1])
    match = _PRESS.fullmatch(data)
    if match is None or match[1] not in set(FollowAct) - {FollowAct.MUTE}:
        return None
    return FollowPress(FollowAct(match[1]), int(match[2]))
