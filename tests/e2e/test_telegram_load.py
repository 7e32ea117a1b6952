"""Manners under load, over HTTP: floods, rate limits, and what came while the bot was away."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest
import pytest_asyncio
from sqlalchemy import Engine, insert, select

from bot.database import people, updates_handled
from bot.fair_use import FairUse
from bot.handlers import application as telegram_side
from bot.handlers.manners import FAIR_USE_KEY
from bot.handlers.rate_limits import COSMETIC, PASSING, MessagesFirst
from tests.people import people_database
from tests.screens import say
from tests.telegram_bot import ADMIN, OTHER_ADMIN, World, live_bot, plain_answer
from tests.telegram_rules import Json
from tests.telegram_server import TelegramServer

DESK: Json = {"id": -100500, "type": "supergroup", "title": "Desk", "is_forum": True}


@pytest_asyncio.fixture
async def server() -> AsyncIterator[TelegramServer]:
    async with TelegramServer() as running:
        yield running


@pytest_asyncio.fixture
async def world(server: TelegramServer) -> AsyncIterator[World]:
    async with live_bot(server) as live:
        live.assistant.reply = plain_answer
        yield live


async def handled(world: World, within: float = 10.0) -> None:
    await world.server.fetched(within)
    await asyncio.wait_for(world.application.update_queue.join(), within)


def with_members(count: int) -> Engine:
    database = people_database()
    rows = [
        {"user_id": 1000 + number, "name": "Ana", "role": "member", "invited_by": 7, "since": 0}
        for number in range(count)
    ]
    with database.begin() as connection:
        connection.execute(insert(people), rows)
    return database


def states(database: Engine) -> Counter[str]:
    with database.connect() as connection:
        return Counter(connection.scalars(select(updates_handled.c.state)))


class MessagesOnly(MessagesFirst):
    """Leaves out Telegram's limit of 30 messages a second, and two of three calls."""

    async def process_request(
        self, callback: Any, args: Any, kwargs: Any, endpoint: str, data: Any, rate_limit_args: Any
    ) -> Any:
        if endpoint in COSMETIC:
            return True
        return await super().process_request(callback, args, kwargs, endpoint, data, PASSING)


class TestAFlood:
    async def test_of_500_is_served_fairly_and_whole(
        self, server: TelegramServer, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(telegram_side, "MessagesFirst", MessagesOnly)
        database = with_members(51)
        one, others = 1000, range(1001, 1051)
        async with live_bot(server, database) as world:
            world.assistant.reply = plain_answer
            world.application.bot_data[FAIR_USE_KEY] = FairUse((), ())
            for number in range(200):
                server.user_says(one, f"{one}: {number}")
            for number in range(6):
                for person in others:
                    server.user_says(person, f"{person}: {number}")
            await handled(world, 20)

        texts_of = {person: [] for person in (one, *others)}  # type: dict[int, list[str]]
        for sent in server.sent:
            texts_of[sent.chat_id].append(sent.text)
        assert texts_of.pop(one) == [f"{one}: {number}" for number in range(200)]
        for person, answers in texts_of.items():
            assert answers == [f"{person}: {number}" for number in range(6)]
        assert states(database) == {"handled": 500}
        order = [sent.chat_id for sent in server.sent]
        last_of_others = max(place for place, chat in enumerate(order) if chat != one)
        assert order[:last_of_others].count(one) < 150, "one chat was served before the others"
        database.dispose()

    async def test_in_one_topic_of_a_group_holds_up_no_other(self, world: World) -> None:
        await world.people.let_group_in(DESK["id"], "Desk", ADMIN)
        world.assistant.hold.clear()
        world.assistant.held = lambda question: question == "slow"
        server = world.server
        for thread, question in ((3, "slow"), (3, "after it"), (5, "quick")):
            server.group_hears(DESK, ADMIN, f"/ask {question}", thread=thread)

        quick = await server.next_message(DESK["id"])
        assert (quick.text, int(quick.parameters["message_thread_id"])) == ("quick", 5)
        assert [question for question, _ in world.assistant.asked] == ["slow", "quick"]
        world.assistant.hold.set()
        await handled(world)
        assert [sent.text for sent in server.sent] == ["quick", "slow", "after it"]

    async def test_of_repeated_updates_answers_each_once(self, world: World) -> None:
        first = world.server.message(ADMIN, {"text": "first"})
        second = world.server.message(ADMIN, {"text": "second"})
        number = world.server.push({"message": first})
        world.server.push({"message": second})
        await handled(world)
        world.server._updates += [
            {"update_id": number + 1, "message": second},
            {"update_id": number, "message": first},
        ]
        world.server.user_says(ADMIN, "third")
        await handled(world)
        assert [question for question, _ in world.assistant.asked] == ["first", "second", "third"]


class TestAPersonWhoAsksTooMuch:
    async def test_is_told_once_when_to_go_on_and_then_goes_on(self, world: World) -> None:
        for number in range(30):
            world.server.user_says(ADMIN, f"question {number}")
        await handled(world)
        said = [sent.text for sent in world.server.sent]
        assert said[:20] == [f"question {number}" for number in range(20)]
        assert said[20:] == [say("too_many_questions", age="in 3 seconds")]
        assert len(world.assistant.asked) == 20

        world.now += timedelta(seconds=3)
        world.server.user_says(ADMIN, "one more")
        assert (await world.server.next_answer(ADMIN)).text == "question 0"
        await handled(world)
        assert world.server.sent[-1].text == "one more"

    async def test_holds_nobody_else_back(self, world: World) -> None:
        for number in range(25):
            world.server.user_says(ADMIN, f"question {number}")
        world.server.user_says(OTHER_ADMIN, "mine")
        await handled(world)
        assert [one.text for one in world.server.sent if one.chat_id == OTHER_ADMIN] == ["mine"]


class TestAfterAnAbsence:
    """Of three hours, unless a test says otherwise."""

    def ago(self, world: World, **how_long: float) -> dict[str, Any]:
        return {"date": int((world.now - timedelta(**how_long)).timestamp())}

    async def test_the_newest_question_is_answered_and_the_others_are_counted(
        self, world: World
    ) -> None:
        server = world.server
        for hours, question in ((5, "oldest"), (4, "older"), (3, "newest")):
            server.user_says(ADMIN, question, **self.ago(world, hours=hours))
        server.user_says(OTHER_ADMIN, "mine", **self.ago(world, minutes=25))
        await handled(world)

        mine = [sent.text for sent in server.sent if sent.chat_id == ADMIN]
        line = f"{say('late_answer', age='3 hours ago')} {say('late_left_out', count=2)}"
        assert mine == [line, "newest"]
        other = [sent.text for sent in server.sent if sent.chat_id == OTHER_ADMIN]
        assert other == [say("late_answer", age="25 minutes ago"), "mine"]

    async def test_a_question_of_just_now_is_answered_and_the_late_one_counted(
        self, world: World
    ) -> None:
        world.server.user_says(ADMIN, "late", **self.ago(world, hours=3))
        world.server.user_says(ADMIN, "now")
        await handled(world)
        assert [sent.text for sent in world.server.sent] == [say("late_left_out_one"), "now"]

    async def test_commands_that_look_something_up_are_questions_like_any_other(
        self, world: World
    ) -> None:
        for command in ("/search harbour", "/latest", "/story harbour", "/article harbour"):
            world.server.user_says(ADMIN, command, **self.ago(world, hours=3))
        await handled(world)
        line = f"{say('late_answer', age='3 hours ago')} {say('late_left_out', count=3)}"
        shown = [sent.text for sent in world.server.sent]
        assert shown == [line, say("browse_no_article")]

    async def test_what_follows_is_answered_as_ever(self, world: World) -> None:
        world.server.user_says(ADMIN, "late", **self.ago(world, hours=3))
        await handled(world)
        world.server.user_says(ADMIN, "now")
        await handled(world)
        assert [sent.text for sent in world.server.sent][1:] == ["late", "now"]

    async def test_of_a_few_minutes_nothing_is_late(self, world: World) -> None:
        world.server.user_says(ADMIN, "question", **self.ago(world, minutes=9))
        await handled(world)
        assert [sent.text for sent in world.server.sent] == ["question"]

    @pytest.mark.parametrize("is_old", [True, False])
    async def test_a_button_pressed_then_does_nothing(
        self, server: TelegramServer, is_old: bool
    ) -> None:
        database = people_database()
        async with live_bot(server, database) as before:
            server.user_says(ADMIN, "/team")
            await handled(before)
            now = before.now
        (screen,) = server.sent
        server.press_data(ADMIN, screen, "t:i:0:0")
        if is_old:
            server._queries.clear()  # Telegram takes no answer to it any more.
        async with live_bot(server, database) as after:
            after.now = now + timedelta(hours=3)
            await handled(after)
            shown = server._shown(ADMIN, screen.message_id).text
        assert (shown == screen.text) is is_old
        assert len(server.sent) == 1
        database.dispose()


class TestFetchingThatFails:
    """Telegram keeps the messages: each is answered once, and nobody is told."""

    @pytest.mark.parametrize("fault", ["502", "429", "dropped", "dropped after", "nonsense"])
    async def test_costs_nobody_an_answer(
        self, server: TelegramServer, monkeypatch: pytest.MonkeyPatch, fault: str
    ) -> None:
        monkeypatch.setattr(asyncio, "sleep", _hastily(asyncio.sleep))
        async with live_bot(server) as world:
            world.assistant.reply = plain_answer
            await server.called("getUpdates")
            match fault:
                case "502":
                    server.fail("getUpdates", 502, "Bad Gateway", times=2)
                case "429":
                    server.fail("getUpdates", 429, "Too Many Requests", retry_after=1)
                case "nonsense":
                    server.fail("getUpdates", 200, "what is this", times=1)
                case _:
                    server.drop("getUpdates", times=2, after=fault == "dropped after")
            for question in ("one", "two"):
                server.user_says(ADMIN, question)
            server.user_says(ADMIN, "three")
            await handled(world)
        assert [sent.text for sent in server.sent] == ["one", "two", "three"]


def _hastily(sleep: Any) -> Any:
    async def hasty(seconds: float, *rest: Any) -> None:
        await sleep(min(seconds, 0.05), *rest)

    return hasty
