"""One of several replicas: that it is alive, what it takes over, what it hears, what all share."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Engine, insert, select, update

from bot.conversation_key import ConversationKey
from bot.database import leases, outbox, people, placeholders, updates_handled
from bot.fair_use import FairUse, Rate
from bot.handlers.asked_cities import AskedCities
from bot.handlers.asked_words import AskedFor, AskedWords
from bot.offload import Offload
from bot.outbox import Outbox
from bot.pacing import Limits, Pace
from bot.replica import Replica, replica_of
from bot.sending_queue import SendingQueue
from bot.shared_fair_use import ask_shared
from bot.subscription_buttons import SubscriptionAct
from bot.update_book import UpdateBook
from tests.killable_delivery import a_delivery
from tests.people import people_database, people_database_of
from tests.postgres import needs_postgres

NOW = datetime(2026, 11, 23, 6, tzinfo=UTC)
SECOND, MINUTE = timedelta(seconds=1), timedelta(minutes=1)
HERE = ConversationKey(7)


@pytest.fixture
def engine() -> Engine:
    return people_database_of("postgresql")


@pytest.fixture
def offload() -> Iterator[Offload]:
    made = Offload()
    yield made
    made.close()


def dies(engine: Engine, who: str) -> None:
    """Its lease ends without another beat."""
    with engine.begin() as connection:
        connection.execute(update(leases).where(leases.c.holder == who).values(until=1))


def book_of(engine: Engine, offload: Offload, who: str) -> UpdateBook:
    return UpdateBook(engine, offload, lambda: NOW, who)


def test_a_file_has_one_process_and_no_replicas() -> None:
    assert replica_of(people_database()) is None


@needs_postgres
class TestAReplicaThatDies:
    def test_is_counted_no_more(self, engine: Engine) -> None:
        one, other = Replica(engine, "one"), Replica(engine, "other")
        assert [one.look().alive, other.look().alive, one.look().alive] == [1, 2, 2]
        dies(engine, "other")
        assert one.look().alive == 1

    async def test_leaves_its_updates_to_one_other_and_only_once(
        self, engine: Engine, offload: Offload
    ) -> None:
        replicas = {name: Replica(engine, name) for name in ("dead", "one", "other")}
        for one in replicas.values():
            one.look()
        dead = book_of(engine, offload, "dead")
        await dead.record(1, '{"update_id": 1}', "7")
        await dead.shows(1, 40)
        await dead.record(2, '{"update_id": 2}', "7")
        with engine.begin() as connection:
            row = {"chat_id": 7, "message_id": 40, "language": "en", "claimed_by": "dead"}
            connection.execute(insert(placeholders).values(row))
        assert not replicas["one"].look().has_taken_over  # it is alive

        dies(engine, "dead")

        assert replicas["one"].look().has_taken_over
        assert not replicas["other"].look().has_taken_over
        left = await book_of(engine, offload, "one").left_over()
        assert [(one.update_id, one.placeholder, one.tries) for one in left] == [
            (1, 40, 1),
            (2, None, 1),
        ]
        assert await book_of(engine, offload, "other").left_over() == ()
        assert await book_of(engine, offload, "one").left_over() == ()

    async def test_and_was_only_slow_says_nothing_any_more(
        self, engine: Engine, offload: Offload
    ) -> None:
        slow, other = book_of(engine, offload, "slow"), book_of(engine, offload, "other")
        Replica(engine, "slow").look()
        await slow.record(1, '{"update_id": 1}', "7")
        assert await slow.speaks(1)
        dies(engine, "slow")
        Replica(engine, "other").look()
        await other.left_over()

        assert not await slow.speaks(1)
        await slow.handled(1)

        assert await other.speaks(1)
        with engine.connect() as connection:
            assert connection.scalar(select(updates_handled.c.state)) == "spoken"

    def test_leaves_what_it_was_about_to_send_to_others_at_once(
        self, engine: Engine, offload: Offload
    ) -> None:
        Replica(engine, "dead").look()
        Outbox(engine, offload, lambda: NOW).put_now(a_delivery("a", 7))
        queue = SendingQueue(engine)
        assert len(queue.claim(NOW, "dead", 5)) == 1
        assert queue.claim(NOW + SECOND, "other", 5) == ()
        dies(engine, "dead")
        Replica(engine, "other").look()
        assert len(queue.claim(NOW + SECOND, "other", 5)) == 1
        with engine.connect() as connection:
            assert connection.scalar(select(outbox.c.claimed_by)) == "other"

    def test_no_longer_fetches_updates_and_one_that_leaves_neither(self, engine: Engine) -> None:
        one, other, third = (Replica(engine, name) for name in ("one", "other", "third"))
        assert one.may_poll()
        assert one.may_poll()
        assert not other.may_poll()
        dies(engine, "one")
        assert other.may_poll()
        other.leave()
        assert third.may_poll()


@needs_postgres
class TestATurn:
    async def test_comes_in_the_order_of_a_conversation_whoever_was_told(
        self, engine: Engine, offload: Offload
    ) -> None:
        one, other = book_of(engine, offload, "one"), book_of(engine, offload, "other")
        await one.record(5, '{"update_id": 5}', "7")
        await other.record(6, '{"update_id": 6}', "7")
        await one.record(4, '{"update_id": 4}', "7")  # sent late: it comes last
        await other.record(7, '{"update_id": 7}', "8")
        assert one._before([4, 5, 6, 7]) == {6: 5, 4: 5}
        await one.handled(5)
        assert one._before([4, 5, 6, 7]) == {4: 6}
        assert not await other.record(4, '{"update_id": 4}', "7")


@needs_postgres
class TestWhatIsHeldInMemory:
    def test_is_read_again_when_somebody_wrote_and_not_otherwise(self, engine: Engine) -> None:
        replica, calls = Replica(engine, "one"), list[str]()
        replica.when_changed("people", lambda: calls.append("people"))
        replica.look()
        replica.look()
        assert len(calls) == 1
        row = {"user_id": 5, "name": "Ana", "role": "member", "invited_by": 7, "since": 0}
        with engine.begin() as connection:
            connection.execute(insert(people).values(row))
        replica.look()
        replica.look()
        assert len(calls) == 2
        with engine.begin() as connection:
            connection.execute(update(people).values(name="Rui"))
        replica.look()
        assert len(calls) == 3


@needs_postgres
class TestANote:
    def test_makes_the_others_know_what_somebody_was_asked_for(self, engine: Engine) -> None:
        one, other = Replica(engine, "one"), Replica(engine, "other")
        here, there = AskedWords(), AskedWords()
        here.tell = lambda *told: one.notes.tell_soon("asked", *told)
        other.notes.when_heard("asked", there.hear)
        one.notes.when_heard("asked", lambda *_: pytest.fail("it was told by this one"))
        asked = AskedFor(next(iter(SubscriptionAct)), 3)

        here.ask_for(asked, HERE, 7, 40)
        one.notes.send()

        assert one.notes.read() == []
        for call in other.notes.read():
            call()
        assert there.what(HERE, 7) == asked
        assert other.notes.read() == []  # once
        here.settle(HERE, 7)
        one.notes.send()
        for call in other.notes.read():
            call()
        assert there.what(HERE, 7) is None

    def test_that_cannot_be_read_stops_nothing(self, engine: Engine) -> None:
        one, other = Replica(engine, "one"), Replica(engine, "other")
        other.notes.when_heard("asked", AskedCities().hear)
        for said in ({}, {"message_ids": "x"}, {"message_ids": [None]}):
            one.notes.tell("asked", HERE, 7, said)
        for call in other.notes.read():
            call()


@needs_postgres
def test_two_replicas_let_a_person_ask_as_much_as_one_does(engine: Engine) -> None:
    one, other = (FairUse([Rate(3, MINUTE)], [Rate(60, MINUTE)]) for _ in range(2))
    asked = [ask_shared(engine, use, 5, 5, NOW) for use in (one, other, one)]
    assert asked == [None] * 3
    refused = ask_shared(engine, other, 5, 5, NOW)
    assert refused is not None
    assert (refused.wait, refused.is_first) == (20 * SECOND, True)
    again = ask_shared(engine, one, 5, 5, NOW + SECOND)
    assert again is not None
    assert not again.is_first
    assert ask_shared(engine, one, 6, 6, NOW) is None
    assert ask_shared(engine, other, 5, 5, NOW + 20 * SECOND) is None


@pytest.mark.parametrize("senders", [1, 2, 3])
def test_so_many_senders_together_keep_to_telegrams_limits(senders: int) -> None:
    sent = dict.fromkeys(("all", "group"), 0)
    for _ in range(senders):
        pace, group = Pace(), Pace()
        pace.share(senders)
        group.share(senders)
        now = 0.0
        while (now := max(now, pace.next_for_all(now))) < 10.0:
            pace.acknowledged(pace.delivered(int(now * 1_000_000) + 1, now), now)
            sent["all"] += 1
        now = 0.0
        while (now := max(now, group.next_for(-5, now), group.next_for_all(now))) < 60.0:
            group.acknowledged(group.delivered(-5, now), now)
            sent["group"] += 1
    whole = Limits()
    assert 0.8 * 10 * whole.a_second < sent["all"] <= 10 * whole.a_second
    assert whole.a_minute_per_group - senders < sent["group"] <= whole.a_minute_per_group
