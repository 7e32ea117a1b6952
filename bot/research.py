"""The assistant with a language model: it drafts, the draft is judged, and quotes stand behind it.

small talk?  -> a kind line
first search -> Agent.draft -> judge -> (repair -> judge)
                                 |-> an answer: what is borne out, cited
                                 |-> not found: said so, with what came nearest
no model, no allowance, nothing borne out -> the quoted answer, which says why
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from dataclasses import replace
from functools import cache

import structlog

from bot import texts
from bot.about_answers import About, about_answer, found_nothing
from bot.agent import Agent, Asking, Draft, Emit
from bot.answers import Answer, Turn
from bot.asker import TERMINAL, Asker
from bot.assistant import (
    LONGEST_QUESTION,
    QuotingAssistant,
    asked_before,
    last_answer,
    last_cited,
    query_of,
    saying_how_found,
    with_understood,
)
from bot.citing import with_origins
from bot.digest_writer import DigestWriter
from bot.events import Event, Finished, Reading, Searching
from bot.for_operators import hint_after
from bot.ignored_corrections import with_correction
from bot.judging import Asked, Judged, judge
from bot.metering import Meter
from bot.offload import Offload
from bot.premise_deeds import deeds_asked
from bot.question_language import language_of
from bot.questions import is_small_talk
from bot.quoting import nothing_found
from bot.shown import ShownPassages
from bot.summary import Remember
from bot.tools import NewsTools
from bot.unfit import Runs, runs_of, without_addresses
from bot.usage import Allowance, UsageBook
from prompts import read
from retrieval.clean import clean_text
from retrieval.models import Passage
from retrieval.protocols import Clock
from retrieval.question.understanding import Understood
from retrieval.retriever import Retriever
from retrieval.store import Store

log = structlog.get_logger(__name__)

PASSAGES_SHOWN = 8
"""Of the first search; the model may look for more."""

MOST_OF_ARTICLE = 4
"""Passages of the article that the questions are about."""

MOST_CITED_BEFORE = 4
"""Passages of the answer before that are shown again."""

_LEAST_FOR_REPAIR = 5.0
"""Seconds; with fewer left, what is borne out of the draft is sent as it is."""


class ResearchAssistant:
    """Answers with a language model, and with quotes whenever that is not to be had."""

    def __init__(
        self,
        agent: Agent,
        quoting: QuotingAssistant,
        retriever: Retriever,
        store: Store,
        offload: Offload,
        book: UsageBook,
        allowance: Allowance,
        clock: Clock,
        remember: Remember | None = None,
    ) -> None:
        """`remember` keeps summaries of long conversations."""
        self._agent = agent
        self._quoting = quoting
        self._retriever = retriever
        self._store = store
        self._offload = offload
        self._book = book
        self._allowance = allowance
        self._clock = clock
        self._remember = remember

    async def answer(
        self, question: str, history: Sequence[Turn] = (), asker: Asker = TERMINAL
    ) -> Answer:
        events = self.stream(question, history, asker)
        async with aclosing(events):
            async for event in events:
                if isinstance(event, Finished):
                    return event.answer
        raise AssertionError("a stream of events ends with Finished")

    async def stream(
        self, question: str, history: Sequence[Turn] = (), asker: Asker = TERMINAL
    ) -> AsyncGenerator[Event]:
        """What happens, as it happens; the last event holds the answer.

        Closing the iterator stops the work.
        """
        events: asyncio.Queue[Event | None] = asyncio.Queue()

        async def work() -> None:
            try:
                await events.put(Finished(await self._answer(question, history, asker, events.put)))
            finally:
                await events.put(None)

        task = asyncio.create_task(work(), name="research")
        try:
            while (event := await events.get()) is not None:
                yield event
            await task
        finally:
            task.cancel()
            # Whatever it ended with was raised above, or nobody waits for it.
            await asyncio.gather(task, return_exceptions=True)

    @property
    def quoting(self) -> QuotingAssistant:
        """What answers when no model does."""
        return self._quoting

    @property
    def digest_writer(self) -> DigestWriter:
        """Writes with the same model, on the same allowance."""
        return DigestWriter(self._agent, self._book, self._allowance, self._offload)

    async def close(self) -> None:
        """Let go of the model's connections."""
        await self._agent.close()

    async def _answer(
        self, question: str, history: Sequence[Turn], asker: Asker, emit: Emit
    ) -> Answer:
        question = clean_text(question)[:LONGEST_QUESTION]
        rewriting = bool(history) and about_answer(question) is About.REWRITING
        nothing_to_rewrite = rewriting and found_nothing(last_answer(history))
        if is_small_talk(question) or nothing_to_rewrite:
            return await self._quoting.answer(question, history, asker)
        meter = Meter()
        deadline = time.monotonic() + self._agent.limits.seconds
        async with self._book.question(
            self._allowance, asker.person, lambda: meter.usage
        ) as has_room:
            written = (
                await self._written(question, history, asker, emit, meter, deadline)
                if has_room
                else "allowance_used_up"
            )
        if isinstance(written, Answer):
            return written
        return await self._quoted(question, history, asker, written)

    async def _written(
        self,
        question: str,
        history: Sequence[Turn],
        asker: Asker,
        emit: Emit,
        meter: Meter,
        deadline: float,
    ) -> Answer | str:
        """The model's answer, or why there is none: a text's name, empty for no coverage."""
        found, understood, shown = await self._first_passages(question, history, asker, emit)
        if not shown.by_label:
            return ""
        await emit(Reading(shown.articles))

        async def searching(text: str) -> None:
            # What a model looks for may come from an article, and is shown to people.
            await emit(Searching(without_addresses(text)))

        tools = NewsTools(self._retriever, self._store, self._offload, shown, searching, asker)
        language = language_of(question, asked_before(history), found)
        now = self._clock().astimezone(asker.timezone)
        first = shown.show(shown.by_label.values())
        asking = Asking(question, first, language, now, tuple(history), asker.length)
        draft = await self._agent.draft(
            asking,
            tools.all(),
            emit,
            meter=meter,
            seconds=deadline - time.monotonic(),
            remember=self._remember,
        )
        if draft.trouble is not None:
            judged, repaired = await self._judged_so_far(asking, draft, shown), False
            left_out = "out_of_time"
        else:
            judged, repaired = await self._judged(asking, draft, shown, meter, deadline)
            left_out = "part_left_out" if judged and judged.problems else ""
        if judged is None:
            return "model_failed" if draft.trouble else "model_not_borne_out"
        note = texts.say(language, left_out) if left_out else ""
        log.info("answered", repaired=repaired, left_out=len(judged.problems))
        premise = (
            await self._offload.search(
                self._quoting.premise_not_said, question, tuple(shown.by_label.values()), asker
            )
            if found
            else None
        )
        if judged.says_not_found:
            answer = _not_found(judged, found, language)
            answer = saying_how_found(answer, by_words_only=shown.by_words_only)
            return with_understood(_saying_first(premise, answer), understood, asker)
        answer = Answer(
            judged.text,
            answered=True,
            language=language,
            citations=judged.citations,
            note=note,
            asked_at=now,
        )
        answer = await self._offload.search(with_correction, answer, dict(shown.by_label))
        answer = saying_how_found(answer, by_words_only=shown.by_words_only)
        answer = with_understood(_saying_first(premise, answer), understood, asker)
        return await self._offload.search(with_origins, answer, self._store.coverage)

    async def _first_passages(
        self, question: str, history: Sequence[Turn], asker: Asker, emit: Emit
    ) -> tuple[Sequence[Passage], Understood, ShownPassages]:
        """What was found, how the question was read, and what the model is shown: what the last
        answer cited, and then, unless the question is about just that, what was found."""
        before = await self._offload.search(self._cited_before, history, asker)
        shown = ShownPassages()
        if before and about_answer(question) is not None:
            shown.show(before)
            return (), Understood(question), shown
        await emit(Searching(question))
        query = query_of(question, history, asker, self._clock(), limit=PASSAGES_SHOWN)
        # A number stands for one text, whichever search finds it: neighbours are not joined.
        searched = await self._offload.search(self._retriever.find, replace(query, joined=False))
        own = (
            await self._offload.search(self._retriever.in_article, asker.about_article, query)
            if asker.about_article
            else []
        )
        shown.show([*before, *own[:MOST_OF_ARTICLE], *searched.passages])
        shown.by_words_only = searched.by_words_only
        return searched.passages, searched.understood, shown

    def _cited_before(self, history: Sequence[Turn], asker: Asker) -> list[Passage]:
        """What the last answer cited, for "shorter", "translate that", "who said so?"."""
        ids = [one.chunk_id for one in last_cited(history, asker)[:MOST_CITED_BEFORE]]
        known = self._store.passages(ids)
        return [known[chunk_id] for chunk_id in ids if chunk_id in known]

    async def _judged_so_far(
        self, asking: Asking, draft: Draft, shown: ShownPassages
    ) -> Judged | None:
        """What is borne out of a draft that was not done in time; None for nothing."""
        asked = Asked(asking.question, asking.language, asking.now, _instructions())
        known = dict(shown.by_label)
        judged = await self._offload.search(judge, draft.so_far, known, asked)
        return judged if judged.is_answer and not judged.says_not_found else None

    async def _judged(
        self, asking: Asking, draft: Draft, shown: ShownPassages, meter: Meter, deadline: float
    ) -> tuple[Judged | None, bool]:
        """What of the draft may be sent, after at most one round of repair; None for nothing."""
        asked = Asked(asking.question, asking.language, asking.now, _instructions())
        judged = await self._offload.search(judge, draft.text, shown.by_label, asked)
        good = judged if judged.is_answer else None
        if judged.says_not_found or (good and not judged.problems):
            return judged, False
        seconds = deadline - time.monotonic()
        if seconds < _LEAST_FOR_REPAIR:
            return good, False
        everything = replace(asking, passages=shown.show(shown.by_label.values()))
        better = await self._agent.repair(everything, draft.text, judged.problems, seconds, meter)
        if better.text:
            again = await self._offload.search(judge, better.text, shown.by_label, asked)
            if again.says_not_found or (again.is_answer and not (good and again.problems)):
                return again, True
        return good, True

    async def _quoted(
        self, question: str, history: Sequence[Turn], asker: Asker, why: str
    ) -> Answer:
        answer = await self._quoting.answer(question, history, asker)
        if not why:
            return answer
        word_for_word = texts.say(answer.language, "so_quoted") if answer.answered else ""
        hint = hint_after(why, asker, answer.language)
        notes = [texts.say(answer.language, why), hint, word_for_word, answer.note]
        return replace(answer, note=" ".join(filter(None, notes)))


@cache
def _instructions() -> Runs:
    return runs_of(read(name).text for name in ("answer", "single", "repair"))


def _saying_first(premise: tuple[str, str] | None, answer: Answer) -> Answer:
    """The answer, beginning with that what was taken for granted is not so, unless it says it."""
    if premise is None or any(one.kind == premise[1] for one in deeds_asked(answer.text)):
        return answer
    return replace(answer, text=f"{premise[0]} {answer.text}")


def _not_found(judged: Judged, found: Sequence[Passage], language: str) -> Answer:
    """That it was not found, in our words; after it what the model found near, if borne out."""
    answer = nothing_found(language, found, {})
    if not judged.citations:
        return answer
    return replace(
        answer, text=f"{answer.text}\n\n{judged.text}", citations=judged.citations, nearest=()
    )
