"""Corrections are told by sentence, and when is kept.

What was told before stands for all sentences of its article, and long ago.
"""

import sqlalchemy as sa
from alembic import op

from retrieval.column_types import WholeNumber

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    op.rename_table("corrections_told", "corrections_told_before")
    op.create_table(
        "corrections_told",
        sa.Column("article_id", sa.String, primary_key=True),
        sa.Column("replaced_at", WholeNumber, primary_key=True),
        sa.Column("conversation", sa.String, primary_key=True),
        sa.Column("quoted", sa.String, primary_key=True),
        sa.Column("told_at", WholeNumber, nullable=False),
    )
    op.create_index("ix_corrections_told_told_at", "corrections_told", ["told_at"])
    op.execute(
        "INSERT INTO corrections_told SELECT article_id, replaced_at, conversation, '', replaced_at"
        " FROM corrections_told_before"
    )
    op.drop_table("corrections_told_before")
