"""Looking through the archive: the newest articles, the outlets, who else carried a text.

Only reads. Every list is bounded, and answered from indexes: at 100,000 chunks none takes
50 ms (`ix_articles_outlets` counts the outlets, `ix_articles_published_at` finds the latest).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Engine, Select, func, select, text

from retrieval import lexemes
from retrieval.dates import moment_of
from retrieval.folding import STEM_LETTERS, stem
from retrieval.listing import ListedArticle, OutletRow, Wanted
from retrieval.models import Appearance
from retrieval.schema import appearances, articles, feed_entries
from retrieval.terms import Term, read_terms

MOST_LISTED = 100
"""Articles of one page."""
MOST_SKIPPED = 5_000
"""Articles before it."""
MOST_MATCHED = 10_000
"""Of the chunks that hold a topic's words, those added last; what is newer than all of them is
what people look for."""
MOST_TOPIC_TERMS = 8
MOST_CARRIERS = 30
AHEAD = timedelta(days=1)
"""A date further in the future is a mistake, which would stand on top of the list for good."""

_LISTED = (
    articles.c.id,
    articles.c.title,
    articles.c.url,
    articles.c.source,
    articles.c.language,
    articles.c.published_at,
    articles.c.corrected_at,
    articles.c.sample,
)
_MATCHING = (
    "articles.id IN (SELECT chunks.article_id FROM chunks WHERE chunks.number IN ("
    "SELECT {number} FROM chunk_words WHERE {matches} ORDER BY {number} DESC "
    "LIMIT :most_matched))"
)
_MATCHES = {
    "sqlite": {"number": "rowid", "matches": "chunk_words MATCH :match"},
    "postgresql": {"number": "number", "matches": "words @@ CAST(:match AS tsquery)"},
}


class Catalogue:
    """Reads the corpus for lists. Safe to use from several threads."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def latest(self, wanted: Wanted, now: datetime, *, skip: int, most: int) -> list[ListedArticle]:
        """The dated articles that are wanted, newest first, at most 100 after at most 5,000."""
        newest = int((now + AHEAD).timestamp())
        chosen = select(articles.c.id, articles.c.published_at).where(
            articles.c.published_at <= newest
        )
        values: dict[str, object] = {}
        if wanted.since:
            chosen = chosen.where(articles.c.published_at >= int(wanted.since.timestamp()))
        if wanted.until:
            chosen = chosen.where(articles.c.published_at < int(wanted.until.timestamp()))
        if wanted.sources:
            chosen = chosen.where(_carried_by(wanted.sources))
        if wanted.hidden:
            chosen = chosen.where(articles.c.source.not_in(wanted.hidden))
        if wanted.topic:
            dialect = self._engine.dialect.name
            terms = read_terms(wanted.topic)[:MOST_TOPIC_TERMS]
            match = _match(terms) if dialect == "sqlite" else lexemes.all_terms(terms)
            if not match:
                return []
            chosen = chosen.where(text(_MATCHING.format(**_MATCHES[dialect])))
            values = {"match": match, "most_matched": MOST_MATCHED}
        by_time = (articles.c.published_at.desc(), articles.c.id)
        # Chosen by the indexes alone: a row holds its whole text.
        page = (
            chosen.order_by(*by_time)
            .limit(max(0, min(most, MOST_LISTED)))
            .offset(max(0, min(skip, MOST_SKIPPED)))
            .subquery()
        )
        statement = select(*_LISTED).join(page, page.c.id == articles.c.id).order_by(*by_time)
        with self._engine.connect() as connection:
            return [_listed(row) for row in connection.execute(statement, values)]

    def article(self, article_id: str) -> ListedArticle | None:
        statement = select(*_LISTED).where(articles.c.id == article_id)
        with self._engine.connect() as connection:
            row = connection.execute(statement).first()
        return _listed(row) if row else None

    def standing_for(self, article_id: str) -> str | None:
        """The article itself, or the one an appearance has its text in; None for neither."""
        place = select(appearances.c.article_id).where(appearances.c.id == article_id)
        with self._engine.connect() as connection:
            own = select(articles.c.id).where(articles.c.id == article_id)
            found = connection.execute(own).scalar() or connection.execute(place).scalar()
        return str(found) if found else None

    def outlets(self) -> list[OutletRow]:
        """Every outlet, the one with most articles first."""
        counted: dict[str, int] = defaultdict(int)
        newest: dict[str, int] = {}
        languages: dict[str, set[str]] = defaultdict(set)
        with self._engine.connect() as connection:
            for table in (articles, appearances):
                statement = select(
                    table.c.source,
                    table.c.language,
                    func.count().label("articles"),
                    func.max(table.c.published_at).label("newest"),
                ).group_by(table.c.source, table.c.language)
                for row in connection.execute(statement):
                    counted[row.source] += row.articles
                    if row.newest is not None:
                        newest[row.source] = max(row.newest, newest.get(row.source, row.newest))
                    languages[row.source].add(row.language)
        rows = [
            OutletRow(
                source,
                count,
                moment_of(newest.get(source)),
                tuple(sorted(languages[source] - {""})),
            )
            for source, count in counted.items()
        ]
        return sorted(rows, key=lambda row: (-row.articles, row.source))

    def outlet_of_feed(self, feed_id: str) -> str | None:
        """The outlet of what a feed brought; None where it has brought nothing yet."""
        of_feed = (feed_entries.c.feed_id == feed_id, feed_entries.c.article_id.is_not(None))
        with self._engine.connect() as connection:
            for table in (articles, appearances):
                statement = (
                    select(table.c.source)
                    .join(feed_entries, feed_entries.c.article_id == table.c.id)
                    .where(*of_feed)
                    .limit(1)
                )
                found = connection.execute(statement).scalar()
                if found is not None:
                    return str(found)
        return None

    def carriers(self, article_id: str) -> list[Appearance]:
        """Where else an article's text stands, also with other figures or more text: the
        earliest first, at most 30."""
        own = select(
            appearances.c.source,
            appearances.c.url,
            appearances.c.title,
            func.coalesce(appearances.c.published_at, appearances.c.added_at).label("at"),
            appearances.c.published_at,
        ).where(appearances.c.article_id == article_id)
        group = select(articles.c.copy_group).where(articles.c.id == article_id).scalar_subquery()
        alike = select(
            articles.c.source,
            articles.c.url,
            articles.c.title,
            func.coalesce(articles.c.published_at, articles.c.added_at).label("at"),
            articles.c.published_at,
        ).where(articles.c.copy_group == group, articles.c.id != article_id)
        statement = own.union_all(alike).order_by("at", "url").limit(MOST_CARRIERS)
        with self._engine.connect() as connection:
            return [
                Appearance(row.source, row.url, row.title, moment_of(row.published_at))
                for row in connection.execute(statement)
            ]


def _carried_by(sources: Sequence[str]) -> Any:
    carried: Select[Any] = select(appearances.c.article_id).where(appearances.c.source.in_(sources))
    return articles.c.source.in_(sources) | articles.c.id.in_(carried)


def _match(terms: Sequence[Term]) -> str:
    """All terms, each in any of its forms, as an FTS5 expression; every form stands in quotes:
    nothing a person types is its syntax."""
    return " AND ".join(f"({_any_form(term)})" for term in terms)


def _any_form(term: Term) -> str:
    return " OR ".join(
        _phrase(form, is_stem=not term.is_name and len(form) == 1) for form in sorted(term.forms)
    )


def _phrase(form: Sequence[str], *, is_stem: bool) -> str:
    if not is_stem:
        return f'"{" ".join(form)}"'
    beginning = stem(form[0])
    # A shorter word is whole, and so is a figure.
    return f'"{beginning}"*' if len(beginning) == STEM_LETTERS else f'"{form[0]}"'


def _listed(row: Any) -> ListedArticle:
    return ListedArticle(
        article_id=row.id,
        title=row.title,
        url=row.url,
        source=row.source,
        language=row.language,
        published_at=moment_of(row.published_at),
        corrected_at=moment_of(row.corrected_at),
        sample=row.sample,
    )
