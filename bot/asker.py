"""Who asks, as far as it changes the answer."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from enum import StrEnum
from zoneinfo import ZoneInfo

from bot.settings import Settings


class Length(StrEnum):
    """How long answers are to be."""

    SHORT = "short"
    NORMAL = "normal"
    DETAILED = "detailed"


@dataclass(frozen=True, slots=True)
class Asker:
    person: int = 0
    """Telegram user id; 0 is whoever sits at the terminal."""
    timezone: tzinfo = UTC
    """In which "yesterday" is counted."""
    asked_at: datetime | None = None
    """When; None is now. A question of a test file is asked on its own day."""
    length: Length = Length.NORMAL
    preferred_sources: tuple[str, ...] = ()
    """Outlets whose passages go before others that are about as good."""
    preferred_feeds: tuple[str, ...] = ()
    """The same of articles that came by these feeds, by id."""
    hidden_sources: tuple[str, ...] = ()
    """Outlets that are not to be heard."""
    runs_pauta: bool = False
    """An administrator, where nobody else reads the answer."""
    about_article: str = ""
    """Id of the article the questions are about; what it does not tell is looked for elsewhere."""

    @property
    def is_operator(self) -> bool:
        """Whether they can do something at the machine, as whoever sits at its terminal can."""
        return self.runs_pauta or not self.person


TERMINAL = Asker()


def terminal_asker(settings: Settings) -> Asker:
    """Whoever sits at the terminal, in the team's time zone."""
    return Asker(timezone=ZoneInfo(settings.timezone))
