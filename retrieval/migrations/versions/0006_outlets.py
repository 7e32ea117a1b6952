"""Indexes for lists: outlets with their articles, counted without reading a text.

The one on `source` alone is the beginning of the new one.
"""

from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    columns = ["source", "published_at", "language"]
    op.create_index("ix_articles_outlets", "articles", columns)
    op.create_index("ix_appearances_outlets", "appearances", columns)
    op.drop_index("ix_articles_source", "articles")
