"""Several processes ingest into one archive on PostgreSQL: each feed once, each text once."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine

from retrieval import feed_lease
from retrieval.feed_lease import FeedLease
from retrieval.feed_store import FeedStore
from retrieval.feeds.feed import Feed, feed_id
from retrieval.feeds.health import HealthState
from retrieval.ingest import Ingest
from retrieval.model_store import ModelStore
from retrieval.models import Article
from retrieval.one_writer import OneWriter
from retrieval.store import Store, open_corpus
from retrieval.vectors import ChromaIndex
from tests.archive import NOW, clock
from tests.builders import articles
from tests.fakes import FakeEmbedder
from tests.postgres import fresh_database, needs_postgres

pytestmark = needs_postgres


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    with fresh_database() as made:
        yield made


@pytest.fixture
def engine(address: str) -> Iterator[Engine]:
    """Of one process; its corpus is empty."""
    opened = open_corpus(address)
    with opened.begin() as connection:
        for table in ("feeds", "articles", "embeddings", "pending_vectors", "stories"):
            connection.exec_driver_sql(f"TRUNCATE {table} CASCADE")
    yield opened
    opened.dispose()


@pytest.fixture
def other(address: str) -> Iterator[Engine]:
    """Of another process."""
    opened = open_corpus(address)
    yield opened
    opened.dispose()


def names(feeds: Sequence[Feed]) -> list[str]:
    return [feed.title for feed in feeds]


def a_store(engine: Engine, count: int = 3) -> FeedStore:
    feeds = FeedStore(engine)
    for number in range(count):
        moment = NOW - timedelta(minutes=count - number)
        feeds.add(f"https://news.example.com/{number}.xml", f"feed {number}", None, moment)
    return feeds


# Feeds


def test_a_claimed_feed_is_due_for_nobody_else_and_given_back_when_it_was_not_asked(
    engine: Engine, other: Engine
) -> None:
    feeds, others = a_store(engine), FeedStore(other)

    with FeedLease(feeds, NOW) as lease:
        first, second = lease.claim(2)
        with FeedLease(others, NOW) as theirs:
            (third,) = theirs.claim(5)
            assert not theirs.claim(5)
            others.record(replace(third, next_check_at=NOW + timedelta(minutes=10)))
            theirs.settled(third)
        feeds.record(replace(first, next_check_at=NOW + timedelta(minutes=10)))

    assert names([first, second, third]) == ["feed 0", "feed 1", "feed 2"]
    assert first.next_check_at == NOW - timedelta(minutes=3)  # as it was
    # Not over a check that was written down, though nobody said so.
    assert names(feeds.due(NOW)) == ["feed 1"]


def test_claims_are_renewed_while_the_process_lives_and_run_out_after_that(
    engine: Engine, other: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(feed_lease, "LEASE", timedelta(seconds=5))
    feeds, others = a_store(engine, 1), FeedStore(other)
    renewed = threading.Event()
    move = feeds.move_claims

    def renew(claims: Mapping[str, datetime], until: datetime) -> None:
        move(claims, until)
        renewed.set()

    monkeypatch.setattr(feeds, "move_claims", renew)

    with FeedLease(feeds, NOW, renewed_every=1.1) as lease:
        lease.claim(1)
        assert others.due(NOW + timedelta(seconds=4)) == []
        assert renewed.wait(10)
        assert others.due(NOW + timedelta(seconds=5)) == []
        # A process that is killed renews nothing.
        assert names(others.due(NOW + timedelta(seconds=60))) == ["feed 0"]


def test_a_feed_whose_last_check_lies_ahead_is_claimed_once_the_clock_is_right_again(
    engine: Engine,
) -> None:
    feeds = a_store(engine, 1)
    (feed,) = feeds.all()
    hour = timedelta(hours=1)
    feeds.record(replace(feed, last_checked_at=NOW + 3 * hour, next_check_at=NOW + 4 * hour))

    until = NOW + timedelta(seconds=30)
    assert names(feeds.claim(NOW, 3, until)) == ["feed 0"]
    assert feeds.claim(NOW, 3, until) == []


def test_many_claim_at_once_and_each_feed_goes_to_one(engine: Engine) -> None:
    feeds = a_store(engine, 12)
    until = NOW + timedelta(seconds=30)

    with ThreadPoolExecutor(4) as pool:
        claimed = list(pool.map(lambda _: feeds.claim(NOW, 3, until), range(8)))

    assert sorted(feed.title for one in claimed for feed in one) == sorted(
        f"feed {number}" for number in range(12)
    )


# Articles


def test_two_workers_with_the_same_articles_write_each_once_and_all_of_it_is_found(
    engine: Engine, other: Engine, tmp_path: Path
) -> None:
    copy = replace(articles(1)[0], url="https://other.example.com/copy", source="O Globo")
    together = threading.Barrier(2, timeout=20)

    def embedded(_text: str) -> None:
        if not together.broken:
            try:
                together.wait()  # both have decided, and neither has written
            except threading.BrokenBarrierError:
                return
            together.abort()

    embedders = [FakeEmbedder(before_text=embedded) for _ in range(2)]
    index = ChromaIndex(tmp_path / "chroma", "fake-model")

    def work(at: int, given: list[Article]) -> tuple[int, int, int]:
        ingest = Ingest(Store([engine, other][at]), index, embedders[at], clock)
        report = ingest.add(given, by_feed=True)
        assert report.failures == ()
        return report.new, report.unchanged, report.copies

    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(work, 0, articles(6))
        second = pool.submit(work, 1, [*articles(6)[::-1], copy])
        found = [first.result(60), second.result(60)]

    assert sum(new for new, _, _ in found) == 7
    assert sum(unchanged for _, unchanged, _ in found) == 6
    store = Store(engine)
    assert store.article_count() == 6
    assert sorted(index.ids()) == sorted(store.chunk_ids())
    assert ModelStore(engine).count_lacking("fake-model") == 0
    assert store.pending("fake-model").upserts == ()
    with engine.connect() as connection:
        told = connection.exec_driver_sql("SELECT count(*) FROM story_articles").scalar()
        assert told == 6
    before = store.chunk_count()
    later = Ingest(store, index, FakeEmbedder(), clock).add(articles(7)[6:], by_feed=True)
    assert later.chunks_embedded == store.chunk_count() - before > 0
    index.close()


def test_a_writer_waits_for_the_other_and_learns_that_it_wrote(
    engine: Engine, other: Engine
) -> None:
    one, two = OneWriter(engine), OneWriter(other)
    order: list[str] = []

    def write() -> None:
        with two.turn() as others_wrote:
            order.append(f"two {others_wrote}")

    with one.turn(), one.turn():
        waiting = threading.Thread(target=write)
        waiting.start()
        waiting.join(0.2)
        order.append("one")
    waiting.join(10)
    with one.turn() as others_wrote:
        assert others_wrote
    with one.turn() as others_wrote:
        assert not others_wrote

    assert order == ["one", "two True"]


def while_held(engine: Engine, statement: str, call: Callable[[], object]) -> None:
    """Do `call` while another process has made a change it commits only then."""
    with ThreadPoolExecutor(1) as pool:
        with engine.begin() as connection:
            connection.exec_driver_sql(statement)
            doing = pool.submit(call)
            with engine.connect() as looking:
                for _ in range(500):
                    waits = "SELECT 1 FROM pg_locks WHERE NOT granted"
                    if doing.done() or looking.exec_driver_sql(waits).first():
                        break
                    looking.rollback()
                    time.sleep(0.01)
        doing.result(timeout=10)


def test_what_two_processes_write_at_once_is_written_by_both(engine: Engine, other: Engine) -> None:
    store, feeds = Store(engine), FeedStore(engine)
    feed = feeds.add("https://news.example.com/same.xml", "one", None, NOW)

    while_held(other, "INSERT INTO by_hand VALUES ('same')", lambda: store.mark_by_hand(["same"]))
    said = "INSERT INTO archive VALUES ('told', '1')"
    while_held(other, said, lambda: store.set_value("told", "2"))
    while_held(other, "UPDATE feeds SET paused = true", lambda: feeds.save(feed))
    states = {feed.id: HealthState.FAILING}
    while_held(other, "UPDATE feeds SET failures = 2", lambda: feeds.note_told(states))

    assert store.value("told") == "2"
    assert [one.notified for one in feeds.all()] == [HealthState.FAILING]


def test_a_feed_that_two_people_add_at_once_is_added_once(engine: Engine, other: Engine) -> None:
    url = "https://news.example.com/twice.xml"
    a_store(engine, 1)
    theirs = f"UPDATE feeds SET id = '{feed_id(url)}', url = '{url}', title = 'theirs'"
    added: list[Feed] = []

    while_held(other, theirs, lambda: added.append(FeedStore(engine).add(url, "mine", None, NOW)))

    assert names(added) == names(FeedStore(other).all()) == ["theirs"]


def test_an_archive_indexed_anew_is_whole_meanwhile_and_keeps_what_others_write(
    engine: Engine, other: Engine, tmp_path: Path
) -> None:
    index, embedder = ChromaIndex(tmp_path / "chroma", "fake-model"), FakeEmbedder()
    store = Store(engine)
    given = sorted(articles(3), key=lambda article: article.id)
    Ingest(store, index, embedder, clock).add(given)
    index.upsert([replace(store.embedded("fake-model", store.chunk_ids())[0], id="stray")])
    later = replace(given[-1], text=given[-1].text + " The bridge is open again.")
    removed = given[1]
    least = index.count() - len(store.article_passages(removed.id))
    seen: list[int] = []

    def another_writes(*_: object) -> None:
        if not seen:
            theirs = Ingest(Store(other), index, embedder, clock)
            theirs.add([later])
            theirs.remove([removed.id])
        seen.append(index.count())

    Ingest(store, index, embedder, clock).reindex(another_writes)

    assert min(seen) >= least
    assert {one.id: one.text for one in store.all_articles()} == {
        given[0].id: given[0].text,
        later.id: later.text,
    }
    assert sorted(index.ids()) == sorted(store.chunk_ids())
    index.close()
