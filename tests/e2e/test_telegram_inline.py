"""Inline mode over HTTP: what people are offered while they type, in any chat."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest_asyncio
from sqlalchemy import select

from bot import texts
from bot.access import Role
from bot.answers import Headline
from bot.chat_settings import ChatSettings
from bot.conversation_key import ConversationKey
from bot.database import metadata
from bot.handlers.inline import CACHED_SECONDS, FROM_INLINE
from bot.inline import Offer
from tests.telegram_bot import ADMIN, CITATION, OTHER_ADMIN, QUOTE, STRANGER, World, live_bot
from tests.telegram_inline import offered, types
from tests.telegram_server import TelegramServer

HEADLINE = Headline("Work starts in Texas", "https://folha.example.com/texas", "Folha", None)
FOUND = Offer((CITATION,), (HEADLINE,))
MEMBER = 55


@pytest_asyncio.fixture
async def world() -> AsyncIterator[World]:
    async with TelegramServer() as server, live_bot(server) as live:
        live.inline.offers["stargate"] = FOUND
        yield live


class TestWhoIsLetIn:
    async def test_is_offered_the_sentence_with_outlet_and_date(self, world: World) -> None:
        shown = await offered(world.server, types(world.server, ADMIN, "stargate"))

        quote, headline = shown.results
        assert quote.title == "Folha, Jan 21, 2025"
        assert quote.description == QUOTE
        assert headline.title == HEADLINE.title
        assert shown.button is None

    async def test_posts_the_quote_with_its_source(self, world: World) -> None:
        shown = await offered(world.server, types(world.server, ADMIN, "stargate"))

        posted = shown.results[0]
        for told in (QUOTE, CITATION.title, "Folha", "Jan 21, 2025"):
            assert told in posted.text
        assert [one.text for one in posted.entities if one.url == CITATION.url] == [CITATION.title]
        assert [one.text for one in posted.entities if "blockquote" in one.type] == [QUOTE]

    async def test_has_it_cached_for_themselves_alone_and_briefly(self, world: World) -> None:
        shown = await offered(world.server, types(world.server, ADMIN, "stargate"))

        assert str(shown.parameters["is_personal"]).lower() == "true"
        assert int(shown.parameters["cache_time"]) == CACHED_SECONDS <= 60

    async def test_is_shown_the_latest_headlines_before_typing(self, world: World) -> None:
        world.inline.offers[""] = Offer(headlines=(HEADLINE,))

        shown = await offered(world.server, types(world.server, ADMIN, ""))

        assert [one.title for one in shown.results] == [HEADLINE.title]

    async def test_is_led_to_the_private_chat_where_nothing_is_found(self, world: World) -> None:
        query = types(world.server, ADMIN, "xyzzy", language="pt")
        shown = await offered(world.server, query)

        assert shown.results == []
        assert shown.button == {
            "text": texts.say("pt", "inline_nothing"), "start_parameter": FROM_INLINE
        }  # fmt: skip
        world.server.user_says(ADMIN, f"/start {FROM_INLINE}")
        welcome = await world.server.next_message(ADMIN)
        assert welcome.text == texts.say("en", "welcome")

    async def test_is_spoken_to_and_heard_as_in_their_private_chat(self, world: World) -> None:
        chosen = ChatSettings(language="pt", hidden_sources=("Outlet",))
        await world.chat_settings.choose(ConversationKey(ADMIN), chosen)

        shown = await offered(world.server, types(world.server, ADMIN, "stargate"))

        assert shown.results[0].title == "Folha, 21 de jan. de 2025"
        assert world.inline.askers[0].hidden_sources == ("Outlet",)

    async def test_may_be_a_guest_with_an_end_date_until_that_date(self, world: World) -> None:
        token = await world.people.invite(Role.GUEST, 7, ADMIN)
        await world.people.redeem(token, MEMBER, "Ana", frozenset({ADMIN}))
        assert (await offered(world.server, types(world.server, MEMBER, "stargate"))).results

        await world.people.remove(MEMBER)

        assert not (await offered(world.server, types(world.server, MEMBER, "stargate"))).results


class TestAStranger:
    async def test_is_offered_nothing_and_nothing_is_looked_up_or_kept(self, world: World) -> None:
        shown = await offered(world.server, types(world.server, STRANGER, "stargate"))

        assert (shown.results, shown.button) == ([], None)
        await world.settled()
        assert world.inline.asked == []
        with world.database.connect() as connection:
            stored = {
                table.name: connection.execute(select(table)).all()
                for table in metadata.sorted_tables
            }
        assert not any(str(STRANGER) in str(rows) or "stargate" in str(rows)
                       for rows in stored.values())  # fmt: skip


class TestTyping:
    async def test_only_what_was_typed_last_is_looked_up(self, world: World) -> None:
        queries = [types(world.server, ADMIN, "stargate"[:end]) for end in range(2, 9)]

        await offered(world.server, queries[-1])

        await world.settled()
        assert world.inline.asked == ["stargate"]
        assert set(world.server.elsewhere.shown) == {queries[-1]}

    async def test_one_person_does_not_supersede_another(self, world: World) -> None:
        queries = [types(world.server, who, "stargate") for who in (ADMIN, OTHER_ADMIN)]

        for query in queries:
            assert (await offered(world.server, query)).results

        assert world.inline.asked == ["stargate"], "what one looked up serves the other"

    async def test_goes_on_while_an_answer_is_under_way(self, world: World) -> None:
        world.assistant.hold.clear()
        world.server.user_says(ADMIN, "How much did Stargate commit?")
        await world.server.called("setMessageReaction")

        assert (await offered(world.server, types(world.server, ADMIN, "stargate"))).results

    async def test_what_takes_long_is_not_shown_over_what_was_typed_since(
        self, world: World
    ) -> None:
        begun, go_on = threading.Event(), threading.Event()
        world.inline.offers["stargate texas"] = Offer(headlines=(HEADLINE,))

        def slowly(asked: str) -> None:
            if asked == "stargate":
                begun.set()
                assert go_on.wait(5)

        world.inline.before = slowly
        first = types(world.server, ADMIN, "stargate")
        assert await asyncio.to_thread(begun.wait, 5)
        second = types(world.server, ADMIN, "stargate texas")
        await world.server.fetched()
        go_on.set()

        assert [one.title for one in (await offered(world.server, second)).results]
        await world.settled()
        assert first not in world.server.elsewhere.shown


class TestTrouble:
    async def test_refused_markup_is_shown_as_plain_text(self, world: World) -> None:
        world.server.fail("answerInlineQuery", 400, "Bad Request: can't parse entities: unexpected")

        shown = await offered(world.server, types(world.server, ADMIN, "stargate"))

        assert QUOTE in shown.results[0].text
        assert shown.results[0].entities == []

    async def test_a_query_that_telegram_forgot_disturbs_nobody(self, world: World) -> None:
        query = types(world.server, ADMIN, "stargate")
        world.server.elsewhere.typed.remove(query)
        await world.server.called("answerInlineQuery")
        await world.settled()

        assert (await offered(world.server, types(world.server, ADMIN, "stargate"))).results
        assert not [one for one in world.server.calls if one.method == "sendMessage"]

    async def test_a_local_file_and_an_untitled_article_are_offered_too(self, world: World) -> None:
        local = replace(CITATION, url="file:///notes.md", title="", source="")
        world.inline.offers["notes"] = Offer((local,))

        shown = await offered(world.server, types(world.server, ADMIN, "notes"))

        (only,) = shown.results
        assert only.title == "Jan 21, 2025"
        assert not any(one.url for one in only.entities)
