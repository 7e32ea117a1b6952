"""Answers a question from the coverage."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Protocol

from bot import texts
from bot.about_answers import About, about_answer
from bot.answers import Answer, Citation, Turn
from bot.asker import TERMINAL, Asker
from bot.citing import CoverageOf, with_origins
from bot.events import Event, Finished, Searching
from bot.grounding.deeds import deeds_of
from bot.offload import Offload
from bot.premises import Unsaid, said_not, told_so, unsaid
from bot.questions import Question, gives_thanks, is_small_talk, wanted_by
from bot.quoting import PASSAGES_READ, answer_by_quoting, in_quotes
from bot.texts import LANGUAGES
from bot.understood import names_nowhere_note, note_on
from retrieval.clean import clean_text
from retrieval.followups import refers_back
from retrieval.language import detect_among
from retrieval.models import Passage, Query
from retrieval.protocols import Clock, Embedder
from retrieval.question.understanding import Filter, Understood
from retrieval.retriever import Retriever

LONGEST_QUESTION = 4_096
"""Characters, as in one Telegram message."""

PREMISES_READ = 30
"""Passages in which a deed is looked for before it is said that none tells of it."""


def _utc_now() -> datetime:
    return datetime.now(UTC)


class Assistant(Protocol):
    """Whatever answers questions."""

    async def answer(
        self, question: str, history: Sequence[Turn] = (), asker: Asker = TERMINAL
    ) -> Answer:
        """A reply to `question`, given the turns before it, oldest first."""
        ...

    def stream(
        self, question: str, history: Sequence[Turn] = (), asker: Asker = TERMINAL
    ) -> AsyncIterator[Event]:
        """The same as it happens; the last event is `Finished`."""
        ...

    async def close(self) -> None:
        """Let go of connections; in the loop that asked."""
        ...


class QuotingAssistant:
    """Answers with exact sentences of the coverage; needs no LLM."""

    def __init__(
        self,
        retriever: Retriever,
        embedder: Embedder,
        offload: Offload,
        coverage_of: CoverageOf,
        clock: Clock = _utc_now,
    ) -> None:
        self._retriever = retriever
        self._embedder = embedder
        self._offload = offload
        self._coverage_of = coverage_of
        self._clock = clock

    async def answer(
        self, question: str, history: Sequence[Turn] = (), asker: Asker = TERMINAL
    ) -> Answer:
        return await self._offload.search(self._answer, question, tuple(history), asker)

    async def stream(
        self, question: str, history: Sequence[Turn] = (), asker: Asker = TERMINAL
    ) -> AsyncIterator[Event]:
        if not is_small_talk(question):
            yield Searching(clean_text(question)[:LONGEST_QUESTION])
        yield Finished(await self.answer(question, history, asker))

    async def close(self) -> None:
        pass

    def _answer(self, question: str, history: tuple[Turn, ...], asker: Asker) -> Answer:
        started = time.perf_counter()
        question = clean_text(question)[:LONGEST_QUESTION]
        if is_small_talk(question):
            language = detect_among(question, LANGUAGES)
            key = "thanks" if gives_thanks(question) else "small_talk"
            return Answer(texts.say(language, key), answered=False, language=language)
        about = about_answer(question) if history else None
        if about is not None:
            return _of_the_answer(about, history, detect_among(question, LANGUAGES), asker)
        asked = asked_before(history)
        query = query_of(question, history, asker, self._clock(), limit=PASSAGES_READ)
        searched = self._retriever.find(query)
        found = time.perf_counter()
        understood = Question(
            text=question,
            previous=asked[-1] if asked and refers_back(question) else None,
            language=detect_among(question, LANGUAGES),
            wanted=wanted_by(question),
            terms=searched.terms or self._retriever.terms(searched.understood.text),
            asked_at=query.now,
        )
        answer = answer_by_quoting(
            understood, searched.passages, self._embedder, asker.length, asker.timezone
        )
        premise = self._unsaid(understood, searched.passages, query)
        if premise is not None:
            answer = told_so(understood, premise, answer)
        answer = with_understood(answer, searched.understood, asker)
        answer = first_of_all(answer, searched.understood, asker)
        answer = with_origins(answer, self._coverage_of)
        return replace(
            answer,
            asked_at=(asker.asked_at or self._clock()).astimezone(asker.timezone),
            timings_ms={
                "retrieval": round((found - started) * 1000, 1),
                "quoting": round(answer.timings_ms["quoting"], 1),
                "total": round((time.perf_counter() - started) * 1000, 1),
            },
        )

    def premise_not_said(
        self, question: str, passages: Sequence[Passage], asker: Asker
    ) -> tuple[str, str] | None:
        """The sentence that says so, and the kind of deed, where a question takes for granted
        what the coverage does not say. Blocking."""
        if not deeds_of(question):
            return None
        query = query_of(question, (), asker, self._clock(), limit=PASSAGES_READ)
        understood = Question(
            text=question,
            previous=None,
            language=detect_among(question, LANGUAGES),
            wanted=wanted_by(question),
            terms=self._retriever.terms(question),
        )
        found = self._unsaid(understood, passages, query)
        return None if found is None else (said_not(understood, found), found.deed.kind)

    def _unsaid(
        self, question: Question, passages: Sequence[Passage], query: Query
    ) -> Unsaid | None:
        """Looked for once more, by name and deed, before it is said to be nowhere."""
        found = unsaid(question, passages)
        if found is None:
            return None
        wanted = f"{found.names} {found.deed.word}"
        more = self._retriever.search(
            replace(query, text=wanted, history=(), limit=PREMISES_READ, joined=False)
        )
        return unsaid(question, (*found.on_subject, *more))


class WithoutModel:
    """Quotes, where a language model is set that cannot be used: each answer says so."""

    def __init__(self, quoting: QuotingAssistant) -> None:
        self._quoting = quoting

    async def answer(
        self, question: str, history: Sequence[Turn] = (), asker: Asker = TERMINAL
    ) -> Answer:
        return _saying_why(await self._quoting.answer(question, history, asker))

    async def stream(
        self, question: str, history: Sequence[Turn] = (), asker: Asker = TERMINAL
    ) -> AsyncIterator[Event]:
        async for event in self._quoting.stream(question, history, asker):
            yield Finished(_saying_why(event.answer)) if isinstance(event, Finished) else event

    async def close(self) -> None:
        pass


def _saying_why(answer: Answer) -> Answer:
    notes = [texts.say(answer.language, "model_not_set_up"), answer.note]
    return replace(answer, note=" ".join(filter(None, notes)))


def last_cited(history: Sequence[Turn], asker: Asker) -> tuple[Citation, ...]:
    """What the last answer cited, without outlets that have been hidden since.  (pure)"""
    answers = (turn for turn in reversed(history) if turn.role == "assistant")
    last = next(answers, None)
    cited = last.citations if last else ()
    return tuple(one for one in cited if one.source not in asker.hidden_sources)


def _of_the_answer(about: About, history: Sequence[Turn], language: str, asker: Asker) -> Answer:
    """What can be said of the last answer without a language model."""
    cited = last_cited(history, asker)
    if about is About.REWRITING or not cited:
        key = "needs_model" if about is About.REWRITING else "nothing_cited"
        return Answer(texts.say(language, key), answered=False, language=language)
    quotes = "\n\n".join(f"{in_quotes(one.quote)} [{one.label}]" for one in cited)
    intro = texts.say(language, "quoted_intro")
    return Answer(f"{intro}\n\n{quotes}", answered=True, language=language, citations=cited)


def query_of(
    question: str, history: Sequence[Turn], asker: Asker, now: datetime, *, limit: int
) -> Query:
    """The search for a question as somebody asks it in a conversation.  (pure)"""
    answers = [turn.text for turn in history if turn.role == "assistant"]
    return Query(
        question,
        limit=limit,
        history=asked_before(history),
        last_answer=answers[-1] if answers else "",
        now=asker.asked_at or now,
        timezone=asker.timezone,
        hidden_sources=asker.hidden_sources,
        preferred_sources=asker.preferred_sources,
        preferred_feeds=asker.preferred_feeds,
    )


def with_understood(answer: Answer, understood: Understood, asker: Asker) -> Answer:
    """The answer, saying how the question was read and, where it found nothing, which of its
    names the coverage does not hold.  (pure)"""
    notes = [answer.note, note_on(understood, answer.language, asker.timezone)]
    nowhere = "" if answer.answered else names_nowhere_note(understood, answer.language)
    return replace(
        answer,
        text=" ".join(filter(None, [answer.text, nowhere])),
        note=" ".join(filter(None, notes)),
    )


def first_of_all(answer: Answer, understood: Understood, asker: Asker) -> Answer:
    """The answer, beginning with that nothing is known of the time asked for.  (pure)"""
    note = note_on(understood, answer.language, asker.timezone)
    if Filter.TIME not in understood.given_up or not note or not answer.note.endswith(note):
        return answer
    before = answer.note.removesuffix(note).rstrip()
    return replace(answer, text=f"{note}\n\n{answer.text}", note=before)


def asked_before(history: Sequence[Turn]) -> tuple[str, ...]:
    """What the person said earlier: answers repeat the coverage, questions tell what is meant."""
    return tuple(turn.text for turn in history if turn.role == "user")
