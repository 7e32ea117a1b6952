"""/follow over HTTP: who may, what the buttons do, and an answer's topic."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest_asyncio

from bot.access import Role
from bot.conversation_key import ConversationKey
from bot.follow_buttons import FollowAct, FollowPress
from tests.screens import say
from tests.telegram_bot import ADMIN, World, live_bot
from tests.telegram_rules import Json, Sent
from tests.telegram_server import TelegramServer

DESK: Json = {"id": -100200, "type": "supergroup", "title": "Desk"}
NAME = "@pauta_test_bot"
ANA = 55
HERE, GROUP = ConversationKey(ADMIN), ConversationKey(DESK["id"])


@pytest_asyncio.fixture
async def world() -> AsyncIterator[World]:
    async with TelegramServer() as server, live_bot(server) as live:
        yield live


async def says(world: World, text: str) -> Sent:
    world.server.user_says(ADMIN, text)
    return await world.server.next_message(ADMIN)


async def followed(world: World, where: ConversationKey = HERE) -> list[str]:
    follows = world.application.bot_data["services"].follows
    return [one.words for one in await follows.of(where)]


async def test_buttons_make_it_stricter_list_all_and_stop_it(world: World) -> None:
    first = await says(world, "/follow Stargate")
    assert first.text.startswith(say("follow_added", words="Stargate"))
    await says(world, "/follow Porto Cedro")
    world.server.user_presses(ADMIN, first, say("button_follow_stricter"))
    message = await world.server.shows(first, "🔔 Stargate")
    assert say("button_follow_looser") in message.labels

    world.server.user_presses(ADMIN, message, say("button_follows"))
    message = await world.server.shows(message, say("follows_all", count=2))
    assert message.labels == ["Stargate", "Porto Cedro"]
    world.server.user_presses(ADMIN, message, "Stargate")
    message = await world.server.shows(message, "🔔 Stargate")
    world.server.user_presses(ADMIN, message, say("button_unfollow"))
    await world.server.shows(message, say("follows_all", count=1))
    assert await followed(world) == ["Porto Cedro"]
    gone = FollowPress(FollowAct.SHOW, 1).data
    world.server.press_data(ADMIN, message, gone)
    toasts = [await world.server.next_toast(ADMIN) for _ in range(5)]
    assert toasts == ["", "", "", say("unfollowed_short"), say("follow_gone")]


async def test_words_that_say_nothing_are_explained(world: World) -> None:
    assert (await says(world, "/follow the")).text == say("follow_too_vague")
    assert (await says(world, "/follow")).text == say("follows_none")
    assert (await says(world, "/unfollow nothing")).text == say("follows_none")


async def test_an_answers_topic_is_followed_by_its_button(world: World) -> None:
    answer = await says(world, "How much did Stargate commit?")
    world.server.user_presses(ADMIN, answer, say("button_follow_topic"))
    shown = await world.server.next_message(ADMIN)
    assert shown.text.startswith(say("follow_added", words="Stargate"))
    assert await followed(world) == ["Stargate"]


async def test_in_a_group_only_members_choose_what_it_follows(world: World) -> None:
    await world.people.let_group_in(DESK["id"], "Desk", ADMIN)
    world.server.group_hears(DESK, ANA, f"/follow{NAME} Stargate")
    said = await world.server.next_message(DESK["id"])
    assert said.text == say("follow_not_yours")

    token = await world.people.invite(Role.MEMBER, None, ADMIN)
    await world.people.redeem(token, ANA, "Ana", {ADMIN})
    world.server.group_hears(DESK, ANA, f"/follow{NAME} Stargate")
    said = await world.server.next_message(DESK["id"])
    assert said.text.startswith(say("follow_added", words="Stargate"))
    assert await followed(world, GROUP) == ["Stargate"]
    assert await followed(world) == []

    # A member who is one no more can press, but changes nothing.
    await world.people.remove(ANA)
    world.server.user_presses(ANA, said, say("button_unfollow"))
    assert await world.server.next_toast(ANA) == say("follow_not_yours")
    assert await followed(world, GROUP) == ["Stargate"]


async def test_muting_and_stopping_leave_the_alert_as_it_is(world: World) -> None:
    message = await says(world, "/follow Stargate")
    before = len(world.server.calls)
    world.server.press_data(ADMIN, message, FollowPress(FollowAct.MUTE, story_id="0a" * 12).data)
    assert await world.server.next_toast(ADMIN) == say("alert_muted")
    world.server.press_data(ADMIN, message, FollowPress(FollowAct.STOP_FROM_ALERT, 1).data)
    assert await world.server.next_toast(ADMIN) == say("unfollowed_short")
    await asyncio.wait_for(world.application.update_queue.join(), 5)
    assert await followed(world) == []
    changed = [one for one in world.server.calls[before:] if one.method.startswith("edit")]
    assert changed == []
