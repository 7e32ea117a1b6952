"""The people and groups that were let in, and the invitations that are out.

Who is in is asked with every update, so it is held in memory and written through; what another
replica writes is read again within a second.
"""

from __future__ import annotations

import secrets
import threading
from collections.abc import Callable, Collection, Mapping
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from types import MappingProxyType

from sqlalchemy import (
    ColumnElement,
    Connection,
    Engine,
    String,
    Table,
    UniqueConstraint,
    delete,
    exists,
    func,
    insert,
    literal,
    or_,
    select,
    update,
)

from bot.access import INVITE_LASTS, Group, Invite, Outcome, Person, Role, ends_at, judge
from bot.database import groups, invites, metadata, outbox, people
from bot.moved_groups import MovedGroups
from bot.offload import Offload
from bot.strangers import Strangers
from retrieval.dates import moment_of
from retrieval.protocols import Clock
from retrieval.upserts import upsert
from retrieval.writing import writing

LONGEST_NAME = 80
LONGEST_TITLE = 120
INVITES_KEPT = timedelta(days=30)
"""After their end, so that an old link can still be told from a wrong one."""
_TOKEN_BYTES = 24
_IN, _OUT = "in", "out"


class People:
    """Kept in the people database `engine`, whose tables exist."""

    def __init__(self, engine: Engine, offload: Offload, clock: Clock) -> None:
        self._engine = engine
        self._offload = offload
        self._clock = clock
        self._writing = threading.Lock()
        self._people: Mapping[int, Person] = {}
        self._groups: Mapping[int, Group] = {}
        self._when_moved: list[Callable[[], None]] = []
        self.strangers = Strangers(engine, offload)
        self.moved = MovedGroups(engine)
        self._load()

    def person(self, user_id: int) -> Person | None:
        """Who was let in by an invitation; also a guest whose time is over."""
        return self._people.get(user_id)

    def group(self, chat_id: int) -> Group | None:
        """A group that is let in."""
        return self._groups.get(chat_id)

    def everybody(self) -> tuple[Person, ...]:
        """By name."""
        return tuple(sorted(self._people.values(), key=lambda one: (one.name.lower(), one.user_id)))

    def groups(self) -> tuple[Group, ...]:
        """Those that are let in, by title."""
        return tuple(
            sorted(self._groups.values(), key=lambda one: (one.title.lower(), one.chat_id))
        )

    async def invite(self, role: Role, days: int | None, by: int) -> str:
        """A new link's secret, of characters a deep link may have; only its hash is kept."""
        token = secrets.token_urlsafe(_TOKEN_BYTES)
        await self._offload.search(self._invite, token, role, days, by)
        return token

    async def redeem(self, token: str, user_id: int, name: str, admins: Collection[int]) -> Outcome:
        """Let somebody in who came by a link; see `bot.access.judge`."""
        return await self._offload.search(self._redeem, token, user_id, name, admins)

    async def make_member(self, user_id: int) -> Person | None:
        """A guest becomes a member; None when nobody of that id is known."""
        return await self._offload.search(self._make_member, user_id)

    async def remove(self, user_id: int) -> bool:
        """Whether there was somebody to remove."""
        return await self._offload.search(self._remove, user_id)

    async def let_group_in(
        self, chat_id: int, title: str, by: int, *, is_channel: bool = False
    ) -> None:
        await self._offload.search(self._let_group_in, chat_id, title, by, is_channel)

    async def group_left(self, chat_id: int) -> None:
        """The bot is no longer in the group: it is quiet there, and forgets nothing."""
        await self._offload.search(self._group_left, chat_id)

    async def move_chat(self, old: int, new: int) -> None:
        """A group became a supergroup: all that is kept of it goes along."""
        await self._offload.search(self._move_chat, old, new)

    def when_moved(self, call: Callable[[], None]) -> None:
        """Have `call` made once a group's data has moved; it may block."""
        self._when_moved.append(call)

    # What follows blocks

    def reload(self) -> None:
        """After somebody else has written to the tables."""
        with self._writing:
            self._load()
            self.moved = MovedGroups(self._engine)

    def _load(self) -> None:
        with self._engine.connect() as connection:
            found = [
                Person(row.user_id, row.name, Role(row.role), moment_of(row.until))
                for row in connection.execute(select(people))
            ]
            let_in = connection.execute(select(groups).where(groups.c.state == _IN)).all()
        self._people = MappingProxyType({one.user_id: one for one in found})
        self._groups = MappingProxyType(
            {row.chat_id: Group(row.chat_id, row.title, row.is_channel) for row in let_in}
        )

    def _invite(self, token: str, role: Role, days: int | None, by: int) -> None:
        now = self._clock()
        with self._writing, writing(self._engine) as connection:
            connection.execute(
                delete(invites).where(invites.c.expires_at < _seconds(now - INVITES_KEPT))
            )
            connection.execute(
                insert(invites).values(
                    token_hash=_hashed(token),
                    role=role.value,
                    days=days,
                    created_by=by,
                    expires_at=_seconds(now + INVITE_LASTS),
                )
            )

    def _redeem(self, token: str, user_id: int, name: str, admins: Collection[int]) -> Outcome:
        now = self._clock()
        with self._writing:
            person = self._people.get(user_id)
            with writing(self._engine) as connection:
                invite = _read_invite(connection, token)
                outcome = judge(invite, user_id, person, admins, now)
                if outcome is not Outcome.WELCOME or invite is None:
                    return outcome
                connection.execute(
                    update(invites)
                    .where(invites.c.token_hash == _hashed(token))
                    .values(used_by=user_id, used_at=_seconds(now))
                )
                until = ends_at(invite, now)
                _write_person(connection, Person(user_id, name, invite.role, until), invite.by, now)
            self._load()
        return outcome

    def _make_member(self, user_id: int) -> Person | None:
        with self._writing:
            with writing(self._engine) as connection:
                connection.execute(
                    update(people)
                    .where(people.c.user_id == user_id)
                    .values(role=Role.MEMBER.value, until=None)
                )
            self._load()
        return self._people.get(user_id)

    def _remove(self, user_id: int) -> bool:
        with self._writing:
            with writing(self._engine) as connection:
                gone = connection.execute(delete(people).where(people.c.user_id == user_id))
            self._load()
        return gone.rowcount > 0

    def _let_group_in(self, chat_id: int, title: str, by: int, is_channel: bool) -> None:
        values = {
            "title": title[:LONGEST_TITLE],
            "state": _IN,
            "by": by,
            "since": _seconds(self._clock()),
            "is_channel": is_channel,
        }
        with self._writing:
            with writing(self._engine) as connection:
                connection.execute(
                    upsert(connection, groups)
                    .values(chat_id=chat_id, **values)
                    .on_conflict_do_update(index_elements=["chat_id"], set_=values)
                )
            self._load()

    def _group_left(self, chat_id: int) -> None:
        with self._writing:
            with writing(self._engine) as connection:
                connection.execute(
                    update(groups).where(groups.c.chat_id == chat_id).values(state=_OUT)
                )
            self._load()

    def _move_chat(self, old: int, new: int) -> None:
        with self._writing:
            with writing(self._engine) as connection:
                there = select(groups.c.chat_id).where(groups.c.chat_id == old)
                if connection.execute(there).first() is not None:
                    connection.execute(delete(groups).where(groups.c.chat_id == new))
                    self.moved.note(connection, old, new)
                connection.execute(
                    update(groups).where(groups.c.chat_id == old).values(chat_id=new)
                )
                # Whatever else is kept by conversation, now or later: its topics come along.
                for table in metadata.sorted_tables:
                    if "conversation" in table.c:
                        _move_rows(connection, table, old, new)
                moved = update(outbox).where(outbox.c.chat_id == old).values(chat_id=new)
                connection.execute(moved)
            self._load()
        for call in self._when_moved:
            call()


def _move_rows(connection: Connection, table: Table, old: int, new: int) -> None:
    """Of a chat and its topics; what was there already, and is but once, gives way."""
    former = table.alias()
    key = former.c.conversation
    of_old = or_(key == str(old), key.startswith(f"{old}/", autoescape=True))
    uniques = [one for one in table.constraints if isinstance(one, UniqueConstraint)]
    for unique in (table.primary_key, *uniques):
        names = {column.name for column in unique.columns}
        if "conversation" not in names:
            continue
        same = [former.c[name] == table.c[name] for name in sorted(names - {"conversation"})]
        moved = _renamed(key, old, new) == table.c.conversation
        connection.execute(delete(table).where(exists().where(of_old, moved, *same)))
    key = table.c.conversation
    of_old = or_(key == str(old), key.startswith(f"{old}/", autoescape=True))
    connection.execute(update(table).where(of_old).values(conversation=_renamed(key, old, new)))


def _renamed(key: ColumnElement[str], old: int, new: int) -> ColumnElement[str]:
    rest = func.substr(key, len(str(old)) + 1, type_=String)
    return literal(str(new)).concat(rest)


def _read_invite(connection: Connection, token: str) -> Invite | None:
    row = connection.execute(
        # Locked: a link is for one person, also where two replicas see it used at once.
        select(invites).where(invites.c.token_hash == _hashed(token)).with_for_update()
    ).one_or_none()
    if row is None:
        return None
    expires_at = datetime.fromtimestamp(row.expires_at, UTC)
    return Invite(Role(row.role), row.days, row.created_by, expires_at, row.used_at is not None)


def _write_person(connection: Connection, person: Person, by: int, now: datetime) -> None:
    values = {
        "name": person.name[:LONGEST_NAME],
        "role": person.role.value,
        "until": None if person.until is None else _seconds(person.until),
        "invited_by": by,
        "since": _seconds(now),
    }
    connection.execute(
        upsert(connection, people)
        .values(user_id=person.user_id, **values)
        .on_conflict_do_update(index_elements=["user_id"], set_=values)
    )


def _hashed(token: str) -> str:
    return sha256(token.encode()).hexdigest()


def _seconds(moment: datetime) -> int:
    return int(moment.timestamp())
