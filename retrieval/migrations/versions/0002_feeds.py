"""Feeds and the entries seen in them."""

import sqlalchemy as sa
from alembic import op

from retrieval.column_types import WholeNumber

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.create_table(
        "feeds",
        sa.Column("id", sa.String, primary_key=True),
        sa.Column("url", sa.Text, nullable=False, unique=True),
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("site_url", sa.Text),
        sa.Column("added_at", WholeNumber, nullable=False),
        sa.Column("keep_days", WholeNumber),
        sa.Column("paused", sa.Boolean, nullable=False),
        sa.Column("interval_seconds", WholeNumber, nullable=False),
        sa.Column("failures", WholeNumber, nullable=False),
        sa.Column("gone", sa.Boolean, nullable=False),
        sa.Column("next_check_at", WholeNumber, index=True),
        sa.Column("etag", sa.Text),
        sa.Column("last_modified", sa.Text),
        sa.Column("first_look_done", sa.Boolean, nullable=False),
        sa.Column("last_checked_at", WholeNumber),
        sa.Column("last_success_at", WholeNumber),
        sa.Column("last_new_at", WholeNumber),
        sa.Column("failing_since", WholeNumber),
        sa.Column("last_error", sa.Text, nullable=False),
        sa.Column("notified", sa.String, nullable=False),
    )
    op.create_table(
        "feed_entries",
        sa.Column("feed_id", sa.String, sa.ForeignKey("feeds.id"), primary_key=True),
        sa.Column("key", sa.Text, primary_key=True),
        sa.Column("url", sa.Text),
        sa.Column("fingerprints", sa.Text, nullable=False),
        sa.Column("article_id", sa.String),
        sa.Column("published_at", WholeNumber),
        sa.Column("seen_at", WholeNumber, nullable=False),
    )
    op.create_index("feed_entries_of_article", "feed_entries", ["article_id"])
