"""What was said before, so that a follow-up question can be understood; and what it rested on."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from sqlalchemy import Connection, Engine, func, insert, select

from bot.answers import SUMMARY, Citation, Reliance, Turn
from bot.conversation_key import ConversationKey, key_of
from bot.database import cited, turns
from bot.offload import Offload
from retrieval.protocols import Clock
from retrieval.writing import writing

RECENT_TURNS = 200
"""Turns that are read back. A follow-up without a language model looks at the last question;
with one, a conversation is summarised long before it has so many."""

MOST_RELIANCES = 1_000
"""Answers of which it is looked up whether they rested on one article."""

_BREAK = "break"
"""Role of the mark between two conversations."""


def relying_on(engine: Engine, article_id: str, since: datetime | None = None) -> list[Reliance]:
    """The answers that cited an article, latest first, at most 1,000; only reads. Blocking."""
    statement = (
        select(turns.c.conversation, turns.c.at, turns.c.text, cited.c.quote)
        .join(cited, cited.c.turn_id == turns.c.id)
        .where(cited.c.article_id == article_id)
        .order_by(turns.c.id.desc(), cited.c.label)
        .limit(MOST_RELIANCES)
    )
    if since is not None:
        statement = statement.where(turns.c.at >= int(since.timestamp()))
    with engine.connect() as connection:
        return [
            Reliance(
                key_of(row.conversation), datetime.fromtimestamp(row.at, UTC), row.text, row.quote
            )
            for row in connection.execute(statement)
        ]


class StoredConversations:
    """Conversations kept in the people database, by chat and topic."""

    def __init__(self, engine: Engine, offload: Offload, clock: Clock) -> None:
        self._engine = engine
        self._offload = offload
        self._clock = clock

    async def recent(self, where: ConversationKey) -> tuple[Turn, ...]:
        """The last turns, oldest first; the last answer with what it cited."""
        return await self._offload.search(self._read, where)

    async def append(self, where: ConversationKey, *new: Turn) -> None:
        await self._offload.search(self._write, where, new)

    async def start_afresh(self, where: ConversationKey, about: str = "") -> None:
        """Later questions no longer refer to what came before, which is kept: an answer that
        rested on an article can be found when that is corrected. `about` is the id of the
        article that is talked about from now on."""
        await self._offload.search(self._write, where, (Turn(_BREAK, about),))

    async def article(self, where: ConversationKey) -> str:
        """The one that is talked about; empty for none."""
        return await self._offload.search(self._article, where)

    async def keep_summary(self, last: Turn, text: str) -> None:
        """From now on this stands for all of the conversation up to and with `last`, a turn
        that was read back."""
        if last.number:
            await self._offload.search(self._write_summary, last.number, text)

    def relying_on(self, article_id: str, since: datetime | None = None) -> list[Reliance]:
        """The answers that cited an article, latest first. Blocking."""
        return relying_on(self._engine, article_id, since)

    def _read(self, where: ConversationKey) -> tuple[Turn, ...]:
        of_chat = turns.c.conversation == str(where)
        last_break = (
            select(func.coalesce(func.max(turns.c.id), 0))
            .where(of_chat, turns.c.role == _BREAK)
            .scalar_subquery()
        )
        latest = turns.c.id.desc()
        since_break = select(turns.c.id, turns.c.role, turns.c.text).where(
            of_chat, turns.c.id > last_break
        )
        with self._engine.connect() as connection:
            summaries = since_break.where(turns.c.role == SUMMARY).order_by(latest).limit(1)
            summary = _summary_in("".join(row.text for row in connection.execute(summaries)))
            said = since_break.where(turns.c.role != SUMMARY)
            if summary is not None:
                said = said.where(turns.c.id > summary.number)
            rows = connection.execute(said.order_by(latest).limit(RECENT_TURNS)).all()
            last = next((row.id for row in rows if row.role == "assistant"), None)
            citations = _read_citations(connection, last) if last is not None else ()
        found = [
            Turn(row.role, row.text, citations if row.id == last else (), row.id)
            for row in reversed(rows)
        ]
        return (summary, *found) if summary is not None else tuple(found)

    def _article(self, where: ConversationKey) -> str:
        last = (
            select(turns.c.text)
            .where(turns.c.conversation == str(where), turns.c.role == _BREAK)
            .order_by(turns.c.id.desc())
            .limit(1)
        )
        with self._engine.connect() as connection:
            return connection.execute(last).scalar() or ""

    def _write_summary(self, number: int, text: str) -> None:
        with writing(self._engine) as connection:
            where = connection.execute(
                select(turns.c.conversation).where(turns.c.id == number)
            ).scalar_one_or_none()
            if where is None:  # forgotten in the meantime
                return
            at = int(self._clock().timestamp())
            # Among the turns, so that it is forgotten with them.
            connection.execute(
                insert(turns).values(
                    conversation=where, role=SUMMARY, text=f"{number}\n{text}", at=at
                )
            )

    def _write(self, where: ConversationKey, new: tuple[Turn, ...]) -> None:
        at = int(self._clock().timestamp())
        with writing(self._engine) as connection:
            for turn in new:
                written = connection.execute(
                    insert(turns).values(
                        conversation=str(where), role=turn.role, text=turn.text, at=at
                    )
                )
                key = written.inserted_primary_key
                if key is not None:
                    _write_citations(connection, key[0], turn.citations)


def _summary_in(written: str) -> Turn | None:
    """Its number is that of the last turn it stands for."""
    number, _, text = written.partition("\n")
    return Turn(SUMMARY, text, number=int(number)) if number.isdecimal() else None


def _read_citations(connection: Connection, turn_id: int) -> tuple[Citation, ...]:
    rows = connection.execute(
        select(cited).where(cited.c.turn_id == turn_id).order_by(cited.c.label)
    )
    return tuple(
        Citation(
            label=row.label,
            title=row.title,
            url=row.url,
            source=row.source,
            published_at=(
                None if row.published_at is None else datetime.fromtimestamp(row.published_at, UTC)
            ),
            quote=row.quote,
            chunk_id=row.chunk_id,
            article_id=row.article_id,
        )
        for row in rows
    )


def _write_citations(connection: Connection, turn_id: int, citations: Sequence[Citation]) -> None:
    rows = [
        {
            "turn_id": turn_id,
            "label": one.label,
            "article_id": one.article_id,
            "chunk_id": one.chunk_id,
            "url": one.url,
            "title": one.title,
            "source": one.source,
            "published_at": int(one.published_at.timestamp()) if one.published_at else None,
            "quote": one.quote,
        }
        for one in citations
    ]
    if rows:
        connection.execute(insert(cited), rows)
