"""What a chat or one topic of it has chosen, and what follows from it.  (pure)

A topic that has not chosen takes what its whole chat has chosen; a chat that has not, what the
person's Telegram or the newsroom has.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, tzinfo
from functools import cache
from zoneinfo import ZoneInfo, available_timezones

from bot.asker import Asker, Length

MOST_CHOSEN = 40
"""Outlets preferred, feeds preferred and outlets hidden, each."""
MINUTES_A_DAY = 24 * 60


@dataclass(frozen=True, slots=True)
class QuietHours:
    """Part of every day, in minutes from its midnight; `until` is exclusive."""

    start: int
    until: int
    """Before `start`, it is on the next day; the same as `start`, there are none."""

    @property
    def are_none(self) -> bool:
        return self.start == self.until

    def hold(self, local: datetime) -> bool:
        """Whether that moment of the chat's own clock is among them."""
        minute = local.hour * 60 + local.minute
        if self.start <= self.until:
            return self.start <= minute < self.until
        return minute >= self.start or minute < self.until


NEVER_QUIET = QuietHours(0, 0)


@dataclass(frozen=True, slots=True)
class ChatSettings:
    """None and empty tuples are what nobody has chosen."""

    language: str | None = None
    """One of ours."""
    timezone: str | None = None
    """An IANA name that this machine knows."""
    length: Length | None = None
    preferred_sources: tuple[str, ...] = ()
    preferred_feeds: tuple[str, ...] = ()
    hidden_sources: tuple[str, ...] = ()
    quiet: QuietHours | None = None

    def or_else(self, chat: ChatSettings) -> ChatSettings:
        """A topic's choice, and where it has none the chat's; of each outlet by itself: what a
        topic prefers is not hidden by its chat."""
        hidden = {*self.hidden_sources, *chat.hidden_sources} - {*self.preferred_sources}
        preferred = {*self.preferred_sources, *chat.preferred_sources} - {*self.hidden_sources}
        return ChatSettings(
            language=self.language or chat.language,
            timezone=self.timezone or chat.timezone,
            length=self.length or chat.length,
            preferred_sources=tuple(sorted(preferred - hidden)),
            preferred_feeds=tuple(sorted({*self.preferred_feeds, *chat.preferred_feeds})),
            hidden_sources=tuple(sorted(hidden)),
            quiet=self.quiet or chat.quiet,
        )

    def zone(self, otherwise: str) -> ZoneInfo:
        return ZoneInfo(self.timezone or otherwise)

    def is_quiet(self, now: datetime, zone: tzinfo) -> bool:
        """Whether nothing is to be said unasked."""
        return self.quiet is not None and self.quiet.hold(now.astimezone(zone))

    def asker(self, person: int, zone: tzinfo) -> Asker:
        """Somebody who asks here."""
        return Asker(
            person,
            zone,
            length=self.length or Length.NORMAL,
            preferred_sources=self.preferred_sources,
            preferred_feeds=self.preferred_feeds,
            hidden_sources=self.hidden_sources,
        )

    def with_source_turned(self, source: str) -> ChatSettings:
        """An outlet that was like any other is preferred, a preferred one hidden, and a hidden
        one like any other. Unchanged where too many have been chosen."""
        preferred, hidden = set(self.preferred_sources), set(self.hidden_sources)
        if source in hidden:
            hidden.remove(source)
        elif source in preferred:
            preferred.remove(source)
            hidden.add(source)
        else:
            preferred.add(source)
        if len(preferred) > MOST_CHOSEN or len(hidden) > MOST_CHOSEN:
            return self
        return replace(
            self,
            preferred_sources=tuple(sorted(preferred)),
            hidden_sources=tuple(sorted(hidden)),
        )

    def with_feed_turned(self, feed_id: str) -> ChatSettings:
        """A feed is preferred, or no longer. Unchanged where too many have been chosen."""
        feeds = set(self.preferred_feeds) ^ {feed_id}
        if len(feeds) > MOST_CHOSEN:
            return self
        return replace(self, preferred_feeds=tuple(sorted(feeds)))


NOTHING_CHOSEN = ChatSettings()


@cache
def known_timezones() -> frozenset[str]:
    """Those of this machine; listing them reads a folder."""
    return frozenset(available_timezones())
