"""Articles into the archive. Orders the steps; decides nothing.

    Article | Rejected          from files, pages, JSON Lines
      -> decide                 new, changed, unchanged                 (pure)
      -> Placing.place          an article, or another's text once more
      -> chunk                  sentence-aware, stable ids              (pure)
      -> embed                  only texts that were never embedded
      -> Store.write            article, chunks, vectors, keywords: one transaction,
                                with a note of what the vector index has yet to do
      -> VectorIndex.upsert     then the note is settled
      -> StoryIntake.catch_up   which story it tells; noted and settled likewise

A crash before the transaction leaves nothing behind; after it, the next `catch_up` finds
the note and repeats idempotent work.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import chain

import structlog

from retrieval.batch import Batch
from retrieval.chunk import chunk_article
from retrieval.chunk_rows import embedding_hash
from retrieval.models import Article, IngestReport, Outcome, Rejected, Vector
from retrieval.placing import Placing
from retrieval.protocols import Clock, Embedder, VectorIndex
from retrieval.rows import content_hash
from retrieval.store import Store
from retrieval.story_intake import StoryIntake
from retrieval.transactions import Change, ChunkedArticle

log = structlog.get_logger(__name__)

COMMIT_CHUNKS = 24
"""Chunks after which a transaction is closed: a few seconds of embedding on two cores."""

REPAIR_BATCH = 500

STORIES_AT_ONCE = 200
"""Articles placed after a transaction: its own, and some of an archive that had no stories yet;
half a second."""

_PROBE = "A text that any model can embed."
_TWICE = "the same address stands twice in this input with different texts; the first was taken"

OnProgress = Callable[[Outcome, Article | Rejected], None]
"""Called once per input, when what became of it is safe."""


def decide(article: Article, known_hash: str | None) -> Outcome:
    """What an article is to an archive that holds `known_hash` under its id.  (pure)"""
    if known_hash is None:
        return Outcome.NEW
    return Outcome.UNCHANGED if known_hash == content_hash(article) else Outcome.CHANGED


class Ingest:
    """Puts articles into one archive; one at a time, from one thread."""

    def __init__(
        self, store: Store, vectors: VectorIndex, embedder: Embedder, clock: Clock
    ) -> None:
        self._store = store
        self._vectors = vectors
        self._embedder = embedder
        self._clock = clock
        self._placing = Placing(store)
        self._stories = StoryIntake(store.engine, embedder.model_id, embedder.floor)

    def add(
        self,
        items: Iterable[Article | Rejected],
        on_progress: OnProgress = lambda _outcome, _item: None,
        *,
        by_feed: bool = False,
    ) -> IngestReport:
        """Take everything that is new or changed; stop cleanly on Ctrl-C.

        What the report counts is safely stored, also after an interruption. What is not
        `by_feed` a person asked for: no feed that has it too takes it along when it goes.
        Raises what the embedder does when it fails on everything; an article it alone fails on
        is rejected.
        """
        counts: Counter[Outcome] = Counter()
        failures: list[Rejected] = []
        embedded = copies = 0
        interrupted = False

        def settle(outcome: Outcome, item: Article | Rejected) -> None:
            counts[outcome] += 1
            if isinstance(item, Rejected):
                failures.append(item)
            on_progress(outcome, item)

        try:
            self.catch_up()
            self.tell_stories(STORIES_AT_ONCE)
            for batch in self._batches(items, settle, by_feed=by_feed):
                if not by_feed:
                    self._store.mark_by_hand([article.id for _, article in batch.taken])
                written, unfit = self._write_batch(batch)
                embedded += written
                copies += batch.copies
                for outcome, item in chain(batch.taken, batch.repeated):
                    if isinstance(item, Article) and item.id in unfit:
                        settle(Outcome.FAILED, Rejected(item.url, unfit[item.id]))
                    else:
                        settle(outcome, item)
        except KeyboardInterrupt:
            interrupted = True
        return IngestReport(
            new=counts[Outcome.NEW],
            copies=copies,
            changed=counts[Outcome.CHANGED],
            unchanged=counts[Outcome.UNCHANGED],
            chunks_embedded=embedded,
            failures=tuple(failures),
            interrupted=interrupted,
        )

    def catch_up(self) -> int:
        """Bring the vector index up to the store; returns how many chunks it was behind."""
        settled = 0
        while True:
            pending = self._store.pending(self._embedder.model_id)
            size = len(pending.upserts) + len(pending.deletions)
            if not size:
                return settled
            self._vectors.upsert(pending.upserts)
            self._vectors.delete(pending.deletions)
            self._store.settle(pending)
            settled += size

    def reconcile(self, *, thorough: bool = False) -> int:
        """Make the vector index hold exactly the store's chunks; returns how many it lacked.

        Counts are compared first, so that this costs nothing when nothing is wrong; unless
        `thorough`, as after a crash. The vectors come from the store: no text is embedded
        again that ever was with this model.
        """
        repaired = self.catch_up()
        if not thorough and self._vectors.count() == self._store.chunk_count():
            return repaired
        for article in self._store.articles_lacking_vectors(self._embedder.model_id):
            self._write([Change((ChunkedArticle(article, tuple(chunk_article(article))),))])
        wanted, present = set(self._store.chunk_ids()), set(self._vectors.ids())
        self._vectors.delete(present - wanted)
        missing = sorted(wanted - present)
        for at in range(0, len(missing), REPAIR_BATCH):
            batch = missing[at : at + REPAIR_BATCH]
            self._vectors.upsert(self._store.embedded(self._embedder.model_id, batch))
        return repaired + len(missing)

    def reindex(self, on_progress: OnProgress = lambda _outcome, _item: None) -> int:
        """Fill the vector index anew with the current embedder; returns the chunks in it.

        Interrupted, it keeps the vectors it has made: the next run continues from them. The
        archive belongs to the new model only once all of it is there.
        """
        self._vectors.clear()
        for article in self._store.all_articles():
            chunks = tuple(chunk_article(article))
            texts = {embedding_hash(chunk): chunk.embedding_text for chunk in chunks}
            vectors = embed_missing(self._store, self._embedder, texts)
            change = Change((ChunkedArticle(article, chunks),))
            self._store.write([change], vectors, self._embedder.model_id, self._clock())
            ids = [chunk.id for chunk in chunks]
            self._vectors.upsert(self._store.embedded(self._embedder.model_id, ids))
            on_progress(Outcome.UNCHANGED, article)
        self._store.switch_model(self._embedder.model_id)
        self.tell_stories()
        return self._vectors.count()

    def remove(self, article_ids: Sequence[str]) -> None:
        """Take articles and appearances out of the store and both indexes.

        Where a text still stands at another address it stays, as an article of that one.
        """
        for change in self._placing.departures(article_ids):
            self._write([change])
        self._store.delete_articles(article_ids)
        self.catch_up()
        self.tell_stories(STORIES_AT_ONCE)

    def tell_stories(self, limit: int | None = None) -> int:
        """Put articles that are in no story yet into one, at most `limit`; returns how many."""
        return self._stories.catch_up(limit)

    def _batches(
        self,
        items: Iterable[Article | Rejected],
        settle: Callable[[Outcome, Article | Rejected], None],
        *,
        by_feed: bool,
    ) -> Iterator[Batch]:
        batch = Batch()
        for article, repeated in self._taken(items, settle):
            if repeated is not None:
                # The first one may be in this batch, and is not safe before that is.
                batch.repeated.append(repeated)
                continue
            outcome = decide(article, self._store.known([article.id]).get(article.id))
            if outcome is Outcome.UNCHANGED:
                if not by_feed:
                    self._store.mark_by_hand([article.id])
                settle(outcome, article)
                continue
            change = self._placing.place(article, self._clock())
            if batch.bears_on(article, change):
                yield batch
                batch = Batch()
                change = self._placing.place(article, self._clock())
            batch.add(outcome, article, change)
            if batch.size >= COMMIT_CHUNKS:
                yield batch
                batch = Batch()
        if batch.size or batch.repeated:
            yield batch

    def _taken(
        self,
        items: Iterable[Article | Rejected],
        settle: Callable[[Outcome, Article | Rejected], None],
    ) -> Iterator[tuple[Article, tuple[Outcome, Article | Rejected] | None]]:
        """The articles, each address once: taken twice, two versions would replace each other
        in every run. Every other one comes with what it is instead."""
        taken: dict[str, str] = {}
        for item in items:
            if isinstance(item, Rejected):
                settle(Outcome.FAILED, item)
            elif item.id not in taken:
                taken[item.id] = content_hash(item)
                yield item, None
            elif taken[item.id] == content_hash(item):
                yield item, (Outcome.UNCHANGED, item)
            else:
                yield item, (Outcome.FAILED, Rejected(item.url, _TWICE))

    def _write_batch(self, batch: Batch) -> tuple[int, dict[str, str]]:
        """The number of texts embedded; and, by id, why articles are left out.

        One text the embedder fails on keeps no other out, as long as it works at all. No change
        bears on another, so each can be written by itself.
        """
        vectors = self._tried(batch.changes)
        if isinstance(vectors, dict):
            return self._put(batch.changes, vectors), {}
        written, unfit = 0, {}
        for change, (_, article) in zip(batch.changes, batch.taken, strict=True):
            vectors = self._tried([change])
            if isinstance(vectors, dict):
                written += self._put([change], vectors)
                continue
            # Raises as the embedder does when it no longer works.
            self._embedder.embed_passages([_PROBE])
            kind = type(vectors).__name__
            unfit[article.id] = f"it cannot be embedded ({kind})"
            log.warning("an article cannot be embedded", article=article.id, error=kind)
        return written, unfit

    def _tried(self, changes: Sequence[Change]) -> dict[str, Vector] | Exception:
        """Vectors as of `embed_missing`, or the embedder's own failure: the boundary around it,
        for each model's library has errors of its own."""
        missing = _lacking(self._store, self._embedder, _texts(changes))
        try:
            matrix = self._embedder.embed_passages(list(missing.values()))
        except Exception as error:  # noqa: BLE001 - see above
            return error
        return dict(zip(missing, matrix, strict=True))

    def _write(self, changes: Sequence[Change]) -> int:
        return self._put(changes, embed_missing(self._store, self._embedder, _texts(changes)))

    def _put(self, changes: Sequence[Change], vectors: dict[str, Vector]) -> int:
        self._store.write(changes, vectors, self._embedder.model_id, self._clock())
        self.catch_up()
        self.tell_stories(STORIES_AT_ONCE)
        return len(vectors)


def embed_missing(store: Store, embedder: Embedder, texts: dict[str, str]) -> dict[str, Vector]:
    """Vectors for those of `texts` (by embedding hash) that have no cached one."""
    missing = _lacking(store, embedder, texts)
    matrix = embedder.embed_passages(list(missing.values()))
    return dict(zip(missing, matrix, strict=True))


def _lacking(store: Store, embedder: Embedder, texts: dict[str, str]) -> dict[str, str]:
    cached = store.cached_vectors(embedder.model_id, list(texts))
    return {key: text for key, text in texts.items() if key not in cached}


def _texts(changes: Sequence[Change]) -> dict[str, str]:
    """By embedding hash."""
    return {
        embedding_hash(chunk): chunk.embedding_text
        for change in changes
        for item in change.written
        for chunk in item.chunks
    }
