"""Answers a question from the coverage."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import replace
from typing import Protocol

from bot import texts
from bot.answers import Answer, Turn
from bot.offload import Offload
from bot.questions import Question, is_small_talk, wanted_by
from bot.quoting import PASSAGES_READ, answer_by_quoting
from bot.texts import LANGUAGES
from retrieval.clean import clean_text
from retrieval.followups import refers_back
from retrieval.language import detect_among
from retrieval.models import Query
from retrieval.protocols import Embedder
from retrieval.retriever import Retriever

LONGEST_QUESTION = 4_096
"""Characters, as in one Telegram message."""


class Assistant(Protocol):
    """Whatever answers questions."""

    async def answer(self, question: str, history: Sequence[Turn] = ()) -> Answer:
        """A reply to `question`, given the turns before it, oldest first."""
        ...


class QuotingAssistant:
    """Answers with exact sentences of the coverage; needs no LLM."""

    def __init__(self, retriever: Retriever, embedder: Embedder, offload: Offload) -> None:
        self._retriever = retriever
        self._embedder = embedder
        self._offload = offload

    async def answer(self, question: str, history: Sequence[Turn] = ()) -> Answer:
        return await self._offload.search(self._answer, question, tuple(history))

    def _answer(self, question: str, history: tuple[Turn, ...]) -> Answer:
        started = time.perf_counter()
        question = clean_text(question)[:LONGEST_QUESTION]
        if is_small_talk(question):
            language = detect_among(question, LANGUAGES)
            return Answer(texts.say(language, "small_talk"), answered=False, language=language)
        asked = asked_before(history)
        query = Query(question, limit=PASSAGES_READ, history=asked)
        passages = self._retriever.search(query)
        found = time.perf_counter()
        understood = Question(
            text=question,
            previous=asked[-1] if asked and refers_back(question) else None,
            language=detect_among(question, LANGUAGES),
            wanted=wanted_by(question),
            terms=self._retriever.terms(question),
        )
        answer = answer_by_quoting(understood, passages, self._embedder)
        return replace(
            answer,
            timings_ms={
                "retrieval": round((found - started) * 1000, 1),
                "quoting": round(answer.timings_ms["quoting"], 1),
                "total": round((time.perf_counter() - started) * 1000, 1),
            },
        )


def asked_before(history: Sequence[Turn]) -> tuple[str, ...]:
    """What the person said earlier: answers repeat the coverage, questions tell what is meant."""
    return tuple(turn.text for turn in history if turn.role == "user")
