"""The tick on the bot's own job queue: the real application against a Bot API server."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import ExitStack, asynccontextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
import pytest_asyncio

from bot import coverage as coverage_module
from bot import schedule
from bot.coverage import Coverage
from bot.handlers.application import build_application, run_polling
from bot.notices import Bulletin
from bot.offload import Offload
from bot.schedule import keep_coverage_up_to_date
from retrieval.feeds.feed import FeedReport
from tests.archive import NOW, an_archive
from tests.local_web import Desk, Outlet, Story, outlets
from tests.telegram_bot import ADMIN, OTHER_ADMIN, services_for
from tests.telegram_server import TelegramServer


@pytest_asyncio.fixture
async def server() -> AsyncIterator[TelegramServer]:
    async with TelegramServer() as running:
        running._chats.update({ADMIN, OTHER_ADMIN})
        yield running


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with an_archive(tmp_path / "archive") as archive:
        yield Desk(archive)


@pytest.fixture
def outlet() -> Iterator[Outlet]:
    with outlets() as (only,):
        yield only


@pytest.fixture(autouse=True)
def quick_ticks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(schedule, "TICK", timedelta(seconds=0.2))


Update = Callable[[datetime], tuple[Sequence[FeedReport], Bulletin]]


class Watched(Coverage):
    """Counts its updates, and the most there were at once."""

    def __init__(self, update: Update, told: Callable[[Bulletin], None]) -> None:
        self._update = update
        self._told = told
        self._lock = threading.Lock()
        self._under_way = 0
        self.most = 0
        self.done = 0

    def update(
        self, now: datetime, on_report: Callable[[FeedReport], None] = lambda _report: None
    ) -> tuple[Sequence[FeedReport], Bulletin]:
        with self._lock:
            self._under_way += 1
            self.most = max(self.most, self._under_way)
        try:
            return self._update(now)
        finally:
            with self._lock:
                self._under_way -= 1
                self.done += 1

    def told(self, given: Bulletin) -> None:
        self._told(given)

    def stop(self) -> None:
        pass


@asynccontextmanager
async def live(
    server: TelegramServer,
    update: Update,
    told: Callable[[Bulletin], None] = lambda _bulletin: None,
) -> AsyncIterator[Watched]:
    application = build_application(services_for(server.url))
    stop, offload, watched = asyncio.Event(), Offload(), Watched(update, told)
    keep_coverage_up_to_date(application, watched, offload, lambda: NOW)
    running = asyncio.create_task(run_polling(application, stop))
    try:
        yield watched
    finally:
        stop.set()
        await asyncio.wait_for(running, 10)
        offload.close()


async def until(condition: Callable[[], bool], within: float = 10.0) -> None:
    async with asyncio.timeout(within):
        while not condition():  # noqa: ASYNC110 - what is waited for happens in a thread
            await asyncio.sleep(0.02)


def idle(_now: datetime) -> tuple[Sequence[FeedReport], Bulletin]:
    return (), Bulletin()


async def test_a_tick_reads_what_is_due_and_tells_each_admin_once(
    server: TelegramServer, desk: Desk, outlet: Outlet
) -> None:
    outlet.publish(Story("dam", text="The dam of Lindoia gets new gates. " * 5))
    desk.follow(outlet)
    broken = desk.feeds.add(outlet.url("broken"), "Broken", None, NOW)
    desk.feeds.save(replace(broken, failing_since=NOW - timedelta(days=2)))
    with ExitStack() as stack:
        coverage = Coverage(desk.feeds, desk.archive.ingest, desk.rounds(stack))
        async with live(server, coverage.update, coverage.told) as watched:
            messages = [await server.next_message(one, 10) for one in (ADMIN, OTHER_ADMIN)]
            ticks = watched.done
            await until(lambda: watched.done >= ticks + 3)
    assert all("Broken" in one.text and "404" in one.text for one in messages)
    assert len(server.sent) == 2
    assert desk.found("the dam of Lindoia") == [outlet.url("dam")]
    assert outlet.asked().count("/feed.xml") == 1


async def test_an_admin_who_cannot_be_told_does_not_keep_the_other_from_it(
    server: TelegramServer, desk: Desk
) -> None:
    server._chats.discard(ADMIN)
    broken = desk.feeds.add("http://127.0.0.1:9/feed", "Broken", None, NOW)
    desk.feeds.save(replace(broken, failing_since=NOW - timedelta(days=2)))
    with ExitStack() as stack:
        coverage = Coverage(desk.feeds, desk.archive.ingest, desk.rounds(stack))
        async with live(server, coverage.update, coverage.told):
            assert "Broken" in (await server.next_message(OTHER_ADMIN, 10)).text


async def test_what_reached_no_admin_is_told_again_later(
    server: TelegramServer, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(coverage_module, "LEAST_GAP", timedelta(0))
    server._chats.clear()
    broken = desk.feeds.add("http://127.0.0.1:9/feed", "Broken", None, NOW)
    desk.feeds.save(replace(broken, failing_since=NOW - timedelta(days=2)))
    with ExitStack() as stack:
        coverage = Coverage(desk.feeds, desk.archive.ingest, desk.rounds(stack))
        async with live(server, coverage.update, coverage.told) as watched:
            await until(lambda: watched.done >= 3)
            server._chats.update({ADMIN})
            assert "Broken" in (await server.next_message(ADMIN, 10)).text
            ticks = watched.done
            await until(lambda: watched.done >= ticks + 3)
    assert len([one for one in server.sent if one.chat_id == ADMIN]) == 1


async def test_a_round_longer_than_a_tick_is_not_joined_by_another(
    server: TelegramServer,
) -> None:
    def slow(now: datetime) -> tuple[Sequence[FeedReport], Bulletin]:
        time.sleep(0.5)
        return idle(now)

    async with live(server, slow) as watched:
        await until(lambda: watched.done >= 2)
    assert watched.most == 1


async def test_ticks_missed_while_asleep_are_made_up_for_by_one(
    server: TelegramServer,
) -> None:
    asleep = 1.2

    async with live(server, idle) as watched:
        await until(lambda: watched.done >= 1)
        time.sleep(asleep)  # noqa: ASYNC251 - the whole machine, the event loop too
        before = watched.done
        await asyncio.sleep(0.1)
        assert watched.done <= before + 2


async def test_a_round_that_breaks_is_followed_by_the_next_one(server: TelegramServer) -> None:
    rounds = iter([True, False, False])

    def breaks_once(now: datetime) -> tuple[Sequence[FeedReport], Bulletin]:
        if next(rounds, False):
            raise OSError("disk full")
        return idle(now)

    async with live(server, breaks_once) as watched:
        await until(lambda: watched.done >= 3)
    assert not server.sent
