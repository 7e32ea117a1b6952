"""`pauta run` in Telegram: the bot, until told to stop."""

from __future__ import annotations

import asyncio
import signal
import sys

import structlog

from bot import logs
from bot.app import Pauta
from bot.context import Services
from bot.coverage import Coverage
from bot.feed_desk import FeedDesk
from bot.handlers.application import build_application, run_polling
from bot.schedule import keep_coverage_up_to_date

log = structlog.get_logger(__name__)


def serve(pauta: Pauta) -> int:
    """Answer people in Telegram until SIGINT or SIGTERM; returns the exit code."""
    logs.configure(level=pauta.settings.log_level)
    if not pauta.settings.admins:
        log.warning(
            "PAUTA_ADMINS is empty: nobody gets answers. Send the bot any message; it tells "
            "you your user id to put there."
        )
    asyncio.run(_serve(pauta))
    return 0


async def _serve(pauta: Pauta) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    coverage = Coverage(pauta.feeds, pauta.ingest, pauta.rounds)
    desk = feed_desk(pauta)

    def stop_soon() -> None:
        # A round first: stopping the application waits for the tick that runs it.
        coverage.stop()
        desk.stop()
        stop.set()

    for signum in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(signum, stop_soon)
    application = build_application(services_of(pauta, desk))
    keep_coverage_up_to_date(application, coverage, pauta.offload, pauta.clock, pauta.corrections)
    try:
        await run_polling(application, stop, lambda username: _say_live(username, pauta))
    finally:
        coverage.stop()
        desk.stop()
        await pauta.assistant.close()


def services_of(pauta: Pauta, feeds: FeedDesk) -> Services:
    """What the handlers use of all there is."""
    return Services(
        settings=pauta.settings,
        assistant=pauta.assistant,
        conversations=pauta.conversations,
        clock=pauta.clock,
        feeds=feeds,
        people=pauta.people,
        answers=pauta.answers,
    )


def feed_desk(pauta: Pauta) -> FeedDesk:
    return FeedDesk(
        pauta.feeds, pauta.ingest, pauta.rounds, pauta.fetcher, pauta.offload, pauta.clock
    )


def _say_live(username: str, pauta: Pauta) -> None:
    now = pauta.clock()
    invited = sum(one.is_in(now) for one in pauta.people.everybody())
    people = len(pauta.settings.admins) + invited
    print(  # noqa: T201 - the one line a service says of itself
        f"Live in Telegram as @{username}: {pauta.store.article_count()} articles, "
        f"{len(pauta.feeds.all())} feeds, {people} {'person' if people == 1 else 'people'} "
        "let in. Ctrl-C stops it.",
        file=sys.stderr,
        flush=True,
    )
