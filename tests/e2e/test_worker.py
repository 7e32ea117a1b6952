"""`pauta ingest --worker`: feeds are read without Telegram, until it is told to stop."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy.exc import OperationalError
from structlog.testing import capture_logs
from typer.testing import CliRunner

from bot.app import Pauta, build, utc_now
from bot.command_line import app
from bot.coverage import Coverage
from bot.settings import Settings
from bot.worker import work_until_stopped
from tests.bot.test_handlers import free_port
from tests.e2e.test_status import Status
from tests.fakes import FakeEmbedder
from tests.local_web import Outlet, hosts, outlets, stories

TICK = timedelta(seconds=0.05)


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.status_server.FRESH_SECONDS", 0.0)


@pytest.fixture
def outlet() -> Iterator[Outlet]:
    with outlets() as (only,):
        only.publish(*stories(1))
        yield only


@asynccontextmanager
async def at_work(home: Path, outlet: Outlet) -> AsyncIterator[tuple[Pauta, Status]]:
    """A worker with one feed, and its status pages; ended by a signal."""
    port = free_port()
    settings = Settings(
        home=home,
        status_listen=f"127.0.0.1:{port}",
        allow_private_hosts=frozenset(hosts(outlet)),
    )
    with build(settings, purpose="test", embedder=FakeEmbedder()) as pauta:
        pauta.feeds.add(outlet.feed_url, outlet.name, None, utc_now())
        task = asyncio.create_task(work_until_stopped(pauta, TICK))
        try:
            yield pauta, Status(port)
        finally:
            await until(lambda: task.done() or pauta.feeds.all()[0].last_checked_at is not None)
            if not task.done():  # who else would take the signal?
                os.kill(os.getpid(), signal.SIGTERM)
            await asyncio.wait_for(task, 10)


async def until(so: Callable[[], bool]) -> None:
    async with asyncio.timeout(20):
        while not so():  # noqa: ASYNC110
            await asyncio.sleep(0.02)


async def test_due_feeds_are_read_until_it_is_told_to_stop(tmp_path: Path, outlet: Outlet) -> None:
    async with at_work(tmp_path, outlet) as (pauta, status):
        await until(lambda: pauta.store.article_count() == 1)
        assert await status.until("/readyz", 200) == "database: ok\narchive: ok\n"
        assert (await status.figures())["pauta_articles"] == 1


async def test_a_round_that_fails_is_not_the_last_one(
    tmp_path: Path, outlet: Outlet, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole, failed = Coverage.update, [OperationalError("SELECT 1", {}, Exception("gone"))]

    def update(coverage: Coverage, now: datetime) -> object:
        if failed:
            raise failed.pop()
        return whole(coverage, now)

    monkeypatch.setattr(Coverage, "update", update)
    with capture_logs() as logged:
        async with at_work(tmp_path, outlet) as (pauta, _):
            await until(lambda: pauta.store.article_count() == 1)
    assert [one["event"] for one in logged if one["log_level"] == "error"] == ["a round failed"]


@pytest.mark.parametrize("other", [["--due"], ["notes.md"], ["--sitemap", "x.example"]], ids=str)
def test_it_takes_nothing_besides(other: list[str]) -> None:
    done = CliRunner().invoke(app, ["ingest", "--worker", *other])
    assert done.exit_code == 2
