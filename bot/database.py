"""People's data, apart from the corpus: it is backed up, exported and forgotten by itself."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import Column, Engine, ForeignKey, Index, Integer, MetaData, String, Table, Text

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

cited = Table(
    "cited",
    metadata,
    Column("turn_id", Integer, ForeignKey("turns.id"), primary_key=True),
    Column("label", Integer, primary_key=True),
    Column("article_id", String, nullable=False, index=True),
    Column("chunk_id", String, nullable=False),
    Column("url", Text, nullable=False),
    Column("title", Text, nullable=False),
    Column("source", Text, nullable=False),
    Column("published_at", Integer),
    Column("quote", Text, nullable=False),
)
"""What an answer rests on: when an article is corrected, who was told the old text is here."""

corrections_told = Table(
    "corrections_told",
    metadata,
    Column("article_id", String, primary_key=True),
    Column("replaced_at", Integer, primary_key=True),
    Column("conversation", String, primary_key=True),
)
"""Which chat has heard of which correction: the article's text that was replaced then."""

usage = Table(
    "usage",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("at", Integer, nullable=False, index=True),
    Column("person", Integer, nullable=False),
    Column("input_tokens", Integer, nullable=False),
    Column("output_tokens", Integer, nullable=False),
)
"""What each question cost the language model, by the person's Telegram id; 0 is the terminal."""


def open_people(file: Path) -> Engine:
    """The people database. Raises ArchiveCorrupt when it cannot be read."""
    return open_database(file, "bot.migrations", HEAD)
