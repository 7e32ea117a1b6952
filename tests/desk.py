"""A ResearchAssistant over a real archive, whose model is the scripted server."""

from __future__ import annotations

import ssl
from collections.abc import AsyncIterator, Iterable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest
from sqlalchemy import Engine

from bot.agent import Agent, Limits
from bot.answers import Answer, Turn
from bot.asker import TERMINAL, Asker
from bot.assistant import QuotingAssistant
from bot.database import open_people
from bot.events import Event, Finished
from bot.llm import ModelSpec, open_model
from bot.offload import Offload
from bot.research import ResearchAssistant
from bot.summary import Remember
from bot.usage import Allowance, UsageBook
from retrieval.models import Article
from retrieval.retriever import Retriever
from tests.archive import NOW, Archive, an_archive
from tests.llm_server import LlmServer

QUICK = Limits(seconds=6.0, retry_after=0.0)


@dataclass(frozen=True, slots=True)
class Library:
    """What many tests read and none changes: coverage, and where usage is written down."""

    archive: Archive
    people: Engine


@contextmanager
def a_library(folder: Path, articles: Iterable[Article]) -> Iterator[Library]:
    with an_archive(folder) as archive:
        archive.ingest.add(articles)
        people = open_people(folder / "people.db")
        try:
            yield Library(archive, people)
        finally:
            people.dispose()


@dataclass(slots=True)
class Desk:
    """Asks the assistant, and keeps what happened."""

    assistant: ResearchAssistant
    book: UsageBook
    events: list[Event] = field(default_factory=list)

    async def ask(
        self, question: str, history: Sequence[Turn] = (), asker: Asker = TERMINAL
    ) -> Answer:
        self.events.clear()
        async for event in self.assistant.stream(question, history, asker):
            self.events.append(event)
        last = self.events[-1]
        assert isinstance(last, Finished)
        assert sum(isinstance(event, Finished) for event in self.events) == 1
        return last.answer


@asynccontextmanager
async def a_desk(
    library: Library,
    server: LlmServer,
    *,
    fallback: LlmServer | None = None,
    limits: Limits = QUICK,
    allowance: Allowance | None = None,
    silence: float = 1.0,
    retriever: Retriever | None = None,
    remember: Remember | None = None,
) -> AsyncIterator[Desk]:
    archive, offload = library.archive, Offload()
    spec = ModelSpec("openai:scripted", server.url, "key", silence)
    model = open_model(spec)
    other = open_model(replace(spec, base_url=fallback.url)) if fallback else None
    book = UsageBook(library.people, offload, lambda: NOW)
    retriever = retriever or archive.retriever
    assistant = ResearchAssistant(
        Agent(model, other, limits),
        QuotingAssistant(retriever, archive.embedder, offload, archive.store.coverage),
        retriever,
        archive.store,
        offload,
        book,
        allowance or Allowance(),
        lambda: NOW,
        remember,
    )
    try:
        yield Desk(assistant, book)
    finally:
        await assistant.close()
        offload.close()


def without_certificates(monkeypatch: pytest.MonkeyPatch) -> None:
    """Loopback is plain HTTP; reading the authorities' certificates is most of opening a model."""
    monkeypatch.setattr(ssl.SSLContext, "load_verify_locations", lambda *_, **__: None)
