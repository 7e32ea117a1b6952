"""The retriever, with a watch."""

from __future__ import annotations

from bot.metrics import Stage, timed
from retrieval.explain import Found
from retrieval.models import Query
from retrieval.retriever import Retriever
from retrieval.serving import one_model


class MeasuredRetriever(Retriever):
    """Tells `bot.metrics` how long each search takes."""

    def find(self, query: Query) -> Found:
        with timed(Stage.SEARCH), one_model(self._embedder):
            return super().find(query)
