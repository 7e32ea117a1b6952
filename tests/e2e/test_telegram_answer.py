"""An answer from its first sign to its buttons: the real application, over HTTP."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from datetime import timedelta
from itertools import pairwise
from typing import Any

import pytest
import pytest_asyncio
from sqlalchemy import Engine, select

from bot.access import Role
from bot.answer_book import complaints
from bot.answers import Turn
from bot.asker import TERMINAL, Asker
from bot.conversation_key import ConversationKey
from bot.database import placeholders
from bot.events import Event, Finished, Reading, Searching, Writing
from bot.handlers import application as telegram_side
from bot.handlers import streaming
from bot.shown_answers import Reason
from tests.people import people_database
from tests.screens import say
from tests.telegram_bot import (
    ADMIN,
    ANSWER,
    CITATION,
    OTHER_ADMIN,
    QUOTE,
    STRANGER,
    World,
    live_bot,
    plain_answer,
)
from tests.telegram_rules import Json, Sent
from tests.telegram_server import TelegramServer

SEARCHING = "Searching “Stargate” …"
QUESTION = "How much did Stargate commit?"


@pytest.fixture(autouse=True)
def _in_a_hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(streaming, "PATIENCE", 0.05)
    monkeypatch.setattr(streaming, "EDIT_EVERY", 0.1)
    monkeypatch.setattr("bot.handlers.sending.CONNECT_RETRY_DELAYS", (0.05, 0.05))


@pytest_asyncio.fixture
async def server() -> AsyncIterator[TelegramServer]:
    async with TelegramServer() as running:
        yield running


@pytest_asyncio.fixture
async def world(server: TelegramServer) -> AsyncIterator[World]:
    async with live_bot(server) as live:
        yield live


@pytest_asyncio.fixture
async def writing(server: TelegramServer) -> AsyncIterator[World]:
    """With a language model."""
    async with live_bot(server, llm="scripted") as live:
        yield live


async def under_way(world: World, *events: Event) -> Sent:
    """Ask something that takes its time; returns the message that says so."""
    world.assistant.hold.clear()
    world.assistant.events = events or (Searching("Stargate"),)
    world.server.user_says(ADMIN, QUESTION)
    return await world.server.next_message(ADMIN)


async def answered(world: World, question: str = QUESTION) -> Sent:
    world.server.user_says(ADMIN, question)
    message = await world.server.next_message(ADMIN)
    await world.settled()
    return message


def noted(database: Engine) -> int:
    """How many answers are noted as under way."""
    with database.connect() as connection:
        return len(connection.execute(select(placeholders)).all())


def edits(server: TelegramServer) -> list[str]:
    return [one.parameters["text"] for one in server.calls if one.method == "editMessageText"]


def edited(server: TelegramServer, message_id: int, text: str, who: int = ADMIN) -> None:
    content = {"text": text, "edit_date": int(time.time())}
    message = server.message(who, content) | {"message_id": message_id}
    server.push({"edited_message": message})


def question_id(server: TelegramServer) -> int:
    """Of the last question that was reacted to."""
    seen = [one for one in server.calls if one.method == "setMessageReaction"]
    return int(seen[-1].parameters["message_id"])


class TestBeingHeard:
    async def test_is_shown_at_once(self, world: World) -> None:
        world.assistant.hold.clear()
        world.server.user_says(ADMIN, QUESTION)
        (seen,) = await world.server.called("setMessageReaction")
        assert seen.parameters["reaction"] == [{"type": "emoji", "emoji": "👀"}]
        assert world.server.sent == []
        world.assistant.hold.set()
        await world.server.next_message(ADMIN)

    async def test_that_fails_costs_nobody_the_answer(self, world: World) -> None:
        for status, retry_after in ((400, None), (429, 3600), (500, None)):
            world.server.fail("setMessageReaction", status, "No", retry_after=retry_after)
            assert QUOTE in (await answered(world)).text

    async def test_that_hangs_delays_nobody(self, world: World) -> None:
        world.server.slow_down("setMessageReaction", 60)
        assert QUOTE in (await answered(world)).text


async def test_who_is_removed_meanwhile_does_not_get_the_answer(world: World) -> None:
    invitation = await world.people.invite(Role.MEMBER, None, ADMIN)
    await world.people.redeem(invitation, STRANGER, "Bea", {ADMIN})
    world.assistant.hold.clear()
    world.assistant.events = (Searching("Stargate"),)
    world.server.user_says(STRANGER, QUESTION)
    message = await world.server.next_message(STRANGER)
    await world.people.remove(STRANGER)
    world.assistant.hold.set()
    await world.settled()

    (gone,) = await world.server.called("deleteMessage")
    assert int(gone.parameters["message_id"]) == message.message_id
    assert [one for one in edits(world.server) if QUOTE in one] == []
    assert len(world.server.sent) == 1
    assert world.conversations.turns == {}
    assert noted(world.database) == 0


class TestProgress:
    async def test_an_answer_that_is_there_at_once_is_one_message(self, world: World) -> None:
        world.assistant.events = (Searching("Stargate"),)
        assert QUOTE in (await answered(world)).text
        assert len(world.server.sent) == 1
        assert edits(world.server) == []

    async def test_is_one_message_that_the_answer_replaces(self, world: World) -> None:
        message = await under_way(world)
        assert message.text == SEARCHING
        assert message.labels == [say("button_stop")]
        world.assistant.hold.set()
        message = await world.server.shows(message, QUOTE)
        assert say("button_not_right") in message.labels
        await world.settled()
        assert len(world.server.sent) == 1

    async def test_a_draft_is_edited_in_no_faster_than_allowed_and_ends_whole(
        self, writing: World, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        words = [f"word{number}" for number in range(60)]

        async def stream(
            question: str, history: Sequence[Turn] = (), asker: Asker = TERMINAL
        ) -> AsyncIterator[Event]:
            yield Searching("Stargate")
            yield Reading(3)
            for count in range(1, len(words) + 1):
                await asyncio.sleep(0.01)
                yield Writing(" ".join(words[:count]))
            yield Finished(plain_answer("The answer."))

        monkeypatch.setattr(writing.assistant, "stream", stream)
        writing.server.user_says(ADMIN, QUESTION)
        message = await writing.server.next_message(ADMIN)
        await writing.server.shows(message, "The answer.")

        *drafts, final = edits(writing.server)
        assert 2 <= len(drafts) <= 8
        assert all(draft.endswith(say("draft_mark")) for draft in drafts)
        assert final == "The answer."
        calls = [one for one in writing.server.calls if one.method == "editMessageText"]
        gaps = [later.at - one.at for one, later in pairwise(calls[:-1])]
        assert all(gap >= 0.09 for gap in gaps)
        assert not any("parse_mode" in one.parameters for one in calls[:-1])

    async def test_parts_beyond_the_first_follow_with_the_buttons_under_the_last(
        self, world: World
    ) -> None:
        text = "A sentence of several words. " * 300
        world.assistant.reply = lambda _: plain_answer(text)
        message = await under_way(world)
        world.assistant.hold.set()
        parts = [await world.server.next_message(ADMIN) for _ in range(2)]
        await world.settled()
        first = await world.server.shows(message, "A sentence")
        assert first.labels == []
        assert parts[0].labels == []
        assert parts[1].labels == []  # no source to be wrong about

    async def test_a_wait_that_telegram_orders_is_kept_and_the_answer_comes(
        self, world: World
    ) -> None:
        world.server.fail("editMessageText", 429, "Too Many Requests", retry_after=1)
        message = await under_way(world, Searching("Stargate"))
        world.assistant.hold.set()
        await world.server.shows(message, QUOTE)
        refused, accepted = await world.server.called("editMessageText", times=2)
        assert accepted.at - refused.at >= 1

    async def test_that_must_wait_an_hour_costs_nobody_the_answer(self, world: World) -> None:
        world.assistant.hold.clear()
        world.assistant.events = (Searching("Stargate"),)
        world.server.fail("sendMessage", 429, "Too Many Requests", retry_after=3600)
        world.server.user_says(ADMIN, QUESTION)
        await world.server.called("sendMessage")
        world.assistant.hold.set()
        assert QUOTE in (await world.server.next_message(ADMIN)).text

    async def test_whose_fate_is_unknown_is_not_shown_twice(self, world: World) -> None:
        world.server.drop("sendMessage", after=True)
        await under_way(world)
        await asyncio.sleep(0.3)
        assert len(await world.server.called("sendMessage")) == 1
        world.assistant.hold.set()
        assert QUOTE in (await world.server.next_message(ADMIN)).text
        await world.settled()
        assert len(world.server.sent) == 2

    async def test_that_was_deleted_is_followed_by_a_new_message(self, world: World) -> None:
        message = await under_way(world)
        world.server.deleted.add(message.message_id)
        world.assistant.hold.set()
        assert QUOTE in (await world.server.next_message(ADMIN)).text

    async def test_an_answer_the_server_stumbles_over_is_edited_in_again(
        self, world: World
    ) -> None:
        message = await under_way(world)
        world.server.fail("editMessageText", 502, "Bad Gateway")
        world.assistant.hold.set()
        await world.server.shows(message, QUOTE)
        await world.settled()
        assert len(world.server.sent) == 1

    async def test_an_edit_whose_fate_is_unknown_is_made_again_without_harm(
        self, world: World
    ) -> None:
        message = await under_way(world)
        world.server.drop("editMessageText", after=True)
        world.assistant.hold.set()
        await world.server.shows(message, QUOTE)
        await world.settled()
        assert len(world.server.sent) == 1

    async def test_html_that_telegram_refuses_is_edited_in_as_plain_text(
        self, world: World
    ) -> None:
        message = await under_way(world)
        world.server.fail("editMessageText", 400, "Bad Request: can't parse entities: x")
        world.assistant.hold.set()
        message = await world.server.shows(message, QUOTE)
        assert "parse_mode" not in message.parameters
        assert message.labels

    async def test_a_person_who_blocked_the_bot_meanwhile_disturbs_nobody(
        self, world: World
    ) -> None:
        await under_way(world)
        world.server.blocked.add(ADMIN)
        world.assistant.hold.set()
        await world.settled()
        world.server.user_says(OTHER_ADMIN, QUESTION)
        assert QUOTE in (await world.server.next_message(OTHER_ADMIN)).text

    async def test_does_not_stay_when_the_answer_fails(self, world: World) -> None:
        world.assistant.reply = lambda _: RuntimeError("once")
        message = await under_way(world)
        world.assistant.hold.set()
        await world.server.shows(message, say("answer_failed"))
        assert "went wrong" in (await world.server.next_message(ADMIN)).text

    async def test_does_not_stay_when_the_answer_is_refused(self, world: World) -> None:
        message = await under_way(world)
        # As HTML, without markup, without buttons.
        world.server.fail("editMessageText", 400, "Bad Request: can't parse entities: x")
        world.server.fail("editMessageText", 400, "Bad Request: no such thing", times=2)
        world.assistant.hold.set()
        await world.server.shows(message, say("answer_failed"))
        assert "went wrong" in (await world.server.next_message(ADMIN)).text


class TestStopping:
    async def test_ends_the_answer_and_says_so(self, world: World) -> None:
        message = await under_way(world)
        world.server.user_presses(ADMIN, message, say("button_stop"))
        message = await world.server.shows(message, say("answer_stopped"))
        assert message.labels == []
        assert await world.server.next_toast(ADMIN) == ""
        await world.settled()
        assert world.conversations.turns == {}
        world.assistant.hold.set()
        assert QUOTE in (await answered(world)).text

    async def test_is_for_whoever_asked_and_for_administrators(self, world: World) -> None:
        group = {"id": -100200, "type": "supergroup", "title": "Desk"}
        await world.people.let_group_in(-100200, "Desk", ADMIN)
        world.assistant.hold.clear()
        world.assistant.events = (Searching("Stargate"),)
        content: dict[str, Any] = {"text": "/ask How much?"}
        content["entities"] = [{"type": "bot_command", "offset": 0, "length": 4}]
        world.server.push({"message": world.server.message(55, content, chat=group)})
        message = await world.server.next_message(-100200)
        assert message.parameters["reply_parameters"]["message_id"] == question_id(world.server)

        world.server.user_presses(56, message, say("button_stop"))
        assert await world.server.next_toast(56) == say("stop_not_yours")
        world.server.user_presses(OTHER_ADMIN, message, say("button_stop"))
        await world.server.shows(message, say("answer_stopped"))

    async def test_what_has_ended_is_told_kindly(self, world: World) -> None:
        message = await under_way(world)
        world.assistant.hold.set()
        await world.server.shows(message, QUOTE)
        await world.settled()
        world.server.press_data(ADMIN, message, "s:stop")
        assert await world.server.next_toast(ADMIN) == say("answer_expired")


class TestRestart:
    async def test_an_answer_given_up_at_the_end_says_it_was_interrupted(
        self, world: World, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(telegram_side, "FINISH_SECONDS", 0.1)
        message = await under_way(world)
        await world.stopped()
        await world.server.shows(message, say("answer_interrupted"))

    async def test_what_a_crash_left_behind_is_tidied_up_at_the_next_start(
        self, server: TelegramServer
    ) -> None:
        database = people_database()
        async with live_bot(server, database) as crashed:
            message = await under_way(crashed)
            await asyncio.sleep(0.1)
            # As if the process were gone: nothing it says arrives any more.
            server.fail("editMessageText", 403, "Forbidden: bot was kicked", times=10)
            telegram_finish, telegram_side.FINISH_SECONDS = telegram_side.FINISH_SECONDS, 0.05
            try:
                await crashed.stopped()
            finally:
                telegram_side.FINISH_SECONDS = telegram_finish
        server._faults.clear()
        assert (await server.shows(message, SEARCHING)).labels == [say("button_stop")]

        async with live_bot(server, database):
            tidied = await server.shows(message, say("answer_interrupted"))
            assert tidied.labels == []
            async with asyncio.timeout(5):
                while noted(database):  # noqa: ASYNC110 - another thread writes it
                    await asyncio.sleep(0.02)
        calls = len(edits(server))
        async with live_bot(server, database) as again:
            assert QUOTE in (await answered(again)).text
        assert len(edits(server)) == calls
        database.dispose()


class TestSources:
    async def test_open_turn_and_close_in_place(self, world: World) -> None:
        other = replace(CITATION, label=2, source="Norte", url="https://norte.example.com/a")
        world.assistant.reply = lambda _: replace(ANSWER, citations=(CITATION, other))
        message = await answered(world)
        whole = message.text

        world.server.user_presses(ADMIN, message, say("button_sources", count=2))
        message = await world.server.shows(message, "Folha, Jan 21, 2025", without="Norte")
        assert CITATION.context in message.text
        assert ("bold", QUOTE) in {(one.type, one.text) for one in message.entities}
        beside = [say(f"button_{key}") for key in ("open", "copy_quote", "back")]
        assert message.labels == ["«", "1/2", "»", *beside]
        assert (say("button_copy_quote"), f"“{QUOTE}” (Folha, Jan 21, 2025) {CITATION.url}") in (
            button for row in message.buttons for button in row
        )
        world.server.user_presses(ADMIN, message, "»")
        message = await world.server.shows(message, "Norte, Jan 21, 2025")
        world.server.user_presses(ADMIN, message, say("button_back"))
        message = await world.server.shows(message, whole)
        assert say("button_not_right") in message.labels
        assert len(world.server.sent) == 1

    async def test_work_after_a_restart(self, server: TelegramServer) -> None:
        database = people_database()
        async with live_bot(server, database) as first:
            message = await answered(first)
        async with live_bot(server, database):
            server.user_presses(ADMIN, message, say("button_sources", count=1))
            await server.shows(message, CITATION.context)
        database.dispose()

    async def test_of_long_ago_are_told_kindly(self, world: World) -> None:
        message = await answered(world)
        world.now += timedelta(days=31)
        world.server.user_presses(ADMIN, message, say("button_sources", count=1))
        assert await world.server.next_toast(ADMIN) == say("answer_expired")

    async def test_forged_presses_do_no_harm(self, world: World) -> None:
        message = await answered(world)
        for data in ("a:s:77", "a:b", "a:r:nonsense", "a:?"):
            world.server.press_data(ADMIN, message, data)
            await world.server.next_toast(ADMIN)
            await world.settled()
            assert (await world.server.shows(message, QUOTE)).text == message.text


class TestNotRight:
    async def test_takes_one_more_tap_and_is_kept(self, server: TelegramServer) -> None:
        database = people_database()
        async with live_bot(server, database) as world:
            message = await answered(world)
            server.user_presses(ADMIN, message, say("button_not_right"))
            await server.next_toast(ADMIN)
            await world.settled()
            server.user_presses(ADMIN, message, say("reason_figure"))
            assert await server.next_toast(ADMIN) == say("feedback_thanks")
            await world.settled()
            message = await server.shows(message, QUOTE)
            assert say("button_not_right") in message.labels
        (complaint,) = complaints(database)
        assert complaint.reason is Reason.FIGURE
        assert complaint.shown.question == QUESTION
        assert complaint.shown.answer == ANSWER
        database.dispose()


class TestAnotherLength:
    async def test_is_asked_as_a_follow_up_to_that_very_answer(self, writing: World) -> None:
        message = await answered(writing)
        await answered(writing, "Something else?")
        writing.server.user_presses(ADMIN, message, say("button_shorter"))
        await writing.server.next_message(ADMIN)
        await writing.settled()
        question, history = writing.assistant.asked[-1]
        assert question == say("ask_shorter")
        assert [turn.text for turn in history] == [QUESTION, ANSWER.text]
        assert history[-1].citations == ANSWER.citations

    async def test_of_what_found_nothing_is_not_offered_and_says_why(self, writing: World) -> None:
        writing.assistant.reply = lambda _: replace(ANSWER, answered=False)
        message = await answered(writing)
        assert say("button_shorter") not in message.labels
        for data in ("a:k", "a:d"):
            writing.server.press_data(ADMIN, message, data)
            assert await writing.server.next_toast(ADMIN) == say("nothing_to_shorten")
        assert len(writing.assistant.asked) == 1

    async def test_is_not_offered_without_a_model_and_not_forged(self, world: World) -> None:
        message = await answered(world)
        assert say("button_shorter") not in message.labels
        world.server.press_data(ADMIN, message, "a:k")
        assert await world.server.next_toast(ADMIN) == say("answer_expired")


class TestAnEditedQuestion:
    async def test_has_its_answer_redone_in_place(self, world: World) -> None:
        world.assistant.reply = plain_answer
        await answered(world, "Before")
        message = await answered(world, "How mush?")
        edited(world.server, question_id(world.server), "How much?")
        await world.server.shows(message, "How much?")
        await world.settled()
        assert len(world.server.sent) == 2
        question, history = world.assistant.asked[-1]
        assert question == "How much?"
        assert [turn.text for turn in history] == ["Before", "Before"]

    async def test_loses_the_parts_its_new_answer_no_longer_has(self, world: World) -> None:
        world.assistant.reply = lambda question: plain_answer(
            "A sentence of several words. " * (300 if question == "long" else 1)
        )
        message = await answered(world, "long")
        edited(world.server, question_id(world.server), "short")
        await world.server.called("deleteMessage", times=2)
        await world.settled()
        await world.server.shows(message, "A sentence")
        assert len(world.server.deleted) == 2

    async def test_of_an_earlier_answer_of_the_past_or_of_nothing_is_left_alone(
        self, world: World
    ) -> None:
        await answered(world, "first")
        first = question_id(world.server)
        await answered(world, "second")
        second = question_id(world.server)
        edited(world.server, first, "first, otherwise")
        edited(world.server, second, "second")
        edited(world.server, 424242, "never asked")
        await world.settled()
        world.now += timedelta(hours=2)
        edited(world.server, second, "second, otherwise")
        await world.settled()
        assert [question for question, _ in world.assistant.asked] == ["first", "second"]

    async def test_in_a_topic_does_not_mind_what_others_were_answered_since(
        self, world: World
    ) -> None:
        forum: Json = {"id": -100300, "type": "supergroup", "title": "Forum", "is_forum": True}
        await world.people.let_group_in(forum["id"], "Forum", ADMIN)
        world.assistant.reply = plain_answer
        world.server.group_hears(forum, ADMIN, "/ask mush", thread=11)
        first = await world.server.next_answer(forum["id"])
        asked = world.server._said[question_id(world.server)]
        world.server.group_hears(forum, ADMIN, "/ask other", thread=22)
        await world.server.next_answer(forum["id"])
        world.server.push({"edited_message": {**asked, "text": "/ask much", "edit_date": 2}})
        await world.server.shows(first, "much")

    async def test_of_a_stranger_gets_nothing(self, world: World) -> None:
        edited(world.server, 5, "How much?", who=99)
        await world.settled()
        assert world.server.sent == []


async def test_replying_to_an_older_answer_goes_on_from_there(world: World) -> None:
    world.assistant.reply = lambda question: plain_answer(f"About {question}")
    older = await answered(world, "ferries")
    await answered(world, "docks")
    replied = {
        "message_id": older.message_id,
        "date": int(time.time()),
        "chat": {"id": ADMIN, "type": "private", "first_name": "Ana"},
        "text": older.text,
    }
    world.server.user_says(ADMIN, "and since when?", reply_to_message=replied)
    await world.server.next_message(ADMIN)
    _, history = world.assistant.asked[-1]
    assert [turn.text for turn in history[-2:]] == ["ferries", "About ferries"]
    assert len(history) == 6


async def test_what_was_said_is_remembered_once(world: World) -> None:
    await answered(world)
    turns = world.conversations.turns[ConversationKey(ADMIN)]
    assert [turn.text for turn in turns] == [QUESTION, ANSWER.text]
