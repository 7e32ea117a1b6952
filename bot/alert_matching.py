"""From articles that have arrived to the stories that follows matched. Blocking.

    story_articles heard of in the last day, not matched yet
      -> FollowIndex.matches      which follows each is for                         (pure)
      -> alerts                   a row a follow and story; with it the note that the
                                  article was matched, in one transaction

No place in the corpus is remembered: each article is noted by its id, whoever took it and in
whatever order. After a crash a step is repeated that has left no trace.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from sqlalchemy import Connection, Engine, select

from bot import alert_rows
from bot.audible import Silence
from bot.conversation_key import ConversationKey
from bot.follow_articles import StoredArticle, articles_of, scale_of
from bot.follow_book import FollowBook
from bot.follows import Follow
from bot.replicas import ALERTS, hold
from bot.settings_book import SettingsBook
from retrieval.dates import seconds_of
from retrieval.protocols import Embedder
from retrieval.rows import parts
from retrieval.schema import articles, by_hand, story_articles
from retrieval.writing import writing

NEWS_FOR = timedelta(hours=24)
"""An article that the archive heard of longer ago is no news, nor is what was published longer
ago and taken since."""
BATCH = 100
"""Articles of one transaction."""
MOST_A_TICK = 2_000
MOST_IN_A_DAY = 100_000

Hears = Callable[[ConversationKey], bool]


class AlertMatcher:
    """From one thread."""

    def __init__(
        self,
        corpus: Engine,
        people: Engine,
        who: str,
        follows: FollowBook,
        settings: SettingsBook,
        embedder: Embedder,
    ) -> None:
        """`who` is this replica's name."""
        self._corpus = corpus
        self._people = people
        self._who = who
        self._follows = follows
        self._settings = settings
        self._embedder = embedder

    def match(self, now: datetime, hears: Hears) -> None:
        """What has arrived since, at most 2,000 articles."""
        heard_at = self._arrived(now)
        with self._people.connect() as connection:
            fresh = alert_rows.unmatched(connection, list(heard_at))[:MOST_A_TICK]
        if not fresh:
            return
        with self._corpus.connect() as connection:
            index, follows = self._follows.index(scale_of(connection, self._embedder))
        for at in range(0, len(fresh), BATCH):
            ids = fresh[at : at + BATCH]
            with self._corpus.connect() as connection:
                arrived = articles_of(connection, ids, self._embedder.model_id) if follows else []
                untimely = self._untimely(connection, ids)
            found = [
                (follows[match.follow_id], stored)
                for stored in arrived
                if stored.arrived.article_id not in untimely
                for match in index.matches(stored.arrived)
            ]
            with writing(self._people) as connection:
                if not hold(connection, ALERTS, self._who, now):
                    return
                for follow, stored in found:
                    if stored.story_id and self._is_for(follow, stored, hears):
                        article_id = stored.arrived.article_id
                        alert_rows.add(
                            connection, follow.where, follow.id, stored.story_id, article_id, now
                        )
                alert_rows.note_matched(connection, {one: heard_at[one] for one in ids})

    def _is_for(self, follow: Follow, stored: StoredArticle, hears: Hears) -> bool:
        silence = Silence.of(self._settings.of(follow.where).hidden_sources)
        is_later = stored.added_at >= follow.created_at
        return is_later and not silence.covers(stored.source) and hears(follow.where)

    def _arrived(self, now: datetime) -> dict[str, int]:
        """When each was heard of, the earliest first."""
        heard = story_articles.c.heard_at
        statement = (
            select(story_articles.c.article_id, heard)
            .where(heard >= seconds_of(now - NEWS_FOR))
            .order_by(heard, story_articles.c.article_id)
            .limit(MOST_IN_A_DAY)
        )
        with self._corpus.connect() as connection:
            return {row.article_id: row.heard_at for row in connection.execute(statement)}

    def _untimely(self, connection: Connection, article_ids: Sequence[str]) -> frozenset[str]:
        """The sample, and undated articles that somebody took by hand: nobody knows how old
        those are."""
        of_hand = select(by_hand.c.article_id)
        undated = articles.c.published_at.is_(None) & articles.c.id.in_(of_hand)
        chosen = select(articles.c.id).where(articles.c.sample | undated)
        return frozenset(
            found
            for part in parts(article_ids)
            for found in connection.scalars(chosen.where(articles.c.id.in_(part)))
        )
