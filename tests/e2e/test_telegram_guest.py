"""Guest mode over HTTP: members ask in chats the bot is not in."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
import pytest_asyncio
from sqlalchemy import Engine

from bot import texts
from bot.access import Role
from bot.chat_settings import ChatSettings
from bot.conversation_key import ConversationKey
from bot.events import Searching
from bot.fair_use import A_PERSON
from bot.handlers import application as telegram_side
from bot.handlers import guest
from bot.offload import Offload
from bot.update_book import MOST_TRIES, UpdateBook
from tests.people import people_database
from tests.telegram_bot import (
    ADMIN,
    ANSWER,
    CITATION,
    OTHER_ADMIN,
    QUOTE,
    STRANGER,
    World,
    live_bot,
)
from tests.telegram_inline import posted, summons
from tests.telegram_rules import BOT, Json
from tests.telegram_server import TelegramServer

NAME = f"@{BOT['username']}"
QUESTION = "How much did Stargate commit?"
ELSEWHERE: Json = {"id": -100900, "type": "supergroup", "title": "Somewhere"}
WITH_A_FRIEND: Json = {"id": OTHER_ADMIN, "type": "private", "first_name": "Bea"}
"""Two people's own chat: Telegram gives it the id of one of them."""


@pytest_asyncio.fixture
async def world() -> AsyncIterator[World]:
    async with TelegramServer() as server, live_bot(server) as live:
        yield live


def said_in_chats(world: World) -> list[str]:
    """What was called beside the answers to guests' queries."""
    usual = {"getMe", "getUpdates", "deleteWebhook", "setMyCommands", "answerGuestQuery"}
    return [one.method for one in world.server.calls if one.method not in usual]


class TestAMember:
    @pytest.mark.parametrize("chat", [ELSEWHERE, WITH_A_FRIEND], ids=["group", "private"])
    async def test_is_answered_where_they_mention_us(self, world: World, chat: Json) -> None:
        query = summons(world.server, chat, ADMIN, f"{NAME} {QUESTION}")

        message = await posted(world.server, query)

        assert QUOTE in message.text
        assert world.assistant.asked == [(QUESTION, ())]
        assert world.assistant.askers[0].person == ADMIN
        assert said_in_chats(world) == []

    async def test_gets_links_but_no_button_that_needs_the_chat(self, world: World) -> None:
        query = summons(world.server, ELSEWHERE, ADMIN, f"{NAME} {QUESTION}")

        buttons = (await posted(world.server, query)).buttons

        assert [one["url"] for one in buttons] == [CITATION.url]
        assert not any("callback_data" in one for one in buttons)

    async def test_who_only_says_our_name_is_told_how(self, world: World) -> None:
        query = summons(world.server, ELSEWHERE, ADMIN, NAME, language="es")

        message = await posted(world.server, query)

        assert message.text == texts.say("es", "guest_how", name=NAME)
        assert world.assistant.asked == []

    async def test_gets_one_message_also_for_the_longest_answer(self, world: World) -> None:
        context = f"{'Before it all. ' * 80}{QUOTE}{' After it all.' * 80}"
        cited = tuple(replace(CITATION, label=n, context=context) for n in range(1, 9))
        world.assistant.reply = lambda _: replace(ANSWER, citations=cited)

        query = summons(world.server, ELSEWHERE, ADMIN, f"{NAME} {QUESTION}")

        message = await posted(world.server, query)
        assert QUOTE in message.text
        assert "[8]" in message.text
        assert "Before it all" not in message.text

    async def test_is_spoken_to_as_in_their_private_chat(self, world: World) -> None:
        """Not as in the chat that has the same id as this one."""
        for who, language in ((ADMIN, "pt"), (OTHER_ADMIN, "es")):
            chosen = ChatSettings(language=language, hidden_sources=(f"Outlet {who}",))
            await world.chat_settings.choose(ConversationKey(who), chosen)

        query = summons(world.server, WITH_A_FRIEND, ADMIN, NAME)
        assert (await posted(world.server, query)).text == texts.say("pt", "guest_how", name=NAME)
        query = summons(world.server, WITH_A_FRIEND, ADMIN, f"{NAME} {QUESTION}")
        await posted(world.server, query)

        assert world.assistant.askers[0].hidden_sources == (f"Outlet {ADMIN}",)

    async def test_who_asks_too_much_is_told_once_and_there(self, world: World) -> None:
        asked = sum(rate.count for rate in A_PERSON[:1]) + 3
        queries = [
            summons(world.server, ELSEWHERE, ADMIN, f"{NAME} {QUESTION} {n}") for n in range(asked)
        ]
        await world.settled()

        told = [world.server.elsewhere.posted[one].text for one in queries
                if one in world.server.elsewhere.posted]  # fmt: skip
        answers = [text for text in told if QUOTE in text]
        assert len(answers) == A_PERSON[0].count
        assert len(told) == len(answers) + 1
        assert said_in_chats(world) == []


class TestAPlaceOfItsOwn:
    async def test_knows_nothing_of_the_private_chat_of_either(self, world: World) -> None:
        for who in (ADMIN, OTHER_ADMIN):
            world.server.user_says(who, "What is our secret?")
            await world.server.next_answer(who)
        world.assistant.asked.clear()

        query = summons(world.server, WITH_A_FRIEND, ADMIN, f"{NAME} And why?")
        await posted(world.server, query)

        assert world.assistant.asked == [("And why?", ())]

    async def test_leaves_nothing_in_the_private_chat_of_either(self, world: World) -> None:
        await posted(
            world.server, summons(world.server, WITH_A_FRIEND, ADMIN, f"{NAME} {QUESTION}")
        )
        await world.settled()

        assert world.conversations.turns == {}
        assert await world.application.bot_data["services"].answers.unfinished() == ()

    async def test_understands_a_follow_up_for_an_hour(self, world: World) -> None:
        await posted(world.server, summons(world.server, ELSEWHERE, ADMIN, f"{NAME} {QUESTION}"))
        await world.settled()
        await posted(world.server, summons(world.server, ELSEWHERE, ADMIN, f"{NAME} And when?"))
        await world.settled()
        world.now += timedelta(hours=2)
        await posted(world.server, summons(world.server, ELSEWHERE, ADMIN, f"{NAME} And who?"))

        histories = [[turn.text for turn in history] for _, history in world.assistant.asked]
        assert [history[:1] for history in histories] == [[], [QUESTION], []]

    async def test_goes_in_order_and_holds_up_nobody_else(self, world: World) -> None:
        world.assistant.held = lambda question: question == QUESTION
        world.assistant.hold.clear()
        first = summons(world.server, ELSEWHERE, ADMIN, f"{NAME} {QUESTION}")
        second = summons(world.server, ELSEWHERE, ADMIN, f"{NAME} And when?")
        await posted(world.server, summons(world.server, ELSEWHERE, OTHER_ADMIN, f"{NAME} Who?"))
        await posted(world.server, summons(world.server, WITH_A_FRIEND, ADMIN, f"{NAME} Why?"))
        assert [question for question, _ in world.assistant.asked] == [QUESTION, "Who?", "Why?"]
        world.assistant.hold.set()
        for query in (first, second):
            await posted(world.server, query)
        question, history = world.assistant.asked[-1]
        assert question == "And when?"
        assert [turn.text for turn in history] == [QUESTION, ANSWER.text]

    async def test_asked_while_we_were_away_is_not_worked_on(self, world: World) -> None:
        """Telegram takes no answer to it any more."""
        late = {"date": int((world.now - timedelta(hours=3)).timestamp())}
        summons(world.server, ELSEWHERE, ADMIN, f"{NAME} {QUESTION}", more=late)
        await world.settled()
        assert world.assistant.asked == []

    async def test_is_another_one_for_another_person(self, world: World) -> None:
        """The same id may stand for the chats of two people with a third one."""
        for who in (ADMIN, OTHER_ADMIN):
            await posted(world.server, summons(world.server, ELSEWHERE, who, f"{NAME} {QUESTION}"))
            await world.settled()

        assert [history for _, history in world.assistant.asked] == [(), ()]


class TestAStranger:
    @pytest.mark.parametrize("chat", [ELSEWHERE, WITH_A_FRIEND], ids=["group", "private"])
    async def test_gets_nothing(self, world: World, chat: Json) -> None:
        for text in (f"{NAME} {QUESTION}", NAME, f"/start@{BOT['username']} {'x' * 32}"):
            summons(world.server, chat, STRANGER, text)
        await world.settled()

        assert world.server.elsewhere.posted == {}
        assert world.assistant.asked == []
        assert said_in_chats(world) == []
        assert world.conversations.turns.get(ConversationKey(OTHER_ADMIN)) is None

    async def test_gets_nothing_in_the_name_of_a_chat_or_as_a_bot(self, world: World) -> None:
        a_bot = {"id": ADMIN, "is_bot": True, "first_name": "Bot"}
        asked = f"{NAME} {QUESTION}"
        summons(world.server, ELSEWHERE, ADMIN, asked, more={"sender_chat": ELSEWHERE})
        summons(world.server, ELSEWHERE, ADMIN, asked, more={"from": a_bot})
        await world.settled()

        assert world.server.elsewhere.posted == {}
        assert world.assistant.asked == []


class TestWhatTakesLong:
    @pytest.fixture(autouse=True)
    def _in_a_hurry(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(guest, "PATIENCE", 0.05)
        monkeypatch.setattr("bot.handlers.sending.CONNECT_RETRY_DELAYS", (0.05, 0.05))

    async def under_way(self, world: World, who: int = ADMIN) -> str:
        world.assistant.hold.clear()
        world.assistant.events = (Searching("Stargate"),)
        query = summons(world.server, ELSEWHERE, who, f"{NAME} {QUESTION}")
        message = await posted(world.server, query)
        assert message.text == texts.say("en", "searching", query="Stargate")
        return query

    async def test_says_at_once_what_is_done_and_becomes_the_answer(self, world: World) -> None:
        query = await self.under_way(world)
        world.assistant.hold.set()

        assert (await posted(world.server, query, QUOTE)).buttons

    async def test_is_finished_although_telegram_fails_once(self, world: World) -> None:
        query = await self.under_way(world)
        world.server.fail("editMessageText", 502, "Bad Gateway")
        world.assistant.hold.set()

        await posted(world.server, query, QUOTE)

    async def test_says_so_when_it_fails(self, world: World) -> None:
        query = await self.under_way(world)
        world.assistant.reply = lambda _: RuntimeError("no")
        world.assistant.hold.set()

        await posted(world.server, query, texts.say("en", "answer_failed"))

    async def test_goes_no_further_once_they_are_removed(self, world: World) -> None:
        invitation = await world.people.invite(Role.MEMBER, None, ADMIN)
        await world.people.redeem(invitation, STRANGER, "Bea", {ADMIN})
        query = await self.under_way(world, STRANGER)
        await world.people.remove(STRANGER)
        world.assistant.hold.set()

        await posted(world.server, query, texts.say("en", "answer_failed"))

    async def test_says_so_when_we_are_stopped(
        self, world: World, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(telegram_side, "FINISH_SECONDS", 0.1)
        query = await self.under_way(world)

        await world.stopped()

        await posted(world.server, query, texts.say("en", "answer_interrupted"))


async def test_a_question_that_telegram_forgot_disturbs_nobody(world: World) -> None:
    query = summons(world.server, ELSEWHERE, ADMIN, f"{NAME} {QUESTION}")
    world.server.elsewhere.summoned.remove(query)
    await world.server.called("answerGuestQuery")
    await world.settled()

    assert said_in_chats(world) == []


async def settled(world: World) -> None:
    """After what was left over, too: something new comes behind it."""
    world.server.push({"message": world.server.message(STRANGER, {"text": "hi"}, chat=ELSEWHERE)})
    await world.settled()


class TestWhatACrashLeftThere:
    async def posted_before(
        self, server: TelegramServer, database: Engine, now: datetime, tries: int = 0
    ) -> str:
        """A question whose answer was under way, and said so, when the process died."""
        when = {"date": int(now.timestamp())}
        query = summons(server, ELSEWHERE, ADMIN, f"{NAME} {QUESTION}", more=when)
        (update,) = server._updates
        server._updates.clear()
        book = UpdateBook(database, Offload(), lambda: now)
        assert await book.record(update["update_id"], json.dumps(update))
        content = {"message_text": "Searching …"}
        result = {"type": "article", "id": "a", "title": "a", "input_message_content": content}
        there = server.elsewhere.answer_guest_query({"guest_query_id": query, "result": result})
        await book.posts(update["update_id"], there["inline_message_id"])
        for _ in range(tries):
            await book.left_over()
        return query

    async def test_becomes_the_answer_after_the_restart_once(self) -> None:
        database = people_database()
        async with TelegramServer() as server:
            query = await self.posted_before(server, database, datetime.now(UTC))
            async with live_bot(server, database) as world:
                assert (await posted(server, query, QUOTE)).buttons
                await settled(world)
                assert world.assistant.asked == [(QUESTION, ())]
                assert not [one for one in server.calls if one.method == "answerGuestQuery"]
            async with live_bot(server, database) as again:
                await settled(again)
                assert again.assistant.asked == []

    async def test_is_apologised_for_when_that_is_long_ago(self) -> None:
        database = people_database()
        async with TelegramServer() as server:
            long_ago = datetime(2025, 3, 1, 5, tzinfo=UTC)
            query = await self.posted_before(server, database, long_ago)
            async with live_bot(server, database) as world:
                await posted(server, query, texts.say("en", "answer_interrupted"))
                await settled(world)
                assert world.assistant.asked == []

    async def test_is_apologised_for_when_it_brings_the_process_down(self) -> None:
        database = people_database()
        async with TelegramServer() as server:
            query = await self.posted_before(server, database, datetime.now(UTC), MOST_TRIES)
            async with live_bot(server, database) as world:
                await posted(server, query, texts.say("en", "answer_interrupted"))
                await settled(world)
                assert world.assistant.asked == []
                assert await UpdateBook(database, Offload(), lambda: world.now).left_over() == ()
