"""Who asks, as far as it changes the answer."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from zoneinfo import ZoneInfo

from bot.settings import Settings


@dataclass(frozen=True, slots=True)
class Asker:
    person: int = 0
    """Telegram user id; 0 is whoever sits at the terminal."""
    timezone: tzinfo = UTC
    """In which "yesterday" is counted."""
    asked_at: datetime | None = None
    """When; None is now. A question of a test file is asked on its own day."""


TERMINAL = Asker()


def terminal_asker(settings: Settings) -> Asker:
    """Whoever sits at the terminal, in the team's time zone."""
    return Asker(timezone=ZoneInfo(settings.timezone))
