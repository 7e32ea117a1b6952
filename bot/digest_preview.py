"""A digest as it would be now, marked as a preview: composed, and given a key of its own.

It moves no subscription on: what is due later tells the same again.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta, tzinfo
from typing import TYPE_CHECKING

from bot import texts
from bot.conversation_key import ConversationKey
from bot.outgoing import Delivery
from bot.richtext import LIMIT, Part, escape, length
from bot.subscriptions import GRACE, Due, Subscription

if TYPE_CHECKING:  # the terminal needs no Telegram
    from bot.context import Digests

LASTS = timedelta(minutes=15)
"""After which nobody waits for it any more."""


def due_for_preview(subscription: Subscription, zone: tzinfo, now: datetime) -> Due:
    """Of the last day, or week; whatever was told already is told again."""
    return Due(
        subscription.id,
        now.astimezone(zone).date(),
        due_at=now,
        since=now - subscription.edition.usual,
        until=now,
        late=False,
        late_after=now + LASTS + GRACE,
        expires_at=now + LASTS,
    )


async def preview(
    composer: Digests,
    subscription: Subscription,
    zone: tzinfo,
    now: datetime,
    where: ConversationKey,
) -> Delivery | None:
    """For the place `where`, which need not be the digest's own. None on a quiet day of which
    the chat wants no word."""
    composed = await composer.compose(subscription, due_for_preview(subscription, zone, now))
    if composed is None:
        return None
    parts = marked(composed.screen.parts, texts.say(composed.language, "digests_preview"))
    return replace(
        composed,
        key=f"preview:{subscription.id}:{where}:{int(now.timestamp())}",
        where=where,
        screen=replace(composed.screen, parts=parts),
    )


def marked(parts: tuple[Part, ...], line: str) -> tuple[Part, ...]:
    """With the line above the first, or before it where there is no room.  (pure)"""
    first = parts[0]
    html = f"<i>{escape(line)}</i>\n\n{first.html}"
    plain = f"{line}\n\n{first.plain}"
    if max(length(html), length(plain)) > LIMIT:
        return Part(f"<i>{escape(line)}</i>", line), *parts
    return Part(html, plain), *parts[1:]
