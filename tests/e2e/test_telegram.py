"""The real application against a Bot API server, over HTTP."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
import pytest_asyncio
from structlog.testing import capture_logs

from bot import texts
from bot.conversation_key import ConversationKey
from bot.handlers import application as telegram_side
from bot.handlers.start import COMMANDS
from tests.telegram_bot import (
    ADMIN,
    ANSWER,
    CITATION,
    OTHER_ADMIN,
    QUOTE,
    STRANGER,
    Reply,
    World,
    live_bot,
    plain_answer,
)
from tests.telegram_server import TelegramServer


@pytest_asyncio.fixture
async def server() -> AsyncIterator[TelegramServer]:
    async with TelegramServer() as running:
        yield running


@pytest_asyncio.fixture
async def world(server: TelegramServer) -> AsyncIterator[World]:
    async with live_bot(server) as live:
        yield live


async def quiet(world: World, *, but: int = 0) -> None:
    """Everything pushed was handled, and `but` messages were sent."""
    await world.settled()
    assert len(world.server.sent) == but


class TestAQuestion:
    async def test_is_answered_as_html_with_buttons(self, world: World) -> None:
        world.server.user_says(ADMIN, "How much did Stargate commit?")
        message = await world.server.next_message(ADMIN)

        assert message.text.startswith(ANSWER.text)
        assert "[1] Folha, Jan 21, 2025\nStargate, in figures\n" in message.text
        styles = {(entity.type, entity.text, entity.url) for entity in message.entities}
        assert ("text_link", "[1]", CITATION.url) in styles
        assert ("text_link", CITATION.title, CITATION.url) in styles
        assert ("bold", QUOTE, None) in styles
        assert any(entity.type == "expandable_blockquote" for entity in message.entities)
        assert message.labels == [
            texts.say("en", "button_sources", count=1),
            texts.say("en", "button_not_right"),
            texts.say("en", "button_follow_topic"),
        ]
        (date,) = [one for one in message.entities if one.type == "date_time"]
        assert datetime.fromtimestamp(date.unix or 0, UTC) == CITATION.published_at
        sources, not_right = message.parameters["reply_markup"]["inline_keyboard"][0]
        assert (sources["style"], not_right.get("style")) == ("primary", None)

    async def test_is_previewed_small_where_one_article_says_it_all(self, world: World) -> None:
        world.server.user_says(ADMIN, "How much did Stargate commit?")
        message = await world.server.next_message(ADMIN)
        assert message.parameters["link_preview_options"] == {
            "url": CITATION.url,
            "prefer_small_media": True,
            "show_above_text": False,
        }
        other = replace(CITATION, label=2, url="https://norte.example.com/a")
        world.assistant.reply = lambda _: replace(ANSWER, citations=(CITATION, other))
        world.server.user_says(ADMIN, "How much did Stargate commit?")
        message = await world.server.next_message(ADMIN)
        assert message.parameters["link_preview_options"] == {"is_disabled": True}

    async def test_whose_preview_is_refused_comes_without_it(self, world: World) -> None:
        world.server.fail("sendMessage", 400, "Bad Request: WEBPAGE_URL_INVALID")
        world.server.user_says(ADMIN, "How much did Stargate commit?")
        message = await world.server.next_message(ADMIN)
        assert message.parameters["link_preview_options"] == {"is_disabled": True}
        assert message.labels

    async def test_shows_typing_before_its_answer(self, world: World) -> None:
        world.assistant.hold.clear()
        world.server.user_says(ADMIN, "?")
        (typing,) = await world.server.called("sendChatAction")
        assert typing.parameters == {"chat_id": str(ADMIN), "action": "typing"}
        assert not world.server.sent
        world.assistant.hold.set()
        await world.server.next_message(ADMIN)

    async def test_shows_typing_before_even_the_quickest_answer(self, world: World) -> None:
        for number in range(1, 6):
            world.server.user_says(ADMIN, "?")
            await world.server.next_message(ADMIN)
            methods = [call.method for call in world.server.calls]
            sent = [one for one in methods if one in ("sendChatAction", "sendMessage")]
            assert sent == ["sendChatAction", "sendMessage"] * number

    async def test_keeps_showing_typing_while_it_works(
        self, world: World, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("bot.handlers.sending.TYPING_EVERY", 0.05)
        world.assistant.hold.clear()
        world.server.user_says(ADMIN, "?")
        await world.server.called("sendChatAction", times=3)
        world.assistant.hold.set()
        await world.server.next_message(ADMIN)
        shown = len(await world.server.called("sendChatAction"))
        await asyncio.sleep(0.2)
        assert len(await world.server.called("sendChatAction")) <= shown + 1

    async def test_reaches_the_assistant_with_the_turns_before_it(self, world: World) -> None:
        world.server.user_says(ADMIN, "How much?")
        await world.server.next_message(ADMIN)
        world.server.user_says(ADMIN, "Over how many years?")
        await world.server.next_message(ADMIN)

        question, history = world.assistant.asked[1]
        assert question == "Over how many years?"
        assert [(turn.role, turn.text) for turn in history] == [
            ("user", "How much?"),
            ("assistant", ANSWER.text),
        ]

    async def test_of_4096_characters_is_taken_whole(self, world: World) -> None:
        world.server.user_says(ADMIN, "ç" * 4096)
        await world.server.next_message(ADMIN)
        assert world.assistant.asked[0][0] == "ç" * 4096

    async def test_with_a_lone_surrogate_reaches_the_assistant_without_it(
        self, world: World
    ) -> None:
        world.server.user_says(ADMIN, "how \ud800much?")
        await world.server.next_message(ADMIN)
        assert world.assistant.asked[0][0] == "how much?"

    async def test_with_a_long_answer_gets_it_in_parts_cut_at_sentence_ends(
        self, world: World
    ) -> None:
        sentences = [f"Sentence {number} says what it says & more." for number in range(300)]
        world.assistant.reply = lambda _: plain_answer(" ".join(sentences))
        world.server.user_says(ADMIN, "everything?")
        parts = [await world.server.next_message(ADMIN) for _ in range(4)]

        assert all(part.text.endswith("more.") for part in parts)
        assert " ".join(part.text for part in parts) == " ".join(sentences)


class TestAccess:
    async def test_a_stranger_is_told_their_id_once_and_nothing_else(self, world: World) -> None:
        for _ in range(3):
            world.server.user_says(STRANGER, "Olá, quanto?", language="pt-br")
        message = await world.server.next_message(STRANGER)
        assert message.text == texts.say("pt", "stranger", user_id=STRANGER)
        await quiet(world, but=1)
        assert world.assistant.asked == []
        assert await world.server.called("sendChatAction", times=0) == []

    async def test_a_stranger_is_told_again_the_next_day(self, world: World) -> None:
        world.server.user_says(STRANGER, "hi")
        await world.server.next_message(STRANGER)
        world.now += timedelta(hours=25)
        world.server.user_says(STRANGER, "/start")
        await world.server.next_message(STRANGER)

    async def test_a_stranger_who_blocked_the_bot_disturbs_nobody(self, world: World) -> None:
        world.server.blocked.add(STRANGER)
        world.server.user_says(STRANGER, "hi")
        world.server.user_says(ADMIN, "How much?")
        await world.server.next_message(ADMIN)
        await quiet(world, but=1)

    @pytest.mark.parametrize("sender", [ADMIN, STRANGER])
    async def test_groups_get_nothing(self, world: World, sender: int) -> None:
        group = {"id": -100200, "type": "supergroup", "title": "Desk"}
        for content in ({"text": "How much?"}, {"text": "/start@pauta_test_bot"}):
            world.server.push({"message": world.server.message(sender, content, chat=group)})
        await quiet(world)
        assert world.assistant.asked == []

    async def test_only_what_there_are_handlers_for_is_asked_for(self, world: World) -> None:
        (first, *_) = await world.server.called("getUpdates")
        assert set(first.parameters["allowed_updates"]) == {
            "message", "edited_message", "callback_query", "inline_query", "guest_message",
            "my_chat_member",
        }  # fmt: skip

    async def test_updates_of_other_kinds_get_nothing_even_if_they_come(self, world: World) -> None:
        # Telegram may still send kinds that an earlier run had asked for.
        server = world.server
        person = {"id": STRANGER, "is_bot": False, "first_name": "Ana"}
        edited = server.message(ADMIN, {"text": "How much?", "edit_date": int(time.time())})
        channel = {"id": -100300, "type": "channel", "title": "News"}
        for update in (
            {"edited_message": edited},
            {"channel_post": server.message(ADMIN, {"text": "post"}, chat=channel)},
            {"inline_query": {"id": "1", "from": person, "query": "how", "offset": ""}},
            {"callback_query": {"id": "2", "from": person, "chat_instance": "x", "data": "y"}},
        ):
            # Smuggled past the server's own filter, as a leftover would be.
            server.push({**update, "message": None})
        await quiet(world)
        assert world.assistant.asked == []


class TestOtherMessages:
    @pytest.mark.parametrize("command", ["/start", "/start@pauta_test_bot", "/ask"])
    async def test_commands_say_what_to_ask_in_the_persons_language(
        self, world: World, command: str
    ) -> None:
        world.server.user_says(ADMIN, command, language="es")
        assert (await world.server.next_message(ADMIN)).text == texts.say("es", "welcome")
        assert world.assistant.asked == []

    async def test_an_unknown_command_is_told_with_the_nearest(self, world: World) -> None:
        for written, key, near in (("latets", "command_unknown_near", "latest"),
                                   ("qqq", "command_unknown", "")):  # fmt: skip
            world.server.user_says(ADMIN, f"/{written}")
            said = await world.server.next_message(ADMIN)
            assert said.text == texts.say("en", key, written=written, near=near)

    async def test_what_is_not_text_gets_one_kind_line(self, world: World) -> None:
        photo = [{"file_id": "a", "file_unique_id": "b", "width": 1, "height": 1}]
        for _ in range(3):
            album = {"photo": photo, "media_group_id": "77", "caption": "look"}
            world.server.push({"message": world.server.message(ADMIN, album)})
        assert (await world.server.next_message(ADMIN)).text == texts.say("en", "only_text")
        await quiet(world, but=1)

    async def test_service_messages_get_nothing(self, world: World) -> None:
        pinned = {"message_auto_delete_timer_changed": {"message_auto_delete_time": 60}}
        world.server.push({"message": world.server.message(ADMIN, pinned)})
        await quiet(world)


class TestTrouble:
    @pytest.mark.parametrize(
        ("status", "description"),
        [(404, "Not Found: method not found"), (400, "Bad Request: x"), (500, "Internal")],
    )
    async def test_typing_that_fails_costs_nobody_the_answer(
        self, world: World, status: int, description: str
    ) -> None:
        world.server.fail("sendChatAction", status, description, times=100)
        world.server.user_says(ADMIN, "How much?")
        assert QUOTE in (await world.server.next_message(ADMIN)).text

    async def test_typing_that_must_wait_an_hour_costs_nobody_the_answer(
        self, world: World
    ) -> None:
        world.server.fail("sendChatAction", 429, "Too Many Requests", 100, retry_after=3600)
        world.server.user_says(ADMIN, "How much?")
        assert QUOTE in (await world.server.next_message(ADMIN)).text

    async def test_typing_that_hangs_costs_nobody_the_answer(self, world: World) -> None:
        world.server.slow_down("sendChatAction", 60, times=100)
        world.server.user_says(ADMIN, "How much?")
        assert QUOTE in (await world.server.next_message(ADMIN)).text

    async def test_a_menu_that_fails_costs_nobody_the_answer(self, server: TelegramServer) -> None:
        server.fail("setMyCommands", 404, "Not Found: method not found")
        server.fail("setMyCommands", 500, "Internal Server Error")
        server.fail("setMyCommands", 429, "Too Many Requests", retry_after=3600)
        async with live_bot(server):
            await server.called("setMyCommands", times=3)
            server.user_says(ADMIN, "How much?")
            assert QUOTE in (await server.next_message(ADMIN)).text

    async def test_a_menu_that_hangs_delays_nobody(self, server: TelegramServer) -> None:
        server.slow_down("setMyCommands", 60, times=3)
        async with live_bot(server):
            server.user_says(ADMIN, "How much?")
            assert QUOTE in (await server.next_message(ADMIN)).text

    async def test_the_menu_is_set_in_every_language(self, world: World) -> None:
        calls = await world.server.called("setMyCommands", times=6)
        found = {
            call.parameters.get("language_code"): [
                command["description"] for command in call.parameters["commands"]
            ]
            for call in calls
            if "default" in str(call.parameters.get("scope", "default"))
        }
        assert found == {
            code: [texts.say(code or "en", f"command_{name}") for name in COMMANDS]
            for code in (None, "pt", "es")
        }

    async def test_html_that_telegram_refuses_is_sent_as_plain_text(self, world: World) -> None:
        world.server.fail(
            "sendMessage", 400, "Bad Request: can't parse entities: Unsupported start tag"
        )
        world.server.user_says(ADMIN, "How much?")
        message = await world.server.next_message(ADMIN)
        assert "parse_mode" not in message.parameters
        assert QUOTE in message.text
        assert CITATION.url in message.text
        assert message.buttons

    async def test_buttons_that_telegram_refuses_are_left_out(self, world: World) -> None:
        world.server.fail("sendMessage", 400, "Bad Request: BUTTON_URL_INVALID")
        world.server.user_says(ADMIN, "How much?")
        message = await world.server.next_message(ADMIN)
        assert QUOTE in message.text
        assert message.buttons == []

    async def test_a_wait_that_telegram_orders_is_obeyed(self, world: World) -> None:
        world.server.fail("sendMessage", 429, "Too Many Requests: retry after 1", retry_after=1)
        world.server.user_says(ADMIN, "How much?")
        await world.server.next_message(ADMIN)
        refused, accepted = await world.server.called("sendMessage", times=2)
        assert accepted.at - refused.at >= 1

    async def test_a_message_whose_fate_is_unknown_is_not_sent_twice(self, world: World) -> None:
        world.server.drop("sendMessage", after=True)
        world.server.user_says(ADMIN, "How much?")
        answer, notice = [await world.server.next_message(ADMIN) for _ in range(2)]
        assert QUOTE in answer.text
        assert notice.text.startswith("Telegram did not confirm")
        await quiet(world, but=2)

    async def test_an_assistant_that_breaks_is_a_friendly_sentence_with_an_id(
        self, world: World
    ) -> None:
        token = world.server.token
        world.assistant.reply = lambda _: RuntimeError(f"bad address {world.server.url}/bot{token}")
        with capture_logs() as logs:
            world.server.user_says(ADMIN, "Quanto?", language="pt")
            message = await world.server.next_message(ADMIN)

        (entry,) = [one for one in logs if one["log_level"] == "error"]
        assert message.text == texts.say("pt", "failed", error_id=entry["error_id"])
        assert "RuntimeError: bad address" in entry["cause"]
        assert token not in str(logs)

    async def test_an_answer_that_takes_for_ever_is_given_up(
        self, world: World, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("bot.handlers.answering.ANSWER_SECONDS", 0.1)
        world.assistant.hold.clear()
        world.server.user_says(ADMIN, "How much?")
        assert "took me too long" in (await world.server.next_message(ADMIN)).text

    async def test_after_a_failure_the_next_question_is_answered(self, world: World) -> None:
        replies: Iterator[Reply] = iter([RuntimeError("once"), ANSWER])
        world.assistant.reply = lambda _: next(replies)
        world.server.user_says(ADMIN, "one")
        world.server.user_says(ADMIN, "two")
        await world.server.next_message(ADMIN)
        assert QUOTE in (await world.server.next_message(ADMIN)).text

    async def test_trouble_with_fetching_is_shown_to_nobody_and_passes(self, world: World) -> None:
        await world.server.called("getUpdates")
        world.server.fail("getUpdates", 502, "Bad Gateway", times=1)
        world.server.drop("getUpdates")
        world.server.user_says(ADMIN, "How much?")
        assert QUOTE in (await world.server.next_message(ADMIN, within=15)).text
        await quiet(world, but=1)

    async def test_a_second_program_on_the_same_bot_is_one_clear_line(self, world: World) -> None:
        await world.server.called("getUpdates")
        with capture_logs() as logs:
            world.server.fail("getUpdates", 409, "Conflict: terminated by other", times=3)
            world.server.user_says(ADMIN, "How much?")
            await world.server.next_message(ADMIN)
            await world.server.called("getUpdates", times=5, within=15)
        assert sum("another program" in one["event"] for one in logs) == 1


class TestOrder:
    async def test_chats_go_side_by_side_and_one_chat_in_order(self, world: World) -> None:
        world.assistant.hold.clear()
        world.assistant.held = lambda question: question == "first"
        world.assistant.reply = plain_answer
        for question in ("first", "second", "third"):
            world.server.user_says(ADMIN, question)
        world.server.user_says(OTHER_ADMIN, "elsewhere")

        assert (await world.server.next_message(OTHER_ADMIN)).text == "elsewhere"
        assert [question for question, _ in world.assistant.asked] == ["first", "elsewhere"]
        world.assistant.hold.set()
        answers = [(await world.server.next_message(ADMIN)).text for _ in range(3)]
        assert answers == ["first", "second", "third"]

    async def test_a_chat_with_a_hundred_questions_holds_nobody_up(self, world: World) -> None:
        world.assistant.hold.clear()
        world.assistant.held = lambda question: question != "elsewhere"
        world.assistant.reply = plain_answer
        for number in range(100):
            world.server.user_says(ADMIN, f"question {number}")
        world.server.user_says(OTHER_ADMIN, "elsewhere")
        assert (await world.server.next_message(OTHER_ADMIN)).text == "elsewhere"
        world.assistant.hold.set()


class TestStopping:
    async def test_finishes_the_answer_in_progress(self, world: World) -> None:
        world.assistant.hold.clear()
        world.server.user_says(ADMIN, "How much?")
        await world.server.called("sendChatAction")
        world.stop.set()
        await asyncio.sleep(0.1)
        assert not world.running.done()
        world.assistant.hold.set()
        await world.stopped()
        assert QUOTE in (await world.server.next_message(ADMIN)).text
        assert world.conversations.turns[ConversationKey(ADMIN)]

    async def test_does_not_wait_for_ever(
        self, world: World, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(telegram_side, "FINISH_SECONDS", 0.2)
        world.assistant.hold.clear()
        for question in ("one", "two"):
            world.server.user_says(ADMIN, question)
        await world.server.called("sendChatAction")
        with capture_logs() as logs:
            await world.stopped(within=5)
        assert [one["unanswered"] for one in logs if "unanswered" in one] == [2]
        assert world.server.sent == []

    async def test_confirms_what_was_fetched(self, world: World) -> None:
        world.server.user_says(ADMIN, "How much?")
        await world.server.next_message(ADMIN)
        await world.stopped()
        async with live_bot(world.server) as again:
            await again.server.called("getUpdates", times=3)
            assert again.assistant.asked == []

    async def test_a_token_revoked_while_live_ends_the_run_with_a_clear_error(
        self, world: World
    ) -> None:
        await world.server.called("getUpdates")
        world.server.token = "123456:another-one-entirely"
        world.server.user_says(ADMIN, "wake the long poll")
        with pytest.raises(telegram_side.TelegramStartError, match="stopped accepting"):
            await asyncio.wait_for(world.running, 10)
        with contextlib.suppress(telegram_side.TelegramStartError):
            await world.running
