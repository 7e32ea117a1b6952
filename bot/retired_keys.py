"""Keys of deliveries whose subscription or follow is gone, in the people database.

SQLite may give the number of a removed row to a new one, of whatever chat: its digest of a day, or
its alert of a story, would be taken for one that was stored already.
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection, String, cast, update

from bot.database import deliveries
from bot.outgoing import Kind

RETIRED = "~"
"""Before the row's number, which makes the key its own."""


def retire_keys(connection: Connection, about: int, kinds: Sequence[Kind]) -> None:
    """To be called in the transaction that removes the subscription or follow `about`."""
    its_own = (deliveries.c.about == about, deliveries.c.kind.in_([one.value for one in kinds]))
    still = ~deliveries.c.key.contains(RETIRED, autoescape=True)
    retired = deliveries.c.key + RETIRED + cast(deliveries.c.id, String)
    connection.execute(update(deliveries).where(*its_own, still).values(key=retired))
