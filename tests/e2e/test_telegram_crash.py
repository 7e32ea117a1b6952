"""The process dies, and the next one goes on: nothing is lost, nothing is said twice."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import pytest_asyncio
from sqlalchemy import Engine, create_engine, select

from bot import texts
from bot.database import metadata, updates_handled
from bot.events import Searching
from bot.offload import Offload
from bot.update_book import KEPT_FOR, MOST_TRIES, UpdateBook
from tests.people import people_database
from tests.telegram_bot import ADMIN, STRANGER, World, live_bot, plain_answer
from tests.telegram_rules import Json
from tests.telegram_server import TelegramServer

NOW = datetime(2025, 3, 1, 9, tzinfo=UTC)
SEARCHING = (Searching("Stargate"),)
ELSEWHERE: Json = {"id": -100900, "type": "supergroup", "title": "Elsewhere"}
ROOT = Path(__file__).resolve().parents[2]


@pytest_asyncio.fixture
async def server() -> AsyncIterator[TelegramServer]:
    async with TelegramServer() as running:
        yield running


@pytest.fixture
def database() -> Engine:
    return people_database()


@pytest.fixture
def book(database: Engine) -> UpdateBook:
    return UpdateBook(database, Offload(), lambda: NOW)


def rows(database: Engine) -> list[tuple[str, str | None]]:
    """State and body of each update, in their order."""
    order = select(updates_handled).order_by(updates_handled.c.update_id)
    with database.connect() as connection:
        return [(row.state, row.body) for row in connection.execute(order)]


def under_way(database: Engine) -> list[int]:
    """The messages whose place answers will take."""
    column = updates_handled.c.placeholder
    with database.connect() as connection:
        return [one for one in connection.scalars(select(column)) if one is not None]


async def handled(world: World) -> None:
    """All that was left, and all that was sent."""
    nothing = world.server.message(STRANGER, {"text": "hi"}, chat=ELSEWHERE)
    world.server.push({"message": nothing})
    await world.server.fetched()
    await asyncio.wait_for(world.application.update_queue.join(), 5)


async def left(server: TelegramServer, book: UpdateBook, text: str) -> int:
    """A question that an earlier run has fetched and written down; returns its number."""
    update: Json = {"message": server.message(ADMIN, {"text": text})}
    number = server.push(update)
    server._updates.clear()
    assert await book.record(number, json.dumps({"update_id": number, **update}))
    return number


async def test_killed_in_the_middle_of_an_answer_it_answers_exactly_once_in_the_same_place(
    server: TelegramServer, tmp_path: Path
) -> None:
    file = tmp_path / "people.db"
    engine = create_engine(f"sqlite:///{file}")
    metadata.create_all(engine)
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.killable_bot", server.url, str(file), cwd=ROOT
    )
    try:
        server.user_says(ADMIN, "How much?")
        server.user_says(ADMIN, "And when?")
        begun = await server.next_message(ADMIN, within=30)
        await server.fetched()
        async with asyncio.timeout(5):
            while len(rows(engine)) < 2 or not under_way(engine):  # noqa: ASYNC110
                await asyncio.sleep(0.02)
    finally:
        process.kill()
        await process.wait()

    async with live_bot(server, engine) as world:
        world.assistant.reply = plain_answer
        await handled(world)
        assert [question for question, _ in world.assistant.asked] == ["How much?", "And when?"]
        assert [sent.text for sent in server.sent] == ["How much?", "And when?"]
        assert server.sent[0].message_id == begun.message_id
        assert "s:stop" not in str(server.sent[0].buttons)
    async with live_bot(server, engine) as again:
        await handled(again)
        assert again.assistant.asked == []
    assert len(server.sent) == 2
    assert rows(engine) == [("handled", None), ("handled", None)]
    engine.dispose()


class TestWhatACrashLeft:
    async def test_before_anything_was_said_is_answered_once(
        self, server: TelegramServer, database: Engine, book: UpdateBook
    ) -> None:
        await left(server, book, "first")
        await left(server, book, "second")
        for _ in range(2):
            async with live_bot(server, database) as world:
                world.assistant.reply = plain_answer
                await handled(world)
        assert [sent.text for sent in server.sent] == ["first", "second"]

    async def test_after_it_may_have_been_answered_is_left_alone(
        self, server: TelegramServer, database: Engine, book: UpdateBook
    ) -> None:
        await book.speaks(await left(server, book, "first"))
        async with live_bot(server, database) as world:
            await handled(world)
            assert world.assistant.asked == []
        assert server.sent == []
        assert rows(database) == [("handled", None)]

    async def test_when_the_message_under_way_says_something_final_is_left_alone(
        self, server: TelegramServer, database: Engine, book: UpdateBook
    ) -> None:
        await book.shows(await left(server, book, "first"), 77)
        async with live_bot(server, database) as world:
            await handled(world)
            assert world.assistant.asked == []

    async def test_is_not_taken_again_when_telegram_sends_it_again(
        self, server: TelegramServer, database: Engine, book: UpdateBook
    ) -> None:
        await left(server, book, "first")
        body = rows(database)[0][1]
        assert body is not None
        server._updates.append(json.loads(body))
        async with live_bot(server, database) as world:
            world.assistant.reply = plain_answer
            await handled(world)
        assert [sent.text for sent in server.sent] == ["first"]

    async def test_that_brings_the_process_down_each_time_is_given_up(
        self, server: TelegramServer, database: Engine, book: UpdateBook
    ) -> None:
        await left(server, book, "first")
        for _ in range(MOST_TRIES):
            (found,) = await book.left_over()
            assert found.may_be_answered
        async with live_bot(server, database) as world:
            await handled(world)
            assert world.assistant.asked == []

    async def test_of_somebody_who_is_no_longer_let_in_gets_no_answer(
        self, server: TelegramServer, database: Engine, book: UpdateBook
    ) -> None:
        await left(server, book, "first")
        async with live_bot(server, database, admins=frozenset({5})) as world:
            await handled(world)
            assert world.assistant.asked == []
        assert rows(database) == [("handled", None)]

    async def test_that_no_version_can_read_is_put_aside(
        self, server: TelegramServer, database: Engine, book: UpdateBook
    ) -> None:
        await book.record(5, "{broken")
        await book.record(6, '{"message": 5}')
        async with live_bot(server, database) as world:
            world.assistant.reply = plain_answer
            server.user_says(ADMIN, "and you?")
            await handled(world)
        assert [sent.text for sent in server.sent] == ["and you?"]

    async def test_for_hours_is_answered_with_an_apology_also_if_it_crashes_again(
        self, server: TelegramServer, database: Engine, book: UpdateBook
    ) -> None:
        number = await left(server, book, "first")
        await book.apologised(number)
        async with live_bot(server, database) as world:
            world.now = datetime.now(UTC) + timedelta(hours=3)
            world.assistant.reply = plain_answer
            await handled(world)
        assert [sent.text for sent in server.sent] == ["first"]


class TestToldToStop:
    async def test_what_waits_is_answered_at_the_next_start_and_what_began_is_not(
        self, server: TelegramServer, database: Engine, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        from bot.handlers import application as telegram_side
        from bot.handlers import streaming

        monkeypatch.setattr(telegram_side, "FINISH_SECONDS", 0.05)
        monkeypatch.setattr(streaming, "PATIENCE", 0.0)
        async with live_bot(server, database) as first:
            first.assistant.hold.clear()
            first.assistant.events = SEARCHING
            for question in ("began", "waits"):
                server.user_says(ADMIN, question)
            await server.next_message(ADMIN)
            await server.fetched()
            await first.stopped()
        async with live_bot(server, database) as second:
            second.assistant.reply = plain_answer
            await handled(second)
            assert [question for question, _ in second.assistant.asked] == ["waits"]
        interrupted = texts.say("en", "answer_interrupted")
        assert [sent.text for sent in server.sent] == [interrupted, "waits"]

    async def test_what_only_a_draft_told_of_is_answered_at_the_next_start(
        self, server: TelegramServer, database: Engine, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        from bot.handlers import application as telegram_side
        from bot.handlers import streaming

        monkeypatch.setattr(telegram_side, "FINISH_SECONDS", 0.05)
        monkeypatch.setattr(streaming, "PATIENCE", 0.0)
        async with live_bot(server, database, drafts=True) as first:
            first.assistant.hold.clear()
            first.assistant.events = SEARCHING
            server.user_says(ADMIN, "began")
            await server.called("sendMessageDraft")
            await first.stopped()
        async with live_bot(server, database, drafts=True) as second:
            second.assistant.reply = plain_answer
            await handled(second)
        assert [sent.text for sent in server.sent] == ["began"]


class TestTheBook:
    async def test_knows_an_update_for_two_days(self, database: Engine) -> None:
        now = NOW
        book = UpdateBook(database, Offload(), lambda: now)
        assert await book.record(1, "{}")
        assert not await book.record(1, "{}")
        await book.handled(1)
        assert await book.last_seen() == NOW
        now = NOW + KEPT_FOR + timedelta(seconds=1)
        assert await book.record(2, "{}")
        assert len(rows(database)) == 1

    async def test_keeps_no_body_that_is_too_long_and_none_once_handled(
        self, database: Engine, book: UpdateBook
    ) -> None:
        await book.record(1, "x" * 200_001)
        await book.record(2, "short")
        await book.handled(2)
        assert [body for _, body in rows(database)] == [None, None]
        assert await book.left_over() == ()


async def test_a_database_that_cannot_be_written_costs_nobody_an_answer(
    server: TelegramServer, database: Engine
) -> None:
    async with live_bot(server, database) as world:
        updates_handled.drop(database)
        world.assistant.reply = plain_answer
        server.user_says(ADMIN, "still there?")
        assert (await server.next_answer(ADMIN)).text == "still there?"


async def test_while_telegram_fails_the_apology_waits_and_arrives_once_it_is_back(
    server: TelegramServer, database: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    from bot import schedule, sender

    monkeypatch.setattr(schedule, "DELIVERY_TICK", timedelta(seconds=0.2))
    monkeypatch.setattr(sender, "FIRST_PAUSE", 0.1)
    async with live_bot(server, database) as world:
        world.assistant.reply = plain_answer
        # The answer, what is said instead of it, and that again, later.
        server.fail("sendMessage", 502, "Bad Gateway", times=3)
        server.user_says(ADMIN, "How much?")
        await server.called("sendMessage", 3)
        assert server.sent == []
        async with asyncio.timeout(8):
            while not server.sent:
                world.now += timedelta(minutes=1)
                await asyncio.sleep(0.1)
        apology = await server.next_message(ADMIN)
        await handled(world)

    assert apology.text.startswith(texts.say("en", "unconfirmed", error_id="")[:60])
    assert len(server.sent) == 1
    assert rows(database)[0] == ("handled", None)
