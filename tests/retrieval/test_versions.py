"""What an article said over time, found by any name a person has for it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from retrieval.checkup import read_only
from retrieval.models import Article
from retrieval.transactions import MOST_REVISIONS
from retrieval.versions import article_named, corrected_since, history_of
from tests.archive import NOW, Archive, an_archive
from tests.builders import an_article
from tests.stories import FOLHA, LUSA

ARTICLE = an_article(url="https://folha.example/stargate")
OTHER = an_article("Something else entirely happened elsewhere.", url="https://folha.example/2")


@pytest.fixture
def archive(tmp_path: Path) -> Iterator[Archive]:
    with an_archive(tmp_path) as opened:
        opened.ingest.add([ARTICLE, OTHER])
        yield opened


def corrected(archive: Archive, text: str, article: Article = ARTICLE) -> None:
    archive.ingest.add([replace(article, text=text)])


@pytest.mark.parametrize(
    "name",
    [
        "https://folha.example/stargate",
        " http://folha.example/stargate/ ",
        "https://folha.example/stargate#comments",
        ARTICLE.id,
        ARTICLE.id.upper(),
        ARTICLE.id[:10],
    ],
)
def test_an_article_is_found_by_its_address_or_id(archive: Archive, name: str) -> None:
    assert article_named(archive.store.engine, name) == ARTICLE.id


@pytest.mark.parametrize(
    "name", ["", "%", "a", "________", "https://folha.example/", "\x00", "ç" * 999]
)
def test_anything_else_names_no_article(archive: Archive, name: str) -> None:
    assert article_named(archive.store.engine, name) is None


def test_versions_are_in_order_and_the_last_is_the_article(archive: Archive) -> None:
    corrected(archive, "It committed US$ 400 billion over four years.")
    corrected(archive, "It committed US$ 450 billion over four years.")
    found = history_of(archive.store.engine, ARTICLE.id)
    assert found is not None
    assert [one.text[:21] for one in found.versions] == [
        "The group committed U", "It committed US$ 400 ", "It committed US$ 450 ",
    ]  # fmt: skip
    assert found.article.text == found.versions[-1].text
    assert [one.since for one in found.versions] == [NOW, NOW, NOW]
    assert found.is_corrected


def test_an_article_that_never_changed_has_one_version(archive: Archive) -> None:
    found = history_of(archive.store.engine, OTHER.id)
    assert found is not None
    assert not found.is_corrected
    assert history_of(archive.store.engine, "nowhere") is None


def test_the_first_of_too_many_versions_is_of_no_known_age(archive: Archive) -> None:
    for number in range(MOST_REVISIONS + 2):
        corrected(archive, f"It committed US$ {number} billion over four years.")
    found = history_of(archive.store.engine, ARTICLE.id)
    assert found is not None
    assert found.versions[0].since is None
    assert len(found.versions) == MOST_REVISIONS + 1


def test_a_copy_says_whose_text_it_is_and_the_article_where_it_stands_too(archive: Archive) -> None:
    archive.ingest.add([LUSA, FOLHA])
    own, copy = (history_of(archive.store.engine, one.id) for one in (LUSA, FOLHA))
    assert own is not None
    assert copy is not None
    assert [one.source for one in own.also_in] == ["Folha"]
    assert own.stands_in is None
    assert copy.stands_in is not None
    assert copy.stands_in.url == LUSA.url
    assert article_named(archive.store.engine, FOLHA.url) == FOLHA.id


def test_what_was_corrected_of_late_is_found(archive: Archive) -> None:
    assert corrected_since(archive.store.engine, NOW) == {}
    corrected(archive, "It committed US$ 400 billion over four years.")
    assert corrected_since(archive.store.engine, NOW) == {ARTICLE.id: NOW}
    assert corrected_since(archive.store.engine, NOW + timedelta(seconds=1)) == {}


def test_all_of_it_is_read_without_the_right_to_write(archive: Archive, tmp_path: Path) -> None:
    corrected(archive, "It committed US$ 400 billion over four years.")
    with read_only(tmp_path / "corpus.db") as engine:
        found = article_named(engine, ARTICLE.url)
        assert found is not None
        history = history_of(engine, found)
    assert history is not None
    assert history.is_corrected
