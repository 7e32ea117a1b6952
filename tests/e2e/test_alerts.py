"""What a chat follows, from the outlet's article to the message: all real but the embedder."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot import schedule
from bot.app import Pauta, build
from bot.conversation_key import ConversationKey
from bot.handlers.application import build_application, run_polling
from bot.live import feed_desk, services_of
from bot.schedule import alert_followers, deliver_what_waits
from bot.story_wishes import opened_stories
from retrieval.models import Article
from tests.builders import a_long_text, an_article
from tests.fakes import FakeEmbedder
from tests.screens import MovedClock, say
from tests.telegram_bot import ADMIN, settings_for
from tests.telegram_rules import Sent
from tests.telegram_server import TelegramServer

NOW = datetime(2025, 6, 1, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
HERE = ConversationKey(ADMIN)


def news(number: int, title: str, text: str, source: str = "Folha", at: datetime = NOW) -> Article:
    return an_article(
        f"{text} {a_long_text(1, first=number)}",
        url=f"https://news{number}-example.com/a",
        title=title,
        source=source,
        published_at=at,
    )


FACT = "The harbour of Porto Cedro cost 412 million euros and opened on Monday."
HARBOUR = news(1, "Porto Cedro opens its harbour", FACT)
OLD = news(2, "Porto Cedro plans a harbour", FACT, at=NOW - timedelta(days=3))


def arrives(pauta: Pauta, *articles: Article) -> None:
    pauta.ingest.add(articles)
    pauta.ingest.tell_stories(100)


@pytest.fixture(autouse=True)
def quick_ticks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(schedule, "TICK", timedelta(seconds=0.2))
    monkeypatch.setattr(schedule, "DELIVERY_TICK", timedelta(seconds=0.2))


@asynccontextmanager
async def a_desk(home: Path, server: TelegramServer, clock: MovedClock) -> AsyncIterator[Pauta]:
    """As `pauta run` is, but that nothing is fetched."""
    settings = settings_for(server.url).model_copy(update={"home": home})
    stop = asyncio.Event()
    with build(settings, purpose="test", embedder=FakeEmbedder(), clock=clock) as pauta:
        application = build_application(services_of(pauta, feed_desk(pauta)))
        alert_followers(application, pauta.alerts, pauta.offload, pauta.clock)
        deliver_what_waits(application)
        running = asyncio.create_task(run_polling(application, stop))
        try:
            yield pauta
        finally:
            stop.set()
            await running
            await pauta.browsing.close()


async def says(server: TelegramServer, text: str) -> Sent:
    server.user_says(ADMIN, text)
    return await server.next_answer(ADMIN)


async def test_an_article_of_what_is_followed_is_told_once_with_its_sentence_and_buttons(
    tmp_path: Path,
) -> None:
    clock = MovedClock(NOW)
    async with TelegramServer() as server:
        async with a_desk(tmp_path, server, clock) as pauta:
            arrives(pauta, OLD)
            added = await says(server, "/follow Porto Cedro")
            assert added.text.startswith(say("follow_added", words="Porto Cedro"))
            assert say("follow_example") in added.text
            assert "Porto Cedro plans a harbour" in added.text

            clock.now += HOUR
            arrives(pauta, HARBOUR, news(3, "Another thing", "Nothing of it."))
            alert = await server.next_answer(ADMIN)
            assert alert.text.startswith("🔔 Porto Cedro\n\n")
            assert "Porto Cedro opens its harbour" in alert.text
            assert f"“{FACT}” [1]" in alert.text
            assert alert.labels == [
                say("button_alert_story"), say("button_alert_ask"),
                say("button_alert_mute"), say("button_unfollow"),
            ]  # fmt: skip

            # What is opened of it tells what the chat likes.
            assert opened_stories(pauta.outbox.engine, HERE) == []
            server.user_presses(ADMIN, alert, say("button_alert_story"))
            assert "Porto Cedro opens its harbour" in (await server.next_answer(ADMIN)).text
            (told,) = [one for entry in pauta.outbox.log(HERE) for one in entry.told]
            async with asyncio.timeout(5):
                while opened_stories(pauta.outbox.engine, HERE) != [told.story_id]:  # noqa: ASYNC110
                    await asyncio.sleep(0.01)
        # Started again, the same articles are known.
        async with a_desk(tmp_path, server, clock):
            assert (await says(server, "/unfollow porto cedro")).text == say(
                "unfollowed", words="Porto Cedro"
            )
            assert (await says(server, "/follow")).text == say("follows_none")
