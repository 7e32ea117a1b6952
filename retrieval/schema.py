"""Tables of the corpus database. `migrations/` creates them; this names them for queries."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
)

from retrieval.column_types import WholeNumber

metadata = MetaData()

archive = Table(
    "archive",
    metadata,
    Column("key", String, primary_key=True),
    Column("value", Text, nullable=False),
)
"""Facts about the whole: `embedding_model` names the model the vectors are of."""

articles = Table(
    "articles",
    metadata,
    Column("id", String, primary_key=True),
    Column("url", Text, nullable=False),
    Column("title", Text, nullable=False),
    Column("text", Text, nullable=False),
    Column("source", Text, nullable=False),
    Column("language", String, nullable=False),
    Column("published_at", WholeNumber, index=True),
    Column("content_hash", String, nullable=False),
    Column("sample", Boolean, nullable=False),
    Column("added_at", WholeNumber, nullable=False),
    Column("updated_at", WholeNumber, nullable=False),
    Column("author", Text, nullable=False),
    Column("modified_at", WholeNumber),
    Column("partial", Boolean, nullable=False),
    Column("notes", Text, nullable=False),
    Column("corrected_at", WholeNumber),
    Column("copy_group", String, index=True),
    Column("signature", LargeBinary),
    Index("ix_articles_outlets", "source", "published_at", "language"),
    Index("ix_articles_filters", "id", "published_at", "source", "language"),
)
"""Times are whole seconds since 1970 UTC. `notes` are lines. `copy_group` is the id of the
first article of a group of copies. `signature` is `copies.Signature.to_bytes`; an article
written before there were signatures has none, and is not found as a copy."""

bands = Table(
    "bands",
    metadata,
    Column("key", BigInteger, primary_key=True),
    Column("article_id", String, primary_key=True),
    sqlite_with_rowid=False,
)
"""`copies.bands` of every article with a signature. No foreign key: its check would read the
whole table whenever an article is deleted."""

appearances = Table(
    "appearances",
    metadata,
    Column("id", String, primary_key=True),
    Column("article_id", String, ForeignKey("articles.id"), nullable=False, index=True),
    Column("url", Text, nullable=False),
    Column("title", Text, nullable=False),
    Column("text", Text, nullable=False),
    Column("source", Text, nullable=False),
    Column("language", String, nullable=False),
    Column("published_at", WholeNumber),
    Column("content_hash", String, nullable=False),
    Column("sample", Boolean, nullable=False),
    Column("added_at", WholeNumber, nullable=False),
    Column("author", Text, nullable=False),
    Column("modified_at", WholeNumber),
    Column("partial", Boolean, nullable=False),
    Column("notes", Text, nullable=False),
    Index("ix_appearances_outlets", "source", "published_at", "language"),
)
"""Articles that say no more than another one: neither chunked nor embedded. An id stands either
here or in `articles`. The text is kept, so that it can take its place there exactly."""

by_hand = Table(
    "by_hand",
    metadata,
    Column("article_id", String, primary_key=True),
)
"""Articles and appearances a person asked for, by name or from a site's past; feeds may have
them too. Marked before they are written, so that a crash in between loses no mark."""

revisions = Table(
    "revisions",
    metadata,
    Column("number", WholeNumber, primary_key=True),
    Column("article_id", String, nullable=False, index=True),
    Column("replaced_at", WholeNumber, nullable=False),
    Column("title", Text, nullable=False),
    Column("text", Text, nullable=False),
    Column("published_at", WholeNumber),
)
"""Former versions, by the id of an article or appearance, in the order of `number`."""

chunks = Table(
    "chunks",
    metadata,
    Column("number", WholeNumber, primary_key=True),
    Column("id", String, nullable=False, unique=True),
    Column("article_id", String, ForeignKey("articles.id"), nullable=False),
    Column("ordinal", Integer, nullable=False),
    Column("start", Integer, nullable=False),
    Column("end", Integer, nullable=False),
    Column("embedding_hash", String, nullable=False, index=True),
    Index("chunks_of_article", "article_id", "ordinal"),
)
"""`number` is the row of the full-text index."""

embeddings = Table(
    "embeddings",
    metadata,
    Column("model_id", String, primary_key=True),
    Column("hash", String, primary_key=True),
    Column("vector", LargeBinary, nullable=False),
)
"""Vectors by model and by hash of the embedded text: no text is embedded twice, and the
vector index can be rebuilt without the model. float32, little-endian."""

pending_vectors = Table(
    "pending_vectors",
    metadata,
    Column("chunk_id", String, primary_key=True),
    Column("present", Boolean, nullable=False),
)
"""Chunks the vector index has yet to take up (`present`) or let go of. Written in the same
transaction as the article, emptied after Chroma has them: a crash in between repeats
harmless work."""

feeds = Table(
    "feeds",
    metadata,
    Column("id", String, primary_key=True),
    Column("url", Text, nullable=False, unique=True),
    Column("title", Text, nullable=False),
    Column("site_url", Text),
    Column("added_at", WholeNumber, nullable=False),
    Column("keep_days", WholeNumber),
    Column("paused", Boolean, nullable=False),
    Column("interval_seconds", WholeNumber, nullable=False),
    Column("failures", WholeNumber, nullable=False),
    Column("gone", Boolean, nullable=False),
    Column("next_check_at", WholeNumber, index=True),
    Column("etag", Text),
    Column("last_modified", Text),
    Column("first_look_done", Boolean, nullable=False),
    Column("last_checked_at", WholeNumber),
    Column("last_success_at", WholeNumber),
    Column("last_new_at", WholeNumber),
    Column("failing_since", WholeNumber),
    Column("last_error", Text, nullable=False),
    Column("notified", String, nullable=False),
)
"""The schedule lives here: `next_check_at` says when a feed is due."""

feed_entries = Table(
    "feed_entries",
    metadata,
    Column("feed_id", String, ForeignKey("feeds.id"), primary_key=True),
    Column("key", Text, primary_key=True),
    Column("url", Text),
    Column("fingerprints", Text, nullable=False),
    Column("article_id", String),
    Column("published_at", WholeNumber),
    Column("seen_at", WholeNumber, nullable=False),
    Index("feed_entries_of_article", "article_id"),
)
"""What each feed has shown, so that it is taken once. `fingerprints` is a JSON array; an entry
without `article_id` was passed over for good."""

stories = Table(
    "stories",
    metadata,
    Column("id", String, primary_key=True),
    Column("merged_into", String, index=True),
    Column("first_seen", WholeNumber, nullable=False),
    Column("last_seen", WholeNumber, nullable=False),
    Column("articles", WholeNumber, nullable=False),
    Index("ix_stories_last_seen", "last_seen"),
)
"""Events and the articles that tell of them. One that was `merged_into` another is kept as the
way there; those ways are never longer than one step."""

story_articles = Table(
    "story_articles",
    metadata,
    Column("article_id", String, primary_key=True),
    Column("story_id", String, nullable=False, index=True),
    Column("at", WholeNumber, nullable=False, index=True),
    Column("heard_at", WholeNumber, nullable=False, index=True),
    Column("language", String, nullable=False),
    Column("content_hash", String, nullable=False),
    Column("model_id", String, nullable=False),
    Column("vector", LargeBinary, nullable=False),
    Column("names", Text, nullable=False),
    Column("figures", Text, nullable=False),
)
"""Which story an article tells, and what it is compared by: `stories.Sketch`. `vector` is
float16, little-endian; `names` and `figures` are lines. Gone with the article, in the same
transaction."""

pending_stories = Table(
    "pending_stories",
    metadata,
    Column("article_id", String, primary_key=True),
    Column("at", WholeNumber, nullable=False, index=True),
)
"""Articles that are new, changed or gone since stories were last told. Written in the same
transaction as the article: a crash in between repeats harmless work."""

story_means = Table(
    "story_means",
    metadata,
    Column("model_id", String, primary_key=True),
    Column("language", String, primary_key=True),
    Column("articles", WholeNumber, nullable=False),
    Column("total", LargeBinary, nullable=False),
)
"""Sums of the vectors in `story_articles`, by language, of all that ever came; float64."""
