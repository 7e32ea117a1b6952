"""Inline look-ups while people type: only what somebody typed last is worked on."""

from __future__ import annotations

import asyncio
import itertools
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import replace

from bot.asker import Asker
from bot.inline import Offer, asked_for
from bot.offload import Offload

PAUSE = 0.15
"""Seconds somebody types nothing before it is worked on."""
KEPT_SECONDS = 30.0
MOST_KEPT = 256

LookUp = Callable[[str, Asker], Offer]
"""Blocking; see `inline.InlineSearch`."""

_Key = tuple[str, Asker]


class InlineDesk:
    """One for all people: one look-up at a time, so that answers never wait behind typing."""

    def __init__(
        self,
        look_up: LookUp,
        offload: Offload,
        *,
        pause: float = PAUSE,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._look_up, self._offload = look_up, offload
        self._pause, self._clock = pause, clock
        self._one_at_a_time = asyncio.Lock()
        self._numbers = itertools.count()
        self._newest: dict[int, int] = {}
        self._kept: OrderedDict[_Key, tuple[float, Offer]] = OrderedDict()

    async def offer(self, asker: Asker, typed: str) -> Offer | None:
        """What to show for it; None once the person has typed on."""
        asked, person = asked_for(typed), asker.person
        # Whoever has chosen the same outlets is offered the same.
        key = (asked.casefold(), replace(asker, person=0))
        mine = self._newest[person] = next(self._numbers)
        try:
            if (known := self._known(key)) is not None:
                return known
            await asyncio.sleep(self._pause)
            if self._newest.get(person) != mine:
                return None
            async with self._one_at_a_time:
                if self._newest.get(person) != mine:
                    return None
                # Somebody else may have been looking for the same.
                if (known := self._known(key)) is not None:
                    return known
                offer = await self._offload.search(self._look_up, asked, asker)
            self._keep(key, offer)
            return offer if self._newest.get(person) == mine else None
        finally:
            if self._newest.get(person) == mine:
                del self._newest[person]

    def _known(self, key: _Key) -> Offer | None:
        at, offer = self._kept.get(key, (0.0, None))
        return offer if offer is not None and self._clock() - at < KEPT_SECONDS else None

    def _keep(self, key: _Key, offer: Offer) -> None:
        self._kept[key] = (self._clock(), offer)
        self._kept.move_to_end(key)
        if len(self._kept) > MOST_KEPT:
            self._kept.popitem(last=False)
