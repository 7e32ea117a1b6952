"""Feeds and pages from Telegram to answers: Bot API server, outlets and archive all real."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from bot.app import Pauta, build
from bot.handlers.application import build_application, run_polling
from bot.live import feed_desk, services_of
from retrieval.feeds.entries import NotAFeed
from retrieval.feeds.politeness import PoliteFetcher
from retrieval.models import Rejected
from retrieval.rounds import Rounds
from tests.fakes import FakeEmbedder
from tests.local_web import Outlet, Story, hosts, outlets
from tests.telegram_bot import ADMIN, settings_for
from tests.telegram_rules import Sent
from tests.telegram_server import TelegramServer

FACT = "The harbour of Porto Cedro cost 412 million euros and opened on Monday after nine years."
ARTICLE = f"{FACT}\n\n" + "\n\n".join(
    f"Paragraph {number} tells at some length what the mayor and the builders said that day."
    for number in range(4)
)


@pytest.fixture
def outlet() -> Iterator[Outlet]:
    with outlets() as (only,):
        only.publish(Story("harbour", text=ARTICLE, title="A harbour after nine years"))
        link = "<link rel='alternate' type='application/atom+xml' href='/feed.xml'>"
        only.page("", f"<html><head>{link}</head><body>Front page</body></html>".encode())
        yield only


@contextmanager
def a_desk(
    folder: Path, server: TelegramServer, *allowed: Outlet, embedder: FakeEmbedder | None = None
) -> Iterator[Pauta]:
    """As `pauta run` wires it; only that no host is spared between two requests."""
    settings = settings_for(server.url).model_copy(
        update={"home": folder / "home", "allow_private_hosts": frozenset(hosts(*allowed))}
    )
    with (
        build(settings, purpose="test", embedder=embedder or FakeEmbedder()) as pauta,
        PoliteFetcher(pauta.fetcher, delay=0.0) as fetcher,
    ):
        yield replace(pauta, rounds=Rounds(pauta.feeds, pauta.ingest, fetcher))


@asynccontextmanager
async def live(pauta: Pauta) -> AsyncIterator[None]:
    services = services_of(pauta, feed_desk(pauta))
    stop = asyncio.Event()
    running = asyncio.create_task(run_polling(build_application(services), stop))
    try:
        yield
    finally:
        stop.set()
        await running


async def says(server: TelegramServer, text: str) -> Sent:
    server.user_says(ADMIN, text)
    return await server.next_answer(ADMIN)


async def press(server: TelegramServer, message: Sent, label: str, until: str) -> Sent:
    server.user_presses(ADMIN, message, label)
    return await server.shows(message, until, within=15)


async def test_a_site_becomes_a_feed_is_read_listed_and_removed_with_its_articles(
    tmp_path: Path, outlet: Outlet
) -> None:
    async with TelegramServer() as server:
        with a_desk(tmp_path, server, outlet) as pauta:
            async with live(pauta):
                message = await says(server, f"/feeds add {outlet.url('')}")
                message = await server.shows(message, "I follow Outlet 1 now")
                assert "at the moment: 1" in message.text
                message = await press(server, message, "Show the feed", outlet.feed_url)
                message = await press(server, message, "🔄 Read now", "New articles: 1")

                answer = await says(server, "How much did the harbour of Porto Cedro cost?")
                assert "412 million euros" in answer.text

                message = await press(server, message, "« All feeds", "Feeds I read: 1")
                assert "1. Outlet 1" in message.text
                assert "read just now" in message.text
                message = await press(server, message, "1", outlet.feed_url)
                message = await press(server, message, "🗑 Remove", "only this feed brought: 1")
                message = await press(server, message, "🗑 Remove with its articles", "is removed")
                await press(server, message, "« All feeds", "I read no feeds yet")
            assert pauta.feeds.all() == []
            assert pauta.store.article_count() == 0
            assert pauta.vectors.count() == 0


async def test_a_bare_link_becomes_a_page_that_answers(tmp_path: Path, outlet: Outlet) -> None:
    async with TelegramServer() as server:
        with a_desk(tmp_path, server, outlet) as pauta:
            async with live(pauta):
                url, add = outlet.url("harbour"), "📄 Add this page to the coverage"
                title = "A harbour after nine years"
                await press(server, await says(server, url), add, f"{title} ({outlet.web.host})")
                answer = await says(server, "How much did the harbour of Porto Cedro cost?")
                assert "412 million euros" in answer.text
                assert url in {entity.url for entity in answer.entities}
                await press(server, await says(server, url), add, "in the coverage already")
                gone = await says(server, outlet.url("nowhere"))
                await press(server, gone, add, "404 (not found)")
                assert pauta.store.article_count() == 1


async def test_questions_are_answered_while_the_page_is_still_being_embedded(
    tmp_path: Path, outlet: Outlet
) -> None:
    held = threading.Event()

    def wait(_text: str) -> None:
        held.wait(20)

    slow = FakeEmbedder(before_text=wait)
    async with TelegramServer() as server:
        with a_desk(tmp_path, server, outlet, embedder=slow) as pauta:
            async with live(pauta):
                try:
                    offer = await says(server, outlet.url("harbour"))
                    add = "📄 Add this page to the coverage"
                    await press(server, offer, add, "Reading the page")
                    answer = await says(server, "How much did the harbour cost?")
                    assert "412" not in answer.text
                    listed = await says(server, "/feeds")
                    assert listed.text.startswith("I read no feeds yet")
                finally:
                    held.set()
                await server.shows(offer, "in the coverage now")


async def test_a_paused_feed_is_not_asked_and_a_resumed_one_is_at_once(
    tmp_path: Path, outlet: Outlet
) -> None:
    async with TelegramServer() as server:
        with a_desk(tmp_path, server, outlet) as pauta:
            desk = feed_desk(pauta)
            found = await desk.find(outlet.url(""))
            assert not isinstance(found, NotAFeed)
            added = await desk.add(found[0])
            assert added.is_new
            assert not (await desk.add(found[0])).is_new
            await desk.set_paused(added.feed.id, True)
            assert pauta.feeds.due(pauta.clock()) == []
            await desk.set_paused(added.feed.id, False)
            assert [feed.id for feed in pauta.feeds.due(pauta.clock())] == [added.feed.id]
            await desk.check(added.feed.id)
            assert await desk.articles_only_of(added.feed.id) == 1
            assert (await desk.page(99)).number == 0
            assert await desk.remove(added.feed.id, keep_articles=True) is not None
            assert pauta.store.article_count() == 1
            for nothing in (
                await desk.row(added.feed.id),
                await desk.check(added.feed.id),
                await desk.set_paused(added.feed.id, True),
                await desk.remove(added.feed.id, keep_articles=True),
            ):
                assert nothing is None


async def test_private_addresses_are_refused_and_never_asked(
    tmp_path: Path, outlet: Outlet
) -> None:
    outlet.web.requests.clear()
    async with TelegramServer() as server:
        with a_desk(tmp_path, server) as pauta:
            async with live(pauta):
                for label in ("📄 Add this page to the coverage", "📰 Follow as a feed"):
                    offer = await says(server, outlet.url("harbour"))
                    await press(server, offer, label, "private network")
                for url in ("http://127.0.0.1/", "http://169.254.169.254/latest"):
                    await server.shows(await says(server, f"/feeds add {url}"), "private network")
            assert pauta.feeds.all() == []
            assert pauta.store.article_count() == 0
    assert outlet.web.requests == []


async def test_the_desk_reads_no_file_of_this_machine(tmp_path: Path) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text(ARTICLE, encoding="utf-8")
    async with TelegramServer() as server:
        with a_desk(tmp_path, server) as pauta:
            desk = feed_desk(pauta)
            for name in (str(secret), secret.as_uri(), str(tmp_path), "-"):
                assert isinstance(await desk.add_page(name), Rejected)
                assert isinstance(await desk.find(name), NotAFeed)
            assert pauta.store.article_count() == 0
