"""Searching by meaning under filters finds what Chroma's own filters find."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from retrieval import narrow
from retrieval.models import Query
from retrieval.narrow import filtered_search
from tests.archive import Archive, an_archive
from tests.builders import PUBLISHED, a_long_text, an_article

QUERIES = [
    Query("", since=PUBLISHED + timedelta(days=20)),
    Query("", until=PUBLISHED + timedelta(days=3)),
    Query("", sources=("Outlet 1",)),
    Query("", sources=("Outlet 1",), since=PUBLISHED + timedelta(days=10), languages=("pt",)),
    Query("", sources=("Nobody",)),
]


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Archive]:
    with an_archive(Path(tmp_path_factory.mktemp("narrow"))) as opened:
        opened.ingest.add(
            an_article(
                a_long_text(2, first=2 * number),
                url=f"https://news.example.com/{number}",
                title=f"Story {number}",
                source=f"Outlet {number % 3}",
                language="pt" if number % 2 else "en",
                published_at=PUBLISHED + timedelta(days=number) if number % 7 else None,
            )
            for number in range(40)
        )
        yield opened


@pytest.mark.parametrize("query", QUERIES)
@pytest.mark.parametrize("regime", ["many pass", "few pass", "between"])
def test_every_way_finds_the_same_with_the_same_cosines(
    archive: Archive, query: Query, regime: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(narrow, "ENOUGH", 0 if regime == "many pass" else 1_000)
    monkeypatch.setattr(narrow, "FEW", -1 if regime == "between" else 2_000)
    vector = archive.embedder.embed_query("report on the harbour")
    wanted = archive.vectors.search(vector, query, 6)

    found = filtered_search(
        archive.store, archive.vectors, archive.embedder.model_id, vector, query, 6
    )

    assert [hit.score for hit in found] == pytest.approx([hit.score for hit in wanted], abs=1e-5)
    if regime == "between":
        assert found == wanted
