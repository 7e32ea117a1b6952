"""What chats and topics have chosen, in the people database.

Every update asks for it, so it is held in memory and written through; what another replica
writes is read again within a second.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Engine, Row, delete, select

from bot import texts
from bot.asker import Length
from bot.chat_settings import (
    MINUTES_A_DAY,
    NOTHING_CHOSEN,
    ChatSettings,
    QuietHours,
    known_timezones,
)
from bot.cities import City, cities_called, city_at
from bot.conversation_key import ConversationKey
from bot.database import chat_settings
from bot.offload import Offload
from retrieval.protocols import Clock
from retrieval.upserts import upsert
from retrieval.writing import writing

_FEED = "feed"


@dataclass(frozen=True, slots=True)
class Choosable:
    """What can be preferred or hidden. Both calls block."""

    outlets: Callable[[], Sequence[str]]
    feeds: Callable[[], Sequence[tuple[str, str]]]
    """Id and title."""


class SettingsBook:
    """Kept in the people database `engine`, whose tables exist."""

    def __init__(
        self,
        engine: Engine,
        offload: Offload,
        clock: Clock,
        choosable: Choosable,
        default_timezone: str = "UTC",
    ) -> None:
        self._engine = engine
        self._offload = offload
        self._clock = clock
        self._choosable = choosable
        self._default_timezone = default_timezone
        self._writing = threading.Lock()
        self._known: Mapping[str, ChatSettings] = {}
        self._when_chosen: list[Callable[[ConversationKey], None]] = []
        self.reload()

    def own(self, where: ConversationKey) -> ChatSettings:
        """What was chosen in this very place."""
        return self._known.get(str(where), NOTHING_CHOSEN)

    def of(self, where: ConversationKey) -> ChatSettings:
        """What holds in a place: its own choice, and else that of the chat it is a topic of."""
        if where.thread_id is None:
            return self.own(where)
        return self.own(where).or_else(self.own(ConversationKey(where.chat_id)))

    def zone(self, where: ConversationKey) -> ZoneInfo:
        """In which a place counts its days; the newsroom's where it has not chosen."""
        return self.of(where).zone(self._default_timezone)

    def is_quiet(self, where: ConversationKey, now: datetime) -> bool:
        """Whether nothing is to be said unasked now."""
        return self.of(where).is_quiet(now, self.zone(where))

    async def choose(self, where: ConversationKey, chosen: ChatSettings) -> None:
        """In the place of what was chosen there before."""
        await self._offload.search(self._write, where, chosen)

    def when_chosen(self, call: Callable[[ConversationKey], None]) -> None:
        """Have `call` made once a place has chosen; it may block."""
        self._when_chosen.append(call)

    async def outlets(self) -> tuple[str, ...]:
        """Of the coverage, by name."""
        found = await self._offload.search(self._choosable.outlets)
        return tuple(sorted(found, key=lambda name: (name.casefold(), name)))

    async def feeds(self) -> tuple[tuple[str, str], ...]:
        """Id and title of each, by title."""
        return tuple(await self._offload.search(self._choosable.feeds))

    async def cities(self, name: str) -> tuple[City, ...]:
        """See `bot.cities.cities_called`."""
        # On the threads for slow sites: no answer waits for them.
        return await self._offload.fetch(cities_called, name)

    async def city_at(self, latitude: float, longitude: float) -> City | None:
        """See `bot.cities.city_at`."""
        return await self._offload.fetch(city_at, latitude, longitude)

    # What follows blocks

    def reload(self) -> None:
        """After somebody else has written to the table."""
        with self._engine.connect() as connection:
            rows = connection.execute(select(chat_settings)).all()
        self._known = MappingProxyType({row.conversation: _read(row) for row in rows})

    def _write(self, where: ConversationKey, chosen: ChatSettings) -> None:
        with self._writing:
            with writing(self._engine) as connection:
                if chosen == NOTHING_CHOSEN:
                    of_place = chat_settings.c.conversation == str(where)
                    connection.execute(delete(chat_settings).where(of_place))
                else:
                    values = _written(chosen) | {"changed_at": int(self._clock().timestamp())}
                    connection.execute(
                        upsert(connection, chat_settings)
                        .values(conversation=str(where), **values)
                        .on_conflict_do_update(index_elements=["conversation"], set_=values)
                    )
            self.reload()
        for call in self._when_chosen:
            call(where)


def _written(chosen: ChatSettings) -> dict[str, Any]:
    preferred = [*chosen.preferred_sources, *({_FEED: one} for one in chosen.preferred_feeds)]
    return {
        "language": chosen.language,
        "timezone": chosen.timezone,
        "length": chosen.length.value if chosen.length else None,
        "preferred_sources": json.dumps(preferred),
        "hidden_sources": json.dumps(chosen.hidden_sources),
        "quiet_from": chosen.quiet.start if chosen.quiet else None,
        "quiet_until": chosen.quiet.until if chosen.quiet else None,
    }


def _read(row: Row[Any]) -> ChatSettings:
    """What another Pauta wrote and this one does not know was never chosen."""
    preferred, hidden = _listed(row.preferred_sources), _listed(row.hidden_sources)
    feeds = [one[_FEED] for one in preferred if isinstance(one, dict) and _FEED in one]
    minutes = (row.quiet_from, row.quiet_until)
    has_quiet = all(one is not None and 0 <= one < MINUTES_A_DAY for one in minutes)
    return ChatSettings(
        language=row.language if row.language in texts.LANGUAGES else None,
        timezone=row.timezone if row.timezone in known_timezones() else None,
        length=Length(row.length) if row.length in set(Length) else None,
        preferred_sources=tuple(one for one in preferred if isinstance(one, str)),
        preferred_feeds=tuple(one for one in feeds if isinstance(one, str)),
        hidden_sources=tuple(one for one in hidden if isinstance(one, str)),
        quiet=QuietHours(*minutes) if has_quiet else None,
    )


def _listed(text: str) -> list[Any]:
    try:
        found = json.loads(text)
    except ValueError:
        return []
    return found if isinstance(found, list) else []
