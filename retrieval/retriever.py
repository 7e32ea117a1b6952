"""Query -> Passages: candidates of both indexes, ranked on one scale, copies collapsed."""

from __future__ import annotations

from dataclasses import replace

from retrieval.fuse import collapse_copies, relevance
from retrieval.models import Passage, Query
from retrieval.protocols import Embedder, KeywordIndex, VectorIndex
from retrieval.store import Store
from retrieval.terms import Terms, read_terms

CANDIDATES = 50
"""Chunks asked of each index; more than anyone reads, so that the ranking has a choice."""

LONGEST_QUESTION = 800
"""Characters of a question that are looked for; the rest of a pasted text adds nothing."""

LONGEST_PREVIOUS = 300
"""Of the question before it, which must leave room for the one that is asked."""

SELF_CONTAINED = 4
"""Content words from which a question may well stand by itself."""

FOLLOW_UP_DISCOUNT = 0.2
"""In spreads: by how much a self-contained question, read together with the one before it,
must match better to lead. Without it the old topic drowns a new one."""


class Retriever:
    """Finds passages. Safe to call from several threads."""

    def __init__(
        self,
        store: Store,
        vectors: VectorIndex,
        keywords: KeywordIndex,
        embedder: Embedder,
    ) -> None:
        self._store = store
        self._vectors = vectors
        self._keywords = keywords
        self._embedder = embedder

    def search(self, query: Query) -> list[Passage]:
        """Passages for the query, best first, at most `query.limit`."""
        best: dict[str, Passage] = {}
        for phrasing, discount in phrasings(query):
            for passage in self._candidates(phrasing, query):
                score = passage.score - discount * self._embedder.spread
                discounted = replace(passage, score=score)
                known = best.get(passage.chunk_id)
                if known is None or known.score < discounted.score:
                    best[passage.chunk_id] = discounted
        ranked = sorted(best.values(), key=lambda passage: (-passage.score, passage.chunk_id))
        return collapse_copies(ranked, query.limit)

    def terms(self, text: str) -> Terms:
        """The content words of a text, weighed by how rare they are in the coverage."""
        terms = read_terms(text)
        stems = list({stem for term in terms for stem in term.stems})
        return Terms(terms, self._keywords.frequencies(stems), self._store.chunk_count())

    def _candidates(self, text: str, query: Query) -> list[Passage]:
        vector = self._embedder.embed_query(text)
        candidates = max(CANDIDATES, 2 * query.limit)
        dense = self._vectors.search(vector, query, candidates)
        lexical = self._keywords.search(text, query, candidates)
        cosines = {hit.chunk_id: hit.score for hit in dense}
        word_scores = {hit.chunk_id: hit.score for hit in lexical}
        only_lexical = [chunk_id for chunk_id in word_scores if chunk_id not in cosines]
        for chunk_id, other in self._store.vectors(self._embedder.model_id, only_lexical).items():
            cosines[chunk_id] = float(vector @ other)
        terms = self.terms(text)
        passages = []
        for chunk_id, passage in self._store.passages(list(cosines)).items():
            coverage = terms.coverage(f"{passage.title} {passage.text}")
            passages.append(
                replace(
                    passage,
                    score=relevance(cosines[chunk_id], coverage, self._embedder.spread),
                    similarity=cosines[chunk_id],
                    coverage=coverage,
                )
            )
        return passages


def phrasings(query: Query) -> list[tuple[str, float]]:
    """What to search for, and the discount on each, in spreads: the question, and in a
    conversation also the question after the one it may follow up.  (pure)"""
    question = query.text[:LONGEST_QUESTION]
    texts = [(question, 0.0)]
    if query.history:
        previous = query.history[-1][:LONGEST_PREVIOUS]
        stands_alone = len(read_terms(question)) >= SELF_CONTAINED
        texts.append((f"{previous} {question}", FOLLOW_UP_DISCOUNT if stands_alone else 0.0))
    return texts
