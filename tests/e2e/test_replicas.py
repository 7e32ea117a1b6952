"""Two bots behind one webhook and on one PostgreSQL: whichever hears of something, it is done once
and in order, and by the other one when the first is gone."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import aiohttp
import pytest
import pytest_asyncio
from pydantic import SecretStr
from sqlalchemy import Engine, select

from bot import texts
from bot.access import Role
from bot.answer_buttons import STOP
from bot.chat_settings import ChatSettings
from bot.conversation_key import ConversationKey
from bot.database import placeholders, updates_handled
from bot.events import Searching
from bot.handlers import replica_care
from bot.handlers.application import TelegramStartError
from bot.handlers.webhook import SECRET_HEADER, webhook_secret
from bot.replica import Replica
from tests.bot.test_handlers import free_port
from tests.e2e.test_telegram_webhook import SECRET, behind
from tests.people import people_database_of
from tests.postgres import needs_postgres
from tests.telegram_bot import ADMIN, World, live_bot, plain_answer, settings_for
from tests.telegram_rules import Json
from tests.telegram_server import TelegramServer

pytestmark = needs_postgres
ROOT = Path(__file__).resolve().parents[2]
LEASE = timedelta(seconds=2)
ANA = 5501
HERE = ConversationKey(ADMIN)


@pytest.fixture(autouse=True)
def quick_looks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(replica_care, "LOOK_EVERY", 0.2)
    monkeypatch.setattr(replica_care, "POLLING_AGAIN", 0.2)


@pytest.fixture
def database() -> Engine:
    return people_database_of("postgresql")


@pytest_asyncio.fixture
async def server() -> AsyncIterator[TelegramServer]:
    async with TelegramServer() as running:
        yield running


@asynccontextmanager
async def a_replica(
    server: TelegramServer, database: Engine, name: str
) -> AsyncIterator[tuple[World, int]]:
    """A bot, and the port of its webhook."""
    port, before = free_port(), len(server.calls)
    replica = Replica(database, name, LEASE)
    async with live_bot(server, database, replica=replica, **behind(port)) as world:
        world.assistant.reply = plain_answer
        await until(lambda: any(one.method == "setWebhook" for one in server.calls[before:]))
        yield world, port


@dataclass
class Two:
    server: TelegramServer
    one: World
    other: World
    ports: tuple[int, int]

    async def give(self, update: Json, to: int) -> None:
        await post(self.ports[to], update)

    async def ask(self, question: str, to: int, person: int = ADMIN) -> Json:
        update = said(self.server, question, person)
        await self.give(update, to)
        return update


@pytest_asyncio.fixture
async def two(server: TelegramServer, database: Engine) -> AsyncIterator[Two]:
    async with (
        a_replica(server, database, "one") as (one, first),
        a_replica(server, database, "other") as (other, second),
    ):
        yield Two(server, one, other, (first, second))


def said(server: TelegramServer, text: str, person: int = ADMIN) -> Json:
    return numbered(server, {"message": server.message(person, {"text": text})})


def numbered(server: TelegramServer, update: Json) -> Json:
    number = server.push(update)
    server._updates.clear()
    return {"update_id": number, **update}


async def post(port: int, update: Json) -> None:
    async with (
        aiohttp.ClientSession() as session,
        session.post(
            f"http://127.0.0.1:{port}/hook", json=update, headers={SECRET_HEADER: SECRET}
        ) as answer,
    ):
        assert answer.status == 200


async def until(is_so: Callable[[], bool], within: float = 15.0) -> None:
    async with asyncio.timeout(within):
        while not is_so():  # noqa: ASYNC110
            await asyncio.sleep(0.02)


def unfinished(database: Engine) -> list[str]:
    """States of the updates that somebody has still to handle."""
    with database.connect() as connection:
        states = select(updates_handled.c.state).where(updates_handled.c.body.is_not(None))
        return list(connection.scalars(states))


def texts_of(server: TelegramServer, chat_id: int = ADMIN) -> list[str]:
    return [one.text for one in server.sent if one.chat_id == chat_id]


class TestWhatIsAskedOfEither:
    async def test_is_answered_in_order_and_once_however_often_it_is_sent(
        self, two: Two, database: Engine
    ) -> None:
        two.one.assistant.hold.clear()
        questions = ("first", "second", "third", "fourth")
        for number, question in enumerate(questions):
            update = await two.ask(question, to=number % 2)
            await two.give(update, to=(number + 1) % 2)
        await two.ask("mine", to=1, person=ADMIN + 1)
        await until(lambda: texts_of(two.server, ADMIN + 1) == ["mine"])  # nobody else waits
        assert two.other.assistant.asked[0][0] == "mine"

        two.one.assistant.hold.set()

        await until(lambda: len(texts_of(two.server)) == 4)
        await until(lambda: not unfinished(database))
        assert texts_of(two.server) == list(questions)
        asked = [[one for one, _ in world.assistant.asked] for world in (two.one, two.other)]
        assert asked == [["first", "third"], ["mine", "second", "fourth"]]

    async def test_is_stopped_by_a_button_that_the_other_one_hears_of(self, two: Two) -> None:
        two.one.assistant.events = (Searching("Stargate"),)
        two.one.assistant.hold.clear()
        await two.ask("How much?", to=0)
        begun = await two.server.next_message(ADMIN)

        two.server.press_data(ADMIN, begun, STOP)
        await two.give(two.server._updates.pop(), to=1)

        stopped = texts.say("en", "answer_stopped")
        await until(lambda: stopped in " ".join(texts_of(two.server)))


class TestWhatOneReplicaWasTold:
    async def test_of_who_is_let_in_and_what_was_chosen_holds_at_the_other_within_seconds(
        self, two: Two
    ) -> None:
        token = await two.one.people.invite(Role.MEMBER, None, ADMIN)
        await two.one.people.redeem(token, ANA, "Ana", {ADMIN})
        await two.one.chat_settings.choose(HERE, ChatSettings(language="pt"))
        await until(lambda: two.other.people.person(ANA) is not None, within=5.0)
        await until(lambda: two.other.chat_settings.of(HERE).language == "pt", within=5.0)

        await two.one.people.remove(ANA)

        await until(lambda: two.other.people.person(ANA) is None, within=5.0)


async def test_a_replica_killed_in_the_middle_of_an_answer_is_taken_over_in_its_place(
    server: TelegramServer, database: Engine
) -> None:
    port = free_port()
    address = database.url.render_as_string(hide_password=False)
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.killable_bot", server.url),
        *(address.replace("+psycopg", ""), str(port), SECRET, str(LEASE.total_seconds())),
        cwd=ROOT,
    )
    async with a_replica(server, database, "other") as (other, second):
        try:
            await until(
                lambda: sum(one.method == "setWebhook" for one in server.calls) > 1, within=60
            )
            await post(port, said(server, "How much?"))
            begun = await server.next_message(ADMIN, within=10)
            await until(lambda: placeholders_of(database) == 1)
            await post(second, said(server, "And when?"))
            await asyncio.sleep(0.3)
            assert other.assistant.asked == []  # it comes after one that is under way elsewhere
        finally:
            process.kill()
            await process.wait()

        await until(lambda: texts_of(server) == ["How much?", "And when?"], within=20)

        assert server.sent[0].message_id == begun.message_id
        await until(lambda: not unfinished(database) and not placeholders_of(database))
        assert [one for one, _ in other.assistant.asked] == ["How much?", "And when?"]


def placeholders_of(database: Engine) -> int:
    with database.connect() as connection:
        return len(connection.execute(select(placeholders)).all())


async def test_a_second_process_that_fetches_messages_is_refused(
    server: TelegramServer, database: Engine
) -> None:
    lease = timedelta(seconds=1)
    async with live_bot(server, database, replica=Replica(database, "one", lease)) as one:
        await server.called("getUpdates")
        async with live_bot(server, database, replica=Replica(database, "other", lease)) as other:
            with pytest.raises(TelegramStartError, match="PAUTA_WEBHOOK_URL"):
                await asyncio.wait_for(asyncio.shield(other.running), 10)
        assert not one.running.done()


def test_all_replicas_reckon_the_same_secret_of_the_webhook() -> None:
    on_server = {"database_url": SecretStr("postgresql://pauta@db/pauta")}
    one = settings_for("http://localhost").model_copy(update=on_server)
    other = one.model_copy(update={"home": Path("/nowhere")})
    another = settings_for("http://localhost", "1:b").model_copy(update=on_server)
    assert webhook_secret(one) == webhook_secret(other) != webhook_secret(another)
