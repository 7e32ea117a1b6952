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
the note and repeats idempotent work. So does one after the vector index was out of reach:
articles are stored meanwhile, and found by their words.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from itertools import chain

import structlog

from retrieval.batch import Batch
from retrieval.chunk import chunk_article
from retrieval.chunk_rows import embedding_hash
from retrieval.embed_texts import embed_missing, lacking, texts_of
from retrieval.following import Following
from retrieval.models import Article, IngestReport, Outcome, Rejected, Vector
from retrieval.one_writer import OneWriter
from retrieval.placing import Placing
from retrieval.protocols import Clock, Embedder, VectorIndex
from retrieval.rows import content_hash
from retrieval.store import EMBEDDING_MODEL, Store
from retrieval.story_intake import StoryIntake
from retrieval.transactions import Change, ChunkedArticle
from retrieval.writing import is_shared

log = structlog.get_logger(__name__)

COMMIT_CHUNKS = 24
"""Chunks after which a transaction is closed: a few seconds of embedding on two cores."""

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
        self._following = Following(store, vectors, embedder)
        self._placing = Placing(store)
        self._writer = OneWriter(store.engine)
        self._stories: StoryIntake | None = None

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
            with self.turn():
                self._following.keep_up()
                self.tell_stories(STORIES_AT_ONCE)
            batches = self._batches(items, settle, by_feed=by_feed)
            with closing(self._each_in_turn(batches, settle, by_feed=by_feed)) as each:
                for batch in each:
                    if not by_feed:
                        self._store.mark_by_hand([article.id for _, article in batch.taken])
                    written, unfit = self._write_batch(batch)
                    embedded += written + batch.embedded
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

    def keep_whole(self, *, thorough: bool = False) -> bool:
        """`reconcile`, as far as the vector index can be reached; False when it cannot be, and
        what is owed to it is made up for the next time."""
        with self.turn():
            return self._following.keep_whole(self._write_anew, thorough=thorough)

    def catch_up(self) -> int:
        """See `Following.catch_up`."""
        return self._following.catch_up()

    def reconcile(self, *, thorough: bool = False) -> int:
        """See `Following.reconcile`."""
        return self._following.reconcile(self._write_anew, thorough=thorough)

    def reindex(self, on_progress: OnProgress = lambda _outcome, _item: None) -> int:
        """Fill the vector index anew with the current embedder; returns the chunks in it.

        Interrupted, it keeps the vectors it has made: the next run continues from them. The
        archive belongs to the new model only once all of it is there. On a shared server, whose
        other processes answer from the index meanwhile, it is never emptied.
        """
        shared = is_shared(self._store.engine)
        if not shared:
            self._vectors.clear()
        for article in self._store.all_articles():
            with self.turn():
                self._index_anew(article.id)
            on_progress(Outcome.UNCHANGED, article)
        with self.turn():
            self._vectors.delete(set(self._vectors.ids()) - set(self._store.chunk_ids()))
            if not shared or self._store.value(EMBEDDING_MODEL) != self._embedder.model_id:
                self._store.switch_model(self._embedder.model_id)
        self.tell_stories()
        return self._vectors.count()

    def _index_anew(self, article_id: str) -> None:
        """As it stands now: another process may have changed it, or taken it out."""
        now = self._store.article(article_id)
        if now is None:
            return
        chunks = tuple(chunk_article(now.article))
        texts = {embedding_hash(chunk): chunk.embedding_text for chunk in chunks}
        vectors = embed_missing(self._store, self._embedder, texts)
        change = Change((ChunkedArticle(now.article, chunks),))
        self._store.write([change], vectors, self._embedder.model_id, self._clock())
        ids = [chunk.id for chunk in chunks]
        self._vectors.upsert(self._store.embedded(self._embedder.model_id, ids))

    def remove(self, article_ids: Sequence[str]) -> None:
        """Take articles and appearances out of the store and both indexes.

        Where a text still stands at another address it stays, as an article of that one.
        """
        with self.turn():
            for change in self._placing.departures(article_ids):
                self._write([change])
            self._store.delete_articles(article_ids)
            self._following.keep_up()
            self.tell_stories(STORIES_AT_ONCE)

    def tell_stories(self, limit: int | None = None) -> int:
        """Put articles that are in no story yet into one, at most `limit`; returns how many."""
        with self.turn():
            model_id = self._embedder.model_id
            if self._stories is None or self._stories.model_id != model_id:
                self._stories = StoryIntake(self._store.engine, model_id, self._embedder.floor)
            return self._stories.catch_up(limit)

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Within, no other process writes to the archive; see `OneWriter.turn`."""
        with self._writer.turn() as others_wrote:
            if others_wrote:
                self._stories = None  # it remembers what was told
            yield

    def _each_in_turn(
        self,
        batches: Iterable[Batch],
        settle: Callable[[Outcome, Article | Rejected], None],
        *,
        by_feed: bool,
    ) -> Generator[Batch]:
        """Each batch while nobody else writes, with its texts embedded before. What another
        process has written meanwhile may make it another one, which is then decided anew."""
        for batch in batches:
            if self._writer.is_alone:
                yield batch
                continue
            vectors = self._tried(batch.changes)
            if isinstance(vectors, dict):
                self._store.keep_vectors(self._embedder.model_id, vectors)
                batch.embedded = len(vectors)
            with self.turn():
                if not self._was_overtaken(batch):
                    yield batch
                    continue
                articles = [article for _, article in batch.taken]
                yield from self._batches(articles, settle, by_feed=by_feed)
                for outcome, item in batch.repeated:
                    settle(outcome, item)

    def _was_overtaken(self, batch: Batch) -> bool:
        known = self._store.known([article.id for _, article in batch.taken])
        return any(
            decide(article, known.get(article.id)) is not outcome
            or self._placing.place(article, self._clock()) != change
            for (outcome, article), change in zip(batch.taken, batch.changes, strict=True)
        )

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
        missing = lacking(self._store, self._embedder, texts_of(changes))
        try:
            matrix = self._embedder.embed_passages(list(missing.values()))
        except Exception as error:  # noqa: BLE001 - see above
            return error
        return dict(zip(missing, matrix, strict=True))

    def _write(self, changes: Sequence[Change]) -> int:
        return self._put(changes, embed_missing(self._store, self._embedder, texts_of(changes)))

    def _write_anew(self, article: Article) -> None:
        self._write([Change((ChunkedArticle(article, tuple(chunk_article(article))),))])

    def _put(self, changes: Sequence[Change], vectors: dict[str, Vector]) -> int:
        self._store.write(changes, vectors, self._embedder.model_id, self._clock())
        self._following.keep_up()
        self.tell_stories(STORIES_AT_ONCE)
        return len(vectors)
