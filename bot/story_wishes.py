"""What chats said of single stories, in the people database. Blocking."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Engine, select
from sqlalchemy.dialects.sqlite import insert as upsert

from bot.conversation_key import ConversationKey
from bot.database import alerts, story_wishes
from bot.digest_choice import Wish
from retrieval.dates import seconds_of

MOST_WISHES = 200
"""Of one chat, the latest; older ones are about stories that are over."""


def wishes_of(engine: Engine, where: ConversationKey) -> dict[str, Wish]:
    """By story. What a chat was alerted to it follows, unless it said otherwise."""
    said = (
        select(story_wishes.c.story_id, story_wishes.c.wish)
        .where(story_wishes.c.conversation == str(where))
        .order_by(story_wishes.c.at.desc())
        .limit(MOST_WISHES)
    )
    alerted = (
        select(alerts.c.story_id)
        .where(alerts.c.conversation == str(where))
        .order_by(alerts.c.at.desc())
        .limit(MOST_WISHES)
    )
    with engine.connect() as connection:
        found = dict.fromkeys(connection.execute(alerted).scalars(), Wish.FOLLOW)
        for story_id, wish in connection.execute(said):
            if wish in set(Wish):
                found[story_id] = Wish(wish)
    return found


def note_wish(
    engine: Engine, where: ConversationKey, story_id: str, wish: Wish, now: datetime
) -> None:
    """In the place of what was said of it before."""
    values = {"wish": wish.value, "at": seconds_of(now)}
    statement = upsert(story_wishes).values(conversation=str(where), story_id=story_id, **values)
    with engine.begin() as connection:
        connection.execute(
            statement.on_conflict_do_update(
                index_elements=["conversation", "story_id"], set_=values
            )
        )
