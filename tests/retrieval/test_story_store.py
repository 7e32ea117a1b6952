"""Stories of a real archive: made as articles arrive, kept through changes, crashes and models."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import text

from retrieval import story_rows
from retrieval.database import open_database
from retrieval.models import Article
from retrieval.store import open_corpus
from retrieval.story_facts import Status
from retrieval.story_store import StoryStore
from tests.archive import NOW, Archive, an_archive
from tests.builders import an_article
from tests.fakes import FakeEmbedder
from tests.stories import wire_text

BRIDGE = (
    "The Arrabida bridge in Porto was closed after inspectors found cracks. Engineer Lia Montez "
    "said that traffic over the river Douro will be diverted for {}."
)
FERRY = (
    "A ferry ran aground near Setubal with tourists on board. Captain Rui Alvor was questioned "
    "by the harbour police and the passengers were taken to Troia by {}."
)
TAX = (
    "Parliament passed the budget with a new tax on windfall profits. Minister Vera Pinhal "
    "expects the refineries of Sines to pay before the end of {}."
)
ENDINGS = ("two weeks", "fishing boats", "the month", "a crane", "winter", "military trucks")


def a_report(event: str, number: int, outlet: str = "Folha", **changes: object) -> Article:
    kind = {BRIDGE: "bridge", FERRY: "ferry", TAX: "tax"}[event]
    article = an_article(
        event.format(ENDINGS[number]),
        url=f"https://{outlet.lower()}.example/{kind}/{number}",
        title=f"{event.split('. ', maxsplit=1)[0]} ({number})",
        source=outlet,
        published_at=NOW - timedelta(hours=10 - number),
    )
    return replace(article, **changes)  # type: ignore[arg-type]


def reports(count: int = 4) -> list[Article]:
    outlets = ("Folha", "Publico", "Lusa", "Expresso", "Correio", "Observador")
    return [
        a_report(event, at, outlets[at]) for at in range(count) for event in (BRIDGE, FERRY, TAX)
    ]


def stories_of(archive: Archive) -> StoryStore:
    return StoryStore(archive.store.engine)


def groups(archive: Archive) -> set[frozenset[str]]:
    found: dict[str, set[str]] = {}
    for article_id, story_id in archive.rows("SELECT article_id, story_id FROM story_articles"):
        found.setdefault(story_id, set()).add(article_id)
    return {frozenset(members) for members in found.values()}


def by_event(count: int = 4) -> set[frozenset[str]]:
    return {
        frozenset(one.id for one in reports(count) if f"/{kind}/" in one.url)
        for kind in ("bridge", "ferry", "tax")
    }


def assert_sound(archive: Archive) -> None:
    """Nothing is left to do, every article is in a story, and every story is as it is counted."""
    assert archive.rows("SELECT * FROM pending_stories") == []
    assert archive.rows("SELECT id FROM articles") == archive.rows(
        "SELECT article_id FROM story_articles"
    )
    assert archive.rows(
        "SELECT id, articles, first_seen, last_seen FROM stories WHERE merged_into IS NULL"
    ) == archive.rows(
        "SELECT story_id, count(*), min(at), max(at) FROM story_articles GROUP BY story_id"
    )
    assert (
        archive.rows(
            "SELECT id FROM stories WHERE merged_into NOT IN "
            "(SELECT id FROM stories WHERE merged_into IS NULL)"
        )
        == []
    )


# Arriving


def test_articles_join_a_story_as_they_arrive(archive: Archive) -> None:
    for article in reports():
        archive.ingest.add([article])

    assert groups(archive) == by_event()
    assert_sound(archive)


@pytest.mark.parametrize("seed", range(3))
def test_in_any_order_and_in_any_batches_the_stories_are_the_same(
    archive: Archive, seed: int
) -> None:
    shuffled, dice = reports(), random.Random(seed)
    dice.shuffle(shuffled)
    while shuffled:
        size = dice.randint(1, 5)
        archive.ingest.add(shuffled[:size])
        del shuffled[:size]

    assert groups(archive) == by_event()
    assert_sound(archive)


def test_a_story_keeps_its_id_as_articles_are_added(archive: Archive) -> None:
    first = a_report(BRIDGE, 0)
    archive.ingest.add([first])
    story = stories_of(archive).of_article(first.id)
    assert story is not None

    archive.ingest.add([a_report(BRIDGE, at, "Lusa") for at in range(1, 6)])

    assert stories_of(archive).of_article(a_report(BRIDGE, 5, "Lusa").id) == story
    assert len(stories_of(archive).articles_of(story)) == 6


def test_taking_the_same_again_changes_no_story(archive: Archive) -> None:
    archive.ingest.add(reports())
    before = archive.rows("SELECT * FROM story_articles")

    archive.ingest.add(reports())

    assert archive.rows("SELECT * FROM story_articles") == before


# Changing and going


def test_a_corrected_article_alone_in_its_story_keeps_it(archive: Archive) -> None:
    archive.ingest.add([a_report(BRIDGE, 0)])
    story = stories_of(archive).of_article(a_report(BRIDGE, 0).id)

    archive.ingest.add([replace(a_report(BRIDGE, 0), title=FERRY, text=FERRY)])

    assert stories_of(archive).of_article(a_report(BRIDGE, 0).id) == story
    assert_sound(archive)


def test_an_article_that_becomes_another_event_s_changes_its_story(archive: Archive) -> None:
    archive.ingest.add(reports())
    moved = a_report(BRIDGE, 0)
    bridge = stories_of(archive).of_article(moved.id)
    ferry = stories_of(archive).of_article(a_report(FERRY, 0).id)

    archive.ingest.add([replace(a_report(FERRY, 0), url=moved.url, source="Outro")])

    assert stories_of(archive).of_article(moved.id) == ferry
    assert bridge is not None
    assert len(stories_of(archive).articles_of(bridge)) == 3
    assert_sound(archive)


def test_an_article_that_goes_leaves_its_story_at_once(archive: Archive) -> None:
    archive.ingest.add(reports())
    story = stories_of(archive).of_article(a_report(BRIDGE, 0).id) or ""

    archive.ingest.remove([a_report(BRIDGE, 0).id])

    assert stories_of(archive).of_article(a_report(BRIDGE, 0).id) is None
    assert len(stories_of(archive).articles_of(story)) == 3
    assert_sound(archive)


def test_a_story_without_articles_is_gone_and_nobody_joins_it(archive: Archive) -> None:
    ingest, only = archive.ingest, a_report(BRIDGE, 0)
    ingest.add([only, a_report(TAX, 1)])
    story = stories_of(archive).of_article(only.id) or ""
    ingest.remove([only.id])
    assert stories_of(archive).story(story) is None

    ingest.add([a_report(BRIDGE, 1, "Lusa")])

    found = stories_of(archive).of_article(a_report(BRIDGE, 1, "Lusa").id) or ""
    assert stories_of(archive).story(found) is not None
    assert_sound(archive)


class ThreePlaces(FakeEmbedder):
    """Left and right are somewhat alike, and the middle is near both."""

    def _vector(self, text: str):  # type: ignore[no-untyped-def]
        left, right = super()._vector("left river"), super()._vector("right river")
        if "middle" in text:
            mixed = left + right
            return mixed / (mixed @ mixed) ** 0.5
        return left if "left" in text else right


def test_stories_that_turn_out_to_be_one_keep_the_older_id_and_lead_there(tmp_path: Path) -> None:
    hour = timedelta(hours=1)
    left, right, middle = (
        an_article(f"{side} it is", url=f"https://a.example/{side}", title=f"The {side}",
                   published_at=NOW - hours * hour)
        for side, hours in (("left", 5), ("right", 9), ("middle", 2))
    )  # fmt: skip
    with an_archive(tmp_path, ThreePlaces()) as archive:
        archive.ingest.add([left, right])
        younger, older = (stories_of(archive).of_article(one.id) for one in (left, right))
        assert younger != older

        archive.ingest.add([middle])

        told = stories_of(archive)
        assert {told.of_article(one.id) for one in (left, right, middle)} == {older}
        assert told.current_id(younger or "") == older
        found = told.story(younger or "")
        assert found is not None
        assert (found.id, found.article_count) == (older, 3)
        assert_sound(archive)


# Crashes, archives of before, other models


class Crash(BaseException):
    pass


@pytest.mark.parametrize("step", ["write_told", "write_means", "settle", "refresh"])
def test_a_crash_at_any_step_is_made_good_by_the_next_run(
    archive: Archive, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    def crash(*_: object) -> None:
        raise Crash

    with monkeypatch.context() as broken:
        broken.setattr(story_rows, step, crash)
        with pytest.raises(Crash):
            archive.ingest.add(reports())
    assert archive.rows("SELECT * FROM story_articles") == []

    archive.ingest.add(reports())

    assert groups(archive) == by_event()
    assert_sound(archive)


def test_a_failure_in_one_step_is_not_remembered_by_the_same_ingest(
    archive: Archive, monkeypatch: pytest.MonkeyPatch
) -> None:
    ingest, settle = archive.ingest, story_rows.settle
    monkeypatch.setattr(story_rows, "settle", lambda *_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        ingest.add(reports())
    monkeypatch.setattr(story_rows, "settle", settle)

    ingest.add(reports())

    assert groups(archive) == by_event()
    assert_sound(archive)


def without_stories(archive: Archive) -> None:
    """As an archive is right after the migration."""
    with archive.store.engine.begin() as connection:
        for table in ("stories", "story_articles", "story_means"):
            connection.exec_driver_sql(f"DELETE FROM {table}")
        connection.exec_driver_sql(
            "INSERT INTO pending_stories SELECT id, published_at FROM articles"
        )


def test_an_archive_of_before_gets_its_stories_in_small_steps(archive: Archive) -> None:
    archive.ingest.add(reports())
    without_stories(archive)
    ingest = archive.ingest

    assert [ingest.tell_stories(5) for _ in range(4)] == [5, 5, 2, 0]

    assert groups(archive) == by_event()
    assert_sound(archive)


def test_new_articles_come_before_those_of_the_past(archive: Archive) -> None:
    archive.ingest.add(reports(3))
    without_stories(archive)
    newest = a_report(BRIDGE, 5, "Lusa")
    archive.ingest.add([newest])
    without_stories(archive)

    archive.ingest.tell_stories(1)

    assert archive.rows("SELECT article_id FROM story_articles") == [(newest.id,)]


def test_another_model_leaves_the_stories_as_they_were_and_new_articles_join_them(
    tmp_path: Path,
) -> None:
    with an_archive(tmp_path, FakeEmbedder("old")) as archive:
        archive.ingest.add(reports(3))
        before = archive.rows("SELECT article_id, story_id FROM story_articles")
    with an_archive(tmp_path, FakeEmbedder("new", dimension=48)) as archive:
        archive.ingest.reindex()
        assert archive.rows("SELECT article_id, story_id FROM story_articles") == before
        assert archive.rows("SELECT DISTINCT model_id FROM story_means") == [("new",)]

        archive.ingest.add(reports(4))

        assert groups(archive) == by_event(4)
        assert_sound(archive)


def test_articles_whose_vectors_have_yet_to_come_wait_for_them(tmp_path: Path) -> None:
    with an_archive(tmp_path, FakeEmbedder("old")) as archive:
        archive.ingest.add(reports(2))
        without_stories(archive)
    with an_archive(tmp_path, FakeEmbedder("new")) as archive:
        assert archive.ingest.tell_stories() == 0
        assert len(archive.rows("SELECT * FROM pending_stories")) == 6

        archive.ingest.reindex()

        assert groups(archive) == by_event(2)


def test_the_migration_notes_every_article_for_its_story(tmp_path: Path) -> None:
    old = open_database(tmp_path / "corpus.db", "retrieval.migrations", "0006")
    with old.begin() as connection:
        for name, published in (("dated", 50), ("undated", None)):
            connection.execute(
                text(
                    "INSERT INTO articles (id, url, title, text, source, language, published_at, "
                    "sample, content_hash, added_at, updated_at) VALUES (:name, '', '', '', '', "
                    "'en', :published, FALSE, '', 70, 70)"
                ),
                {"name": name, "published": published},
            )
    old.dispose()

    corpus = open_corpus(tmp_path / "corpus.db")

    with corpus.connect() as connection:
        found = connection.execute(text("SELECT article_id, at FROM pending_stories ORDER BY at"))
        assert [tuple(row) for row in found] == [("dated", 50), ("undated", 70)]
    corpus.dispose()


# Reading


def test_a_story_tells_outlets_origins_and_when_it_was_seen(archive: Archive) -> None:
    wire = wire_text(1)
    articles = [
        an_article(wire, url="https://g1.globo.com/1", title="Wire one", source="G1",
                   published_at=NOW - timedelta(hours=3)),
        an_article(wire, url="https://folha.uol.com.br/1", title="Wire one", source="Folha",
                   published_at=NOW - timedelta(hours=2)),
        an_article(f"{wire} {wire_text(2, 1)}", url="https://oglobo.globo.com/2",
                   title="Wire one and more", source="O Globo",
                   published_at=NOW - timedelta(hours=1)),
    ]  # fmt: skip
    archive.ingest.add(articles)
    told = stories_of(archive)

    story_id = told.of_article(articles[0].id)
    assert story_id == told.of_article(articles[1].id) == told.of_article(articles[2].id)
    story = told.story(story_id or "")
    assert story is not None
    assert set(story.outlets) == {"G1", "Folha", "O Globo"}
    assert len(story.origins) == 1
    assert story.headline in {"Wire one", "Wire one and more"}
    assert (story.first_seen, story.last_seen) == (
        NOW - timedelta(hours=3),
        NOW - timedelta(hours=1),
    )
    assert story.languages == ("en",)


def test_a_story_tells_on_what_its_sources_differ(archive: Archive) -> None:
    lusa = a_report(FERRY, 0, "Lusa")
    archive.ingest.add(
        [
            replace(lusa, text=f"{lusa.text} At 8 am 12 people were injured."),
            replace(a_report(FERRY, 1, "Publico"), title="Ferry near Setubal: 15 injured"),
        ]
    )

    story = stories_of(archive).story(stories_of(archive).of_article(lusa.id) or "")

    assert story is not None
    assert [
        (one.about, [figure.text for figure in one.figures]) for one in story.contradictions
    ] == [("injured", ["12", "15"])]


def test_stories_of_a_time_come_with_counts_the_latest_first(archive: Archive) -> None:
    archive.ingest.add([*reports(2), a_report(FERRY, 5)])
    told = stories_of(archive)

    found = told.between(NOW - timedelta(hours=12), NOW)

    assert found[0].id == told.of_article(a_report(FERRY, 5).id)
    assert sorted((one.article_count, one.outlet_count) for one in found) == [
        (2, 2),
        (2, 2),
        (3, 2),
    ]
    assert found == tuple(sorted(found, key=lambda one: one.last_seen, reverse=True))
    assert told.between(NOW - timedelta(hours=12), NOW, limit=1) == found[:1]
    assert told.between(NOW - timedelta(days=9), NOW - timedelta(days=2)) == ()


def test_of_what_was_heard_the_story_with_most_articles_comes_first_also_of_some_outlets(
    archive: Archive,
) -> None:
    wide = [a_report(FERRY, number, f"Outlet {number}") for number in range(3)]
    small = a_report(TAX, 1, "Gazeta")
    archive.ingest.add([*wide, small])
    told, period = stories_of(archive), (NOW - timedelta(days=1), NOW + timedelta(seconds=1))
    ferry, tax = (told.of_article(one.id) for one in (wide[0], small))

    assert [one.id for one in told.heard_between(*period)] == [ferry, tax]
    assert [one.id for one in told.heard_between(*period, limit=1)] == [ferry]
    assert told.ids_heard_between(*period) == [ferry, tax]
    assert told.ids_heard_between(*period, sources=("Gazeta",)) == [tax]
    assert told.ids_heard_between(*period, sources=("Nobody",)) == []
    assert [one.id for one in told.summaries([tax or "", "gone", ferry or ""])] == [tax, ferry]


def test_what_is_taken_long_after_its_date_is_no_news(archive: Archive) -> None:
    old = a_report(BRIDGE, 0, published_at=NOW - timedelta(days=30))
    undated = a_report(TAX, 1, published_at=None)
    ahead = a_report(FERRY, 1, published_at=NOW + timedelta(days=40))
    archive.ingest.add([old, undated, ahead])
    told = stories_of(archive)

    heard = told.heard_between(NOW - timedelta(days=1), NOW + timedelta(seconds=1))

    assert {one.id for one in heard} == {told.of_article(one.id) for one in (undated, ahead)}
    story = told.story(told.of_article(old.id) or "")
    assert story is not None
    assert story.status(NOW, NOW - timedelta(days=1)) is Status.QUIET
    fresh = told.story(told.of_article(ahead.id) or "")
    assert fresh is not None
    assert fresh.status(NOW + timedelta(hours=1), NOW - timedelta(days=1)) is Status.NEW
    assert fresh.day(NOW) == 1


def test_nothing_is_known_of_what_is_not_there(archive: Archive) -> None:
    told = stories_of(archive)

    assert told.of_article("nobody") is None
    assert told.of_articles(["nobody"]) == {}
    assert told.story("nothing") is None
    assert told.articles_of("nothing") == ()
    assert told.current_id("nothing") is None
    assert told.between(datetime(1900, 1, 1, tzinfo=UTC), NOW) == ()


def test_a_window_far_away_is_read_when_an_article_of_then_comes(archive: Archive) -> None:
    ingest = archive.ingest
    long_ago = [
        a_report(BRIDGE, at, published_at=NOW - timedelta(days=900, hours=at)) for at in (0, 1)
    ]
    ingest.add([long_ago[0], a_report(BRIDGE, 2)])

    ingest.add([long_ago[1], a_report(BRIDGE, 3)])

    assert groups(archive) == {
        frozenset(one.id for one in long_ago),
        frozenset(a_report(BRIDGE, at).id for at in (2, 3)),
    }
