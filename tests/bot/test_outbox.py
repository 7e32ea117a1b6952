"""The outbox: stored once, claimed by one, told apart when nobody knows, and forgotten in time."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Engine, update

from bot.conversation_key import ConversationKey
from bot.database import deliveries
from bot.gone_chats import PAUSED, GoneChats
from bot.offload import Offload
from bot.outbox import KEPT_FOR, Outbox, Troubles, read_log, troubles
from bot.outgoing import PartState
from bot.people import People
from bot.sending_queue import LEASE, SendingQueue
from tests.killable_delivery import a_delivery
from tests.people import ENGINES, people_database_of

NOW = datetime(2026, 11, 24, 9, tzinfo=UTC)
ANA, BEA, GROUP = 7, 8, -100500
SECOND = timedelta(seconds=1)


@pytest.fixture(params=ENGINES)
def database(request: pytest.FixtureRequest) -> Engine:
    return people_database_of(request.param)


@pytest.fixture
def book(database: Engine) -> Outbox:
    return Outbox(database, Offload(), lambda: NOW)


@pytest.fixture
def queue(database: Engine) -> SendingQueue:
    return SendingQueue(database)


def states(book: Outbox) -> list[PartState]:
    """Of all parts, in their order."""
    return [part.state for logged in book.log() for part in logged.parts]


class TestPutting:
    def test_the_same_key_twice_stores_one(self, book: Outbox) -> None:
        assert book.put_now(a_delivery("digest:1", ANA))
        assert not book.put_now(a_delivery("digest:1", BEA))
        assert states(book) == [PartState.WAITING]

    def test_is_undone_with_the_transaction_of_whoever_composed_it(self, book: Outbox) -> None:
        with book.engine.connect() as connection:
            book.put(connection, a_delivery("digest:1", ANA))
            connection.rollback()
        assert book.put_now(a_delivery("digest:1", ANA))

    def test_tells_whoever_sends(self, book: Outbox) -> None:
        told: list[str] = []
        book.when_put(lambda: told.append("put"))
        book.put_now(a_delivery("digest:1", ANA))
        book.put_now(a_delivery("digest:1", ANA))
        assert told == ["put"]


class TestClaiming:
    def test_gives_each_delivery_to_one_sender_with_all_its_parts(
        self, book: Outbox, queue: SendingQueue
    ) -> None:
        book.put_now(a_delivery("one", ANA, "first", "second"))
        (mine,) = queue.claim(NOW, "me", 10)
        assert mine.delivery.key == "one"
        assert mine.parts == (0, 1)
        assert mine.delivery.told == a_delivery("one", ANA).told
        assert queue.claim(NOW, "other", 10) == ()

    def test_takes_the_oldest_of_each_chat_and_no_later_one_before_it_is_done(
        self, book: Outbox, queue: SendingQueue
    ) -> None:
        for key, chat_id in (("a1", ANA), ("a2", ANA), ("b1", BEA)):
            book.put_now(a_delivery(key, chat_id))
        found = queue.claim(NOW, "me", 10)
        assert [one.delivery.key for one in found] == ["a1", "b1"]
        assert queue.begin(found[0], 0, NOW)
        assert queue.claim(NOW, "me", 10) == ()
        queue.sent(found[0], 0, 500, NOW)
        assert [one.delivery.key for one in queue.claim(NOW, "me", 10)] == ["a2"]

    def test_takes_no_more_than_it_is_asked_for(self, book: Outbox, queue: SendingQueue) -> None:
        for chat_id in range(1, 6):
            book.put_now(a_delivery(f"{chat_id}", chat_id))
        assert len(queue.claim(NOW, "me", 2)) == 2
        assert len(queue.claim(NOW, "other", 10)) == 3

    def test_ends_with_its_lease_and_the_former_sender_may_begin_nothing(
        self, book: Outbox, queue: SendingQueue
    ) -> None:
        book.put_now(a_delivery("one", ANA))
        (slow,) = queue.claim(NOW, "slow", 10)
        later = NOW + LEASE
        assert not queue.begin(slow, 0, later)
        (quick,) = queue.claim(later, "quick", 10)
        assert not queue.begin(slow, 0, later)
        assert queue.begin(quick, 0, later)
        queue.put_back(slow, later)
        queue.refused(slow, "whatever", later)
        assert states(book) == [PartState.SENDING]

    def test_waits_for_the_moment_it_was_put_back_to(
        self, book: Outbox, queue: SendingQueue
    ) -> None:
        book.put_now(a_delivery("one", ANA))
        (claimed,) = queue.claim(NOW, "me", 10)
        assert queue.begin(claimed, 0, NOW)
        queue.put_back(claimed, NOW + 5 * SECOND, "flooded")
        assert queue.claim(NOW + 4 * SECOND, "me", 10) == ()
        (again,) = queue.claim(NOW + 5 * SECOND, "me", 10)
        assert again.attempts == 1

    def test_puts_aside_what_another_version_wrote(self, book: Outbox, queue: SendingQueue) -> None:
        book.put_now(a_delivery("one", ANA))
        with book.engine.begin() as connection:
            connection.execute(update(deliveries).values(delivery='{"key": 5}'))
        assert queue.claim(NOW, "me", 10) == ()
        assert states(book) == [PartState.DROPPED]

    def test_follows_a_group_that_has_moved(self, book: Outbox, queue: SendingQueue) -> None:
        there = replace(a_delivery("one", GROUP), where=ConversationKey(GROUP, 5))
        book.put_now(there)
        People(book.engine, book.offload, lambda: NOW)._move_chat(GROUP, GROUP - 1)
        (claimed,) = queue.claim(NOW, "me", 10)
        assert claimed.where == ConversationKey(GROUP - 1, 5)


class TestInDoubt:
    def test_is_what_a_sender_was_sending_when_it_died_and_nothing_else(
        self, book: Outbox, queue: SendingQueue
    ) -> None:
        for chat_id in (1, 2):
            book.put_now(a_delivery(f"{chat_id}", chat_id, "first", "second"))
        one, _ = queue.claim(NOW, "me", 10)
        assert queue.begin(one, 0, NOW)
        assert queue.recover("other", NOW) == 0
        assert queue.recover("me", NOW) == 1
        waiting = PartState.WAITING
        assert states(book) == [PartState.UNKNOWN, waiting, waiting, waiting]
        assert [found.parts for found in queue.claim(NOW, "me", 10)] == [(1,), (0, 1)]

    def test_is_also_what_a_sender_that_never_came_back_was_sending(
        self, book: Outbox, queue: SendingQueue
    ) -> None:
        book.put_now(a_delivery("one", ANA))
        (claimed,) = queue.claim(NOW, "gone", 10)
        assert queue.begin(claimed, 0, NOW)
        assert queue.settle(NOW + LEASE - SECOND) == 0
        assert queue.settle(NOW + LEASE) == 1
        assert states(book) == [PartState.UNKNOWN]
        assert queue.claim(NOW + 2 * LEASE, "me", 10) == ()

    def test_ends_when_the_outcome_is_heard_of_after_all(
        self, book: Outbox, queue: SendingQueue
    ) -> None:
        book.put_now(a_delivery("one", ANA))
        (claimed,) = queue.claim(NOW, "slow", 10)
        queue.begin(claimed, 0, NOW)
        queue.settle(NOW + LEASE)
        queue.sent(claimed, 0, 500, NOW + LEASE)
        assert states(book) == [PartState.SENT]


def test_what_is_too_late_is_dropped_with_all_that_is_left_of_it(
    book: Outbox, queue: SendingQueue
) -> None:
    book.put_now(replace(a_delivery("one", ANA, "a", "b"), expires_at=NOW + SECOND))
    assert queue.settle(NOW) == 0
    assert queue.settle(NOW + SECOND) == 2
    assert [part.reason for part in book.log()[0].parts] == ["too late", "too late"]


async def test_a_message_is_known_by_what_it_told(book: Outbox, queue: SendingQueue) -> None:
    book.put_now(a_delivery("one", ANA))
    (claimed,) = queue.claim(NOW, "me", 10)
    queue.begin(claimed, 0, NOW)
    queue.sent(claimed, 0, 500, NOW)
    assert await book.told_by(ANA, 500) == a_delivery("one", ANA).told
    assert await book.told_by(ANA, 501) == ()
    assert await book.told_by(BEA, 500) == ()


class TestChatsThatRefuse:
    async def test_once_are_tried_again_and_twice_within_an_hour_count_as_once(
        self, book: Outbox
    ) -> None:
        assert not await book.gone.refused(ANA, "blocked", NOW)
        assert not await book.gone.refused(ANA, "blocked", NOW + timedelta(minutes=59))
        assert book.put_now(a_delivery("one", ANA))
        assert states(book) == [PartState.WAITING]

    async def test_again_an_hour_later_are_sent_nothing_more_until_they_are_heard_from(
        self, book: Outbox, queue: SendingQueue
    ) -> None:
        book.put_now(a_delivery("waits", ANA))
        await book.gone.refused(ANA, "blocked", NOW)
        assert await book.gone.refused(ANA, "blocked", NOW + timedelta(hours=1))
        assert book.put_now(a_delivery("later", ANA))
        assert states(book) == [PartState.DROPPED, PartState.DROPPED]
        assert book.log()[1].parts[0].reason == PAUSED
        assert queue.claim(NOW, "me", 10) == ()
        assert GoneChats(book.engine, Offload()).is_gone(ANA)
        assert book.gone.is_paused(ANA)
        await book.gone.back(ANA)
        assert not book.gone.is_gone(ANA)
        assert not book.gone.is_paused(ANA)
        book.put_now(a_delivery("welcome", ANA))
        assert states(book)[-1] is PartState.WAITING

    async def test_are_known_to_another_process_once_it_has_looked(self, book: Outbox) -> None:
        other = GoneChats(book.engine, Offload())
        await book.gone.refused(ANA, "blocked", NOW)
        assert not other.is_gone(ANA)
        other.refresh()
        await other.back(ANA)
        book.gone.refresh()
        assert not book.gone.is_gone(ANA)


class TestTheOperator:
    def test_reads_what_was_sent_to_whom_and_why(self, book: Outbox) -> None:
        book.put_now(a_delivery("one", ANA))
        book.put_now(a_delivery("two", BEA))
        (logged,) = read_log(book.engine, ConversationKey(BEA))
        assert (logged.key, logged.told[0].why) == ("two", "5 origins")
        assert read_log(book.engine, since=NOW + SECOND) == ()
        assert [one.key for one in book.log(limit=1)] == ["two"]

    async def test_is_told_of_what_went_wrong(self, book: Outbox, queue: SendingQueue) -> None:
        book.put_now(replace(a_delivery("one", ANA), due_at=NOW))
        book.put_now(a_delivery("two", BEA))
        claimed = queue.claim(NOW, "me", 10)[1]
        queue.begin(claimed, 0, NOW)
        queue.unknown(claimed, 0, "TimedOut", NOW)
        await book.gone.refused(GROUP, "kicked", NOW)
        later = NOW + timedelta(hours=2)
        assert troubles(book.engine, later) == Troubles(unknown=1, overdue=1, gone=1, paused=0)
        assert troubles(book.engine, later, since=later).unknown == 0


def test_what_is_done_is_forgotten_after_90_days_and_what_waits_is_not(
    book: Outbox, queue: SendingQueue
) -> None:
    book.put_now(a_delivery("done", ANA))
    (claimed,) = queue.claim(NOW, "me", 10)
    queue.dropped(claimed, "too late", NOW)
    book.put_now(a_delivery("waits", ANA))
    assert book.prune(NOW + KEPT_FOR) == 0
    assert book.prune(NOW + KEPT_FOR + SECOND) == 1
    assert [one.key for one in book.log()] == ["waits"]
