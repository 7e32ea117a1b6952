"""Several replicas on one database: each thing is done by one of them, and by another once it is
gone."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import TypeVar
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import Engine, select

from bot.access import Outcome, Role
from bot.conversation_key import ConversationKey
from bot.database import subscriptions
from bot.offload import Offload
from bot.outbox import Outbox
from bot.people import People
from bot.replicas import ALERTS, LEASE, hold, hold_now, replica_name
from bot.sending_queue import SendingQueue
from bot.subscription_book import SubscriptionBook, Waiting
from bot.subscriptions import EVERY_DAY, MOST_SUBSCRIPTIONS, Subscription, Wishes
from tests.killable_delivery import a_delivery
from tests.people import ENGINES, people_database_of

NOW = datetime(2026, 11, 23, 6, tzinfo=UTC)
DUE = NOW + timedelta(hours=2)
SECOND = timedelta(seconds=1)
AT_ONCE = 8
T = TypeVar("T")


@pytest.fixture(params=ENGINES)
def engine(request: pytest.FixtureRequest) -> Engine:
    return people_database_of(request.param)


@pytest.fixture
def offload() -> Iterator[Offload]:
    made = Offload()
    yield made
    made.close()


def book_of(engine: Engine, offload: Offload, who: str) -> SubscriptionBook:
    return SubscriptionBook(engine, offload, lambda: NOW, lambda _: ZoneInfo("UTC"), who)


def due_for(engine: Engine, offload: Offload, who: str, now: datetime = DUE) -> list[Waiting]:
    return list(book_of(engine, offload, who).due_now(now, 10))


def side_by_side(call: Callable[[int], T]) -> list[T]:
    """What calls return that all begin at the same moment."""
    start = threading.Barrier(AT_ONCE)

    def begin(number: int) -> T:
        start.wait(10)
        return call(number)

    with ThreadPoolExecutor(AT_ONCE) as threads:
        return list(threads.map(begin, range(AT_ONCE)))


class TestALease:
    def test_is_one_replicas_until_it_ends_and_then_anothers(self, engine: Engine) -> None:
        assert hold_now(engine, ALERTS, "one", NOW)
        assert hold_now(engine, ALERTS, "one", NOW)
        assert not hold_now(engine, ALERTS, "other", NOW + LEASE - SECOND)
        assert hold_now(engine, "another lease", "other", NOW)
        assert hold_now(engine, ALERTS, "other", NOW + LEASE)
        assert not hold_now(engine, ALERTS, "one", NOW + LEASE)

    def test_cannot_be_taken_while_what_it_is_for_is_being_written(self) -> None:
        engine = people_database_of("postgresql")
        assert hold_now(engine, ALERTS, "slow", NOW)
        with engine.begin() as connection:
            assert hold(connection, ALERTS, "slow", NOW)
            assert not hold_now(engine, ALERTS, "other", NOW + 2 * LEASE)
        assert hold_now(engine, ALERTS, "other", NOW + 2 * LEASE)

    def test_is_taken_by_one_of_many(self) -> None:
        engine = people_database_of("postgresql")
        held = side_by_side(lambda number: hold_now(engine, ALERTS, str(number), NOW))
        assert sum(held) == 1


def test_a_file_has_one_process_and_on_a_server_each_has_a_name() -> None:
    assert replica_name(people_database_of("sqlite")) == "bot"
    assert len(replica_name(people_database_of("postgresql"))) > 12


class TestADigest:
    @pytest.fixture
    async def subscription(self, engine: Engine, offload: Offload) -> Subscription:
        book = book_of(engine, offload, "one")
        made = await book.add(ConversationKey(5), "", Wishes(days=EVERY_DAY), 7)
        assert made is not None
        return made

    async def test_is_composed_by_one_replica_while_that_lives(
        self, engine: Engine, offload: Offload, subscription: Subscription
    ) -> None:
        (mine,) = due_for(engine, offload, "one")
        assert due_for(engine, offload, "other", DUE + LEASE - SECOND) == []
        assert due_for(engine, offload, "one") == [mine]
        book_of(engine, offload, "one").keep([subscription.id], DUE + LEASE - SECOND)
        assert due_for(engine, offload, "other", DUE + LEASE) == []

    async def test_is_taken_over_once_that_is_gone_and_stored_once(
        self, engine: Engine, offload: Offload, subscription: Subscription
    ) -> None:
        (lost,) = due_for(engine, offload, "one")
        (found,) = due_for(engine, offload, "other", DUE + LEASE)
        assert found.subscription.id == subscription.id
        book_of(engine, offload, "one").keep([subscription.id], DUE + 2 * LEASE)
        with engine.connect() as connection:
            assert connection.scalar(select(subscriptions.c.claimed_by)) == "other"
        assert book_of(engine, offload, "other").advance(found)
        assert not book_of(engine, offload, "one").advance(lost)

    async def test_is_free_again_as_soon_as_it_was_handled(
        self, engine: Engine, offload: Offload, subscription: Subscription
    ) -> None:
        (mine,) = due_for(engine, offload, "one")
        assert book_of(engine, offload, "one").advance(mine)
        tomorrow = due_for(engine, offload, "other", DUE + timedelta(days=1))
        assert [one.subscription.id for one in tomorrow] == [subscription.id]

    def test_of_many_that_look_at_once_one_composes_it(self, offload: Offload) -> None:
        engine = people_database_of("postgresql")
        book = book_of(engine, offload, "one")
        assert book._add(ConversationKey(5), "", Wishes(days=EVERY_DAY), 7)
        found = side_by_side(lambda number: due_for(engine, offload, str(number)))
        assert sum(map(len, found)) == 1

    def test_no_chat_gets_more_of_them_by_asking_everywhere_at_once(self, offload: Offload) -> None:
        engine = people_database_of("postgresql")
        book = book_of(engine, offload, "one")
        wishes = Wishes(days=EVERY_DAY)
        for _ in range(MOST_SUBSCRIPTIONS - 1):
            assert book._add(ConversationKey(5), "", wishes, 7)
        added = side_by_side(lambda _: book._add(ConversationKey(5), "", wishes, 7))
        assert len([one for one in added if one]) == 1


def test_each_message_is_claimed_by_one_of_many_senders(offload: Offload) -> None:
    engine = people_database_of("postgresql")
    outbox = Outbox(engine, offload, lambda: NOW)
    for number in range(20):
        outbox.put_now(a_delivery(f"{number}", chat_id=1 + number % 10))
    queue = SendingQueue(engine)
    claimed = side_by_side(lambda number: queue.claim(NOW, str(number), 3))
    keys = [one.delivery.key for of_sender in claimed for one in of_sender]
    assert len(keys) == len(set(keys))
    assert set(keys) <= {str(number) for number in range(10)}  # of each chat the first alone
    keys += [one.delivery.key for one in queue.claim(NOW, "last", 20)]
    assert sorted(map(int, keys)) == list(range(10))


async def test_an_invitation_lets_in_one_of_many_who_use_it_at_once(offload: Offload) -> None:
    engine = people_database_of("postgresql")
    token = await People(engine, offload, lambda: NOW).invite(Role.MEMBER, None, 7)
    replicas = [People(engine, offload, lambda: NOW) for _ in range(AT_ONCE)]
    outcomes = side_by_side(
        lambda number: replicas[number]._redeem(token, 100 + number, f"{number}", {7})
    )
    assert outcomes.count(Outcome.WELCOME) == 1
    assert len(People(engine, offload, lambda: NOW).everybody()) == 1
