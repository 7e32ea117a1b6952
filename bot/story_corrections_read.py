"""Corrections within a story, read from the corpus database for a page of it. Blocking."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from bot.browsed import Told
from bot.story_corrections import READ, Report, corrections_within, own_corrections
from retrieval.store import Store
from retrieval.story_facts import StoryArticle
from retrieval.versions import history_of

MOST_COMPARED = 40
"""Latest articles of a story that are read for corrections."""


def with_corrections(
    store: Store, rows: Sequence[Told], kept: Sequence[StoryArticle]
) -> tuple[Told, ...]:
    """The rows with what their articles take back, and what is taken back of them; `kept` are
    all articles of the story that may be heard."""
    found = corrections_within(reports_of(store, kept[-MOST_COMPARED:]))
    told = []
    for row in rows:
        own_id = row.article.article_id
        by_others = [one for (was, _), all_ in found.items() if was == own_id for one in all_]
        of_others = [one for (_, by), all_ in found.items() if by == own_id for one in all_]
        if row.article.corrected_at is not None:
            history = history_of(store.engine, own_id)
            by_others += own_corrections(history) if history else ()
        told.append(
            replace(
                row,
                corrected=tuple(dict.fromkeys(by_others)),
                corrects=tuple(dict.fromkeys(of_others)),
            )
        )
    return tuple(told)


def reports_of(store: Store, articles: Iterable[StoryArticle]) -> list[Report]:
    """What articles of a story say, as far as it is read for corrections."""
    found = ((one, store.article(one.id)) for one in articles)
    return [
        Report(one.id, one.at, one.title, reading.article.text[:READ], one.language)
        for one, reading in found
        if reading is not None
    ]
