"""What each chat and topic has chosen for itself."""

import sqlalchemy as sa
from alembic import op

from retrieval.column_types import WholeNumber

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    op.create_table(
        "chat_settings",
        sa.Column("conversation", sa.String, primary_key=True),
        sa.Column("language", sa.String),
        sa.Column("timezone", sa.String),
        sa.Column("length", sa.String),
        sa.Column("preferred_sources", sa.Text, nullable=False),
        sa.Column("hidden_sources", sa.Text, nullable=False),
        sa.Column("quiet_from", WholeNumber),
        sa.Column("quiet_until", WholeNumber),
        sa.Column("changed_at", WholeNumber, nullable=False),
    )
