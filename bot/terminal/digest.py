"""/digest in the terminal: what a digest of the last day or week would tell."""

from __future__ import annotations

from datetime import timedelta
from functools import partial

from bot.browse_words import read_words
from bot.conversation_key import TERMINAL
from bot.outgoing import Delivery
from bot.subscriptions import LONGEST_TOPIC, Due, Edition, Subscription, Wishes
from bot.terminal.browse import Browse
from bot.terminal.seat import Choices, Seat

_WEEK = ("week", "weekly", "semana", "semanal")
_OF_NOBODY = 0
"""Id of a subscription that is not kept."""


class DigestPreview:
    """Sends and keeps nothing."""

    def __init__(self, seat: Seat, browse: Browse) -> None:
        self._seat = seat
        self._browse = browse

    async def carry_out(self, words: str) -> Choices | None:
        """`/digest`, `/digest energy`, `/digest week energy`."""
        first, _, rest = words.partition(" ")
        is_weekly = first.lower() in _WEEK
        topic = read_words(rest if is_weekly else words)[:LONGEST_TOPIC].strip()
        edition = Edition.WEEKLY if is_weekly else Edition.DAILY
        now, days = self._seat.now, frozenset({self._seat.now.weekday()})
        wishes = Wishes(
            days=days,
            topics=(topic,) if topic else (),
            language=self._seat.language,
            edition=edition,
        )
        unkept = Subscription(id=_OF_NOBODY, where=TERMINAL, days=days).wishing(wishes)
        due = Due(
            subscription_id=_OF_NOBODY,
            day=now.date(),
            due_at=now,
            since=now - edition.usual,
            until=now + timedelta(seconds=1),  # exclusive, and the latest second counts
            late=False,
            late_after=now,
            expires_at=now,
        )
        composed = await self._seat.pauta.digests.compose(unkept, due)
        if composed is None:  # only of those who want no word on a quiet day
            return None
        self._seat.show(composed.screen)
        if not composed.told:
            return None
        self._seat.hint("terminal_hint_list")
        return Choices(partial(self._open, composed), is_list=True)

    async def _open(self, composed: Delivery, number: int) -> Choices | None:
        """The best article of a story."""
        told = next((one for one in composed.told if one.place == number), None)
        if told is None or not told.article_ids:
            self._seat.say("terminal_no_number", number=number)
        else:
            await self._browse.show(told.article_ids[0])
        return None
