"""Once a week, admins hear how many answers were marked as not right: when, what, and once."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Engine

from bot import schedule, texts
from bot.answer_book import StoredAnswers
from bot.conversation_key import ConversationKey
from bot.feedback_desk import FeedbackDesk
from bot.offload import Offload
from bot.shown_answers import Reason, ShownAnswer
from bot.weekly_feedback import GIVEN_UP_AFTER, LONGEST, Week, WeekOfFeedback, due, last_monday
from tests.people import people_database
from tests.telegram_bot import ADMIN, ANSWER, OTHER_ADMIN, World, live_bot
from tests.telegram_server import TelegramServer

ZONE = ZoneInfo("America/Sao_Paulo")
MONDAY = datetime(2025, 3, 3, 9, tzinfo=ZONE)
WEEK, HOUR = timedelta(weeks=1), timedelta(hours=1)


class TestTheMoment:
    def test_is_monday_at_nine_where_the_team_is(self) -> None:
        assert last_monday(MONDAY, ZONE) == MONDAY
        assert last_monday(MONDAY - HOUR, ZONE) == MONDAY - WEEK
        assert last_monday(MONDAY.astimezone(UTC) + 6 * HOUR, ZONE) == MONDAY

    @given(
        st.integers(946_684_800, 3_786_912_000).map(lambda at: datetime.fromtimestamp(at, UTC)),
        st.sampled_from(["America/Sao_Paulo", "Europe/Lisbon", "Asia/Kathmandu", "UTC"]),
    )
    def test_comes_once_a_week_in_summer_and_winter(self, now: datetime, zone: str) -> None:
        monday = last_monday(now, ZoneInfo(zone))
        assert (monday.weekday(), monday.hour, monday.minute) == (0, 9, 0)
        assert timedelta(0) <= now - monday.astimezone(UTC) < WEEK + 2 * HOUR

    def test_is_not_there_before_it_or_twice(self) -> None:
        assert due(MONDAY - HOUR, MONDAY - WEEK, ZONE) is None
        assert due(MONDAY, MONDAY - WEEK, ZONE) == Week(MONDAY - WEEK, MONDAY)
        assert due(MONDAY + HOUR, MONDAY, ZONE) is None

    def test_missed_is_made_up_for_once(self) -> None:
        assert due(MONDAY + 50 * HOUR, MONDAY - WEEK, ZONE) == Week(MONDAY - WEEK, MONDAY)

    def test_begins_with_nothing_to_tell(self) -> None:
        assert due(MONDAY + HOUR, None, ZONE) == Week(MONDAY, MONDAY)

    def test_after_a_long_absence_tells_of_the_last_weeks(self) -> None:
        assert due(MONDAY, MONDAY - 50 * WEEK, ZONE) == Week(MONDAY - LONGEST, MONDAY)


@pytest.mark.parametrize("language", texts.LANGUAGES)
def test_the_words_count_and_give_the_reasons_most_frequent_first(language: str) -> None:
    counts = {Reason.OLD: 3, Reason.FIGURE: 5, Reason.MISSING: 0}
    said = WeekOfFeedback(Week(MONDAY - WEEK, MONDAY), counts).text(language).splitlines()
    assert said[0].endswith(": 8")
    assert "2025" in said[0]
    figure, old = (texts.say(language, f"reason_{one}") for one in ("figure", "old"))
    assert said[1] == f"{figure}: 5 · {old}: 3"
    assert said[2].endswith("pauta eval --from-feedback")


@dataclass
class Newsroom:
    now: datetime = MONDAY - 3 * HOUR
    engine: Engine = field(default_factory=people_database)
    offload: Offload = field(default_factory=Offload)

    @property
    def desk(self) -> FeedbackDesk:
        """As after a restart."""
        return FeedbackDesk(self.engine, ZONE)

    async def complain(self, reason: Reason, person: int = ADMIN) -> None:
        shown = ShownAnswer(ConversationKey(ADMIN), (10,), 9, ADMIN, "How much?", ANSWER, self.now)
        await StoredAnswers(self.engine, self.offload, lambda: self.now).complain(
            shown, person, reason
        )


@pytest.fixture
def newsroom() -> Iterator[Newsroom]:
    made = Newsroom()
    assert made.desk.due(made.now) is None  # it begins
    yield made
    made.offload.close()
    made.engine.dispose()


class TestTheDesk:
    async def test_counts_what_was_said_in_the_week_and_tells_it_once(
        self, newsroom: Newsroom
    ) -> None:
        await newsroom.complain(Reason.OLD, ADMIN)
        await newsroom.complain(Reason.OLD, OTHER_ADMIN)
        assert newsroom.desk.due(MONDAY - HOUR) is None
        found = newsroom.desk.due(MONDAY)
        assert found is not None
        assert found.counts == {Reason.OLD: 2}
        newsroom.desk.told(found)
        assert newsroom.desk.due(MONDAY + HOUR) is None
        assert newsroom.desk.due(MONDAY + WEEK) is None

    async def test_leaves_what_comes_after_nine_to_the_next_week(self, newsroom: Newsroom) -> None:
        newsroom.now = MONDAY
        await newsroom.complain(Reason.FIGURE)
        assert newsroom.desk.due(MONDAY + HOUR) is None
        found = newsroom.desk.due(MONDAY + WEEK)
        assert found is not None
        assert found.counts == {Reason.FIGURE: 1}

    async def test_is_silent_where_nobody_complained(self, newsroom: Newsroom) -> None:
        assert all(newsroom.desk.due(MONDAY + weeks * WEEK) is None for weeks in range(4))


@asynccontextmanager
async def ticking(newsroom: Newsroom, server: TelegramServer) -> AsyncIterator[World]:
    async with live_bot(server, newsroom.engine) as world:
        schedule.tell_of_feedback(
            world.application, newsroom.desk, newsroom.offload, lambda: newsroom.now
        )
        yield world


class TestOverHttp:
    @pytest.fixture(autouse=True)
    def _quick(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(schedule, "FEEDBACK_TICK", timedelta(seconds=0.1))

    async def test_each_admin_hears_it_once_also_after_a_restart(self, newsroom: Newsroom) -> None:
        await newsroom.complain(Reason.FIGURE)
        newsroom.now = MONDAY
        async with TelegramServer() as server:
            server._chats.update({ADMIN, OTHER_ADMIN})
            async with ticking(newsroom, server):
                for admin in (ADMIN, OTHER_ADMIN):
                    assert "Wrong figure: 1" in (await server.next_message(admin)).text
            async with ticking(newsroom, server):
                await asyncio.sleep(0.5)
            assert len(server.sent) == 2

    async def test_what_reached_nobody_is_tried_again_for_a_day(self, newsroom: Newsroom) -> None:
        await newsroom.complain(Reason.FIGURE)
        newsroom.now = MONDAY
        async with TelegramServer() as server, ticking(newsroom, server):
            await server.called("sendMessage", times=3)
            newsroom.now = MONDAY + GIVEN_UP_AFTER + HOUR
            async with asyncio.timeout(5):
                while newsroom.desk.due(newsroom.now) is not None:  # noqa: ASYNC110
                    await asyncio.sleep(0.02)
            assert server.sent == []
