"""An alert is neither lost nor told twice, wherever the machine stops while it is matched and
stored: kill -9 before each write and around each commit of one tick, and then the next tick."""

from __future__ import annotations

import os
import shutil
import signal
from itertools import count
from pathlib import Path

import pytest
from sqlalchemy import Engine, create_engine, event

from bot.alert_desk import AlertDesk
from bot.outbox import Outbox
from retrieval.story_store import StoryStore
from tests.bot.test_alerts import DESK, NOW, OTHER, Office, an_office, news

WRITES = ("INSERT", "UPDATE", "DELETE")
FEWEST = 8
"""Writes and commits of such a tick; fewer, and nothing was tried."""


def desk_on(office: Office, people: Engine) -> AlertDesk:
    """As after a start on that database."""
    archive, outbox = office.archive, Outbox(people, office.outbox.offload, lambda: NOW)
    corpus = create_engine(archive.store.engine.url)
    return AlertDesk(
        corpus, office.follows, StoryStore(corpus), outbox, office.settings, archive.embedder
    )


def killed_at(moment: int, office: Office, file: Path) -> bool:
    """One tick in a process of its own; whether it came as far as that moment, and died there."""
    child = os.fork()
    if child:
        return os.waitpid(child, 0)[1] == signal.SIGKILL
    seen = count()
    office.outbox.engine.dispose(close=False)
    people = create_engine(f"sqlite:///{file}")

    def perhaps_die() -> None:
        if next(seen) == moment:
            os.kill(os.getpid(), signal.SIGKILL)

    @event.listens_for(people, "before_cursor_execute")
    def _write(_1: object, _2: object, statement: str, *_: object) -> None:
        if statement.startswith(WRITES):
            perhaps_die()

    @event.listens_for(people, "commit")
    def _commit(_connection: object) -> None:
        perhaps_die()

    try:
        desk_on(office, people).tick(NOW, {DESK, OTHER}.__contains__)
    finally:
        os._exit(1)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
async def test_killed_at_any_moment_an_alert_is_told_once_to_each_who_follows(
    tmp_path: Path,
) -> None:
    with an_office(tmp_path / "archive") as office:
        await office.follow("Porto Cedro")
        await office.follow("harbour")
        await office.follow("Porto Cedro", OTHER)
        office.arrives(news())
        before = Path(str(office.outbox.engine.url.database))
        for moment in count():
            file = tmp_path / f"people-{moment}.db"
            shutil.copyfile(before, file)
            died = killed_at(moment, office, file)
            people = create_engine(f"sqlite:///{file}")
            desk = desk_on(office, people)
            desk.tick(NOW, {DESK, OTHER}.__contains__)
            desk.tick(NOW, {DESK, OTHER}.__contains__)
            told = Outbox(people, office.outbox.offload, lambda: NOW).log()
            people.dispose()
            assert sorted(one.where for one in told) == sorted((DESK, OTHER)), moment
            if not died:
                break
        assert moment >= FEWEST
