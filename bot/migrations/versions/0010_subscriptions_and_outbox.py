"""Digests and followed topics of each chat, and the outbox that what they bring goes through."""

import sqlalchemy as sa
from alembic import op

from retrieval.column_types import WholeNumber

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    is_channel = sa.Column("is_channel", sa.Boolean, nullable=False, server_default=sa.false())
    op.add_column("groups", is_channel)
    op.create_table(
        "subscriptions",
        sa.Column("id", WholeNumber, primary_key=True),
        sa.Column("conversation", sa.String, nullable=False),
        sa.Column("name", sa.String, nullable=False),
        sa.Column("wishes", sa.Text, nullable=False),
        sa.Column("active", sa.Boolean, nullable=False),
        sa.Column("next_due_at", WholeNumber),
        sa.Column("next_day", sa.String),
        sa.Column("done_day", sa.String),
        sa.Column("zone", sa.String),
        sa.Column("version", WholeNumber, nullable=False),
        sa.Column("told_until", WholeNumber),
        sa.Column("created_by", sa.BigInteger, nullable=False),
        sa.Column("created_at", WholeNumber, nullable=False),
    )
    op.create_index("ix_subscriptions_next_due_at", "subscriptions", ["next_due_at"])
    op.create_index("ix_subscriptions_conversation", "subscriptions", ["conversation"])
    op.create_table(
        "follows",
        sa.Column("id", WholeNumber, primary_key=True),
        sa.Column("conversation", sa.String, nullable=False),
        sa.Column("words", sa.String, nullable=False),
        sa.Column("language", sa.String, nullable=False),
        sa.Column("threshold", sa.Float, nullable=False),
        sa.Column("model_id", sa.String, nullable=False),
        sa.Column("vector", sa.LargeBinary, nullable=False),
        sa.Column("active", sa.Boolean, nullable=False),
        sa.Column("created_by", sa.BigInteger, nullable=False),
        sa.Column("created_at", WholeNumber, nullable=False),
        sa.UniqueConstraint("conversation", "words", name="one_follow_of_words"),
    )
    op.create_table(
        "alerts",
        sa.Column("follow_id", WholeNumber, primary_key=True),
        sa.Column("story_id", sa.String, primary_key=True),
        sa.Column("conversation", sa.String, nullable=False),
        sa.Column("state", sa.String, nullable=False),
        sa.Column("at", WholeNumber, nullable=False),
        sa.Column("article_ids", sa.Text, nullable=False),
        sa.Column("waiting", sa.Text, nullable=False),
        sa.Column("told_at", WholeNumber),
        sa.Column("delivery_key", sa.String),
    )
    op.create_index("ix_alerts_conversation", "alerts", ["conversation", "at"])
    op.create_index("ix_alerts_state", "alerts", ["state", "conversation"])
    op.create_table(
        "articles_matched",
        sa.Column("article_id", sa.String, primary_key=True),
        sa.Column("heard_at", WholeNumber, nullable=False),
    )
    op.create_index("ix_articles_matched_heard_at", "articles_matched", ["heard_at"])
    op.create_table(
        "story_wishes",
        sa.Column("conversation", sa.String, primary_key=True),
        sa.Column("story_id", sa.String, primary_key=True),
        sa.Column("wish", sa.String, nullable=False),
        sa.Column("at", WholeNumber, nullable=False),
    )
    op.create_table(
        "deliveries",
        sa.Column("id", WholeNumber, primary_key=True),
        sa.Column("key", sa.String, nullable=False, unique=True),
        sa.Column("kind", sa.String, nullable=False),
        sa.Column("conversation", sa.String, nullable=False),
        sa.Column("about", WholeNumber, nullable=False),
        sa.Column("due_at", WholeNumber, nullable=False),
        sa.Column("expires_at", WholeNumber),
        sa.Column("composed_at", WholeNumber, nullable=False),
        sa.Column("delivery", sa.Text, nullable=False),
    )
    op.create_index("ix_deliveries_conversation", "deliveries", ["conversation", "due_at"])
    op.create_table(
        "outbox",
        sa.Column("delivery_id", WholeNumber, sa.ForeignKey("deliveries.id"), primary_key=True),
        sa.Column("part", WholeNumber, primary_key=True),
        sa.Column("chat_id", sa.BigInteger, nullable=False),
        sa.Column("state", sa.String, nullable=False),
        sa.Column("attempts", WholeNumber, nullable=False),
        sa.Column("not_before", WholeNumber, nullable=False),
        sa.Column("claimed_by", sa.String),
        sa.Column("claimed_until", WholeNumber),
        sa.Column("message_id", sa.BigInteger),
        sa.Column("done_at", WholeNumber),
        sa.Column("reason", sa.String),
    )
    op.create_index("ix_outbox_state", "outbox", ["state", "delivery_id"])
    op.create_index("ix_outbox_chat", "outbox", ["chat_id", "state", "delivery_id"])
    op.create_index("ix_outbox_message", "outbox", ["chat_id", "message_id"])
    op.create_table(
        "chats_gone",
        sa.Column("chat_id", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("reason", sa.String, nullable=False),
        sa.Column("times", WholeNumber, nullable=False),
        sa.Column("since", WholeNumber, nullable=False),
        sa.Column("paused", sa.Boolean, nullable=False),
    )
