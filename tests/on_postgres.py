"""Runs any test with every corpus on PostgreSQL instead of in a file:

    pytest -p tests.on_postgres tests/retrieval

What the same file is opened as again is the same database again.
"""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path

import pytest
from sqlalchemy import Engine

from retrieval import store
from tests.postgres import fresh_database

_databases = ExitStack()
_of_file: dict[Path, str] = {}
_open = store.open_corpus


def _opened(place: Path | str) -> Engine:
    if isinstance(place, Path):
        if place not in _of_file:
            _of_file[place] = _databases.enter_context(fresh_database())
        place = _of_file[place]
    return _open(place)


store.open_corpus = _opened  # before the tests import it


def pytest_unconfigure(config: pytest.Config) -> None:
    _databases.close()
