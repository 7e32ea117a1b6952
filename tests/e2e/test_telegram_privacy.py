"""/forget and /mydata over HTTP, and conversations that grow old while the bot runs."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest
import pytest_asyncio
from sqlalchemy import Engine, func, insert, select

from bot import schedule
from bot.access import Role
from bot.answers import Turn
from bot.app import build
from bot.chat_settings import ChatSettings
from bot.conversation_key import ConversationKey
from bot.database import people, turns
from bot.handlers.application import build_application, run_polling
from bot.live import feed_desk, services_of
from bot.schedule import forget_what_is_old
from tests.archive import NOW
from tests.fakes import FakeEmbedder
from tests.screens import say
from tests.telegram_bot import ADMIN, World, live_bot, settings_for
from tests.telegram_rules import Json, Sent
from tests.telegram_server import TelegramServer

DESK: Json = {"id": -100200, "type": "supergroup", "title": "Desk"}
NAME = "@pauta_test_bot"
ANA = 55
HERE = ConversationKey(ANA)


@pytest_asyncio.fixture
async def world() -> AsyncIterator[World]:
    async with TelegramServer() as server, live_bot(server) as live:
        token = await live.people.invite(Role.MEMBER, None, ADMIN)
        await live.people.redeem(token, ANA, "Ana", {ADMIN})
        await live.people.let_group_in(DESK["id"], "Desk", ADMIN)
        said(live.database, str(ANA), f"{ANA}/3", str(DESK["id"]), f"{DESK['id']}/4", "56")
        yield live


def said(database: Engine, *places: str) -> None:
    with database.begin() as connection:
        for place in places:
            row = {"conversation": place, "role": "user", "text": f"in {place}", "at": 1}
            connection.execute(insert(turns).values(row))


def kept(database: Engine) -> list[str]:
    """The conversations there are."""
    with database.connect() as connection:
        return list(connection.scalars(select(turns.c.conversation).order_by(turns.c.id)))


async def asked(world: World, text: str, who: int = ANA) -> Sent:
    world.server.user_says(who, text)
    return await world.server.next_message(who)


async def asked_in_group(world: World, who: int) -> Sent:
    world.server.group_hears(DESK, who, f"/forget{NAME}")
    return await world.server.next_message(DESK["id"])


class TestForgetInPrivate:
    async def test_says_what_goes_and_what_stays_and_waits_for_the_button(
        self, world: World
    ) -> None:
        question = await asked(world, "/forget")
        kept_for = say("forget_kept_for", days=365)
        assert question.text == say("forget_question", kept_for=kept_for).strip()
        assert question.labels == [say("button_forget"), say("button_keep")]
        assert len(kept(world.database)) == 5

    async def test_forgets_the_person_and_nobody_else_once_it_is_pressed(
        self, world: World
    ) -> None:
        await world.chat_settings.choose(HERE, ChatSettings(language="pt"))
        question = await asked(world, "/forget")
        world.server.user_presses(ANA, question, say("button_forget", "pt"))
        await world.server.shows(question, say("forget_done", "pt"))
        assert kept(world.database) == [str(DESK["id"]), f"{DESK['id']}/4", "56"]
        assert world.chat_settings.own(HERE) == ChatSettings()
        assert world.people.person(ANA) is not None
        again = await asked(world, "/forget")
        assert say("button_forget") in again.labels

    async def test_leaves_everything_when_it_is_not_wanted(self, world: World) -> None:
        question = await asked(world, "/forget")
        world.server.user_presses(ANA, question, say("button_keep"))
        await world.server.shows(question, say("forget_kept"))
        assert len(kept(world.database)) == 5

    async def test_of_a_person_who_is_no_longer_let_in_does_nothing(self, world: World) -> None:
        question = await asked(world, "/forget")
        await world.people.remove(ANA)
        world.server.press_data(ANA, question, "y:f")
        await world.settled()
        assert len(kept(world.database)) == 5

    async def test_a_button_of_a_group_does_nothing_there(self, world: World) -> None:
        question = await asked(world, "/forget", ADMIN)
        world.server.press_data(ADMIN, question, "y:g")
        await world.server.shows(question, say("forget_kept"))
        assert len(kept(world.database)) == 5


class TestForgetInAGroup:
    async def test_is_an_administrators_and_takes_its_conversations(self, world: World) -> None:
        question = await asked_in_group(world, ADMIN)
        assert question.text == say("forget_group_question").strip()
        world.server.user_presses(ADMIN, question, say("button_forget_group"))
        await world.server.shows(question, say("forget_group_done"))
        assert kept(world.database) == [str(ANA), f"{ANA}/3", "56"]
        assert world.people.group(DESK["id"]) is not None

    async def test_is_refused_to_all_others_by_word_and_by_button(self, world: World) -> None:
        refused = await asked_in_group(world, ANA)
        assert refused.text == say("forget_not_yours")
        question = await asked_in_group(world, ADMIN)
        for data in ("y:g", "y:f", "y:k"):
            world.server.press_data(ANA, question, data)
            assert await world.server.next_toast(ANA) == say("forget_not_yours_short")
        assert len(kept(world.database)) == 5

    async def test_never_takes_what_is_kept_of_who_presses(self, world: World) -> None:
        said(world.database, str(ADMIN))
        question = await asked_in_group(world, ADMIN)
        world.server.press_data(ADMIN, question, "y:f")
        await world.server.shows(question, say("forget_kept"))
        assert len(kept(world.database)) == 6


class TestMyData:
    async def test_comes_as_a_document_in_private(self, world: World) -> None:
        document = await asked(world, "/mydata")
        assert document.text == say("mydata_caption")
        found = json.loads(document.parameters["document"])
        assert found["person"] == ANA
        assert [row["conversation"] for row in found["data"]["turns"]] == [str(ANA), f"{ANA}/3"]
        assert found["data"]["people"][0]["name"] == "Ana"

    async def test_does_not_come_in_a_group(self, world: World) -> None:
        world.server.group_hears(DESK, ANA, f"/mydata{NAME}")
        await world.server.next_message(DESK["id"])
        assert [one for one in world.server.calls if one.method == "sendDocument"] == []


async def test_the_whole_of_pauta_forgets_and_prunes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As `pauta run` wires it: what a person said is kept, grows old, and is forgotten."""
    monkeypatch.setattr(schedule, "FORGETTING_TICK", timedelta(seconds=0.1))
    async with TelegramServer() as server:
        settings = settings_for(server.url).model_copy(
            update={"home": tmp_path, "keep_conversations_days": 1}
        )
        with build(settings, purpose="run", embedder=FakeEmbedder(), clock=lambda: NOW) as pauta:
            own = ConversationKey(ADMIN)
            await pauta.conversations.append(own, Turn("user", "How much?"))
            database = pauta.conversations._engine
            said(database, "56")
            application, stop = (
                build_application(services_of(pauta, feed_desk(pauta))),
                asyncio.Event(),
            )
            forget_what_is_old(application, pauta.privacy, pauta.offload, pauta.clock, 1)
            running = asyncio.create_task(run_polling(application, stop))
            try:
                async with asyncio.timeout(5):
                    while kept(database) != [str(ADMIN)]:  # noqa: ASYNC110 - no event tells it
                        await asyncio.sleep(0.02)
                server.user_says(ADMIN, "/forget")
                question = await server.next_message(ADMIN)
                server.user_presses(ADMIN, question, say("button_forget"))
                await server.shows(question, say("forget_done"))
                assert kept(database) == []
                with database.connect() as connection:
                    assert connection.scalar(select(func.count()).select_from(people)) == 0
            finally:
                stop.set()
                await running
                await pauta.browsing.close()
                await pauta.assistant.close()
