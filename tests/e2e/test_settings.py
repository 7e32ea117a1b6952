"""/settings over HTTP: chosen by buttons, and what follows: texts, menus, days, answers."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import pytest_asyncio

from bot.access import Role
from bot.app import Pauta, build
from bot.asker import Length
from bot.chat_settings import NOTHING_CHOSEN, ChatSettings, QuietHours
from bot.conversation_key import ConversationKey
from bot.handlers.application import build_application, run_polling
from bot.live import feed_desk, services_of
from tests.archive import NOW
from tests.builders import an_article
from tests.fakes import FakeEmbedder
from tests.screens import let_in, press, say
from tests.telegram_bot import ADMIN, ANSWER, STRANGER, World, live_bot, settings_for, some_feeds
from tests.telegram_rules import Json, Sent
from tests.telegram_server import Call, TelegramServer

DESK: Json = {"id": -100200, "type": "supergroup", "title": "Desk"}
FORUM: Json = {"id": -100300, "type": "supergroup", "title": "Forum", "is_forum": True}
NAME = "@pauta_test_bot"
ANA = 55
FORWARDED: Json = {"type": "hidden_user", "sender_user_name": "Somebody", "date": 1}
HERE = ConversationKey(ADMIN)


@pytest_asyncio.fixture
async def world() -> AsyncIterator[World]:
    async with TelegramServer() as server, live_bot(server) as live:
        yield live


async def opened(world: World, who: int = ADMIN) -> Sent:
    world.server.user_says(who, "/settings")
    return await world.server.next_message(who)


def menus(world: World, chat_id: int) -> list[Call]:
    return [
        one
        for one in world.server.calls
        if one.method in ("setMyCommands", "deleteMyCommands")
        and json.loads(str(one.parameters.get("scope") or "{}")).get("chat_id") == chat_id
    ]


class TestTheLanguage:
    async def test_of_a_private_chat_is_that_of_all_texts_and_of_the_menu(
        self, world: World
    ) -> None:
        await let_in(world, Role.GUEST, ANA, days=7)
        message = await opened(world, ANA)
        message = await press(
            world, message, say("button_language"), say("settings_choose_language"), ANA
        )
        message = await press(world, message, "Português", say("settings_of_private", "pt"), ANA)
        assert say("button_timezone", "pt") in message.labels

        world.server.user_says(ANA, "/new", language="en")
        said = await world.server.next_message(ANA)
        assert said.text == say("new_conversation", "pt")
        menu = menus(world, ANA)
        assert [one.parameters.get("language_code") for one in menu] == [None, "pt", "es"]
        described = {one["command"]: one["description"] for one in menu[0].parameters["commands"]}
        assert described["new"] == say("command_new", "pt")
        assert "team" not in described

    async def test_given_back_is_that_of_the_persons_telegram(self, world: World) -> None:
        await world.chat_settings.choose(ConversationKey(ANA), ChatSettings("pt"))
        await let_in(world, Role.MEMBER, ANA)
        message = await opened(world, ANA)
        language = say("button_language", "pt")
        message = await press(world, message, language, say("settings_choose_language", "pt"), ANA)
        unchosen = say("settings_as_telegram_private", "pt")
        await press(
            world, message, unchosen, say("settings_line_quiet", value=say("quiet_off")), ANA
        )
        assert world.chat_settings.own(ConversationKey(ANA)) == NOTHING_CHOSEN
        assert {one.method for one in menus(world, ANA)} == {"deleteMyCommands"}

    async def test_of_a_group_is_its_own_whoever_speaks(self, world: World) -> None:
        await world.people.let_group_in(DESK["id"], "Desk", ADMIN)
        await let_in(world, Role.MEMBER, ANA)
        world.server.group_hears(DESK, ANA, f"/settings{NAME}")
        message = await world.server.next_message(DESK["id"])
        message = await press(
            world, message, say("button_language"), say("settings_choose_language"), ANA
        )
        await press(world, message, "Español", say("settings_of_group", "es"), ANA)
        world.server.group_hears(DESK, STRANGER, f"/new{NAME}")
        said = await world.server.next_message(DESK["id"])
        assert said.text == say("new_conversation", "es")
        world.server.user_says(ADMIN, "/new")
        assert (await world.server.next_message(ADMIN)).text == say("new_conversation")
        assert menus(world, DESK["id"])

    async def test_of_a_topic_is_not_that_of_another(self, world: World) -> None:
        await world.people.let_group_in(FORUM["id"], "Forum", ADMIN)
        said = {}
        world.server.group_hears(FORUM, ADMIN, f"/settings{NAME}", thread=11)
        message = await world.server.next_message(FORUM["id"])
        assert message.thread_id == 11
        message = await press(
            world, message, say("button_language"), say("settings_choose_language")
        )
        await press(world, message, "Português", say("settings_of_topic", "pt"))
        for thread in (11, 22):
            world.server.group_hears(FORUM, ADMIN, f"/new{NAME}", thread=thread)
            said[thread] = (await world.server.next_message(FORUM["id"])).text
        assert said == {11: say("new_conversation", "pt"), 22: say("new_conversation")}
        assert menus(world, FORUM["id"]) == []

    async def test_is_that_of_progress_while_the_answer_follows_the_question(
        self, world: World
    ) -> None:
        await world.chat_settings.choose(HERE, ChatSettings("pt"))
        world.assistant.reply = lambda _: TimeoutError("too slow")
        world.server.user_says(ADMIN, "How much?")
        too_slow = say("too_slow", "pt", error_id="")
        assert (await world.server.next_message(ADMIN)).text.startswith(too_slow)
        world.assistant.reply = lambda _: ANSWER
        world.server.user_says(ADMIN, "How much?")
        answer = await world.server.next_message(ADMIN)
        assert "This is what the coverage says" in answer.text
        assert any(label.startswith("📄 Sources") for label in answer.labels)


class TestWhoMayChoose:
    @pytest.mark.parametrize("role", [None, Role.GUEST], ids=["stranger", "guest"])
    async def test_in_a_group_nobody_from_outside_the_newsroom(
        self, world: World, role: Role | None
    ) -> None:
        await world.people.let_group_in(DESK["id"], "Desk", ADMIN)
        if role is not None:
            await let_in(world, role, ANA, days=7)
        world.server.group_hears(DESK, ANA, f"/settings{NAME}")
        message = await world.server.next_message(DESK["id"])
        assert message.text == say("settings_not_yours")
        assert message.buttons == []
        world.server.press_data(ANA, message, "g:l:0:pt")
        assert await world.server.next_toast(ANA) == say("settings_not_yours")
        assert world.chat_settings.own(ConversationKey(DESK["id"])) == NOTHING_CHOSEN

    @pytest.mark.parametrize(
        "data", ["g:l:0:xx", "g:z:0:Mars/Base", "g:n:0:endless", "g:q:0:99-7", "g:?:0:", "g:x:0:0"]
    )
    async def test_what_nobody_offered_is_not_chosen(self, world: World, data: str) -> None:
        message = await opened(world)
        world.server.press_data(ADMIN, message, data)
        toast = await world.server.next_toast(ADMIN)
        assert toast in (say("button_expired"), say("settings_gone"))
        assert world.chat_settings.own(HERE) == NOTHING_CHOSEN


class TestTheTimeZone:
    async def test_is_that_of_the_city_somebody_writes(self, world: World) -> None:
        message = await opened(world)
        await press(world, message, say("button_timezone"), say("settings_ask_city"))
        world.server.user_says(ADMIN, "Nova Iorque")
        after = await world.server.next_message(ADMIN)
        assert "America/New_York (04:00)" in after.text
        assert world.assistant.asked == []
        world.server.user_says(ADMIN, "What happened yesterday?")
        await world.server.next_message(ADMIN)
        assert world.assistant.askers[-1].timezone == ZoneInfo("America/New_York")

    async def test_is_chosen_among_cities_of_one_name(self, world: World) -> None:
        message = await opened(world)
        await press(world, message, say("button_timezone"), say("settings_ask_city"))
        world.server.user_says(ADMIN, "springfield")
        which = await world.server.next_message(ADMIN)
        (label,) = [one for one in which.labels if one.endswith("01:00")]
        assert label == "Springfield, United States · 01:00"
        await press(world, which, label, "America/Los_Angeles")

    async def test_is_asked_again_for_what_is_no_city_and_cancelled_by_a_button(
        self, world: World
    ) -> None:
        message = await opened(world)
        await press(world, message, say("button_timezone"), say("settings_ask_city"))
        world.server.user_says(ADMIN, "xyzzy")
        unknown = await world.server.next_message(ADMIN)
        assert unknown.text == say("settings_city_unknown", name="xyzzy")
        world.server.user_says(ADMIN, "/help")
        assert say("command_settings") in (await world.server.next_message(ADMIN)).text
        await press(world, unknown, say("button_cancel"), say("settings_of_private"))
        world.server.user_says(ADMIN, "Lisbon")
        await world.server.next_message(ADMIN)
        assert [question for question, _ in world.assistant.asked] == ["Lisbon"]
        assert world.chat_settings.own(HERE) == NOTHING_CHOSEN

    async def test_is_not_an_article_passed_on_nor_a_question(self, world: World) -> None:
        message = await opened(world)
        await press(world, message, say("button_timezone"), say("settings_ask_city"))
        post = {"text": "Lisbon. " * 50, "forward_origin": FORWARDED}
        world.server.push({"message": world.server.message(ADMIN, post)})
        offer = await world.server.next_message(ADMIN)
        assert say("button_ask_about") in offer.labels
        world.server.user_says(ADMIN, "What happened yesterday?")
        assert (await world.server.next_message(ADMIN)).text.startswith("This is what")
        world.server.user_says(ADMIN, "Lisbon")
        await world.server.next_message(ADMIN)
        asked = [question for question, _ in world.assistant.asked]
        assert asked == ["What happened yesterday?", "Lisbon"]
        assert world.chat_settings.own(HERE) == NOTHING_CHOSEN

    async def test_is_that_of_a_shared_location(self, world: World) -> None:
        place: dict[str, Any] = {"location": {"latitude": -8.05, "longitude": -34.9}}
        world.server.push({"message": world.server.message(ADMIN, place)})
        assert (await world.server.next_message(ADMIN)).text == say("only_text")
        message = await opened(world)
        await press(world, message, say("button_timezone"), say("settings_ask_city"))
        world.server.push({"message": world.server.message(ADMIN, place)})
        assert "America/Recife (06:00)" in (await world.server.next_message(ADMIN)).text

    async def test_of_a_group_is_the_reply_of_who_was_asked(self, world: World) -> None:
        await world.people.let_group_in(DESK["id"], "Desk", ADMIN)
        world.server.group_hears(DESK, ADMIN, f"/settings{NAME}")
        message = await world.server.next_message(DESK["id"])
        message = await press(
            world, message, say("button_timezone"), say("settings_ask_city_by_reply")
        )
        asked = world.server.as_seen(message)
        world.server.group_hears(DESK, STRANGER, "Tokyo?", reply_to=asked)
        await world.server.next_answer(DESK["id"])
        world.server.group_hears(DESK, ADMIN, f"{NAME} Tokyo!")
        await world.server.next_answer(DESK["id"])
        assert [question for question, _ in world.assistant.asked] == ["Tokyo?", "Tokyo!"]
        world.server.group_hears(DESK, ADMIN, "America/Recife", reply_to=asked)
        assert "America/Recife" in (await world.server.next_message(DESK["id"])).text


class TestTheRest:
    async def test_length_and_quiet_hours_are_chosen_and_taken_back(self, world: World) -> None:
        message = await opened(world)
        message = await press(world, message, say("button_length"), say("settings_choose_length"))
        message = await press(
            world, message, say("length_short"),
            say("settings_line_length", value=say("length_short")),
        )  # fmt: skip
        message = await press(world, message, say("button_quiet"), say("settings_quiet_from"))
        message = await press(world, message, "22:00", say("settings_quiet_until", start="22:00"))
        hours = say("quiet_hours", start="22:00", until="07:00")
        message = await press(world, message, "07:00", hours)
        chosen = world.chat_settings.own(HERE)
        assert chosen == ChatSettings(length=Length.SHORT, quiet=QuietHours(22 * 60, 7 * 60))
        message = await press(world, message, say("button_quiet"), say("settings_quiet_from"))
        await press(
            world, message, say("quiet_off"), say("settings_line_quiet", value=say("quiet_off"))
        )
        assert not world.chat_settings.is_quiet(HERE, world.now.replace(hour=23))

    async def test_outlets_and_feeds_are_chosen_on_pages(self, world: World) -> None:
        world.outlets = tuple(f"Outlet {number:02}" for number in range(12))
        world.feeds.follow(*some_feeds(3))
        message = await opened(world)
        message = await press(world, message, say("button_outlets"), say("settings_choose_outlets"))
        assert "Outlet 08" not in message.labels
        for label in ("»", "Outlet 09", "⭐ Outlet 09"):
            world.server.user_presses(ADMIN, message, label)
            await world.settled()
        message = await press(
            world, message, say("button_settings"), say("settings_line_hidden", value="Outlet 09")
        )
        message = await press(
            world, message, say("button_preferred_feeds"), say("settings_choose_feeds")
        )
        world.server.user_presses(ADMIN, message, "Outlet 2")
        await world.settled()
        await press(
            world, message, say("button_settings"), say("settings_line_preferred", value="Outlet 2")
        )
        world.server.user_says(ADMIN, "How much?")
        await world.server.next_message(ADMIN)
        asker = world.assistant.askers[-1]
        (feed,) = (one for one in world.feeds.known.values() if one.title == "Outlet 2")
        assert (asker.hidden_sources, asker.preferred_feeds) == (("Outlet 09",), (feed.id,))


@asynccontextmanager
async def live(home: Path, server: TelegramServer, now: datetime) -> AsyncIterator[Pauta]:
    """As `pauta run` is, over coverage of two outlets."""
    settings = settings_for(server.url).model_copy(update={"home": home})
    with build(settings, purpose="test", embedder=FakeEmbedder(), clock=lambda: now) as pauta:
        pauta.ingest.add(
            [
                an_article(
                    f"The dam of Lindoia lost {water} cubic metres of water to a crack.",
                    url=f"https://{source.lower()}.example.com/dam",
                    title=f"Dam loses {water}",
                    source=source,
                    published_at=NOW - timedelta(hours=hours),
                )
                for source, water, hours in (("Folha", "412", 9), ("Correio", "97", 30))
            ]
        )
        stop = asyncio.Event()
        application = build_application(services_of(pauta, feed_desk(pauta)))
        running = asyncio.create_task(run_polling(application, stop))
        try:
            yield pauta
        finally:
            stop.set()
            await running


async def test_a_time_zone_moves_yesterday_and_the_dates_shown(tmp_path: Path) -> None:
    # At half past one of June 1 in UTC, it was still May 31 in Recife.
    bridge = an_article(
        "The bridge of Sabugal lost 31 metres of railing to the storm.",
        url="https://folha.example.com/bridge",
        title="Bridge",
        source="Folha",
        published_at=datetime(2025, 6, 1, 1, 30, tzinfo=UTC),
    )
    question = (
        "How many metres of railing, by the news of yesterday, did the bridge of Sabugal lose?"
    )
    async with TelegramServer() as server, live(tmp_path, server, NOW) as pauta:
        pauta.ingest.add([bridge])
        server.user_says(ADMIN, "How many metres of railing did the bridge of Sabugal lose?")
        assert "Folha, Jun 1, 2025 (today)" in (await server.next_answer(ADMIN)).text
        server.user_says(ADMIN, "/new")
        await server.next_message(ADMIN)
        server.user_says(ADMIN, question)
        assert "31 metres" not in (await server.next_answer(ADMIN)).text
        server.user_says(ADMIN, "/new")
        await server.next_message(ADMIN)
        await pauta.chat_settings.choose(HERE, ChatSettings(timezone="America/Recife"))
        server.user_says(ADMIN, question)
        in_recife = (await server.next_answer(ADMIN)).text
        assert "31 metres" in in_recife
        assert say("counted_time", days="May 31, 2025") in in_recife
        assert "Folha, May 31, 2025 (1 day ago)" in in_recife


async def test_a_hidden_outlet_is_in_no_answer(tmp_path: Path) -> None:
    question = "How many cubic metres of water did the dam of Lindoia lose to a crack?"
    async with TelegramServer() as server, live(tmp_path, server, NOW) as pauta:
        server.user_says(ADMIN, question)
        both = await server.next_answer(ADMIN)
        assert "412" in both.text
        assert "97" in both.text
        await pauta.chat_settings.choose(HERE, ChatSettings(hidden_sources=("Folha",)))
        server.user_says(ADMIN, question)
        one = await server.next_answer(ADMIN)
        assert "97 cubic metres" in one.text
        assert "412" not in one.text
        assert "Folha" not in one.text


async def test_each_topic_answers_from_the_outlets_it_prefers(tmp_path: Path) -> None:
    water = {"Folha": "412", "Correio": "97"}
    async with TelegramServer() as server, live(tmp_path, server, NOW) as pauta:
        await pauta.people.let_group_in(FORUM["id"], "Forum", ADMIN)
        for thread, outlet in enumerate(water, start=11):
            where = ConversationKey(FORUM["id"], thread)
            chosen = ChatSettings(length=Length.SHORT, preferred_sources=(outlet,))
            await pauta.chat_settings.choose(where, chosen)
        for thread, (outlet, lost) in enumerate(water.items(), start=11):
            question = "/ask What made the dam of Lindoia lose cubic metres of water, a crack?"
            server.group_hears(FORUM, STRANGER, question, thread=thread)
            answer = await server.next_answer(FORUM["id"])
            assert answer.thread_id == thread
            assert f"{lost} cubic metres" in answer.text
            assert [one for one in water if f"] {one}," in answer.text] == [outlet]
