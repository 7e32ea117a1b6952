"""A passage says where else it stands, and an article what it said before."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from retrieval import transactions
from retrieval.models import Appearance, Article, Outcome
from retrieval.outlets import origins
from tests.archive import Archive, contents
from tests.builders import PUBLISHED
from tests.standing import passages
from tests.stories import (
    CORRECTED,
    FOLHA,
    LUSA,
    PUBLICO,
    a_story,
    reworded,
)

# History


def test_a_correction_is_kept_with_when_it_was_taken(archive: Archive) -> None:
    archive.ingest.add([LUSA])
    assert passages(archive)["Lusa"].corrected_at is None

    archive.ingest.add([reworded(LUSA)])

    (former,) = archive.store.history(LUSA.id)
    assert (former.article_id, former.title, former.text, former.published_at) == (
        LUSA.id, LUSA.title, LUSA.text, LUSA.published_at
    )  # fmt: skip
    assert passages(archive)["Lusa"].corrected_at == former.replaced_at


def test_a_new_outlet_or_date_is_a_change_but_no_correction(archive: Archive) -> None:
    archive.ingest.add([LUSA])

    report = archive.ingest.add([replace(LUSA, source="Agência Lusa", author="Ana", partial=True)])

    assert report.changed == 1
    assert archive.store.history(LUSA.id) == ()
    passage = passages(archive)["Agência Lusa"]
    assert (passage.corrected_at, passage.author, passage.partial) == (None, "Ana", True)


def test_when_the_publisher_changed_it_and_our_doubts_are_no_change(archive: Archive) -> None:
    archive.ingest.add([LUSA])

    report = archive.ingest.add([replace(LUSA, modified_at=PUBLISHED, notes=("odd",))])

    assert report.unchanged == 1


def test_only_the_latest_versions_are_kept(
    archive: Archive, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(transactions, "MOST_REVISIONS", 3)
    for letter in "abcdef":
        archive.ingest.add([replace(LUSA, title=f"Version {letter}")])

    assert [one.title[-1] for one in archive.store.history(LUSA.id)] == ["e", "d", "c"]


def test_indexing_anew_changes_neither_history_nor_groups_nor_appearances(
    archive: Archive,
) -> None:
    archive.ingest.add([LUSA, FOLHA, replace(PUBLICO, text=CORRECTED.text)])
    archive.ingest.add([reworded(LUSA)])
    before, history = contents(archive), archive.store.history(LUSA.id)

    archive.ingest.reindex()

    assert contents(archive) == before
    assert archive.store.history(LUSA.id) == history


# Shown


def test_a_passage_says_where_else_it_stands_the_earliest_first(archive: Archive) -> None:
    earlier = replace(PUBLICO, published_at=PUBLISHED - timedelta(hours=2))
    archive.ingest.add([LUSA, FOLHA, earlier, a_story(2, "Expresso")])

    found = passages(archive)

    assert found["Expresso"].also_in == ()
    assert found["Lusa"].also_in == tuple(
        Appearance(one.source, one.url, one.title, one.published_at) for one in (earlier, FOLHA)
    )


def test_of_no_end_of_appearances_twenty_are_shown(archive: Archive) -> None:
    letters = "abcdefghijklmnopqrstuvwx"
    archive.ingest.add([LUSA, *(a_story(1, f"Outlet{letter}") for letter in letters)])

    assert len(passages(archive)["Lusa"].also_in) == 20


def test_copies_count_as_one_origin_the_agencys_if_any_credits_it(archive: Archive) -> None:
    credited = replace(PUBLICO, text=f"LISBOA (Reuters) - {PUBLICO.text}")
    archive.ingest.add([FOLHA, credited, a_story(1, "Diario", CORRECTED.text), a_story(2)])

    found = origins(archive.store.coverage([row[0] for row in contents(archive).articles]))

    assert {origin.name: set(origin.outlets) for origin in found} == {
        "Reuters": {"Folha", "Publico", "Diario"},
        "Lusa": {"Lusa"},
    }


def test_progress_tells_of_copies_as_of_any_new_article(archive: Archive) -> None:
    told: list[tuple[Outcome, str]] = []

    archive.ingest.add(
        [LUSA, FOLHA],
        lambda outcome, item: told.append((outcome, item.url if isinstance(item, Article) else "")),
    )

    assert told == [(Outcome.NEW, LUSA.url), (Outcome.NEW, FOLHA.url)]
