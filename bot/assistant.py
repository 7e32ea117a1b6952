"""Answers a question from the coverage."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Protocol

from bot import texts
from bot.about_answers import About, about_answer, found_nothing
from bot.answers import Answer, Citation, Turn
from bot.asker import TERMINAL, Asker
from bot.citing import CoverageOf, with_origins
from bot.disagreement import SHARED_NAMES, corrects
from bot.events import Event, Finished, Searching
from bot.for_operators import hint_after
from bot.offload import Offload
from bot.premise_deeds import deeds_asked
from bot.premises import Unsaid, said_not, told_so, unsaid
from bot.question_language import language_of
from bot.questions import Question, gives_thanks, is_small_talk, wanted_by
from bot.quoting import PASSAGES_READ, answer_by_quoting, in_quotes, nothing_found
from bot.texts import LANGUAGES
from bot.understood import names_nowhere_note, note_on
from retrieval.clean import clean_text
from retrieval.errors import EmbedderUnavailable
from retrieval.followups import refers_back
from retrieval.language import detect_among
from retrieval.models import Passage, Query
from retrieval.protocols import Clock, Embedder
from retrieval.question.understanding import Filter, Understood
from retrieval.retriever import Retriever
from retrieval.serving import one_model
from retrieval.story_keys import names_of

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
        with one_model(self._embedder):
            return self._answered(question, history, asker)

    def _answered(self, question: str, history: tuple[Turn, ...], asker: Asker) -> Answer:
        started = time.perf_counter()
        question = clean_text(question)[:LONGEST_QUESTION]
        if is_small_talk(question):
            language = detect_among(question, LANGUAGES)
            key = "thanks" if gives_thanks(question) else "small_talk"
            return Answer(texts.say(language, key), answered=False, language=language)
        about = about_answer(question) if history else None
        if about is not None:
            answer = _of_the_answer(about, history, detect_among(question, LANGUAGES), asker)
            return replace(answer, asked_at=self._asked_at(asker))
        asked = asked_before(history)
        query = query_of(question, history, asker, self._clock(), limit=PASSAGES_READ)
        own = self._from_article(query, asked, asker) if asker.about_article else None
        if own is not None:
            return own
        searched = self._retriever.find(query)
        found = time.perf_counter()
        understood = Question(
            text=question,
            previous=asked[-1] if asked and refers_back(question) else None,
            language=language_of(question, asked, searched.passages),
            wanted=wanted_by(question),
            terms=searched.terms or self._retriever.terms(searched.understood.text),
            asked_at=query.now,
        )
        try:
            answer = answer_by_quoting(
                understood, searched.passages, self._embedder, asker.length, asker.timezone
            )
        except EmbedderUnavailable:
            # No sentence can be held against the question: what came nearest is shown.
            answer = nothing_found(understood.language, searched.passages, {"quoting": 0.0})
        answer = saying_how_found(answer, by_words_only=searched.by_words_only)
        premise = self._unsaid(understood, searched.passages, query)
        if premise is not None:
            answer = told_so(understood, premise, answer)
        answer = with_understood(answer, searched.understood, asker)
        answer = first_of_all(answer, searched.understood, asker)
        answer = with_origins(answer, self._coverage_of)
        if not searched.passages:
            hint = hint_after("archive_empty", asker, answer.language)
            answer = replace(answer, text=" ".join(filter(None, [answer.text, hint])))
        return replace(
            answer,
            asked_at=self._asked_at(asker),
            timings_ms={
                "retrieval": round((found - started) * 1000, 1),
                "quoting": round(answer.timings_ms["quoting"], 1),
                "total": round((time.perf_counter() - started) * 1000, 1),
            },
        )

    def _asked_at(self, asker: Asker) -> datetime:
        return (asker.asked_at or self._clock()).astimezone(asker.timezone)

    def _from_article(self, query: Query, asked: Sequence[str], asker: Asker) -> Answer | None:
        """What the article the questions are about says by itself, with what another article
        corrects of it; None where it does not, and the whole coverage is to be asked."""
        started = time.perf_counter()
        passages = self._retriever.in_article(asker.about_article, query)[: PASSAGES_READ - 1]
        understood = Question(
            text=query.text,
            # Of a question about a known article that is what it refers to, whatever its words.
            previous=asked[-1] if asked else None,
            language=language_of(query.text, asked, passages),
            wanted=wanted_by(query.text),
            terms=self._retriever.terms(query.text),
            asked_at=query.now,
        )
        length, timezone = asker.length, asker.timezone
        try:
            answer = answer_by_quoting(understood, passages, self._embedder, length, timezone)
            if not answer.answered or unsaid(understood, passages) is not None:
                return None
            for correction in self._correcting(passages, query)[:1]:
                both = [*passages, correction]
                other = answer_by_quoting(understood, both, self._embedder, length, timezone)
                if any(_is_correction(one, asker.about_article) for one in other.citations):
                    answer = other
        except EmbedderUnavailable:
            return None
        answer = with_origins(answer, self._coverage_of)
        total = round((time.perf_counter() - started) * 1000, 1)
        return replace(
            answer,
            asked_at=self._asked_at(asker),
            timings_ms={**answer.timings_ms, "total": total},
        )

    def _correcting(self, article: Sequence[Passage], query: Query) -> list[Passage]:
        """Of other articles on the same, those that say they set something right."""
        if not article:
            return []
        known = set(names_of(article[0].title, " ".join(one.text for one in article)))
        return [
            one
            for one in self._retriever.search(query)
            if one.article_id != article[0].article_id
            and corrects(f"{one.title}. {one.text}")
            and len(known & set(names_of(one.title, one.text))) >= SHARED_NAMES
        ]

    def premise_not_said(
        self, question: str, passages: Sequence[Passage], asker: Asker
    ) -> tuple[str, str] | None:
        """The sentence that says so, and the kind of deed, where a question takes for granted
        what the coverage does not say. Blocking."""
        if not deeds_asked(question):
            return None
        query = query_of(question, (), asker, self._clock(), limit=PASSAGES_READ)
        understood = Question(
            text=question,
            previous=None,
            language=language_of(question, (), passages),
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


def _is_correction(citation: Citation, of_article: str) -> bool:
    return citation.article_id != of_article and corrects(citation.quote)


class WithoutModel:
    """Quotes, where a language model is set that cannot be used: each answer says so."""

    def __init__(self, quoting: QuotingAssistant) -> None:
        self._quoting = quoting

    async def answer(
        self, question: str, history: Sequence[Turn] = (), asker: Asker = TERMINAL
    ) -> Answer:
        return _saying_why(await self._quoting.answer(question, history, asker), asker)

    async def stream(
        self, question: str, history: Sequence[Turn] = (), asker: Asker = TERMINAL
    ) -> AsyncIterator[Event]:
        async for event in self._quoting.stream(question, history, asker):
            if isinstance(event, Finished):
                event = Finished(_saying_why(event.answer, asker))  # noqa: PLW2901 - the same, said
            yield event

    async def close(self) -> None:
        pass


def _saying_why(answer: Answer, asker: Asker) -> Answer:
    key = "model_not_set_up"
    hint = hint_after(key, asker, answer.language)
    notes = [texts.say(answer.language, key), hint, answer.note]
    return replace(answer, note=" ".join(filter(None, notes)))


def last_answer(history: Sequence[Turn]) -> Turn | None:
    return next((turn for turn in reversed(history) if turn.role == "assistant"), None)


def last_cited(history: Sequence[Turn], asker: Asker) -> tuple[Citation, ...]:
    """What the last answer cited, without outlets that have been hidden since.  (pure)"""
    last = last_answer(history)
    cited = last.citations if last else ()
    return tuple(one for one in cited if one.source not in asker.hidden_sources)


def _of_the_answer(about: About, history: Sequence[Turn], language: str, asker: Asker) -> Answer:
    """What can be said of the last answer without a language model."""
    cited = last_cited(history, asker)
    if about is About.REWRITING or not cited:
        key = "needs_model" if about is About.REWRITING else "nothing_cited"
        if about is About.REWRITING and found_nothing(last_answer(history)):
            key = "nothing_to_shorten"
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


def saying_how_found(answer: Answer, *, by_words_only: bool) -> Answer:
    """The answer, with a note where only words could be looked for.  (pure)"""
    if not by_words_only:
        return answer
    notes = [answer.note, texts.say(answer.language, "by_words_only")]
    return replace(answer, note=" ".join(filter(None, notes)))


def with_understood(answer: Answer, understood: Understood, asker: Asker) -> Answer:
    """The answer, saying how the question was read and, where it found nothing, which of its
    names the coverage does not hold.  (pure)"""
    notes = [answer.note, note_on(understood, answer.language, asker.timezone)]
    # Of an archive with nothing in it, that says enough.
    is_empty = answer.text == texts.say(answer.language, "archive_empty")
    says_all = answer.answered or is_empty
    nowhere = "" if says_all else names_nowhere_note(understood, answer.language)
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
