"""Sending, over HTTP: each message once, in order, within the limits, whatever Telegram says."""

from __future__ import annotations

import asyncio
import json
import random
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
import pytest_asyncio
from telegram.error import NetworkError

from bot import schedule
from bot import sender as sender_module
from bot.conversation_key import ConversationKey
from bot.delivery_screen import message_of
from bot.gone_chats import PAUSED
from bot.handlers.handing_over import NotSent, Outcome, Sent, Unknown, hand_over_once, outcome_of
from bot.outgoing import Delivery, PartState, packed, unpacked
from bot.pacing import MOST_SIDE_BY_SIDE
from bot.render import Button
from bot.richtext import LIMIT, Part
from tests.bench.delivery import kills, stored
from tests.killable_delivery import a_delivery, deliver_all
from tests.killable_delivery import now as utc_now
from tests.telegram_bot import ADMIN, STRANGER, World, live_bot
from tests.telegram_limits import StrictLimits
from tests.telegram_server import TelegramServer

DESK = {"id": -100500, "type": "supergroup", "title": "Desk"}


@pytest_asyncio.fixture
async def server() -> AsyncIterator[TelegramServer]:
    async with TelegramServer() as running:
        running._chats.update({ADMIN, STRANGER})
        yield running


@pytest_asyncio.fixture
async def world(server: TelegramServer) -> AsyncIterator[World]:
    async with live_bot(server) as running:
        await server.called("getUpdates")
        yield running


def of_now(world: World, key: str, chat_id: int, *parts: str) -> Delivery:
    return replace(a_delivery(key, chat_id, *parts), due_at=world.now)


@pytest.fixture(autouse=True)
def quick_ticks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(schedule, "DELIVERY_TICK", timedelta(seconds=0.2))


async def states(world: World, *wanted: PartState, within: float = 5.0) -> None:
    """Until all parts are as wanted."""
    async with asyncio.timeout(within):
        while found_states(world) != list(wanted):  # noqa: ASYNC110 - a database tells nobody
            await asyncio.sleep(0.02)


def found_states(world: World) -> list[PartState]:
    return [part.state for one in world.outbox.log() for part in one.parts]


def texts_of(server: TelegramServer) -> list[str]:
    return [sent.text for sent in server.sent]


class TestWhatIsPut:
    async def test_is_sent_soon_with_its_buttons_and_known_by_its_message(
        self, server: TelegramServer, world: World
    ) -> None:
        delivery = of_now(world, "one", ADMIN)
        button = Button("Open", "https://folha.example.com/a")
        screen = replace(delivery.screen, buttons=((button,),))
        world.outbox.put_now(replace(delivery, screen=screen))
        message = await server.next_message(ADMIN, within=5)
        assert (message.text, message.labels) == ("one", ["Open"])
        assert [entity.type for entity in message.entities] == ["bold"]
        await states(world, PartState.SENT)
        assert await world.outbox.told_by(ADMIN, message.message_id) == delivery.told

    async def test_in_parts_arrives_in_order_a_second_apart(
        self, server: TelegramServer, world: World
    ) -> None:
        server.limits = StrictLimits()
        world.outbox.put_now(of_now(world, "one", ADMIN, "first", "second"))
        await states(world, PartState.SENT, PartState.SENT)
        assert texts_of(server) == ["first", "second"]
        assert server.limits.refused == 0

    async def test_for_who_is_not_let_in_is_dropped(
        self, server: TelegramServer, world: World
    ) -> None:
        world.outbox.put_now(of_now(world, "one", STRANGER))
        await states(world, PartState.DROPPED)
        assert server.sent == []

    async def test_too_late_is_dropped_and_late_is_marked(
        self, server: TelegramServer, world: World
    ) -> None:
        hour = timedelta(hours=1)
        dropped = replace(of_now(world, "gone", ADMIN), expires_at=world.now - hour)
        late = replace(of_now(world, "late", ADMIN), late_after=world.now - hour)
        world.outbox.put_now(dropped)
        world.outbox.put_now(late)
        await states(world, PartState.DROPPED, PartState.SENT)
        assert texts_of(server) == ["⏰ Late: this was due at 09:00.\n\nlate"]

    async def test_in_html_that_telegram_refuses_is_sent_as_plain_text(
        self, server: TelegramServer, world: World
    ) -> None:
        delivery = of_now(world, "one", ADMIN)
        screen = replace(delivery.screen, parts=(Part("<b>broken", "plain"),))
        world.outbox.put_now(replace(delivery, screen=screen))
        await states(world, PartState.SENT)
        assert texts_of(server) == ["plain"]


class TestWhenTelegram:
    async def test_took_the_request_and_never_answered_nothing_is_repeated(
        self, server: TelegramServer, world: World
    ) -> None:
        server.drop("sendMessage", after=True)
        world.outbox.put_now(of_now(world, "one", ADMIN, "first", "second"))
        await states(world, PartState.UNKNOWN, PartState.SENT, within=8)
        assert texts_of(server) == ["first", "second"]

    async def test_floods_everyone_nobody_is_sent_anything_until_then(
        self, server: TelegramServer, world: World
    ) -> None:
        server.fail("sendMessage", 429, "Too Many Requests: retry after 2", retry_after=2)
        world.outbox.put_now(of_now(world, "one", ADMIN))
        async with asyncio.timeout(5):
            while world.outbox.log()[0].parts[0].reason != "flooded":  # noqa: ASYNC110 - as above
                await asyncio.sleep(0.02)
        world.now += timedelta(seconds=2)
        await states(world, PartState.SENT, within=12)
        first, second = await server.called("sendMessage", 2)
        assert second.at - first.at >= 2.0
        assert texts_of(server) == ["one"]

    async def test_says_the_chat_is_gone_twice_it_is_paused_until_it_writes_again(
        self, server: TelegramServer, world: World
    ) -> None:
        server.blocked.add(ADMIN)
        world.outbox.put_now(of_now(world, "one", ADMIN, "first", "second"))
        await states(world, PartState.REFUSED, PartState.REFUSED)
        world.now += timedelta(hours=2)
        world.outbox.put_now(of_now(world, "two", ADMIN))
        await states(world, *[PartState.REFUSED] * 3)
        world.outbox.put_now(of_now(world, "three", ADMIN))
        assert world.outbox.log()[-1].parts[0].reason == PAUSED
        server.blocked.clear()
        server.user_says(ADMIN, "/help")
        await server.next_message(ADMIN)
        world.outbox.put_now(of_now(world, "four", ADMIN))
        assert (await server.next_message(ADMIN)).text == "four"

    async def test_says_the_group_has_moved_it_is_followed(
        self, server: TelegramServer, world: World
    ) -> None:
        old, new = int(str(DESK["id"])), -100501
        await world.people.let_group_in(old, "Desk", ADMIN)
        server._chats.update({old, new})
        server.migrated[old] = new
        world.outbox.put_now(of_now(world, "one", old))
        assert (await server.next_message(new, within=10)).text == "one"
        assert world.people.group(new) is not None

    async def test_will_not_have_a_message_it_is_given_up(
        self, server: TelegramServer, world: World
    ) -> None:
        server.fail("sendMessage", 400, "Bad Request: whatever")
        world.outbox.put_now(of_now(world, "one", ADMIN))
        await states(world, PartState.REFUSED)
        assert not world.outbox.gone.is_gone(ADMIN)


async def test_what_never_left_is_tried_again_later(
    server: TelegramServer, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sender_module, "FIRST_RETRY", timedelta(0))
    monkeypatch.setattr(sender_module, "FIRST_PAUSE", 0.05)
    outcomes: list[Outcome] = [NotSent("ConnectError"), NotSent("ConnectError")]

    async def unreachable_at_first(*what: Any) -> Outcome:
        return outcomes.pop() if outcomes else await hand_over_once(*what)

    monkeypatch.setattr(sender_module, "hand_over_once", unreachable_at_first)
    world.outbox.put_now(of_now(world, "one", ADMIN))
    await states(world, PartState.SENT, within=15)
    assert texts_of(server) == ["one"]
    assert world.outbox.log()[0].parts[0].attempts == 3


@pytest.mark.parametrize(
    ("cause", "outcome"),
    [
        (httpx.ConnectError("no"), NotSent("NetworkError")),
        (httpx.PoolTimeout("no"), NotSent("NetworkError")),
        (httpx.ReadTimeout("no"), Unknown("NetworkError")),
        (httpx.WriteError("no"), Unknown("NetworkError")),
    ],
)
def test_only_what_never_left_may_be_sent_again(cause: Exception, outcome: Outcome) -> None:
    error = NetworkError("failed")
    error.__cause__ = cause
    assert outcome_of(error) == outcome


async def test_told_to_stop_it_finishes_what_is_on_its_way_and_leaves_the_rest(
    server: TelegramServer,
) -> None:
    async with live_bot(server) as world:
        server.slow_down("sendMessage", 0.3)
        world.outbox.put_now(of_now(world, "one", ADMIN, "first", "second"))
        await server.called("sendMessage")
        await world.stopped()
        assert found_states(world) == [PartState.SENT, PartState.WAITING]


async def test_an_answer_is_not_held_up_by_a_big_delivery(
    server: TelegramServer, world: World
) -> None:
    server.limits = StrictLimits()
    desks = range(-1060, -1000)
    server._chats.update(desks)
    for chat_id in desks:
        await world.people.let_group_in(chat_id, "Desk", ADMIN)
    with world.database.begin() as connection:
        for chat_id in desks:
            world.outbox.put(connection, of_now(world, f"d{chat_id}", chat_id))
    await server.called("sendMessage", 5)
    began = asyncio.get_running_loop().time()
    server.user_says(ADMIN, "How much?")
    await server.next_answer(ADMIN)
    assert asyncio.get_running_loop().time() - began < 1.0
    assert len(server.sent) < 60
    assert server.limits.refused == 0


@pytest.mark.parametrize(("seconds", "expected"), [(0.0, {1}), (0.2, {4, 5, 6, 7, 8})])
async def test_a_crash_leaves_one_message_in_doubt_where_telegram_is_quick_and_few_where_not(
    server: TelegramServer,
    world: World,
    monkeypatch: pytest.MonkeyPatch,
    seconds: float,
    expected: set[int],
) -> None:
    under_way: set[int] = set()
    most = 0

    async def handed_over(_bot: object, where: ConversationKey, _message: object) -> Outcome:
        nonlocal most
        under_way.add(where.chat_id)
        most = max(most, len(under_way))
        await asyncio.sleep(seconds)
        under_way.remove(where.chat_id)
        return Sent(1)

    monkeypatch.setattr(sender_module, "hand_over_once", handed_over)
    desks = range(-1020, -1000)
    for chat_id in desks:
        await world.people.let_group_in(chat_id, "Desk", ADMIN)
    with world.database.begin() as connection:
        for chat_id in desks:
            world.outbox.put(connection, of_now(world, f"d{chat_id}", chat_id))
    await states(world, *[PartState.SENT] * len(desks))
    assert most in expected


async def test_a_whole_delivery_keeps_to_the_limits_and_tells_each_chat_once(
    tmp_path: Path,
) -> None:
    file, chats = tmp_path / "people.db", 60
    stored(file, chats)
    async with TelegramServer(limits=StrictLimits()) as server:
        server._chats.update(range(1, chats + 1))
        await deliver_all(server.url, file, 1.0)
        assert Counter(sent.chat_id for sent in server.sent) == Counter(range(1, chats + 1))
        assert server.limits is not None
        assert server.limits.refused == 0


async def test_killed_again_and_again_no_chat_hears_it_twice_and_none_goes_missing_unnoticed() -> (
    None
):
    outcome = await kills(2, 30, 3.0, random.randrange(2**32), longest=0.5)
    assert outcome.kills == 2
    assert outcome.two == 0
    assert outcome.unexplained == []
    assert outcome.most_at_once <= MOST_SIDE_BY_SIDE


class TestTheLateMark:
    def test_is_in_the_first_part_that_has_room(self) -> None:
        full, room = "x" * LIMIT, "room"
        late = replace(a_delivery("one", ADMIN, full, room), late_after=utc_now())
        parts = tuple(Part(text, text) for text in (full, room))
        late = replace(late, screen=replace(late.screen, parts=parts))
        shown = [message_of(late, at, utc_now(), UTC) for at in (0, 1)]
        assert [one.parts[0].plain.startswith("⏰") for one in shown] == [False, True]


def test_a_stored_delivery_is_read_back_as_it_was() -> None:
    delivery = a_delivery("one", -100500, "<first>", "second")
    there = replace(
        delivery,
        where=ConversationKey(-100500, 5),
        expires_at=utc_now(),
        screen=replace(delivery.screen, buttons=((Button("A", data="d:1"),),)),
    )
    assert unpacked(packed(there)) == there
    assert unpacked(json.dumps({"key": 1})) is None
