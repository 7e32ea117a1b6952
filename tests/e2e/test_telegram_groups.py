"""Groups and topics over HTTP: let in, asked, quiet, moved; the real application and database."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio
from sqlalchemy import select

from bot import texts
from bot.answers import Answer
from bot.chat_settings import ChatSettings
from bot.conversation_key import ConversationKey
from bot.database import metadata
from bot.moved_groups import MovedGroups
from tests.screens import say
from tests.telegram_bot import ADMIN, OTHER_ADMIN, STRANGER, World, live_bot, plain_answer
from tests.telegram_rules import BOT, Json, Sent
from tests.telegram_server import TelegramServer

DESK: Json = {"id": -100200, "type": "supergroup", "title": "Desk <b>"}
FORUM: Json = {"id": -100300, "type": "supergroup", "title": "Forum", "is_forum": True}
NAME = "@pauta_test_bot"


def echo(question: str) -> Answer:
    return plain_answer(f"About {question}")


@pytest_asyncio.fixture
async def world() -> AsyncIterator[World]:
    async with TelegramServer() as server, live_bot(server) as live:
        live.assistant.reply = echo
        server.message(ADMIN, {})
        yield live


async def answer_in(world: World, chat: Json, question: str) -> Sent:
    message = await world.server.next_message(chat["id"])
    return await world.server.shows(message, f"About {question}")


async def let_in(world: World, chat: Json = DESK) -> Sent:
    """Added by anybody, let in by an administrator; the question that was tapped."""
    world.server.bot_becomes(chat, "member", by=STRANGER)
    message = await world.server.next_message(ADMIN)
    world.server.user_presses(ADMIN, message, say("button_let_group_in"))
    return await world.server.shows(message, "is let in")


class TestBeingAdded:
    async def test_asks_the_administrators_who_have_started_the_bot(self, world: World) -> None:
        world.server.bot_becomes(DESK, "member", by=STRANGER)
        message = await world.server.next_message(ADMIN)
        assert message.text == say("group_question", name="Ana", title="Desk <b>")
        await world.settled()
        assert [one.chat_id for one in world.server.sent] == [ADMIN]
        assert world.people.groups() == ()

    async def test_asks_each_in_the_language_they_have_chosen(self, world: World) -> None:
        chosen = ChatSettings(language="pt")
        await world.chat_settings.choose(ConversationKey(ADMIN), chosen)
        world.server.message(OTHER_ADMIN, {})
        world.server.bot_becomes(DESK, "member", by=STRANGER)
        for admin, language in ((ADMIN, "pt"), (OTHER_ADMIN, "en")):
            question = texts.say(language, "group_question", name="Ana", title="Desk <b>")
            assert (await world.server.next_message(admin)).text == question

    async def test_until_then_the_group_hears_nothing(self, world: World) -> None:
        world.server.bot_becomes(DESK, "member", by=ADMIN)
        await world.server.next_message(ADMIN)
        for who in (ADMIN, STRANGER):
            world.server.group_hears(DESK, who, f"{NAME} how much?")
        await world.settled()
        assert world.assistant.asked == []
        assert [one.chat_id for one in world.server.sent] == [ADMIN]

    async def test_again_and_again_asks_once(self, world: World) -> None:
        for _ in range(4):
            world.server.bot_becomes(DESK, "member", by=STRANGER)
            world.server.bot_becomes(DESK, "left", by=STRANGER, before="member")
        await world.settled()
        assert len(world.server.sent) == 1

    async def test_again_by_an_administrator_asks_again(self, world: World) -> None:
        for _ in range(2):
            world.server.bot_becomes(DESK, "member", by=ADMIN)
            await world.server.next_message(ADMIN)
            world.server.bot_becomes(DESK, "left", by=ADMIN, before="member")
        await world.settled()

    async def test_to_many_groups_asks_a_bounded_number_of_times(self, world: World) -> None:
        for number in range(30):
            world.server.bot_becomes({**DESK, "id": -5000 - number}, "member", by=STRANGER)
        await world.settled()
        assert len(world.server.sent) == 10

    async def test_with_leave_it_the_bot_leaves(self, world: World) -> None:
        world.server.bot_becomes(DESK, "member", by=STRANGER)
        message = await world.server.next_message(ADMIN)
        world.server.user_presses(ADMIN, message, say("button_leave_group"))
        await world.server.shows(message, say("group_left"))
        assert DESK["id"] in world.server.removed_from

    async def test_and_removed_before_the_tap_says_so(self, world: World) -> None:
        world.server.bot_becomes(DESK, "member", by=STRANGER)
        message = await world.server.next_message(ADMIN)
        world.server.removed_from.add(DESK["id"])
        world.server.user_presses(ADMIN, message, say("button_let_group_in"))
        await world.server.shows(message, say("group_gone"))
        assert world.people.groups() == ()


class TestALetInGroup:
    async def test_leaves_no_trace_of_what_is_not_for_us(self, world: World) -> None:
        """A bot without privacy mode is shown everything."""
        await let_in(world)
        await world.settled()

        def kept() -> str:
            with world.database.connect() as connection:
                return str(
                    [connection.execute(select(one)).all() for one in metadata.sorted_tables]
                )

        before = kept()
        answer: Json = {"message_id": 1, "date": 1, "chat": DESK, "from": BOT, "text": "Hello"}
        post: Json = {"type": "hidden_user", "sender_user_name": "Bea", "date": 1}
        for text, more in (
            ("a secret between us", {}),
            ("/latest secret", {}),
            ("@somebody a secret", {}),
            ("x" * 400, {"forward_origin": post}),
            (f"{NAME} a secret", {"via_bot": BOT}),
        ):
            world.server.group_hears(DESK, ADMIN, text, **more)
        edited = world.server.message(ADMIN, {"text": "a secret", "edit_date": 2}, chat=DESK)
        world.server.push({"edited_message": edited})
        voice = {"file_id": "v", "file_unique_id": "v", "duration": 1}
        said = world.server.message(ADMIN, {"voice": voice, "reply_to_message": answer}, chat=DESK)
        world.server.push({"message": said})
        await world.settled()
        assert kept() == before
        assert world.assistant.asked == []

    async def test_is_answered_whoever_asks_and_only_when_asked(self, world: World) -> None:
        await let_in(world)
        world.server.group_hears(DESK, STRANGER, f"{NAME}, how much?")
        answer = await answer_in(world, DESK, "how much?")
        world.server.group_hears(DESK, OTHER_ADMIN, "not for the bot")
        world.server.group_hears(DESK, OTHER_ADMIN, "/ask when?")
        await answer_in(world, DESK, "when?")
        reply_to = world.server.as_seen(answer)
        world.server.group_hears(DESK, 1234, "and where?", reply_to=reply_to)
        await answer_in(world, DESK, "and where?")
        assert [question for question, _ in world.assistant.asked] == [
            "how much?", "when?", "and where?",
        ]  # fmt: skip

    async def test_does_not_open_the_private_chat_to_its_people(self, world: World) -> None:
        await let_in(world)
        world.server.group_hears(DESK, STRANGER, "/ask how much?")
        await answer_in(world, DESK, "how much?")
        world.server.user_says(STRANGER, "how much?")
        refused = await world.server.next_message(STRANGER)
        assert refused.text == say("stranger", user_id=STRANGER)

    async def test_reads_how_to_ask_when_only_our_name_is_said(self, world: World) -> None:
        await let_in(world)
        world.server.group_hears(DESK, STRANGER, NAME)
        message = await world.server.next_message(DESK["id"])
        assert message.text == say("group_how", name=NAME)

    @pytest.mark.parametrize("command", ["team", "invite", "feeds"])
    async def test_shows_nobody_what_is_for_private_chats(self, world: World, command: str) -> None:
        await let_in(world)
        world.server.group_hears(DESK, ADMIN, f"/{command}{NAME}")
        message = await world.server.next_message(DESK["id"])
        assert message.text == say("group_how", name=NAME)
        assert message.buttons == []

    @pytest.mark.parametrize("data", ["t:l:0:0", "t:i:0:0", "f:l::0", "u:f:0"])
    async def test_nor_by_a_button_made_up(self, world: World, data: str) -> None:
        await let_in(world)
        world.server.group_hears(DESK, ADMIN, NAME)
        message = await world.server.next_message(DESK["id"])
        world.server.press_data(ADMIN, message, data)
        assert await world.server.next_toast(ADMIN) == ""
        assert await world.server.next_toast(ADMIN) == say("button_expired")
        assert len(world.server.sent) == 2

    async def test_goes_quiet_once_the_bot_is_removed(self, world: World) -> None:
        await let_in(world)
        world.server.group_hears(DESK, STRANGER, "/ask how much?")
        await answer_in(world, DESK, "how much?")
        world.server.bot_becomes(DESK, "kicked", by=STRANGER, before="member")
        world.server.group_hears(DESK, STRANGER, "/ask once more?")
        await world.settled()
        assert len(world.assistant.asked) == 1
        assert world.people.groups() == ()
        assert world.conversations.turns[ConversationKey(DESK["id"])]

    async def test_is_left_from_the_list_of_the_team(self, world: World) -> None:
        await let_in(world)
        world.server.user_says(ADMIN, "/team")
        message = await world.server.next_message(ADMIN)
        world.server.user_presses(ADMIN, message, "Desk <b>")
        await world.server.shows(message, say("team_group"), without=say("team_title"))
        world.server.user_presses(ADMIN, message, say("button_leave_group"))
        await world.server.shows(message, say("group_left"))
        assert DESK["id"] in world.server.removed_from


class TestTopics:
    async def test_are_answered_where_they_are_and_know_nothing_of_each_other(
        self, world: World
    ) -> None:
        await let_in(world, FORUM)
        for thread, question in ((11, "energy?"), (22, "sports?"), (11, "more energy?")):
            world.server.group_hears(FORUM, STRANGER, f"/ask {question}", thread=thread)
            answer = await answer_in(world, FORUM, question)
            assert answer.thread_id == thread
        before = [[turn.text for turn in history] for _, history in world.assistant.asked]
        assert before == [[], [], ["energy?", "About energy?"]]

    async def test_of_a_private_chat_are_desks_too(self, world: World) -> None:
        for thread in (3, 4):
            world.server.topics.add((ADMIN, thread))
            place: dict[str, Any] = {"message_thread_id": thread, "is_topic_message": True}
            world.server.user_says(ADMIN, f"question {thread}", **place)
            message = await world.server.next_message(ADMIN)
            shown = await world.server.shows(message, f"About question {thread}")
            assert shown.thread_id == thread
        assert [history for _, history in world.assistant.asked] == [(), ()]

    async def test_start_afresh_by_themselves(self, world: World) -> None:
        await let_in(world, FORUM)
        for thread in (11, 22):
            world.server.group_hears(FORUM, STRANGER, "/ask x", thread=thread)
            await answer_in(world, FORUM, "x")
        world.server.group_hears(FORUM, STRANGER, f"/new{NAME}", thread=11)
        said = await world.server.next_message(FORUM["id"])
        assert (said.text, said.thread_id) == (say("new_conversation"), 11)
        assert set(world.conversations.turns) == {ConversationKey(FORUM["id"], 22)}


async def test_a_group_turned_supergroup_is_served_under_its_new_id(world: World) -> None:
    old: Json = {"id": -77, "type": "group", "title": "Desk"}
    new: Json = {"id": -100777, "type": "supergroup", "title": "Desk"}
    await let_in(world, old)
    moved = world.server.message(STRANGER, {"migrate_to_chat_id": new["id"]}, chat=old)
    world.server.push({"message": moved})
    await world.settled()
    world.server.group_hears(new, STRANGER, "/ask how much?")
    await answer_in(world, new, "how much?")
    assert [one.chat_id for one in world.people.groups()] == [new["id"]]


async def test_a_supergroup_that_tells_of_it_first_is_served_at_once(world: World) -> None:
    old: Json = {"id": -77, "type": "group", "title": "Desk"}
    new: Json = {"id": -100777, "type": "supergroup", "title": "Desk"}
    await let_in(world, old)
    await world.chat_settings.choose(ConversationKey(old["id"]), ChatSettings(language="pt"))
    told = world.server.message(STRANGER, {"migrate_from_chat_id": old["id"]}, chat=new)
    world.server.push({"message": told})
    world.server.group_hears(new, STRANGER, "/ask how much?")
    moved = world.server.message(STRANGER, {"migrate_to_chat_id": new["id"]}, chat=old)
    world.server.push({"message": moved})
    await answer_in(world, new, "how much?")
    await world.settled()
    assert [one.chat_id for one in world.people.groups()] == [new["id"]]
    menus = [one for one in world.server.calls if str(new["id"]) in str(one.parameters)]
    assert "setMyCommands" in {one.method for one in menus}


async def test_a_button_from_before_says_to_ask_again(world: World) -> None:
    old: Json = {"id": -77, "type": "group", "title": "Desk"}
    new: Json = {"id": -100777, "type": "supergroup", "title": "Desk"}
    await let_in(world, old)
    await world.chat_settings.choose(ConversationKey(old["id"]), ChatSettings(language="pt"))
    world.server.group_hears(old, STRANGER, "/ask how much?")
    before = await answer_in(world, old, "how much?")
    moved = world.server.message(STRANGER, {"migrate_to_chat_id": new["id"]}, chat=old)
    world.server.push({"message": moved})
    await world.settled()
    world.server.press_data(STRANGER, before, "a:s")
    *_, told = await world.server.called("answerCallbackQuery", times=2)
    assert told.parameters["text"] == texts.say("pt", "button_of_old_group")
    assert MovedGroups(world.database).new_id(old["id"]) == new["id"]

    await world.people.group_left(new["id"])
    world.server.press_data(STRANGER, before, "a:s")
    await world.settled()
    assert len(await world.server.called("answerCallbackQuery", times=2)) == 2


async def test_a_group_that_is_not_let_in_moves_nothing(world: World) -> None:
    new: Json = {"id": -100777, "type": "supergroup", "title": "Desk"}
    told = world.server.message(STRANGER, {"migrate_from_chat_id": -77}, chat=new)
    world.server.push({"message": told})
    await world.settled()
    assert world.people.groups() == ()


async def test_a_supergroup_nobody_told_of_is_found_out_when_it_is_answered(world: World) -> None:
    old: Json = {"id": -77, "type": "group", "title": "Desk"}
    new: Json = {"id": -100777, "type": "supergroup", "title": "Desk"}
    await let_in(world, old)
    world.server.message(STRANGER, {}, chat=new)
    world.server.migrated[old["id"]] = new["id"]
    world.server.group_hears(old, STRANGER, "/ask how much?")
    said = await world.server.next_message(new["id"])
    assert "something went wrong" in said.text
    world.server.group_hears(new, STRANGER, "/ask how much?")
    await answer_in(world, new, "how much?")
    assert [one.chat_id for one in world.people.groups()] == [new["id"]]


async def test_a_restart_forgets_neither_people_nor_groups() -> None:
    async with TelegramServer() as server:
        server.message(ADMIN, {})
        async with live_bot(server) as world:
            await let_in(world)
            database = world.database
            await world.stopped()
            async with live_bot(server, database) as again:
                again.assistant.reply = echo
                again.server.group_hears(DESK, STRANGER, "/ask how much?")
                await answer_in(again, DESK, "how much?")
