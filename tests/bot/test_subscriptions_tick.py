"""From what is due to what is stored to be sent: composers that succeed, wait and break."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select
from structlog.testing import capture_logs

from bot import digest_tick
from bot.conversation_key import ConversationKey
from bot.database import deliveries
from bot.digest_tick import AT_ONCE, BATCH, FIRST_PAUSE, DigestTick, send_digests
from bot.offload import Offload
from bot.outbox import Outbox
from bot.outgoing import Delivery, Kind
from bot.render import Rendered
from bot.richtext import Part
from bot.subscription_book import SubscriptionBook
from bot.subscriptions import EVERY_DAY, Due, Subscription, Wishes
from tests.people import people_database
from tests.telegram_bot import ADMIN, OTHER_ADMIN, STRANGER, World, live_bot
from tests.telegram_server import TelegramServer

MONDAY = datetime(2026, 11, 23, 6, tzinfo=UTC)
DUE = MONDAY.replace(hour=7, minute=30)
DAILY = Wishes(days=EVERY_DAY)
ZONE = UTC


@dataclass
class ScriptedComposer:
    """Composes a line; nothing for chats of `quiet`, and breaks for those of `broken`."""

    quiet: set[int] = field(default_factory=set)
    broken: set[int] = field(default_factory=set)
    asked: list[tuple[int, Due]] = field(default_factory=list)
    hold: asyncio.Event = field(default_factory=asyncio.Event)
    arrived: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(0))
    at_work: int = 0
    most_at_work: int = 0

    def __post_init__(self) -> None:
        self.hold.set()

    async def compose(self, subscription: Subscription, due: Due, /) -> Delivery | None:
        chat = subscription.where.chat_id
        self.asked.append((chat, due))
        self.at_work += 1
        self.most_at_work = max(self.most_at_work, self.at_work)
        self.arrived.release()
        try:
            await asyncio.sleep(0)
            await self.hold.wait()
        finally:
            self.at_work -= 1
        if chat in self.broken:
            raise OSError("the archive is unreadable")
        if chat in self.quiet:
            return None
        screen = Rendered((Part("<b>Good morning</b>", "Good morning"),))
        return Delivery("any", Kind.DIGEST, subscription.where, screen, due.due_at)


@dataclass
class Desk:
    engine: Any = field(default_factory=people_database)
    offload: Offload = field(default_factory=Offload)
    composer: ScriptedComposer = field(default_factory=ScriptedComposer)
    now: datetime = MONDAY
    served: bool = True

    def __post_init__(self) -> None:
        self.book = SubscriptionBook(self.engine, self.offload, self.clock, lambda _where: ZONE)
        self.tick = self.another()

    def clock(self) -> datetime:
        return self.now

    def another(self) -> DigestTick:
        """Of a second process, or after a restart."""
        outbox = Outbox(self.engine, self.offload, self.clock)
        return DigestTick(self.book, self.composer, outbox.put, self.offload, self.clock)

    async def subscribe(self, *chats: int, wishes: Wishes = DAILY) -> None:
        for chat in chats:
            await self.book.add(ConversationKey(chat), "", wishes, chat)

    async def run(self, now: datetime | None = None, tick: DigestTick | None = None) -> list[str]:
        """One round, and the keys of all that is stored after it."""
        self.now = now or self.now
        await (tick or self.tick).run(lambda _where: self.served)
        return self.stored()

    def stored(self) -> list[str]:
        chosen = select(deliveries.c.key).order_by(deliveries.c.id)
        with self.engine.connect() as connection:
            return list(connection.scalars(chosen))


@pytest.fixture
def desk() -> Iterator[Desk]:
    made = Desk()
    yield made
    made.offload.close()
    made.engine.dispose()


async def test_a_digest_is_stored_once_when_its_time_has_come(desk: Desk) -> None:
    await desk.subscribe(5)
    assert await desk.run(DUE - timedelta(minutes=1)) == []
    once = ["digest:1:2026-11-23"]
    assert await desk.run(DUE) == await desk.run() == await desk.run(tick=desk.another()) == once
    assert await desk.run(DUE + timedelta(days=1)) == [*once, "digest:1:2026-11-24"]


async def test_what_is_stored_bears_the_subscriptions_own_key_and_times(desk: Desk) -> None:
    await desk.subscribe(5)
    await desk.run(DUE)
    with desk.engine.connect() as connection:
        row = connection.execute(select(deliveries)).one()
    assert (row.about, row.due_at) == (1, DUE.timestamp())
    assert row.expires_at == (DUE + timedelta(hours=6)).timestamp()


async def test_a_digest_with_the_number_of_one_that_is_gone_is_stored_on_the_same_day(
    desk: Desk,
) -> None:
    await desk.subscribe(5)
    await desk.run(DUE)
    (old,) = await desk.book.of(ConversationKey(5))
    await desk.book.remove(ConversationKey(5), old.id)
    await desk.subscribe(6, wishes=replace(DAILY, at=18 * 60))
    (new,) = await desk.book.of(ConversationKey(6))
    assert new.id == old.id
    assert len(await desk.run(DUE.replace(hour=18, minute=0))) == 2
    await desk.subscribe(7, wishes=replace(DAILY, at=19 * 60))
    assert "digest:1:2026-11-23" in desk.stored()


async def test_one_removed_while_it_was_composed_stores_nothing_in_the_place_of_anothers(
    desk: Desk,
) -> None:
    await desk.subscribe(5)
    desk.composer.hold.clear()
    running = asyncio.create_task(desk.run(DUE))
    await desk.composer.arrived.acquire()
    (old,) = await desk.book.of(ConversationKey(5))
    await desk.book.remove(ConversationKey(5), old.id)
    desk.now = MONDAY
    await desk.subscribe(6)
    desk.now = DUE
    desk.composer.hold.set()
    await running
    desk.composer.asked.clear()
    assert await desk.run() == ["digest:1:2026-11-23"]
    assert [chat for chat, _ in desk.composer.asked] in ([], [6])
    with desk.engine.connect() as connection:
        assert connection.scalar(select(deliveries.c.conversation)) == "6"


async def test_two_processes_at_once_store_one(desk: Desk) -> None:
    await desk.subscribe(5)
    desk.now = DUE
    desk.composer.hold.clear()
    both = [asyncio.create_task(desk.run(tick=desk.another())) for _ in range(2)]
    for _ in both:
        await desk.composer.arrived.acquire()
    desk.composer.hold.set()
    await asyncio.gather(*both)
    assert desk.stored() == ["digest:1:2026-11-23"]


async def test_a_quiet_day_that_is_skipped_is_done_with(desk: Desk) -> None:
    await desk.subscribe(5)
    desk.composer.quiet = {5}
    assert await desk.run(DUE) == []
    desk.composer.quiet = set()
    assert await desk.run() == []
    assert len(desk.composer.asked) == 1


async def test_days_of_nobody_at_work_bring_one_digest_and_a_line_in_the_log(desk: Desk) -> None:
    await desk.subscribe(5)
    with capture_logs() as logs:
        assert await desk.run(DUE + timedelta(days=3)) == ["digest:1:2026-11-26"]
    (line,) = [one for one in logs if one["log_level"] == "warning"]
    assert (line["first"], line["last"], line["count"]) == ("2026-11-23", "2026-11-25", 3)


async def test_what_is_too_late_is_dropped_with_a_line_in_the_log(desk: Desk) -> None:
    await desk.subscribe(5, wishes=replace(DAILY, late_hours=0))
    with capture_logs() as logs:
        assert await desk.run(DUE + timedelta(hours=1)) == []
        assert await desk.run() == []
    assert [one["event"] for one in logs] == ["digests dropped: too late"]
    assert desk.composer.asked == []


async def test_a_chat_that_is_no_longer_let_in_hears_nothing_also_later(desk: Desk) -> None:
    await desk.subscribe(5)
    desk.served = False
    assert await desk.run(DUE) == []
    desk.served = True
    assert await desk.run() == []
    assert desk.composer.asked == []


async def test_one_that_cannot_be_composed_keeps_no_other_waiting_and_is_tried_again(
    desk: Desk,
) -> None:
    await desk.subscribe(5, 6)
    desk.composer.broken = {5}
    assert await desk.run(DUE) == ["digest:2:2026-11-23"]
    assert await desk.run() == ["digest:2:2026-11-23"]
    assert len(desk.composer.asked) == 2
    desk.composer.broken = set()
    assert "digest:1:2026-11-23" in await desk.run(DUE + FIRST_PAUSE)


async def test_one_that_takes_for_ever_is_given_up_for_now(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(digest_tick, "COMPOSE_SECONDS", 0.01)
    await desk.subscribe(5)
    desk.composer.hold.clear()
    assert await desk.run(DUE) == []
    desk.composer.hold.set()
    assert await desk.run(DUE + FIRST_PAUSE) == ["digest:1:2026-11-23"]


async def test_more_than_a_batch_is_composed_a_few_at_a_time(desk: Desk) -> None:
    count = BATCH + 3
    await desk.subscribe(*range(1, count + 1))
    assert len(await desk.run(DUE)) == count
    assert 1 < desk.composer.most_at_work <= AT_ONCE


async def test_told_to_stop_it_composes_no_more_and_the_next_start_does(desk: Desk) -> None:
    await desk.subscribe(5, 6, 7, 8, 9, 10)
    desk.now = DUE
    desk.composer.hold.clear()
    running = asyncio.create_task(desk.run())
    for _ in range(AT_ONCE):
        await desk.composer.arrived.acquire()
    desk.tick.stop()
    assert await asyncio.wait_for(running, 1) == []
    desk.composer.hold.set()
    assert len(await desk.run(tick=desk.another())) == 6


class TestOverHttp:
    @pytest.fixture(autouse=True)
    def quick_ticks(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(digest_tick, "TICK", timedelta(seconds=0.1))
        monkeypatch.setattr(digest_tick, "FIRST_TICK", timedelta(0))

    def ticking(self, world: World, now: datetime) -> ScriptedComposer:
        """The bot's own job queue, from now on."""
        world.now, composer = now, ScriptedComposer()
        outbox, book = world.outbox, world.subscriptions
        tick = DigestTick(book, composer, outbox.put, outbox.offload, lambda: world.now)
        send_digests(world.application, tick)
        return composer

    async def heard_after(self, server: TelegramServer, seconds: float) -> list[int]:
        await asyncio.sleep(seconds)
        return [one.chat_id for one in server.sent if "Good morning" in one.text]

    async def test_a_digest_arrives_at_its_time_once_also_after_a_restart(self) -> None:
        database = people_database()
        async with TelegramServer() as server:
            async with live_bot(server, database) as world:
                server.message(ADMIN, {})
                world.now = MONDAY
                for chat in (ADMIN, STRANGER, OTHER_ADMIN):
                    await world.subscriptions.add(ConversationKey(chat), "", DAILY, ADMIN)
                for hours in (3, 1):
                    then = MONDAY - timedelta(hours=hours)
                    await world.outbox.gone.refused(OTHER_ADMIN, "blocked", then)
                composer = self.ticking(world, MONDAY)
                assert await self.heard_after(server, 0.3) == []
                world.now = DUE
                assert (await server.next_message(ADMIN)).text == "Good morning"
                assert await self.heard_after(server, 0.3) == [ADMIN]
                # For who is not let in, or refuses what is sent, nothing is even composed.
                assert [chat for chat, _ in composer.asked] == [ADMIN]
            async with live_bot(server, database) as again:
                self.ticking(again, DUE)
                assert await self.heard_after(server, 0.5) == [ADMIN]
                again.now = DUE + timedelta(days=1)
                await server.next_message(ADMIN)
        database.dispose()
