"""Articles, chunks, cached vectors and the full-text index."""

import sqlalchemy as sa
from alembic import op

from retrieval.column_types import WholeNumber

revision = "0001"
down_revision = None


def upgrade() -> None:
    op.create_table(
        "archive",
        sa.Column("key", sa.String, primary_key=True),
        sa.Column("value", sa.Text, nullable=False),
    )
    op.create_table(
        "articles",
        sa.Column("id", sa.String, primary_key=True),
        sa.Column("url", sa.Text, nullable=False),
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("source", sa.Text, nullable=False),
        sa.Column("language", sa.String, nullable=False),
        sa.Column("published_at", WholeNumber, index=True),
        sa.Column("content_hash", sa.String, nullable=False),
        sa.Column("sample", sa.Boolean, nullable=False),
        sa.Column("added_at", WholeNumber, nullable=False),
        sa.Column("updated_at", WholeNumber, nullable=False),
    )
    op.create_table(
        "chunks",
        sa.Column("number", WholeNumber, primary_key=True),
        sa.Column("id", sa.String, nullable=False, unique=True),
        sa.Column("article_id", sa.String, sa.ForeignKey("articles.id"), nullable=False),
        sa.Column("ordinal", sa.Integer, nullable=False),
        sa.Column("start", sa.Integer, nullable=False),
        sa.Column("end", sa.Integer, nullable=False),
        sa.Column("embedding_hash", sa.String, nullable=False, index=True),
    )
    op.create_index("chunks_of_article", "chunks", ["article_id", "ordinal"])
    op.create_table(
        "embeddings",
        sa.Column("model_id", sa.String, primary_key=True),
        sa.Column("hash", sa.String, primary_key=True),
        sa.Column("vector", sa.LargeBinary, nullable=False),
    )
    op.create_table(
        "pending_vectors",
        sa.Column("chunk_id", sa.String, primary_key=True),
        sa.Column("present", sa.Boolean, nullable=False),
    )
    if op.get_bind().dialect.name == "postgresql":
        op.execute("CREATE TABLE chunk_words (number BIGINT PRIMARY KEY, words TSVECTOR NOT NULL)")
        # A row stays in its page, uncompressed: ranking reads thousands of them.
        op.execute("ALTER TABLE chunk_words SET (toast_tuple_target = 8160)")
        # New rows wait in no list that every search would have to read as well.
        op.execute(
            "CREATE INDEX ix_chunk_words ON chunk_words USING gin (words) WITH (fastupdate = off)"
        )
        return
    op.execute(
        "CREATE VIRTUAL TABLE chunk_words USING fts5("
        "title, body, tokenize = 'unicode61 remove_diacritics 2')"
    )
    op.execute("CREATE VIRTUAL TABLE chunk_vocabulary USING fts5vocab(chunk_words, 'row')")
