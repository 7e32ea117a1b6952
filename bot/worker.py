"""`pauta ingest --worker`: feeds are read as they become due, until told to stop; no Telegram.

Several share the feeds of an archive on servers. What admins are told of feeds is told by a bot.
"""

from __future__ import annotations

import asyncio
import secrets
import signal
import sys
from contextlib import suppress
from datetime import timedelta

import structlog

from bot import logs, tracing
from bot.app import Pauta
from bot.coverage import Coverage
from bot.metrics import feed_checked
from bot.status import status_pages

log = structlog.get_logger(__name__)

TICK = timedelta(minutes=1)


def work(pauta: Pauta) -> int:
    """Read due feeds until SIGINT or SIGTERM; returns the exit code. Raises StatusStartError."""
    logs.configure_for(pauta.settings)
    asyncio.run(work_until_stopped(pauta))
    return 0


async def work_until_stopped(pauta: Pauta, tick: timedelta = TICK) -> None:
    """As `work`, within a running event loop. A round under way is ended after the article it
    is at."""
    stop = asyncio.Event()
    coverage = Coverage(pauta.feeds, pauta.ingest, pauta.rounds, pauta.model_change)

    def stop_soon() -> None:
        coverage.stop()
        stop.set()

    loop = asyncio.get_running_loop()
    for signum in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(signum, stop_soon)
    with tracing.started(pauta.settings):
        async with status_pages(pauta, None):
            _say_at_work(pauta)
            while not stop.is_set():
                await _round(pauta, coverage)
                with suppress(TimeoutError):
                    await asyncio.wait_for(stop.wait(), tick.total_seconds())


async def _round(pauta: Pauta, coverage: Coverage) -> None:
    try:
        reports, _told_by_a_bot = await pauta.offload.ingest(coverage.update, pauta.clock())
    except Exception as error:  # a boundary: a server that is away comes back
        log.exception("a round failed", error_id=secrets.token_hex(4), exc_info=error)
        return
    for one in reports:
        failed = len(one.failures)
        feed_checked(one.outcome.value, new=one.new, changed=one.changed, failed=failed)
    if reports:
        new = sum(report.new for report in reports)
        log.info("feeds checked", feeds=len(reports), new=new)


def _say_at_work(pauta: Pauta) -> None:
    print(  # noqa: T201 - the one line a service says of itself
        f"At work: {pauta.store.article_count()} articles, {len(pauta.feeds.all())} feeds. "
        "Ctrl-C stops it.",
        file=sys.stderr,
        flush=True,
    )
