"""People's data, apart from the corpus: it is backed up, exported and forgotten by itself."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import (
    BigInteger,
    Column,
    Engine,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
)

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
    Column("quoted", String, primary_key=True, default=""),
    Column("told_at", Integer, nullable=False, default=0, index=True),
)
"""Which chat has heard how an article's text of `replaced_at` words the sentence `quoted`."""

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

people = Table(
    "people",
    metadata,
    Column("user_id", BigInteger, primary_key=True, autoincrement=False),
    Column("name", String, nullable=False),
    Column("role", String, nullable=False),
    Column("until", Integer),
    Column("invited_by", BigInteger, nullable=False),
    Column("since", Integer, nullable=False),
)
"""Who was let in by an invitation: `member`, or `guest` until a moment."""

invites = Table(
    "invites",
    metadata,
    Column("token_hash", String, primary_key=True),
    Column("role", String, nullable=False),
    Column("days", Integer),
    Column("created_by", BigInteger, nullable=False),
    Column("expires_at", Integer, nullable=False),
    Column("used_by", BigInteger),
    Column("used_at", Integer),
)
"""Links for one person each; the link's secret is kept as SHA-256 only."""

groups = Table(
    "groups",
    metadata,
    Column("chat_id", BigInteger, primary_key=True, autoincrement=False),
    Column("title", String, nullable=False),
    Column("state", String, nullable=False),
    Column("by", BigInteger, nullable=False),
    Column("since", Integer, nullable=False),
)
"""Groups that an administrator let in: `in`, or `out` once the bot was removed."""

answers_shown = Table(
    "answers_shown",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("chat_id", BigInteger, nullable=False),
    Column("first_id", BigInteger, nullable=False),
    Column("last_id", BigInteger, nullable=False),
    Column("at", Integer, nullable=False, index=True),
    Column("shown", Text, nullable=False),
    Index("answers_shown_in_chat", "chat_id", "last_id"),
)
"""What the buttons under an answer need; `shown` is `bot.shown_answers.ShownAnswer` as JSON."""

placeholders = Table(
    "placeholders",
    metadata,
    Column("chat_id", BigInteger, primary_key=True, autoincrement=False),
    Column("message_id", BigInteger, primary_key=True, autoincrement=False),
    Column("language", String, nullable=False),
)
"""Messages that say an answer is under way; what is left of them at a start was interrupted."""

feedback = Table(
    "feedback",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("chat_id", BigInteger, nullable=False),
    Column("message_id", BigInteger, nullable=False),
    Column("person", BigInteger, nullable=False),
    Column("at", Integer, nullable=False, index=True),
    Column("reason", String, nullable=False),
    Column("shown", Text, nullable=False),
    UniqueConstraint("chat_id", "message_id", "person", name="one_per_person"),
)
"""What people said was not right: question, passages and answer as they were shown."""


def open_people(file: Path) -> Engine:
    """The people database. Raises ArchiveCorrupt when it cannot be read."""
    return open_database(file, "bot.migrations", HEAD)
