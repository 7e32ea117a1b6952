"""Where the two databases are: files in the home folder, or schemas of one PostgreSQL database."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import Engine

from bot.database import SCHEMA as PEOPLE_SCHEMA
from bot.settings import Settings
from retrieval.checkup import CHECK_SECONDS, ArchiveState, look_at, read_only
from retrieval.store import SCHEMA as CORPUS_SCHEMA


def corpus_place(settings: Settings) -> Path | str:
    """What `open_corpus` takes."""
    return server_of(settings) or settings.home / "corpus.db"


def people_place(settings: Settings) -> Path | str:
    """What `open_people` takes."""
    return server_of(settings) or settings.home / "people.db"


def server_of(settings: Settings) -> str | None:
    """The address, with its password; None where there are files."""
    address = settings.database_url
    return address.get_secret_value() if address else None


def is_shared(settings: Settings) -> bool:
    """Whether nothing of the archive is in the home folder, so that several processes may work
    on it at once."""
    return settings.database_url is not None and bool(settings.chroma_url)


def look(settings: Settings, check_seconds: float = CHECK_SECONDS) -> ArchiveState | None:
    """`look_at` the archive of these settings."""
    return look_at(settings.home, check_seconds, server=server_of(settings))


@contextmanager
def reading_corpus(settings: Settings) -> Iterator[Engine]:
    """An engine that cannot change the corpus, which is there."""
    with read_only(corpus_place(settings), CORPUS_SCHEMA) as engine:
        yield engine


@contextmanager
def reading_people(settings: Settings) -> Iterator[Engine | None]:
    """An engine that cannot change people's data; None where there is none yet."""
    place = people_place(settings)
    if isinstance(place, Path) and not place.exists():
        yield None
        return
    with read_only(place, PEOPLE_SCHEMA) as engine:
        yield engine
