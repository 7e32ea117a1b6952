"""What chats asked for, kept: changed by people and by the tick at once, and after a restart."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Connection, insert, select, update

from bot.chat_settings import ChatSettings
from bot.conversation_key import ConversationKey
from bot.database import kept_values, subscriptions
from bot.offload import Offload
from bot.people import People
from bot.settings_book import Choosable, SettingsBook
from bot.subscription_book import SubscriptionBook, Waiting
from bot.subscriptions import EVERY_DAY, LONGEST_NAME, MOST_SUBSCRIPTIONS, Dropped, Wishes
from tests.people import ENGINES, people_database, people_database_of

CHAT, TOPIC, OTHER = ConversationKey(5), ConversationKey(5, 9), ConversationKey(6)
PERSON = 77
MONDAY = datetime(2026, 11, 23, 6, tzinfo=UTC)
DUE = MONDAY.replace(hour=7, minute=30)
DAILY = Wishes(days=EVERY_DAY)


@dataclass
class Shelf:
    """The database, and as many books on it as there are processes."""

    engine: Any = field(default_factory=people_database)
    offload: Offload = field(default_factory=Offload)
    now: datetime = MONDAY
    zone: str = "UTC"

    def __post_init__(self) -> None:
        self.chats = SettingsBook(
            self.engine, self.offload, self.clock, Choosable(list, list), self.zone
        )

    def clock(self) -> datetime:
        return self.now

    @property
    def book(self) -> SubscriptionBook:
        """Of one more process, or of one after a restart."""
        return SubscriptionBook(self.engine, self.offload, self.clock, self.chats.zone)

    def due(self, at: datetime | None = None) -> tuple[Waiting, ...]:
        return self.book.due_now(at or self.now, 100)


@pytest.fixture(params=ENGINES)
def shelf(request: pytest.FixtureRequest) -> Iterator[Shelf]:
    made = Shelf(people_database_of(request.param))
    yield made
    made.offload.close()
    made.engine.dispose()


def kept(name: str) -> Any:
    """Something to be stored together with an advance."""

    def store(connection: Connection) -> None:
        connection.execute(insert(kept_values).values(name=name, value=""))

    return store


def what_is_kept(shelf: Shelf) -> list[str]:
    with shelf.engine.connect() as connection:
        return list(connection.scalars(select(kept_values.c.name)))


class TestAChat:
    async def test_has_several_digests_each_with_its_name(self, shelf: Shelf) -> None:
        general = await shelf.book.add(CHAT, " Morning ", DAILY, PERSON)
        friday = await shelf.book.add(CHAT, "Regulation", Wishes(days=frozenset({4})), PERSON)
        assert general is not None
        assert friday is not None
        assert await shelf.book.of(CHAT) == (general, friday)
        assert (general.name, general.created_by, general.next_due_at) == ("Morning", PERSON, DUE)

    async def test_has_no_more_than_anybody_reads(self, shelf: Shelf) -> None:
        for _ in range(MOST_SUBSCRIPTIONS):
            assert await shelf.book.add(CHAT, "x" * 1_000, DAILY, PERSON)
        assert await shelf.book.add(CHAT, "one more", DAILY, PERSON) is None
        names = [one.name for one in await shelf.book.of(CHAT)]
        assert names == ["x" * LONGEST_NAME] * MOST_SUBSCRIPTIONS
        assert await shelf.book.add(OTHER, "elsewhere", DAILY, PERSON)

    async def test_cannot_touch_those_of_another(self, shelf: Shelf) -> None:
        one = await shelf.book.add(CHAT, "", DAILY, PERSON)
        assert one is not None
        book = shelf.book
        for stranger in (OTHER, TOPIC):
            assert await book.get(stranger, one.id) is None
            assert await book.change(stranger, one.id, Wishes()) is None
            assert await book.rename(stranger, one.id, "mine") is None
            assert await book.pause(stranger, one.id) is None
            assert await book.resume(stranger, one.id) is None
            assert not await book.remove(stranger, one.id)
        assert await book.get(CHAT, one.id) == one

    async def test_changes_its_mind(self, shelf: Shelf) -> None:
        one = await shelf.book.add(CHAT, "", DAILY, PERSON)
        assert one is not None
        later = await shelf.book.change(CHAT, one.id, replace(DAILY, at=9 * 60))
        named = await shelf.book.rename(CHAT, one.id, "Energy")
        assert later is not None
        assert named is not None
        assert later.next_due_at == DUE.replace(hour=9, minute=0)
        assert named == replace(later, name="Energy", version=later.version + 1)
        assert await shelf.book.get(CHAT, one.id) == named

    async def test_pauses_and_goes_on_from_the_next_time_on(self, shelf: Shelf) -> None:
        one = await shelf.book.add(CHAT, "", DAILY, PERSON)
        assert one is not None
        await shelf.book.pause(CHAT, one.id)
        await shelf.book.change(CHAT, one.id, replace(DAILY, at=8 * 60))
        shelf.now += timedelta(days=3)
        assert shelf.due(DUE + timedelta(days=3)) == ()
        again = await shelf.book.resume(CHAT, one.id)
        assert again is not None
        assert again.next_due_at == DUE.replace(hour=8, minute=0) + timedelta(days=3)

    async def test_has_no_more_of_what_it_removed(self, shelf: Shelf) -> None:
        one = await shelf.book.add(CHAT, "", DAILY, PERSON)
        assert one is not None
        assert await shelf.book.remove(CHAT, one.id)
        assert not await shelf.book.remove(CHAT, one.id)
        assert await shelf.book.of(CHAT) == ()
        assert shelf.due(DUE) == ()

    async def test_takes_its_digests_along_when_it_becomes_a_supergroup(self, shelf: Shelf) -> None:
        old, new = ConversationKey(-5), ConversationKey(-1005)
        for where in (old, replace(old, thread_id=3)):
            await shelf.book.add(where, "", DAILY, PERSON)
        people = People(shelf.engine, shelf.offload, shelf.clock)
        await people.move_chat(old.chat_id, new.chat_id)
        assert await shelf.book.of(old) == ()
        (waiting, in_topic) = shelf.due(DUE)
        assert waiting.subscription.where == new
        assert in_topic.subscription.where == replace(new, thread_id=3)


class TestWhatIsDue:
    async def test_comes_the_longest_overdue_first_and_in_batches(self, shelf: Shelf) -> None:
        for minute in (449, 389, 419, 419, 1400):
            await shelf.book.add(CHAT, "", replace(DAILY, at=minute), PERSON)
        now, found, after = DUE, [], (-1, -1)
        while batch := shelf.book.due_now(now, 1, after):
            found += [one.subscription.id for one in batch]
            after = batch[-1].cursor
        assert found == [2, 3, 4, 1]

    async def test_is_stored_and_moved_on_from_together(self, shelf: Shelf) -> None:
        await shelf.book.add(CHAT, "", DAILY, PERSON)
        (waiting,) = shelf.due(DUE)
        assert shelf.book.advance(waiting, kept("digest"))
        assert what_is_kept(shelf) == ["digest"]
        assert shelf.due(DUE) == ()
        (one,) = await shelf.book.of(CHAT)
        assert (one.next_due_at, one.told_until) == (DUE + timedelta(days=1), DUE)

    async def test_stays_due_when_storing_breaks(self, shelf: Shelf) -> None:
        await shelf.book.add(CHAT, "", DAILY, PERSON)
        (waiting,) = shelf.due(DUE)

        def broken(connection: Connection) -> None:
            kept("half")(connection)
            raise OSError("disk full")

        with pytest.raises(OSError, match="disk full"):
            shelf.book.advance(waiting, broken)
        assert what_is_kept(shelf) == []
        assert shelf.due(DUE) == (waiting,)

    async def test_is_stored_by_one_of_two_processes(self, shelf: Shelf) -> None:
        await shelf.book.add(CHAT, "", DAILY, PERSON)
        (mine,), (theirs,) = shelf.due(DUE), shelf.due(DUE)
        assert shelf.book.advance(theirs, kept("theirs"))
        assert not shelf.book.advance(mine, kept("mine"))
        assert what_is_kept(shelf) == ["theirs"]

    @pytest.mark.parametrize("meanwhile", ["change", "pause", "remove"])
    async def test_is_not_stored_as_it_was_wished_before(
        self, shelf: Shelf, meanwhile: str
    ) -> None:
        one = await shelf.book.add(CHAT, "", DAILY, PERSON)
        assert one is not None
        shelf.now = DUE
        (waiting,) = shelf.due()
        arguments = [replace(DAILY, topics=("energy",))] if meanwhile == "change" else []
        await getattr(shelf.book, meanwhile)(CHAT, one.id, *arguments)
        assert not shelf.book.advance(waiting, kept("old"))
        assert what_is_kept(shelf) == []
        assert [each.subscription.topics for each in shelf.due()] == (
            [("energy",)] if meanwhile == "change" else []
        )

    async def test_that_cannot_be_read_is_paused_and_keeps_no_other_waiting(
        self, shelf: Shelf
    ) -> None:
        for name in ("broken", "whole"):
            await shelf.book.add(CHAT, name, DAILY, PERSON)
        broken = subscriptions.c.name == "broken"
        with shelf.engine.begin() as connection:
            connection.execute(update(subscriptions).where(broken).values(wishes='{"new": 1}'))
        assert [one.subscription.name for one in shelf.due(DUE)] == ["whole"]
        with shelf.engine.connect() as connection:
            assert connection.scalar(select(subscriptions.c.active).where(broken)) is False

    async def test_is_dropped_only_once(self, shelf: Shelf) -> None:
        await shelf.book.add(CHAT, "", replace(DAILY, late_hours=0), PERSON)
        late = DUE + timedelta(hours=1)
        (waiting,) = shelf.due(late)
        assert isinstance(waiting.what, Dropped)
        assert shelf.book.advance(waiting)
        assert shelf.due(late) == ()


class TestAZone:
    async def test_that_a_chat_chooses_moves_its_digests_and_its_topics(self, shelf: Shelf) -> None:
        book = shelf.book
        shelf.chats.when_chosen(book.follow_zone)
        for where in (CHAT, TOPIC, OTHER):
            await book.add(where, "", DAILY, PERSON)
        own = await book.add(CHAT, "", replace(DAILY, timezone="UTC"), PERSON)
        assert own is not None
        await shelf.chats.choose(CHAT, ChatSettings(timezone="America/Recife"))
        moved, in_chat = DUE + timedelta(hours=3), await book.of(CHAT)
        assert [one.next_due_at for one in in_chat] == [moved, DUE]
        assert [one.next_due_at for one in await book.of(TOPIC)] == [moved]
        assert [one.next_due_at for one in await book.of(OTHER)] == [DUE]

    async def test_of_the_newsroom_that_changed_while_nobody_was_at_work_moves_them_too(
        self, shelf: Shelf
    ) -> None:
        await shelf.book.add(CHAT, "", DAILY, PERSON)
        shelf.zone = "America/Recife"
        shelf.__post_init__()
        shelf.book.follow_zone()
        (one,) = await shelf.book.of(CHAT)
        assert one.next_due_at == DUE + timedelta(hours=3)

    async def test_that_stayed_changes_nothing(self, shelf: Shelf) -> None:
        one = await shelf.book.add(CHAT, "", DAILY, PERSON)
        shelf.book.follow_zone()
        assert await shelf.book.of(CHAT) == (one,)


class TestAWrongClock:
    async def test_of_years_is_put_right(self, shelf: Shelf) -> None:
        await shelf.book.add(CHAT, "", DAILY, PERSON)
        (waiting,) = shelf.due(DUE + timedelta(days=700))
        shelf.book.advance(waiting)
        assert shelf.book.put_right(MONDAY) == 1
        assert shelf.book.put_right(MONDAY) == 0
        assert [one.what.day for one in shelf.due(DUE)] == [DUE.date()]

    async def test_of_hours_or_a_day_is_not_wrong_enough_to_tell_anything_twice(
        self, shelf: Shelf
    ) -> None:
        await shelf.book.add(CHAT, "", DAILY, PERSON)
        (waiting,) = shelf.due(DUE + timedelta(days=1))
        shelf.book.advance(waiting)
        assert shelf.book.put_right(MONDAY) == 0
        assert shelf.due(DUE) == ()
