"""Query -> Passages: candidates of both indexes, ranked on one scale, copies collapsed."""

from __future__ import annotations

from dataclasses import replace

from retrieval.followups import read_together, refers_back, says_little
from retrieval.fuse import collapse_copies, relevance
from retrieval.models import Passage, Query
from retrieval.protocols import Embedder, KeywordIndex, VectorIndex
from retrieval.store import Store
from retrieval.terms import Terms, read_terms

CANDIDATES = 50
"""Chunks asked of each index; more than anyone reads, so that the ranking has a choice."""

LONGEST_QUESTION = 800
"""Characters of a question that are looked for; the rest of a pasted text adds nothing."""


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
        for phrasing in phrasings(query):
            for passage in self._candidates(phrasing, query):
                known = best.get(passage.chunk_id)
                if known is None or known.score < passage.score:
                    best[passage.chunk_id] = passage
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


def phrasings(query: Query) -> list[str]:
    """What to search for: the question, and one that refers back also after its predecessor,
    or only so when it says little; a passage counts by the better of its scores.  (pure)"""
    question = query.text[:LONGEST_QUESTION]
    if not query.history or not refers_back(question):
        return [question]
    together = read_together(query.history[-1], question)
    return [together] if says_little(question) else [question, together]
