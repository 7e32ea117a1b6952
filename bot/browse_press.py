"""What a browsing button says.  (pure)"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

from bot.browse_words import LONGEST_KEY

_DATA = re.compile(r"b:([a-z]):(\d{1,4}):(.*)", re.DOTALL)
_ID = re.compile(r"[0-9a-f]{24}")


class BrowseAct(StrEnum):
    """Its value goes into the button's data."""

    LATEST = "l"
    SEARCH = "f"
    STORY = "s"
    SOURCES = "o"
    ARTICLE = "a"
    """A message of its own."""
    BACK = "r"
    """To the article, in the same message."""
    CARRIERS = "c"
    ASK = "q"
    STORY_OF = "t"


OF_ARTICLE = frozenset(
    {BrowseAct.ARTICLE, BrowseAct.BACK, BrowseAct.CARRIERS, BrowseAct.ASK, BrowseAct.STORY_OF}
)


@dataclass(frozen=True, slots=True)
class BrowsePress:
    act: BrowseAct
    key: str = ""
    """Of a list, at most 48 bytes; or the id of an article."""
    page: int = 0

    @property
    def data(self) -> str:
        """At most 64 bytes."""
        return f"b:{self.act}:{self.page}:{self.key}"


def parse_browse_press(data: str) -> BrowsePress | None:
    match = _DATA.fullmatch(data)
    if match is None or match[1] not in set(BrowseAct):
        return None
    act, page, key = BrowseAct(match[1]), int(match[2]), match[3]
    if len(key.encode("utf-8", "replace")) > LONGEST_KEY:
        return None
    if act in OF_ARTICLE and not _ID.fullmatch(key):
        return None
    return BrowsePress(act, key, page)
