"""Stories in the corpus database: what is read to place an article, and what is written then."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from sqlalchemy import Connection, Row, Select, delete, func, insert, select, tuple_, update

from retrieval.rows import parts
from retrieval.schema import (
    articles,
    pending_stories,
    stories,
    story_articles,
    story_means,
)
from retrieval.stories import Sketch
from retrieval.story_arrivals import Arrival
from retrieval.story_means import Total
from retrieval.upserts import upsert

_MOST_IN_WINDOW = 20_000

_GONE = 2**31 - 1
"""In place of a time, for an article that is gone: the latest come first, and who holds articles
in memory must let go of it before another joins its story."""


@dataclass(frozen=True, slots=True)
class Told:
    """An article's row in `story_articles`."""

    story_id: str
    sketch: Sketch
    content_hash: str
    model_id: str


_TOLD: Select[Any] = select(
    story_articles.c.article_id,
    story_articles.c.story_id,
    story_articles.c.at,
    story_articles.c.language,
    story_articles.c.content_hash,
    story_articles.c.model_id,
    story_articles.c.vector,
    story_articles.c.names,
    story_articles.c.figures,
    articles.c.copy_group,
).join(articles, articles.c.id == story_articles.c.article_id)


def note_pending(connection: Connection, article_id: str, at: int) -> None:
    """An article is new, or written again."""
    statement = upsert(connection, pending_stories).values(article_id=article_id, at=at)
    connection.execute(
        statement.on_conflict_do_update(index_elements=["article_id"], set_={"at": at})
    )


def leave_stories(connection: Connection, article_ids: Sequence[str]) -> None:
    """Articles that go leave their stories; a story nobody tells any more goes too."""
    for part in parts(article_ids):
        of_these = story_articles.c.article_id.in_(part)
        rows = connection.execute(
            select(story_articles.c.article_id, story_articles.c.story_id).where(of_these)
        ).all()
        connection.execute(delete(story_articles).where(of_these))
        connection.execute(delete(pending_stories).where(pending_stories.c.article_id.in_(part)))
        for row in rows:
            note_pending(connection, row.article_id, _GONE)
        refresh(connection, {row.story_id for row in rows})


def pending(
    connection: Connection, before: tuple[int, str] | None, limit: int
) -> list[tuple[int, str]]:
    """Time and id of articles to be told of, the latest first; `before` is the last one seen."""
    key = (pending_stories.c.at, pending_stories.c.article_id)
    statement = select(*key).order_by(*(column.desc() for column in key)).limit(limit)
    if before is not None:
        statement = statement.where(tuple_(*key) < tuple_(*before))
    return [(row.at, row.article_id) for row in connection.execute(statement)]


def settle(connection: Connection, article_ids: Iterable[str]) -> None:
    for part in parts(list(article_ids)):
        connection.execute(delete(pending_stories).where(pending_stories.c.article_id.in_(part)))


def told(connection: Connection, article_id: str) -> Told | None:
    row = connection.execute(_TOLD.where(story_articles.c.article_id == article_id)).first()
    return None if row is None else Told(row.story_id, _sketch(row), row.content_hash, row.model_id)


def told_between(
    connection: Connection, model_id: str, first: int, last: int, nearest_to: int
) -> list[tuple[Sketch, str]]:
    """Articles of a time with their stories, at most 20,000."""
    statement = (
        _TOLD.where(story_articles.c.model_id == model_id)
        .where(story_articles.c.at.between(first, last))
        .order_by(func.abs(story_articles.c.at - nearest_to), story_articles.c.article_id)
        .limit(_MOST_IN_WINDOW)
    )
    return [(_sketch(row), row.story_id) for row in connection.execute(statement)]


def write_told(connection: Connection, came: Arrival, story_id: str, model_id: str) -> None:
    sketch = came.sketch
    values = {
        "story_id": story_id,
        "at": sketch.at,
        "heard_at": came.heard_at,
        "language": sketch.language,
        "content_hash": came.content_hash,
        "model_id": model_id,
        "vector": np.asarray(sketch.vector, dtype="<f2").tobytes(),
        "names": "\n".join(sorted(sketch.names)),
        "figures": "\n".join(sorted(sketch.figures)),
    }
    connection.execute(
        upsert(connection, story_articles)
        .values(article_id=sketch.article_id, **values)
        .on_conflict_do_update(index_elements=["article_id"], set_=values)
    )


def begin_story(connection: Connection, story_id: str, at: int) -> None:
    connection.execute(insert(stories).values(id=story_id, first_seen=at, last_seen=at, articles=0))


def is_alone(connection: Connection, article_id: str, former: Told) -> bool:
    """Whether no other article is in the story it was in."""
    others = select(story_articles.c.article_id).where(
        story_articles.c.story_id == former.story_id, story_articles.c.article_id != article_id
    )
    return connection.execute(others.limit(1)).first() is None


def is_taken(connection: Connection, story_id: str) -> bool:
    known = select(stories.c.id).where(stories.c.id == story_id)
    return connection.execute(known).first() is not None


def merge(connection: Connection, gone: str, into: str) -> None:
    """All of one story's articles into another; whoever knew it, or one that had become it, is
    led there."""
    connection.execute(
        update(story_articles).where(story_articles.c.story_id == gone).values(story_id=into)
    )
    led = (stories.c.id == gone) | (stories.c.merged_into == gone)
    connection.execute(update(stories).where(led).values(merged_into=into, articles=0))


def oldest(connection: Connection, story_ids: Sequence[str]) -> str:
    """The one that was seen first."""
    first = select(stories.c.id).where(stories.c.id.in_(story_ids))
    return str(
        connection.execute(first.order_by(stories.c.first_seen, stories.c.id).limit(1)).scalar_one()
    )


def refresh(connection: Connection, story_ids: Iterable[str]) -> None:
    """Count a story's articles anew; one without any goes, with the ways to it."""
    for story_id in sorted(story_ids):
        found = connection.execute(
            select(
                func.count().label("articles"),
                func.min(story_articles.c.at).label("first_seen"),
                func.max(story_articles.c.at).label("last_seen"),
            ).where(story_articles.c.story_id == story_id)
        ).one()
        if found.articles:
            connection.execute(
                update(stories).where(stories.c.id == story_id).values(**found._mapping)
            )
            continue
        its_own = (stories.c.id == story_id) & stories.c.merged_into.is_(None)
        connection.execute(delete(stories).where(its_own | (stories.c.merged_into == story_id)))


def means(connection: Connection, model_id: str) -> dict[str, Total]:
    rows = connection.execute(select(story_means).where(story_means.c.model_id == model_id))
    return {
        row.language: Total(row.articles, np.frombuffer(row.total, dtype="<f8")) for row in rows
    }


def write_means(connection: Connection, model_id: str, totals: Mapping[str, Total]) -> None:
    for language, total in sorted(totals.items()):
        values = {"articles": total.count, "total": total.vector.astype("<f8").tobytes()}
        connection.execute(
            upsert(connection, story_means)
            .values(model_id=model_id, language=language, **values)
            .on_conflict_do_update(index_elements=["model_id", "language"], set_=values)
        )
    connection.execute(delete(story_means).where(story_means.c.model_id != model_id))


def _sketch(row: Row[Any]) -> Sketch:
    return Sketch(
        article_id=row.article_id,
        at=row.at,
        language=row.language,
        vector=np.frombuffer(row.vector, dtype="<f2").astype(np.float32),
        names=frozenset(filter(None, row.names.split("\n"))),
        figures=frozenset(filter(None, row.figures.split("\n"))),
        copy_group=row.copy_group,
    )
