"""What a button under a digest or a story of one says.  (pure)

The story's id goes into the button: it works as long as the archive has the story.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

_DATA = re.compile(r"d:([a-z]):([0-9a-f]{24})")
_ID = re.compile(r"[0-9a-f]{24}")


class DigestAct(StrEnum):
    """Its value goes into the button's data."""

    STORY = "s"
    """Its timeline and sources, as a message of its own."""
    ASK = "q"
    FOLLOW = "f"
    LESS = "l"


@dataclass(frozen=True, slots=True)
class DigestPress:
    act: DigestAct
    story_id: str

    @property
    def data(self) -> str:
        """28 bytes."""
        return f"d:{self.act}:{self.story_id}"


def parse_digest_press(data: str) -> DigestPress | None:
    match = _DATA.fullmatch(data)
    if match is None or match[1] not in set(DigestAct):
        return None
    return DigestPress(DigestAct(match[1]), match[2])


def can_be_pressed(story_id: str) -> bool:
    """Whether an id goes into a button."""
    return _ID.fullmatch(story_id) is not None
