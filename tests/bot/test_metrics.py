"""What is counted of questions and calls, and that no series bears a name, a text or an id."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace

import pytest
from sqlalchemy import insert

from bot import metrics
from bot.database import deliveries, outbox, subscriptions
from bot.metrics import REGISTRY, AnswerWatch, FeedHealth, Outcome, TelegramTrouble, kind_of
from bot.offload import Offload
from bot.status_checks import by_state, lock_problem, longest_wait, refresh_queues
from bot.usage import Allowance, Usage, UsageBook
from retrieval.dates import seconds_of
from retrieval.feeds.health import HealthState
from retrieval.feeds.rhythm import FeedClock
from retrieval.lock import ArchiveLock
from tests.people import people_database
from tests.telegram_bot import a_feed

NOW = datetime(2025, 3, 1, 9, tzinfo=UTC)


def value(name: str, **labels: str) -> float:
    found = REGISTRY.get_sample_value(name, labels)
    assert found is not None, f"{name} {labels} is not there"
    return found


def answers() -> dict[str, float]:
    return {one.value: value("pauta_answers_total", outcome=one.value) for one in Outcome}


def gained(before: dict[str, float], after: dict[str, float]) -> dict[str, float]:
    return {name: after[name] - before[name] for name in after if after[name] != before[name]}


class TestAnAnswer:
    @pytest.mark.parametrize(("answered", "outcome"), [(True, "answered"), (False, "refused")])
    async def test_that_is_composed_counts_as_what_it_is_with_its_time(
        self, answered: bool, outcome: str
    ) -> None:
        before, timed = answers(), value("pauta_stage_seconds_count", stage="whole")
        async with AnswerWatch() as watch:
            assert value("pauta_answers_under_way") >= 1
            watch.composed(answered=answered)
        assert gained(before, answers()) == {outcome: 1}
        assert value("pauta_stage_seconds_count", stage="whole") == timed + 1

    async def test_that_never_came_was_stopped_and_has_no_time(self) -> None:
        before, timed = answers(), value("pauta_stage_seconds_count", stage="whole")
        async with AnswerWatch():
            pass
        assert gained(before, answers()) == {"stopped": 1}
        assert value("pauta_stage_seconds_count", stage="whole") == timed

    @pytest.mark.parametrize(
        ("error", "outcome"),
        [
            (ValueError(), "failed"),
            (TimeoutError(), "failed"),
            (asyncio.CancelledError(), "stopped"),
        ],
        ids=["error", "time-out", "cancelled"],
    )
    async def test_that_fails_counts_as_such_also_once_it_is_composed(
        self, error: BaseException, outcome: str
    ) -> None:
        before, under_way = answers(), value("pauta_answers_under_way")
        with suppress(type(error)):
            async with AnswerWatch() as watch:
                watch.composed(answered=True)
                raise error
        assert gained(before, answers()) == {outcome: 1}
        assert value("pauta_answers_under_way") == under_way

    async def test_is_timed_from_the_arrival_of_its_question(self) -> None:
        before = value("pauta_stage_seconds_sum", stage="whole")
        loop = asyncio.get_running_loop()
        async with AnswerWatch(came_at=loop.time() - 5) as watch:
            watch.composed(answered=True)
        assert 5 <= value("pauta_stage_seconds_sum", stage="whole") - before < 6


class TestAnUpdate:
    @pytest.mark.parametrize("kind", metrics.UPDATE_KINDS)
    def test_is_of_the_kind_it_holds(self, kind: str) -> None:
        assert kind_of(SimpleNamespace(update_id=1, **{kind: object()})) == kind

    def test_of_any_other_kind_is_other(self) -> None:
        assert kind_of(SimpleNamespace(update_id=1, poll=object())) == "other"
        assert kind_of(object()) == "other"


class TestTheModel:
    async def test_is_counted_in_tokens_and_money(self) -> None:
        tokens, cost = (
            value("pauta_llm_tokens_total", direction="input"),
            value("pauta_llm_cost_total"),
        )
        engine, offload = people_database(), Offload()
        book = UsageBook(engine, offload, lambda: NOW)
        prices = Allowance(input_price=2.0, output_price=10.0)
        async with book.question(prices, 7, lambda: Usage(1_000_000, 100_000)) as has_room:
            assert has_room
        offload.close()
        assert value("pauta_llm_tokens_total", direction="input") - tokens == 1_000_000
        assert value("pauta_llm_cost_total") - cost == pytest.approx(3.0)

    async def test_that_was_not_asked_costs_nothing(self) -> None:
        cost = value("pauta_llm_cost_total")
        engine, offload = people_database(), Offload()
        book = UsageBook(engine, offload, lambda: NOW)
        async with book.question(Allowance(tokens=0), 7, lambda: Usage(9, 9)) as has_room:
            assert not has_room
        offload.close()
        assert value("pauta_llm_cost_total") == cost


class TestFeeds:
    def test_are_counted_by_the_state_a_person_would_name_first(self) -> None:
        well = a_feed()
        feeds = [
            well,
            replace(well, failing_since=NOW),
            replace(well, notified=HealthState.SILENT),
            replace(well, paused=True, failing_since=NOW),
            replace(well, paused=True, clock=FeedClock(paused=True)),
        ]
        assert by_state(feeds) == dict.fromkeys(FeedHealth, 1)
        assert by_state([]) == dict.fromkeys(FeedHealth, 0)

    def test_lag_as_much_as_the_one_that_waits_longest_and_is_asked_at_all(self) -> None:
        feed = a_feed()
        feeds = [
            replace(feed, next_check_at=NOW - timedelta(minutes=3)),
            replace(feed, next_check_at=NOW + timedelta(hours=1)),
            replace(feed, next_check_at=NOW - timedelta(days=9), paused=True),
            replace(feed, next_check_at=None),
        ]
        assert longest_wait(feeds, NOW) == 180
        assert longest_wait([], NOW) == longest_wait(feeds[1:], NOW) == 0


class TestQueues:
    def test_that_are_empty_lag_by_nothing(self) -> None:
        refresh_queues(people_database(), NOW)
        assert value("pauta_outbox_lag_seconds") == value("pauta_digest_lag_seconds") == 0
        assert value("pauta_outbox_waiting") == value("pauta_digests_due") == 0

    def test_lag_by_what_might_have_gone_longest_ago(self) -> None:
        engine, at = people_database(), seconds_of
        with engine.begin() as connection:
            for number, (ago, held_until) in enumerate([(600, 0), (900, 890), (7, 0)], start=1):
                delivery = {
                    "id": number, "key": str(number), "kind": "digest", "conversation": "7",
                    "about": 1, "due_at": at(NOW - timedelta(seconds=ago)),
                    "composed_at": at(NOW), "delivery": "{}",
                }  # fmt: skip
                connection.execute(insert(deliveries).values(delivery))
                before = at(NOW - timedelta(seconds=900 - held_until)) if held_until else 0
                part = {"delivery_id": number, "part": 0, "chat_id": 7, "state": "waiting",
                        "attempts": 0, "not_before": before}  # fmt: skip
                connection.execute(insert(outbox).values(part))
            connection.execute(
                insert(subscriptions).values(
                    conversation="7",
                    name="x",
                    wishes="{}",
                    active=True,
                    version=0,
                    next_due_at=at(NOW - timedelta(seconds=42)),
                    created_by=7,
                    created_at=0,
                )
            )
        refresh_queues(engine, NOW)
        assert value("pauta_outbox_waiting") == 3
        assert value("pauta_outbox_lag_seconds") == 600
        assert value("pauta_digests_due") == 1
        assert value("pauta_digest_lag_seconds") == 42


def test_the_lock_is_ours_while_we_hold_it(tmp_path: Path) -> None:
    assert lock_problem(tmp_path)
    lock = ArchiveLock(tmp_path, "run", lasting=True)
    lock.acquire()
    assert lock_problem(tmp_path) == ""
    (tmp_path / "lock.holder").write_text('{"pid": 1}')
    assert lock_problem(tmp_path)
    (tmp_path / "lock.holder").write_text("[")
    assert lock_problem(tmp_path)
    lock.release()


def test_every_series_is_there_from_the_start_and_their_number_has_an_end() -> None:
    lines = metrics.exposition().decode().splitlines()
    for trouble in TelegramTrouble:
        assert any(f'pauta_telegram_errors_total{{kind="{trouble.value}"}}' in one for one in lines)
    assert len([one for one in lines if one.startswith("pauta_")]) < 150


def test_labels_are_these_and_no_others() -> None:
    allowed = {
        "kind": {*metrics.UPDATE_KINDS, "other", *TelegramTrouble},
        "outcome": {*Outcome, "new", "changed", "unchanged", "failed", "gone"},
        "stage": set(metrics.Stage),
        "direction": {"input", "output"},
        "state": set(FeedHealth),
    }
    for family in REGISTRY.collect():
        if family.name.startswith("pauta_"):
            for sample in family.samples:
                labels = {name: one for name, one in sample.labels.items() if name != "le"}
                assert labels.keys() <= allowed.keys()
                assert all(one in allowed[name] for name, one in labels.items())
