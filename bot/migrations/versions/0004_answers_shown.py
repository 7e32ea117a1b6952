"""The answers people see, so that their buttons work; what is under way; what was not right."""

import sqlalchemy as sa
from alembic import op

from retrieval.column_types import WholeNumber

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    op.create_table(
        "answers_shown",
        sa.Column("id", WholeNumber, primary_key=True),
        sa.Column("chat_id", sa.BigInteger, nullable=False),
        sa.Column("first_id", sa.BigInteger, nullable=False),
        sa.Column("last_id", sa.BigInteger, nullable=False),
        sa.Column("at", WholeNumber, nullable=False, index=True),
        sa.Column("shown", sa.Text, nullable=False),
    )
    op.create_index("answers_shown_in_chat", "answers_shown", ["chat_id", "last_id"])
    op.create_table(
        "placeholders",
        sa.Column("chat_id", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("message_id", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("language", sa.String, nullable=False),
    )
    op.create_table(
        "feedback",
        sa.Column("id", WholeNumber, primary_key=True),
        sa.Column("chat_id", sa.BigInteger, nullable=False),
        sa.Column("message_id", sa.BigInteger, nullable=False),
        sa.Column("person", sa.BigInteger, nullable=False),
        sa.Column("at", WholeNumber, nullable=False, index=True),
        sa.Column("reason", sa.String, nullable=False),
        sa.Column("shown", sa.Text, nullable=False),
        sa.UniqueConstraint("chat_id", "message_id", "person", name="one_per_person"),
    )
