"""An archive of its own for every test that asks for one; files that need another have theirs."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.archive import Archive, an_archive
from tests.fakes import FakeEmbedder


@pytest.fixture
def embedder() -> FakeEmbedder:
    return FakeEmbedder()


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that need not be set up again for every test."""
    folder = tmp_path_factory.mktemp("empty")
    with an_archive(folder):
        return folder


@pytest.fixture
def archive(empty: Path, tmp_path: Path, embedder: FakeEmbedder) -> Iterator[Archive]:
    shutil.copytree(empty, tmp_path / "archive")
    with an_archive(tmp_path / "archive", embedder) as opened:
        yield opened
