"""Indexes for searches under filters: without them each article's whole text is read over."""

from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    op.create_index("ix_articles_source", "articles", ["source"])
    op.create_index("ix_articles_filters", "articles", ["id", "published_at", "source", "language"])
