"""An answer under way as Telegram's own draft, and /stop: the real application, over HTTP."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from bot.events import Reading, Searching, Writing
from bot.handlers import drafts, streaming
from tests.screens import say
from tests.telegram_bot import ADMIN, OTHER_ADMIN, QUOTE, World, live_bot
from tests.telegram_rules import BOT, Json
from tests.telegram_server import TelegramServer

QUESTION = "How much did Stargate commit?"
SEARCHING = "Searching “Stargate” …"
GROUP: Json = {"id": -100200, "type": "supergroup", "title": "Desk"}
ANA, RUI = 55, 56


@pytest.fixture(autouse=True)
def _in_a_hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(streaming, "PATIENCE", 0.05)
    monkeypatch.setattr(streaming, "EDIT_EVERY", 0.1)
    monkeypatch.setattr(streaming, "EDIT_EVERY_IN_GROUPS", 0.1)


@pytest_asyncio.fixture
async def world() -> AsyncIterator[World]:
    async with TelegramServer() as server, live_bot(server) as live:
        await live.people.let_group_in(GROUP["id"], "Desk", ADMIN)
        yield live


@pytest_asyncio.fixture
async def drafting() -> AsyncIterator[World]:
    async with TelegramServer() as server, live_bot(server, drafts=True) as live:
        await live.people.let_group_in(GROUP["id"], "Desk", ADMIN)
        yield live


def under_way(world: World, question: str = QUESTION) -> None:
    world.assistant.hold.clear()
    world.assistant.events = (Searching("Stargate"),)
    world.server.user_says(ADMIN, question)


def shown_as_draft(server: TelegramServer) -> list[str]:
    return [one.parameters["text"] for one in server.calls if one.method == "sendMessageDraft"]


class TestADraft:
    async def test_tells_how_far_it_is_and_the_answer_follows_as_one_message(
        self, drafting: World
    ) -> None:
        under_way(drafting)
        drafting.assistant.events = (Searching("Stargate"), Reading(3), Writing("It committed"))
        await drafting.server.called("sendMessageDraft")
        assert drafting.server.sent == []
        drafting.assistant.hold.set()
        message = await drafting.server.next_message(ADMIN)
        await drafting.settled()
        assert QUOTE in message.text
        assert len(drafting.server.sent) == 1
        assert shown_as_draft(drafting.server)[-1] == f"It committed …\n\n{say('draft_mark')}"
        numbers = {
            one.parameters["draft_id"]
            for one in drafting.server.calls
            if one.method == "sendMessageDraft"
        }
        assert len(numbers) == 1

    async def test_is_renewed_before_telegram_forgets_it(
        self, drafting: World, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(streaming, "RENEWED_AFTER", 0.1)
        under_way(drafting)
        await drafting.server.called("sendMessageDraft", times=3)
        assert set(shown_as_draft(drafting.server)) == {SEARCHING}
        assert drafts.RENEWED_AFTER < 30

    @pytest.mark.parametrize("status", [400, 403, 404, 500])
    async def test_that_fails_is_a_message_instead(self, drafting: World, status: int) -> None:
        drafting.server.fail("sendMessageDraft", status, "No")
        under_way(drafting)
        message = await drafting.server.next_message(ADMIN)
        assert message.text == SEARCHING
        assert message.labels == [say("button_stop")]
        drafting.assistant.hold.set()
        await drafting.server.shows(message, QUOTE)
        assert len(shown_as_draft(drafting.server)) == 1

    async def test_that_must_wait_keeps_nobody_from_the_answer(self, drafting: World) -> None:
        drafting.server.fail("sendMessageDraft", 429, "Too Many Requests", retry_after=3600)
        under_way(drafting)
        await drafting.server.called("sendMessageDraft")
        drafting.assistant.hold.set()
        assert QUOTE in (await drafting.server.next_message(ADMIN)).text

    async def test_is_for_private_chats_only(self, drafting: World) -> None:
        drafting.assistant.hold.clear()
        drafting.assistant.events = (Searching("Stargate"),)
        drafting.server.group_hears(GROUP, ANA, "/ask How much?")
        assert (await drafting.server.next_message(GROUP["id"])).text == SEARCHING
        assert shown_as_draft(drafting.server) == []

    async def test_that_was_stopped_leaves_a_word(self, drafting: World) -> None:
        under_way(drafting)
        await drafting.server.called("sendMessageDraft")
        drafting.server.user_says(ADMIN, "/stop")
        assert (await drafting.server.next_message(ADMIN)).text == say("answer_stopped")
        await drafting.settled()
        assert drafting.conversations.turns == {}
        assert len(drafting.server.sent) == 1


async def test_without_the_setting_there_are_no_drafts(world: World) -> None:
    under_way(world)
    assert (await world.server.next_message(ADMIN)).text == SEARCHING
    assert shown_as_draft(world.server) == []


class TestTheCommandThatStops:
    async def test_puts_a_word_in_the_place_of_the_progress(self, world: World) -> None:
        under_way(world)
        message = await world.server.next_message(ADMIN)
        assert message.parameters["reply_markup"]["inline_keyboard"][0][0]["style"] == "danger"
        world.server.user_says(ADMIN, "/stop")
        await world.server.shows(message, say("answer_stopped"))
        await world.settled()
        assert len(world.server.sent) == 1

    async def test_lets_the_next_question_come(self, world: World) -> None:
        under_way(world, "held")
        world.assistant.held = lambda question: question == "held"
        message = await world.server.next_message(ADMIN)
        world.server.user_says(ADMIN, "next")
        world.server.user_says(ADMIN, "/stop")
        await world.server.shows(message, say("answer_stopped"))
        assert QUOTE in (await world.server.next_message(ADMIN)).text

    async def test_with_nothing_to_stop_says_so(self, world: World) -> None:
        world.server.user_says(ADMIN, "/stop")
        assert (await world.server.next_message(ADMIN)).text == say("nothing_to_stop")

    async def test_in_a_group_is_for_whoever_asked_and_for_administrators(
        self, world: World
    ) -> None:
        world.assistant.hold.clear()
        world.assistant.events = (Searching("Stargate"),)
        world.server.group_hears(GROUP, ANA, "/ask How much?")
        message = await world.server.next_message(GROUP["id"])
        world.server.group_hears(GROUP, RUI, "/stop")
        assert (await world.server.next_message(GROUP["id"])).text == say("stop_not_yours")
        world.server.group_hears(GROUP, ANA, f"/stop@{BOT['username']}")
        await world.server.shows(message, say("answer_stopped"))

        world.server.group_hears(GROUP, RUI, "/ask How much?")
        message = await world.server.next_message(GROUP["id"])
        world.server.group_hears(GROUP, OTHER_ADMIN, "/stop")
        await world.server.shows(message, say("answer_stopped"))

    async def test_in_a_group_may_be_for_another_bot(self, world: World) -> None:
        world.server.group_hears(GROUP, ANA, "/stop")
        world.server.group_hears(GROUP, ANA, "/stop@another_bot")
        await world.settled()
        assert world.server.sent == []
        world.server.group_hears(GROUP, ANA, f"/stop@{BOT['username']}")
        assert (await world.server.next_message(GROUP["id"])).text == say("nothing_to_stop")

    async def test_in_a_topic_stops_nothing_of_another(self, world: World) -> None:
        world.assistant.hold.clear()
        world.assistant.events = (Searching("Stargate"),)
        world.server.group_hears(GROUP, ANA, "/ask How much?", thread=11)
        message = await world.server.next_message(GROUP["id"])
        world.server.group_hears(GROUP, ANA, f"/stop@{BOT['username']}", thread=12)
        assert (await world.server.next_message(GROUP["id"])).text == say("nothing_to_stop")
        world.assistant.hold.set()
        await world.server.shows(message, QUOTE)
