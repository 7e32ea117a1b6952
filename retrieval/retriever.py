"""Query -> Passages: candidates of both indexes, ranked on one scale, copies collapsed.

understanding   words about time and outlets  -> filters, or a bonus
followups       the conversation              -> what else to search for
both indexes    each wording                  -> candidates, most of them found twice
ranking, fuse   candidates                    -> a ranking, then the passages to read
"""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

from retrieval.archive_facts import ArchiveFacts
from retrieval.explain import Found, Trace
from retrieval.followups import phrasings
from retrieval.fuse import Selection, relevance, select
from retrieval.models import Hit, Passage, Query
from retrieval.nearest import cosines_of, nearest_to
from retrieval.of_article import passages_of
from retrieval.preference import preference, without_hidden
from retrieval.protocols import Embedder, KeywordIndex, Reranker, VectorIndex
from retrieval.question.understanding import Understood, attempts, boosts, names_nowhere, understand
from retrieval.ranking import Candidate, anew, by_relevance
from retrieval.store import Store
from retrieval.terms import Terms, read_terms

CANDIDATES = 50
"""Chunks asked of each index; more than anyone reads, so that the ranking has a choice."""

LONGEST_JOINED = 2_400
"""Characters of neighbouring chunks that are read as one passage: two of the longest."""

_SEARCHES_BY_WORDS = 4
"""Threads; as many as searches run at once (`bot/offload.py`)."""


class Retriever:
    """Finds passages. Safe to call from several threads."""

    def __init__(
        self,
        store: Store,
        vectors: VectorIndex,
        keywords: KeywordIndex,
        embedder: Embedder,
        reranker: Reranker | None = None,
    ) -> None:
        self._store = store
        self._vectors = vectors
        self._keywords = keywords
        self._embedder = embedder
        self._reranker = reranker
        self._archive = ArchiveFacts(store)
        # SQLite and the embedder both let go of the interpreter's lock: side by side a search
        # takes as long as its slower half (`tests/bench/README.md`, Growth).
        self._by_words = ThreadPoolExecutor(_SEARCHES_BY_WORDS, "search-by-words")

    def search(self, query: Query) -> list[Passage]:
        """Passages for the query, best first, at most `query.limit`."""
        return list(self.find(query).passages)

    def find(self, query: Query) -> Found:
        """The same with what was understood of the question, and why each candidate was kept
        or dropped. A filter that was read from the question and leaves nothing is given up."""
        sources = self._archive.sources() if query.now else frozenset()
        tries = attempts(query, understand(query, sources))
        found = self._find(*next(tries))
        for tried, read in tries:
            if found.passages:
                break
            found = self._find(tried, read)
        return found

    def in_article(self, article_id: str, query: Query) -> list[Passage]:
        """The passages of one article, the best first; see `of_article`."""
        terms = self.terms(query.text)
        return passages_of(article_id, query, self._store, self._embedder, terms)

    def terms(self, text: str) -> Terms:
        """The content words of a text, weighed by how rare they are in the coverage."""
        terms = read_terms(text)
        stems = list({stem for term in terms for stem in term.stems})
        return Terms(terms, self._keywords.frequencies(stems), self._archive.chunks())

    def _find(self, query: Query, read: Understood) -> Found:
        if query.sources:
            also = tuple(self._store.articles_appearing_in(query.sources))
            query = replace(query, also_articles=also)
        wordings = phrasings(query)
        best: dict[str, Candidate] = {}
        terms: list[Terms] = []
        looked_everywhere = True
        for wording in wordings:
            read_words, candidates, could_look = self._candidates(wording, query)
            looked_everywhere = looked_everywhere and could_look
            terms.append(read_words)
            for candidate in candidates:
                known = best.get(candidate.passage.chunk_id)
                if known is None or known.passage.score < candidate.passage.score:
                    best[candidate.passage.chunk_id] = candidate
        ranked = self._ranked(list(best.values()), query, read, terms[0])
        chosen = select(
            [candidate.passage for candidate in ranked],
            query.limit,
            per_article=query.per_article,
            longest_joined=LONGEST_JOINED if query.joined else 0,
        )
        return Found(
            passages=self._read(chosen),
            understood=replace(read, absent_names=names_nowhere(read, terms[0])),
            query=query,
            phrasings=tuple(wordings),
            traces=_traces(ranked, chosen),
            terms=dict(zip(wordings, terms, strict=True)).get(read.text),
            by_words_only=not looked_everywhere,
        )

    def _candidates(self, text: str, query: Query) -> tuple[Terms, list[Candidate], bool]:
        """With whether both indexes could be asked."""
        most = max(CANDIDATES, 2 * query.limit)
        by_words = self._by_words.submit(self._search_words, text, query, most)
        near = nearest_to(text, self._store, self._vectors, self._embedder, query, most)
        terms, lexical = by_words.result()
        by_word = [hit.chunk_id for hit in lexical]
        cosines = cosines_of(near, by_word, self._store, self._embedder)
        dense_ranks, keyword_ranks = _ranks(near.hits), _ranks(lexical)
        candidates = []
        for chunk_id, found in self._store.passages(list(cosines)).items():
            passage = without_hidden(found, query.hidden_sources)
            coverage = terms.coverage(f"{passage.title} {passage.text}")
            ranked = replace(
                passage,
                score=relevance(cosines[chunk_id], coverage, self._embedder.spread),
                similarity=cosines[chunk_id],
                coverage=coverage,
            )
            candidates.append(
                Candidate(ranked, dense_ranks.get(chunk_id), keyword_ranks.get(chunk_id), {})
            )
        return terms, candidates, near.could_look

    def _search_words(self, text: str, query: Query, most: int) -> tuple[Terms, list[Hit]]:
        return self.terms(text), self._keywords.search(text, query, most)

    def _ranked(
        self, candidates: Sequence[Candidate], query: Query, read: Understood, terms: Terms
    ) -> list[Candidate]:
        """Best first: by relevance and what the question hints at, then by the reranker."""
        hints = self._hints([one.passage for one in candidates], query, read)
        ranked = by_relevance(candidates, hints, read.text, terms, self._embedder.spread)
        if self._reranker is None or not ranked:
            return ranked
        return anew(ranked, hints, read.text, self._reranker, self._embedder.spread)

    def _hints(
        self, passages: Sequence[Passage], query: Query, read: Understood
    ) -> dict[str, dict[str, float]]:
        """By chunk, the bonus for what the question hints at and for what the asker prefers."""
        spread = self._embedder.spread
        articles = list({one.article_id for one in passages})
        from_feeds = self._store.articles_of_feeds(articles, query.preferred_feeds)
        return {
            one.chunk_id: boosts(one, read, query.now, spread)
            | preference(one, query, from_feeds, spread)
            for one in passages
        }

    def _read(self, chosen: Selection) -> tuple[Passage, ...]:
        """The passages kept, each with the neighbours that joined it."""
        runs = [
            (choice.passage.article_id, choice.first, choice.last)
            for choice in chosen.kept
            if choice.first != choice.last
        ]
        texts = self._store.texts(runs) if runs else {}
        return tuple(
            replace(
                choice.passage,
                text=texts.get(
                    (choice.passage.article_id, choice.first, choice.last), choice.passage.text
                ),
            )
            for choice in chosen.kept
        )


def _ranks(hits: Sequence[Hit]) -> dict[str, int]:
    return {hit.chunk_id: rank for rank, hit in enumerate(hits, start=1)}


def _traces(ranked: Sequence[Candidate], chosen: Selection) -> tuple[Trace, ...]:
    return tuple(
        Trace(
            passage=candidate.passage,
            dense_rank=candidate.dense_rank,
            keyword_rank=candidate.keyword_rank,
            boosts=candidate.boosts,
            reranked=candidate.reranked,
            fate=fate,
            rank=None if place is None else place + 1,
        )
        for candidate, (fate, place) in zip(ranked, chosen.fates, strict=True)
    )
