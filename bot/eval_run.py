"""Asks questions with known answers as a person would, and notes what came of each."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from bot.answers import Answer, Turn
from bot.app import Pauta
from bot.asker import Asker
from bot.assistant import query_of
from bot.conversations import RECENT_TURNS
from bot.questions import wanted_by
from retrieval.evaluate import RANKS, Result, first_true, holds, quotes_needed
from retrieval.models import Passage, Query
from retrieval.questions_file import KnownQuestion


@dataclass(frozen=True, slots=True)
class FoundPassage:
    """A ranked passage, and what is known of it; None where the file does not say."""

    chunk_id: str
    url: str
    title: str
    score: float
    holds_answer: bool | None
    relevant: bool | None


@dataclass(frozen=True, slots=True)
class Asked:
    """One question's result with what it rests on."""

    result: Result
    passages: tuple[FoundPassage, ...]
    quotes: tuple[str, ...]
    """In the order of the answer; of an LLM's answer, what it cites."""


async def ask_all(
    pauta: Pauta, questions: Sequence[KnownQuestion], advance: Callable[[Result], None]
) -> list[Asked]:
    """One after the other, through the search and the assistant the bot itself uses."""
    asked = []
    for question in questions:
        asked.append(await _ask(pauta, question))
        advance(asked[-1].result)
    return asked


async def _ask(pauta: Pauta, question: KnownQuestion) -> Asked:
    turns = tuple(Turn(role, text) for role, text in question.history)[-RECENT_TURNS:]
    started = time.perf_counter()
    asker = asker_of(question)
    answer = await pauta.assistant.answer(question.text, turns, asker)
    answered = time.perf_counter()
    passages = await pauta.offload.search(pauta.retriever.search, query_for(question, turns, asker))
    found = time.perf_counter()
    return judge(
        question,
        answer,
        passages,
        answer_ms=(answered - started) * 1000,
        search_ms=(found - answered) * 1000,
    )


def asker_of(question: KnownQuestion) -> Asker:
    """Somebody who asks at noon (UTC) of the question's day; now, where the file has none."""
    day = question.asked_on
    return Asker(asked_at=datetime(day.year, day.month, day.day, 12, tzinfo=UTC) if day else None)


def query_for(question: KnownQuestion, turns: Sequence[Turn], asker: Asker) -> Query:
    """The search the assistant makes, for as many passages as ranks are counted."""
    return query_of(question.text, turns, asker, datetime.now(UTC), limit=RANKS)


def judge(
    question: KnownQuestion,
    answer: Answer,
    passages: Sequence[Passage],
    *,
    answer_ms: float,
    search_ms: float,
) -> Asked:
    """Passages (best first) and answer, held against what the file knows."""
    judged = tuple(_judged(question, passage) for passage in passages[:RANKS])
    quotes = tuple(citation.quote for citation in answer.citations)
    return Asked(
        Result(
            id=question.id,
            question=question.text,
            language=question.language,
            kind=wanted_by(question.text).kind.value,
            label=question.label,
            answerable=question.answerable,
            has_answers=bool(question.answers),
            has_articles=bool(question.relevant_urls),
            answer_rank=first_true(bool(passage.holds_answer) for passage in judged),
            article_rank=first_true(bool(passage.relevant) for passage in judged),
            quote_rank=quotes_needed(quotes, question.answers, every=question.all_answers),
            answered=answer.answered,
            confidence=answer.confidence,
            search_ms=search_ms,
            answer_ms=answer_ms,
        ),
        judged,
        quotes,
    )


def _judged(question: KnownQuestion, passage: Passage) -> FoundPassage:
    answers, urls = question.answers, question.relevant_urls
    held = holds(passage.text, answers, every=question.all_answers) if answers else None
    return FoundPassage(
        chunk_id=passage.chunk_id,
        url=passage.url,
        title=passage.title,
        score=passage.score,
        holds_answer=held,
        relevant=not urls.isdisjoint(_addresses(passage)) if urls else None,
    )


def _addresses(passage: Passage) -> set[str]:
    """All under which its text stands: a copy is as relevant as what it is a copy of."""
    return {passage.url, *(other.url for other in passage.also_in)}
