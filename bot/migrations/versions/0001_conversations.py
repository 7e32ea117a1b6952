"""What was said in each conversation."""

import sqlalchemy as sa
from alembic import op

from retrieval.column_types import WholeNumber

revision = "0001"
down_revision = None


def upgrade() -> None:
    op.create_table(
        "turns",
        sa.Column("id", WholeNumber, primary_key=True),
        sa.Column("conversation", sa.String, nullable=False),
        sa.Column("role", sa.String, nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("at", WholeNumber, nullable=False),
    )
    op.create_index("turns_of_conversation", "turns", ["conversation", "id"])
