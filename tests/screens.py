"""What tests of whole screens share: texts by key, buttons pressed, somebody let in, a clock."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from bot import texts
from bot.access import Role
from tests.telegram_bot import ADMIN, World
from tests.telegram_rules import Sent


def say(key: str, language: str = "en", **values: object) -> str:
    return texts.say(language, key, **values)


async def press(world: World, message: Sent, label: str, then: str, who: int = ADMIN) -> Sent:
    """Press a button; the message once it says what follows."""
    world.server.user_presses(who, message, label)
    return await world.server.shows(message, then)


async def let_in(world: World, role: Role, who: int, days: int | None = None) -> None:
    """Let somebody in by a link, with `days` as a guest."""
    token = await world.people.invite(role, days, ADMIN)
    await world.people.redeem(token, who, "Ana", {ADMIN})


@dataclass
class MovedClock:
    now: datetime

    def __call__(self) -> datetime:
        return self.now
