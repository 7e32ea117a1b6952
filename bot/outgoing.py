"""What goes out by itself, unasked: digests, alerts; as values, before anything is sent.  (pure)

A subscription is due -> a digest is composed -> a Delivery is stored, once per key -> the
outbox sends its parts -> what each message told is remembered, so that a reply to it is
understood. Nothing is composed again once it is stored: after a crash the stored one goes out.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from bot.conversation_key import ConversationKey
from bot.packing import as_json, from_json
from bot.render import Rendered


class Kind(StrEnum):
    DIGEST = "digest"
    ALERT = "alert"
    HELD_ALERTS = "held_alerts"
    """What quiet hours or the day's limit held back, as one message."""
    APOLOGY = "apology"
    """That an answer may not have arrived, when Telegram could not be told so either. What is
    said here may be said twice, but not never."""


class PartState(StrEnum):
    """Of one part of one delivery."""

    WAITING = "waiting"
    SENDING = "sending"
    """Claimed, and the request may have left: after a crash its outcome is unknown."""
    SENT = "sent"
    UNKNOWN = "unknown"
    """A time-out after the request left, or a crash then: never sent again."""
    DROPPED = "dropped"
    """Too late by the subscription's policy."""
    REFUSED = "refused"
    """Telegram will not have it: the chat is gone, or blocked us."""


@dataclass(frozen=True, slots=True)
class ToldStory:
    """A story in a message; `place` counts from 1 as the reader sees it."""

    place: int
    story_id: str
    headline: str
    article_ids: tuple[str, ...] = ()
    """Those cited, the best first."""
    why: str = ""
    """Why this story, for the operator's log: "5 origins, topic energy, new"."""


@dataclass(frozen=True, slots=True)
class Delivery:
    """One message, of one or several parts, for one chat or topic."""

    key: str
    """`digest:12:2026-11-24`, `alert:7:STORY:0:1764000000`: stored twice it is still one."""
    kind: Kind
    where: ConversationKey
    screen: Rendered
    due_at: datetime
    expires_at: datetime | None = None
    """After this it is dropped, not sent; None never."""
    late_after: datetime | None = None
    """Sent after this, it is marked as late."""
    language: str = "en"
    about: int = 0
    """Id of the subscription or follow it comes from."""
    told: tuple[ToldStory, ...] = field(default=())


def packed(delivery: Delivery) -> str:
    return as_json(delivery)


def unpacked(text: str) -> Delivery | None:
    """None for what another Pauta wrote and this one cannot read."""
    return from_json(Delivery, text)
