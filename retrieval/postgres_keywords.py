"""The keyword index on PostgreSQL: a `tsvector` of each chunk beside the corpus.

PostgreSQL's own ranks know nothing of how rare a word is: "the" counts as much as a name. So
each form of the question is counted, and ranked by itself; a chunk's score is the sum of the
ranks, weighted by rarity and length about as BM25 weights them.

`ts_rank` of one word that stands n times is the sum of 1/i^2 for i to n, over pi^2/6. Stretched
by half and moved so that one time counts 1, that is BM25's n (k + 1) / (n + k) with k = 1.2: two
times count 1.375 in both, four times 1.64 and 1.69.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

from sqlalchemy import ARRAY, Connection, Engine, Text, bindparam, text

from retrieval import lexemes
from retrieval.filters import conditions, has_filters
from retrieval.models import Hit, Query
from retrieval.terms import read_terms

MOST_RANKED = 5_000
"""Chunks that are ranked for one question: those that hold its rarest forms, as many of these as
fit in here. What holds but the other forms is not among the best."""

MOST_COUNTED = 5_000
"""Chunks that hold a word; it costs a look at each of them."""

BODY_WEIGHT, TITLE_WEIGHT = 0.9, 1.0
_RANKS = f"CAST(ARRAY[{BODY_WEIGHT}, 0, 0, {TITLE_WEIGHT}] AS real[])"
SHARE_OF_LENGTH = 0.4
"""Of a chunk's score, how much depends on its length."""
USUAL_LENGTH = 110
"""Different words of a chunk."""
_STRETCH = 1.5 * math.pi**2 / 6 / BODY_WEIGHT


def write(connection: Connection, rows: Iterable[tuple[int, str, str]]) -> None:
    """Index `(chunk number, title, text)` rows; a number is written once."""
    connection.execute(
        text("INSERT INTO chunk_words (number, words) VALUES (:number, CAST(:words AS tsvector))"),
        [{"number": number, "words": lexemes.vector(title, body)} for number, title, body in rows],
    )


def delete(connection: Connection, numbers: Sequence[int]) -> None:
    connection.execute(
        text("DELETE FROM chunk_words WHERE number = ANY(:numbers)"), {"numbers": list(numbers)}
    )


class PostgresKeywordIndex:
    """Words by rarity over title and text, diacritics folded. Safe to use from several threads."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def search(self, value: str, query: Query, limit: int) -> list[Hit]:
        forms = dict.fromkeys(form for term in read_terms(value) for form in term.forms)
        queries = list(dict.fromkeys(filter(None, map(lexemes.phrase, forms))))
        if not queries:
            return []
        with self._engine.connect() as connection:
            counts = _counted(connection, queries)
            held = [(count, told) for told, count in counts.items() if count]
            if not held:
                return []
            total = max(_chunks(connection), *counts.values())
            weights = {told: _rarity(count, total) for count, told in held}
            return _ranked(connection, weights, _rarest(held), query, limit)

    def frequencies(self, stems: Sequence[str]) -> dict[str, int]:
        """Chunks that hold a word with each stem."""
        told = {item: lexemes.beginning(item) for item in stems}
        with self._engine.connect() as connection:
            counts = _counted(connection, sorted({query for query in told.values() if query}))
        return {item: counts.get(query, 0) for item, query in told.items()}


_COUNTED = text(
    "SELECT wanted.at, found.chunks, found.last, (SELECT max(number) FROM chunk_words) "
    "FROM unnest(:queries) WITH ORDINALITY AS wanted(told, at), "
    "LATERAL (SELECT count(*) AS chunks, max(number) AS last FROM ("
    "SELECT number FROM chunk_words WHERE words @@ CAST(wanted.told AS tsquery) "
    "LIMIT :most) AS first) AS found"
).bindparams(bindparam("queries", type_=ARRAY(Text)))


def _counted(connection: Connection, queries: Sequence[str]) -> dict[str, int]:
    """Chunks that hold each; of a common one, about how many."""
    if not queries:
        return {}
    rows = connection.execute(_COUNTED, {"queries": list(queries), "most": MOST_COUNTED})
    return {
        # They are read about in the order of their numbers: so many up to this one of all.
        queries[at - 1]: chunks if chunks < MOST_COUNTED else chunks * newest // max(last, 1)
        for at, chunks, last, newest in rows
    }


def _chunks(connection: Connection) -> int:
    """About how many there are; numbers of chunks that are gone are not given out again."""
    found = connection.execute(
        text(
            "SELECT (SELECT coalesce(max(number), 0) FROM chunk_words), "
            "(SELECT reltuples FROM pg_class WHERE oid = to_regclass('chunk_words'))"
        )
    ).one()
    return int(found[1] if found[1] and found[1] > 0 else found[0])


def _rarity(count: int, total: int) -> float:
    """BM25's, in the form that is never negative."""
    return math.log(1 + (total - count + 0.5) / (count + 0.5))


def _rarest(held: Sequence[tuple[int, str]]) -> list[str]:
    """At least one."""
    chosen: list[str] = []
    chunks = 0
    for count, told in sorted(held):
        if chosen and chunks + count > MOST_RANKED:
            break
        chosen.append(told)
        chunks += count
    return chosen


def _ranked(
    connection: Connection,
    weights: dict[str, float],
    looked_for: Sequence[str],
    query: Query,
    limit: int,
) -> list[Hit]:
    said, values, lists = conditions(query)
    passing = (
        "JOIN chunks ON chunks.number = chunk_words.number "
        "JOIN articles ON articles.id = chunks.article_id "
        if has_filters(query)
        else ""
    )
    statement = text(
        "WITH held AS MATERIALIZED ("  # noqa: S608 - fixed strings, values bound
        "SELECT chunk_words.number, chunk_words.words "
        f"FROM chunk_words {passing}WHERE chunk_words.words @@ CAST(:match AS tsquery){said} "
        "ORDER BY chunk_words.number DESC LIMIT :most_ranked), "
        f"best AS (SELECT number, ({_score(weights)}) / (1 - :share + :share "
        "* CAST(length(words) AS float8) / :usual) AS score FROM held), "
        "first AS (SELECT number, score FROM best "
        "ORDER BY score DESC, number LIMIT :limit) "
        "SELECT chunks.id, first.score FROM first JOIN chunks ON chunks.number = first.number "
        "ORDER BY first.score DESC, chunks.id"
    ).bindparams(*lists)
    told = {f"told_{at}": query_told for at, query_told in enumerate(weights)}
    rarities = {f"rarity_{at}": rarity for at, rarity in enumerate(weights.values())}
    rows = connection.execute(
        statement,
        {
            "match": lexemes.any_of(looked_for),
            "most_ranked": MOST_RANKED,
            "share": SHARE_OF_LENGTH,
            "usual": USUAL_LENGTH,
            "limit": limit,
            **told,
            **rarities,
            **values,
        },
    )
    return [Hit(chunk_id, float(score)) for chunk_id, score in rows]


def _score(weights: dict[str, float]) -> str:
    """Of fixed strings; what a person typed is bound."""
    parts = []
    for at, told in enumerate(weights):
        # As a subquery it is read once; a bound value may be read anew for every row.
        query = f"(SELECT CAST(:told_{at} AS tsquery))"
        if " <-> " in told:
            # Its rank is of its words, also where they stand apart.
            rank = f"CASE WHEN words @@ {query} THEN 1 ELSE 0 END"
        else:
            rank = f"greatest({_STRETCH} * ts_rank({_RANKS}, words, {query}) - 0.5, 0)"
        parts.append(f":rarity_{at} * {rank}")
    return " + ".join(parts)
