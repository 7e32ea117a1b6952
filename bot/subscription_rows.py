"""A subscription as a row of the people database, and back."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, tzinfo
from typing import Any

from sqlalchemy import Row

from bot import texts
from bot.conversation_key import key_of
from bot.subscriptions import Subscription, packed, unpacked
from retrieval.dates import moment_of, seconds_of


def written(one: Subscription, zone: tzinfo) -> dict[str, Any]:
    """All that changes; `zone` is the one it was reckoned in."""
    return {
        "name": one.name,
        "wishes": packed(one.wishes),
        "active": one.active,
        "next_due_at": seconds_of(one.next_due_at),
        "next_day": one.next_day.isoformat() if one.next_day else None,
        "done_day": one.done_day.isoformat() if one.done_day else None,
        "zone": str(zone),
        "told_until": seconds_of(one.told_until),
    }


def read(row: Row[Any]) -> Subscription | None:
    """None for what cannot be read."""
    wishes = unpacked(row.wishes)
    if wishes is None:
        return None
    if wishes.language not in texts.LANGUAGES:
        wishes = replace(wishes, language=None)
    try:
        kept = Subscription(
            id=row.id,
            where=key_of(row.conversation),
            name=row.name,
            created_by=row.created_by,
            active=row.active,
            next_due_at=moment_of(row.next_due_at),
            next_day=_day(row.next_day),
            done_day=_day(row.done_day),
            told_until=moment_of(row.told_until),
            version=row.version,
        )
    except ValueError:
        return None
    return kept.wishing(wishes)


def _day(text: str | None) -> date | None:
    return None if text is None else date.fromisoformat(text)
