"""One article: what it says in a few sentences, its figures, who else has it. Blocking."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Collection

import numpy as np

from bot import texts
from bot.answers import Turn
from bot.browse_words import is_address
from bot.browsed import ArticleView
from bot.citing import citation
from bot.figure_changes import FigureChange
from bot.grounding.names_in_text import names
from bot.key_figures import corrected_figures, key_figures
from bot.quoting import in_quotes
from bot.story_corrections import taken_back
from bot.story_corrections_read import reports_of
from bot.subjects import subject
from retrieval.browse import Catalogue
from retrieval.followups import refers_back
from retrieval.models import Matrix, Passage, Query
from retrieval.protocols import Clock, Embedder
from retrieval.retriever import Retriever
from retrieval.store import Store
from retrieval.story_store import StoryStore
from retrieval.summarise import summary
from retrieval.versions import SHORTEST_ID, article_named

MOST_SUMMARIES = 256
"""Kept in memory: a summary takes a fifth of a second."""
MOST_LATER = 20
"""Articles of its story that may take a figure back, the latest."""
RELEVANT = 1.0
"""In spreads above the floor: an article that words may mean."""


class ArticleDesk:
    """Safe to use from several threads."""

    def __init__(
        self,
        store: Store,
        catalogue: Catalogue,
        stories: StoryStore,
        retriever: Retriever,
        embedder: Embedder,
        clock: Clock,
    ) -> None:
        self._store = store
        self._catalogue = catalogue
        self._stories = stories
        self._retriever = retriever
        self._embedder = embedder
        self._clock = clock
        self._summaries: OrderedDict[tuple[str, object], tuple[str, ...]] = OrderedDict()
        self._lock = threading.Lock()

    def view(self, article_id: str, hidden: Collection[str] = ()) -> ArticleView | None:
        """None when it is not in the archive, or not any more; `hidden` outlets are not named
        among those that carry it."""
        listed, reading = self._catalogue.article(article_id), self._store.article(article_id)
        if listed is None or reading is None:
            return None
        article = reading.article
        told = self._summary(article_id, listed.corrected_at, article.text, article.language)
        return ArticleView(
            article=listed,
            author=article.author,
            partial=article.partial,
            summary=told,
            figures=corrected_figures(
                key_figures(article.text, article.language, told),
                self._taken_back(article_id, hidden),
                article.language,
            ),
            carriers=tuple(
                one for one in self._catalogue.carriers(article_id) if one.source not in hidden
            ),
        )

    def _taken_back(self, article_id: str, hidden: Collection[str]) -> tuple[FigureChange, ...]:
        """What later articles of its story say of its figures, the latest first."""
        story_id = self._stories.of_article(article_id)
        articles = self._stories.articles_of(story_id) if story_id else ()
        own = next((one for one in articles if one.id == article_id), None)
        if own is None:
            return ()
        later = [one for one in articles if one.at > own.at and one.source not in hidden]
        reports = reports_of(self._store, later[-MOST_LATER:])
        (earlier, *_) = reports_of(self._store, [own])
        found = (taken_back(earlier, one) for one in reversed(reports))
        return tuple(change for changes in found for change in changes)

    def named(self, words: str, hidden: Collection[str] = ()) -> str | None:
        """The article that a link, an id or words mean; None for none. Words mean none of a
        `hidden` outlet."""
        if is_address(words) or (len(words) >= SHORTEST_ID and " " not in words):
            known = article_named(self._store.engine, words)
            if known is not None:
                return self._catalogue.standing_for(known)
            if is_address(words):
                return None
        query = Query(words, limit=1, now=self._clock(), hidden_sources=tuple(hidden))
        found = self._retriever.search(query)
        least = self._embedder.floor + RELEVANT * self._embedder.spread
        return found[0].article_id if found and found[0].score >= least else None

    def about(self, article_id: str, language: str) -> tuple[Turn, ...]:
        """A question and an answer that later questions refer to; () when it is gone.

        Titles are written by strangers: of the title, its names alone go in, and the answer
        quotes and cites as every other does.
        """
        view, passages = self.view(article_id), self._store.article_passages(article_id)
        if view is None or not passages:
            return ()
        quote = view.summary[0] if view.summary else ""
        first = next((one for one in passages if quote and quote in one.text), passages[0])
        quote = quote if quote in first.text else ""
        said = Turn(
            "user", texts.say(language, "browse_about", names=subject(first.title, first.text))
        )
        return (said, *_quoted(first, quote, language))

    def is_about(self, article_id: str, question: str) -> bool:
        """Whether it may be: a question with names that are all others' is not, unless it
        refers back."""
        named = [one.text for one in names(question)]
        if not named or refers_back(question):
            return True
        passages = self._store.article_passages(article_id)
        text = " ".join(one.text for one in passages)
        whole = f"{passages[0].title} {text}" if passages else ""
        return any(self._retriever.terms(name).held(whole) for name in named)

    def _summary(
        self, article_id: str, version: object, text: str, language: str
    ) -> tuple[str, ...]:
        key = (article_id, version)
        with self._lock:
            if key in self._summaries:
                self._summaries.move_to_end(key)
                return self._summaries[key]
        passages = [one.chunk_id for one in self._store.article_passages(article_id)]
        vectors = list(self._store.vectors(self._embedder.model_id, passages).values())
        matrix: Matrix = np.empty((0, self._embedder.dimension), dtype=np.float32)
        if vectors:
            matrix = np.stack(vectors)
        told = summary(text, language, matrix, self._embedder)
        with self._lock:
            self._summaries[key] = told
            while len(self._summaries) > MOST_SUMMARIES:
                self._summaries.popitem(last=False)
        return told


def _quoted(passage: Passage, quote: str, language: str) -> tuple[Turn, ...]:
    if not quote:
        return ()
    text = f"{texts.say(language, 'quoted_intro')}\n\n{in_quotes(quote)} [1]"
    return (Turn("assistant", text, (citation(1, passage, quote),)),)
