"""Who is at work on a digest, and on what only one replica does at a time."""

import sqlalchemy as sa
from alembic import op

from retrieval.column_types import WholeNumber

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    op.add_column("subscriptions", sa.Column("claimed_by", sa.String))
    op.add_column("subscriptions", sa.Column("claimed_until", WholeNumber))
    op.create_table(
        "leases",
        sa.Column("name", sa.String, primary_key=True),
        sa.Column("holder", sa.String, nullable=False),
        sa.Column("until", WholeNumber, nullable=False),
    )
