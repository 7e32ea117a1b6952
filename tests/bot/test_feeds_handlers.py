"""/feeds, its buttons, and links sent by themselves: the live bot over HTTP, feeds in memory."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta

import pytest
import pytest_asyncio

from bot import texts
from bot.context import Services
from bot.feeds import Act, FeedPress, TakenPage
from bot.handlers import access
from bot.handlers import application as telegram_side
from retrieval.feeds.entries import NotAFeed, ParsedEntry, ParsedFeed
from retrieval.feeds.feed import FeedReport
from retrieval.feeds.find import FoundFeed
from retrieval.feeds.rhythm import CheckOutcome
from retrieval.models import Outcome, Rejected
from tests.screens import say
from tests.telegram_bot import ADMIN, QUOTE, STRANGER, World, a_feed, live_bot, some_feeds
from tests.telegram_rules import Sent
from tests.telegram_server import TelegramServer

MEMBER = 55
SITE = "https://folha.example.com"
PAGE = "https://folha.example.com/stargate"


@pytest_asyncio.fixture
async def world() -> AsyncIterator[World]:
    async with TelegramServer() as server, live_bot(server) as live:
        yield live


@pytest.fixture
def member(monkeypatch: pytest.MonkeyPatch) -> int:
    """Someone who may ask, and change nothing."""

    def is_let_in(services: Services, user_id: int) -> bool:
        return user_id == MEMBER or user_id in services.settings.admins

    monkeypatch.setattr(access, "is_let_in", is_let_in)
    return MEMBER


def found(title: str, url: str, entries: int = 1) -> FoundFeed:
    listed = tuple(
        ParsedEntry(f"{url}-{number}", None, "", "", None, None, "") for number in range(entries)
    )
    return FoundFeed(url, ParsedFeed("rss", title, None, None, None, listed, ()))


async def says(world: World, text: str, who: int = ADMIN, language: str = "en") -> Sent:
    world.server.user_says(who, text, language=language)
    return await world.server.next_message(who)


async def press(world: World, message: Sent, label: str, until: str, who: int = ADMIN) -> Sent:
    world.server.user_presses(who, message, label)
    assert await world.server.next_toast(who) == ""
    return await world.server.shows(message, until)


async def opened(world: World) -> Sent:
    """The screen of the only feed."""
    return await press(world, await says(world, "/feeds"), "1", "https://")


class TestTheList:
    async def test_without_feeds_says_how_to_begin(self, world: World) -> None:
        message = await says(world, "/feeds")
        assert message.text == say("feeds_none_yet")
        assert message.labels == [say("button_add_feed")]

    async def test_tells_of_each_feed_how_it_is(self, world: World) -> None:
        well = replace(a_feed("Folha"), last_success_at=world.now - timedelta(minutes=5))
        failing = replace(
            a_feed("Norte", "https://norte.example.com/rss"),
            failing_since=world.now - timedelta(days=2),
            last_error="the server answered 404 (not found)",
        )
        resting = replace(a_feed("G1", "https://g1.example.com/rss"), paused=True)
        world.feeds.follow(well, failing, resting)
        message = await says(world, "/feeds")
        assert [part.split("\n") for part in message.text.split("\n\n")] == [
            ["Feeds I read: 3"],
            ["1. Folha", "articles a week: 12 · read 5 minutes ago"],
            [
                "2. Norte",
                "⚠️ not readable for 2 days: the server answered 404 (not found) · "
                "articles a week: 12 · not read yet",
            ],
            ["3. G1", "⏸ paused · articles a week: 12 · not read yet"],
        ]

    async def test_turns_its_pages_in_place(self, world: World) -> None:
        world.feeds.follow(*some_feeds(20))
        message = await says(world, "/feeds")
        assert "8. Outlet 8" in message.text
        message = await press(world, message, "»", "9. Outlet 9")
        assert "2/3" in message.labels
        message = await press(world, message, "»", "20. Outlet 20")
        message = await press(world, message, "»", "1. Outlet 1\n")
        assert len(world.server.sent) == 1

    async def test_speaks_the_language_of_whoever_asks(self, world: World) -> None:
        message = await says(world, "/feeds", language="pt-br")
        assert message.text == texts.say("pt", "feeds_none_yet")

    async def test_pressing_the_page_one_is_on_is_no_error(self, world: World) -> None:
        world.feeds.follow(*some_feeds(20))
        message = await says(world, "/feeds")
        for _ in range(2):
            await press(world, message, "1/3", "Outlet 1")
        await world.settled()
        assert len(world.server.sent) == 1


class TestOneFeed:
    @pytest.fixture(autouse=True)
    def _one(self, world: World) -> None:
        world.feeds.follow(a_feed())
        world.feeds.articles_of_each = 34

    async def test_opens_and_leads_back(self, world: World) -> None:
        message = await opened(world)
        assert message.text.startswith("Folha\nhttps://folha.example.com/feed.xml\n")
        await press(world, message, say("button_all_feeds"), "Feeds I read")

    async def test_is_paused_and_resumed_in_place(self, world: World) -> None:
        message = await opened(world)
        message = await press(world, message, say("button_pause"), "paused")
        assert [feed.paused for feed in world.feeds.known.values()] == [True]
        world.server.user_presses(ADMIN, message, say("button_resume"))
        await world.server.shows(message, "Folha", without="paused")
        assert [feed.paused for feed in world.feeds.known.values()] == [False]
        assert len(world.server.sent) == 1

    async def test_is_read_now_and_says_what_was_new(self, world: World) -> None:
        world.feeds.report = lambda feed: FeedReport(feed, CheckOutcome.NEW, new=3, changed=1)
        world.feeds.hold.clear()
        message = await press(world, await opened(world), say("button_check"), say("feed_reading"))
        assert message.labels == []
        world.feeds.hold.set()
        message = await world.server.shows(message, say("feed_checked", new=3, changed=1))
        assert say("button_pause") in message.labels

    async def test_is_removed_only_after_a_second_press(self, world: World) -> None:
        message = await press(world, await opened(world), say("button_remove"), "Remove Folha? ")
        assert "34" in message.text
        assert world.feeds.done == []
        message = await press(world, message, say("button_remove_all"), "is removed")
        assert "34" in message.text
        assert world.feeds.known == {}
        await press(world, message, say("button_all_feeds"), say("feeds_none_yet"))

    async def test_may_leave_its_articles_behind(self, world: World) -> None:
        message = await press(world, await opened(world), say("button_remove"), "Remove")
        await press(world, message, say("button_remove_keeping"), "stays in the coverage")
        assert world.feeds.done == [f"remove {a_feed().id} keeping"]

    async def test_stays_when_the_person_thinks_better_of_it(self, world: World) -> None:
        message = await press(world, await opened(world), say("button_remove"), "Remove Folha?")
        await press(world, message, say("button_cancel"), "https://folha")
        assert world.feeds.known

    async def test_removed_meanwhile_is_said_to_be_gone(self, world: World) -> None:
        message = await opened(world)
        world.feeds.known.clear()
        await press(world, message, say("button_pause"), say("feed_no_more"))

    async def test_whose_message_was_deleted_is_shown_anew(self, world: World) -> None:
        message = await opened(world)
        world.server.deleted.add(message.message_id)
        world.server.press_data(ADMIN, message, FeedPress(Act.PAUSE, a_feed().id).data)
        assert "paused" in (await world.server.next_message(ADMIN)).text

    async def test_waits_behind_a_round_and_says_so(self, world: World) -> None:
        world.feeds.hold.clear()
        message = await press(world, await opened(world), say("button_pause"), say("feed_waits"))
        world.feeds.hold.set()
        await world.server.shows(message, "paused")

    async def test_pressed_twice_is_changed_once(self, world: World) -> None:
        world.feeds.hold.clear()
        message = await opened(world)
        for _ in range(2):
            world.server.user_presses(ADMIN, message, say("button_check"))
        toasts = [await world.server.next_toast(ADMIN) for _ in range(2)]
        assert toasts == ["", say("one_moment")]
        world.feeds.hold.set()
        await world.server.shows(message, "Just read")
        assert world.feeds.done == [f"check {a_feed().id}"]

    async def test_that_cannot_be_changed_for_a_fault_of_ours_is_said_with_a_code(
        self, world: World
    ) -> None:
        def break_down(_: object) -> FeedReport:
            raise RuntimeError("no")

        world.feeds.report = break_down
        world.server.user_presses(ADMIN, await opened(world), say("button_check"))
        notice = await world.server.next_message(ADMIN)
        assert notice.text.startswith(say("failed", error_id="|").partition("|")[0])


class TestWhoMay:
    async def test_a_member_sees_the_list_and_no_button_that_changes(
        self, world: World, member: int
    ) -> None:
        world.feeds.follow(*some_feeds(20))
        message = await says(world, "/feeds", member)
        assert message.labels == ["«", "1/3", "»"]
        message = await press(world, message, "»", "9. Outlet 9", member)
        assert message.labels == ["«", "2/3", "»"]

    @pytest.mark.parametrize("act", sorted(set(Act) - {Act.LIST, Act.OPEN}))
    async def test_a_member_with_anothers_button_is_refused_kindly(
        self, world: World, member: int, act: Act
    ) -> None:
        world.feeds.follow(a_feed())
        message = await says(world, "/feeds", member)
        world.server.press_data(member, message, FeedPress(act, a_feed().id).data)
        assert await world.server.next_toast(member) == say("feeds_not_yours")
        assert world.feeds.known == {a_feed().id: a_feed()}
        assert world.feeds.done == []
        assert len(world.server.sent) == 1

    async def test_a_member_can_add_neither_feed_nor_page(self, world: World, member: int) -> None:
        message = await says(world, "/feeds add https://folha.example.com", member)
        assert message.text == say("feeds_not_yours")
        assert (await says(world, PAGE, member)).labels == [say("button_ask_about")]
        for data in ("u:f:0", "u:p:0"):
            offer = await says(world, PAGE)
            world.server.press_data(member, replace(offer, chat_id=member), data)
            assert await world.server.next_toast(member) == say("feeds_not_yours")
        assert world.feeds.done == []

    async def test_a_stranger_with_a_button_is_told_once_a_day_and_nothing_happens(
        self, world: World
    ) -> None:
        world.feeds.follow(a_feed())
        message = replace(await says(world, "/feeds"), chat_id=STRANGER)
        for act in Act:
            world.server.press_data(STRANGER, message, FeedPress(act, a_feed().id).data)
        assert await world.server.next_toast(STRANGER) == say("stranger_button")
        await world.settled()
        assert not world.server.toasts[STRANGER]
        assert world.feeds.known
        assert len(world.server.sent) == 1

    async def test_a_button_in_a_group_gets_nothing(self, world: World) -> None:
        group = {"id": -100200, "type": "supergroup", "title": "Desk"}
        message = world.server.message(ADMIN, {"text": "x"}, chat=group)
        person = {"id": ADMIN, "is_bot": False, "first_name": "Ana"}
        query = {"id": "9", "from": person, "chat_instance": "1", "message": message}
        world.server.push({"callback_query": {**query, "data": "f:l::0"}})
        await world.settled()
        assert world.server.sent == []


class TestOldButtons:
    @pytest.mark.parametrize("data", ["f:l", "f:z::0", "f:o:XYZ:0", "u:f:7", "u:q:0", "what", "f:"])
    async def test_nobody_knows_are_answered_kindly(self, world: World, data: str) -> None:
        message = await says(world, PAGE)
        world.server.press_data(ADMIN, message, data)
        assert await world.server.next_toast(ADMIN) == say("button_expired")

    async def test_of_feeds_and_links_work_after_a_restart(self, world: World) -> None:
        world.feeds.follow(a_feed())
        listed, offer = await says(world, "/feeds"), await says(world, PAGE)
        await world.stopped()
        async with live_bot(world.server) as again:
            again.feeds.follow(a_feed())
            await press(again, listed, "1", "https://folha.example.com/feed.xml")
            await press(again, offer, say("button_add_page"), "in the coverage now")
            assert again.feeds.done == [f"page {PAGE}"]


class TestAddingAFeed:
    async def test_by_command_says_what_was_found_and_when_it_is_read(self, world: World) -> None:
        url = "https://folha.example.com/feed.xml"
        world.feeds.sites[SITE] = (found("Folha", url, 25),)
        message = await says(world, f"/feeds add {SITE}")
        message = await world.server.shows(message, "Folha")
        assert message.text == say("feed_added", title="Folha", count=25)
        message = await press(world, message, say("button_open_feed"), url)
        again = await says(world, "/feeds Add folha.example.com")
        await world.server.shows(again, say("feed_known", title="Folha"))
        assert len(world.feeds.known) == 1

    async def test_by_button_takes_the_next_link_as_a_feed(self, world: World) -> None:
        world.feeds.sites[SITE] = (found("Folha", f"{SITE}/rss"),)
        world.server.user_presses(ADMIN, await says(world, "/feeds"), say("button_add_feed"))
        assert (await world.server.next_message(ADMIN)).text == say("feed_send_address")
        await world.server.shows(await says(world, "folha.example.com"), "I follow Folha now")
        offer = await says(world, PAGE)
        assert say("button_add_page") in offer.labels, "asked once, answered once"

    async def test_the_question_for_an_address_is_forgotten_after_a_while(
        self, world: World
    ) -> None:
        assert (await says(world, "/feeds add")).text == say("feed_send_address")
        world.now += timedelta(minutes=11)
        assert say("button_as_feed") in (await says(world, SITE)).labels

    async def test_a_question_in_between_is_answered(self, world: World) -> None:
        await says(world, "/feeds add")
        assert QUOTE in (await says(world, "How much?")).text

    async def test_of_a_site_with_several_lets_the_person_choose(self, world: World) -> None:
        sports = found("Folha.com: Sports & <more>", f"{SITE}/sports", 9)
        world.feeds.sites[SITE] = (found("Folha", f"{SITE}/all"), sports)
        world.feeds.sites[f"{SITE}/sports"] = (sports,)
        message = await says(world, f"/feeds add {SITE}")
        message = await world.server.shows(message, "2. Folha.com: Sports & <more> (9)")
        assert message.labels == ["1", "2"]
        await press(world, message, "2", "I follow Folha.com: Sports & <more> now")
        assert [feed.url for feed in world.feeds.known.values()] == [f"{SITE}/sports"]

    async def test_where_there_is_none_says_so_and_what_to_do(self, world: World) -> None:
        message = await says(world, f"/feeds add {SITE}")
        await world.server.shows(message, say("feed_not_found", address=SITE))
        assert world.feeds.known == {}

    async def test_that_cannot_be_read_says_why(self, world: World) -> None:
        world.feeds.sites[SITE] = NotAFeed("the server answered 404 (not found)")
        message = await says(world, f"/feeds add {SITE}")
        await world.server.shows(message, "404 (not found)")

    @pytest.mark.parametrize("word", ["folha", "ftp://folha.example.com", "http://", "/etc/passwd"])
    async def test_that_is_no_address_is_not_looked_for(self, world: World, word: str) -> None:
        message = await says(world, f"/feeds add {word}")
        assert message.text == say("not_an_address", word=word)


class TestALinkByItself:
    async def test_is_offered_as_a_feed_or_as_a_page(self, world: World) -> None:
        message = await says(world, PAGE)
        assert message.text.splitlines() == [PAGE, say("link_offer")]
        labels = ["button_ask_about", "button_as_feed", "button_add_page"]
        assert message.labels == [say(key) for key in labels]
        assert world.assistant.asked == []

    async def test_added_as_a_page_says_title_and_outlet(self, world: World) -> None:
        world.feeds.articles[PAGE] = TakenPage("Stargate & us", "Folha", Outcome.NEW)
        message = await press(world, await says(world, PAGE), say("button_add_page"), "Stargate")
        assert message.text == say("page_added", title="Stargate & us", outlet="Folha")

    @pytest.mark.parametrize(
        ("outcome", "key"), [(Outcome.UNCHANGED, "page_known"), (Outcome.CHANGED, "page_changed")]
    )
    async def test_known_already_is_said_to_be(
        self, world: World, outcome: Outcome, key: str
    ) -> None:
        world.feeds.articles[PAGE] = TakenPage("Stargate", "Folha", outcome)
        message = await press(world, await says(world, PAGE), say("button_add_page"), "Stargate")
        assert message.text == say(key, title="Stargate", outlet="Folha")

    async def test_that_cannot_be_read_says_why(self, world: World) -> None:
        world.feeds.articles[PAGE] = Rejected(PAGE, "the address is on a private network")
        offer = await says(world, PAGE)
        message = await press(world, offer, say("button_add_page"), "private network")
        assert message.text.startswith(f"I could not read {PAGE}: ")

    async def test_added_as_a_feed_becomes_one(self, world: World) -> None:
        world.feeds.sites[PAGE] = (found("Folha", f"{SITE}/rss"),)
        await press(world, await says(world, PAGE), say("button_as_feed"), "I follow Folha now")

    async def test_with_others_is_offered_each_up_to_three(self, world: World) -> None:
        links = [f"{SITE}/{number}" for number in range(5)]
        first = await says(world, "\n".join(links))
        others = [await world.server.next_message(ADMIN) for _ in range(3)]
        assert [one.text.split("\n")[0] for one in (first, *others[:2])] == links[:3]
        assert others[2].text == say("links_too_many", count=3)

    async def test_with_words_around_it_is_a_question(self, world: World) -> None:
        assert QUOTE in (await says(world, f"What does {PAGE} say?")).text

    async def test_a_question_is_answered_while_a_page_waits_for_a_long_round(
        self, world: World
    ) -> None:
        world.feeds.hold.clear()
        offer = await says(world, PAGE)
        message = await press(world, offer, say("button_add_page"), "Reading the page")
        assert QUOTE in (await says(world, "How much?")).text
        assert world.feeds.done == []
        world.feeds.hold.set()
        await world.server.shows(message, "in the coverage now")

    async def test_no_more_than_five_at_a_time(self, world: World) -> None:
        world.feeds.hold.clear()
        for _ in range(5):
            await press(world, await says(world, PAGE), say("button_add_page"), "Reading")
        world.server.user_presses(ADMIN, await says(world, PAGE), say("button_add_page"))
        assert await world.server.next_toast(ADMIN) == say("too_many_errands")

    async def test_still_waiting_when_the_bot_stops_is_told_to_be_sent_again(
        self, world: World, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(telegram_side, "ERRAND_SECONDS", 0.1)
        world.feeds.hold.clear()
        offer = await says(world, PAGE)
        await press(world, offer, say("button_add_page"), "Reading")
        await world.stopped(within=5)
        await world.server.shows(offer, say("interrupted"))
        assert world.feeds.done == []
