"""Articles people pass on, and bare links: what is offered, and what is then talked about."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio
from hypothesis import given
from hypothesis import strategies as st

from bot import texts
from bot.access import Role
from bot.conversation_key import ConversationKey
from bot.handlers.forwards import LONGEST_KEPT, as_reference
from retrieval.models import Rejected
from tests.browsing import a_row
from tests.screens import say
from tests.telegram_bot import ADMIN, QUOTE, World, live_bot
from tests.telegram_rules import Json, Sent, links_in
from tests.telegram_server import TelegramServer

PAGE = "https://folha.example.com/stargate"
LONG = "The harbour of Porto Cedro opened again on Monday after the repair of its gates. " * 5
CHANNEL: Json = {"type": "channel", "date": 1, "message_id": 3,
           "chat": {"id": -100300, "type": "channel", "title": "News"}}  # fmt: skip
ANA = 55


@pytest_asyncio.fixture
async def world() -> AsyncIterator[World]:
    async with TelegramServer() as server, live_bot(server) as live:
        token = await live.people.invite(Role.MEMBER, None, ADMIN)
        await live.people.redeem(token, ANA, "Ana", frozenset({ADMIN}))
        yield live


def pass_on(world: World, text: str, who: int = ADMIN, **more: Any) -> int:
    """Somebody forwards a post; returns the message's id."""
    content = {"text": text, "entities": links_in(text), "forward_origin": CHANNEL, **more}
    message = world.server.message(who, content)
    world.server.push({"message": message})
    return int(message["message_id"])


async def offered(world: World, who: int = ADMIN) -> Sent:
    return await world.server.next_message(who)


async def pressed(world: World, offer: Sent, key: str, shows: str, who: int = ADMIN) -> Sent:
    world.server.user_presses(who, offer, say(key))
    return await world.server.shows(offer, shows)


def talked_about(world: World, who: int = ADMIN) -> list[str]:
    return [turn.text for turn in world.conversations.turns.get(ConversationKey(who), [])]


class TestABareLink:
    async def test_in_the_coverage_is_what_the_next_questions_refer_to(self, world: World) -> None:
        row = a_row(url=PAGE)
        world.browsing.rows = (row,)
        world.server.user_says(ANA, PAGE)
        offer = await offered(world, ANA)
        assert offer.labels == [say("button_ask_about")]
        assert talked_about(world, ANA) == []
        await pressed(world, offer, "button_ask_about", row.title, ANA)
        assert talked_about(world, ANA)[0] == f"About {row.title}"
        world.server.user_says(ANA, "how much did it cost?")
        assert QUOTE in (await offered(world, ANA)).text
        (_, history) = world.assistant.asked[-1]
        assert history[0].text == f"About {row.title}"
        assert world.feeds.done == []

    async def test_not_in_the_coverage_is_for_an_administrator_to_add(self, world: World) -> None:
        world.server.user_says(ANA, PAGE)
        line = say("link_not_covered", address=PAGE)
        shown = await pressed(world, await offered(world, ANA), "button_ask_about", line, ANA)
        assert shown.labels == []
        assert world.feeds.done == []
        assert talked_about(world, ANA) == []

    async def test_not_in_the_coverage_can_be_added_by_one_at_once(self, world: World) -> None:
        world.server.user_says(ADMIN, PAGE)
        line = say("link_not_covered_add", address=PAGE)
        shown = await pressed(world, await offered(world), "button_ask_about", line)
        await pressed(world, shown, "button_add_page", "in the coverage now")
        assert world.feeds.done == [f"page {PAGE}"]

    async def test_is_added_for_nobody_else(self, world: World) -> None:
        world.server.user_says(ANA, PAGE)
        offer = await offered(world, ANA)
        for data in ("u:p:0", "u:f:0"):
            world.server.press_data(ANA, offer, data)
            assert await world.server.next_toast(ANA) == say("feeds_not_yours")
        assert world.feeds.done == []


class TestAPostPassedOn:
    async def test_with_a_link_is_offered_with_it(self, world: World) -> None:
        post = pass_on(world, f"Read this: {PAGE}")
        offer = await offered(world)
        assert offer.text.splitlines() == [PAGE, say("link_offer")]
        assert offer.labels == [say("button_ask_about"), say("button_add_page")]
        assert offer.parameters["reply_parameters"]["message_id"] == post
        await world.settled()
        assert world.feeds.done == world.browsing.asked == []
        assert world.assistant.asked == []
        await pressed(world, offer, "button_add_page", "in the coverage now")
        assert world.feeds.done == [f"page {PAGE}"]

    async def test_of_a_private_host_is_refused_where_pages_are_fetched(self, world: World) -> None:
        url = "http://10.0.0.1/admin"
        world.feeds.articles[url] = Rejected(url, "the address is on a private network")
        pass_on(world, f"Read this: {url}")
        await pressed(world, await offered(world), "button_add_page", "private network")

    async def test_may_be_a_picture_with_a_caption_and_a_hidden_link(self, world: World) -> None:
        photo = [{"file_id": "a", "file_unique_id": "b", "width": 1, "height": 1}]
        link = {"type": "text_link", "offset": 0, "length": 4, "url": PAGE}
        content = {"photo": photo, "caption": "Here", "caption_entities": [link]}
        message = world.server.message(ADMIN, {**content, "forward_origin": CHANNEL})
        world.server.push({"message": message})
        assert (await offered(world)).text.startswith(PAGE)

    async def test_without_a_link_is_kept_as_reference_once_asked_about(self, world: World) -> None:
        pass_on(world, LONG, ANA)
        offer = await offered(world, ANA)
        assert offer.labels == [say("button_ask_about")]
        assert talked_about(world, ANA) == []
        await pressed(world, offer, "button_ask_about", say("forward_kept"), ANA)
        kept, said = talked_about(world, ANA)
        assert "harbour of Porto Cedro" in kept
        assert said == say("forward_kept")
        assert world.feeds.done == []

    async def test_without_a_link_tells_an_administrator_why_it_cannot_be_added(
        self, world: World
    ) -> None:
        for who, lines in ((ADMIN, ["link_offer", "forward_no_link"]), (ANA, ["link_offer"])):
            pass_on(world, LONG, who)
            offer = await offered(world, who)
            assert offer.text.splitlines() == [say(key) for key in lines]
            assert offer.labels == [say("button_ask_about")]

    async def test_of_a_channel_with_a_name_can_be_added_by_its_own_link(
        self, world: World
    ) -> None:
        named = {**CHANNEL, "chat": {**CHANNEL["chat"], "username": "vale_pomar"}}
        post = "https://t.me/vale_pomar/3?embed=1"
        pass_on(world, LONG, forward_origin=named)
        offer = await offered(world)
        assert offer.text.splitlines() == [post, say("link_offer")]
        await pressed(world, offer, "button_add_page", "in the coverage now")
        assert world.feeds.done == [f"page {post}"]

        pass_on(world, LONG, ANA, forward_origin=named)
        offer = await offered(world, ANA)
        assert offer.labels == [say("button_ask_about")]
        await pressed(world, offer, "button_ask_about", say("forward_kept"), ANA)
        assert "harbour of Porto Cedro" in talked_about(world, ANA)[0]

    @pytest.mark.parametrize("name", ["a", "x/../y", "ção_açaí", "a b c d e"])
    async def test_of_a_channel_with_an_impossible_name_has_no_link(
        self, world: World, name: str
    ) -> None:
        pass_on(world, LONG, forward_origin={**CHANNEL, "chat": {**CHANNEL["chat"],
                                                                 "username": name}})  # fmt: skip
        assert "t.me" not in (await offered(world)).text

    async def test_whose_link_is_not_covered_is_kept_by_its_text(self, world: World) -> None:
        pass_on(world, f"{LONG} {PAGE}", ANA)
        await pressed(
            world, await offered(world, ANA), "button_ask_about", say("forward_kept"), ANA
        )
        assert "harbour of Porto Cedro" in talked_about(world, ANA)[0]

    async def test_that_is_gone_has_no_text_to_refer_to(self, world: World) -> None:
        pass_on(world, LONG)
        offer = await offered(world)
        world.server._replies.clear()
        await pressed(world, offer, "button_ask_about", say("button_expired"))
        assert talked_about(world) == []

    async def test_that_is_short_is_a_question(self, world: World) -> None:
        pass_on(world, "How much did Stargate commit?")
        assert QUOTE in (await offered(world)).text

    async def test_in_a_group_is_not_for_us(self, world: World) -> None:
        group = {"id": -100200, "type": "supergroup", "title": "Desk"}
        await world.people.let_group_in(-100200, "Desk", ADMIN)
        world.server.group_hears(group, ANA, LONG, forward_origin=CHANNEL)
        await world.settled()
        assert world.server.sent == []


@pytest.mark.parametrize("language", texts.LANGUAGES)
@given(text=st.text(max_size=3_000).map(lambda text: text * 3))
def test_any_text_is_kept_bounded_and_closes_no_tag(language: str, text: str) -> None:
    (kept, said), reply = as_reference(text, language)
    assert len(kept.text) <= LONGEST_KEPT + 100
    assert not set("<>") & set(kept.text)
    assert said.text == reply.parts[0].plain
