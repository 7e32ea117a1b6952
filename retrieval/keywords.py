"""The keyword index: SQLite FTS5 beside the corpus, written in the corpus's transactions."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sqlalchemy import Connection, Engine, text

from retrieval.filters import conditions
from retrieval.folding import STEM_LETTERS, fold
from retrieval.models import Hit, Query
from retrieval.terms import read_terms

TITLE_WEIGHT = 2.0
BODY_WEIGHT = 1.0


def write_words(connection: Connection, rows: Iterable[tuple[int, str, str]]) -> None:
    """Index `(chunk number, title, text)` rows; a number is written once."""
    connection.execute(
        text("INSERT INTO chunk_words(rowid, title, body) VALUES (:number, :title, :body)"),
        [
            {"number": number, "title": fold(title), "body": fold(body)}
            for number, title, body in rows
        ],
    )


def delete_words(connection: Connection, numbers: Sequence[int]) -> None:
    """Take chunks out of the index by number."""
    connection.execute(
        text("DELETE FROM chunk_words WHERE rowid = :number"),
        [{"number": number} for number in numbers],
    )


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
        said, values, lists = conditions(query)
        statement = text(
            "SELECT chunks.id, -bm25(chunk_words, :title_weight, :body_weight) AS score "
            "FROM chunk_words JOIN chunks ON chunks.number = chunk_words.rowid "
            "JOIN articles ON articles.id = chunks.article_id "
            f"WHERE chunk_words MATCH :match{said} "  # fixed strings, values bound
            "ORDER BY score DESC, chunks.id LIMIT :limit"
        )
        with self._engine.connect() as connection:
            rows = connection.execute(
                statement.bindparams(*lists),
                {
                    "match": match,
                    "title_weight": TITLE_WEIGHT,
                    "body_weight": BODY_WEIGHT,
                    "limit": limit,
                    **values,
                },
            )
            return [Hit(chunk_id, float(score)) for chunk_id, score in rows]

    def frequencies(self, stems: Sequence[str]) -> dict[str, int]:
        """Chunks that hold a word with each stem; one with two such words counts twice."""
        statement = text(
            "SELECT coalesce(sum(doc), 0) FROM chunk_vocabulary WHERE term >= :low AND term < :high"
        )
        exact = text("SELECT coalesce(sum(doc), 0) FROM chunk_vocabulary WHERE term = :low")
        with self._engine.connect() as connection:
            return {
                item: connection.execute(
                    statement if _is_cut(item) else exact,
                    {"low": item, "high": item + "\U0010ffff"},
                ).scalar_one()
                for item in stems
            }


def _is_cut(item: str) -> bool:
    """Whether a stem may be the beginning of a longer word; a figure never is."""
    return len(item) == STEM_LETTERS and not any(char.isdigit() for char in item)
