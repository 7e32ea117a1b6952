"""People's data, apart from the corpus: it is backed up, exported and forgotten by itself."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import Column, Engine, Index, Integer, MetaData, String, Table, Text

from bot.migrations import HEAD
from retrieval.database import open_database

metadata = MetaData()

turns = Table(
    "turns",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("conversation", String, nullable=False),
    Column("role", String, nullable=False),
    Column("text", Text, nullable=False),
    Column("at", Integer, nullable=False),
    Index("turns_of_conversation", "conversation", "id"),
)
"""`at` is whole seconds since 1970 UTC."""


def open_people(file: Path) -> Engine:
    """The people database. Raises ArchiveCorrupt when it cannot be read."""
    return open_database(file, "bot.migrations", HEAD)
