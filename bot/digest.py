"""Composes a digest: stories chosen, told and cited; sends and stores nothing.

    Due -> StoryStore -> digest_choice -> quotes -> (a language model writes, checked)
        -> render_digest -> Delivery

Blocking steps go beside searches, each a short one: people's answers come in between.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Protocol

import structlog
from sqlalchemy import Engine

from bot.asker import Length
from bot.chat_settings import ChatSettings
from bot.conversation_key import ConversationKey
from bot.digest_choice import (
    Candidate,
    Choice,
    Chosen,
    Period,
    Taste,
    Topic,
    Wish,
    candidate,
    choose,
)
from bot.digest_page import DigestPage, NamedStory, Section, Written, differences_of, told_story
from bot.digest_quotes import DigestQuotes, Reading
from bot.offload import Offload
from bot.outgoing import Delivery, Kind, ToldStory
from bot.render_digest import render_digest
from bot.settings_book import SettingsBook
from bot.story_wishes import wishes_of
from bot.subscriptions import Due, Edition, QuietDay, Subscription
from bot.texts import supported
from retrieval.models import Vector
from retrieval.protocols import Embedder
from retrieval.store import Store
from retrieval.story_facts import Story, StorySummary
from retrieval.story_store import StoryStore
from retrieval.story_vectors import story_vectors

log = structlog.get_logger(__name__)

MOST_STORIES = 300
"""Of a period that are looked at: those with most outlets and articles."""
A_STEP = 25
"""Stories read at once, some milliseconds each."""
MOST_KEPT = 2_000
"""Stories and topics held in memory."""
SENTENCES = {Length.SHORT: 1, Length.NORMAL: 2, Length.DETAILED: 2}


class Writer(Protocol):
    """See `bot.digest_writer`."""

    async def write_stories(
        self,
        readings: Mapping[str, Reading],
        language: str,
        length: Length,
        now: datetime,
        person: int,
    ) -> Mapping[str, Written]:
        """By story, what could be written and is borne out."""
        ...


class DigestDesk:
    """To be used from one event loop. Without a `writer`, stories are told in quotes."""

    def __init__(
        self,
        stories: StoryStore,
        store: Store,
        embedder: Embedder,
        people: Engine,
        settings: SettingsBook,
        offload: Offload,
        writer: Writer | None = None,
    ) -> None:
        self._stories = stories
        self._store = store
        self._embedder = embedder
        self._people = people
        self._settings = settings
        self._offload = offload
        self._writer = writer
        self._quotes = DigestQuotes(store, embedder)
        self._known: OrderedDict[tuple[object, ...], Story] = OrderedDict()
        self._topics: OrderedDict[str, Vector] = OrderedDict()
        self._lock = threading.Lock()

    async def compose(self, subscription: Subscription, due: Due) -> Delivery | None:
        """The digest that is due; None on a quiet day of which the chat wants no word."""
        chat = self._settings.of(subscription.where)
        language = supported(subscription.language or chat.language)
        zone = subscription.zone(self._settings.zone(subscription.where))
        length = subscription.length or chat.length or Length.NORMAL
        is_weekly = subscription.edition is Edition.WEEKLY
        period = Period(due.since, due.until, zone, is_weekly)
        taste = await self._offload.search(self._taste, subscription, chat)
        candidates = await self._candidates(period, taste, language)
        choice = choose(candidates, taste, period, length)
        if not choice.told and subscription.quiet_day is QuietDay.SKIP:
            return None
        written = await self._written(choice, language, length, period, subscription.created_by)
        page = DigestPage(
            subscription.name,
            due.since.astimezone(zone),
            due.until.astimezone(zone),
            is_weekly,
            tuple(_section(one, written[one.candidate.story.id], period) for one in choice.told),
            tuple(map(_named, choice.also)),
            due.missed.count if due.missed else 0,
            has_topics=bool(subscription.topics or subscription.sources),
        )
        told = _told(choice, written)
        log.info("digest composed", key=due.key, told=[(one.story_id, one.why) for one in told])
        return Delivery(
            key=due.key,
            kind=Kind.DIGEST,
            where=subscription.where,
            screen=render_digest(page, language),
            due_at=due.due_at,
            expires_at=due.expires_at,
            late_after=due.late_after,
            language=language,
            about=subscription.id,
            told=told,
        )

    def _taste(self, subscription: Subscription, chat: ChatSettings) -> Taste:
        wishes = self._wishes(subscription.where)
        unwanted = [story_id for story_id, wish in wishes.items() if wish is Wish.LESS]
        vectors = story_vectors(self._store.engine, self._embedder.model_id, unwanted)
        return Taste(
            topics=tuple(Topic(words, self._vector(words)) for words in subscription.topics),
            sources=subscription.sources,
            preferred=chat.preferred_sources,
            hidden=chat.hidden_sources,
            wishes=wishes,
            disliked=tuple(vectors[story_id] for story_id in sorted(vectors)),
            floor=self._embedder.floor,
            spread=self._embedder.spread,
        )

    def _wishes(self, where: ConversationKey) -> dict[str, Wish]:
        """By what the stories have become."""
        found: dict[str, Wish] = {}
        for story_id, wish in wishes_of(self._people, where).items():
            current = self._stories.current_id(story_id)
            # Of two that became one, what was said against it holds.
            if current is not None and found.get(current) in (None, Wish.FOLLOW):
                found[current] = wish
        return found

    def _vector(self, words: str) -> Vector:
        with self._lock:
            known = self._topics.get(words)
        if known is None:
            known = self._embedder.embed_query(words)
            with self._lock:
                self._topics[words] = known
                while len(self._topics) > MOST_KEPT:
                    self._topics.popitem(last=False)
        return known

    async def _candidates(self, period: Period, taste: Taste, language: str) -> list[Candidate]:
        heard = await self._offload.search(self._stories.heard_between, period.since, period.until)
        likely = sorted(heard, key=lambda one: (-one.outlet_count, -one.article_count, one.id))
        likely = likely[:MOST_STORIES]
        found: list[Candidate] = []
        for start in range(0, len(likely), A_STEP):
            step = likely[start : start + A_STEP]
            found += await self._offload.search(self._read, step, period, taste, language)
        return found

    def _read(
        self, summaries: Sequence[StorySummary], period: Period, taste: Taste, language: str
    ) -> list[Candidate]:
        ids = [one.id for one in summaries]
        vectors = story_vectors(self._store.engine, self._embedder.model_id, ids)
        found = []
        for summary in summaries:
            story = self._story(summary)
            if story is None:
                continue
            vector = vectors.get(summary.id)
            one = candidate(story, period, taste.hidden, language, vector)
            if one is not None:
                found.append(one)
        return found

    def _story(self, summary: StorySummary) -> Story | None:
        """The same stories go to many chats."""
        key = (summary.id, summary.article_count, summary.outlet_count, summary.last_seen)
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

    async def _written(
        self, choice: Choice, language: str, length: Length, period: Period, person: int
    ) -> dict[str, Written]:
        readings: dict[str, Reading] = {}
        for one in choice.told:
            readings[one.candidate.story.id] = await self._offload.search(
                self._quotes.read, one.candidate, language, SENTENCES[length], period.until
            )
        found = {story_id: reading.quoted for story_id, reading in readings.items()}
        if self._writer is not None and readings:
            now = period.until.astimezone(period.zone)
            found |= await self._writer.write_stories(readings, language, length, now, person)
        return found


def _section(one: Chosen, written: Written, period: Period) -> Section:
    story = one.candidate.story
    headline = next(a for a in story.articles if a.id == story.headline_article)
    return Section(
        story_id=story.id,
        headline=story.headline,
        url=headline.url,
        language=headline.language,
        written=written,
        outlets=story.outlets,
        origins=len(story.origins),
        sole_origin=story.origins[0].name if len(story.origins) == 1 else "",
        day=story.day(period.until, period.zone),
        is_new=one.candidate.is_new,
        differences=differences_of(story),
        sample=any(citation.sample for citation in written.citations),
    )


def _named(one: Chosen) -> NamedStory:
    story = one.candidate.story
    headline = next(a for a in story.articles if a.id == story.headline_article)
    return NamedStory(story.id, story.headline, headline.url, headline.source, headline.language)


def _told(choice: Choice, written: Mapping[str, Written]) -> tuple[ToldStory, ...]:
    """Those told and, after them, those named, as a reader counts."""
    return tuple(
        told_story(place, one.candidate.story,
                   written.get(one.candidate.story.id, Written()), one.why)
        for place, one in enumerate((*choice.told, *choice.also), start=1)
    )  # fmt: skip
