"""Which replica handles an update, in what order; what replicas tell each other, and share."""

import sqlalchemy as sa
from alembic import op

from retrieval.column_types import WholeNumber

revision = "0013"
down_revision = "0012"


def upgrade() -> None:
    op.add_column("updates_handled", sa.Column("queue", sa.String))
    op.add_column("updates_handled", sa.Column("place", WholeNumber))
    op.add_column("updates_handled", sa.Column("claimed_by", sa.String))
    op.create_index("ix_updates_handled_queue", "updates_handled", ["queue"])
    op.add_column("placeholders", sa.Column("claimed_by", sa.String))
    op.create_table(
        "replica_notes",
        sa.Column("id", WholeNumber, primary_key=True),
        sa.Column("replica", sa.String, nullable=False),
        sa.Column("kind", sa.String, nullable=False),
        sa.Column("conversation", sa.String, nullable=False),
        sa.Column("person", sa.BigInteger, nullable=False),
        sa.Column("said", sa.Text, nullable=False),
        sa.Column("at", WholeNumber, nullable=False),
    )
    op.create_index("ix_replica_notes_at", "replica_notes", ["at"])
    op.create_table(
        "fair_use",
        sa.Column("kind", sa.String, primary_key=True),
        sa.Column("chat_id", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("place", WholeNumber, primary_key=True, autoincrement=False),
        sa.Column("tokens", sa.Float, nullable=False),
        sa.Column("at", sa.Float, nullable=False),
    )
