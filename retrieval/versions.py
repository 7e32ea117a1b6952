"""What an article said over time: its versions, where else it stands, what was corrected of late.

Only reads, also through an engine that cannot write: beside the process that holds the archive.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from urllib.parse import urldefrag

from sqlalchemy import Connection, Engine, Table, select

from retrieval import passage_rows
from retrieval.article_history import ArticleHistory, Version
from retrieval.dates import moment_of
from retrieval.identity import article_id
from retrieval.models import Appearance, Article
from retrieval.rows import article_of
from retrieval.schema import appearances, articles, revisions
from retrieval.transactions import MOST_REVISIONS

SHORTEST_ID = 8
"""Hex digits of an id that name an article, where no other begins with them."""


def article_named(engine: Engine, name: str) -> str | None:
    """The id of the article with an address or id, or the beginning of one; None for none.

    An address is found with or without its fragment, a slash at its end, and TLS.
    """
    with engine.connect() as connection:
        for candidate in _candidates(name.strip()):
            if any(_row(connection, table, candidate) for table in (articles, appearances)):
                return candidate
        prefix = name.strip().lower()
        if len(prefix) < SHORTEST_ID or not set(prefix) <= set("0123456789abcdef"):
            return None
        found = [
            found_id
            for table in (articles, appearances)
            for found_id in connection.execute(
                select(table.c.id).where(table.c.id.startswith(prefix)).limit(2)
            ).scalars()
        ]
    return found[0] if len(found) == 1 else None


def history_of(engine: Engine, article: str) -> ArticleHistory | None:
    """By id; None for an article that is not in the archive."""
    with engine.connect() as connection:
        row = _row(connection, articles, article)
        appearing = None if row else _row(connection, appearances, article)
        found = row or appearing
        if found is None:
            return None
        now = article_of(found)
        place = _row(connection, articles, appearing.article_id) if appearing else None
        return ArticleHistory(
            article=now,
            versions=tuple(_versions(connection, article, now, found.added_at)),
            also_in=passage_rows.also_in(connection, [article]).get(article, ()),
            stands_in=Appearance(
                place.source, place.url, place.title, moment_of(place.published_at)
            )
            if place
            else None,
        )


def corrected_since(engine: Engine, since: datetime) -> dict[str, datetime]:
    """Articles of which the archive took another title or text since then, and when last."""
    # By number, which is in the order of time: no text is read, and no more than is new.
    statement = select(revisions.c.article_id, revisions.c.replaced_at).order_by(
        revisions.c.number.desc()
    )
    least = int(since.timestamp())
    found: dict[str, datetime] = {}
    with engine.connect() as connection, connection.execute(statement) as rows:
        for row in rows:
            if row.replaced_at < least:
                break
            found.setdefault(row.article_id, datetime.fromtimestamp(row.replaced_at, UTC))
    return found


def _versions(
    connection: Connection, article: str, now: Article, added_at: int
) -> Iterator[Version]:
    history = passage_rows.history(connection, article)
    since = datetime.fromtimestamp(added_at, UTC) if len(history) < MOST_REVISIONS else None
    for former in reversed(history):
        yield Version(since, former.title, former.text, former.published_at)
        since = former.replaced_at
    yield Version(since, now.title, now.text, now.published_at)


def _row(connection: Connection, table: Table, article: str):  # type: ignore[no-untyped-def]
    return connection.execute(select(table).where(table.c.id == article)).first()


def _candidates(name: str) -> Iterator[str]:
    yield name.lower()
    bare = urldefrag(name).url
    for url in dict.fromkeys((name, bare, bare.rstrip("/"), f"{bare}/")):
        yield article_id(url)
        scheme, mark, rest = url.partition("://")
        if mark and scheme in ("http", "https"):
            yield article_id(f"{'http' if scheme == 'https' else 'https'}://{rest}")
