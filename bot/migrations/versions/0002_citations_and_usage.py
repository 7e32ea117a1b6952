"""What each answer cited, and what the language model cost."""

import sqlalchemy as sa
from alembic import op

from retrieval.column_types import WholeNumber

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.create_table(
        "cited",
        sa.Column("turn_id", WholeNumber, sa.ForeignKey("turns.id"), primary_key=True),
        sa.Column("label", WholeNumber, primary_key=True),
        sa.Column("article_id", sa.String, nullable=False, index=True),
        sa.Column("chunk_id", sa.String, nullable=False),
        sa.Column("url", sa.Text, nullable=False),
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("source", sa.Text, nullable=False),
        sa.Column("published_at", WholeNumber),
        sa.Column("quote", sa.Text, nullable=False),
    )
    op.create_table(
        "usage",
        sa.Column("id", WholeNumber, primary_key=True),
        sa.Column("at", WholeNumber, nullable=False, index=True),
        sa.Column("person", WholeNumber, nullable=False),
        sa.Column("input_tokens", WholeNumber, nullable=False),
        sa.Column("output_tokens", WholeNumber, nullable=False),
    )
