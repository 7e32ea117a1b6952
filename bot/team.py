"""The buttons of the team: what each does, told in its data.  (pure)"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

ROWS_A_PAGE = 8


class TeamAct(StrEnum):
    """What a button does; the letters are part of messages already sent."""

    LIST = "l"
    OPEN = "o"
    MAKE_MEMBER = "m"
    REMOVE = "r"
    OPEN_GROUP = "g"
    LEAVE_GROUP = "x"
    LET_GROUP_IN = "y"
    INVITE = "i"
    """`subject` is the days of a guest, 0 for a member."""
    LEAVE = "q"
    STAY = "s"


FOR_ONESELF = frozenset({TeamAct.LEAVE, TeamAct.STAY})
"""What everyone who is let in may do; the rest is for administrators."""

_PRESS = re.compile(r"t:([a-z]):(-?\d{1,20}):(\d{1,4})", re.ASCII)


@dataclass(frozen=True, slots=True)
class TeamPress:
    """One button. Needs nothing remembered: it works after a restart."""

    act: TeamAct
    subject: int = 0
    """A person's or a group's id."""
    page: int = 0
    """Of the list, to go back to."""

    @property
    def data(self) -> str:
        """At most 64 bytes, as Telegram takes it."""
        return f"t:{self.act.value}:{self.subject}:{min(self.page, 9999)}"


def parse_team_press(data: str) -> TeamPress | None:
    match = _PRESS.fullmatch(data)
    if match is None or match[1] not in {act.value for act in TeamAct}:
        return None
    return TeamPress(TeamAct(match[1]), int(match[2]), int(match[3]))
