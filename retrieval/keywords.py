"""The keyword index beside the corpus, written in the corpus's transactions: SQLite FTS5.

`postgres_keywords` is the same on PostgreSQL; the functions here write whichever it is.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sqlalchemy import Connection, Engine, text

from retrieval import postgres_keywords
from retrieval.filters import conditions, has_filters
from retrieval.folding import fold
from retrieval.lexemes import is_cut
from retrieval.models import Hit, Query
from retrieval.protocols import KeywordIndex
from retrieval.terms import read_terms

TITLE_WEIGHT = 2.0
BODY_WEIGHT = 1.0

LOOKED_THROUGH = 2_000
"""Matches that are looked through for those that pass a filter. Joining every match with its
article takes two to four times as long as ranking them does."""

FEW_ARTICLES = 4_000
"""So many can be named one by one to the full-text search, in less time than it takes itself."""

_ALL = ""
_PASSING = (
    " AND +rowid IN (SELECT chunks.number FROM articles "
    "CROSS JOIN chunks ON chunks.article_id = articles.id WHERE 1{said})"
)
"""The plus keeps SQLite from asking the full-text index row by row: ten times as long."""


def write_words(connection: Connection, rows: Iterable[tuple[int, str, str]]) -> None:
    """Index `(chunk number, title, text)` rows; a number is written once."""
    if connection.dialect.name == "postgresql":
        postgres_keywords.write(connection, rows)
        return
    connection.execute(
        text("INSERT INTO chunk_words(rowid, title, body) VALUES (:number, :title, :body)"),
        [
            {"number": number, "title": fold(title), "body": fold(body)}
            for number, title, body in rows
        ],
    )


def delete_words(connection: Connection, numbers: Sequence[int]) -> None:
    """Take chunks out of the index by number."""
    if connection.dialect.name == "postgresql":
        postgres_keywords.delete(connection, numbers)
        return
    connection.execute(
        text("DELETE FROM chunk_words WHERE rowid = :number"),
        [{"number": number} for number in numbers],
    )


def keyword_index(engine: Engine) -> KeywordIndex:
    """Of the corpus `engine` is on."""
    if engine.dialect.name == "postgresql":
        return postgres_keywords.PostgresKeywordIndex(engine)
    return SqliteKeywordIndex(engine)


class SqliteKeywordIndex:
    """BM25 over title and text, diacritics folded."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def search(self, value: str, query: Query, limit: int) -> list[Hit]:
        forms = dict.fromkeys(form for term in read_terms(value) for form in term.forms)
        if not forms:
            return []
        # Each form stands in quotes, a phrase: nothing a person types is FTS5 syntax.
        match = " OR ".join(f'"{" ".join(form)}"' for form in forms)
        if not has_filters(query):
            return self._best(match, query, limit, limit, _ALL)
        if not self._is_narrow(query):
            found = self._best(match, query, limit, max(limit, LOOKED_THROUGH), _ALL)
            if len(found) == limit:
                return found
        return self._best(match, query, limit, limit, _PASSING)

    def _is_narrow(self, query: Query) -> bool:
        """Whether few articles pass the filters."""
        said, values, lists = conditions(query)
        counted = text(
            f"SELECT count(*) FROM (SELECT 1 FROM articles WHERE 1{said} LIMIT :most)"  # bound
        )
        with self._engine.connect() as connection:
            found = connection.execute(
                counted.bindparams(*lists), {**values, "most": FEW_ARTICLES + 1}
            ).scalar_one()
        return bool(found <= FEW_ARTICLES)

    def _best(self, match: str, query: Query, limit: int, depth: int, among: str) -> list[Hit]:
        """Of the best `depth` matches among some chunks, the best that pass the filters."""
        said, values, lists = conditions(query)
        statement = text(
            "WITH best AS MATERIALIZED (SELECT rowid AS number, "
            "bm25(chunk_words, :title_weight, :body_weight) AS score FROM chunk_words "
            f"WHERE chunk_words MATCH :match{among.format(said=said)} "
            "ORDER BY bm25(chunk_words, :title_weight, :body_weight), rowid LIMIT :depth) "
            "SELECT chunks.id, -score AS score FROM best "
            "CROSS JOIN chunks ON chunks.number = best.number "
            "CROSS JOIN articles ON articles.id = chunks.article_id "
            # Read in the order of `best`, and no further than needed: sorting would join them all.
            f"WHERE 1{said} LIMIT :limit"  # fixed strings, values bound
        )
        with self._engine.connect() as connection:
            rows = connection.execute(
                statement.bindparams(*lists),
                {
                    "match": match,
                    "title_weight": TITLE_WEIGHT,
                    "body_weight": BODY_WEIGHT,
                    "depth": depth,
                    "limit": limit,
                    **values,
                },
            )
            hits = [Hit(chunk_id, float(score)) for chunk_id, score in rows]
        return sorted(hits, key=lambda hit: (-hit.score, hit.chunk_id))

    def frequencies(self, stems: Sequence[str]) -> dict[str, int]:
        """Chunks that hold a word with each stem; one with two such words counts twice."""
        statement = text(
            "SELECT coalesce(sum(doc), 0) FROM chunk_vocabulary WHERE term >= :low AND term < :high"
        )
        exact = text("SELECT coalesce(sum(doc), 0) FROM chunk_vocabulary WHERE term = :low")
        with self._engine.connect() as connection:
            return {
                item: connection.execute(
                    statement if is_cut(item) else exact,
                    {"low": item, "high": item + "\U0010ffff"},
                ).scalar_one()
                for item in stems
            }
