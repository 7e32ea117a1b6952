"""The whole bot on a PostgreSQL server: a question, an alert and a digest, over HTTP."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from pathlib import Path

import pytest
from pydantic import SecretStr
from sqlalchemy import select

from bot import digest_tick as digests
from bot import schedule
from bot.app import build
from bot.conversation_key import ConversationKey
from bot.database import deliveries, open_people
from bot.handlers.application import build_application, run_polling
from bot.live import digest_tick, feed_desk, services_of
from bot.outgoing import Kind
from bot.schedule import alert_followers, deliver_what_waits
from bot.subscriptions import EVERY_DAY, Wishes
from tests.e2e.test_alerts import FACT, HARBOUR, HOUR, NOW, arrives, news, says
from tests.fakes import FakeEmbedder
from tests.postgres import fresh_database, needs_postgres
from tests.screens import MovedClock
from tests.telegram_bot import ADMIN, settings_for
from tests.telegram_server import TelegramServer


def names_in(folder: Path) -> set[str]:
    return {one.name for one in folder.iterdir()}


@needs_postgres
async def test_a_question_an_alert_and_a_digest_and_all_of_it_still_there_after_a_restart(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module, name in ((schedule, "TICK"), (schedule, "DELIVERY_TICK"), (digests, "TICK")):
        monkeypatch.setattr(module, name, timedelta(seconds=0.2))
    clock, where = MovedClock(NOW), ConversationKey(ADMIN)
    question = "How much did the harbour of Porto Cedro cost?"
    with fresh_database() as address:
        async with TelegramServer() as server:
            settings = settings_for(server.url).model_copy(
                update={"home": tmp_path, "database_url": SecretStr(address)}
            )
            for is_first in (True, False):
                stop = asyncio.Event()
                with build(settings, purpose="test", embedder=FakeEmbedder(), clock=clock) as pauta:
                    application = build_application(services_of(pauta, feed_desk(pauta)))
                    alert_followers(application, pauta.alerts, pauta.offload, pauta.clock)
                    digests.send_digests(application, digest_tick(pauta))
                    deliver_what_waits(application)
                    running = asyncio.create_task(run_polling(application, stop))
                    try:
                        if is_first:
                            await says(server, "/follow Porto Cedro")
                            clock.now += HOUR
                            arrives(pauta, HARBOUR, news(3, "Another thing", "Nothing of it."))
                            alert = await server.next_answer(ADMIN)
                            assert f"“{FACT}” [1]" in alert.text
                            assert "412 million" in (await says(server, question)).text
                            due = clock.now + HOUR
                            wishes = Wishes(days=EVERY_DAY, at=due.hour * 60)
                            assert await pauta.subscriptions.add(where, "Noon", wishes, ADMIN)
                            clock.now = due
                            digest = await server.next_answer(ADMIN)
                            assert "Porto Cedro opens its harbour" in digest.text
                        else:
                            (kept,) = await pauta.follows.of(where)
                            assert kept.words == "Porto Cedro"
                            assert "412 million" in (await says(server, question)).text
                            await asyncio.sleep(0.5)  # two ticks, which have nothing new to tell
                    finally:
                        stop.set()
                        await running
                        await pauta.browsing.close()
        engine = open_people(address)
        with engine.connect() as connection:
            kinds = connection.scalars(select(deliveries.c.kind).order_by(deliveries.c.id)).all()
        engine.dispose()
    assert kinds == [Kind.ALERT.value, Kind.DIGEST.value]
    assert not {"corpus.db", "people.db"} & names_in(tmp_path)
