"""The full-text index filled from the articles, where a copy of them came without it. Blocking."""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy import Engine, column, delete, select, table

from retrieval.keywords import write_words
from retrieval.schema import articles, chunks
from retrieval.writing import writing

BATCH = 500
"""Chunks of one transaction."""


def fill(engine: Engine, on_chunks: Callable[[int], None]) -> int:
    """Index the chunks that are not, in batches, each of them kept; returns how many those were.

    What is indexed on a server and is no chunk any more is taken out.
    """
    is_server = engine.dialect.name == "postgresql"
    words = table("chunk_words", column("number" if is_server else "rowid"))
    (number,) = words.c
    if is_server:
        still = select(chunks.c.number).where(chunks.c.number == number).exists()
        with writing(engine) as connection:
            connection.execute(delete(words).where(~still))
    there = select(number).where(number == chunks.c.number).exists()
    missing = (
        select(chunks.c.number, chunks.c.start, chunks.c.end, articles.c.title, articles.c.text)
        .join(articles, articles.c.id == chunks.c.article_id)
        .where(~there)
        .order_by(chunks.c.number)
        .limit(BATCH)
    )
    last, written = -1, 0
    while True:
        with writing(engine) as connection:
            rows = connection.execute(missing.where(chunks.c.number > last)).all()
            if not rows:
                return written
            write_words(
                connection,
                [(row.number, row.title, row.text[row.start : row.end]) for row in rows],
            )
        last = rows[-1].number
        written += len(rows)
        on_chunks(len(rows))
