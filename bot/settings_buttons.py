"""The buttons of the settings: what each does, told in its data.  (pure)"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

from bot.chat_settings import QuietHours

NOT_CHOSEN = "-"
"""The value that takes a choice back."""


class SettingsAct(StrEnum):
    """The letters are part of messages already sent. Without a value, those that take one show
    what can be chosen."""

    MAIN = "m"
    LANGUAGE = "l"
    TIMEZONE = "z"
    LENGTH = "n"
    QUIET = "q"
    """`22` for the hour they begin, `22-7` for both; `0-0` for none."""
    OUTLETS = "o"
    TURN_OUTLET = "x"
    """By the digest of its name."""
    FEEDS = "f"
    TURN_FEED = "y"
    """By its id."""


_PRESS = re.compile(r"g:([a-z]):(\d{1,4}):([\w+/.-]{0,48})", re.ASCII)
_HOURS = re.compile(r"(\d{1,2})(?:-(\d{1,2}))?", re.ASCII)


@dataclass(frozen=True, slots=True)
class SettingsPress:
    """One button. Needs nothing remembered: it works after a restart."""

    act: SettingsAct
    value: str = ""
    page: int = 0
    """Of a list."""

    @property
    def data(self) -> str:
        """At most 64 bytes, as Telegram takes it."""
        return f"g:{self.act.value}:{min(self.page, 9999)}:{self.value}"


def parse_settings_press(data: str) -> SettingsPress | None:
    match = _PRESS.fullmatch(data)
    if match is None or match[1] not in {act.value for act in SettingsAct}:
        return None
    return SettingsPress(SettingsAct(match[1]), match[3], int(match[2]))


def hours_of(value: str) -> int | QuietHours | None:
    """The hour quiet hours begin, or both ends; None for what is neither."""
    match = _HOURS.fullmatch(value)
    hours = [int(one) for one in match.groups() if one is not None] if match else []
    if not hours or max(hours) > 23:
        return None
    return hours[0] if len(hours) == 1 else QuietHours(hours[0] * 60, hours[1] * 60)
