"""/digest over HTTP: chosen by buttons and by typing, in private, in groups and for channels."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
import pytest_asyncio

from bot.access import Role
from bot.asker import Length
from bot.conversation_key import ConversationKey
from bot.subscriptions import (
    EVERY_DAY,
    MOST_SUBSCRIPTIONS,
    WEEKDAYS,
    Edition,
    QuietDay,
    Subscription,
    Wishes,
)
from tests.screens import let_in, press, say
from tests.telegram_bot import ADMIN, STRANGER, World, live_bot
from tests.telegram_rules import Json, Sent
from tests.telegram_server import TelegramServer

DESK: Json = {"id": -100200, "type": "supergroup", "title": "Desk"}
FORUM: Json = {"id": -100300, "type": "supergroup", "title": "Forum", "is_forum": True}
CHANNEL: Json = {"id": -100400, "type": "channel", "title": "The <b>Channel</b>"}
NAME = "@pauta_test_bot"
ANA = 55
HERE, DESK_KEY = ConversationKey(ADMIN), ConversationKey(DESK["id"])
CHANNEL_KEY = ConversationKey(CHANNEL["id"])


@pytest_asyncio.fixture
async def world() -> AsyncIterator[World]:
    async with TelegramServer() as server, live_bot(server) as live:
        yield live


async def opened(world: World, who: int = ADMIN) -> Sent:
    world.server.user_says(who, "/digest")
    return await world.server.next_message(who)


async def a_new_one(world: World, who: int = ADMIN) -> Sent:
    message = await opened(world, who)
    return await press(
        world, message, say("button_digest_new"), say("digests_line_next", value=""), who
    )


async def only(world: World, where: ConversationKey = HERE) -> Subscription:
    (found,) = await world.subscriptions.of(where)
    return found


async def kept(world: World, where: ConversationKey = HERE) -> Wishes:
    return (await only(world, where)).wishes


class TestANewDigest:
    async def test_is_of_every_working_day_at_half_past_seven(self, world: World) -> None:
        message = await opened(world)
        assert say("digests_none") in message.text
        message = await a_new_one(world)
        one = await only(world)
        assert (one.at, one.days, one.created_by) == (450, WEEKDAYS, ADMIN)
        # Asked on a Saturday.
        assert one.next_due_at == datetime(2025, 3, 3, 7, 30, tzinfo=UTC)
        assert "Mon, Mar 3, 07:30" in message.text

    async def test_speaks_the_language_of_who_asked_for_it(self, world: World) -> None:
        world.server.user_says(ADMIN, "/digest", language="pt")
        message = await world.server.next_message(ADMIN)
        world.server.user_presses(ADMIN, message, say("button_digest_new", "pt"), language="pt")
        await world.server.shows(message, "segunda a sexta")
        assert (await kept(world)).language == "pt"

    async def test_comes_beside_others_up_to_a_bound(self, world: World) -> None:
        for number in range(MOST_SUBSCRIPTIONS):
            await world.subscriptions.add(HERE, f"No. {number}", Wishes(), ADMIN)
        message = await opened(world)
        assert "No. 9" in message.text
        assert say("button_digest_new") not in message.labels
        world.server.press_data(ADMIN, message, "e:n:0:0:")
        assert await world.server.next_toast(ADMIN) == say("digests_enough")


TAPS = [
    (["button_digest_time", "=18", "=18:45"], Wishes(at=18 * 60 + 45)),
    (["button_digest_days", "button_all_week"], Wishes(days=EVERY_DAY)),
    (["button_digest_days", "=✅ Friday"], Wishes(days=frozenset(range(4)))),
    (["button_digest_edition", "digests_weekly"],
     Wishes(edition=Edition.WEEKLY, days=frozenset({4}))),
    (["button_digest_quiet_day", "digests_skip"], Wishes(quiet_day=QuietDay.SKIP)),
    (["button_digest_late", "digests_late_never"], Wishes(late_hours=0)),
    (["button_length", "length_short"], Wishes(length=Length.SHORT)),
    (["button_language", "=Español"], Wishes(language="es")),
]  # fmt: skip
"""Keys of the labels, or = and the label."""

NONSENSE = (
    "e:t:{}:0:25-0", "e:d:{}:0:9", "e:z:{}:0:Mars/Base", "e:g:{}:0:xx", "e:k:{}:0:endless",
    "e:e:{}:0:hourly", "e:q:{}:0:shout", "e:r:{}:0:7", "e:w:{}:0:000", "e:x:{}:0:000",
    "e:o:99:0:", "e:o:x:0:", "e:?:1:0:", "e:p:99:0:",
)  # fmt: skip


class TestWhatIsChosen:
    async def test_by_tapping_is_kept(self, world: World) -> None:
        message = await opened(world)
        for number, (taps, wished) in enumerate(TAPS, start=1):
            world.server.press_data(ADMIN, message, "e:n:0:0:")
            for tap in taps:
                await world.settled()
                label = tap[1:] if tap.startswith("=") else say(tap)
                world.server.user_presses(ADMIN, message, label)
            await world.settled()
            one = await world.subscriptions.get(HERE, number)
            assert one is not None
            assert one.wishes == replace(wished, language=wished.language or "en"), taps

    async def test_a_time_may_be_typed_and_what_is_none_is_asked_again(self, world: World) -> None:
        message = await a_new_one(world)
        await press(world, message, say("button_digest_time"), say("digests_choose_hour"))
        world.server.user_says(ADMIN, "soon <b>")
        again = await world.server.next_message(ADMIN)
        assert say("digests_time_unknown", text="soon <b>") in again.text
        world.server.user_says(ADMIN, "6:15 pm")
        assert "18:15" in (await world.server.next_message(ADMIN)).text
        assert (await kept(world)).at == 18 * 60 + 15
        assert world.assistant.asked == []

    async def test_topics_are_typed_and_taken_out_by_a_tap(self, world: World) -> None:
        message = await a_new_one(world)
        await press(world, message, say("button_digest_topics"), say("digests_choose_topics"))
        world.server.user_says(ADMIN, "energia, AI regulation,, Energia\nports")
        message = await world.server.next_message(ADMIN)
        assert (await kept(world)).topics == ("energia", "AI regulation", "ports")
        message = await press(
            world, message, say("button_digest_topics"), say("digests_choose_topics")
        )
        world.server.user_presses(ADMIN, message, "✖️ AI regulation")
        await world.server.next_toast(ADMIN)
        await world.settled()
        assert (await kept(world)).topics == ("energia", "ports")

    async def test_outlets_are_tapped_and_those_gone_can_be_taken_back(self, world: World) -> None:
        world.outlets = ("El País", "Folha")
        message = await a_new_one(world)
        one = await only(world)
        await world.subscriptions.change(
            HERE, one.id, Wishes(sources=("Gone Times",), language="en")
        )
        message = await press(world, message, say("button_outlets"), say("digests_choose_sources"))
        for label in ("Folha", "✅ Gone Times"):
            world.server.user_presses(ADMIN, message, label)
            await world.settled()
        assert (await kept(world)).sources == ("Folha",)

    async def test_a_timezone_of_its_own_is_that_of_a_city_somebody_writes(
        self, world: World
    ) -> None:
        message = await a_new_one(world)
        await press(world, message, say("button_timezone"), say("digests_choose_timezone"))
        world.server.user_says(ADMIN, "Lisboa")
        after = await world.server.next_message(ADMIN)
        assert "Europe/Lisbon" in after.text
        assert (await kept(world)).timezone == "Europe/Lisbon"
        # Not the chat's.
        assert str(world.chat_settings.zone(HERE)) == "UTC"

    async def test_a_name_and_a_pause_show_in_the_list(self, world: World) -> None:
        message = await a_new_one(world)
        await press(world, message, say("button_digest_name"), say("digests_choose_name"))
        world.server.user_says(ADMIN, "Regulation")
        message = await world.server.next_message(ADMIN)
        message = await press(
            world, message, say("button_digest_pause"), say("digests_line_paused")
        )
        assert (await only(world)).next_due_at is None
        message = await press(world, message, say("button_digests"), say("digests_title"))
        assert "⏸ Regulation" in message.labels
        message = await press(world, message, "⏸ Regulation", "Edition")
        await press(world, message, say("button_digest_resume"), say("digests_line_next", value=""))
        assert (await only(world)).next_due_at is not None

    async def test_a_digest_is_removed_once_that_is_confirmed(self, world: World) -> None:
        message = await a_new_one(world)
        question = say("digests_remove_question", name=say("digests_unnamed"))
        message = await press(world, message, say("button_digest_remove"), question)
        assert await world.subscriptions.of(HERE) != ()
        await press(world, message, say("button_digest_remove"), say("digests_none"))
        assert await world.subscriptions.of(HERE) == ()

    async def test_what_was_asked_for_last_is_what_is_typed(self, world: World) -> None:
        message = await a_new_one(world)
        world.server.user_says(ADMIN, "/settings")
        settings = await world.server.next_message(ADMIN)
        await press(world, settings, say("button_timezone"), say("settings_ask_city"))
        await press(world, message, say("button_digest_name"), say("digests_choose_name"))
        world.server.user_says(ADMIN, "Lisbon")
        await world.server.next_message(ADMIN)
        assert (await only(world)).name == "Lisbon"

    async def test_what_nobody_offered_is_not_chosen(self, world: World) -> None:
        message = await a_new_one(world)
        await world.server.next_toast(ADMIN)
        before = await only(world)
        for data in NONSENSE:
            world.server.press_data(ADMIN, message, data.format(before.id))
            assert await world.server.next_toast(ADMIN) in {
                say("button_expired"), say("settings_gone"), say("digests_gone")
            }, data  # fmt: skip
        assert await only(world) == before


class TestAPreview:
    async def test_comes_at_once_marked_as_such_and_moves_nothing_on(self, world: World) -> None:
        message = await a_new_one(world)
        before = await only(world)
        world.server.user_presses(ADMIN, message, say("button_digest_preview"))
        shown = await world.server.next_message(ADMIN)
        assert shown.text == f"{say('digests_preview')}\n\nThe news"
        assert shown.labels == ["1"]
        assert await only(world) == before
        ((subscription, due),) = world.digests.composed
        assert due.until - due.since == timedelta(days=1)
        assert subscription.created_by == ADMIN
        (logged,) = await asyncio.to_thread(world.outbox.log)
        assert logged.key.startswith(f"preview:{before.id}:")

    async def test_comes_once_a_minute(self, world: World) -> None:
        message = await a_new_one(world)
        await world.server.next_toast(ADMIN)
        for told in ("digests_preview_begun", "digests_preview_soon"):
            world.server.user_presses(ADMIN, message, say("button_digest_preview"))
            assert await world.server.next_toast(ADMIN) == say(told)
        await world.server.next_message(ADMIN)
        assert len(world.digests.composed) == 1

    async def test_of_a_quiet_day_says_that_nothing_would_be_sent(self, world: World) -> None:
        world.digests.is_quiet = True
        message = await a_new_one(world)
        world.server.user_presses(ADMIN, message, say("button_digest_preview"))
        said = await world.server.next_message(ADMIN)
        assert said.text == say("digests_preview_nothing")


class TestInAGroup:
    async def test_members_choose_and_each_topic_has_its_own(self, world: World) -> None:
        await world.people.let_group_in(FORUM["id"], "Forum", ADMIN)
        await let_in(world, Role.MEMBER, ANA)
        world.server.group_hears(FORUM, ANA, f"/digest{NAME}", thread=11)
        message = await world.server.next_message(FORUM["id"])
        assert message.thread_id == 11
        await press(world, message, say("button_digest_new"), "07:30", who=ANA)
        assert await world.subscriptions.of(ConversationKey(FORUM["id"])) == ()
        assert (await only(world, ConversationKey(FORUM["id"], 11))).created_by == ANA

    async def test_what_is_asked_for_is_answered_by_a_reply(self, world: World) -> None:
        await world.people.let_group_in(DESK["id"], "Desk", ADMIN)
        world.server.group_hears(DESK, ADMIN, f"/digest{NAME}")
        message = await world.server.next_message(DESK["id"])
        message = await press(world, message, say("button_digest_new"), "07:30")
        asking = await press(
            world, message, say("button_digest_time"), say("digests_choose_hour_by_reply")
        )
        reply_to = world.server.as_seen(asking)
        world.server.group_hears(DESK, ADMIN, "8h", reply_to=reply_to)
        await world.server.next_message(DESK["id"])
        assert (await kept(world, DESK_KEY)).at == 8 * 60

    @pytest.mark.parametrize("role", [None, Role.GUEST], ids=["stranger", "guest"])
    async def test_nobody_from_outside_the_newsroom_chooses(
        self, world: World, role: Role | None
    ) -> None:
        await world.people.let_group_in(DESK["id"], "Desk", ADMIN)
        if role is not None:
            await let_in(world, role, ANA, days=7)
        world.server.group_hears(DESK, ANA, f"/digest{NAME}")
        message = await world.server.next_message(DESK["id"])
        assert (message.text, message.buttons) == (say("digests_not_yours"), [])
        world.server.press_data(ANA, message, "e:n:0:0:")
        assert await world.server.next_toast(ANA) == say("digests_not_yours")
        assert await world.subscriptions.of(DESK_KEY) == ()

    async def test_a_guest_has_digests_of_their_own(self, world: World) -> None:
        await let_in(world, Role.GUEST, ANA, days=7)
        await a_new_one(world, ANA)
        assert (await only(world, ConversationKey(ANA))).created_by == ANA


async def the_channel(world: World, by: int = STRANGER) -> Sent:
    """The bot is made an administrator of the channel; what administrators are asked."""
    world.server.message(ADMIN, {})
    world.server.bot_becomes(CHANNEL, "administrator", by=by)
    return await world.server.next_message(ADMIN)


async def channel_let_in(world: World) -> None:
    question = await the_channel(world)
    await press(
        world,
        question,
        say("button_let_group_in"),
        say("channel_in", title="The <b>Channel</b>"),
    )


class TestAChannel:
    async def test_is_let_in_by_an_administrator_of_the_newsroom(self, world: World) -> None:
        question = await the_channel(world)
        assert question.text == say("channel_question", name="Ana", title="The <b>Channel</b>")
        assert say("button_leave_channel") in question.labels
        assert world.people.groups() == ()
        await press(world, question, say("button_let_group_in"), "/digest")
        (channel,) = world.people.groups()
        assert channel.is_channel

    async def test_where_the_bot_may_not_write_is_not_asked_about(self, world: World) -> None:
        world.server.message(ADMIN, {})
        world.server.bot_becomes(CHANNEL, "member", by=STRANGER)
        await world.settled()
        assert world.server.sent == []

    async def test_gets_its_digest_from_a_private_chat_and_hears_no_one(self, world: World) -> None:
        await channel_let_in(world)
        message = await opened(world)
        (label,) = [one for one in message.labels if one.startswith("📢")]
        message = await press(world, message, label, "of the channel")
        message = await press(world, message, say("button_digest_new"), "07:30")
        message = await press(world, message, say("button_digest_time"), say("digests_choose_hour"))
        world.server.user_says(ADMIN, "9h")
        message = await world.server.next_message(ADMIN)
        one = await only(world, CHANNEL_KEY)
        assert (one.at, one.language) == (9 * 60, "en")
        assert await world.subscriptions.of(HERE) == ()
        # A preview is for who asks, not for the channel.
        world.server.user_presses(ADMIN, message, say("button_digest_preview"))
        assert say("digests_preview") in (await world.server.next_message(ADMIN)).text
        before = len(world.server.calls)
        for kind in ("channel_post", "edited_channel_post"):
            post = world.server.message(ADMIN, {"text": f"{NAME} how much?"}, chat=CHANNEL)
            del post["from"]
            world.server.push({kind: post, "message": None})
        await world.settled()
        assert {one.method for one in world.server.calls[before:]} <= {"getUpdates"}
        assert world.assistant.asked == []

    async def test_is_set_by_administrators_alone(self, world: World) -> None:
        await channel_let_in(world)
        await let_in(world, Role.MEMBER, ANA)
        message = await opened(world, ANA)
        assert not [one for one in message.labels if one.startswith("📢")]
        for act in ("l", "n"):
            world.server.press_data(ANA, message, f"e:{act}:0:{CHANNEL['id']}:")
            assert await world.server.next_toast(ANA) == say("digests_not_yours")
        assert await world.subscriptions.of(CHANNEL_KEY) == ()

    async def test_cannot_be_reached_through_a_group(self, world: World) -> None:
        await channel_let_in(world)
        await world.people.let_group_in(DESK["id"], "Desk", ADMIN)
        world.server.group_hears(DESK, ADMIN, f"/digest{NAME}")
        message = await world.server.next_message(DESK["id"])
        world.server.press_data(ADMIN, message, f"e:n:0:{CHANNEL['id']}:")
        assert await world.server.next_toast(ADMIN) in ("", say("digests_not_yours"))
        assert await world.subscriptions.of(CHANNEL_KEY) == ()

    async def test_that_removed_the_bot_is_out(self, world: World) -> None:
        await channel_let_in(world)
        world.server.bot_becomes(CHANNEL, "left", by=STRANGER, before="administrator")
        await world.settled()
        assert world.people.groups() == ()
