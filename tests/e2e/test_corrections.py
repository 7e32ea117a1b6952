"""An article is corrected after it was quoted: from the outlet's feed to the chat that was told."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner

from bot import schedule, texts
from bot.app import Pauta, build
from bot.chat_settings import ChatSettings, QuietHours
from bot.command_line import app
from bot.conversation_key import TERMINAL, ConversationKey
from bot.coverage import Coverage
from bot.handlers.application import build_application, run_polling
from bot.live import feed_desk, services_of
from bot.schedule import keep_coverage_up_to_date
from retrieval.feeds.politeness import PoliteFetcher
from retrieval.identity import article_id
from retrieval.rounds import Rounds
from tests.archive import NOW
from tests.fakes import FakeEmbedder
from tests.local_web import Outlet, Story, hosts, outlets
from tests.screens import MovedClock
from tests.telegram_bot import ADMIN, settings_for
from tests.telegram_server import TelegramServer

FACT = "The harbour of Porto Cedro cost 412 million euros and opened on Monday after nine years."
ARTICLE = f"{FACT}\n\n" + "\n\n".join(
    f"Paragraph {number} tells at some length what the mayor and the builders said that day."
    for number in range(4)
)
HARBOUR = Story("harbour", text=ARTICLE, title="A harbour after nine years")
QUESTION = "How much did the harbour of Porto Cedro cost?"


@pytest.fixture
def outlet() -> Iterator[Outlet]:
    with outlets() as (only,):
        only.publish(HARBOUR)
        yield only


@pytest.fixture(autouse=True)
def quick_ticks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(schedule, "TICK", timedelta(seconds=0.2))


@contextmanager
def a_pauta(home: Path, server_url: str, outlet: Outlet, clock: MovedClock) -> Iterator[Pauta]:
    settings = settings_for(server_url).model_copy(
        update={"home": home, "allow_private_hosts": frozenset(hosts(outlet))}
    )
    with (
        build(settings, purpose="test", embedder=FakeEmbedder(), clock=clock) as pauta,
        PoliteFetcher(pauta.fetcher, delay=0.0) as fetcher,
    ):
        yield replace(pauta, rounds=Rounds(pauta.feeds, pauta.ingest, fetcher))


@asynccontextmanager
async def live(pauta: Pauta) -> AsyncIterator[None]:
    """As `pauta run` is."""
    services = services_of(pauta, feed_desk(pauta))
    application = build_application(services)
    coverage = Coverage(pauta.feeds, pauta.ingest, pauta.rounds)
    keep_coverage_up_to_date(application, coverage, pauta.offload, pauta.clock, pauta.corrections)
    stop = asyncio.Event()
    running = asyncio.create_task(run_polling(application, stop))
    try:
        yield
    finally:
        coverage.stop()
        stop.set()
        await running


async def until_read(pauta: Pauta, words: str) -> None:
    async with asyncio.timeout(15):
        while not any(words in one.text for one in pauta.store.all_articles()):  # noqa: ASYNC110
            await asyncio.sleep(0.05)


async def until_kept(pauta: Pauta, outlet: Outlet, answers: int = 1) -> None:
    """An answer is kept right after it was sent."""
    article = article_id(outlet.url("harbour"))
    async with asyncio.timeout(5):
        while len(pauta.conversations.relying_on(article)) < answers:  # noqa: ASYNC110
            await asyncio.sleep(0.02)


def corrects(outlet: Outlet, clock: MovedClock, was: str, now: str) -> None:
    """The outlet changes a word of its story, and the next day comes."""
    clock.now += timedelta(days=1)
    (story,) = outlet.stories
    outlet.publish(replace(story, text=story.body.replace(was, now), updated=clock.now))


async def test_a_chat_is_told_once_of_a_figure_it_was_given_and_history_shows_it(
    tmp_path: Path, outlet: Outlet, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock, home = MovedClock(NOW), tmp_path / "home"
    async with TelegramServer() as server:
        with a_pauta(home, server.url, outlet, clock) as pauta:
            pauta.feeds.add(outlet.feed_url, outlet.name, None, NOW)
            async with live(pauta):
                await until_read(pauta, "412")
                server.user_says(ADMIN, QUESTION)
                assert "412 million euros" in (await server.next_answer(ADMIN)).text
                await until_kept(pauta, outlet)

                corrects(outlet, clock, "412 million", "431 million")
                told = await server.next_message(ADMIN, 15)
                assert told.text == (
                    "A figure I gave you on June 1, 2025 has been corrected:\n\n"
                    f"“A harbour after nine years” ({outlet.name}) said 412 million euros "
                    "and now says 431 million euros.\n"
                    f"“{FACT.replace('412', '431')}”\n{outlet.url('harbour')}"
                )

                clock.now += timedelta(hours=1)
                corrects(outlet, clock, "Paragraph 2 tells", "Paragraph 2 told")
                await until_read(pauta, "Paragraph 2 told")
                await asyncio.sleep(0.6)  # some ticks
                corrections = [one for one in server.sent if "corrected" in one.text]
                assert len(corrections) == 1

                server.user_says(ADMIN, QUESTION)
                again = (await server.next_answer(ADMIN)).text
                assert "431 million euros" in again
                assert "updated Jun 3" in again
                await until_kept(pauta, outlet, answers=2)

                monkeypatch.setenv("PAUTA_HOME", str(home))
                shown = await asyncio.to_thread(
                    CliRunner().invoke, app, ["history", outlet.url("harbour")]
                )
                assert shown.exit_code == 0, shown.output
                for line in (
                    "  figures: 412 → 431",
                    f"  − {FACT}",
                    "Answers that rest on an earlier text: 1",
                    f"  chat {ADMIN}, 2025-06-01 09:00 UTC: “{FACT}",
                    "Answers whose quotes still stand there: 1",
                ):
                    assert line in shown.output
                found = json.loads(
                    CliRunner().invoke(app, ["history", outlet.url("harbour"), "--json"]).output
                )
                assert [one["figures_added"] for one in found["corrections"]] == [[], ["431"]]
                assert [one["still_stands"] for one in found["answers"]] == [True, False]


async def test_quiet_hours_hold_a_correction_until_they_end(tmp_path: Path, outlet: Outlet) -> None:
    clock, here = MovedClock(NOW), ConversationKey(ADMIN)
    async with TelegramServer() as server:
        with a_pauta(tmp_path / "home", server.url, outlet, clock) as pauta:
            pauta.feeds.add(outlet.feed_url, outlet.name, None, NOW)
            async with live(pauta):
                await until_read(pauta, "412")
                server.user_says(ADMIN, QUESTION)
                assert "412 million euros" in (await server.next_answer(ADMIN)).text
                await until_kept(pauta, outlet)
                quiet = QuietHours(8 * 60, 10 * 60)  # it is nine o'clock
                await pauta.chat_settings.choose(here, ChatSettings("pt", quiet=quiet))
                corrects(outlet, clock, "412 million", "431 million")
                await until_read(pauta, "431")
                await asyncio.sleep(0.6)  # some ticks
                assert len(server.sent) == 1
                clock.now += timedelta(hours=1)
                told = await server.next_message(ADMIN, 15)
                assert told.text.startswith(
                    texts.say("pt", "corrected_figure", date="1 de junho de 2025")
                )


async def test_the_terminal_is_told_when_a_chat_begins(
    tmp_path: Path, outlet: Outlet, capsys: pytest.CaptureFixture[str]
) -> None:
    from bot.terminal.chat import Table, tell_of_corrections
    from bot.terminal.seat import Seat

    clock = MovedClock(NOW)
    with a_pauta(tmp_path / "home", "http://127.0.0.1:1", outlet, clock) as pauta:
        pauta.feeds.add(outlet.feed_url, outlet.name, None, NOW)
        await asyncio.to_thread(pauta.rounds.run, clock())
        seat = Seat(pauta, interactive=False)
        await Table(seat).carry_out(QUESTION)
        corrects(outlet, clock, "412 million", "431 million")
        await asyncio.to_thread(pauta.rounds.run, clock())
        capsys.readouterr()
        tell_of_corrections(seat)
        assert "said 412 million euros and now says 431 million" in capsys.readouterr().out
        tell_of_corrections(seat)
        assert capsys.readouterr().out == ""
        assert pauta.corrections.due(clock(), lambda where: where == TERMINAL) == ()


def test_an_article_that_is_not_there_has_no_history(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PAUTA_HOME", str(tmp_path / "nothing"))
    shown = CliRunner().invoke(app, ["history", "https://folha.example/1"])
    assert shown.exit_code == 3
    assert not (tmp_path / "nothing").exists()
