"""Composes a digest: stories chosen, told and cited; sends and stores nothing.

    Due -> digest_candidates -> digest_choice -> quotes -> (a language model writes, checked)
        -> render_digest -> Delivery

Blocking steps go beside searches, each a short one: people's answers come in between.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Protocol

import structlog
from sqlalchemy import Engine

from bot.asker import Length
from bot.digest_candidates import DigestCandidates
from bot.digest_choice import Choice, Chosen, Period, choose
from bot.digest_page import (
    DigestPage,
    NamedStory,
    Section,
    Written,
    differences_of,
    moved_of,
    told_story,
)
from bot.digest_quotes import DigestQuotes, Reading
from bot.digest_tastes import Tastes
from bot.offload import Offload
from bot.outgoing import Delivery, Kind, ToldStory
from bot.render_digest import render_digest
from bot.settings_book import SettingsBook
from bot.subscriptions import Due, Edition, QuietDay, Subscription
from bot.texts import supported
from retrieval.protocols import Embedder
from retrieval.store import Store
from retrieval.story_store import StoryStore

log = structlog.get_logger(__name__)

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
        self._settings = settings
        self._offload = offload
        self._writer = writer
        self._tastes = Tastes(stories, store, embedder, people)
        self._candidates = DigestCandidates(stories, store, embedder, offload)
        self._quotes = DigestQuotes(store, embedder)

    async def compose(self, subscription: Subscription, due: Due) -> Delivery | None:
        """The digest that is due; None on a quiet day of which the chat wants no word."""
        chat = self._settings.of(subscription.where)
        language = supported(subscription.language or chat.language)
        zone = subscription.zone(self._settings.zone(subscription.where))
        length = subscription.length or chat.length or Length.NORMAL
        is_weekly = subscription.edition is Edition.WEEKLY
        period = Period(due.since, due.until, zone, is_weekly)
        taste = await self._offload.search(self._tastes.of, subscription, chat, due.until)
        candidates = await self._candidates.of(period, taste, language)
        choice = choose(candidates, taste, period, length)
        if not choice.told and subscription.quiet_day is QuietDay.SKIP:
            return None
        readings = await self._read(choice, language, length, period)
        written = await self._written(readings, language, length, period, subscription.created_by)
        page = DigestPage(
            subscription.name,
            due.since.astimezone(zone),
            due.until.astimezone(zone),
            is_weekly,
            tuple(_section(one, written, readings, period) for one in choice.told),
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

    async def _read(
        self, choice: Choice, language: str, length: Length, period: Period
    ) -> dict[str, Reading]:
        readings: dict[str, Reading] = {}
        for one in choice.told:
            readings[one.candidate.story.id] = await self._offload.search(
                self._quotes.read, one.candidate, language, SENTENCES[length], period.until
            )
        return readings

    async def _written(
        self,
        readings: Mapping[str, Reading],
        language: str,
        length: Length,
        period: Period,
        person: int,
    ) -> dict[str, Written]:
        found = {story_id: reading.quoted for story_id, reading in readings.items()}
        if self._writer is not None and readings:
            now = period.until.astimezone(period.zone)
            found |= await self._writer.write_stories(readings, language, length, now, person)
        return found


def _section(
    one: Chosen, texts: Mapping[str, Written], readings: Mapping[str, Reading], period: Period
) -> Section:
    story = one.candidate.story
    written, fresh = texts[story.id], {article.id for article in one.candidate.fresh}
    known = {article.source for article in story.articles if article.id not in fresh}
    also_in = dict.fromkeys(article.source for article in one.candidate.fresh)
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
        known_as=one.candidate.known_as,
        is_new=one.candidate.is_new,
        differences=differences_of(story),
        moved=moved_of(story, readings[story.id].moved),
        also_in=tuple(name for name in also_in if known and name not in known),
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
