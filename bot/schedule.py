"""The tick, on python-telegram-bot's JobQueue (APScheduler). It knows no schedule: due times
live in the database, so a missed tick is caught up by the next one, once."""

from __future__ import annotations

from datetime import timedelta

import structlog
from telegram.error import TelegramError

from bot.context import PautaContext
from bot.coverage import Coverage
from bot.handlers import PautaApplication
from bot.handlers.sending import send_text
from bot.offload import Offload
from bot.texts import DEFAULT_LANGUAGE
from retrieval.protocols import Clock

log = structlog.get_logger(__name__)

TICK = timedelta(minutes=1)


def keep_coverage_up_to_date(
    application: PautaApplication, coverage: Coverage, offload: Offload, clock: Clock
) -> None:
    """Check due feeds every minute, beside the answering. A round that takes longer delays
    the next one, it is not joined by it."""

    async def tick(context: PautaContext) -> None:
        reports, notices = await offload.ingest(coverage.update, clock())
        new = sum(report.new for report in reports)
        if reports:
            log.info("feeds checked", feeds=len(reports), new=new)
        for notice in notices:
            for admin in sorted(context.services.settings.admins):
                try:
                    await send_text(context.bot, admin, notice.text(DEFAULT_LANGUAGE))
                except TelegramError as error:
                    log.warning("an admin could not be told", error=type(error).__name__)

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
