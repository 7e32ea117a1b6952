"""From articles that have arrived to what chats are told of them. Blocking.

    articles -> alert_matching    rows of `alerts`: a follow and a story
      -> decide                   told now, held, gathered, or nothing              (pure)
      -> Outbox.put               and the rows, in one transaction a chat

After a crash a step is repeated that has left no trace.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, datetime

import structlog
from sqlalchemy import Engine, select

from bot import alert_rows
from bot.alert_composing import composed
from bot.alert_matching import NEWS_FOR, AlertMatcher, Hears
from bot.alert_rows import AlertRow
from bot.alerts import AlertState, ChatNow, WaitingStory, decide
from bot.audible import Silence
from bot.chat_settings import ChatSettings
from bot.conversation_key import ConversationKey
from bot.follow_book import FollowBook
from bot.follows import Follow
from bot.outbox import Outbox
from bot.replicas import ALERTS, hold, hold_now
from bot.settings_book import SettingsBook
from retrieval.protocols import Embedder
from retrieval.rows import parts
from retrieval.schema import appearances, articles, stories
from retrieval.story_store import StoryStore
from retrieval.writing import writing

log = structlog.get_logger(__name__)


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
        self._who = outbox.who
        self._follows = follows
        self._stories = story_store
        self._outbox = outbox
        self._settings = settings
        self._matcher = AlertMatcher(corpus, self._people, self._who, follows, settings, embedder)

    def tick(self, now: datetime, hears: Hears) -> int:
        """Match what has arrived, and put what is due into the outbox; returns how many
        messages. Chats that `hears` does not let through are told nothing. While another
        replica is at it, nothing is done here."""
        if not hold_now(self._people, ALERTS, self._who, now):
            return 0
        self._matcher.match(now, hears)
        with self._people.connect() as connection:
            chats = alert_rows.chats_with_open(connection)
        follows = self._follows.numbered() if chats else {}
        told = 0
        for where in chats:
            # What cannot be told to one chat, for whatever reason, must not silence the others.
            try:
                told += self._tell(where, now, hears, follows)
            except Exception:
                log.exception("a chat could not be alerted", conversation=str(where))
        with writing(self._people) as connection:
            # Twice as long: an article whose story is told late is not matched again.
            alert_rows.prune(connection, now, now - 2 * NEWS_FOR)
        return told

    def _tell(
        self,
        where: ConversationKey,
        now: datetime,
        hears: Hears,
        follows: Mapping[int, Follow],
    ) -> int:
        settings, zone = self._settings.of(where), self._settings.zone(where)
        local = now.astimezone(zone)
        with writing(self._people) as connection:
            if not hold(connection, ALERTS, self._who, now):
                return 0
            rows = alert_rows.rows_of(connection, where)
            if not hears(where):
                alert_rows.set_state(connection, _open(rows), AlertState.MUTED)
                return 0
            rows_by_story = self._by_story(rows)
            muted = self._current(sorted(alert_rows.muted_in(connection, where)))
            open_stories = {one: of_it for one, of_it in rows_by_story.items() if _open(of_it)}
            outlets = self._outlets(
                {one for of_it in open_stories.values() for row in of_it for one in row.all_ids}
            )
            midnight = local.replace(hour=0, minute=0, second=0, microsecond=0).astimezone(UTC)
            chat = ChatNow(
                local,
                is_quiet=settings.is_quiet(now, zone),
                sent_today=alert_rows.sent_since(connection, where, midnight),
            )
            is_muted = set(muted.values())
            waiting = [
                _waiting(story_id, of_it, story_id in is_muted, outlets, settings)
                for story_id, of_it in open_stories.items()
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
                if not self._outbox.put(connection, delivery):
                    log.warning("an alert was stored before", key=delivery.key)
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

    def _outlets(self, article_ids: Collection[str]) -> Mapping[str, Sequence[str]]:
        """By article, its outlet and those that carried its text."""
        found: dict[str, list[str]] = {}
        with self._corpus.connect() as connection:
            for part in parts(sorted(article_ids)):
                own = select(articles.c.id, articles.c.source).where(articles.c.id.in_(part))
                carried = select(appearances.c.article_id, appearances.c.source).where(
                    appearances.c.article_id.in_(part)
                )
                for article_id, outlet in (*connection.execute(own), *connection.execute(carried)):
                    found.setdefault(article_id, []).append(outlet)
        return found


def _waiting(
    story_id: str,
    rows: Sequence[AlertRow],
    is_muted: bool,
    outlets: Mapping[str, Sequence[str]],
    settings: ChatSettings,
) -> WaitingStory:
    told = {one for row in rows for one in row.article_ids}
    fresh = dict.fromkeys(one for row in _open(rows) for one in row.waiting if one not in told)
    known = {outlet for one in told for outlet in outlets.get(one, ())}
    new = dict.fromkeys(outlet for one in fresh for outlet in outlets.get(one, ()))
    heard = Silence.of(settings.hidden_sources).heard(new)
    return WaitingStory(
        story_id=story_id,
        follow_ids=tuple(sorted({row.follow_id for row in _open(rows)})),
        article_ids=tuple(fresh),
        since=min(row.at for row in _open(rows)),
        told_at=max((row.told_at for row in rows if row.told_at), default=None),
        outlets_new=tuple(one for one in heard if one not in known),
        is_held=any(row.state is AlertState.HELD for row in rows),
        is_muted=is_muted or any(row.state is AlertState.MUTED for row in rows),
    )


def _open(rows: Sequence[AlertRow]) -> list[AlertRow]:
    return [row for row in rows if row.is_open]
