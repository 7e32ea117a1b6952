"""Which chat has heard of which correction."""

import sqlalchemy as sa
from alembic import op

from retrieval.column_types import WholeNumber

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.create_table(
        "corrections_told",
        sa.Column("article_id", sa.String, primary_key=True),
        sa.Column("replaced_at", WholeNumber, primary_key=True),
        sa.Column("conversation", sa.String, primary_key=True),
    )
