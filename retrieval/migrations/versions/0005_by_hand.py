"""Which articles a person put into the archive: no feed renames them or takes them along.

Of those that are there, all that no feed has brought.
"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    op.create_table("by_hand", sa.Column("article_id", sa.String, primary_key=True))
    for table in ("articles", "appearances"):
        op.execute(
            f"INSERT INTO by_hand SELECT id FROM {table} WHERE NOT sample AND id NOT IN "  # noqa: S608 - named above
            "(SELECT article_id FROM feed_entries WHERE article_id IS NOT NULL)"
        )
