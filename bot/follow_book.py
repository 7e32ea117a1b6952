"""What chats follow, in the people database."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from enum import Enum
from typing import Any

from sqlalchemy import Engine, Row, delete, func, select, update

from bot.conversation_key import ConversationKey, key_of
from bot.database import alerts, follows, story_wishes
from bot.follow_examples import Examples
from bot.follow_index import FollowIndex
from bot.follow_levels import LITERAL, TOPICAL, fitted, step
from bot.follow_words import LONGEST_WORDS, read_wish
from bot.follows import Follow, Scale
from bot.offload import Offload
from bot.outgoing import Kind
from bot.replicas import wait_for_turn
from bot.retired_keys import retire_keys
from retrieval.clean import clean_text, one_line
from retrieval.dates import seconds_of
from retrieval.protocols import Clock, Embedder
from retrieval.upserts import upsert
from retrieval.vector_rows import blob, vector_of
from retrieval.writing import writing

MOST_FOLLOWS = 40
"""Of one chat or topic."""
SCALE_STEP = 100
"""Articles more or fewer after which what they have in common is looked at anew."""
MUTED = "mute"
"""The wish of `story_wishes` to hear no more of a story."""

_of = follows.c
FindExamples = Callable[[Follow, datetime], Examples]
"""Blocking; see `bot.follow_examples`."""


class NotFollowed(Enum):
    """Why words were not taken up."""

    TOO_MANY = "too_many"
    TOO_VAGUE = "too_vague"
    TOO_LONG = "too_long"


@dataclass(frozen=True, slots=True)
class FollowView:
    """A follow, and what it would have told in the last week."""

    follow: Follow
    examples: Examples
    is_new: bool = False


class FollowBook:
    """Kept in the people database `engine`, whose tables exist. Raises SQLAlchemyError when it
    cannot be used."""

    def __init__(
        self,
        engine: Engine,
        offload: Offload,
        clock: Clock,
        embedder: Embedder,
        examples: FindExamples,
    ) -> None:
        self._engine = engine
        self._offload = offload
        self._clock = clock
        self._embedder = embedder
        self._examples = examples
        self._writing = threading.Lock()
        self._changes = 0
        self._index: tuple[tuple[int, int], FollowIndex, Mapping[int, Follow]] | None = None

    async def add(
        self, where: ConversationKey, words: str, by: int, language: str
    ) -> FollowView | NotFollowed:
        """Words that are followed already are found again. The threshold of a new one is such
        that last week it would have told of something, and not of too much."""
        return await self._offload.search(self._add, where, words, by, language)

    async def of(self, where: ConversationKey) -> tuple[Follow, ...]:
        """Of that very place, the oldest first."""
        return await self._offload.search(self._all_of, where)

    async def view(self, where: ConversationKey, number: int) -> FollowView | None:
        """None for one of another place, too: numbers come from buttons."""
        return await self._offload.search(self._view, where, number)

    async def move(
        self, where: ConversationKey, number: int, *, stricter: bool
    ) -> FollowView | None:
        """One step; None when it is gone. Unchanged where there is no further step."""
        return await self._offload.search(self._move, where, number, stricter)

    async def remove(self, where: ConversationKey, number: int) -> Follow | None:
        """What is no longer followed; None when there was nothing."""
        return await self._offload.search(self._remove, where, number)

    async def mute(self, where: ConversationKey, story_id: str) -> None:
        """No more of a story in a place."""
        await self._offload.search(self._mute, where, story_id)

    # What follows blocks

    def index(self, scale: Scale) -> tuple[FollowIndex, Mapping[int, Follow]]:
        """Of all follows, and these by their numbers. One of a scale that has hardly changed
        since is used again."""
        state = (self._changes, scale.count // SCALE_STEP)
        if self._index is None or self._index[0] != state:
            follows = self.numbered()
            self._index = (state, FollowIndex(tuple(follows.values()), scale), follows)
        return self._index[1], self._index[2]

    def numbered(self) -> Mapping[int, Follow]:
        """All follows by their numbers, as they are now."""
        known = self._index[2] if self._index else {}

        def as_known(fresh: Follow) -> Follow:
            # It remembers how its words were read, which takes longer than all the rest.
            former = known.get(fresh.id)
            return fresh if former is None or not former.is_same_as(fresh) else former

        return {one.id: as_known(one) for one in self._all()}

    def forget_index(self) -> None:
        """After somebody else has written to the table."""
        self._changes += 1

    def _add(
        self, where: ConversationKey, words: str, by: int, language: str
    ) -> FollowView | NotFollowed:
        words, now = one_line(clean_text(words)), self._clock()
        if len(words) > LONGEST_WORDS:
            return NotFollowed.TOO_LONG
        wish = read_wish(words, language)
        if wish.is_empty:
            return NotFollowed.TOO_VAGUE
        known = next((one for one in self._all_of(where) if same(one.words, words)), None)
        if known is not None:
            return FollowView(known, self._examples(known, now))
        ladder = TOPICAL if wish.is_topical else LITERAL
        vector = self._embedder.embed_query(wish.topic or words)
        draft = Follow(0, where, words, language, ladder.usual, vector, seconds_of(now) or 0)
        examples = self._examples(draft, now)
        threshold = fitted(ladder, examples.scores)
        with self._writing, writing(self._engine) as connection:
            wait_for_turn(connection, f"follows of {where}")
            there = select(func.count()).where(_of.conversation == str(where))
            if (connection.scalar(there) or 0) >= MOST_FOLLOWS:
                return NotFollowed.TOO_MANY
            values = {
                "conversation": str(where),
                "words": words,
                "language": language,
                "threshold": threshold,
                "model_id": self._embedder.model_id,
                "vector": blob(vector),
                "active": True,
                "created_by": by,
                "created_at": draft.created_at,
            }
            number = connection.execute(
                upsert(connection, follows)
                .values(values)
                .on_conflict_do_nothing()
                .returning(_of.id)
            ).scalar()
        # Once it can be read: an index made before would else be taken for the new one.
        self._changes += 1
        if number is None:  # somebody else has just added the same
            return self._add(where, words, by, language)
        follow = replace(draft, id=number, threshold=threshold)
        return FollowView(follow, examples, is_new=True)

    def _all_of(self, where: ConversationKey) -> tuple[Follow, ...]:
        chosen = select(follows).where(_of.conversation == str(where)).order_by(_of.id)
        with self._engine.connect() as connection:
            return tuple(self._read(row) for row in connection.execute(chosen))

    def _all(self) -> tuple[Follow, ...]:
        """Vectors of another model than is used now are made anew."""
        with self._engine.connect() as connection:
            rows = connection.execute(select(follows).where(_of.active).order_by(_of.id)).all()
        stale = [row for row in rows if row.model_id != self._embedder.model_id]
        if not stale:
            return tuple(map(self._read, rows))
        with self._writing, writing(self._engine) as connection:
            for row in stale:
                topic = read_wish(row.words, row.language).topic or row.words
                fresh = {
                    "vector": blob(self._embedder.embed_query(topic)),
                    "model_id": self._embedder.model_id,
                }
                connection.execute(update(follows).where(_of.id == row.id).values(fresh))
        return self._all()

    def _view(self, where: ConversationKey, number: int) -> FollowView | None:
        found = next((one for one in self._all_of(where) if one.id == number), None)
        return FollowView(found, self._examples(found, self._clock())) if found else None

    def _move(self, where: ConversationKey, number: int, stricter: bool) -> FollowView | None:
        found = self._view(where, number)
        if found is None:
            return None
        ladder = TOPICAL if found.follow.wish.is_topical else LITERAL
        threshold = step(ladder, found.follow.threshold, stricter=stricter)
        with self._writing, writing(self._engine) as connection:
            of_it = (_of.id == number) & (_of.conversation == str(where))
            connection.execute(update(follows).where(of_it).values(threshold=threshold))
        self._changes += 1
        return replace(found, follow=replace(found.follow, threshold=threshold))

    def _remove(self, where: ConversationKey, number: int) -> Follow | None:
        found = next((one for one in self._all_of(where) if one.id == number), None)
        if found is not None:
            with self._writing, writing(self._engine) as connection:
                connection.execute(delete(follows).where(_of.id == number))
                connection.execute(delete(alerts).where(alerts.c.follow_id == number))
                retire_keys(connection, number, (Kind.ALERT, Kind.HELD_ALERTS))
            self._changes += 1
        return found

    def _mute(self, where: ConversationKey, story_id: str) -> None:
        row = {"conversation": str(where), "story_id": story_id}
        wish = {"wish": MUTED, "at": seconds_of(self._clock())}
        with self._writing, writing(self._engine) as connection:
            connection.execute(
                upsert(connection, story_wishes)
                .values(**row, **wish)
                .on_conflict_do_update(index_elements=list(row), set_=wish)
            )

    def _read(self, row: Row[Any]) -> Follow:
        return Follow(
            id=row.id,
            where=key_of(row.conversation),
            words=row.words,
            language=row.language,
            threshold=row.threshold,
            vector=vector_of(row.vector),
            created_at=row.created_at,
        )


def same(one: str, other: str) -> bool:
    """Whether two follows are the same words.  (pure)"""
    return " ".join(one.casefold().split()) == " ".join(other.casefold().split())
