"""What a digest says of a story without a language model: its best sentences, exact and cited.

The same stories go to many chats: what was read and chosen is kept for some minutes. Blocking,
and safe to use from several threads.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from bot.citing import citation
from bot.digest_choice import Candidate
from bot.digest_page import Written
from bot.digest_sentences import Material, chosen, likeliest
from bot.figure_moves import Moved, moved
from bot.quoting import in_quotes
from retrieval.models import Passage
from retrieval.protocols import Embedder
from retrieval.store import Store
from retrieval.story_facts import StoryArticle
from retrieval.story_figures import Telling

MOST_ARTICLES = 4
"""Read of what is new in a story."""
MOST_BEFORE = 6
"""Read of what was known."""
MOST_COUNTED = 8
"""Read for their figures, of what is new and of what was known each."""
PASSAGES_EACH = 2
"""From the beginning of an article; news tells what matters early."""
MOST_KEPT = 1_000
KEPT_SECONDS = 600

_Key = tuple[object, ...]


@dataclass(frozen=True, slots=True)
class Reading:
    """What was read of a story, and what is quoted of it."""

    quoted: Written
    passages: tuple[Passage, ...]
    """Of what is new, in whatever language; the most telling first."""
    before: tuple[Passage, ...]
    """Of what was known."""
    moved: tuple[Moved, ...] = ()
    """What it counts otherwise than it did."""


class DigestQuotes:
    def __init__(self, store: Store, embedder: Embedder) -> None:
        self._store = store
        self._embedder = embedder
        self._kept: OrderedDict[_Key, Reading] = OrderedDict()
        self._lock = threading.Lock()

    def read(self, one: Candidate, language: str, most: int, now: datetime) -> Reading:
        """At most `most` sentences, in `language` where an article has it."""
        # All of them, as not every chat hears the same outlets.
        heard = tuple(article.id for article in one.story.articles)
        age = int(now.timestamp()) // KEPT_SECONDS
        key = (one.story.id, heard, one.fresh[0].id, len(one.fresh), language, most, age)
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
                return self._kept[key]
        reading = self._read(one, language, most)
        with self._lock:
            self._kept[key] = reading
            while len(self._kept) > MOST_KEPT:
                self._kept.popitem(last=False)
        return reading

    def _read(self, one: Candidate, language: str, most: int) -> Reading:
        new_ones = {article.id for article in one.fresh}
        earlier = [article for article in one.story.articles if article.id not in new_ones]
        passages = self._beginnings(telling_first(one.fresh, language), MOST_ARTICLES)
        before = self._beginnings(list(reversed(earlier)), MOST_BEFORE)
        counted = moved(self._tellings(earlier), self._tellings(one.fresh))
        readable = in_one_language(passages, language)
        titles = tuple(article.title for article in one.story.articles[-20:])
        material = Material(titles, readable, before)
        ranked = likeliest(material)
        ranked = [candidate for candidate in ranked if candidate.is_news] or ranked
        if not ranked:
            return Reading(Written(), passages, before, counted)
        told = chosen(
            ranked,
            self._embedder.embed_passages([candidate.text for candidate in ranked]),
            one.vector,
            most,
            self._embedder.floor,
            self._embedder.spread,
        )
        labels = {one.passage.article_id: 0 for one in told}
        labels = {article_id: label for label, article_id in enumerate(labels, start=1)}
        first = {labels[one.passage.article_id]: one for one in reversed(told)}
        quoted = Written(
            " ".join(f"{in_quotes(one.text)} [{labels[one.passage.article_id]}]" for one in told),
            tuple(citation(label, one.passage, one.text) for label, one in sorted(first.items())),
            readable[0].language,
            is_news=bool(before) and all(candidate.is_news for candidate in told),
        )
        return Reading(quoted, passages, before, counted)

    def _tellings(self, articles: Sequence[StoryArticle]) -> list[Telling]:
        """Of the latest, whatever their language."""
        return [
            Telling(one.id, one.source, one.at, one.title, passages[0].text)
            for one in articles[-MOST_COUNTED:]
            if (passages := self._store.article_passages(one.id)[:1])
        ]

    def _beginnings(self, articles: Sequence[StoryArticle], most: int) -> tuple[Passage, ...]:
        """Of at most so many articles, each text once."""
        found: list[Passage] = []
        read, texts = 0, set[str]()
        for article in articles[: 3 * most]:
            passages = self._store.article_passages(article.id)[:PASSAGES_EACH]
            text = passages[0].copy_group or passages[0].article_id if passages else ""
            if not passages or text in texts:
                continue
            texts.add(text)
            found += passages
            read += 1
            if read >= most:
                break
        return tuple(found)


def telling_first(articles: Sequence[StoryArticle], language: str) -> list[StoryArticle]:
    """Those in the reader's language, then the most central; each outlet once before any
    twice.  (pure)"""
    ranked = sorted(
        articles,
        key=lambda one: (one.language != language, -one.centrality, -one.at.timestamp(), one.id),
    )
    seen: dict[str, int] = {}
    turn: dict[str, int] = {}
    for one in ranked:
        turn[one.id] = seen.get(one.source, 0)
        seen[one.source] = turn[one.id] + 1
    return sorted(ranked, key=lambda one: (one.language != language, turn[one.id]))


def in_one_language(passages: Sequence[Passage], language: str) -> tuple[Passage, ...]:
    """Those in `language`; where there are none, those in the language of the first.  (pure)"""
    spoken = {passage.language for passage in passages}
    wanted = language if language in spoken else passages[0].language if passages else ""
    return tuple(passage for passage in passages if passage.language == wanted)
