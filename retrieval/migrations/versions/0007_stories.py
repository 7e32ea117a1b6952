"""Stories. The articles that are there are told of later, in small steps: see `story_intake`."""

import sqlalchemy as sa
from alembic import op

from retrieval.column_types import WholeNumber

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    op.create_table(
        "stories",
        sa.Column("id", sa.String, primary_key=True),
        sa.Column("merged_into", sa.String, index=True),
        sa.Column("first_seen", WholeNumber, nullable=False),
        sa.Column("last_seen", WholeNumber, nullable=False),
        sa.Column("articles", WholeNumber, nullable=False),
    )
    op.create_index("ix_stories_last_seen", "stories", ["last_seen"])
    op.create_table(
        "story_articles",
        sa.Column("article_id", sa.String, primary_key=True),
        sa.Column("story_id", sa.String, nullable=False, index=True),
        sa.Column("at", WholeNumber, nullable=False, index=True),
        sa.Column("heard_at", WholeNumber, nullable=False, index=True),
        sa.Column("language", sa.String, nullable=False),
        sa.Column("content_hash", sa.String, nullable=False),
        sa.Column("model_id", sa.String, nullable=False),
        sa.Column("vector", sa.LargeBinary, nullable=False),
        sa.Column("names", sa.Text, nullable=False),
        sa.Column("figures", sa.Text, nullable=False),
    )
    op.create_table(
        "pending_stories",
        sa.Column("article_id", sa.String, primary_key=True),
        sa.Column("at", WholeNumber, nullable=False, index=True),
    )
    op.create_table(
        "story_means",
        sa.Column("model_id", sa.String, primary_key=True),
        sa.Column("language", sa.String, primary_key=True),
        sa.Column("articles", WholeNumber, nullable=False),
        sa.Column("total", sa.LargeBinary, nullable=False),
    )
    op.execute(
        "INSERT INTO pending_stories (article_id, at) "
        "SELECT id, coalesce(published_at, added_at) FROM articles"
    )
