"""A digest in a chat, over HTTP: its buttons, and replies to it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
import pytest_asyncio

from bot import schedule
from bot.answers import Turn
from bot.browsed import StoryPage, Told
from bot.context import SERVICES_KEY
from bot.conversation_key import ConversationKey
from bot.digest_page import DigestPage, Section, StoryView, Written
from bot.digest_taste import Wish
from bot.handlers.access import is_sent_news
from bot.outgoing import Delivery, Kind, ToldStory
from bot.render_digest import render_digest
from tests.browsing import a_row
from tests.digests import an_id
from tests.telegram_bot import ADMIN, STRANGER, World, live_bot
from tests.telegram_rules import Sent
from tests.telegram_server import TelegramServer

HERE = ConversationKey(ADMIN)
GROUP_ID = -100500
GROUP = {"id": GROUP_ID, "type": "supergroup", "title": "Desk"}
HARBOUR, QUARRY = an_id("harbour"), an_id("quarry")
HEADLINES = {HARBOUR: "Vale Pomar opens its harbour again", QUARRY: "Graniteira closes a quarry"}
NAMES = {HARBOUR: "Vale Pomar", QUARRY: "Graniteira"}


@pytest_asyncio.fixture
async def server() -> AsyncIterator[TelegramServer]:
    async with TelegramServer() as running:
        running._chats.update({ADMIN, STRANGER})
        yield running


@pytest_asyncio.fixture
async def world(server: TelegramServer, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[World]:
    monkeypatch.setattr(schedule, "DELIVERY_TICK", timedelta(seconds=0.2))
    async with live_bot(server) as running:
        running.told.known_names.update(NAMES)
        running.told.views.update({one: a_view(one) for one in HEADLINES})
        await server.called("getUpdates")
        yield running


def a_view(story_id: str) -> StoryView:
    rows = (Told(a_row(1), "It says so."), Told(a_row(2), "So it does."))
    page = StoryPage(rows, HEADLINES[story_id], 0, 1, 2, ("Folha", "AP"), 2, None, None, "")
    return StoryView(story_id, HEADLINES[story_id], page)


async def a_digest(world: World, chat_id: int = ADMIN, *ids: str) -> Sent:
    """Sent as any other, through the outbox."""
    ids = ids or (HARBOUR, QUARRY)
    sections = tuple(
        Section(one, HEADLINES[one], "https://folha.example.com/a", "en", Written(), ("Folha",), 1)
        for one in ids
    )
    page = DigestPage("", world.now - timedelta(days=1), world.now, sections=sections)
    told = tuple(ToldStory(at, one, HEADLINES[one]) for at, one in enumerate(ids, start=1))
    world.outbox.put_now(
        Delivery(
            f"digest:1:{chat_id}",
            Kind.DIGEST,
            ConversationKey(chat_id),
            render_digest(page, "en"),
            world.now,
            told=told,
        )
    )
    sent = await world.server.next_message(chat_id)
    async with asyncio.timeout(5):
        # It arrives a moment before it is written down that it has.
        while not await world.outbox.told_by(chat_id, sent.message_id):  # noqa: ASYNC110
            await asyncio.sleep(0.01)
    return sent


def replies(world: World, digest: Sent, text: str, user_id: int = ADMIN) -> None:
    world.server.user_says(user_id, text, reply_to_message=world.server.as_seen(digest))


async def test_news_goes_to_chats_that_are_served_and_take_what_they_are_sent(
    world: World,
) -> None:
    services, group = world.application.bot_data[SERVICES_KEY], ConversationKey(GROUP_ID)
    assert is_sent_news(services, HERE)
    assert not is_sent_news(services, ConversationKey(STRANGER))
    assert not is_sent_news(services, group)
    await world.people.let_group_in(GROUP_ID, "Desk", ADMIN)
    assert is_sent_news(services, group)

    gone = services.outbox.gone
    await gone.refused(ADMIN, "blocked", world.now)
    assert is_sent_news(services, HERE), "one refusal may be a moment's"
    await gone.refused(ADMIN, "blocked", world.now + timedelta(hours=2))
    assert not is_sent_news(services, HERE)
    await gone.back(ADMIN)
    assert is_sent_news(services, HERE)


class TestButtons:
    async def test_a_number_opens_the_story_below(self, world: World) -> None:
        digest = await a_digest(world)
        world.server.user_presses(ADMIN, digest, "2")
        story = await world.server.next_message(ADMIN)

        assert "Graniteira closes a quarry" in story.text
        assert "2 independent sources" in story.text
        assert world.browsing.shown[HERE] == {1: a_row(1).article_id, 2: a_row(2).article_id}

    async def test_asking_about_a_story_makes_it_what_questions_refer_to(
        self, world: World
    ) -> None:
        world.conversations.turns[HERE] = [Turn("user", "something else")]
        digest = await a_digest(world)
        world.server.user_presses(ADMIN, digest, "1")
        story = await world.server.next_message(ADMIN)
        world.server.user_presses(ADMIN, story, "💬 Ask about it")
        said = await world.server.next_message(ADMIN)

        assert "your next questions here refer to Vale Pomar opens its harbour again" in said.text
        assert [turn.text for turn in world.conversations.turns[HERE]] == [
            "About Vale Pomar?", "It says so. [1]",
        ]  # fmt: skip

    async def test_less_of_this_is_noted(self, world: World) -> None:
        digest = await a_digest(world)
        world.server.press_data(ADMIN, digest, f"d:l:{QUARRY}")

        assert await world.server.next_toast(ADMIN) == "Noted: less of this."
        assert world.told.wishes == [(HERE, QUARRY, Wish.LESS)]

    async def test_following_a_story_follows_its_rarest_name(self, world: World) -> None:
        digest = await a_digest(world)
        world.server.press_data(ADMIN, digest, f"d:f:{QUARRY}")
        said = await world.server.next_message(ADMIN)

        assert "Graniteira" in said.text
        assert world.told.wishes == [(HERE, QUARRY, Wish.FOLLOW)]

    @pytest.mark.parametrize("act", "sqf")
    async def test_a_story_that_is_gone_is_said_to_be(self, world: World, act: str) -> None:
        digest = await a_digest(world)
        world.server.press_data(ADMIN, digest, f"d:{act}:{'0' * 24}")
        said = await world.server.next_message(ADMIN)

        assert "no longer in the coverage" in said.text or "no name" in said.text

    async def test_a_button_nobody_knows_has_had_its_day(self, world: World) -> None:
        digest = await a_digest(world)
        world.server.press_data(ADMIN, digest, "d:z:1")

        assert "had its day" in await world.server.next_toast(ADMIN)

    async def test_in_a_group_everybody_looks_and_only_members_change(self, world: World) -> None:
        await world.people.let_group_in(GROUP_ID, "Desk", ADMIN)
        world.server.message(STRANGER, {"text": "hello"}, chat=GROUP)
        digest = await a_digest(world, GROUP_ID)
        world.server.press_data(STRANGER, digest, f"d:l:{QUARRY}")
        toast = await world.server.next_toast(STRANGER)
        world.server.press_data(STRANGER, digest, f"d:s:{QUARRY}")
        story = await world.server.next_message(GROUP_ID)

        assert "Only members" in toast
        assert world.told.wishes == []
        assert "Graniteira" in story.text


class TestReplies:
    @pytest.mark.parametrize(
        ("text", "question", "about"),
        [
            ("what did the second one cost?", "what did Graniteira cost?", "Graniteira"),
            ("when does the harbour open?", "when does the harbour open?", "Vale Pomar"),
            ("and what now?", "and what now?", "Vale Pomar, Graniteira"),
        ],
    )
    async def test_open_the_story_they_mean(
        self, world: World, text: str, question: str, about: str
    ) -> None:
        replies(world, await a_digest(world), text)
        await world.server.next_answer(ADMIN)
        ((asked, history),) = world.assistant.asked

        assert asked == question
        assert [turn.text for turn in history] == [f"About {about}?", "It says so. [1]"]

    @pytest.mark.parametrize("text", ["tell me more about the second one", "o segundo", "2"])
    async def test_that_ask_for_no_more_than_the_story_show_it_where_no_model_tells_it(
        self, world: World, text: str
    ) -> None:
        replies(world, await a_digest(world), text)
        said = await world.server.next_message(ADMIN)

        assert "Graniteira closes a quarry" in said.text
        assert world.assistant.asked == []

    async def test_who_else_reported_it_shows_the_story(self, world: World) -> None:
        replies(world, await a_digest(world), "who else reported the second one?")
        said = await world.server.next_message(ADMIN)

        assert "Graniteira closes a quarry" in said.text
        assert world.assistant.asked == []

    async def test_a_number_that_no_story_has_is_answered_with_how_many_there_are(
        self, world: World
    ) -> None:
        replies(world, await a_digest(world), "tell me more about the third one")

        assert "tells 2 stories" in (await world.server.next_message(ADMIN)).text
        assert world.assistant.asked == []

    async def test_a_story_that_is_gone_is_asked_about_as_anything_else(self, world: World) -> None:
        world.told.known_names.clear()
        replies(world, await a_digest(world), "the second one")
        await world.server.next_answer(ADMIN)

        assert world.assistant.asked == [("the second one", ())]

    async def test_to_another_message_are_questions_like_any_other(self, world: World) -> None:
        await a_digest(world)
        world.server.user_says(ADMIN, "hello there, how much?")
        first = await world.server.next_answer(ADMIN)
        replies(world, first, "the second one")
        await world.server.next_answer(ADMIN)

        assert world.assistant.asked[-1][0] == "the second one"

    async def test_of_strangers_are_not_heard(self, world: World) -> None:
        digest = await a_digest(world)
        replies(world, digest, "the second one", user_id=STRANGER)
        said = await world.server.next_message(STRANGER)

        assert "Graniteira" not in said.text
        assert world.assistant.asked == []
