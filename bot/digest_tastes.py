"""What a chat wants to hear of, read from both databases: what it chose for a digest, and what it
said and did before. Blocking, and safe to use from several threads."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Iterable, Mapping
from datetime import datetime

from sqlalchemy import Engine

from bot.chat_settings import ChatSettings
from bot.conversation_key import ConversationKey
from bot.digest_taste import Taste, Topic, Wish, stronger
from bot.story_wishes import doubted_articles, opened_stories, wishes_of
from bot.subscriptions import Subscription
from retrieval.models import Vector
from retrieval.protocols import Embedder
from retrieval.store import Store
from retrieval.story_store import StoryStore
from retrieval.story_vectors import story_vectors

MOST_KEPT = 2_000
"""Topics held in memory."""


class Tastes:
    def __init__(
        self, stories: StoryStore, store: Store, embedder: Embedder, people: Engine
    ) -> None:
        self._stories = stories
        self._store = store
        self._embedder = embedder
        self._people = people
        self._topics: OrderedDict[str, Vector] = OrderedDict()
        self._lock = threading.Lock()

    def of(self, subscription: Subscription, chat: ChatSettings, now: datetime) -> Taste:
        wishes = self._wishes(subscription.where)
        doubted = self._doubted(subscription.where, now)
        unwanted = [it for it, wish in wishes.items() if wish is Wish.LESS]
        return Taste(
            topics=tuple(Topic(words, self._vector(words)) for words in subscription.topics),
            sources=subscription.sources,
            preferred=chat.preferred_sources,
            hidden=chat.hidden_sources,
            wishes=wishes,
            doubted=doubted,
            like_unwanted=self._vectors(unwanted),
            like_opened=self._vectors(self._opened(subscription.where, wishes)),
            like_doubted=self._vectors(doubted),
            floor=self._embedder.floor,
            spread=self._embedder.spread,
        )

    def _wishes(self, where: ConversationKey) -> dict[str, Wish]:
        """By what the stories have become."""
        found: dict[str, Wish] = {}
        for story_id, wish in wishes_of(self._people, where).items():
            current = self._stories.current_id(story_id)
            if current is not None:
                found[current] = stronger(found.get(current), wish)
        return found

    def _opened(self, where: ConversationKey, wishes: Mapping[str, Wish]) -> frozenset[str]:
        """But for those of which no more is wanted since."""
        current = map(self._stories.current_id, opened_stories(self._people, where))
        refused = {Wish.LESS, Wish.MUTE}
        return frozenset(one for one in current if one and wishes.get(one) not in refused)

    def _doubted(self, where: ConversationKey, now: datetime) -> frozenset[str]:
        articles = doubted_articles(self._people, where, now)
        return frozenset(self._stories.of_articles(articles).values())

    def _vectors(self, story_ids: Iterable[str]) -> tuple[Vector, ...]:
        ids = sorted(story_ids)
        vectors = story_vectors(self._store.engine, self._embedder.model_id, ids)
        return tuple(vectors[story_id] for story_id in sorted(vectors))

    def _vector(self, words: str) -> Vector:
        with self._lock:
            known = self._topics.get(words)
        if known is None:
            known = self._embedder.embed_query(words)
            with self._lock:
                self._topics[words] = known
                while len(self._topics) > MOST_KEPT:
                    self._topics.popitem(last=False)
        return known
