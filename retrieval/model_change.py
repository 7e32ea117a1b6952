"""Another embedding model without a pause: prepared beside what answers, then taken up.

    Preparation.run     any process: every text gets a vector of the new model, in the store
    ModelChange.step    the process that answers, between two rounds over the feeds:
      -> fill           its collection beside the old one, from the store's vectors
      -> change_to      the archive belongs to the new model; from the next question on it answers

Each part continues where it was stopped or killed. What arrives meanwhile is written for the
model that answers, and embedded for the other one before it takes over.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

import structlog

from retrieval.chunk import chunk_article
from retrieval.chunk_rows import embedding_hash
from retrieval.embed_texts import embed_missing
from retrieval.errors import RetrievalError
from retrieval.ingest import Ingest
from retrieval.model_store import ModelName, ModelStore
from retrieval.models import Article
from retrieval.protocols import Clock, Embedder, VectorIndex
from retrieval.serving import Pair, Serving
from retrieval.store import Store
from retrieval.transactions import Change, ChunkedArticle

log = structlog.get_logger(__name__)

SLICE_SECONDS = 20.0
"""After which the feeds have their turn again."""
FILL_BATCH = 500
_PAGE = 50

GoOn = Callable[[], bool]
Open = Callable[[ModelName], Pair]
"""A model by its name, and its collection. Raises RetrievalError."""


class Preparation:
    """Embeds what the archive holds with a model that does not answer yet."""

    def __init__(self, store: Store, models: ModelStore, embedder: Embedder) -> None:
        self._store = store
        self._models = models
        self._embedder = embedder

    def run(self, on_article: Callable[[Article], None] = lambda _article: None) -> int:
        """Returns how many articles lacked vectors. Stopped, it keeps those it has made.

        Of an article cut into other chunks than it would be today, those are left to `fill`.
        """
        count, after = 0, ""
        while page := self._models.lacking(self._embedder.model_id, after, _PAGE):
            for article in page:
                _embed(article, self._store, self._models, self._embedder)
                on_article(article)
            count, after = count + len(page), page[-1].id
        return count


class ModelChange:
    """Makes an announced change; one step at a time, from the thread that ingests."""

    def __init__(
        self,
        serving: Serving,
        store: Store,
        models: ModelStore,
        ingest: Ingest,
        open_pair: Open,
        clock: Clock,
    ) -> None:
        self._serving = serving
        self._store = store
        self._models = models
        self._ingest = ingest
        self._open = open_pair
        self._clock = clock
        self._stopping = threading.Event()
        self._opened: tuple[ModelName, Pair] | None = None
        self._drops_others = False
        self._told = ""
        self._when_changed: list[Callable[[], None]] = []

    def when_changed(self, call: Callable[[], None]) -> None:
        """Have `call` called after a change, in the same thread."""
        self._when_changed.append(call)

    def stop(self) -> None:
        """End a step under way soon."""
        self._stopping.set()

    def step(self, seconds: float = SLICE_SECONDS) -> bool:
        """Go on for at most about `seconds`; whether another model answers from now on.

        What keeps it from that, a server or a model that is not to be had, is logged once, and
        tried again the next time: the model that answers goes on answering.
        """
        try:
            return self._step(time.monotonic() + seconds)
        except RetrievalError as error:
            if str(error) != self._told:
                log.warning("the embedding model cannot be changed yet", cause=str(error))
            self._told = str(error)
            return False

    def _step(self, until: float) -> bool:
        if self._drops_others:
            # A step later than the change: questions under way then still read the former one.
            self._serving.index.drop_others()
            self._drops_others = False
        served, coming = self._models.served(), self._models.coming()
        if served is not None and served != self._serving.embedder.model_id:
            name = self._models.served_name()
            return name is not None and self._take_up(self._pair(name), served)
        if coming is None or not coming.ready:
            return False
        pair = self._pair(coming.model)
        if pair.embedder.model_id == served:
            self._models.withdraw()
            return False

        def go_on() -> bool:
            return time.monotonic() < until and not self._stopping.is_set()

        with self._ingest.turn():
            self._ingest.catch_up()
            began = int(self._clock().timestamp())
            if not fill(self._store, self._models, pair, self._clock, go_on):
                return False
            self._models.change_to(pair.embedder.model_id, coming, began)
        self._drops_others = coming.drop_former
        return self._take_up(pair, pair.embedder.model_id)

    def _pair(self, name: ModelName) -> Pair:
        if self._opened is None or self._opened[0] != name:
            self._opened = (name, self._open(name))
        return self._opened[1]

    def _take_up(self, pair: Pair, model_id: str) -> bool:
        if pair.embedder.model_id != model_id:
            return False
        self._serving.change_to(pair.embedder, pair.index)
        log.warning(
            "another embedding model answers from now on; set it for the next start too",
            model=model_id,
        )
        for call in self._when_changed:
            call()
        return True


def fill(store: Store, models: ModelStore, pair: Pair, clock: Clock, go_on: GoOn) -> bool:
    """Make the collection hold exactly the store's chunks; False when told to stop before.

    For the thread that ingests, while nothing else writes. Chunks that stand in it from an
    earlier time are written again where their article was. Raises Unavailable.
    """
    embedder, index = pair.embedder, pair.index
    after = ""
    while page := models.lacking(embedder.model_id, after, _PAGE):
        for article in page:
            if not _embed(article, store, models, embedder):
                _cut_anew(article, store, embedder, clock)
            if not go_on():
                return False
        after = page[-1].id
    began = int(clock().timestamp())
    filled_at = models.filled_at(embedder.model_id)
    if not filled_at:
        # What may stand in it from long ago cannot be told from what is right.
        index.clear()
        models.note_filled(embedder.model_id, began)
    wanted, present = set(store.chunk_ids()), set(index.ids())
    index.delete(present - wanted)
    stale = present & set(models.chunks_changed_since(filled_at)) if filled_at else set()
    if not _write(sorted(stale), store, embedder, index, go_on):
        return False
    models.note_filled(embedder.model_id, began)
    return _write(sorted(wanted - present), store, embedder, index, go_on)


def _write(
    chunk_ids: list[str], store: Store, embedder: Embedder, index: VectorIndex, go_on: GoOn
) -> bool:
    for at in range(0, len(chunk_ids), FILL_BATCH):
        index.upsert(store.embedded(embedder.model_id, chunk_ids[at : at + FILL_BATCH]))
        # Asked after a piece of work: looking for what is missing may have taken all the time.
        if not go_on():
            return at + FILL_BATCH >= len(chunk_ids)
    return True


def _embed(article: Article, store: Store, models: ModelStore, embedder: Embedder) -> bool:
    """Whether its chunks are cut as they would be today, and have vectors now."""
    chunks = chunk_article(article)
    if {chunk.id for chunk in chunks} != models.chunks_of(article.id):
        return False
    texts = {embedding_hash(chunk): chunk.embedding_text for chunk in chunks}
    models.keep(embedder.model_id, embed_missing(store, embedder, texts))
    return True


def _cut_anew(article: Article, store: Store, embedder: Embedder, clock: Clock) -> None:
    chunks = tuple(chunk_article(article))
    texts = {embedding_hash(chunk): chunk.embedding_text for chunk in chunks}
    vectors = embed_missing(store, embedder, texts)
    change = Change((ChunkedArticle(article, chunks),))
    store.write([change], vectors, embedder.model_id, clock())
