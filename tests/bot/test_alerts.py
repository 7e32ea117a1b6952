"""What chats are told of as it happens: once, when they want to hear of it, and not too often."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
import pytest_asyncio
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Connection, insert, update

from bot import alert_rows, texts
from bot.alert_desk import AlertDesk
from bot.alert_rows import AlertRow
from bot.alerts import (
    A_DAY_AT_MOST,
    AT_ONCE,
    FORGOTTEN_AFTER,
    SUMMARY_HOUR,
    UPDATE_GAP,
    ChatNow,
    WaitingStory,
    decide,
)
from bot.chat_settings import ChatSettings, QuietHours
from bot.conversation_key import ConversationKey
from bot.database import deliveries
from bot.follow_book import MOST_FOLLOWS, FollowBook, FollowView, NotFollowed
from bot.follow_buttons import FollowAct, FollowPress, parse_follow_press
from bot.follow_examples import ExampleFinder
from bot.follows import Follow, Match, Scale
from bot.offload import Offload
from bot.outbox import Logged, Outbox
from bot.outgoing import Delivery, Kind, unpacked
from bot.render_alerts import (
    MOST_GATHERED,
    AlertView,
    alert_screen,
    gathered_screen,
    update_screen,
)
from bot.settings_book import SettingsBook
from retrieval.identity import digest
from retrieval.models import Article
from retrieval.schema import articles as article_rows
from retrieval.schema import stories, story_articles
from retrieval.story_store import StoryStore
from tests.archive import NOW as ARCHIVED
from tests.archive import Archive, an_archive
from tests.builders import a_long_text, an_article
from tests.people import people_database
from tests.stories import wire_text
from tests.telegram_bot import NOTHING_TO_CHOOSE

NOW = ARCHIVED
DESK, OTHER = ConversationKey(7), ConversationKey(-100200, 5)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


def waiting(number: int = 1, **changes: object) -> WaitingStory:
    story = WaitingStory(str(number), (1,), (f"article{number}",), NOW, outlets_new=("Folha",))
    return replace(story, **changes)  # type: ignore[arg-type]


def chat(hour: int = 12, *, is_quiet: bool = False, sent_today: int = 0) -> ChatNow:
    return ChatNow(NOW.replace(hour=hour), is_quiet, sent_today)


class TestDeciding:
    def test_a_new_story_is_told_by_itself(self) -> None:
        assert decide([waiting()], chat()).tell == (waiting(),)

    def test_quiet_hours_hold_it_and_then_all_come_as_one(self) -> None:
        both = [waiting(1), waiting(2)]
        assert decide(both, chat(is_quiet=True)).hold == tuple(both)
        held = [replace(one, is_held=True) for one in both]
        assert decide([*held, waiting(3)], chat()).gather == (*held, waiting(3))

    def test_many_at_once_come_as_one(self) -> None:
        many = [waiting(number) for number in range(AT_ONCE + 1)]
        assert decide(many, chat()).gather == tuple(many)
        assert decide(many[1:], chat()).tell == tuple(many[1:])

    def test_after_a_days_limit_one_summary_comes_in_the_evening(self) -> None:
        full = A_DAY_AT_MOST
        assert decide([waiting()], chat(12, sent_today=full)).hold == (waiting(),)
        assert decide([waiting()], chat(SUMMARY_HOUR, sent_today=full)).gather == (waiting(),)
        assert decide([waiting()], chat(SUMMARY_HOUR, sent_today=full + 1)).hold == (waiting(),)

    def test_a_story_goes_on_at_most_every_few_hours_and_only_where_somebody_new_tells_it(
        self,
    ) -> None:
        now = chat().now
        soon = waiting(told_at=now - UPDATE_GAP / 2)
        later = waiting(told_at=now - UPDATE_GAP)
        same = replace(later, outlets_new=())
        assert decide([soon], chat()).wait == (soon,)
        assert decide([later], chat()).update == (later,)
        assert decide([same], chat()).drop == (same,)

    def test_a_clock_that_went_back_does_not_silence_a_story(self) -> None:
        ahead = waiting(told_at=chat().now + DAY)
        assert decide([ahead], chat()).update == (ahead,)

    def test_what_is_muted_or_was_held_for_too_long_comes_to_nothing(self) -> None:
        muted = waiting(1, is_muted=True)
        old = waiting(2, since=chat().now - FORGOTTEN_AFTER - HOUR, is_held=True)
        assert decide([muted, old], chat()).drop == (muted, old)

    @given(
        st.lists(
            st.builds(
                waiting,
                number=st.integers(0, 10**6),
                is_held=st.booleans(),
                is_muted=st.booleans(),
                since=st.sampled_from((NOW, NOW - DAY, NOW - 5 * DAY)),
                told_at=st.sampled_from((None, NOW - HOUR, NOW - DAY)),
                outlets_new=st.sampled_from(((), ("Folha",))),
            ),
            max_size=12,
            unique_by=lambda one: one.story_id,
        ),
        st.builds(
            chat,
            st.integers(0, 23),
            is_quiet=st.booleans(),
            sent_today=st.integers(0, A_DAY_AT_MOST + 2),
        ),
    )
    def test_every_story_has_one_fate_and_the_days_messages_a_limit(
        self, stories: list[WaitingStory], at: ChatNow
    ) -> None:
        done = decide(stories, at)
        fates = (done.tell, done.update, done.gather, done.hold, done.wait, done.drop)
        assert sorted(one.story_id for fate in fates for one in fate) == sorted(
            one.story_id for one in stories
        )
        messages = len(done.tell) + len(done.update) + bool(done.gather)
        assert at.sent_today + messages <= max(at.sent_today, A_DAY_AT_MOST + 1)
        if at.is_quiet:
            assert messages == 0


@dataclass
class Office:
    """An archive, what chats follow of it, and what they were sent."""

    archive: Archive
    follows: FollowBook
    desk: AlertDesk
    outbox: Outbox
    settings: SettingsBook
    now: datetime = NOW
    served: set[ConversationKey] = field(default_factory=lambda: {DESK, OTHER})

    def arrives(self, *articles: Article, story: str = "", by_feed: bool = False) -> None:
        """Taken by the archive at its own clock, which is `NOW`, into the story of that name or
        else one each."""
        ingest = self.archive.ingest
        ingest.add(articles, by_feed=by_feed)
        ingest.tell_stories(100)
        at = int(NOW.timestamp())
        with self.archive.store.engine.begin() as connection:
            for article in articles:
                own = digest("story", story or article.url)
                is_it = story_articles.c.article_id == article.id
                connection.execute(update(story_articles).where(is_it).values(story_id=own))
                values = {"id": own, "first_seen": at, "last_seen": at, "articles": 1}
                connection.execute(insert(stories).prefix_with("OR IGNORE").values(values))

    def ticks(self, later: timedelta = timedelta(0)) -> list[Logged]:
        """What has become due meanwhile."""
        before = len(self.outbox.log())
        self.now += later
        self.desk.tick(self.now, self.served.__contains__)
        return list(self.outbox.log()[before:])

    async def follow(self, words: str, where: ConversationKey = DESK) -> int:
        added = await self.follows.add(where, words, 7, "en")
        assert isinstance(added, FollowView)
        return added.follow.id

    def sent(self) -> list[Delivery]:
        with self.outbox.engine.connect() as connection:
            rows = connection.execute(deliveries.select().order_by(deliveries.c.id)).all()
        return [one for row in rows if (one := unpacked(row.delivery))]


@contextmanager
def an_office(folder: Path) -> Iterator[Office]:
    engine, offload = people_database(), Offload()
    office: Office

    def clock() -> datetime:
        return office.now

    with an_archive(folder) as archive:
        settings = SettingsBook(engine, offload, clock, NOTHING_TO_CHOOSE)
        finder = ExampleFinder(
            archive.store.engine,
            archive.vectors,
            archive.keywords,
            archive.embedder,
            lambda where: settings.of(where).hidden_sources,
        )
        follows = FollowBook(engine, offload, clock, archive.embedder, finder)
        outbox = Outbox(engine, offload, clock)
        desk = AlertDesk(
            archive.store.engine,
            follows,
            StoryStore(archive.store.engine),
            outbox,
            settings,
            archive.embedder,
        )
        office = Office(archive, follows, desk, outbox, settings)
        try:
            yield office
        finally:
            offload.close()
            engine.dispose()


@pytest_asyncio.fixture
async def office(tmp_path: Path) -> AsyncIterator[Office]:
    with an_office(tmp_path) as one:
        yield one


FACT = "The harbour of Porto Cedro cost 412 million euros and opened on Monday."


def news(
    number: int = 1,
    title: str = "Porto Cedro opens its harbour",
    text: str = FACT,
    source: str = "Folha",
    at: datetime | None = NOW,
) -> Article:
    return an_article(
        f"{text} {a_long_text(1, first=number)}",
        url=f"https://news{number}-example.com/a",
        title=title,
        source=source,
        published_at=at,
    )


def unrelated(numbers: Iterable[int], at: datetime | None = NOW) -> list[Article]:
    """Stories of their own, each of Porto Cedro."""
    return [
        an_article(
            f"In Porto Cedro something happened. {wire_text(number)}",
            url=f"https://other{number}-example.com/a",
            title=wire_text(number)[:60],
            published_at=at,
        )
        for number in numbers
    ]


AGAIN = f"{FACT} Late in the evening a third ship came in."


class TestTheDesk:
    async def test_tells_of_a_story_once_to_each_chat_that_follows_it(self, office: Office) -> None:
        await office.follow("Porto Cedro")
        await office.follow("harbour")
        await office.follow("Porto Cedro", OTHER)
        await office.follow("Stargate")
        office.arrives(news())
        assert {one.where for one in office.ticks()} == {DESK, OTHER}
        assert office.ticks() == []
        (desk, _) = office.sent()
        assert desk.kind is Kind.ALERT
        assert desk.told[0].headline == "Porto Cedro opens its harbour"
        assert "by words" in desk.told[0].why

    async def test_tells_nothing_of_what_is_old_or_was_there_before(self, office: Office) -> None:
        office.arrives(news(1))
        office.now += HOUR
        await office.follow("Porto Cedro")
        office.arrives(news(2, at=NOW - 3 * DAY, source="Público"))
        assert office.ticks() == []

    async def test_of_undated_articles_tells_only_what_came_by_itself(self, office: Office) -> None:
        await office.follow("Porto Cedro")
        office.arrives(news(1, at=None))
        assert office.ticks() == []
        office.arrives(*unrelated((1,), at=None), by_feed=True)
        assert len(office.ticks()) == 1

    async def test_looks_at_what_came_while_it_was_away_but_not_at_yesterdays(
        self, office: Office
    ) -> None:
        await office.follow("Porto Cedro")
        office.arrives(news())
        assert office.ticks(later=DAY + HOUR) == []
        office.now = NOW
        assert len(office.ticks(later=20 * HOUR)) == 1

    async def test_a_crash_before_it_was_stored_loses_nothing_and_repeats_nothing(
        self, office: Office, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        await office.follow("Porto Cedro")
        office.arrives(news())

        def dies(*_: object) -> bool:
            raise KeyboardInterrupt("the machine stopped")

        with monkeypatch.context() as broken:
            broken.setattr(office.outbox, "put", dies)
            with pytest.raises(KeyboardInterrupt, match="stopped"):
                office.ticks()
        assert office.sent() == []
        assert len(office.ticks()) == 1
        assert office.ticks() == []

    async def test_a_story_that_goes_on_is_an_update_hours_later(self, office: Office) -> None:
        await office.follow("Porto Cedro")
        office.arrives(news(1), story="harbour")
        assert len(office.ticks()) == 1
        office.arrives(news(2, text=AGAIN, source="El País"), story="harbour")
        assert office.ticks(later=HOUR) == []
        (update_,) = office.ticks(later=UPDATE_GAP)
        assert update_.kind is Kind.ALERT
        html = office.sent()[-1].screen.parts[0].plain
        assert "now also in El País" in html
        assert office.ticks(later=UPDATE_GAP) == []

    async def test_a_story_that_comes_back_after_it_was_forgotten_is_told_anew(
        self, office: Office
    ) -> None:
        await office.follow("Porto Cedro")
        office.arrives(news(1), story="harbour")
        assert len(office.ticks()) == 1
        with office.outbox.engine.begin() as connection:
            alert_rows.prune(connection, NOW + 41 * DAY, NOW)
        office.arrives(news(2, text=AGAIN, source="El País"), story="harbour")
        assert len(office.ticks(later=HOUR)) == 1

    async def test_quiet_hours_hold_and_then_tell_as_one(self, office: Office) -> None:
        await office.follow("Porto Cedro")
        quiet = QuietHours(8 * 60, 18 * 60)
        await office.settings.choose(DESK, ChatSettings(timezone="UTC", quiet=quiet))
        office.arrives(*unrelated((1, 2)))
        assert office.ticks() == []
        (held,) = office.ticks(later=10 * HOUR)
        assert held.kind is Kind.HELD_ALERTS
        assert len(held.told) == 2

    async def test_what_is_muted_is_told_no_more(self, office: Office) -> None:
        await office.follow("Porto Cedro")
        office.arrives(news(1), story="harbour")
        (alert,) = office.ticks()
        await office.follows.mute(DESK, alert.told[0].story_id)
        office.arrives(news(2, text=AGAIN, source="El País"), story="harbour")
        assert office.ticks(later=2 * UPDATE_GAP) == []

    async def test_a_story_that_became_another_that_was_told_is_not_told_anew(
        self, office: Office
    ) -> None:
        await office.follow("Porto Cedro")
        office.arrives(news(1), story="harbour")
        office.arrives(*unrelated((7,)), story="port")
        assert len(office.ticks()) == 2
        became = update(stories).where(stories.c.id == digest("story", "port"))
        with office.archive.store.engine.begin() as connection:
            connection.execute(became.values(merged_into=digest("story", "harbour")))
        office.arrives(news(2, text=AGAIN, source="El País"), story="harbour")
        assert office.ticks(later=HOUR) == []
        assert len(office.ticks(later=UPDATE_GAP)) == 1
        assert "now also in El País" in office.sent()[-1].screen.parts[0].plain

    async def test_hidden_outlets_and_chats_that_are_let_in_no_more_are_left_out(
        self, office: Office
    ) -> None:
        await office.follow("Porto Cedro")
        await office.follow("Porto Cedro", OTHER)
        await office.settings.choose(DESK, ChatSettings(hidden_sources=("Folha",)))
        office.served.remove(OTHER)
        office.arrives(news(1))
        assert office.ticks() == []

    async def test_an_outlet_hidden_while_its_story_was_held_is_not_named(
        self, office: Office
    ) -> None:
        await office.follow("Porto Cedro")
        quiet = QuietHours(8 * 60, 18 * 60)
        await office.settings.choose(DESK, ChatSettings(timezone="UTC", quiet=quiet))
        office.arrives(news(1), news(2, text=AGAIN, source="Público"), story="harbour")
        office.arrives(*unrelated((1,)))
        assert office.ticks() == []
        hidden = ("FOLHA", unrelated((1,))[0].source)
        await office.settings.choose(DESK, ChatSettings(timezone="UTC", hidden_sources=hidden))
        (told,) = office.ticks(later=HOUR)
        assert [one.headline for one in told.told] == [news(2).title]
        shown = office.sent()[-1].screen.parts[0].plain
        assert "Público" in shown
        assert "Folha" not in shown

    async def test_hundreds_that_were_held_come_as_one_short_message(self, office: Office) -> None:
        await office.follow("Porto Cedro")
        quiet = QuietHours(8 * 60, 18 * 60)
        await office.settings.choose(DESK, ChatSettings(timezone="UTC", quiet=quiet))
        office.arrives(*unrelated(range(100, 130)))
        assert office.ticks() == []
        (told,) = office.ticks(later=10 * HOUR)
        assert len(told.told) == MOST_GATHERED
        shown = office.sent()[-1].screen.parts[0].plain
        assert texts.say("en", "alerts_gathered", count=30) in shown
        assert texts.say("en", "alerts_and_more", count=20) in shown
        assert office.ticks(later=HOUR) == []

    async def test_a_chat_that_cannot_be_alerted_keeps_no_other_waiting(
        self, office: Office, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        await office.follow("Porto Cedro")
        await office.follow("Porto Cedro", OTHER)
        office.arrives(news())
        rows_of = alert_rows.rows_of

        def broken_for_one(connection: Connection, where: ConversationKey) -> list[AlertRow]:
            if where == min(DESK, OTHER):
                raise ValueError("a row that nobody can read")
            return rows_of(connection, where)

        with monkeypatch.context() as broken:
            broken.setattr(alert_rows, "rows_of", broken_for_one)
            assert [one.where for one in office.ticks()] == [max(DESK, OTHER)]
        assert [one.where for one in office.ticks()] == [min(DESK, OTHER)]

    async def test_a_follow_with_the_number_of_one_that_is_gone_hears_of_the_same_story(
        self, office: Office
    ) -> None:
        gone = await office.follow("Porto Cedro")
        office.arrives(news(1), story="harbour")
        assert len(office.ticks()) == 1
        await office.follows.remove(DESK, gone)
        assert await office.follow("Porto Cedro", OTHER) == gone
        office.arrives(news(2, text=AGAIN, source="El País"), story="harbour")
        assert [one.where for one in office.ticks()] == [OTHER]

    async def test_a_follow_made_while_a_tick_reads_the_others_is_not_overlooked_later(
        self, office: Office
    ) -> None:
        await office.follow("Stargate")
        office.desk.tick(office.now, office.served.__contains__)
        read = office.follows.numbered

        def before_it_was_stored() -> Mapping[int, Follow]:
            found = read()
            asyncio.run(_followed(office))
            return found

        office.follows.forget_index()
        office.follows.numbered = before_it_was_stored  # type: ignore[method-assign]
        scale = Scale(0.0, 1.0)
        await asyncio.to_thread(office.follows.index, scale)
        office.follows.numbered = read  # type: ignore[method-assign]
        _, follows = office.follows.index(scale)
        assert [one.words for one in follows.values()] == ["Stargate", "Porto Cedro"]

    async def test_a_full_day_ends_in_a_summary(self, office: Office) -> None:
        await office.follow("Porto Cedro")
        for number in range(A_DAY_AT_MOST + 3):
            office.arrives(*unrelated((number + 20,)))
            office.ticks(later=timedelta(minutes=1))
        sent = office.outbox.log()
        assert len(sent) == A_DAY_AT_MOST
        (summary,) = office.ticks(later=datetime(2025, 6, 1, 20, 30, tzinfo=UTC) - office.now)
        assert summary.kind is Kind.HELD_ALERTS
        assert len(summary.told) == 3

    async def test_what_is_followed_no_more_is_told_no_more(self, office: Office) -> None:
        number = await office.follow("Porto Cedro")
        assert await office.follows.remove(DESK, number) is not None
        office.arrives(news())
        assert office.ticks() == []

    async def test_a_text_that_was_corrected_is_no_news(self, office: Office) -> None:
        await office.follow("Porto Cedro")
        office.arrives(news())
        assert len(office.ticks()) == 1
        with office.archive.store.engine.begin() as connection:
            connection.execute(update(article_rows).values(title="Corrected"))
        office.arrives(news(1, title="Porto Cedro opens its harbour, corrected"))
        assert office.ticks(later=2 * UPDATE_GAP) == []


async def _followed(office: Office) -> None:
    await office.follow("Porto Cedro")


class TestFollowing:
    async def test_shows_what_it_would_have_told_last_week(self, office: Office) -> None:
        office.arrives(
            news(1, at=NOW - 2 * DAY), news(2, "Porto Cedro, long ago", at=NOW - 20 * DAY)
        )
        added = await office.follows.add(DESK, "Porto Cedro", 7, "en")
        assert isinstance(added, FollowView)
        assert added.is_new
        assert [one.title for one in added.examples.stories] == ["Porto Cedro opens its harbour"]

    async def test_shows_nothing_of_an_outlet_that_the_chat_has_hidden(
        self, office: Office
    ) -> None:
        both = [news(1, at=NOW - DAY), news(2, "In Porto Cedro", AGAIN, "El País", NOW - DAY)]
        office.arrives(*both, story="harbour")
        await office.settings.choose(DESK, ChatSettings(hidden_sources=("Folha",)))
        shown = [await office.follows.add(where, "Porto Cedro", 7, "en") for where in (DESK, OTHER)]
        sources = [
            {one.source for one in view.examples.stories}
            for view in shown
            if isinstance(view, FollowView)
        ]
        assert sources[0] == {"El País"}
        assert len(sources) == 2

    async def test_the_same_words_again_are_the_same_follow(self, office: Office) -> None:
        first = await office.follow("Porto Cedro")
        again = await office.follows.add(DESK, " porto  CEDRO ", 7, "en")
        assert isinstance(again, FollowView)
        assert (again.follow.id, again.is_new) == (first, False)
        assert await office.follow("Porto Cedro", OTHER) != first

    async def test_is_refused_for_words_that_say_nothing_and_beyond_a_number(
        self, office: Office
    ) -> None:
        assert await office.follows.add(DESK, "the", 7, "en") is NotFollowed.TOO_VAGUE
        assert await office.follows.add(DESK, "x" * 500, 7, "en") is NotFollowed.TOO_LONG
        for number in range(MOST_FOLLOWS):
            await office.follow(f"Number{number}")
        assert await office.follows.add(DESK, "One more", 7, "en") is NotFollowed.TOO_MANY

    async def test_stricter_and_looser_change_what_is_shown(self, office: Office) -> None:
        text = f"{'word ' * 90} At last Porto Cedro is named."
        office.arrives(news(1, at=NOW - DAY), news(2, "Elsewhere", text, at=NOW - DAY))
        number = await office.follow("Porto Cedro")

        def shown(view: FollowView | None) -> int:
            assert view is not None
            return len(view.examples.at(view.follow.threshold))

        assert shown(await office.follows.view(DESK, number)) == 2
        assert shown(await office.follows.move(DESK, number, stricter=True)) == 1
        assert shown(await office.follows.move(DESK, number, stricter=False)) == 2

    async def test_buttons_of_another_place_reach_nothing(self, office: Office) -> None:
        number = await office.follow("Porto Cedro")
        assert await office.follows.view(OTHER, number) is None
        assert await office.follows.move(OTHER, number, stricter=True) is None
        assert await office.follows.remove(OTHER, number) is None


class TestButtons:
    @given(st.sampled_from(sorted(set(FollowAct) - {FollowAct.MUTE})), st.integers(0, 10**12 - 1))
    def test_say_what_they_do(self, act: FollowAct, number: int) -> None:
        press = FollowPress(act, number)
        assert parse_follow_press(press.data) == press
        assert len(press.data) <= 64

    def test_mute_by_the_storys_id(self) -> None:
        press = FollowPress(FollowAct.MUTE, story_id="0a" * 12)
        assert parse_follow_press(press.data) == press

    @given(st.text(max_size=80))
    def test_of_others_are_none(self, data: str) -> None:
        parsed = parse_follow_press(data)
        assert parsed is None or parsed.data == data or data[4:].startswith("0")


@given(
    title=st.text(max_size=600),
    words=st.text(max_size=300),
    sentence=st.text(max_size=900),
    url=st.text(max_size=300) | st.just("https://example.com/a?b=1&c=2"),
    outlets=st.lists(st.text(max_size=60), max_size=12),
    language=st.sampled_from(("en", "pt", "es")),
)
def test_any_alert_is_one_message(
    title: str, words: str, sentence: str, url: str, outlets: list[str], language: str
) -> None:
    view = AlertView(
        story_id="0a" * 12,
        follow_id=1,
        words=words,
        article_id="0b" * 12,
        title=title,
        url=url,
        source="Folha",
        published_at=NOW,
        sentence=sentence,
        outlets=tuple(outlets),
        match=Match(1, 0.9, (words,), (words,), is_by_meaning=True),
    )
    now = NOW.astimezone(ZoneInfo("Asia/Kathmandu"))
    for screen in (
        alert_screen(view, language, now),
        update_screen(view, outlets, language, now),
        gathered_screen([view] * 14, language, now),
    ):
        assert len(screen.parts) == 1
        assert all(len(one.data) <= 64 for row in screen.buttons for one in row)
