"""A text that stands in several outlets is one article; each of them is remembered."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from retrieval import ingest as ingest_module
from retrieval import placing
from retrieval.models import Article
from tests.archive import Archive, an_archive, assert_consistent, contents
from tests.builders import PUBLISHED, an_article
from tests.fakes import FakeEmbedder
from tests.standing import groups, passages, stands
from tests.stories import (
    CORRECTED,
    FOLHA,
    LUSA,
    PUBLICO,
    a_story,
    reworded,
    shortened,
    wire_text,
    with_other_figures,
)

# Taking


def test_a_copy_in_another_outlet_is_an_appearance_and_is_not_embedded(
    archive: Archive, embedder: FakeEmbedder
) -> None:
    archive.ingest.add([LUSA])
    embedder.embedded.clear()

    report = archive.ingest.add([FOLHA])

    assert (report.new, report.copies, report.chunks_embedded) == (1, 1, 0)
    assert embedder.embedded == []
    assert stands(archive) == {"Lusa": {"Lusa", "Folha"}}
    assert_consistent(archive)


def test_copies_that_come_together_are_seen_as_copies(archive: Archive) -> None:
    report = archive.ingest.add([LUSA, a_story(2), FOLHA, PUBLICO, a_story(2, "Publico")])

    assert (report.new, report.copies) == (5, 3)
    assert archive.store.article_count() == 2
    assert_consistent(archive)


def test_the_second_round_finds_everything_unchanged(archive: Archive) -> None:
    coverage = [LUSA, FOLHA, CORRECTED, a_story(2), replace(PUBLICO, text=shortened(PUBLICO.text))]
    archive.ingest.add(coverage)
    before = contents(archive)

    report = archive.ingest.add(coverage)

    assert (report.new, report.copies, report.changed) == (0, 0, 0)
    assert contents(archive) == before


@pytest.mark.parametrize(
    "text",
    [shortened(LUSA.text), f"LISBOA (Lusa) - {LUSA.text}", LUSA.text.upper(), reworded(LUSA).text],
    ids=["cut", "with an agency line", "in capitals", "with a word more"],
)
def test_a_copy_that_says_no_more_is_an_appearance(archive: Archive, text: str) -> None:
    assert archive.ingest.add([LUSA, replace(FOLHA, text=text)]).copies == 1


@pytest.mark.parametrize(
    "text",
    [
        CORRECTED.text,
        f"{LUSA.text}\n\nCarla Silva contesta em entrevista à Folha o que foi dito e anuncia que "
        "vai recorrer da decisão ainda este mês, depois de ouvir os trabalhadores da fábrica "
        "sobre o acordo que a administração lhes propôs na semana passada em reunião à porta "
        "fechada com o sindicato e com o ministro.",
    ],
    ids=["other figures", "a paragraph of its own"],
)
def test_a_copy_that_says_something_else_is_an_article_of_the_same_group(
    archive: Archive, text: str
) -> None:
    report = archive.ingest.add([LUSA, replace(FOLHA, text=text), a_story(2, "Publico")])

    assert (report.new, report.copies) == (3, 0)
    assert groups(archive) == {"Lusa": LUSA.id, "Folha": LUSA.id, "Publico": None}
    assert passages(archive)["Folha"].copy_group == LUSA.id


def test_a_headline_with_another_figure_is_no_copy(archive: Archive) -> None:
    assert archive.ingest.add([LUSA, replace(FOLHA, title="Morreram 17")]).copies == 0


def test_copies_of_two_texts_that_turn_out_to_be_one_are_of_one_group_in_any_order(
    archive: Archive, tmp_path: Path
) -> None:
    left, right = (wire_text(number) for number in (3, 4))
    whole = a_story(1, "Whole", f"{left}\n\n{right}")
    halves = [
        a_story(1, "Left", f"{left} The toll was 9."),
        a_story(1, "Left2", f"{left} The toll was 12."),
        a_story(1, "Right", f"{right} The toll was 9."),
        a_story(1, "Right2", f"{right} The toll was 12."),
    ]

    archive.ingest.add([*halves, whole])

    assert len(set(groups(archive).values())) == 1
    with an_archive(tmp_path / "other") as other:
        other.ingest.add([whole, *halves])
        assert set(groups(other).values()) == {whole.id}


def test_only_the_nearest_copies_are_read_for_one_to_appear_in(
    archive: Archive, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(placing, "MOST_TRIED", 0)

    assert archive.ingest.add([LUSA, FOLHA]).copies == 0
    assert groups(archive) == {"Lusa": LUSA.id, "Folha": LUSA.id}


def test_a_group_is_named_after_its_first_article_however_many_join(archive: Archive) -> None:
    twice = a_story(1, "Publico", with_other_figures(CORRECTED.text))

    archive.ingest.add([LUSA, CORRECTED, twice])

    assert set(groups(archive).values()) == {LUSA.id}


def test_the_next_of_a_series_of_one_outlet_is_neither(archive: Archive) -> None:
    next_one = replace(LUSA, url="https://lusa.example/x", text=with_other_figures(LUSA.text))

    archive.ingest.add([LUSA, next_one])

    assert [row[12] for row in contents(archive).articles] == [None, None]


@pytest.mark.parametrize(
    ("title", "copies"), [(LUSA.title, 1), (LUSA.title.upper(), 1), ("Something else", 0)]
)
def test_of_one_outlet_the_same_text_is_a_copy_under_the_same_title(
    archive: Archive, title: str, copies: int
) -> None:
    other = replace(LUSA, url="https://m.lusa.example/1", title=title)

    assert archive.ingest.add([LUSA, other]).copies == copies


@pytest.mark.parametrize(("title", "copies"), [("Rain", 1), ("Sun", 0)])
def test_the_same_short_text_is_a_copy_under_the_same_title(
    archive: Archive, title: str, copies: int
) -> None:
    one = an_article("See the video.", url="https://a.example/1", title="Rain", source="A")
    other = replace(one, url="https://b.example/1", title=title, source="B")

    assert archive.ingest.add([one, other]).copies == copies


@pytest.mark.parametrize(("days", "copies"), [(3, 1), (-3, 1), (5, 0), (-5, 0)])
def test_copies_are_published_within_four_days(archive: Archive, days: int, copies: int) -> None:
    later = replace(FOLHA, published_at=PUBLISHED + timedelta(days=days))

    archive.ingest.add([LUSA])

    assert archive.ingest.add([later]).copies == copies


def test_undated_copies_count_as_published_when_they_are_taken(archive: Archive) -> None:
    undated = [replace(article, published_at=None) for article in (LUSA, FOLHA)]

    assert archive.ingest.add(undated).copies == 1
    assert archive.ingest.add([PUBLICO]).copies == 0  # months before


def test_the_sample_and_ones_own_coverage_are_kept_apart(archive: Archive) -> None:
    report = archive.ingest.add(
        [replace(LUSA, sample=True), replace(FOLHA, sample=True), PUBLICO, a_story(1, "Expresso")]
    )

    assert report.copies == 2
    archive.ingest.remove(archive.store.sample_ids())
    assert stands(archive) == {"Publico": {"Publico", "Expresso"}}


def test_many_appearances_are_written_as_they_come(
    archive: Archive, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ingest_module, "COMMIT_CHUNKS", 4)
    archive.ingest.add([LUSA])
    stored: list[int] = []

    archive.ingest.add(
        (a_story(1, f"Outlet{'abcdefghij'[number]}") for number in range(9)),
        lambda _outcome, item: stored.append(
            len(archive.rows("SELECT id FROM appearances")) if isinstance(item, Article) else 0
        ),
    )

    assert stored == [4, 4, 4, 4, 8, 8, 8, 8, 9]
