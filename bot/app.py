"""The composition root: settings in, a working Pauta out. The only place that names adapters."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import httpx
import structlog

from bot import sample
from bot.alert_desk import AlertDesk
from bot.answer_book import StoredAnswers
from bot.article_desk import ArticleDesk
from bot.assistant import Assistant, QuotingAssistant, WithoutModel
from bot.browsing import Browsing
from bot.conversations import StoredConversations
from bot.correction_desk import CorrectionDesk
from bot.database import SCHEMA as PEOPLE_SCHEMA
from bot.database import open_people
from bot.digest import DigestDesk, Writer
from bot.digest_reader import DigestReader
from bot.example_desk import ExampleDesk
from bot.feedback_desk import FeedbackDesk
from bot.follow_book import FollowBook
from bot.follow_examples import ExampleFinder
from bot.forgetting import PrivacyDesk
from bot.inline import InlineSearch
from bot.llm_settings import fallback_of, model_of
from bot.measured import MeasuredRetriever
from bot.offload import Offload
from bot.outbox import Outbox
from bot.people import People
from bot.places import corpus_place, is_shared, people_place, reading_corpus
from bot.replica import Replica, replica_of
from bot.settings import Settings
from bot.settings_book import Choosable, SettingsBook
from bot.story_desk import StoryDesk
from bot.subscription_book import SubscriptionBook
from bot.told_stories import ToldStories
from bot.update_book import UpdateBook
from bot.usage import Allowance, UsageBook
from retrieval.browse import Catalogue
from retrieval.checkup import read_only
from retrieval.chroma_server import ChromaAddress, ChromaServerIndex
from retrieval.embed import BundledEmbedder, load_embedder
from retrieval.embed_server import EmbeddingServer, ServerEmbedder
from retrieval.errors import IndexModelMismatch, ModelError
from retrieval.feed_store import FeedStore
from retrieval.feeds.fetch import Fetcher
from retrieval.feeds.politeness import PoliteFetcher
from retrieval.feeds.rhythm import Bounds
from retrieval.ingest import Ingest, OnProgress
from retrieval.keywords import keyword_index
from retrieval.lock import ArchiveLock
from retrieval.model_change import ModelChange, Open
from retrieval.model_store import ModelName, ModelStore
from retrieval.models import IngestReport
from retrieval.protocols import Clock, Embedder, Reranker
from retrieval.rerank import CrossEncoderReranker
from retrieval.retriever import Retriever
from retrieval.rounds import Rounds
from retrieval.serving import Pair, Serving, ServingIndex
from retrieval.store import EMBEDDING_MODEL, Store, open_corpus
from retrieval.story_store import StoryStore
from retrieval.vectors import ChromaIndex

if TYPE_CHECKING:  # langchain comes only with a language model
    from bot.agent import Agent

log = structlog.get_logger(__name__)

SAMPLE_REMOVED = "sample_removed"


def utc_now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Pauta:
    """Everything, wired together."""

    settings: Settings
    store: Store
    vectors: ServingIndex
    embedder: Embedder
    retriever: Retriever
    ingest: Ingest
    models: ModelStore
    model_change: ModelChange
    fetcher: Fetcher
    feeds: FeedStore
    rounds: Rounds
    stories: StoryStore
    assistant: Assistant
    conversations: StoredConversations
    corrections: CorrectionDesk
    feedback: FeedbackDesk
    people: People
    answers: StoredAnswers
    chat_settings: SettingsBook
    subscriptions: SubscriptionBook
    inline_search: InlineSearch
    updates: UpdateBook
    outbox: Outbox
    follows: FollowBook
    alerts: AlertDesk
    digests: DigestDesk
    told: ToldStories
    privacy: PrivacyDesk
    replica: Replica | None
    browsing: Browsing
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
    ArchiveCorrupt, DatabaseUnreachable, ModelError, or IndexModelMismatch unless `reindexing`.
    """
    with ExitStack() as stack:
        # People's questions are in there: for their owner alone.
        settings.home.mkdir(mode=0o700, parents=True, exist_ok=True)
        after_crash = False
        if not is_shared(settings):
            lock = ArchiveLock(settings.home, purpose, lasting=lasting)
            after_crash = lock.acquire()
            stack.callback(lock.release)
        store = Store(open_corpus(corpus_place(settings)))
        stack.callback(store.close)
        models = ModelStore(store.engine)
        embedder = embedder or open_embedder(settings, models.served())
        if not reindexing:
            _claim_model(store, embedder)
        serving, open_pair = _serving(settings, embedder, stack)
        embedder, vectors = serving.embedder, serving.index
        people = open_people(people_place(settings))
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
        keywords = keyword_index(store.engine)
        retriever = MeasuredRetriever(store, vectors, keywords, embedder, _reranker(settings))
        ingest = Ingest(store, vectors, embedder, clock)
        feeds = FeedStore(store.engine)
        quoting = QuotingAssistant(retriever, embedder, offload, store.coverage, clock)
        book = UsageBook(people, offload, clock)
        choosable = Choosable(store.sources, lambda: [(one.id, one.title) for one in feeds.all()])
        team = People(people, offload, clock)
        chat_settings = SettingsBook(people, offload, clock, choosable, settings.timezone)
        team.when_moved(chat_settings.reload)
        subscriptions = SubscriptionBook(people, offload, clock, chat_settings.zone)
        chat_settings.when_chosen(subscriptions.follow_zone)
        conversations = StoredConversations(people, offload, clock)
        assistant = _assistant(
            settings, quoting, retriever, store, book, offload, clock, conversations
        )
        stories = StoryStore(store.engine)
        outbox = Outbox(people, offload, clock)
        examples = ExampleFinder(
            store.engine,
            vectors,
            keywords,
            embedder,
            lambda where: chat_settings.of(where).hidden_sources,
        )
        follows = FollowBook(people, offload, clock, embedder, examples)
        team.when_moved(follows.forget_index)
        privacy = PrivacyDesk(people, offload, clock)
        privacy.when_forgotten(chat_settings.reload)
        privacy.when_forgotten(follows.forget_index)
        if not reindexing:
            ingest.keep_whole(thorough=after_crash)
        model_change = ModelChange(serving, store, models, ingest, open_pair, clock)
        model_change.when_changed(follows.forget_index)
        yield Pauta(
            settings=settings,
            store=store,
            vectors=vectors,
            embedder=embedder,
            retriever=retriever,
            ingest=ingest,
            models=models,
            model_change=model_change,
            fetcher=fetcher,
            feeds=feeds,
            rounds=Rounds(feeds, ingest, polite, bounds=_bounds(settings)),
            stories=stories,
            assistant=assistant,
            conversations=conversations,
            corrections=CorrectionDesk(store.engine, people),
            feedback=FeedbackDesk(people, ZoneInfo(settings.timezone)),
            people=team,
            answers=StoredAnswers(people, offload, clock),
            chat_settings=chat_settings,
            subscriptions=subscriptions,
            inline_search=InlineSearch(retriever, embedder, Catalogue(store.engine), clock),
            updates=UpdateBook(people, offload, clock),
            outbox=outbox,
            follows=follows,
            alerts=AlertDesk(store.engine, follows, stories, outbox, chat_settings, embedder),
            digests=DigestDesk(
                stories, store, embedder, people, chat_settings, offload, _writer(assistant)
            ),
            told=ToldStories(stories, store, retriever, people, offload, clock),
            privacy=privacy,
            replica=replica_of(people),
            browsing=_browsing(store, stories, feeds, retriever, embedder, quoting, offload, clock),
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
    conversations: StoredConversations,
) -> Assistant:
    """The one with a language model, where one is set."""
    if model_of(settings) is None:
        return quoting
    from bot.research import ResearchAssistant  # noqa: PLC0415 - langchain, only needed here

    agent = _agent(settings)
    if agent is None:
        return WithoutModel(quoting)
    return ResearchAssistant(
        agent,
        quoting,
        retriever,
        store,
        offload,
        book,
        _allowance(settings),
        clock,
        conversations.keep_summary,
    )


def _agent(settings: Settings) -> Agent | None:
    """None where no language model is set, or it cannot be used."""
    model, fallback = model_of(settings), fallback_of(settings)
    if model is None:
        return None
    from bot.agent import Agent, Limits  # noqa: PLC0415 - langchain, only needed here
    from bot.llm import open_model  # noqa: PLC0415

    limits = Limits(
        calls=settings.llm_calls_per_question,
        tokens=settings.llm_tokens_per_question,
        seconds=settings.llm_seconds_per_question,
    )
    try:
        return Agent(open_model(model), open_model(fallback) if fallback else None, limits)
    except ModelError as error:
        log.warning("answers are exact quotes: the language model cannot be used", cause=str(error))
        return None


def _allowance(settings: Settings) -> Allowance:
    return Allowance(
        tokens_a_person=settings.llm_daily_tokens_per_person,
        tokens=settings.llm_daily_tokens,
        money=settings.llm_daily_budget,
        input_price=settings.llm_input_price,
        output_price=settings.llm_output_price,
    )


@contextmanager
def digest_reader(
    settings: Settings, *, embedder: Embedder | None = None, clock: Clock = utc_now
) -> Iterator[DigestReader]:
    """What composes digests beside whatever process holds the archive, and changes neither.

    Both databases exist. Raises ArchiveCorrupt, ModelError, IndexModelMismatch.
    """
    with ExitStack() as stack:
        store = Store(stack.enter_context(reading_corpus(settings)))
        people = stack.enter_context(read_only(people_place(settings), PEOPLE_SCHEMA))
        made_with = store.value(EMBEDDING_MODEL)
        embedder = embedder or open_embedder(settings, made_with)
        if made_with is not None and made_with != embedder.model_id:
            raise _mismatch(made_with, embedder)
        offload = Offload()
        stack.callback(offload.close)
        book = SettingsBook(people, offload, clock, Choosable(tuple, tuple), settings.timezone)
        agent, writer = _agent(settings), None
        if agent is not None:
            from bot.digest_writer import DigestWriter  # noqa: PLC0415 - brings langchain

            # What is written is counted, as all that a language model does.
            counted = open_people(people_place(settings))
            stack.callback(counted.dispose)
            usage = UsageBook(counted, offload, clock)
            writer = DigestWriter(agent, usage, _allowance(settings), offload)
        stories = StoryStore(store.engine)
        desk = DigestDesk(stories, store, embedder, people, book, offload, writer)
        yield DigestReader(desk, people, book, agent.close if agent else None)


def _writer(assistant: Assistant) -> Writer | None:
    """Of digests: the model that answers, where one does."""
    if isinstance(assistant, QuotingAssistant | WithoutModel):
        return None
    from bot.research import ResearchAssistant  # noqa: PLC0415 - langchain, only needed here

    return assistant.digest_writer if isinstance(assistant, ResearchAssistant) else None


def _browsing(
    store: Store,
    stories: StoryStore,
    feeds: FeedStore,
    retriever: Retriever,
    embedder: Embedder,
    quoting: QuotingAssistant,
    offload: Offload,
    clock: Clock,
) -> Browsing:
    catalogue = Catalogue(store.engine)
    return Browsing(
        catalogue,
        feeds,
        retriever,
        ArticleDesk(store, catalogue, stories, retriever, embedder, clock),
        StoryDesk(retriever, store, stories, embedder, clock),
        # Tried with quotes also where a language model answers: that costs no tokens.
        ExampleDesk(catalogue, store, quoting.answer, offload, clock),
        embedder,
        offload,
        clock,
    )


def store_beside(settings: Settings) -> Store:
    """The corpus database alone, for what may be done beside the process that holds the archive;
    to be closed."""
    return Store(open_corpus(corpus_place(settings)))


def _serving(settings: Settings, embedder: Embedder, stack: ExitStack) -> tuple[Serving, Open]:
    """What answers now, and how another model is opened beside it; `stack` closes both."""

    def with_collection(model: Embedder) -> Pair:
        if isinstance(model, ServerEmbedder):
            stack.callback(model.close)
        index = open_index(settings, model.model_id)
        stack.callback(index.close)
        return Pair(model, index)

    def open_pair(name: ModelName) -> Pair:
        told = {"embedding_model": name.name, "embedding_url": name.url}
        return with_collection(open_embedder(settings.model_copy(update=told), None))

    first = with_collection(embedder)
    return Serving(first.embedder, first.index), open_pair


def open_embedder(settings: Settings, made_with: str | None) -> Embedder:
    """The model that is set; `made_with` is the id of the archive's. Raises ModelError."""
    if not settings.embedding_url:
        return load_embedder(settings.embedding_model)
    key = settings.embedding_key.get_secret_value().strip() if settings.embedding_key else ""
    server = EmbeddingServer(settings.embedding_url, settings.embedding_model, key)
    return ServerEmbedder(server, made_with)


def open_index(settings: Settings, model_id: str) -> ChromaIndex | ChromaServerIndex:
    """The vectors of a model, in a folder or on a server. Raises ArchiveCorrupt."""
    if not settings.chroma_url:
        return ChromaIndex(settings.home / "chroma", model_id)
    return ChromaServerIndex(chroma_address(settings), model_id)


def chroma_address(settings: Settings) -> ChromaAddress:
    token = settings.chroma_token.get_secret_value().strip() if settings.chroma_token else ""
    return ChromaAddress(
        settings.chroma_url, token, settings.chroma_tenant, settings.chroma_database
    )


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
        raise _mismatch(made_with, embedder)
    store.set_value(EMBEDDING_MODEL, embedder.model_id)


def _mismatch(made_with: str, embedder: Embedder) -> IndexModelMismatch:
    bundled = made_with == BundledEmbedder.model_id
    back = "unset PAUTA_EMBEDDING_MODEL" if bundled else "set PAUTA_EMBEDDING_MODEL back to it"
    return IndexModelMismatch(
        f"This archive was indexed with {'the bundled model' if bundled else made_with}, but "
        f"{embedder.model_id} is set now. Either {back}, or index the archive anew with: "
        "pauta reindex"
    )


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
