"""Looking through the coverage from Telegram: server, archive and application all real."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import pytest_asyncio

from bot.access import Role
from bot.app import Pauta, build
from bot.asker import Asker
from bot.chat_settings import ChatSettings
from bot.conversation_key import ConversationKey
from bot.for_operators import hint_after
from bot.handlers.application import build_application, run_polling
from bot.live import feed_desk, services_of
from retrieval.identity import article_id
from retrieval.models import Article
from tests.browsing import a_row
from tests.builders import a_long_text, an_article
from tests.fakes import FakeEmbedder
from tests.screens import say
from tests.telegram_bot import ADMIN, STRANGER, World, live_bot, settings_for
from tests.telegram_rules import Json, Sent
from tests.telegram_server import TelegramServer

NOW = datetime(2025, 6, 1, 12, tzinfo=UTC)
DAY = timedelta(days=1)
DESK: Json = {"id": -100200, "type": "supergroup", "title": "Desk"}
NAME = "@pauta_test_bot"


def news(number: int, title: str, text: str = "", source: str = "Folha") -> Article:
    return an_article(
        f"{text} {a_long_text(1, first=number)}".strip(),
        url=f"https://news{number}-example.com/a",
        title=title,
        source=source,
        published_at=NOW - number * DAY,
    )


HARBOUR = "The harbour of Porto Cedro cost 412 million euros and opened on Monday."
DELAY = "The harbour of Porto Cedro was delayed again, the mayor of Porto Cedro said."
ARTICLES = [
    news(1, "Harbour of Porto Cedro opens", HARBOUR),
    news(30, "Harbour of Porto Cedro is delayed", DELAY, source="El País"),
    *(news(number, f"Report {number}") for number in range(40, 50)),
]


@asynccontextmanager
async def live(pauta: Pauta) -> AsyncIterator[None]:
    stop = asyncio.Event()
    services = services_of(pauta, feed_desk(pauta))
    running = asyncio.create_task(run_polling(build_application(services), stop))
    try:
        yield
    finally:
        stop.set()
        await running
        await pauta.browsing.close()


@asynccontextmanager
async def a_desk(folder: Path) -> AsyncIterator[tuple[Pauta, TelegramServer]]:
    async with TelegramServer() as server:
        settings = settings_for(server.url).model_copy(update={"home": folder / "home"})
        with build(settings, purpose="test", embedder=FakeEmbedder(), clock=lambda: NOW) as pauta:
            pauta.ingest.add(ARTICLES)
            async with live(pauta):
                yield pauta, server


async def says(server: TelegramServer, text: str) -> Sent:
    server.user_says(ADMIN, text)
    return await server.next_answer(ADMIN)


async def test_a_list_turns_its_pages_and_an_article_opens_by_button_number_link_and_words(
    tmp_path: Path,
) -> None:
    async with a_desk(tmp_path) as (_, server):
        page = await says(server, "/latest")
        assert "1. Harbour of Porto Cedro opens" in page.text
        assert "Report 46" not in page.text
        server.user_presses(ADMIN, page, "›")
        page = await server.shows(page, "9. Report 46")
        server.user_presses(ADMIN, page, "9")
        assert (await server.next_message(ADMIN)).text.startswith("Report 46\n")

        article = await says(server, "/article 1")
        assert article.text.startswith("Harbour of Porto Cedro opens\nFolha, May 31, 2025")
        assert HARBOUR in article.text
        assert "412 million euros" in article.text.split(say("browse_figures"))[1]
        for words in ("https://news1-example.com/a", "harbour opens"):
            assert (await says(server, f"/article {words}")).text == article.text
        assert (await says(server, "/article 77")).text == say("browse_no_number", number=77)
        gone = await says(server, "/article https://nowhere.example.com/")
        assert gone.text == say("browse_no_article")


async def test_a_list_is_of_a_topic_an_outlet_a_day(tmp_path: Path) -> None:
    async with a_desk(tmp_path) as (_, server):
        page = await says(server, "/latest el país harbour")
        assert page.text.startswith(
            "The latest · harbour · El País\n\n1. Harbour of Porto Cedro is"
        )
        page = await says(server, "/latest yesterday")
        assert page.text.startswith("The latest · May 31, 2025\n\n1. Harbour of Porto Cedro opens")
        assert (await says(server, "/latest volcano")).text.endswith(say("browse_none"))


async def test_of_a_day_without_articles_the_newest_day_before_it_is_listed(
    tmp_path: Path,
) -> None:
    async with a_desk(tmp_path) as (_, server):
        for words, heading, key, newest in (
            ("2025-05-20", "May 20, 2025", "browse_nothing_on", "May 2, 2025"),
            ("el país yesterday", "El País · May 31, 2025", "browse_nothing_on", "May 2, 2025"),
            ("report last week", "report · May 19, 2025 – May 25, 2025", "browse_nothing_then",
             "May 2, 2025"),
        ):  # fmt: skip
            page = await says(server, f"/latest {words}")
            line = say(key, day=heading.rpartition(" · ")[2], newest=newest)
            assert page.text.startswith(f"The latest · {heading}\n\n{line}\n\n1. ")
            assert "2. " not in page.text
        assert (await says(server, "/latest 1999-01-01")).text.endswith(say("browse_none"))


async def test_ask_about_it_makes_the_next_question_one_about_the_article(tmp_path: Path) -> None:
    async with a_desk(tmp_path) as (pauta, server):
        await says(server, "Who wrote report 45?")
        article = await says(server, "/article harbour opens")
        server.user_presses(ADMIN, article, say("button_ask_about"))
        ready = await server.next_message(ADMIN)
        assert ready.text == say("browse_ask_away", title="Harbour of Porto Cedro opens")
        turns = await pauta.conversations.recent(ConversationKey(ADMIN))
        assert [turn.role for turn in turns] == ["user", "assistant"]
        assert "Porto Cedro" in turns[0].text
        answer = await says(server, "How much did it cost?")
        assert "412 million euros" in answer.text


async def test_questions_stay_with_that_article_until_one_names_something_else(
    tmp_path: Path,
) -> None:
    bridge = "The bridge of Ostby cost 90 million euros and opened on Monday."
    async with a_desk(tmp_path) as (pauta, server):
        pauta.ingest.add([news(3, "Bridge of Ostby opens", bridge)])
        here = ConversationKey(ADMIN)
        for title, cost in (("Bridge of Ostby", "90 million"), ("Harbour of Porto", "412 million")):
            article = await says(server, f"/article {title} opens")
            server.user_presses(ADMIN, article, say("button_ask_about"))
            await server.next_message(ADMIN)
            for question in ("What was the total cost in euros?", "What cost euros on Monday?"):
                answer = await says(server, question)
                assert cost in answer.text
                assert "million" not in answer.text.replace(cost, "")
        assert await pauta.conversations.article(here) == article_id(ARTICLES[0].url)

        other = await says(server, "How much did the Ostby bridge cost in euros?")
        assert "90 million" in other.text
        assert await pauta.conversations.article(here) == ""


def on_the_blast(hours: float, title: str, text: str, source: str) -> Article:
    """All of them tell of one event, as far as names and days go."""
    where = "The blast was at the Ferrol refinery in Ostby, engineer Lia Montez said."
    return an_article(
        f"{text} {where}",
        url=f"https://{source.lower()}-example.com/{hours:.0f}",
        title=title,
        source=source,
        published_at=NOW - timedelta(hours=hours),
    )


BLAST = [
    on_the_blast(72, "Blast at Ostby refinery", "The blast in Ostby killed 50 people.", "Folha"),
    on_the_blast(70, "Ostby refinery blast", "The blast in Ostby shut the refinery.", "Lusa"),
    on_the_blast(20, "Correction: blast in Ostby killed 60, not 50",
                 "The toll of the blast in Ostby was corrected.", "Folha"),
]  # fmt: skip


class TestAStory:
    async def test_is_told_from_the_oldest_by_days_with_its_corrections_and_no_stray_article(
        self, tmp_path: Path
    ) -> None:
        async with a_desk(tmp_path) as (pauta, server):
            stray = news(9, "Blast remembered", "A blast in Ostby was remembered by a museum.")
            pauta.ingest.add([*BLAST, stray])
            changed = BLAST[1].text.replace("shut the refinery", "shut the refinery for 8 days")
            pauta.ingest.add([replace(BLAST[1], text=changed)])

            story = await says(server, "/story blast in Ostby")

            head, first, last = story.text.replace("Day 3", "Day 1").split("Day 1\n")
            assert head.startswith(say("browse_story", topic="blast in Ostby"))
            assert f"{say('browse_story_size', count=3, outlets=2)} · May 29, 2025" in head
            assert say("browse_story_days", count=3) in head
            assert say("independent_sources", count=2) in head
            assert first.index("1. Folha") < first.index("2. Lusa")
            assert say("browse_figure_corrected", changes="50 → 60") in first.split("2. Lusa")[0]
            assert "✏️ corrected Jun 1, 2025" in first.split("2. Lusa")[1]
            told, related = last.split(say("browse_story_related"))
            assert say("browse_corrects", changes="50 → 60") in told
            assert "Blast remembered" in related
            assert "remembered" not in head + first + told

            article = await says(server, "/article Blast at Ostby refinery")
            figures = article.text.split(say("browse_figures"))[1]
            assert f"50 people.\n   {say('browse_figure_corrected', changes='50 → 60')}" in figures

    async def test_is_that_of_an_article_by_its_button(self, tmp_path: Path) -> None:
        async with a_desk(tmp_path) as (pauta, server):
            pauta.ingest.add(BLAST)
            article = await says(server, f"/article {BLAST[1].url}")
            server.user_presses(ADMIN, article, say("button_story"))
            story = await server.next_message(ADMIN)
            assert story.text.startswith(say("browse_story", topic=BLAST[1].title))
            assert say("browse_story_size", count=3, outlets=2) in story.text

    async def test_that_nobody_has_gathered_is_looked_for_and_says_so(self, tmp_path: Path) -> None:
        async with a_desk(tmp_path) as (pauta, server):
            with pauta.store.engine.begin() as connection:
                for table in ("stories", "story_articles", "story_means"):
                    connection.exec_driver_sql(f"DELETE FROM {table}")
            story = await says(server, "/story harbour of Porto Cedro")
            assert say("browse_story_by_search") in story.text
            assert story.text.index("is delayed") < story.text.index("opens")
            assert (await says(server, "/story")).text == say("browse_story_which")
            assert (await says(server, "/story zzzz qqqq")).text.endswith(say("browse_none"))


async def test_raw_passages_say_why_they_were_found(tmp_path: Path) -> None:
    async with a_desk(tmp_path) as (_, server):
        found = await says(server, "/search harbour euros")
        assert found.text.startswith("Passages for “harbour euros”:")
        assert "Found by the words “harbour”, “euros” and meaning (no. 1)" in found.text
        server.user_presses(ADMIN, found, "›")
        await server.shows(found, "5. ")


async def test_the_outlets_are_told_with_what_fails_for_administrators(tmp_path: Path) -> None:
    async with a_desk(tmp_path) as (pauta, server):
        feed = pauta.feeds.add("https://f.example.com/feed", "El País", None, NOW)
        pauta.feeds.save(replace(feed, failing_since=NOW - DAY, last_error="gone"))
        page = await says(server, "/sources")
        assert page.text.startswith("Outlets: 2; articles: 12")
        assert "articles: 11 · newest 1 day ago · English" in page.text
        assert say("browse_outlet_failing") in page.text
        server.user_presses(ADMIN, page, "2")
        await server.shows(page, "The latest · El País")


@pytest_asyncio.fixture
async def world() -> AsyncIterator[World]:
    async with TelegramServer() as server, live_bot(server) as here:
        here.browsing.rows = tuple(a_row(number) for number in range(1, 12))
        server.message(ADMIN, {})
        yield here


class TestInAGroup:
    async def test_commands_for_us_and_buttons_serve_everybody_in_it(self, world: World) -> None:
        await world.people.let_group_in(DESK["id"], "Desk", ADMIN)
        world.server.group_hears(DESK, STRANGER, f"/latest{NAME} harbour")
        page = await world.server.next_message(DESK["id"])
        world.server.user_presses(STRANGER, page, "›")
        page = await world.server.shows(page, "9. Story 9")
        world.server.user_presses(STRANGER, page, "9")
        article = await world.server.next_message(DESK["id"])
        world.server.user_presses(STRANGER, article, say("button_ask_about"))
        await world.server.next_message(DESK["id"])
        assert world.conversations.turns.keys() == {ConversationKey(DESK["id"])}

    async def test_a_command_that_is_not_for_us_is_let_pass(self, world: World) -> None:
        await world.people.let_group_in(DESK["id"], "Desk", ADMIN)
        world.server.group_hears(DESK, STRANGER, "/latest harbour")
        await world.server.fetched()
        await asyncio.wait_for(world.application.update_queue.join(), 5)
        assert world.browsing.asked == []

    async def test_help_names_what_a_group_can_do(self, world: World) -> None:
        await world.people.let_group_in(DESK["id"], "Desk", ADMIN)
        world.server.group_hears(DESK, STRANGER, f"/help{NAME}")
        guide = (await world.server.next_message(DESK["id"])).text
        assert "/latest: " in guide
        assert "/feeds: " not in guide


async def test_help_and_the_welcome_show_questions_the_coverage_answers(world: World) -> None:
    world.browsing.questions = ("What is new about Porto Cedro?", "What do we know about Ardal?")
    for command in ("/start", "/help"):
        world.server.user_says(ADMIN, command)
        guide = (await world.server.next_message(ADMIN)).text
        assert "• What is new about Porto Cedro?\n• What do we know about Ardal?\n" in guide
        assert "Stargate" not in guide
    assert "/latest: " in guide
    assert "/team: " in guide


async def test_commands_of_the_machine_are_told_to_an_administrator_alone(world: World) -> None:
    token = await world.people.invite(Role.MEMBER, None, ADMIN)
    await world.people.redeem(token, 55, "Ana", frozenset({ADMIN}))
    await world.people.let_group_in(DESK["id"], "Desk", ADMIN)
    world.server.user_says(ADMIN, "What is new?")
    world.server.user_says(55, "What is new?")
    world.server.group_hears(DESK, ADMIN, f"{NAME} What is new?")
    await world.settled()
    told = {(one.person, one.runs_pauta) for one in world.assistant.askers}
    assert told == {(ADMIN, True), (55, False), (ADMIN, False)}
    ana, ben = Asker(person=55), Asker(person=ADMIN, runs_pauta=True)
    for key in ("model_failed", "model_not_set_up", "archive_empty"):
        assert "pauta" not in say(key) + hint_after(key, ana, "en")
        assert "pauta" in hint_after(key, ben, "en")


async def test_who_else_has_a_text_and_back(world: World) -> None:
    world.server.user_says(ADMIN, "/article Story 2")
    article = await world.server.next_message(ADMIN)
    world.server.user_presses(ADMIN, article, say("button_carriers", count=1))
    await world.server.shows(article, say("browse_carriers"))
    world.server.user_presses(ADMIN, article, say("button_to_article"))
    await world.server.shows(article, say("browse_figures"))


@pytest.mark.parametrize("data", ["b:l:0:gone", "b:x:0:y", "b:a:0:zz", "b:r:0:" + "0" * 24])
async def test_a_button_of_former_times_says_so(world: World, data: str) -> None:
    world.server.user_says(ADMIN, "/latest")
    page = await world.server.next_message(ADMIN)
    world.server.press_data(ADMIN, page, data)
    assert await world.server.next_toast(ADMIN) == say("browse_expired")


async def test_an_article_that_is_gone_is_told(world: World) -> None:
    world.server.user_says(ADMIN, "/latest")
    page = await world.server.next_message(ADMIN)
    for act in "aqt":
        world.server.press_data(ADMIN, page, f"b:{act}:0:{'0' * 24}")
        assert (await world.server.next_message(ADMIN)).text == say("browse_gone")
    assert world.conversations.turns == {}


async def test_what_a_chat_hides_is_hidden_from_its_lists(world: World) -> None:
    where = ConversationKey(ADMIN)
    chosen = replace(world.chat_settings.own(where), hidden_sources=("El País",))
    await world.chat_settings.choose(where, chosen)
    world.server.user_says(ADMIN, "/latest")
    await world.server.next_message(ADMIN)
    assert world.browsing.askers[0].hidden_sources == ("El País",)


async def test_an_outlet_a_chat_hides_is_found_by_no_words_and_named_nowhere(
    tmp_path: Path,
) -> None:
    async with a_desk(tmp_path) as (pauta, server):
        elsewhere = replace(ARTICLES[0], url="https://elpais-example.com/a", source="El País")
        pauta.ingest.add([elsewhere])
        delayed = await says(server, "/article harbour is delayed again")
        assert "El País" in delayed.text
        here = ConversationKey(ADMIN)
        await pauta.chat_settings.choose(here, ChatSettings(hidden_sources=("El País",)))

        other = await says(server, "/article harbour is delayed again")
        assert "El País" not in other.text
        opens = await says(server, f"/article {ARTICLES[0].url}")
        assert say("button_carriers", count=1) not in opens.labels
        server.press_data(ADMIN, opens, f"b:c:0:{article_id(ARTICLES[0].url)}")
        await server.next_toast(ADMIN)
        (now,) = [one for one in server.sent if one.message_id == opens.message_id]
        assert "El País" not in now.text
        story = await says(server, "/story harbour of Porto Cedro")
        assert "Harbour of Porto Cedro opens" in story.text
        assert "El País" not in story.text
        assert say("independent_sources", count=2) not in story.text


class TestWhoLooksUpTooMuch:
    async def test_is_told_when_to_go_on_as_for_questions(self, world: World) -> None:
        for _ in range(20):
            world.server.user_says(ADMIN, "/search harbour")
        world.server.user_says(ADMIN, "/story harbour")
        for _ in range(20):
            await world.server.next_message(ADMIN)
        line = (await world.server.next_message(ADMIN)).text
        assert line == say("too_many_questions", age="in 3 seconds")
        world.server.user_says(ADMIN, "/article Story 2")
        world.server.user_says(ADMIN, "What did Stargate commit?")
        await world.server.fetched()
        await asyncio.wait_for(world.application.update_queue.join(), 5)
        assert len(world.browsing.asked) == 20
        assert world.assistant.asked == []

    async def test_is_told_by_the_button_too(self, world: World) -> None:
        world.server.user_says(ADMIN, "/latest")
        page = await world.server.next_message(ADMIN)
        for _ in range(21):
            world.server.press_data(ADMIN, page, "b:s:0:harbour")
        toasts = [await world.server.next_toast(ADMIN) for _ in range(21)]
        assert toasts == [""] * 20 + [say("too_many_questions", age="in 3 seconds")]
