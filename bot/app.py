"""The composition root: settings in, a working Pauta out. The only place that names adapters."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import httpx
import structlog

from bot import sample
from bot.answer_book import StoredAnswers
from bot.assistant import Assistant, QuotingAssistant, WithoutModel
from bot.conversations import StoredConversations
from bot.correction_desk import CorrectionDesk
from bot.database import open_people
from bot.llm_settings import fallback_of, model_of
from bot.offload import Offload
from bot.people import People
from bot.settings import Settings
from bot.usage import Allowance, UsageBook
from retrieval.embed import BundledEmbedder, load_embedder
from retrieval.errors import IndexModelMismatch, ModelError
from retrieval.feed_store import FeedStore
from retrieval.feeds.fetch import Fetcher
from retrieval.feeds.politeness import PoliteFetcher
from retrieval.feeds.rhythm import Bounds
from retrieval.ingest import Ingest, OnProgress
from retrieval.keywords import SqliteKeywordIndex
from retrieval.lock import ArchiveLock
from retrieval.models import IngestReport
from retrieval.protocols import Clock, Embedder, Reranker
from retrieval.rerank import CrossEncoderReranker
from retrieval.retriever import Retriever
from retrieval.rounds import Rounds
from retrieval.store import EMBEDDING_MODEL, Store, open_corpus
from retrieval.vectors import ChromaIndex

log = structlog.get_logger(__name__)

SAMPLE_REMOVED = "sample_removed"


def utc_now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Pauta:
    """Everything, wired together."""

    settings: Settings
    store: Store
    vectors: ChromaIndex
    embedder: Embedder
    retriever: Retriever
    ingest: Ingest
    fetcher: Fetcher
    feeds: FeedStore
    rounds: Rounds
    assistant: Assistant
    conversations: StoredConversations
    corrections: CorrectionDesk
    people: People
    answers: StoredAnswers
    offload: Offload
    clock: Clock


@contextmanager
def build(
    settings: Settings,
    *,
    purpose: str,
    lasting: bool = False,
    reindexing: bool = False,
    embedder: Embedder | None = None,
    transport: httpx.BaseTransport | None = None,
    clock: Clock = utc_now,
) -> Iterator[Pauta]:
    """Open the archive for one command, and close all of it at the end.

    `purpose` and `lasting` tell others who holds the archive. Raises ArchiveInUse,
    ArchiveCorrupt, ModelError, or IndexModelMismatch unless `reindexing`.
    """
    with ExitStack() as stack:
        # People's questions are in there: for their owner alone.
        settings.home.mkdir(mode=0o700, parents=True, exist_ok=True)
        lock = ArchiveLock(settings.home, purpose, lasting=lasting)
        after_crash = lock.acquire()
        stack.callback(lock.release)
        store = Store(open_corpus(settings.home / "corpus.db"))
        stack.callback(store.close)
        embedder = embedder or load_embedder(settings.embedding_model)
        if not reindexing:
            _claim_model(store, embedder)
        vectors = ChromaIndex(settings.home / "chroma", embedder.model_id)
        stack.callback(vectors.close)
        people = open_people(settings.home / "people.db")
        stack.callback(people.dispose)
        offload = Offload()
        stack.callback(offload.close)
        fetcher = stack.enter_context(
            Fetcher(
                allow_private_hosts=settings.allow_private_hosts,
                transport=transport,
                contact=settings.contact,
            )
        )
        polite = stack.enter_context(PoliteFetcher(fetcher))
        keywords = SqliteKeywordIndex(store.engine)
        retriever = Retriever(store, vectors, keywords, embedder, _reranker(settings))
        ingest = Ingest(store, vectors, embedder, clock)
        feeds = FeedStore(store.engine)
        quoting = QuotingAssistant(retriever, embedder, offload, store.coverage, clock)
        book = UsageBook(people, offload, clock)
        if not reindexing:
            ingest.reconcile(thorough=after_crash)
        yield Pauta(
            settings=settings,
            store=store,
            vectors=vectors,
            embedder=embedder,
            retriever=retriever,
            ingest=ingest,
            fetcher=fetcher,
            feeds=feeds,
            rounds=Rounds(feeds, ingest, polite, bounds=_bounds(settings)),
            assistant=_assistant(settings, quoting, retriever, store, book, offload, clock),
            conversations=StoredConversations(people, offload, clock),
            corrections=CorrectionDesk(store.engine, people),
            people=People(people, offload, clock),
            answers=StoredAnswers(people, offload, clock),
            offload=offload,
            clock=clock,
        )


def _assistant(
    settings: Settings,
    quoting: QuotingAssistant,
    retriever: Retriever,
    store: Store,
    book: UsageBook,
    offload: Offload,
    clock: Clock,
) -> Assistant:
    """The one with a language model, where one is set."""
    model, fallback = model_of(settings), fallback_of(settings)
    if model is None:
        return quoting
    from bot.agent import Agent, Limits  # noqa: PLC0415 - langchain, only needed here
    from bot.llm import open_model  # noqa: PLC0415
    from bot.research import ResearchAssistant  # noqa: PLC0415

    limits = Limits(
        calls=settings.llm_calls_per_question,
        tokens=settings.llm_tokens_per_question,
        seconds=settings.llm_seconds_per_question,
    )
    try:
        agent = Agent(open_model(model), open_model(fallback) if fallback else None, limits)
    except ModelError as error:
        log.warning("answers are exact quotes: the language model cannot be used", cause=str(error))
        return WithoutModel(quoting)
    allowance = Allowance(
        tokens_a_person=settings.llm_daily_tokens_per_person,
        tokens=settings.llm_daily_tokens,
        money=settings.llm_daily_budget,
        input_price=settings.llm_input_price,
        output_price=settings.llm_output_price,
    )
    return ResearchAssistant(agent, quoting, retriever, store, offload, book, allowance, clock)


def _reranker(settings: Settings) -> Reranker | None:
    return CrossEncoderReranker(settings.reranker) if settings.reranker else None


def _bounds(settings: Settings) -> Bounds:
    return Bounds(
        timedelta(minutes=settings.feed_interval_min_minutes),
        timedelta(minutes=settings.feed_interval_max_minutes),
    )


def _claim_model(store: Store, embedder: Embedder) -> None:
    """An archive belongs to the model it was first indexed with."""
    made_with = store.value(EMBEDDING_MODEL)
    if made_with == embedder.model_id:
        return
    if made_with is not None and store.chunk_count():
        bundled = made_with == BundledEmbedder.model_id
        back = "unset PAUTA_EMBEDDING_MODEL" if bundled else "set PAUTA_EMBEDDING_MODEL back to it"
        raise IndexModelMismatch(
            f"This archive was indexed with {'the bundled model' if bundled else made_with}, but "
            f"{embedder.model_id} is set now. Either {back}, or index the archive anew with: "
            "pauta reindex"
        )
    store.set_value(EMBEDDING_MODEL, embedder.model_id)


def load_sample(pauta: Pauta, on_progress: OnProgress) -> IngestReport | None:
    """Put the sample into an empty archive; None when there was coverage or it was removed."""
    if pauta.store.article_count() or pauta.store.value(SAMPLE_REMOVED):
        return None
    return pauta.ingest.add(sample.articles(), on_progress)


def remove_sample(pauta: Pauta) -> int:
    """Take the sample out, for good; returns how many articles that were."""
    ids = pauta.store.sample_ids()
    pauta.ingest.remove(ids)
    pauta.store.set_value(SAMPLE_REMOVED, "yes")
    return len(ids)
