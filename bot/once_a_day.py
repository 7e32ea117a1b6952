"""What is said to somebody once a day and not again.  (pure)"""

from __future__ import annotations

from collections import OrderedDict
from datetime import datetime, timedelta

AGAIN_AFTER = timedelta(days=1)
MOST_REMEMBERED = 10_000


class OnceADay:
    """Remembers whom it was said to, the latest 10,000 of them."""

    def __init__(self) -> None:
        self._said: OrderedDict[int, datetime] = OrderedDict()

    def is_due(self, key: int, now: datetime) -> bool:
        """Whether to say it; then it counts as said."""
        before = self._said.get(key)
        if before is not None and now - before < AGAIN_AFTER:
            return False
        self.said(key, now)
        return True

    def said(self, key: int, at: datetime) -> None:
        """It was said then."""
        self._said[key] = at
        self._said.move_to_end(key)
        if len(self._said) > MOST_REMEMBERED:
            self._said.popitem(last=False)
