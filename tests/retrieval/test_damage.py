"""A vector index Chroma was killed while writing is not trusted: it is begun anew."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from chromadb.errors import InternalError

from retrieval.errors import ArchiveCorrupt
from retrieval.models import EmbeddedChunk, Query
from retrieval.vectors import ChromaIndex
from tests.builders import an_embedded_chunk


def a_chunk(chunk_id: str) -> EmbeddedChunk:
    return an_embedded_chunk(np.array([1, 0, 0], dtype=np.float32), chunk_id=chunk_id)


def found(index: ChromaIndex) -> list[str]:
    return [hit.chunk_id for hit in index.search(a_chunk("x").vector, Query("x"), 10)]


@pytest.mark.parametrize("content", [b"", b"junk" * 5000, b"SQLite format 3\x00" + b"\xff" * 5000])
def test_a_folder_chroma_cannot_read_is_begun_anew(tmp_path: Path, content: bytes) -> None:
    folder = tmp_path / "chroma"
    folder.mkdir()
    (folder / "chroma.sqlite3").write_bytes(content)

    index = ChromaIndex(folder, "a-model")

    assert list(index.ids()) == []
    index.upsert([a_chunk("a")])
    assert found(index) == ["a"]
    index.close()


class Killed(BaseException):
    """Nothing catches it, as nothing catches a kill."""


WRITES: dict[str, Callable[[ChromaIndex], None]] = {
    "upsert": lambda index: index.upsert([a_chunk("other")]),
    "delete": lambda index: index.delete(["kept"]),
}


@pytest.mark.parametrize("method", WRITES)
def test_a_folder_left_in_the_middle_of_a_write_is_not_even_read(
    tmp_path: Path, method: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What Chroma was writing may crash the process that reads it."""
    index = ChromaIndex(tmp_path / "chroma", "a-model")
    index.upsert([a_chunk("kept")])

    def killed(*_args: object, **_kwargs: object) -> None:
        raise Killed

    monkeypatch.setattr(index._collection, method, killed)
    with pytest.raises(Killed):
        WRITES[method](index)
    index.close()
    for file in (tmp_path / "chroma").rglob("*"):
        if file.is_file():
            file.write_bytes(b"half written")

    again = ChromaIndex(tmp_path / "chroma", "a-model")

    assert list(again.ids()) == []
    again.close()
    once_more = ChromaIndex(tmp_path / "chroma", "a-model")
    assert list(once_more.ids()) == []
    once_more.close()


def test_an_error_of_chroma_is_one_of_ours_and_the_next_start_begins_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    index = ChromaIndex(tmp_path / "chroma", "a-model")
    index.upsert([a_chunk("kept")])

    def fails(*_args: object, **_kwargs: object) -> None:
        raise InternalError("Error deserializing pickle file")

    monkeypatch.setattr(index._collection, "query", fails)
    with pytest.raises(ArchiveCorrupt, match="deserializing"):
        found(index)
    monkeypatch.setattr(index._collection, "upsert", fails)
    with pytest.raises(ArchiveCorrupt, match="deserializing"):
        index.upsert([a_chunk("kept")])
    index.close()

    again = ChromaIndex(tmp_path / "chroma", "a-model")
    assert list(again.ids()) == []
    again.close()


def test_a_file_in_place_of_the_folder_is_an_error_that_names_it(tmp_path: Path) -> None:
    (tmp_path / "chroma").write_text("a file")

    with pytest.raises(ArchiveCorrupt, match="chroma"):
        ChromaIndex(tmp_path / "chroma", "a-model")
