"""Copies of one text, what an article said before it was corrected, and who wrote it.

Articles that are there get no signature: to read them all again would take minutes in a large
archive, and only those of the last four days can still meet a copy. `pauta reindex` adds them.
"""

import sqlalchemy as sa
from alembic import op

from retrieval.column_types import WholeNumber

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    for column in (
        sa.Column("author", sa.Text, nullable=False, server_default=""),
        sa.Column("modified_at", WholeNumber),
        sa.Column("partial", sa.Boolean, nullable=False, server_default=sa.false()),
        sa.Column("notes", sa.Text, nullable=False, server_default=""),
        sa.Column("corrected_at", WholeNumber),
        sa.Column("copy_group", sa.String),
        sa.Column("signature", sa.LargeBinary),
    ):
        op.add_column("articles", column)
    op.create_index("ix_articles_copy_group", "articles", ["copy_group"])
    op.create_table(
        "bands",
        sa.Column("key", sa.BigInteger, primary_key=True),
        sa.Column("article_id", sa.String, primary_key=True),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "appearances",
        sa.Column("id", sa.String, primary_key=True),
        sa.Column(
            "article_id", sa.String, sa.ForeignKey("articles.id"), nullable=False, index=True
        ),
        sa.Column("url", sa.Text, nullable=False),
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("source", sa.Text, nullable=False),
        sa.Column("language", sa.String, nullable=False),
        sa.Column("published_at", WholeNumber),
        sa.Column("content_hash", sa.String, nullable=False),
        sa.Column("sample", sa.Boolean, nullable=False),
        sa.Column("added_at", WholeNumber, nullable=False),
        sa.Column("author", sa.Text, nullable=False),
        sa.Column("modified_at", WholeNumber),
        sa.Column("partial", sa.Boolean, nullable=False),
        sa.Column("notes", sa.Text, nullable=False),
    )
    op.create_table(
        "revisions",
        sa.Column("number", WholeNumber, primary_key=True),
        sa.Column("article_id", sa.String, nullable=False, index=True),
        sa.Column("replaced_at", WholeNumber, nullable=False),
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("published_at", WholeNumber),
    )
