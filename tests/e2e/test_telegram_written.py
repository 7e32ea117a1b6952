"""Answers by a language model in Telegram: the real application and client, two servers."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
import pytest_asyncio

from bot import texts
from bot.handlers import streaming
from tests.archive import NOW
from tests.builders import an_article
from tests.desk import QUICK, Desk, Library, a_desk, a_library, without_certificates
from tests.llm_server import LlmServer, Reply, Request
from tests.telegram_bot import ADMIN, OTHER_ADMIN, STRANGER, World, live_bot
from tests.telegram_rules import Json
from tests.telegram_server import TelegramServer

GROUP: Json = {"id": -100200, "type": "supergroup", "title": "Desk"}
NAME = "@pauta_test_bot"
COST = "How much will the Porto Cedro plant cost?"
PEOPLE = "How many people will the Porto Cedro plant serve?"
ANSWERS = {
    COST: "The Porto Cedro plant will cost 1.4 billion reais",
    PEOPLE: "The Porto Cedro plant will serve 420,000 people",
}


@pytest.fixture(autouse=True)
def _in_a_hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    without_certificates(monkeypatch)
    monkeypatch.setattr(streaming, "PATIENCE", 0.05)
    monkeypatch.setattr(streaming, "EDIT_EVERY", 0.1)


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Library]:
    articles = [
        an_article(f"{answer}.", url=f"https://news.example/{at}", title=question)
        for at, (question, answer) in enumerate(ANSWERS.items())
    ]
    with a_library(tmp_path_factory.mktemp("library"), articles) as library:
        yield library


def by_question(request: Request) -> Reply:
    """The answer, citing the passage whose title is the question."""
    asked = request.last.partition("The question: ")[2].partition("\n")[0]
    number = re.search(rf'<passage n="(\d+)"[^>]*title="{re.escape(asked)}"', request.last)
    assert number is not None
    return Reply(f"{ANSWERS[asked]} [{number[1]}].", delay=0.05, pause=0.01)


@pytest_asyncio.fixture
async def model() -> AsyncIterator[LlmServer]:
    async with LlmServer(answering=by_question) as server:
        yield server


@pytest_asyncio.fixture
async def desk(library: Library, model: LlmServer) -> AsyncIterator[Desk]:
    async with a_desk(library, model) as desk:
        yield desk


@pytest_asyncio.fixture
async def world(desk: Desk) -> AsyncIterator[World]:
    async with (
        TelegramServer() as server,
        live_bot(server, llm="scripted", answering=desk.assistant) as world,
    ):
        yield world


async def let_in(world: World) -> None:
    world.server.message(ADMIN, {})
    world.server.bot_becomes(GROUP, "member", by=STRANGER)
    message = await world.server.next_message(ADMIN)
    world.server.user_presses(ADMIN, message, texts.say("en", "button_let_group_in"))
    await world.server.shows(message, "is let in")


async def test_two_people_who_ask_at_once_in_one_group_each_get_their_own_answer(
    world: World, model: LlmServer
) -> None:
    await let_in(world)
    sent = len(world.server.sent)
    for who, question in ((ADMIN, COST), (OTHER_ADMIN, PEOPLE)):
        world.server.group_hears(GROUP, who, f"{NAME} {question}")
    first = await world.server.next_message(GROUP["id"])
    await world.server.shows(first, "1.4 billion reais")
    second = await world.server.next_message(GROUP["id"])
    await world.server.shows(second, "420,000 people")
    await world.server.fetched()
    await asyncio.wait_for(world.application.update_queue.join(), 5)

    assert len(world.server.sent) == sent + 2
    shown = [one.parameters.get("text", "") for one in world.server.calls]
    one, other = ANSWERS.values()
    assert any(one in text for text in shown)
    assert any(other in text for text in shown)
    assert not any(one in text and other in text for text in shown)


async def test_what_a_question_that_somebody_stops_had_cost_is_written_down(
    world: World, desk: Desk, model: LlmServer
) -> None:
    model.answering = lambda _request: Reply("word " * 400, pause=0.05)
    world.server.user_says(ADMIN, COST)
    message = await world.server.next_message(ADMIN)
    await asyncio.wait_for(model.asked.wait(), 5)
    await world.server.shows(message, "word")
    world.server.user_presses(ADMIN, message, texts.say("en", "button_stop"))
    await world.server.shows(message, texts.say("en", "answer_stopped"))
    await asyncio.wait_for(world.application.update_queue.join(), 5)

    used = desk.book.used(NOW - timedelta(hours=1), ADMIN)
    assert used.input_tokens > 1_000
    assert 0 < used.output_tokens < 400


async def test_of_an_answer_that_is_not_done_in_time_what_is_borne_out_arrives(
    library: Library,
) -> None:
    def slow(request: Request) -> Reply:
        begun = by_question(request)
        return Reply(f"{begun.text} It will serve{' very' * 300} many people.", pause=0.02)

    async with (
        LlmServer(answering=slow) as model,
        a_desk(library, model, limits=replace(QUICK, seconds=1.2)) as desk,
        TelegramServer() as server,
        live_bot(server, llm="scripted", answering=desk.assistant),
    ):
        server.user_says(ADMIN, COST)
        message = await server.next_message(ADMIN)
        shown = await server.shows(message, texts.say("en", "out_of_time"))

    assert ANSWERS[COST] in shown.text
    assert "very" not in shown.text
