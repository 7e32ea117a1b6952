"""Which rows of the people database are whose: the one list that forgetting and export share.

Every table is in `HELD` or `OF_NOBODY`; a test walks the schema and fails for one in neither.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Column, ColumnElement, Connection, String, Table, false, or_, select

from bot.database import (
    alerts,
    answers_shown,
    articles_matched,
    chat_settings,
    chats_gone,
    cited,
    corrections_told,
    deliveries,
    fair_use,
    feedback,
    follows,
    groups,
    invites,
    kept_values,
    leases,
    outbox,
    people,
    placeholders,
    replica_notes,
    story_wishes,
    strangers_told,
    subscriptions,
    turns,
    updates_handled,
    usage,
)

NOBODY = 0
"""Stands where somebody who is forgotten was named; no person of Telegram has this id."""


@dataclass(frozen=True, slots=True)
class Held:
    """What a table holds of people."""

    table: Table
    place: str = ""
    """The column with a chat or conversation: rows of a person's private chat are theirs."""
    person: str = ""
    """The column with a person whose rows are theirs wherever they were written."""
    names: tuple[str, ...] = ()
    """Columns that name who did it; the rest of the row is the newsroom's."""
    through: tuple[str, Table] | None = None
    """The column with the id of a row of another table, which tells whose it is."""
    stays: bool = False
    """Whether the person's row outlives that they are forgotten."""
    asker_in: str = ""
    """The column with an answer as JSON that names who asked."""
    update_in: str = ""
    """The column with an update of Telegram as JSON, while it is not yet handled."""

    def of_person(self, person: int) -> ColumnElement[bool]:
        """Which rows are theirs."""
        columns, conditions = self.table.c, []
        if self.person:
            conditions.append(columns[self.person] == person)
        if self.place:
            conditions.append(in_chat(columns[self.place], person))
        if self.through is not None:
            column, other = self.through
            owner = next(one for one in HELD if one.table is other)
            conditions.append(
                columns[column].in_(select(other.c.id).where(owner.of_person(person)))
            )
        return or_(false(), *conditions)


HELD = (
    # What refers to another table comes before it.
    Held(cited, through=("turn_id", turns)),
    Held(turns, place="conversation"),
    Held(corrections_told, place="conversation"),
    Held(answers_shown, place="chat_id", asker_in="shown"),
    Held(placeholders, place="chat_id"),
    Held(feedback, place="chat_id", person="person", asker_in="shown"),
    Held(usage, person="person"),
    Held(chat_settings, place="conversation"),
    Held(subscriptions, place="conversation", names=("created_by",)),
    Held(alerts, place="conversation"),
    Held(follows, place="conversation", names=("created_by",)),
    Held(story_wishes, place="conversation"),
    Held(outbox, place="chat_id"),
    Held(deliveries, place="conversation"),
    Held(chats_gone, place="chat_id"),
    Held(updates_handled, update_in="body"),
    Held(replica_notes, place="conversation", person="person"),
    Held(fair_use, place="chat_id"),
    Held(invites, names=("created_by", "used_by")),
    Held(groups, names=("by",)),
    Held(strangers_told, person="person"),
    Held(people, person="user_id", names=("invited_by",), stays=True),
)
OF_NOBODY = (articles_matched, kept_values, leases)

OF_A_CONVERSATION = (cited, turns, corrections_told, answers_shown, feedback)
"""What a chat loses when what was said in it is forgotten; its choices stay."""


def in_chat(column: Column[Any], chat_id: int) -> ColumnElement[bool]:
    """Whether a row is of a chat or one of its topics; `column` has its id or its key."""
    if not isinstance(column.type, String):
        return column == chat_id
    return or_(column == str(chat_id), column.startswith(f"{chat_id}/", autoescape=True))


def asked_by(
    connection: Connection, held: Held, person: int
) -> Iterator[tuple[int, dict[str, Any]]]:
    """Id and answer of rows whose answer somebody asked for, in whatever chat."""
    column = held.table.c[held.asker_in]
    likely = column.contains(f'"asker": {person}', autoescape=True)
    for row in connection.execute(select(held.table.c.id, column).where(likely)).all():
        shown = parsed(row[1])
        if isinstance(shown, dict) and shown.get("asker") == person:
            yield row[0], shown


def updates_of(connection: Connection, held: Held, person: int) -> Iterator[int]:
    """Ids of updates not yet handled that somebody caused."""
    column = held.table.c[held.update_in]
    likely = column.contains(str(person), autoescape=True)
    for row in connection.execute(select(held.table.c.update_id, column).where(likely)).all():
        if _tells_of(parsed(row[1]), person):
            yield row[0]


def parsed(text: str | None) -> Any:
    """None for what is no JSON."""
    try:
        return json.loads(text or "")
    except (ValueError, RecursionError):
        return None


def _tells_of(update: Any, person: int) -> bool:
    """Whether somebody is the sender of what an update tells, or their chat its place."""
    waiting = [update]
    while waiting:
        one = waiting.pop()
        if isinstance(one, dict):
            for key in ("from", "chat"):
                if isinstance(found := one.get(key), dict) and found.get("id") == person:
                    return True
            waiting.extend(one.values())
        elif isinstance(one, list):
            waiting.extend(one)
    return False
