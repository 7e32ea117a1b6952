"""The tick, on python-telegram-bot's JobQueue (APScheduler). It knows no schedule: due times
live in the database, so a missed tick is caught up by the next one, once."""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import partial

import structlog
from telegram.error import ChatMigrated, RetryAfter, TelegramError

from bot.context import PautaContext
from bot.correction_desk import CorrectionDesk
from bot.coverage import Coverage
from bot.handlers import PautaApplication
from bot.handlers.access import is_served
from bot.handlers.sending import never_left, send_text
from bot.offload import Offload
from bot.texts import DEFAULT_LANGUAGE
from retrieval.protocols import Clock

log = structlog.get_logger(__name__)

TICK = timedelta(minutes=1)


def keep_coverage_up_to_date(
    application: PautaApplication,
    coverage: Coverage,
    offload: Offload,
    clock: Clock,
    corrections: CorrectionDesk | None = None,
) -> None:
    """Check due feeds every minute, beside the answering, and then tell of corrections. A round
    that takes longer delays the next one, it is not joined by it."""

    async def tick(context: PautaContext) -> None:
        reports, bulletin = await offload.ingest(coverage.update, clock())
        new = sum(report.new for report in reports)
        if reports:
            log.info("feeds checked", feeds=len(reports), new=new)
        if bulletin and await _tell_admins(context, bulletin.text(DEFAULT_LANGUAGE)):
            await offload.ingest(coverage.told, bulletin)
        if corrections is not None:
            await _tell_of_corrections(context, corrections, offload, clock())

    queue = application.job_queue
    assert queue is not None  # noqa: S101 - the job-queue extra is installed
    queue.run_repeating(
        tick,
        TICK,
        first=1,
        name="coverage",
        # Asleep for an hour: one tick, late, instead of none or sixty.
        job_kwargs={"max_instances": 1, "coalesce": True, "misfire_grace_time": None},
    )


async def _tell_admins(context: PautaContext, text: str) -> bool:
    """Whether at least one admin has been told; only if none was is it tried again, since one
    who has blocked the bot is no reason to repeat it to the others."""
    told = False
    for admin in sorted(context.services.settings.admins):
        try:
            await send_text(context.bot, admin, text)
        except TelegramError as error:
            log.warning("an admin could not be told", error=type(error).__name__)
        else:
            told = True
    return told


async def _tell_of_corrections(
    context: PautaContext, desk: CorrectionDesk, offload: Offload, now: datetime
) -> None:
    """Each chat that is still let in, once: what may have arrived is not sent again."""
    hears = partial(is_served, context.services)
    for given in await offload.ingest(desk.due, now, hears):
        try:
            await send_text(context.bot, given.where, given.text())
        except ChatMigrated as moved:
            await context.services.people.move_chat(given.where.chat_id, moved.new_chat_id)
            continue
        except TelegramError as error:
            log.warning("a chat was not told of a correction", error=type(error).__name__)
            if isinstance(error, RetryAfter) or never_left(error):
                continue
        await offload.ingest(desk.told, given, now)
