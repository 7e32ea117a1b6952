"""A people database of a test's own, quick to make: the tables without their history."""

from __future__ import annotations

import atexit
import itertools
import shutil
import tempfile
from functools import cache
from pathlib import Path

from sqlalchemy import Engine, create_engine

from bot.database import metadata

_scratch = tempfile.TemporaryDirectory(prefix="pauta-people-")
_numbers = itertools.count()
atexit.register(_scratch.cleanup)


def people_database() -> Engine:
    """A file of its own, gone when the tests end."""
    file = Path(_scratch.name) / f"{next(_numbers)}.db"
    shutil.copyfile(_empty(), file)
    return create_engine(f"sqlite:///{file}")


@cache
def _empty() -> Path:
    file = Path(_scratch.name) / "empty.db"
    engine = create_engine(f"sqlite:///{file}")
    metadata.create_all(engine)
    engine.dispose()
    return file
