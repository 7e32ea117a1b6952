"""What chats said of single stories, in the people database. Blocking."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import Engine, delete, select

from bot.conversation_key import ConversationKey
from bot.database import alerts, feedback, story_wishes
from bot.digest_taste import Wish
from bot.shown_answers import Reason, unpacked
from retrieval.dates import seconds_of
from retrieval.upserts import upsert
from retrieval.writing import writing

MOST_WISHES = 200
"""Of one chat, the latest of each kind; older ones are about stories that are over."""
MOST_KEPT = 1_000
MOST_DOUBTED = 50
"""Answers of one chat that were found not right, the latest."""
DOUBTED_FOR = timedelta(days=60)
_OF_WHAT_IT_RESTS_ON = frozenset({Reason.FIGURE, Reason.OLD, Reason.MISSING})
"""A question that was misunderstood says nothing against the articles."""

_said = story_wishes.c


def wishes_of(engine: Engine, where: ConversationKey) -> dict[str, Wish]:
    """By story. What a chat was alerted to it follows, unless it said otherwise; a story that was
    only opened is none of those."""
    its_own = select(_said.story_id, _said.wish).where(_said.conversation == str(where))
    latest = its_own.order_by(_said.at.desc(), _said.story_id).limit(MOST_WISHES)
    alerted = (
        select(alerts.c.story_id)
        .where(alerts.c.conversation == str(where))
        .order_by(alerts.c.at.desc())
        .limit(MOST_WISHES)
    )
    opened = _said.wish == Wish.OPENED.value
    with engine.connect() as connection:
        found = {row.story_id: Wish.OPENED for row in connection.execute(latest.where(opened))}
        found |= dict.fromkeys(connection.execute(alerted).scalars(), Wish.FOLLOW)
        for story_id, wish in connection.execute(latest.where(~opened)):
            if wish in set(Wish):
                found[story_id] = Wish(wish)
    return found


def opened_stories(engine: Engine, where: ConversationKey) -> list[str]:
    """The latest that a chat looked at, of a digest or of an alert: one it was alerted to it
    follows without having chosen it, but to have opened it tells what it likes."""
    opened = (
        select(_said.story_id)
        .where(_said.conversation == str(where), _said.wish == Wish.OPENED.value)
        .order_by(_said.at.desc(), _said.story_id)
        .limit(MOST_WISHES)
    )
    with engine.connect() as connection:
        return list(connection.scalars(opened))


def doubted_articles(engine: Engine, where: ConversationKey, now: datetime) -> list[str]:
    """Those that answers cited which somebody there found not right lately."""
    latest = (
        select(feedback.c.shown)
        .where(
            feedback.c.chat_id == where.chat_id,
            feedback.c.at >= seconds_of(now - DOUBTED_FOR),
            feedback.c.reason.in_(sorted(_OF_WHAT_IT_RESTS_ON)),
        )
        .order_by(feedback.c.id.desc())
        .limit(MOST_DOUBTED)
    )
    with engine.connect() as connection:
        found = [unpacked(text) for text in connection.scalars(latest)]
    return sorted({
        cited.article_id
        for shown in found
        if shown is not None and shown.where == where
        for cited in shown.answer.citations
        if cited.article_id
    })  # fmt: skip


def note_wish(
    engine: Engine, where: ConversationKey, story_id: str, wish: Wish, now: datetime
) -> None:
    """In the place of what was said of it before; to have opened it takes back nothing."""
    values = {"wish": wish.value, "at": seconds_of(now)}
    row = {"conversation": str(where), "story_id": story_id}
    with writing(engine) as connection:
        noted = upsert(connection, story_wishes).values(**row, **values)
        if wish is Wish.OPENED:
            connection.execute(noted.on_conflict_do_nothing())
        else:
            connection.execute(noted.on_conflict_do_update(index_elements=list(row), set_=values))
        # Whoever presses on and on must not fill the table.
        oldest = connection.scalar(
            select(_said.at)
            .where(_said.conversation == str(where))
            .order_by(_said.at.desc())
            .offset(MOST_KEPT)
            .limit(1)
        )
        if oldest is not None:
            old = (_said.conversation == str(where), _said.at <= oldest)
            connection.execute(delete(story_wishes).where(*old))
