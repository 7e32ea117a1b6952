"""The vector index: nearest first, filtered, one collection for each model."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from retrieval.models import Query, Vector
from retrieval.vectors import ChromaIndex, collection_name, where
from tests.builders import an_embedded_chunk

NEW_YEAR = datetime(2025, 1, 1, tzinfo=UTC)
DAY = timedelta(days=1)


def at_angle(degrees: float) -> Vector:
    return np.array([np.cos(np.radians(degrees)), np.sin(np.radians(degrees)), 0], dtype=np.float32)


@pytest.fixture
def index(tmp_path: Path) -> Iterator[ChromaIndex]:
    opened = ChromaIndex(tmp_path / "chroma", "a-model")
    yield opened
    opened.close()


@pytest.fixture
def coverage(index: ChromaIndex) -> ChromaIndex:
    index.upsert(
        [
            an_embedded_chunk(at_angle(10), chunk_id="old", published_at=NEW_YEAR - DAY),
            an_embedded_chunk(
                at_angle(20), chunk_id="new", published_at=NEW_YEAR, source="O Globo"
            ),
            an_embedded_chunk(at_angle(30), chunk_id="undated", published_at=None, language="pt"),
            an_embedded_chunk(
                at_angle(40), chunk_id="later", published_at=NEW_YEAR + DAY, language="es"
            ),
        ]
    )
    return index


def found(index: ChromaIndex, query: Query, limit: int = 10) -> list[str]:
    return [hit.chunk_id for hit in index.search(at_angle(0), query, limit)]


# Searching


def test_the_nearest_comes_first_and_the_score_is_the_cosine(coverage: ChromaIndex) -> None:
    hits = coverage.search(at_angle(0), Query("x"), 10)

    assert [hit.chunk_id for hit in hits] == ["old", "new", "undated", "later"]
    assert [hit.score for hit in hits] == pytest.approx(
        [np.cos(np.radians(angle)) for angle in (10, 20, 30, 40)], abs=1e-5
    )


def test_an_opposite_has_a_score_below_zero(index: ChromaIndex) -> None:
    index.upsert([an_embedded_chunk(at_angle(180))])

    (hit,) = index.search(at_angle(0), Query("x"), 1)

    assert hit.score == pytest.approx(-1, abs=1e-5)


def test_no_more_than_the_limit_is_found(coverage: ChromaIndex) -> None:
    assert found(coverage, Query("x"), limit=2) == ["old", "new"]


def test_an_empty_index_finds_nothing(index: ChromaIndex) -> None:
    assert found(index, Query("x")) == []
    assert found(index, Query("x", sources=("Folha",))) == []
    assert list(index.ids()) == []


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        (Query("x", since=NEW_YEAR), ["new", "later"]),
        (Query("x", until=NEW_YEAR), ["old"]),
        (Query("x", until=NEW_YEAR + DAY), ["old", "new"]),
        (Query("x", since=NEW_YEAR, until=NEW_YEAR + DAY), ["new"]),
        (Query("x", since=NEW_YEAR + 2 * DAY), []),
        (Query("x", sources=("O Globo",)), ["new"]),
        (Query("x", sources=("O Globo", "Folha")), ["old", "new", "undated", "later"]),
        (Query("x", sources=("Nobody",)), []),
        (Query("x", languages=("pt", "es")), ["undated", "later"]),
        (Query("x", languages=("en",), sources=("Folha",)), ["old"]),
        (Query("x", languages=("en",), since=NEW_YEAR, sources=("O Globo",)), ["new"]),
    ],
)
def test_filters_hold_together(coverage: ChromaIndex, query: Query, expected: list[str]) -> None:
    assert found(coverage, query) == expected


@pytest.mark.parametrize(
    "query",
    [
        Query("x", since=datetime(1950, 1, 1, tzinfo=UTC)),
        Query("x", until=datetime(2050, 1, 1, tzinfo=UTC)),
        Query("x", since=datetime(1970, 1, 1, tzinfo=UTC)),
    ],
    ids=["since 1950", "until 2050", "since 1970"],
)
def test_an_undated_article_is_left_out_by_any_date(coverage: ChromaIndex, query: Query) -> None:
    assert "undated" not in found(coverage, query)
    assert len(found(coverage, query)) == 3


def test_an_article_from_before_1970_is_found_by_its_date(index: ChromaIndex) -> None:
    war = datetime(1944, 6, 6, tzinfo=UTC)
    index.upsert([an_embedded_chunk(at_angle(0), chunk_id="war", published_at=war)])

    assert found(index, Query("x", since=war, until=war + DAY)) == ["war"]
    assert found(index, Query("x", since=war + DAY)) == []


def test_a_query_without_filters_has_no_conditions() -> None:
    assert where(Query("x")) is None


def test_a_filter_narrower_than_the_neighbourhood_still_finds_what_is_there(
    index: ChromaIndex,
) -> None:
    rng = np.random.default_rng(1)
    vectors = rng.normal(size=(1200, 3)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    index.upsert(
        [
            an_embedded_chunk(
                vector, chunk_id=f"{number:04}", source="Rare" if number % 400 == 7 else "Common"
            )
            for number, vector in enumerate(vectors)
        ]
    )

    assert sorted(found(index, Query("x", sources=("Rare",)))) == ["0007", "0407", "0807"]


# Writing


def test_writing_twice_is_the_same_as_once(coverage: ChromaIndex) -> None:
    coverage.upsert([an_embedded_chunk(at_angle(10), chunk_id="old", published_at=NEW_YEAR - DAY)])

    assert coverage.count() == 4
    assert sorted(coverage.ids()) == ["later", "new", "old", "undated"]


def test_a_chunk_written_again_has_its_new_vector_and_metadata(coverage: ChromaIndex) -> None:
    coverage.upsert([an_embedded_chunk(at_angle(90), chunk_id="old", source="Another")])

    assert found(coverage, Query("x"))[-1] == "old"
    assert found(coverage, Query("x", sources=("Another",))) == ["old"]


def test_deleting_what_is_not_there_is_nothing(coverage: ChromaIndex) -> None:
    coverage.delete(["old", "never"])
    coverage.delete([])
    coverage.delete({"never"})

    assert sorted(coverage.ids()) == ["later", "new", "undated"]


def test_more_chunks_than_one_batch_are_all_written_listed_and_deleted(index: ChromaIndex) -> None:
    names = [f"{number:05}" for number in range(1201)]
    index.upsert(
        [an_embedded_chunk(at_angle(n / 4), chunk_id=name) for n, name in enumerate(names)]
    )

    assert sorted(index.ids()) == names
    index.delete(names[:1001])
    assert sorted(index.ids()) == names[1001:]


def test_what_was_written_is_there_after_opening_again(tmp_path: Path) -> None:
    first = ChromaIndex(tmp_path, "a-model")
    first.upsert([an_embedded_chunk(at_angle(5), chunk_id="kept")])
    first.close()

    second = ChromaIndex(tmp_path, "a-model")

    assert found(second, Query("x")) == ["kept"]
    second.close()


def test_clearing_leaves_an_empty_index_that_works(coverage: ChromaIndex) -> None:
    coverage.clear()

    assert coverage.count() == 0
    coverage.upsert([an_embedded_chunk(at_angle(5), chunk_id="a")])
    assert found(coverage, Query("x")) == ["a"]


# Models


def test_each_model_has_a_collection_of_its_own(tmp_path: Path) -> None:
    one, other = ChromaIndex(tmp_path, "one"), ChromaIndex(tmp_path, "other")
    one.upsert([an_embedded_chunk(at_angle(5), chunk_id="a")])
    other.upsert([an_embedded_chunk(np.ones(5, dtype=np.float32) / np.sqrt(5), chunk_id="b")])

    assert (list(one.ids()), list(other.ids())) == (["a"], ["b"])
    other.drop_others()
    assert other.count() == 1
    other.close()
    again = ChromaIndex(tmp_path, "one")
    assert again.count() == 0
    again.close()
    one.close()


@given(st.text(alphabet=st.characters(exclude_categories=())))
def test_every_model_id_has_a_name_chroma_accepts(model_id: str) -> None:
    name = collection_name(model_id)

    assert 3 <= len(name) <= 512
    assert re.fullmatch(r"[a-zA-Z0-9][a-zA-Z0-9._-]*[a-zA-Z0-9]", name)
    assert ".." not in name


@given(st.text(), st.text())
def test_different_models_have_different_names(one: str, other: str) -> None:
    assert (collection_name(one) == collection_name(other)) == (one == other)


@pytest.mark.parametrize(
    "model_id", ["intfloat/multilingual-e5-small", "../../etc", "модель", "a" * 1000, "", "a b\n"]
)
def test_chroma_takes_odd_model_ids(tmp_path: Path, model_id: str) -> None:
    index = ChromaIndex(tmp_path, model_id)
    index.upsert([an_embedded_chunk(at_angle(5), chunk_id="a")])

    assert index.count() == 1
    index.close()
