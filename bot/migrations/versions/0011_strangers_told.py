"""Which strangers heard today that they are not let in."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    op.create_table(
        "strangers_told",
        sa.Column("line", sa.String, primary_key=True),
        sa.Column("person", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("at", sa.BigInteger, nullable=False),
    )
    op.create_index("ix_strangers_told_at", "strangers_told", ["at"])
