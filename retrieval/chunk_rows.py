"""What one transaction of the store does to the chunks of an article, and what hangs on them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sqlalchemy import Connection, delete, insert, select, update

from retrieval import keywords
from retrieval.identity import digest
from retrieval.models import Chunk
from retrieval.schema import chunks, embeddings, pending_vectors
from retrieval.upserts import upsert


def embedding_hash(chunk: Chunk) -> str:
    """Key of a chunk's cached vector."""
    return digest("embedding", chunk.embedding_text, length=32)


def replace_chunks(
    connection: Connection, article_id: str, title: str, new: Sequence[Chunk]
) -> set[str]:
    """Give an article new chunks; returns the hashes of texts it no longer has."""
    rows = connection.execute(
        select(chunks.c.id, chunks.c.number, chunks.c.embedding_hash).where(
            chunks.c.article_id == article_id
        )
    ).all()
    old = {row.id: row.number for row in rows}
    if old:
        keywords.delete_words(connection, list(old.values()))
    gone = old.keys() - {chunk.id for chunk in new}
    for chunk_id in gone:
        connection.execute(delete(chunks).where(chunks.c.id == chunk_id))
    for chunk in new:
        place = {"ordinal": chunk.ordinal, "start": chunk.start, "end": chunk.end}
        if chunk.id in old:
            connection.execute(update(chunks).where(chunks.c.id == chunk.id).values(**place))
        else:
            connection.execute(
                insert(chunks).values(
                    id=chunk.id,
                    article_id=article_id,
                    embedding_hash=embedding_hash(chunk),
                    **place,
                )
            )
    if new:
        numbers = connection.execute(
            select(chunks.c.id, chunks.c.number).where(chunks.c.article_id == article_id)
        )
        text_of = {chunk.id: chunk.text for chunk in new}
        keywords.write_words(connection, [(row.number, title, text_of[row.id]) for row in numbers])
    _note_pending(connection, gone, present=False)
    _note_pending(connection, (chunk.id for chunk in new), present=True)
    return {row.embedding_hash for row in rows if row.id in gone}


def _note_pending(connection: Connection, chunk_ids: Iterable[str], *, present: bool) -> None:
    rows = [{"chunk_id": chunk_id, "present": present} for chunk_id in chunk_ids]
    if rows:
        statement = upsert(connection, pending_vectors)
        connection.execute(
            statement.on_conflict_do_update(
                index_elements=["chunk_id"], set_={"present": statement.excluded.present}
            ),
            rows,
        )


def drop_orphans(connection: Connection, hashes: Iterable[str]) -> None:
    """Delete those cached vectors whose text no chunk has any more.

    Once a transaction has written everything: a text one article lets go of may be another's.
    """
    in_use = select(chunks.c.id).where(chunks.c.embedding_hash == embeddings.c.hash).exists()
    for key in hashes:
        connection.execute(delete(embeddings).where(embeddings.c.hash == key, ~in_use))
