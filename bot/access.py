"""Who is let in, and what an invitation is worth.  (pure)

Administrators come from the settings; members and guests are kept in `bot.people`. Everything
here takes `now`: a guest's last day is a matter of when one asks.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

INVITE_LASTS = timedelta(hours=48)
GUEST_DAYS = (7, 30)
"""For how long a guest may be invited."""

_TOKEN = re.compile(r"[A-Za-z0-9_-]{16,64}", re.ASCII)


class Role(StrEnum):
    """What somebody is to the newsroom."""

    ADMIN = "admin"
    MEMBER = "member"
    GUEST = "guest"


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who was let in by an invitation."""

    user_id: int
    name: str
    role: Role
    """MEMBER or GUEST; administrators are not kept."""
    until: datetime | None = None
    """When a guest's time ends; None for a member."""

    def is_in(self, now: datetime) -> bool:
        return self.until is None or now < self.until


@dataclass(frozen=True, slots=True)
class Group:
    """A group, or a channel, that was let in."""

    chat_id: int
    title: str
    is_channel: bool = False
    """It is written to; nothing that comes from there is heard."""


@dataclass(frozen=True, slots=True)
class Invite:
    """A link for one person."""

    role: Role
    days: int | None
    """Of a guest, counted from when the link is used."""
    by: int
    expires_at: datetime
    used: bool = False


class Outcome(StrEnum):
    """What became of an invitation somebody pressed."""

    WELCOME = "welcome"
    ALREADY_IN = "already_in"
    """They had as much before; the link is still good."""
    USED = "used"
    EXPIRED = "expired"
    UNKNOWN = "unknown"


def role_of(
    user_id: int, person: Person | None, admins: Collection[int], now: datetime
) -> Role | None:
    """None is a stranger."""
    if user_id in admins:
        return Role.ADMIN
    return person.role if person is not None and person.is_in(now) else None


def judge(
    invite: Invite | None,
    user_id: int,
    person: Person | None,
    admins: Collection[int],
    now: datetime,
) -> Outcome:
    """Whether `user_id`, so far known as `person`, is let in by `invite`.

    An invitation is worth what its author is: with an administrator go their open links.
    """
    role = role_of(user_id, person, admins, now)
    if role in (Role.ADMIN, Role.MEMBER):
        return Outcome.ALREADY_IN
    if invite is None:
        return Outcome.UNKNOWN if role is None else Outcome.ALREADY_IN
    if invite.used:
        return Outcome.USED if role is None else Outcome.ALREADY_IN
    if now >= invite.expires_at or invite.by not in admins:
        return Outcome.EXPIRED
    if role is Role.GUEST and person is not None and not _is_more(invite, person, now):
        return Outcome.ALREADY_IN
    return Outcome.WELCOME


def _is_more(invite: Invite, person: Person, now: datetime) -> bool:
    until = ends_at(invite, now)
    return until is None or (person.until is not None and until > person.until)


def ends_at(invite: Invite, now: datetime) -> datetime | None:
    """When the time of somebody let in now ends."""
    return None if invite.days is None else now + timedelta(days=invite.days)


def is_token(text: str) -> bool:
    """Whether this could be the secret part of an invitation."""
    return _TOKEN.fullmatch(text) is not None
