"""Stories read from the corpus database, for digests and for browsing. Blocking."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import numpy as np
from sqlalchemy import Connection, Engine, Row, func, select

from retrieval.dates import moment_at, seconds_of
from retrieval.outlets import Origin, origins
from retrieval.passage_rows import coverage
from retrieval.rows import parts
from retrieval.schema import appearances, articles, stories, story_articles
from retrieval.story_facts import Story, StoryArticle, StorySummary, headline_of
from retrieval.story_figures import LEAD, Telling, contradictions

MOST_ARTICLES = 200
"""Of one story, the latest: more than anybody reads."""

MOST_STORIES = 500
MOST_IDS = 10_000
MOST_COMPARED = 40
"""Latest articles whose figures are held against each other."""


class StoryStore:
    """Each method is one look at the database. An id that was merged leads to what it became."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def of_article(self, article_id: str) -> str | None:
        """Id of an article's story, or of that whose text it carries; None for one that is in
        none yet."""
        direct = select(story_articles.c.story_id).where(story_articles.c.article_id == article_id)
        carried = (
            select(story_articles.c.story_id)
            .join(appearances, appearances.c.article_id == story_articles.c.article_id)
            .where(appearances.c.id == article_id)
        )
        with self._engine.connect() as connection:
            return connection.execute(direct).scalar() or connection.execute(carried).scalar()

    def of_articles(self, article_ids: Sequence[str]) -> dict[str, str]:
        """Story ids by article, of those articles that are in one."""
        statement = select(story_articles.c.article_id, story_articles.c.story_id)
        with self._engine.connect() as connection:
            return {
                row.article_id: row.story_id
                for part in parts(article_ids)
                for row in connection.execute(
                    statement.where(story_articles.c.article_id.in_(part))
                )
            }

    def current_id(self, story_id: str) -> str | None:
        """What a story has become; None when it is gone."""
        with self._engine.connect() as connection:
            return _current(connection, story_id)

    def story(self, story_id: str, language: str = "") -> Story | None:
        """With a headline in `language` where an article has one; None when it is gone."""
        with self._engine.connect() as connection:
            current = _current(connection, story_id)
            rows = _articles(connection, current) if current else []
            if current is None or not rows:
                return None
            about = connection.execute(select(stories).where(stories.c.id == current)).one()
            carried = _carried(connection, [row.id for row in rows])
            covered = coverage(connection, [row.id for row in rows])
            leads = {row.id: row.lead for row in rows}
        told = _story_articles(rows, carried)
        found = origins(covered)
        chosen = headline_of(told, language)
        return Story(
            id=current,
            headline=chosen.title,
            headline_article=chosen.id,
            articles=told,
            article_count=about.articles,
            outlets=tuple(dict.fromkeys(one.source for one in covered)),
            origins=found,
            first_seen=moment_at(about.first_seen),
            last_seen=moment_at(about.last_seen),
            contradictions=contradictions(_tellings(told, leads, found)),
        )

    def articles_of(self, story_id: str) -> tuple[StoryArticle, ...]:
        """The earliest first, at most the latest 200; empty when the story is gone."""
        with self._engine.connect() as connection:
            current = _current(connection, story_id)
            rows = _articles(connection, current) if current else []
            carried = _carried(connection, [row.id for row in rows])
        return _story_articles(rows, carried)

    def between(
        self, since: datetime, until: datetime, limit: int = MOST_STORIES
    ) -> tuple[StorySummary, ...]:
        """Stories with an article published since `since` and before `until`, the one told last
        first."""
        last = func.max(story_articles.c.at)
        in_time = (
            select(story_articles.c.story_id, last.label("last"))
            .where(
                story_articles.c.at >= seconds_of(since), story_articles.c.at < seconds_of(until)
            )
            .group_by(story_articles.c.story_id)
            .order_by(last.desc(), story_articles.c.story_id)
            .limit(max(0, min(limit, MOST_STORIES)))
        )
        with self._engine.connect() as connection:
            ids = [row.story_id for row in connection.execute(in_time)]
            by_id = {one.id: one for one in _summaries(connection, ids)}
        return tuple(by_id[story_id] for story_id in ids)

    def heard_between(
        self, since: datetime, until: datetime, limit: int = MOST_STORIES
    ) -> tuple[StorySummary, ...]:
        """Stories of which the archive heard an article then: what a digest has yet to tell.
        Those with most such articles first.

        What was taken long after its date was heard of at that date.
        """
        return self.summaries(self._heard(since, until, (), min(limit, MOST_STORIES)))

    def ids_heard_between(
        self, since: datetime, until: datetime, sources: Sequence[str] = ()
    ) -> list[str]:
        """The ids alone, of at most 10,000 stories; with an article of one of the `sources`, if
        there are any."""
        return self._heard(since, until, sources, MOST_IDS)

    def summaries(self, story_ids: Sequence[str]) -> tuple[StorySummary, ...]:
        """Of those that are there, in the given order."""
        with self._engine.connect() as connection:
            by_id = {one.id: one for one in _summaries(connection, list(story_ids))}
        return tuple(by_id[story_id] for story_id in story_ids if story_id in by_id)

    def _heard(
        self, since: datetime, until: datetime, sources: Sequence[str], limit: int
    ) -> list[str]:
        heard, count = story_articles.c.heard_at, func.count()
        in_time = select(story_articles.c.story_id).where(
            heard >= seconds_of(since), heard < seconds_of(until)
        )
        if sources:
            in_time = in_time.join(articles, articles.c.id == story_articles.c.article_id)
            in_time = in_time.where(articles.c.source.in_(sources))
        ranked = in_time.group_by(story_articles.c.story_id).order_by(
            count.desc(), func.max(heard).desc(), story_articles.c.story_id
        )
        with self._engine.connect() as connection:
            return list(connection.scalars(ranked.limit(max(0, limit))))


def _current(connection: Connection, story_id: str) -> str | None:
    row = connection.execute(
        select(stories.c.id, stories.c.merged_into).where(stories.c.id == story_id)
    ).first()
    return None if row is None else row.merged_into or row.id


def _articles(connection: Connection, story_id: str) -> list[Row[Any]]:
    """The latest, in order of time."""
    statement = (
        select(
            articles.c.id,
            articles.c.url,
            articles.c.title,
            articles.c.source,
            articles.c.language,
            func.substr(articles.c.text, 1, LEAD).label("lead"),
            story_articles.c.at,
            story_articles.c.heard_at,
            story_articles.c.vector,
        )
        .join(articles, articles.c.id == story_articles.c.article_id)
        .where(story_articles.c.story_id == story_id)
        .order_by(story_articles.c.at.desc(), articles.c.id.desc())
        .limit(MOST_ARTICLES)
    )
    return list(reversed(connection.execute(statement).all()))


def _carried(connection: Connection, article_ids: Sequence[str]) -> Mapping[str, int]:
    count = select(appearances.c.article_id, func.count().label("addresses"))
    return {
        row.article_id: row.addresses
        for part in parts(article_ids)
        for row in connection.execute(
            count.where(appearances.c.article_id.in_(part)).group_by(appearances.c.article_id)
        )
    }


def _story_articles(
    rows: Sequence[Row[Any]], carried: Mapping[str, int]
) -> tuple[StoryArticle, ...]:
    return tuple(
        StoryArticle(
            id=row.id,
            url=row.url,
            title=row.title,
            source=row.source,
            language=row.language,
            at=moment_at(row.at),
            heard_at=moment_at(row.heard_at),
            centrality=centrality,
            carried=1 + carried.get(row.id, 0),
        )
        for row, centrality in zip(rows, _centralities(rows), strict=True)
    )


def _centralities(rows: Sequence[Row[Any]]) -> list[float]:
    """In a story of which some vectors are another model's, during a reindex, all are alike."""
    vectors = [np.frombuffer(row.vector, dtype="<f2").astype(np.float64) for row in rows]
    if len({len(vector) for vector in vectors}) != 1:
        return [0.0] * len(rows)
    mean = np.mean(vectors, axis=0)
    length = max(float(np.linalg.norm(mean)), 1e-9)
    return [float(vector @ mean) / length for vector in vectors]


def _tellings(
    told: Sequence[StoryArticle], leads: Mapping[str, str], found: Sequence[Origin]
) -> list[Telling]:
    origin_of = {outlet: origin.name for origin in found for outlet in origin.outlets}
    return [
        Telling(one.id, origin_of[one.source], one.at, one.title, leads[one.id])
        for one in told[-MOST_COMPARED:]
    ]


def _summaries(connection: Connection, story_ids: Sequence[str]) -> list[StorySummary]:
    outlets = (
        select(func.count(articles.c.source.distinct()))
        .join(story_articles, story_articles.c.article_id == articles.c.id)
        .where(story_articles.c.story_id == stories.c.id)
        .scalar_subquery()
    )
    return [
        StorySummary(
            id=row.id,
            first_seen=moment_at(row.first_seen),
            last_seen=moment_at(row.last_seen),
            article_count=row.articles,
            outlet_count=row.outlets,
        )
        for part in parts(story_ids)
        for row in connection.execute(
            select(stories, outlets.label("outlets")).where(stories.c.id.in_(part))
        )
    ]
