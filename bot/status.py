"""The status pages of a running bot: what they look at, tied to the server that shows it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from typing import TYPE_CHECKING

from bot.app import Pauta
from bot.places import is_shared
from bot.status_checks import database_problem, lock_problem, refresh_coverage, refresh_queues
from bot.status_server import Check, StatusServer

if TYPE_CHECKING:  # a worker has nothing to do with Telegram
    from bot.handlers import PautaApplication


@asynccontextmanager
async def status_pages(pauta: Pauta, application: PautaApplication | None) -> AsyncIterator[None]:
    """Served for as long as the block runs, where `status_listen` is set; `application` is None
    where nothing is asked of Telegram.

    Raises StatusStartError.
    """
    if not pauta.settings.status_listen:
        yield
        return
    server = StatusServer(
        pauta.settings.status_listen,
        {
            "database": partial(
                pauta.offload.status, database_problem, pauta.store.engine, pauta.outbox.engine
            ),
            **_lock_of(pauta),
            **_telegram(application),
        },
        partial(_refresh, pauta),
    )
    server.open()
    try:
        yield
    finally:
        await server.close()


def _telegram(application: PautaApplication | None) -> dict[str, Check]:
    if application is None:
        return {}
    from bot.handlers.watching import telegram_problem  # noqa: PLC0415 - see above

    return {"telegram": partial(telegram_problem, application)}


def _lock_of(pauta: Pauta) -> dict[str, Check]:
    """Where the archive is for one process."""
    if is_shared(pauta.settings):
        return {}
    return {"archive": partial(pauta.offload.status, lock_problem, pauta.settings.home)}


async def _refresh(pauta: Pauta) -> None:
    now = pauta.clock()
    await pauta.offload.status(refresh_coverage, pauta.store, pauta.feeds, now)
    await pauta.offload.status(refresh_queues, pauta.outbox.engine, now)
