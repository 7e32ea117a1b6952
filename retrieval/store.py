"""The corpus database: articles, their chunks and cached vectors, and the keyword index.

It is the truth; the vector index follows it. `write` puts articles and everything derived
from them into one transaction, and notes there what the vector index has yet to take up.

    transactions, chunk_rows   what a transaction writes
    passage_rows               what a reader is shown
    vector_rows                cached vectors, and what is pending
    copy_finder                what may be the same text
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path

from sqlalchemy import Connection, Engine, delete, func, select, union_all

from retrieval import copy_finder, passage_rows, vector_rows
from retrieval.appearances import Reading
from retrieval.chunk_rows import drop_orphans
from retrieval.database import open_database
from retrieval.migrations import HEAD
from retrieval.models import Article, EmbeddedChunk, Passage, Revision, Vector
from retrieval.outlets import Coverage
from retrieval.rows import article_of, parts
from retrieval.schema import (
    appearances,
    archive,
    articles,
    by_hand,
    chunks,
    embeddings,
    pending_vectors,
)
from retrieval.transactions import Change, make, take_out
from retrieval.upserts import upsert
from retrieval.vector_rows import Pending
from retrieval.writing import writing

EMBEDDING_MODEL = "embedding_model"


SCHEMA = "corpus"
"""On a PostgreSQL server, beside that of people's data."""


def open_corpus(place: Path | str) -> Engine:
    """The corpus database in a file or at an address `postgresql://...`.

    Raises ArchiveCorrupt when it cannot be read, DatabaseUnreachable.
    """
    # What is shown is put together by several statements: all look at the same moment.
    return open_database(place, "retrieval.migrations", HEAD, SCHEMA, isolation="REPEATABLE READ")


class Store:
    """Reads and writes the corpus. Each method is one transaction."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    @property
    def engine(self) -> Engine:
        """For the keyword index, which lives in the same database."""
        return self._engine

    # What is there

    def known(self, article_ids: Sequence[str]) -> dict[str, str]:
        """Content hash by id, of those that are in the archive: as articles or appearances."""
        with self._engine.connect() as connection:
            return {
                row.id: row.content_hash
                for part in parts(article_ids)
                for row in connection.execute(
                    union_all(
                        *(
                            select(table.c.id, table.c.content_hash).where(table.c.id.in_(part))
                            for table in (articles, appearances)
                        )
                    )
                )
            }

    def article_count(self, *, sample: bool | None = None) -> int:
        """Without appearances."""
        statement = select(func.count()).select_from(articles)
        if sample is not None:
            statement = statement.where(articles.c.sample == sample)
        with self._engine.connect() as connection:
            return connection.execute(statement).scalar_one()

    def chunk_count(self) -> int:
        with self._engine.connect() as connection:
            return connection.execute(select(func.count()).select_from(chunks)).scalar_one()

    def chunk_ids(self) -> list[str]:
        with self._engine.connect() as connection:
            return list(connection.execute(select(chunks.c.id)).scalars())

    def sample_ids(self) -> list[str]:
        """Of articles and appearances."""
        statement = union_all(
            *(select(table.c.id).where(table.c.sample) for table in (articles, appearances))
        )
        with self._engine.connect() as connection:
            return list(connection.execute(statement).scalars())

    def all_articles(self) -> Iterator[Article]:
        """Every article, by id; for rebuilding what is derived from them."""
        after = ""
        while True:
            statement = (
                select(articles).where(articles.c.id > after).order_by(articles.c.id).limit(100)
            )
            with self._engine.connect() as connection:
                rows = connection.execute(statement).all()
            if not rows:
                return
            for row in rows:
                yield article_of(row)
            after = rows[-1].id

    def value(self, key: str) -> str | None:
        with self._engine.connect() as connection:
            return connection.execute(select(archive.c.value).where(archive.c.key == key)).scalar()

    # What a reader is shown

    def passages(self, chunk_ids: Sequence[str]) -> dict[str, Passage]:
        """Chunks by id with the article they stand in; scores are 0, the caller's to set."""
        with self._engine.connect() as connection:
            return passage_rows.passages(connection, chunk_ids)

    def article_passages(self, article_id: str) -> list[Passage]:
        """All of an article, in the order of its text; empty for one that is not there."""
        with self._engine.connect() as connection:
            return passage_rows.of_article(connection, article_id)

    def texts(self, runs: Sequence[passage_rows.Run]) -> dict[passage_rows.Run, str]:
        """The text from one chunk of an article to another, by article id and ordinals."""
        with self._engine.connect() as connection:
            return passage_rows.texts(connection, runs)

    def sources(self) -> list[str]:
        """Every outlet, also of appearances."""
        with self._engine.connect() as connection:
            return passage_rows.sources(connection)

    def articles_appearing_in(self, sources: Sequence[str]) -> list[str]:
        """Articles of other outlets that one of these carries too, the latest first."""
        with self._engine.connect() as connection:
            return passage_rows.articles_appearing_in(connection, sources)

    def articles_of_feeds(
        self, article_ids: Sequence[str], feed_ids: Sequence[str]
    ) -> frozenset[str]:
        """Those of the articles that came by one of the feeds."""
        with self._engine.connect() as connection:
            return passage_rows.articles_of_feeds(connection, article_ids, feed_ids)

    def history(self, article_id: str) -> tuple[Revision, ...]:
        """What an article said before, the latest first; see `revisions.changes`."""
        with self._engine.connect() as connection:
            return passage_rows.history(connection, article_id)

    def coverage(self, article_ids: Sequence[str]) -> tuple[Coverage, ...]:
        """Articles and their appearances as `outlets.origins` takes them, the earliest first."""
        with self._engine.connect() as connection:
            return passage_rows.coverage(connection, article_ids)

    # What may be one text

    def copy_candidates(self, of: Reading, now: datetime) -> list[Reading]:
        """Articles that may be copies of one which is taken `now`."""
        with self._engine.connect() as connection:
            return copy_finder.candidates(connection, of, now)

    def article(self, article_id: str) -> Reading | None:
        """None also for what is but an appearance."""
        with self._engine.connect() as connection:
            return copy_finder.stored_article(connection, article_id)

    def appearances_in(self, article_id: str) -> list[Reading]:
        """Where else an article's text stands."""
        with self._engine.connect() as connection:
            return copy_finder.appearances_in(connection, article_id)

    def with_appearances(self, article_ids: Sequence[str]) -> list[str]:
        """Those of the articles whose text stands elsewhere too."""
        with self._engine.connect() as connection:
            return list(copy_finder.with_appearances(connection, article_ids))

    # What changes it

    def write(
        self,
        changes: Sequence[Change],
        vectors: Mapping[str, Vector],
        model_id: str,
        now: datetime,
    ) -> None:
        """Make changes, replacing earlier versions, all or nothing.

        `vectors` holds one vector for the embedding hash of every chunk that has no
        cached one.
        """
        rows = [
            {"model_id": model_id, "hash": key, "vector": vector_rows.blob(vector)}
            for key, vector in vectors.items()
        ]
        let_go: set[str] = set()
        with writing(self._engine) as connection:
            if rows:
                connection.execute(upsert(connection, embeddings).on_conflict_do_nothing(), rows)
            for change in changes:
                let_go |= make(connection, change, now)
            drop_orphans(connection, let_go)

    def mark_by_hand(self, article_ids: Sequence[str]) -> None:
        """A person asked for these: they outlive the feeds that have them too."""
        rows = [{"article_id": article_id} for article_id in article_ids]
        if rows:
            with writing(self._engine) as connection:
                connection.execute(upsert(connection, by_hand).on_conflict_do_nothing(), rows)

    def delete_articles(self, article_ids: Sequence[str]) -> None:
        """Take articles and appearances out with everything derived from them, all or nothing.

        An article whose text still stands elsewhere is refused: see `Ingest.remove`.
        """
        with writing(self._engine) as connection:
            drop_orphans(connection, take_out(connection, article_ids))

    def set_value(self, key: str, value: str) -> None:
        with writing(self._engine) as connection:
            _set_value(connection, key, value)

    def switch_model(self, model_id: str) -> None:
        """From now on the archive is indexed with `model_id`; vectors of others are let go."""
        with writing(self._engine) as connection:
            _set_value(connection, EMBEDDING_MODEL, model_id)
            connection.execute(delete(pending_vectors))
            connection.execute(delete(embeddings).where(embeddings.c.model_id != model_id))

    # Vectors, and what the vector index has yet to do

    def cached_vectors(self, model_id: str, hashes: Sequence[str]) -> dict[str, Vector]:
        """Vectors by embedding hash, of those that are cached."""
        with self._engine.connect() as connection:
            return vector_rows.cached_vectors(connection, model_id, hashes)

    def vectors(self, model_id: str, chunk_ids: Sequence[str]) -> dict[str, Vector]:
        """Cached vectors by chunk id."""
        with self._engine.connect() as connection:
            return vector_rows.vectors(connection, model_id, chunk_ids)

    def embedded(self, model_id: str, chunk_ids: Sequence[str]) -> list[EmbeddedChunk]:
        """Chunks with their cached vectors, as the vector index takes them."""
        with self._engine.connect() as connection:
            return vector_rows.embedded(connection, model_id, chunk_ids)

    def pending(self, model_id: str, limit: int = 500) -> Pending:
        """The next pending work that can be done: what is to be taken up has its vector."""
        with self._engine.connect() as connection:
            return vector_rows.pending(connection, model_id, limit)

    def settle(self, pending: Pending) -> None:
        """Forget work the vector index has done."""
        with writing(self._engine) as connection:
            vector_rows.settle(connection, pending)

    def keep_vectors(self, model_id: str, made: Mapping[str, Vector]) -> None:
        """Cache vectors by embedding hash, before what they are of is written."""
        with writing(self._engine) as connection:
            vector_rows.keep(connection, model_id, made)

    def articles_lacking_vectors(self, model_id: str) -> list[Article]:
        """Articles with a chunk that has no vector of the model."""
        with self._engine.connect() as connection:
            return vector_rows.articles_lacking_vectors(connection, model_id)

    def close(self) -> None:
        self._engine.dispose()


def _set_value(connection: Connection, key: str, value: str) -> None:
    statement = upsert(connection, archive).values(key=key, value=value)
    connection.execute(
        statement.on_conflict_do_update(index_elements=["key"], set_={"value": value})
    )
