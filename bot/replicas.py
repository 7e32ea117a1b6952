"""What several replicas on one PostgreSQL database need: a name each, leases, and turns.

A file has one process, which is always called the same: what an earlier run of it held, it holds
again at once. On a server nobody is taken for another, and what a dead replica held is free once
its lease has ended.
"""

from __future__ import annotations

import os
import secrets
import socket
from datetime import datetime, timedelta

from sqlalchemy import Connection, Engine, func, or_, select, update

from bot.database import leases
from retrieval.dates import seconds_of
from retrieval.upserts import upsert
from retrieval.writing import writing

LEASE = timedelta(seconds=60)
"""Of work that a tick does: so long after a replica died, another one takes it over."""

ALERTS, CORRECTIONS, FEEDBACK, FEEDS = "alerts", "corrections", "feedback", "feeds"
"""What only one replica does at a time, whatever is told by it."""

THE_ONLY_ONE = "bot"
_THIS_PROCESS = f"{socket.gethostname()[:60]}-{os.getpid()}-{secrets.token_hex(6)}"


def replica_name(engine: Engine) -> str:
    """What this process is called in the people database."""
    return THE_ONLY_ONE if engine.dialect.name == "sqlite" else _THIS_PROCESS


def taken_over_by(who: str) -> str:
    """Stands for its name where a replica has taken over what a dead one held, until it has
    heard what that is."""
    return f"{who} takes over"


def hold(connection: Connection, name: str, who: str, now: datetime) -> bool:
    """Take the lease of that name, or hold it for longer; False while another one has it.

    Until the caller's transaction ends nobody else can take it, so what is written in the same
    transaction is written by its holder, however late that comes.
    """
    # In a file the first statement writes, so that nobody else does from then on; on a server it
    # does not, as it would wait for whoever holds the row.
    there = select(leases.c.name).where(leases.c.name == name)
    if connection.dialect.name == "sqlite" or connection.execute(there).first() is None:
        free = {"name": name, "holder": who, "until": 0}
        connection.execute(upsert(connection, leases).values(free).on_conflict_do_nothing())
    at = seconds_of(now) or 0
    mine_or_free = or_(leases.c.holder == who, leases.c.until <= at)
    found = connection.execute(
        select(leases.c.name)
        .where(leases.c.name == name, mine_or_free)
        .with_for_update(skip_locked=True)
    ).first()
    if found is None:
        return False
    until = at + int(LEASE.total_seconds())
    mine = update(leases).where(leases.c.name == name)
    connection.execute(mine.values(holder=who, until=until))
    return True


def hold_now(engine: Engine, name: str, who: str, now: datetime) -> bool:
    """As `hold`, in a transaction of its own."""
    with writing(engine) as connection:
        return hold(connection, name, who, now)


def wait_for_turn(connection: Connection, name: str) -> None:
    """Until the caller's transaction ends, no other that waits for the same name goes on.

    A file has one writer anyway, from its transaction's first write on.
    """
    if connection.dialect.name == "postgresql":
        key = func.hashtextextended(name, 0)
        connection.execute(select(func.pg_advisory_xact_lock(key)))
