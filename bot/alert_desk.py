"""From articles that have arrived to what chats are told of them. Blocking.

    story_articles heard of in the last day, not matched yet
      -> FollowIndex.matches      which follows each is for                         (pure)
      -> alerts                   a row a follow and story; with it the note that the
                                  article was matched, in one transaction
      -> decide                   told now, held, gathered, or nothing              (pure)
      -> Outbox.put               and the rows, in one transaction a chat

No place in the corpus is remembered: each article is noted by its id, whoever took it and in
whatever order. After a crash a step is repeated that has left no trace.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta

from sqlalchemy import Connection, Engine, select

from bot import alert_rows
from bot.alert_composing import composed
from bot.alert_rows import AlertRow
from bot.alerts import AlertState, ChatNow, WaitingStory, decide
from bot.chat_settings import ChatSettings
from bot.conversation_key import ConversationKey
from bot.follow_articles import StoredArticle, articles_of, scale_of
from bot.follow_book import FollowBook
from bot.follows import Follow
from bot.outbox import Outbox
from bot.settings_book import SettingsBook
from retrieval.dates import seconds_of
from retrieval.protocols import Embedder
from retrieval.rows import parts
from retrieval.schema import appearances, articles, by_hand, stories, story_articles
from retrieval.story_store import StoryStore

NEWS_FOR = timedelta(hours=24)
"""An article that the archive heard of longer ago is no news, nor is what was published longer
ago and taken since."""
BATCH = 100
"""Articles of one transaction."""
MOST_A_TICK = 2_000
MOST_IN_A_DAY = 100_000

Hears = Callable[[ConversationKey], bool]


class AlertDesk:
    """One for the corpus database `corpus`; from one thread."""

    def __init__(
        self,
        corpus: Engine,
        follows: FollowBook,
        story_store: StoryStore,
        outbox: Outbox,
        settings: SettingsBook,
        embedder: Embedder,
    ) -> None:
        self._corpus = corpus
        self._people = outbox.engine
        self._follows = follows
        self._stories = story_store
        self._outbox = outbox
        self._settings = settings
        self._embedder = embedder

    def tick(self, now: datetime, hears: Hears) -> int:
        """Match what has arrived, and put what is due into the outbox; returns how many
        messages. Chats that `hears` does not let through are told nothing."""
        self._match(now, hears)
        with self._people.connect() as connection:
            chats = alert_rows.chats_with_open(connection)
        follows = self._follows.numbered() if chats else {}
        told = sum(self._tell(where, now, hears, follows) for where in chats)
        with self._people.begin() as connection:
            # Twice as long: an article whose story is told late is not matched again.
            alert_rows.prune(connection, now, now - 2 * NEWS_FOR)
        return told

    def _match(self, now: datetime, hears: Hears) -> None:
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
            with self._people.begin() as connection:
                for follow, stored in found:
                    if stored.story_id and self._is_for(follow, stored, hears):
                        article_id = stored.arrived.article_id
                        alert_rows.add(
                            connection, follow.where, follow.id, stored.story_id, article_id, now
                        )
                alert_rows.note_matched(connection, {one: heard_at[one] for one in ids})

    def _is_for(self, follow: Follow, stored: StoredArticle, hears: Hears) -> bool:
        hidden = self._settings.of(follow.where).hidden_sources
        is_later = stored.added_at >= follow.created_at
        return is_later and stored.source not in hidden and hears(follow.where)

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

    def _tell(
        self,
        where: ConversationKey,
        now: datetime,
        hears: Hears,
        follows: Mapping[int, Follow],
    ) -> int:
        settings, zone = self._settings.of(where), self._settings.zone(where)
        local = now.astimezone(zone)
        with self._people.begin() as connection:
            rows = alert_rows.rows_of(connection, where)
            if not hears(where):
                alert_rows.set_state(connection, _open(rows), AlertState.MUTED)
                return 0
            rows_by_story = self._by_story(rows)
            muted = self._current(sorted(alert_rows.muted_in(connection, where)))
            midnight = local.replace(hour=0, minute=0, second=0, microsecond=0).astimezone(UTC)
            chat = ChatNow(
                local,
                is_quiet=settings.is_quiet(now, zone),
                sent_today=alert_rows.sent_since(connection, where, midnight),
            )
            waiting = [
                self._waiting(story_id, of_it, story_id in muted.values(), settings)
                for story_id, of_it in rows_by_story.items()
                if _open(of_it)
            ]
            decision = decide(sorted(waiting, key=lambda one: (one.since, one.story_id)), chat)
            for one in decision.drop:
                alert_rows.set_state(
                    connection,
                    _open(rows_by_story[one.story_id]),
                    AlertState.MUTED if one.told_at is None else AlertState.TOLD,
                )
            for one in decision.hold:
                of_it = _open(rows_by_story[one.story_id])
                alert_rows.set_state(connection, of_it, AlertState.HELD)
            groups = [(one,) for one in (*decision.tell, *decision.update)]
            sent = 0
            for group in [*groups, *([decision.gather] if decision.gather else [])]:
                of_them = [row for one in group for row in _open(rows_by_story[one.story_id])]
                delivery = composed(
                    where,
                    group,
                    follows,
                    self._corpus,
                    self._stories,
                    settings,
                    local,
                )
                if delivery is None:  # its articles or its follows are gone
                    alert_rows.set_state(connection, of_them, AlertState.TOLD)
                    continue
                self._outbox.put(connection, delivery)
                alert_rows.set_told(connection, of_them, delivery.key, now)
                sent += 1
        return sent

    def _by_story(self, rows: Sequence[AlertRow]) -> dict[str, list[AlertRow]]:
        """By what each story has become."""
        current = self._current(sorted({row.story_id for row in rows}))
        found: dict[str, list[AlertRow]] = {}
        for row in rows:
            found.setdefault(current.get(row.story_id, row.story_id), []).append(row)
        return found

    def _current(self, story_ids: Sequence[str]) -> dict[str, str]:
        statement = select(stories.c.id, stories.c.merged_into)
        current = dict(zip(story_ids, story_ids, strict=True))
        with self._corpus.connect() as connection:
            for part in parts(story_ids):
                for row in connection.execute(statement.where(stories.c.id.in_(part))):
                    current[row.id] = row.merged_into or row.id
        return current

    def _waiting(
        self, story_id: str, rows: Sequence[AlertRow], is_muted: bool, settings: ChatSettings
    ) -> WaitingStory:
        told = {one for row in rows for one in row.article_ids}
        fresh = dict.fromkeys(one for row in _open(rows) for one in row.waiting if one not in told)
        outlets_told = self._outlets(sorted(told))
        outlets_new = [
            one
            for one in self._outlets(list(fresh))
            if one not in outlets_told and one not in settings.hidden_sources
        ]
        return WaitingStory(
            story_id=story_id,
            follow_ids=tuple(sorted({row.follow_id for row in _open(rows)})),
            article_ids=tuple(fresh),
            since=min(row.at for row in _open(rows)),
            told_at=max((row.told_at for row in rows if row.told_at), default=None),
            outlets_new=tuple(outlets_new),
            is_held=any(row.state is AlertState.HELD for row in rows),
            is_muted=is_muted or any(row.state is AlertState.MUTED for row in rows),
        )

    def _outlets(self, article_ids: Sequence[str]) -> tuple[str, ...]:
        """Of articles, and of those that carried their texts, each once."""
        found: dict[str, None] = {}
        with self._corpus.connect() as connection:
            for part in parts(article_ids):
                for chosen in (
                    select(articles.c.source).where(articles.c.id.in_(part)),
                    select(appearances.c.source).where(appearances.c.article_id.in_(part)),
                ):
                    found |= dict.fromkeys(connection.scalars(chosen))
        return tuple(found)


def _open(rows: Sequence[AlertRow]) -> list[AlertRow]:
    return [row for row in rows if row.is_open]
