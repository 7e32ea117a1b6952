"""The sentences of a digest, written by a language model and checked like its answers.

    stories with their passages -> one reply -> a line a story -> judge -> what is borne out

One request writes all stories of a digest that nobody has been told yet; what it wrote is kept,
as the same stories go to many chats. What fails is left to the quotes.
"""

from __future__ import annotations

import re
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache

import structlog

from bot.agent import LANGUAGE_NAMES, Agent
from bot.asker import Length
from bot.digest_page import Written
from bot.digest_quotes import Reading
from bot.judging import Asked, judge
from bot.metering import Meter
from bot.offload import Offload
from bot.shown import ShownPassages
from bot.unfit import Runs, runs_of
from bot.usage import Allowance, UsageBook
from prompts import load, read
from retrieval.models import Passage

log = structlog.get_logger(__name__)

SECONDS = 40.0
"""For all stories of a digest; then quotes go out."""
MOST_NEW, MOST_KNOWN = 3, 1
"""Passages shown of one story."""
LONGEST_TEXT = 700
"""Characters of what is said of one story."""
MOST_KEPT = 2_000
SENTENCES = {
    Length.SHORT: "One sentence a story",
    Length.NORMAL: "One or two sentences a story",
    Length.DETAILED: "Two sentences a story",
}

_STORY = re.compile(
    r"^\W{0,4}STORY\W{0,3}(\d{1,2})\W{0,4}?[:.)–—-]\s*", re.MULTILINE | re.IGNORECASE
)


_Key = tuple[object, ...]


@dataclass(frozen=True, slots=True)
class Brief:
    """A story to be written."""

    story_id: str
    passages: tuple[Passage, ...]
    """Of what is new, the most telling first."""
    before: tuple[Passage, ...] = ()
    """Of what was known; empty for a new story."""


class DigestWriter:
    """To be used from one event loop."""

    def __init__(
        self,
        agent: Agent,
        book: UsageBook,
        allowance: Allowance,
        offload: Offload,
        seconds: float = SECONDS,
    ) -> None:
        self._agent = agent
        self._book = book
        self._allowance = allowance
        self._offload = offload
        self._seconds = min(seconds, agent.limits.seconds)
        self._kept: OrderedDict[_Key, Written] = OrderedDict()

    async def write_stories(
        self,
        readings: Mapping[str, Reading],
        language: str,
        length: Length,
        now: datetime,
        person: int,
    ) -> dict[str, Written]:
        """By story, what is borne out by its passages; one that is missing is to be quoted.

        `now` is in the chat's time zone; `person` is whose allowance it is taken from. Never
        raises for what the model or its provider does.
        """
        keys = {
            story_id: _key(one, language, length, now.date()) for story_id, one in readings.items()
        }
        found = {story_id: self._kept[key] for story_id, key in keys.items() if key in self._kept}
        missing = [
            Brief(story_id, one.passages, one.before)
            for story_id, one in readings.items()
            if story_id not in found and one.passages
        ]
        if not missing:
            return found
        written = await self._write(missing, language, length, now, person)
        for story_id, text in written.items():
            self._kept[keys[story_id]] = text
        while len(self._kept) > MOST_KEPT:
            self._kept.popitem(last=False)
        return {**found, **written}

    async def _write(
        self,
        briefs: Sequence[Brief],
        language: str,
        length: Length,
        now: datetime,
        person: int,
    ) -> dict[str, Written]:
        shown = ShownPassages()
        stories = [_story(number, one, shown) for number, one in enumerate(briefs, start=1)]
        instructions = load(
            "digest",
            today=f"{now:%A, %d %B %Y}",
            timezone=str(now.tzinfo or "UTC"),
            language=LANGUAGE_NAMES[language],
            length=SENTENCES[length],
        )
        meter = Meter()
        async with self._book.question(self._allowance, person, lambda: meter.usage) as has_room:
            if not has_room:
                log.info("a digest is quoted: the allowance is used up")
                return {}
            draft = await self._agent.write(
                instructions, "\n\n".join(stories), self._seconds, meter
            )
        asked = Asked("", language, now, _instructions())
        return await self._offload.search(_checked, draft.text, briefs, shown.by_label, asked)


def _key(reading: Reading, language: str, length: Length, today: date) -> _Key:
    """The same for the same passages, as they read now: what was new is not what was known, and
    what was said of today is not said tomorrow."""
    new, known = (
        tuple((one.chunk_id, one.corrected_at) for one in shown)
        for shown in (reading.passages, reading.before)
    )
    return new, known, language, length, today


def _story(number: int, brief: Brief, shown: ShownPassages) -> str:
    new = shown.show(brief.passages[:MOST_NEW])
    known = shown.show(brief.before[:MOST_KNOWN]).replace("<passage ", '<passage known="yes" ')
    return "\n".join(filter(None, [f'<story n="{number}">', known, new, "</story>"]))


def _checked(
    draft: str, briefs: Sequence[Brief], by_label: Mapping[int, Passage], asked: Asked
) -> dict[str, Written]:
    """Of each story, what its own passages bear out."""
    found: dict[str, Written] = {}
    for number, text in stories_of(draft).items():
        if not 1 <= number <= len(briefs):
            continue
        brief = briefs[number - 1]
        own = {one.chunk_id for one in (*brief.passages, *brief.before)}
        passages = {label: one for label, one in by_label.items() if one.chunk_id in own}
        judged = judge(text, passages, asked)
        if not judged.is_answer or judged.says_not_found or judged.problems:
            continue
        new = {one.article_id for one in brief.passages}
        is_news = bool(brief.before) and any(one.article_id in new for one in judged.citations)
        found[brief.story_id] = Written(
            " ".join(judged.text.split()), judged.citations, asked.language, is_news
        )
    log.info("a digest was written", stories=len(found), quoted=len(briefs) - len(found))
    return found


def stories_of(draft: str) -> dict[int, str]:
    """What was written of each story, by its number; the first where there are two.  (pure)"""
    marks = list(_STORY.finditer(draft))
    ends = [*(mark.start() for mark in marks), len(draft)]
    found: dict[int, str] = {}
    for at, mark in enumerate(marks):
        text = draft[mark.end() : ends[at + 1]].strip()
        if text and len(text) <= LONGEST_TEXT:
            found.setdefault(int(mark[1]), text)
    return found


@cache
def _instructions() -> Runs:
    return runs_of([read("digest").text])
