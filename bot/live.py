"""`pauta run` in Telegram: the bot, until told to stop."""

from __future__ import annotations

import asyncio
import signal
import sys

import structlog

from bot import logs, tracing
from bot.app import Pauta
from bot.channels import WithoutChannelButtons
from bot.context import Services
from bot.coverage import Coverage
from bot.digest_tick import DigestTick, send_digests
from bot.feed_desk import FeedDesk
from bot.handlers.application import build_application, run
from bot.inline_desk import InlineDesk
from bot.schedule import (
    alert_followers,
    deliver_what_waits,
    forget_what_is_old,
    keep_coverage_up_to_date,
    tell_of_feedback,
)
from bot.status import status_pages
from bot.transcription import transcriber_of

log = structlog.get_logger(__name__)


def serve(pauta: Pauta) -> int:
    """Answer people in Telegram until SIGINT or SIGTERM; returns the exit code."""
    logs.configure_for(pauta.settings)
    if not pauta.settings.admins:
        log.warning(
            "PAUTA_ADMINS is empty: nobody gets answers. Send the bot any message; it tells "
            "you your user id to put there."
        )
    asyncio.run(serve_until_stopped(pauta))
    return 0


async def serve_until_stopped(pauta: Pauta) -> None:
    """As `serve`, within a running event loop."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    coverage = Coverage(pauta.feeds, pauta.ingest, pauta.rounds, pauta.model_change)
    desk = feed_desk(pauta)
    digests = digest_tick(pauta)

    def stop_soon() -> None:
        # A round first: stopping the application waits for the tick that runs it.
        coverage.stop()
        desk.stop()
        digests.stop()
        stop.set()

    for signum in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(signum, stop_soon)
    application = build_application(services_of(pauta, desk))
    keep_coverage_up_to_date(application, coverage, pauta.offload, pauta.clock, pauta.corrections)
    tell_of_feedback(application, pauta.feedback, pauta.offload, pauta.clock)
    alert_followers(application, pauta.alerts, pauta.offload, pauta.clock)
    send_digests(application, digests)
    deliver_what_waits(application)
    keep_days = pauta.settings.keep_conversations_days
    forget_what_is_old(application, pauta.privacy, pauta.offload, pauta.clock, keep_days)
    if pauta.replica is not None:
        pauta.browsing.share(pauta.replica.notes)
    try:
        with tracing.started(pauta.settings):
            async with status_pages(pauta, application):
                await run(application, stop, lambda username: _say_live(username, pauta))
    finally:
        coverage.stop()
        desk.stop()
        await pauta.browsing.close()
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
        chat_settings=pauta.chat_settings,
        subscriptions=pauta.subscriptions,
        browsing=pauta.browsing,
        inline=InlineDesk(pauta.inline_search, pauta.offload),
        updates=pauta.updates,
        outbox=pauta.outbox,
        follows=pauta.follows,
        told=pauta.told,
        digests=WithoutChannelButtons(pauta.digests, pauta.people),
        privacy=pauta.privacy,
        replica=pauta.replica,
        transcriber=transcriber_of(pauta.settings, pauta.offload),
    )


def feed_desk(pauta: Pauta) -> FeedDesk:
    return FeedDesk(
        pauta.feeds, pauta.ingest, pauta.rounds, pauta.fetcher, pauta.offload, pauta.clock
    )


def digest_tick(pauta: Pauta) -> DigestTick:
    composer = WithoutChannelButtons(pauta.digests, pauta.people)
    return DigestTick(pauta.subscriptions, composer, pauta.outbox.put, pauta.offload, pauta.clock)


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
