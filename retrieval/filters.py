"""A query's filters as SQL over `articles`: fixed strings; what a person typed is bound."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BindParameter, String, bindparam

from retrieval.models import Query

_LISTS = frozenset({"sources", "also_articles", "hidden_sources", "languages"})


def has_filters(query: Query) -> bool:
    return bool(
        query.since or query.until or query.sources or query.hidden_sources or query.languages
    )


def conditions(query: Query) -> tuple[str, dict[str, object], list[BindParameter[object]]]:
    """` AND ...` for each filter, the values, and those of them that are lists.

    Undated articles pass no filter by time.
    """
    said = ""
    values: dict[str, object] = {}
    if query.since:
        said += " AND articles.published_at >= :since"
        values["since"] = _seconds(query.since)
    if query.until:
        said += " AND articles.published_at < :until"
        values["until"] = _seconds(query.until)
    if query.sources:
        said += " AND (articles.source IN :sources OR articles.id IN :also_articles)"
        values["sources"] = list(query.sources)
        values["also_articles"] = list(query.also_articles)
    if query.hidden_sources:
        said += " AND articles.source NOT IN :hidden_sources"
        values["hidden_sources"] = list(query.hidden_sources)
    if query.languages:
        said += " AND articles.language IN :languages"
        values["languages"] = list(query.languages)
    lists: list[BindParameter[object]] = [
        bindparam(name, type_=String, expanding=True) for name in values if name in _LISTS
    ]
    return said, values, lists


def _seconds(moment: datetime) -> int:
    return int(moment.timestamp())
