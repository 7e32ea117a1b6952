"""What the model may do: look things up. No tool writes, and none reaches the network.

Arguments come from a model that has read strangers' text: whatever they are, the reply is
words the model can go on with.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

from langchain_core.tools import BaseTool, StructuredTool
from langchain_core.tools.base import create_schema_from_function
from pydantic import BaseModel

from bot.asker import TERMINAL, Asker
from bot.offload import Offload
from bot.shown import ShownPassages, as_attribute
from retrieval.clean import one_line
from retrieval.folding import fold
from retrieval.models import Passage, Query
from retrieval.outlets import Origin, origins
from retrieval.retriever import Retriever
from retrieval.store import Store

SEARCHED = 6
MOST_SEARCHED = 12
COMPARED = 24
ON_TIMELINE = 30
MOST_READ = 50
"""Passages among which an outlet is looked for by a part of its name."""
PART = 4
"""Chunks of an article read at once."""

_LONGEST_QUERY = 400
_FIRST_YEAR, _LAST_YEAR = 1700, 2200
_NOTHING = "Nothing was found. Try other words, a name alone, or another language."

_LANGUAGES = {"po": "pt", "br": "pt", "sp": "es", "ca": "es"}
"""First letters of languages as models name them, where those are not the code's."""

OnSearch = Callable[[str], Awaitable[None]]


class NewsTools:
    """The tools for one question; what they find is labelled among the shown."""

    def __init__(
        self,
        retriever: Retriever,
        store: Store,
        offload: Offload,
        shown: ShownPassages,
        on_search: OnSearch,
        asker: Asker = TERMINAL,
    ) -> None:
        self._retriever = retriever
        self._store = store
        self._offload = offload
        self._shown = shown
        self._on_search = on_search
        self._asker = asker

    def all(self) -> list[BaseTool]:
        return [
            StructuredTool.from_function(coroutine=call, args_schema=_arguments(call.__name__))
            for call in (
                self.search_news,
                self.read_article,
                self.coverage_timeline,
                self.compare_sources,
            )
        ]

    async def search_news(
        self,
        query: str,
        since: str = "",
        until: str = "",
        source: str = "",
        language: str = "",
        limit: int = SEARCHED,
    ) -> str:
        """Search the coverage. Returns passages with their numbers.

        since, until: dates as 2026-01-31 (until is included), or empty. source: an outlet's
        name, or empty. language: pt, en, es, or empty for all. limit: passages, at most 12.
        """
        found = await self._search(query, since, until, source, language, limit)
        return self._shown.show(found) or _NOTHING

    async def read_article(self, article_id: str, part: int = 1) -> str:
        """Read a whole article, a part at a time. article_id is the article of a passage you
        have seen, or that passage's number; parts count from 1."""
        known = self._shown.article_id(article_id)
        if known is None:
            return "No passage you have seen is of that article. Search for it first."
        passages = await self._offload.search(self._store.article_passages, known)
        parts = [passages[at : at + PART] for at in range(0, len(passages), PART)]
        if not 1 <= part <= len(parts):
            return f"The article has {len(parts)} parts."
        shown = self._shown.show(parts[part - 1])
        return f"Part {part} of {len(parts)}.\n{shown}"

    async def coverage_timeline(self, topic: str, since: str = "", until: str = "") -> str:
        """How the coverage of a topic went on: one line an article, oldest first, with its
        date, outlet and passage number. Dates as 2026-01-31, or empty."""
        found = await self._search(topic, since, until, "", "", ON_TIMELINE)
        first = {passage.article_id: passage for passage in reversed(found)}
        dated = sorted(
            (one for one in first.values() if one.published_at),
            key=lambda one: one.published_at or datetime.min.replace(tzinfo=UTC),
        )
        lines = [
            f"{one.published_at:%Y-%m-%d} {as_attribute(one.source)}: "
            f"{as_attribute(one.title)}{_correction(one)} [{label}]"
            for one in dated
            if (label := self._shown.label(one)) is not None
        ]
        if not lines:
            return _NOTHING
        return "\n".join([*lines, await self._origins(list(first.values()))])

    async def compare_sources(self, claim: str) -> str:
        """Who says what about one claim: the nearest passage of each outlet, and how many of
        them report independently."""
        found = await self._search(claim, "", "", "", "", COMPARED)
        of_outlet = {passage.source: passage for passage in reversed(found)}
        nearest = [one for one in found if of_outlet[one.source] is one][:MOST_SEARCHED]
        shown = self._shown.show(nearest)
        return f"{shown}\n{await self._origins(nearest)}" if shown else _NOTHING

    async def _origins(self, passages: Sequence[Passage]) -> str:
        """Who is behind some passages: copies of one text, and outlets of one publisher, once."""
        ids = list(dict.fromkeys(one.article_id for one in passages))
        found = origins(await self._offload.search(self._store.coverage, ids))
        named = "; ".join(_in_words(one, self._asker.hidden_sources) for one in found)
        return f"Independent origins of these: {len(found)} ({named})."

    async def _search(
        self, query: str, since: str, until: str, source: str, language: str, limit: int
    ) -> Sequence[Passage]:
        text = one_line(query)[:_LONGEST_QUERY]
        if not text:
            return []
        await self._on_search(text)
        last_day, code, outlet = _day(until), fold(one_line(language))[:2], one_line(source)
        wanted = Query(
            text,
            limit=max(1, min(limit, ON_TIMELINE)),
            joined=False,
            since=_day(since),
            until=last_day + timedelta(days=1) if last_day else None,
            sources=(outlet,) if outlet else (),
            languages=(_LANGUAGES.get(code, code),) if code else (),
            hidden_sources=self._asker.hidden_sources,
            preferred_sources=self._asker.preferred_sources,
            preferred_feeds=self._asker.preferred_feeds,
        )
        found = await self._offload.search(self._retriever.search, wanted)
        if found or not outlet:
            return found
        # A model writes `folha` for `Folha de S.Paulo`; filters know the whole name alone.
        of_any = replace(wanted, sources=(), limit=MOST_READ)
        everyone = await self._offload.search(self._retriever.search, of_any)
        return [one for one in everyone if fold(outlet) in fold(one.source)][: wanted.limit]


def _correction(passage: Passage) -> str:
    return f" (corrected {passage.corrected_at:%Y-%m-%d})" if passage.corrected_at else ""


def _in_words(origin: Origin, hidden: Sequence[str]) -> str:
    carrying = [name for name in origin.outlets if name not in hidden]
    others = [as_attribute(name) for name in carrying if name != origin.name]
    carried = f", also in {', '.join(others)}" if others else ""
    return f"{as_attribute(origin.name)}{carried}"


@cache
def _arguments(tool: str) -> type[BaseModel]:
    """Reading them off a function takes as long as a search; so it is done once."""
    schema: Any = create_schema_from_function(tool, getattr(NewsTools, tool), filter_args=["self"])
    arguments: type[BaseModel] = schema
    return arguments


def _day(written: str) -> datetime | None:
    """The day a model wrote; None for what is no day: then there is no limit."""
    try:
        day = datetime.fromisoformat(written.strip()[:10]).replace(tzinfo=UTC)
    except ValueError:
        return None
    return day if _FIRST_YEAR <= day.year <= _LAST_YEAR else None
