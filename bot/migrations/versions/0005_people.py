"""Who was let in, by which invitations, and which groups."""

import sqlalchemy as sa
from alembic import op

from retrieval.column_types import WholeNumber

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    op.create_table(
        "people",
        sa.Column("user_id", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("name", sa.String, nullable=False),
        sa.Column("role", sa.String, nullable=False),
        sa.Column("until", WholeNumber),
        sa.Column("invited_by", sa.BigInteger, nullable=False),
        sa.Column("since", WholeNumber, nullable=False),
    )
    op.create_table(
        "invites",
        sa.Column("token_hash", sa.String, primary_key=True),
        sa.Column("role", sa.String, nullable=False),
        sa.Column("days", WholeNumber),
        sa.Column("created_by", sa.BigInteger, nullable=False),
        sa.Column("expires_at", WholeNumber, nullable=False),
        sa.Column("used_by", sa.BigInteger),
        sa.Column("used_at", WholeNumber),
    )
    op.create_table(
        "groups",
        sa.Column("chat_id", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("title", sa.String, nullable=False),
        sa.Column("state", sa.String, nullable=False),
        sa.Column("by", sa.BigInteger, nullable=False),
        sa.Column("since", WholeNumber, nullable=False),
    )
