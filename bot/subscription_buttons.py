"""The buttons of the digests' screens: what each does, told in its data.  (pure)"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

NOT_CHOSEN = "-"
"""The value that takes a choice back."""


class SubscriptionAct(StrEnum):
    """The letters are part of messages already sent. Without a value, those that take one show
    what can be chosen."""

    LIST = "l"
    NEW = "n"
    OPEN = "o"
    TIME = "t"
    """`7` for the hour, `7-30` for both."""
    DAYS = "d"
    """`0` (Monday) to `6` turns that one; see also EVERY_DAY and WORKING_DAYS."""
    TIMEZONE = "z"
    TOPICS = "w"
    """Takes one out, by the digest of its words."""
    SOURCES = "s"
    """A page of the list."""
    TURN_SOURCE = "x"
    """By the digest of its name."""
    LANGUAGE = "g"
    LENGTH = "k"
    EDITION = "e"
    QUIET_DAY = "q"
    LATE = "r"
    """Hours."""
    NAME = "a"
    PREVIEW = "p"
    PAUSE = "u"
    RESUME = "v"
    REMOVE = "y"
    """Asks; with a value it is done."""


EVERY_DAY, WORKING_DAYS = "all", "working"
"""Values of DAYS, of a daily edition."""

_PRESS = re.compile(r"e:([a-z]):(\d{1,12}):(-?\d{1,16}):([\w+/-]{0,32})", re.ASCII)


@dataclass(frozen=True, slots=True)
class SubscriptionPress:
    """One button. Needs nothing remembered: it works after a restart."""

    act: SubscriptionAct
    number: int = 0
    """Of the subscription; 0 for none."""
    elsewhere: int = 0
    """The channel it is of; 0 for the place the button stands in."""
    value: str = ""

    @property
    def data(self) -> str:
        """At most 64 bytes, as Telegram takes it."""
        return f"e:{self.act.value}:{self.number}:{self.elsewhere}:{self.value}"


def parse_subscription_press(data: str) -> SubscriptionPress | None:
    match = _PRESS.fullmatch(data)
    if match is None or match[1] not in {act.value for act in SubscriptionAct}:
        return None
    return SubscriptionPress(SubscriptionAct(match[1]), int(match[2]), int(match[3]), match[4])


def time_of(value: str) -> int | tuple[int, int] | None:
    """The hour, or the hour and the minute; None for what is neither."""
    match = re.fullmatch(r"(\d{1,2})(?:-(\d{1,2}))?", value, re.ASCII)
    if match is None or int(match[1]) > 23 or int(match[2] or 0) > 59:
        return None
    return int(match[1]) if match[2] is None else (int(match[1]), int(match[2]))
