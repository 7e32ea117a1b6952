"""Which stories of a period a digest chooses from. Async; each blocking step is a short one.

Those with most articles and outlets; where the chat named topics, also those nearest to each, and
where it named outlets, those that these told.
"""

from __future__ import annotations

import heapq
import threading
from collections import OrderedDict
from collections.abc import Sequence

from bot.digest_choice import Candidate, Period, candidate
from bot.digest_taste import Taste
from bot.offload import Offload
from retrieval.protocols import Embedder
from retrieval.store import Store
from retrieval.story_facts import Story, StorySummary
from retrieval.story_store import StoryStore
from retrieval.story_vectors import story_vectors

MOST_STORIES = 300
"""Of a period that are looked at."""
MOST_WISHED = 200
"""Of those, that are there for the chat's topics or outlets alone."""
A_STEP = 25
"""Stories read at once, some milliseconds each."""
MOST_KEPT = 2_000
"""Stories held in memory."""
KEPT_SECONDS = 600
"""Titles are corrected meanwhile, and articles taken back."""


class DigestCandidates:
    def __init__(
        self, stories: StoryStore, store: Store, embedder: Embedder, offload: Offload
    ) -> None:
        self._stories = stories
        self._store = store
        self._model_id = embedder.model_id
        self._offload = offload
        self._known: OrderedDict[tuple[object, ...], Story] = OrderedDict()
        self._lock = threading.Lock()

    async def of(self, period: Period, taste: Taste, language: str) -> list[Candidate]:
        likely = await self._offload.search(self._likely, period, taste)
        found: list[Candidate] = []
        for start in range(0, len(likely), A_STEP):
            step = likely[start : start + A_STEP]
            found += await self._offload.search(self._read, step, period, taste, language)
        return found

    def _likely(self, period: Period, taste: Taste) -> list[StorySummary]:
        heard = self._stories.heard_between(period.since, period.until)
        wide = sorted(heard, key=lambda one: (-one.outlet_count, -one.article_count, one.id))
        if len(wide) <= MOST_STORIES or not (taste.topics or taste.sources):
            return wide[:MOST_STORIES]
        wished = self._stories.summaries(self._wished(period, taste))
        return list({one.id: one for one in (*wished, *wide)}.values())[:MOST_STORIES]

    def _wished(self, period: Period, taste: Taste) -> list[str]:
        """Of all stories of the period, those the chat is likely to mean."""
        ids = self._stories.ids_heard_between(period.since, period.until, taste.sources)
        if not taste.topics:
            return ids[:MOST_WISHED]
        vectors = story_vectors(self._store.engine, self._model_id, ids)
        found = dict.fromkeys(one for one in ids if one in taste.wishes)
        share = max(1, MOST_WISHED // len(taste.topics))
        for topic in taste.topics:
            near = {one: float(vector @ topic.vector) for one, vector in vectors.items()
                    if vector.shape == topic.vector.shape}  # fmt: skip
            found |= dict.fromkeys(heapq.nlargest(share, near, key=lambda one: (near[one], one)))
        return list(found)[:MOST_WISHED]

    def _read(
        self, summaries: Sequence[StorySummary], period: Period, taste: Taste, language: str
    ) -> list[Candidate]:
        ids = [one.id for one in summaries]
        vectors = story_vectors(self._store.engine, self._model_id, ids)
        found = []
        for summary in summaries:
            story = self._story(summary, period)
            if story is None:
                continue
            one = candidate(story, period, taste.hidden, language, vectors.get(summary.id))
            if one is not None:
                found.append(one)
        return found

    def _story(self, summary: StorySummary, period: Period) -> Story | None:
        """The same stories go to many chats."""
        age = int(period.until.timestamp()) // KEPT_SECONDS
        key = (summary.id, summary.article_count, summary.outlet_count, summary.last_seen, age)
        with self._lock:
            known = self._known.get(key)
        if known is None:
            known = self._stories.story(summary.id)
            if known is not None:
                with self._lock:
                    self._known[key] = known
                    while len(self._known) > MOST_KEPT:
                        self._known.popitem(last=False)
        return known
