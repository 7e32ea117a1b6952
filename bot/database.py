"""People's data, apart from the corpus: it is backed up, exported and forgotten by itself."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Engine,
    Float,
    ForeignKey,
    Index,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
)

from bot.migrations import HEAD
from retrieval.column_types import WholeNumber
from retrieval.database import open_database

metadata = MetaData()

SCHEMA = "people"
"""On a PostgreSQL server, beside that of the corpus."""

turns = Table(
    "turns",
    metadata,
    Column("id", WholeNumber, primary_key=True),
    Column("conversation", String, nullable=False),
    Column("role", String, nullable=False),
    Column("text", Text, nullable=False),
    Column("at", WholeNumber, nullable=False),
    Index("turns_of_conversation", "conversation", "id"),
)
"""`at` is whole seconds since 1970 UTC."""

cited = Table(
    "cited",
    metadata,
    Column("turn_id", WholeNumber, ForeignKey("turns.id"), primary_key=True),
    Column("label", WholeNumber, primary_key=True),
    Column("article_id", String, nullable=False, index=True),
    Column("chunk_id", String, nullable=False),
    Column("url", Text, nullable=False),
    Column("title", Text, nullable=False),
    Column("source", Text, nullable=False),
    Column("published_at", WholeNumber),
    Column("quote", Text, nullable=False),
)
"""What an answer rests on: when an article is corrected, who was told the old text is here."""

corrections_told = Table(
    "corrections_told",
    metadata,
    Column("article_id", String, primary_key=True),
    Column("replaced_at", WholeNumber, primary_key=True),
    Column("conversation", String, primary_key=True),
    Column("quoted", String, primary_key=True, default=""),
    Column("told_at", WholeNumber, nullable=False, default=0, index=True),
)
"""Which chat has heard how an article's text of `replaced_at` words the sentence `quoted`."""

usage = Table(
    "usage",
    metadata,
    Column("id", WholeNumber, primary_key=True),
    Column("at", WholeNumber, nullable=False, index=True),
    Column("person", WholeNumber, nullable=False),
    Column("input_tokens", WholeNumber, nullable=False),
    Column("output_tokens", WholeNumber, nullable=False),
)
"""What each question cost the language model, by the person's Telegram id; 0 is the terminal."""

people = Table(
    "people",
    metadata,
    Column("user_id", BigInteger, primary_key=True, autoincrement=False),
    Column("name", String, nullable=False),
    Column("role", String, nullable=False),
    Column("until", WholeNumber),
    Column("invited_by", BigInteger, nullable=False),
    Column("since", WholeNumber, nullable=False),
)
"""Who was let in by an invitation: `member`, or `guest` until a moment."""

invites = Table(
    "invites",
    metadata,
    Column("token_hash", String, primary_key=True),
    Column("role", String, nullable=False),
    Column("days", WholeNumber),
    Column("created_by", BigInteger, nullable=False),
    Column("expires_at", WholeNumber, nullable=False),
    Column("used_by", BigInteger),
    Column("used_at", WholeNumber),
)
"""Links for one person each; the link's secret is kept as SHA-256 only."""

groups = Table(
    "groups",
    metadata,
    Column("chat_id", BigInteger, primary_key=True, autoincrement=False),
    Column("title", String, nullable=False),
    Column("state", String, nullable=False),
    Column("by", BigInteger, nullable=False),
    Column("since", WholeNumber, nullable=False),
    Column("is_channel", Boolean, nullable=False, default=False),
)
"""Groups and channels that an administrator let in: `in`, or `out` once the bot was removed."""

answers_shown = Table(
    "answers_shown",
    metadata,
    Column("id", WholeNumber, primary_key=True),
    Column("chat_id", BigInteger, nullable=False),
    Column("first_id", BigInteger, nullable=False),
    Column("last_id", BigInteger, nullable=False),
    Column("at", WholeNumber, nullable=False, index=True),
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
    Column("claimed_by", String),
)
"""Messages that say an answer is under way; what is left of them at a start was interrupted."""

feedback = Table(
    "feedback",
    metadata,
    Column("id", WholeNumber, primary_key=True),
    Column("chat_id", BigInteger, nullable=False),
    Column("message_id", BigInteger, nullable=False),
    Column("person", BigInteger, nullable=False),
    Column("at", WholeNumber, nullable=False, index=True),
    Column("reason", String, nullable=False),
    Column("shown", Text, nullable=False),
    UniqueConstraint("chat_id", "message_id", "person", name="one_per_person"),
)
"""What people said was not right: question, passages and answer as they were shown."""


chat_settings = Table(
    "chat_settings",
    metadata,
    Column("conversation", String, primary_key=True),
    Column("language", String),
    Column("timezone", String),
    Column("length", String),
    Column("preferred_sources", Text, nullable=False),
    Column("hidden_sources", Text, nullable=False),
    Column("quiet_from", WholeNumber),
    Column("quiet_until", WholeNumber),
    Column("changed_at", WholeNumber, nullable=False),
)
"""What a chat or topic has chosen; sources are JSON lists, quiet hours minutes of its day."""

updates_handled = Table(
    "updates_handled",
    metadata,
    Column("update_id", BigInteger, primary_key=True, autoincrement=False),
    Column("at", WholeNumber, nullable=False, index=True),
    Column("state", String, nullable=False),
    Column("placeholder", BigInteger),
    Column("tries", WholeNumber, nullable=False),
    Column("body", Text),
    Column("queue", String, index=True),
    Column("place", WholeNumber),
    Column("claimed_by", String),
)
"""So that after a crash no update is lost, and none answered twice; see `bot.update_book`. Until
it was handled, `queue` and `place` are its conversation and its place in that one's order."""

kept_values = Table(
    "kept_values",
    metadata,
    Column("name", String, primary_key=True),
    Column("value", String, nullable=False),
)
"""Small things to be remembered across restarts, by name."""


subscriptions = Table(
    "subscriptions",
    metadata,
    Column("id", WholeNumber, primary_key=True),
    Column("conversation", String, nullable=False, index=True),
    Column("name", String, nullable=False),
    Column("wishes", Text, nullable=False),
    Column("active", Boolean, nullable=False),
    Column("next_due_at", WholeNumber, index=True),
    Column("next_day", String),
    Column("done_day", String),
    Column("zone", String),
    Column("version", WholeNumber, nullable=False, default=0),
    Column("told_until", WholeNumber),
    Column("created_by", BigInteger, nullable=False),
    Column("created_at", WholeNumber, nullable=False),
    Column("claimed_by", String),
    Column("claimed_until", WholeNumber),
)
"""Digests: `wishes` is `bot.subscriptions` as JSON; the moments are seconds since 1970 UTC, the
days ISO dates of `zone`, in which they were reckoned."""

follows = Table(
    "follows",
    metadata,
    Column("id", WholeNumber, primary_key=True),
    Column("conversation", String, nullable=False),
    Column("words", String, nullable=False),
    Column("language", String, nullable=False),
    Column("threshold", Float, nullable=False),
    Column("model_id", String, nullable=False),
    Column("vector", LargeBinary, nullable=False),
    Column("active", Boolean, nullable=False),
    Column("created_by", BigInteger, nullable=False),
    Column("created_at", WholeNumber, nullable=False),
    UniqueConstraint("conversation", "words", name="one_follow_of_words"),
)
"""What a chat follows, in words; `vector` is of `model_id`, float32."""

alerts = Table(
    "alerts",
    metadata,
    Column("follow_id", WholeNumber, primary_key=True),
    Column("story_id", String, primary_key=True),
    Column("conversation", String, nullable=False),
    Column("state", String, nullable=False),
    Column("at", WholeNumber, nullable=False),
    Column("article_ids", Text, nullable=False),
    Column("waiting", Text, nullable=False),
    Column("told_at", WholeNumber),
    Column("delivery_key", String),
    Index("ix_alerts_conversation", "conversation", "at"),
    Index("ix_alerts_state", "state", "conversation"),
)
"""A story that a follow matched: once. `article_ids` were told, those `waiting` were not; both
are JSON lists. `state` is `bot.alerts.AlertState`."""

articles_matched = Table(
    "articles_matched",
    metadata,
    Column("article_id", String, primary_key=True),
    Column("heard_at", WholeNumber, nullable=False, index=True),
)
"""Articles that were held against all follows, as long as they count as news."""

story_wishes = Table(
    "story_wishes",
    metadata,
    Column("conversation", String, primary_key=True),
    Column("story_id", String, primary_key=True),
    Column("wish", String, nullable=False),
    Column("at", WholeNumber, nullable=False),
)
"""What a chat said of a story by button: `bot.digest_taste.Wish`."""

deliveries = Table(
    "deliveries",
    metadata,
    Column("id", WholeNumber, primary_key=True),
    Column("key", String, nullable=False, unique=True),
    Column("kind", String, nullable=False),
    Column("conversation", String, nullable=False),
    Column("about", WholeNumber, nullable=False),
    Column("due_at", WholeNumber, nullable=False),
    Column("expires_at", WholeNumber),
    Column("composed_at", WholeNumber, nullable=False),
    Column("delivery", Text, nullable=False),
    Index("ix_deliveries_conversation", "conversation", "due_at"),
)
"""What was composed for a chat; `delivery` is `bot.outgoing.Delivery` as JSON."""

outbox = Table(
    "outbox",
    metadata,
    Column("delivery_id", WholeNumber, ForeignKey("deliveries.id"), primary_key=True),
    Column("part", WholeNumber, primary_key=True),
    Column("chat_id", BigInteger, nullable=False),
    Column("state", String, nullable=False),
    Column("attempts", WholeNumber, nullable=False),
    Column("not_before", WholeNumber, nullable=False),
    Column("claimed_by", String),
    Column("claimed_until", WholeNumber),
    Column("message_id", BigInteger),
    Column("done_at", WholeNumber),
    Column("reason", String),
    Index("ix_outbox_state", "state", "delivery_id"),
    Index("ix_outbox_chat", "chat_id", "state", "delivery_id"),
    Index("ix_outbox_message", "chat_id", "message_id"),
)
"""Each part of each delivery; `state` is `bot.outgoing.PartState`."""

chats_gone = Table(
    "chats_gone",
    metadata,
    Column("chat_id", BigInteger, primary_key=True, autoincrement=False),
    Column("reason", String, nullable=False),
    Column("times", WholeNumber, nullable=False),
    Column("since", WholeNumber, nullable=False),
    Column("paused", Boolean, nullable=False),
)
"""Chats that refused a message; nothing more is sent to those that are paused."""

strangers_told = Table(
    "strangers_told",
    metadata,
    Column("line", String, primary_key=True),
    Column("person", BigInteger, primary_key=True, autoincrement=False),
    Column("at", BigInteger, nullable=False, index=True),
)
"""Who heard on the last day that they are not let in; `line` is `bot.strangers.Line`."""


leases = Table(
    "leases",
    metadata,
    Column("name", String, primary_key=True),
    Column("holder", String, nullable=False),
    Column("until", WholeNumber, nullable=False),
)
"""What only one replica does at a time, and which; see `bot.replicas`."""

replica_notes = Table(
    "replica_notes",
    metadata,
    Column("id", WholeNumber, primary_key=True),
    Column("replica", String, nullable=False),
    Column("kind", String, nullable=False),
    Column("conversation", String, nullable=False),
    Column("person", BigInteger, nullable=False),
    Column("said", Text, nullable=False),
    Column("at", WholeNumber, nullable=False, index=True),
)
"""What one replica tells the others of a conversation, for minutes; see `bot.replica_notes`."""

fair_use = Table(
    "fair_use",
    metadata,
    Column("kind", String, primary_key=True),
    Column("chat_id", BigInteger, primary_key=True, autoincrement=False),
    Column("place", WholeNumber, primary_key=True, autoincrement=False),
    Column("tokens", Float, nullable=False),
    Column("at", Float, nullable=False),
)
"""How much a person (by the id of their own chat) or a chat may still ask, where replicas share
that; `kind` and `place` are of `bot.fair_use`."""


def open_people(place: Path | str) -> Engine:
    """The people database, in a file or on a PostgreSQL server; see `open_database`."""
    return open_database(place, "bot.migrations", HEAD, SCHEMA)
