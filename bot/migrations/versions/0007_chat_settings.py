"""What each chat and topic has chosen for itself."""

import sqlalchemy as sa
from alembic import op

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
        sa.Column("quiet_from", sa.Integer),
        sa.Column("quiet_until", sa.Integer),
        sa.Column("changed_at", sa.Integer, nullable=False),
    )
