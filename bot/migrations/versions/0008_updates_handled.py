"""Which updates of Telegram were handled, so that after a crash none is answered twice."""

import sqlalchemy as sa
from alembic import op

from retrieval.column_types import WholeNumber

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    op.create_table(
        "updates_handled",
        sa.Column("update_id", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("at", WholeNumber, nullable=False),
        sa.Column("state", sa.String, nullable=False),
        sa.Column("placeholder", sa.BigInteger),
        sa.Column("tries", WholeNumber, nullable=False),
        sa.Column("body", sa.Text),
    )
    op.create_index("ix_updates_handled_at", "updates_handled", ["at"])
