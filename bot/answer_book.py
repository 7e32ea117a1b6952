"""The answers shown, those under way, and what was said of them, in the people database."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from sqlalchemy import Engine, delete, insert, select, true, tuple_, update

from bot.conversation_key import ConversationKey
from bot.database import answers_shown, feedback, placeholders
from bot.offload import Offload
from bot.replicas import replica_name, taken_over_by
from bot.shown_answers import Complaint, Reason, ShownAnswer, Unfinished, packed, unpacked
from retrieval.protocols import Clock
from retrieval.upserts import upsert
from retrieval.writing import is_shared, writing

KEPT_FOR = timedelta(days=30)
"""After that the buttons of an answer have expired; feedback stays."""
MOST_LOOKED_AT = 50
"""Answers of a chat's topics, for the latest of one of them."""
MOST_UNFINISHED = 200
"""Tidied up at one start."""
MOST_COMPLAINTS = 10_000


class StoredAnswers:
    """Raises SQLAlchemyError when the database cannot be used."""

    def __init__(
        self, engine: Engine, offload: Offload, clock: Clock, who: str | None = None
    ) -> None:
        """`who` is the replica, by the name of this process unless given."""
        self._who = who or replica_name(engine)
        self._is_shared = is_shared(engine)
        self._engine = engine
        self._offload = offload
        self._clock = clock

    async def keep(self, shown: ShownAnswer) -> None:
        """In the place of what its first message showed before."""
        await self._offload.search(self._keep, shown)

    async def at(self, chat_id: int, message_id: int) -> ShownAnswer | None:
        """The answer one part of which is this message; None when unknown or expired."""
        return await self._offload.search(self._at, chat_id, message_id)

    async def to_question(self, where: ConversationKey, question_id: int) -> ShownAnswer | None:
        """What answers that message, if it is the latest answer of its chat or topic."""
        latest = await self._offload.search(self._latest, where)
        return latest if latest is not None and latest.question_id == question_id else None

    async def begin(self, unfinished: Unfinished) -> None:
        await self._offload.search(self._begin, unfinished)

    async def end(self, chat_id: int, message_id: int) -> None:
        await self._offload.search(self._end, chat_id, message_id)

    async def unfinished(self) -> tuple[Unfinished, ...]:
        """What was begun and not ended, at most 200. Of several replicas, what this one has
        taken over, and hears of once."""
        return await self._offload.search(self._unfinished)

    async def complain(self, shown: ShownAnswer, person: int, reason: Reason) -> None:
        """A person's last word on an answer counts."""
        await self._offload.search(self._complain, shown, person, reason)

    def _keep(self, shown: ShownAnswer) -> None:
        first, last = min(shown.message_ids), max(shown.message_ids)
        of_chat = answers_shown.c.chat_id == shown.where.chat_id
        expired = int((self._clock() - KEPT_FOR).timestamp())
        with writing(self._engine) as connection:
            connection.execute(delete(answers_shown).where(answers_shown.c.at < expired))
            connection.execute(
                delete(answers_shown).where(of_chat, answers_shown.c.first_id == first)
            )
            connection.execute(
                insert(answers_shown).values(
                    chat_id=shown.where.chat_id,
                    first_id=first,
                    last_id=last,
                    at=int(shown.at.timestamp()),
                    shown=packed(shown),
                )
            )

    def _at(self, chat_id: int, message_id: int) -> ShownAnswer | None:
        between = (answers_shown.c.first_id <= message_id) & (message_id <= answers_shown.c.last_id)
        expired = int((self._clock() - KEPT_FOR).timestamp())
        statement = (
            select(answers_shown.c.shown)
            .where(answers_shown.c.chat_id == chat_id, between, answers_shown.c.at >= expired)
            .order_by(answers_shown.c.id.desc())
        )
        with self._engine.connect() as connection:
            found = map(unpacked, connection.scalars(statement))
            return next((one for one in found if one and message_id in one.message_ids), None)

    def _latest(self, where: ConversationKey) -> ShownAnswer | None:
        statement = (
            select(answers_shown.c.shown)
            .where(answers_shown.c.chat_id == where.chat_id)
            .order_by(answers_shown.c.id.desc())
            .limit(MOST_LOOKED_AT)
        )
        with self._engine.connect() as connection:
            found = map(unpacked, connection.scalars(statement))
            return next((one for one in found if one and one.where == where), None)

    def _begin(self, one: Unfinished) -> None:
        row = {
            "chat_id": one.chat_id,
            "message_id": one.message_id,
            "language": one.language,
            "claimed_by": self._who,
        }
        with writing(self._engine) as connection:
            connection.execute(
                upsert(connection, placeholders).values(row).on_conflict_do_nothing()
            )

    def _end(self, chat_id: int, message_id: int) -> None:
        with writing(self._engine) as connection:
            connection.execute(
                delete(placeholders).where(
                    placeholders.c.chat_id == chat_id, placeholders.c.message_id == message_id
                )
            )

    def _unfinished(self) -> tuple[Unfinished, ...]:
        column = placeholders.c.claimed_by
        taken = column == taken_over_by(self._who) if self._is_shared else true()
        with writing(self._engine) as connection:
            rows = connection.execute(
                select(placeholders).where(taken).limit(MOST_UNFINISHED)
            ).all()
            key = tuple_(placeholders.c.chat_id, placeholders.c.message_id)
            there = [(row.chat_id, row.message_id) for row in rows]
            mine = update(placeholders).where(key.in_(there))
            connection.execute(mine.values(claimed_by=self._who))
        return tuple(Unfinished(row.chat_id, row.message_id, row.language) for row in rows)

    def _complain(self, shown: ShownAnswer, person: int, reason: Reason) -> None:
        said = {
            "at": int(self._clock().timestamp()),
            "reason": reason.value,
            "shown": packed(shown),
        }
        row = {
            "chat_id": shown.where.chat_id,
            "message_id": shown.message_ids[0],
            "person": person,
            **said,
        }
        with writing(self._engine) as connection:
            connection.execute(
                upsert(connection, feedback)
                .values(row)
                .on_conflict_do_update(
                    index_elements=["chat_id", "message_id", "person"], set_=said
                )
            )


def complaints(engine: Engine) -> Iterator[Complaint]:
    """What people said was not right, oldest first, at most 10,000. Blocking."""
    statement = (
        select(feedback.c.id, feedback.c.reason, feedback.c.shown)
        .order_by(feedback.c.id)
        .limit(MOST_COMPLAINTS)
    )
    with engine.connect() as connection:
        for row in connection.execute(statement):
            shown = unpacked(row.shown)
            if shown is not None and row.reason in set(Reason):
                yield Complaint(row.id, Reason(row.reason), shown)
