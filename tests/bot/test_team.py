"""/invite, /team, /leave and the links: the live bot over HTTP, its people in a database."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
import pytest_asyncio

from bot.access import Person, Role
from bot.handlers.start import ADMIN_COMMANDS, COMMANDS, GROUP_COMMANDS
from bot.team import TeamAct, TeamPress, parse_team_press
from tests.screens import press, say
from tests.telegram_bot import ADMIN, QUOTE, STRANGER, World, live_bot
from tests.telegram_rules import Sent
from tests.telegram_server import TelegramServer

ANA = 55


@pytest_asyncio.fixture
async def world() -> AsyncIterator[World]:
    async with TelegramServer() as server, live_bot(server) as live:
        yield live


async def says(world: World, text: str, who: int = ADMIN) -> Sent:
    world.server.user_says(who, text)
    return await world.server.next_message(who)


async def invited(world: World, label: str = "👤 A member") -> str:
    """The secret of a new link, as an administrator gets it."""
    message = await says(world, "/invite")
    shown = await press(world, message, label, "https://t.me/")
    (link,) = [one.text for one in shown.entities if one.type == "text_link"]
    assert link.startswith("https://t.me/pauta_test_bot?start=")
    return link.partition("start=")[2]


async def let_in(world: World, who: int = ANA, label: str = "👤 A member") -> Sent:
    return await says(world, f"/start {await invited(world, label)}", who)


class TestAnInvitation:
    async def test_lets_one_person_in_with_a_kind_welcome(self, world: World) -> None:
        welcome = await let_in(world)
        assert welcome.text == f"{say('invite_welcome')}\n\n{say('welcome')}"
        world.server.user_says(ANA, "How much?")
        await world.server.shows(await world.server.next_message(ANA), QUOTE)

    async def test_used_by_another_says_so_once_and_lets_nobody_in(self, world: World) -> None:
        token = await invited(world)
        await says(world, f"/start {token}", ANA)
        refused = await says(world, f"/start {token}", STRANGER)
        assert refused.text == say("invite_used")
        sent = len(world.server.sent)
        world.server.user_says(STRANGER, f"/start {token}")
        await world.settled()
        assert len(world.server.sent) == sent
        assert world.people.person(STRANGER) is None

    async def test_that_ran_out_says_so(self, world: World) -> None:
        token = await invited(world)
        world.now += timedelta(hours=48)
        assert (await says(world, f"/start {token}", ANA)).text == say("invite_expired")

    async def test_nobody_made_is_a_stranger_like_any_other(self, world: World) -> None:
        refused = await says(world, f"/start {'A' * 32}", STRANGER)
        assert refused.text == say("stranger", user_id=STRANGER)

    async def test_for_a_guest_names_the_day_and_ends_on_it(self, world: World) -> None:
        welcome = await let_in(world, label="⏳ A guest for 7 days")
        assert say("invite_welcome_guest", day="March 8, 2025") in welcome.text
        world.now += timedelta(days=7)
        refused = await says(world, "How much?", ANA)
        assert refused.text == say("stranger", user_id=ANA)

    async def test_is_not_spent_by_an_administrator_who_tries_it(self, world: World) -> None:
        token = await invited(world)
        assert (await says(world, f"/start {token}")).text == say("welcome")
        assert say("invite_welcome") in (await says(world, f"/start {token}", ANA)).text

    async def test_can_be_passed_on_by_a_button(self, world: World) -> None:
        message = await press(world, await says(world, "/invite"), "👤 A member", "https://t.me/")
        ((label, url),) = message.buttons[0]
        assert label == say("button_share")
        assert url.startswith("https://t.me/share/url?url=https%3A%2F%2Ft.me%2F")


class TestTheTeam:
    async def test_lists_who_is_in_and_until_when(self, world: World) -> None:
        await let_in(world, label="⏳ A guest for 30 days")
        message = await says(world, "/team")
        assert say("team_admins", count=2) in message.text
        assert f"Ana\n{say('team_guest', day='March 31, 2025')}" in message.text

    async def test_a_guest_is_made_a_member_by_two_taps(self, world: World) -> None:
        await let_in(world, label="⏳ A guest for 7 days")
        message = await press(world, await says(world, "/team"), "Ana", f"number: {ANA}")
        message = await press(world, message, say("button_make_member"), say("team_member"))
        assert say("button_make_member") not in message.labels
        assert world.people.person(ANA) == Person(ANA, "Ana", Role.MEMBER)

    async def test_a_removed_person_is_a_stranger_again(self, world: World) -> None:
        await let_in(world)
        message = await press(world, await says(world, "/team"), "Ana", f"number: {ANA}")
        await press(world, message, say("button_remove_person"), "no longer in the team")
        assert (await says(world, "How much?", ANA)).text == say("stranger", user_id=ANA)
        assert world.assistant.asked == []

    async def test_is_turned_by_pages(self, world: World) -> None:
        for number in range(100, 110):
            token = await world.people.invite(Role.MEMBER, None, ADMIN)
            await world.people.redeem(token, number, f"P{number}", {ADMIN})
        message = await says(world, "/team")
        assert "P107" in message.text
        assert "P108" not in message.text
        await press(world, message, "»", "P108")

    @pytest.mark.parametrize("command", ["/team", "/invite"])
    async def test_is_for_administrators(self, world: World, command: str) -> None:
        await let_in(world)
        assert (await says(world, command, ANA)).text == say("team_not_yours")

    @pytest.mark.parametrize("act", sorted(set(TeamAct) - {TeamAct.LEAVE, TeamAct.STAY}))
    async def test_a_member_with_anothers_button_is_refused(
        self, world: World, act: TeamAct
    ) -> None:
        theirs = await let_in(world)
        world.server.press_data(ANA, theirs, TeamPress(act, ANA).data)
        assert await world.server.next_toast(ANA) == say("team_not_yours")
        assert world.people.person(ANA) == Person(ANA, "Ana", Role.MEMBER)


class TestLeaving:
    async def test_takes_one_tap_more(self, world: World) -> None:
        await let_in(world)
        message = await says(world, "/leave", ANA)
        await press(world, message, say("button_leave_team"), say("leave_done"), ANA)
        assert world.people.person(ANA) is None
        assert (await says(world, "hi", ANA)).text == say("stranger", user_id=ANA)

    async def test_can_be_thought_better_of(self, world: World) -> None:
        await let_in(world)
        message = await says(world, "/leave", ANA)
        await press(world, message, say("button_stay"), say("leave_stayed"), ANA)
        assert world.people.person(ANA) is not None

    async def test_is_not_for_administrators(self, world: World) -> None:
        assert (await says(world, "/leave")).text == say("leave_not_admins")


async def test_help_names_the_commands_of_who_asks(world: World) -> None:
    await let_in(world)
    for who, commands in ((ADMIN, ADMIN_COMMANDS), (ANA, COMMANDS)):
        lines = (await says(world, "/help", who)).text.splitlines()
        named = [line.split(":")[0] for line in lines if line.startswith("/")]
        assert named == [f"/{name}" for name in commands]


@pytest.mark.parametrize("data", ["", "t:", "t:z:1:0", "t:o:1", "t:o:x:0", "t:o:1:0:0", "f:o:1:0"])
def test_a_press_of_something_else_is_none(data: str) -> None:
    assert parse_team_press(data) is None


@pytest.mark.parametrize("act", TeamAct)
def test_a_press_is_read_back_and_fits(act: TeamAct) -> None:
    press = TeamPress(act, -(10**19), 9999)
    assert parse_team_press(press.data) == press
    assert len(press.data) <= 64


async def test_each_kind_of_chat_is_offered_its_own_commands(world: World) -> None:
    calls = await world.server.called("setMyCommands", times=12)
    offered = {
        str(call.parameters.get("scope")): [one["command"] for one in call.parameters["commands"]]
        for call in calls
    }
    assert len(offered) == 4
    for scope, commands in offered.items():
        if "chat_id" in scope:
            assert commands == list(ADMIN_COMMANDS)
        elif "group" in scope:
            assert commands == list(GROUP_COMMANDS)
        else:
            assert commands == list(COMMANDS)
