"""Articles enter the archive once, change as a whole, and leave nothing behind."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from retrieval import ingest as ingest_module
from retrieval.ingest import decide
from retrieval.models import Article, Outcome, Rejected
from retrieval.rows import content_hash
from tests.archive import Archive, an_archive, assert_consistent, contents
from tests.builders import a_long_text, a_paragraph, an_article, articles
from tests.fakes import FakeEmbedder


@pytest.fixture
def embedder() -> FakeEmbedder:
    return FakeEmbedder()


@pytest.fixture
def archive(tmp_path: Path, embedder: FakeEmbedder) -> Iterator[Archive]:
    with an_archive(tmp_path, embedder) as opened:
        yield opened


def corrected(article: Article) -> Article:
    """The same article with its first paragraph replaced and its last one gone."""
    paragraphs = article.text.split("\n\n")
    return replace(article, text="\n\n".join([a_paragraph(777), *paragraphs[1:-1]]))


# New, changed, unchanged


def test_an_unknown_article_is_new_and_a_known_one_is_compared_as_a_reader_sees_it() -> None:
    article = an_article()

    assert decide(article, None) is Outcome.NEW
    assert decide(article, content_hash(article)) is Outcome.UNCHANGED
    for field, value in {
        "title": "Another",
        "text": "Another.",
        "source": "Another",
        "language": "pt",
        "published_at": None,
        "author": "Ana",
        "partial": True,
    }.items():
        other = replace(article, **{field: value})  # type: ignore[arg-type]
        assert decide(other, content_hash(article)) is Outcome.CHANGED, field


def test_an_archive_that_knew_neither_author_nor_wall_holds_nothing_changed() -> None:
    assert content_hash(an_article()) == "4c57a871b2679ea75bac2674535436e9"


def test_what_is_ingested_stands_in_all_three_places(archive: Archive) -> None:
    report = archive.ingest.add(articles(5))

    found = assert_consistent(archive)
    assert (report.new, report.changed, report.unchanged, report.failed) == (5, 0, 0, 0)
    assert report.chunks_embedded == len(found.chunks) > 5
    assert len(found.articles) == 5


def test_the_second_run_does_nothing_and_embeds_nothing(
    archive: Archive, embedder: FakeEmbedder
) -> None:
    archive.ingest.add(articles(5))
    before, embedded = contents(archive), len(embedder.embedded)

    report = archive.ingest.add(articles(5))

    assert (report.new, report.changed, report.unchanged) == (0, 0, 5)
    assert report.chunks_embedded == 0
    assert len(embedder.embedded) == embedded
    assert contents(archive) == before


def test_a_corrected_article_leaves_no_stale_chunk_anywhere(archive: Archive) -> None:
    first, other = articles(2, paragraphs=12)
    archive.ingest.add([first, other])
    before = set(contents(archive).chunk_ids)

    report = archive.ingest.add([corrected(first), other])

    found = assert_consistent(archive)
    assert (report.changed, report.unchanged) == (1, 1)
    assert before - set(found.chunk_ids)
    assert "report 777 says" in str(found.words).lower()
    assert "report 0 says" not in str(found.words).lower()
    assert {row[3] for row in found.articles} == {corrected(first).text, other.text}


def test_a_correction_embeds_only_the_chunks_it_changes(
    archive: Archive, embedder: FakeEmbedder
) -> None:
    article = an_article(a_long_text(30))
    archive.ingest.add([article])
    embedder.embedded.clear()

    archive.ingest.add([replace(article, text=article.text.replace("Report 29", "Report X"))])

    assert 1 <= len(embedder.embedded) <= 2


def test_a_new_source_changes_the_metadata_and_embeds_nothing(
    archive: Archive, embedder: FakeEmbedder
) -> None:
    archive.ingest.add([an_article(source="Folha")])
    embedder.embedded.clear()

    report = archive.ingest.add([an_article(source="O Globo")])

    found = assert_consistent(archive)
    assert report.changed == 1
    assert embedder.embedded == []
    assert {dict(row[1])["source"] for row in found.vectors} == {"O Globo"}


def test_a_correction_leaves_no_cached_vector_of_the_old_text(archive: Archive) -> None:
    article = an_article(a_long_text(8))
    archive.ingest.add([article])

    archive.ingest.add([replace(article, text=a_long_text(8, first=50))])

    found = assert_consistent(archive)
    assert {row[1] for row in found.cached} == {row[5] for row in found.chunks}


def test_the_same_text_under_another_title_is_an_article_and_its_vectors_are_shared_where_alike(
    archive: Archive, embedder: FakeEmbedder
) -> None:
    first = an_article(a_long_text(8))
    other = replace(first, url="https://other.example.com/a", title="Of the same outlet")

    archive.ingest.add([first, other])  # in one batch
    archive.ingest.add([replace(other, title=first.title)])

    found = assert_consistent(archive)
    assert len(found.articles) == 2
    assert len(found.chunks) == 2 * len(found.cached)
    assert len(set(embedder.embedded)) == len(embedder.embedded)


def test_of_two_texts_at_one_address_in_one_input_the_first_is_taken_every_time(
    archive: Archive,
) -> None:
    first, second = an_article("The mayor resigned."), an_article("The mayor stays.")

    report = archive.ingest.add([first, second, first])
    again = archive.ingest.add([first, second, first])

    assert (report.new, report.unchanged, report.failed) == (1, 1, 1)
    assert "twice" in report.failures[0].reason
    assert (again.new, again.changed, again.unchanged, again.failed) == (0, 0, 2, 1)
    assert again.chunks_embedded == 0


def test_an_article_without_text_is_kept_and_has_no_chunks(archive: Archive) -> None:
    report = archive.ingest.add([an_article("")])

    assert report.new == 1
    assert contents(archive).chunks == []
    assert archive.ingest.add([an_article("")]).unchanged == 1


def test_a_long_batch_is_written_as_it_goes(
    archive: Archive, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ingest_module, "COMMIT_CHUNKS", 4)
    stored: list[int] = []

    archive.ingest.add(
        articles(9), lambda _outcome, _item: stored.append(archive.store.article_count())
    )

    assert len(stored) == 9
    assert all(count >= number for number, count in enumerate(stored, start=1))
    assert stored[0] < 9


def test_rejected_inputs_are_counted_and_the_rest_goes_on(archive: Archive) -> None:
    bad = Rejected("a.html", "It is empty.")
    seen: list[Outcome] = []

    report = archive.ingest.add(
        [bad, *articles(2), bad], lambda outcome, _item: seen.append(outcome)
    )

    assert (report.new, report.failed) == (2, 2)
    assert report.failures == (bad, bad)
    assert sorted(seen) == sorted([Outcome.FAILED, Outcome.FAILED, Outcome.NEW, Outcome.NEW])
    assert_consistent(archive)


def test_texts_that_the_embedder_reads_alike_can_stand_in_one_article(archive: Archive) -> None:
    runs = ["x" * 390 + ".", " ".join(["x" * 100] * 3 + ["x" * 90 + "."])]

    report = archive.ingest.add([an_article("\n\n".join([runs[0]] * 3 + [runs[1]] * 3))])

    assert report.new == 1
    assert_consistent(archive)


# Leaving


def test_what_is_removed_leaves_nothing(archive: Archive) -> None:
    all_of_them = articles(4)
    archive.ingest.add(all_of_them[:2])
    before = contents(archive)
    archive.ingest.add(all_of_them[2:])

    archive.ingest.remove([article.id for article in all_of_them[2:]])

    assert contents(archive) == before


def test_a_text_that_another_article_shares_survives_the_removal_of_one(archive: Archive) -> None:
    first = an_article(a_long_text(4))
    copy = replace(first, url="https://other.example.com/a")
    archive.ingest.add([first, replace(copy, title="Another")])
    archive.ingest.add([copy])
    assert len(contents(archive).articles) == 2

    archive.ingest.remove([first.id])

    found = assert_consistent(archive)
    assert [row[0] for row in found.articles] == [copy.id]
    archive.ingest.remove([copy.id])
    assert contents(archive).cached == []


def test_removing_what_is_not_there_is_nothing(archive: Archive) -> None:
    archive.ingest.add(articles(1))
    before = contents(archive)

    archive.ingest.remove(["0" * 24])

    assert contents(archive) == before


# Interrupted by the person


@pytest.mark.parametrize("at_text", [1, 3, 6, 10])
def test_what_is_counted_before_ctrl_c_is_safe(
    tmp_path: Path, at_text: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ingest_module, "COMMIT_CHUNKS", 3)
    texts = iter(range(1, 1000))

    def interrupt(_text: str) -> None:
        if next(texts) == at_text:
            raise KeyboardInterrupt

    counted: list[Article | Rejected] = []
    with an_archive(tmp_path, FakeEmbedder(before_text=interrupt)) as archive:
        report = archive.ingest.add(articles(6), lambda _outcome, article: counted.append(article))
        found = assert_consistent(archive)

    assert report.interrupted
    assert report.new == len(counted) == len(found.articles) < 6
    with an_archive(tmp_path) as archive:
        again = archive.ingest.add(articles(6))
        assert (again.new, again.unchanged) == (6 - report.new, report.new)
        assert_consistent(archive)


def test_an_undisturbed_run_is_not_called_interrupted(archive: Archive) -> None:
    assert not archive.ingest.add(articles(1)).interrupted


def test_an_article_the_embedder_fails_on_keeps_no_other_of_its_batch_out(tmp_path: Path) -> None:
    def before_text(text: str) -> None:
        if "poison" in text:
            raise RuntimeError("engine")

    bad = an_article("The poison of the dam. " * 20, url="https://news.example.com/bad")
    settled: list[tuple[Outcome, str]] = []
    with an_archive(tmp_path, FakeEmbedder(before_text=before_text)) as archive:
        report = archive.ingest.add(
            [*articles(2), bad, bad], lambda outcome, item: settled.append((outcome, str(item)))
        )
        found = assert_consistent(archive)
    assert (report.new, report.unchanged, len(found.articles)) == (2, 0, 2)
    reason = "it cannot be embedded (RuntimeError)"
    assert report.failures == (Rejected(bad.url, reason),) * 2
    assert [outcome for outcome, _ in settled] == [Outcome.NEW] * 2 + [Outcome.FAILED] * 2


def test_an_embedder_that_fails_on_everything_raises_and_nothing_is_taken(tmp_path: Path) -> None:
    def before_text(_text: str) -> None:
        raise RuntimeError("engine")

    with (
        an_archive(tmp_path, FakeEmbedder(before_text=before_text)) as archive,
        pytest.raises(RuntimeError, match="engine"),
    ):
        archive.ingest.add(articles(3))


def test_the_same_address_once_more_is_settled_after_the_first_is_safe(archive: Archive) -> None:
    article = an_article()
    held: list[int] = []
    archive.ingest.add(
        [article, article], lambda _outcome, _item: held.append(archive.store.article_count())
    )
    assert held == [1, 1]
