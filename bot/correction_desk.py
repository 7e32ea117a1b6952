"""Finds what people are to hear of corrections, and remembers what they have heard. Blocking."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta

from sqlalchemy import Engine, select

from bot.conversation_key import ConversationKey, key_of
from bot.conversations import relying_on
from bot.corrections import ChatCorrections, CorrectionNotice, Told, by_chat, corrections_to_tell
from bot.database import cited, corrections_told
from bot.replicas import CORRECTIONS, hold, hold_now, replica_name
from bot.texts import LANGUAGES
from retrieval.language import detect_among
from retrieval.rows import parts
from retrieval.upserts import upsert
from retrieval.versions import corrected_since, history_of
from retrieval.writing import writing

NEWS_FOR = timedelta(days=14)
"""A correction is told up to so long after the archive took it."""

SETTLED_AFTER = timedelta(minutes=15)
"""Longer than an answer takes: none that read the text before a correction is still to come."""

LEAST_GAP = timedelta(hours=1)
"""Between two messages with corrections to one conversation: what comes meanwhile is gathered."""


class CorrectionDesk:
    """One for the people database `people` and the corpus database `corpus`."""

    def __init__(self, corpus: Engine, people: Engine) -> None:
        self._corpus = corpus
        self._people = people
        self._settled: dict[str, datetime] = {}

    def due(
        self,
        now: datetime,
        hears: Callable[[ConversationKey], bool],
        is_quiet: Callable[[ConversationKey], bool] = lambda _where: False,
    ) -> tuple[ChatCorrections, ...]:
        """What chats that `hears` lets through are to be told, one message each, and always
        the same chats for one desk; for those that want quiet now it is held. Give each to
        `told` once it has been: what is not marked so is due again. Nothing while another
        replica is at it."""
        if not hold_now(self._people, CORRECTIONS, replica_name(self._people), now):
            return ()
        corrected = corrected_since(self._corpus, now - NEWS_FOR)
        self._settled = {one: at for one, at in self._settled.items() if one in corrected}
        open_ones = [one for one, at in corrected.items() if self._settled.get(one) != at]
        relied_on = self._relied_on(open_ones)
        resting = self._told_since(now - LEAST_GAP)
        notices: list[CorrectionNotice] = []
        for article_id in open_ones:
            reliances = relying_on(self._people, article_id) if article_id in relied_on else []
            waiting = [one for one in reliances if hears(one.where)]
            ready = [one for one in waiting if one.where not in resting and not is_quiet(one.where)]
            history = history_of(self._corpus, article_id) if ready else None
            found = (
                corrections_to_tell(article_id, history, ready, self._heard(article_id))
                if history is not None
                else ()
            )
            notices.extend(found)
            if not found and ready == waiting and now - corrected[article_id] > SETTLED_AFTER:
                self._settled[article_id] = corrected[article_id]
        return by_chat(notices, lambda text: detect_among(text, LANGUAGES))

    def told(self, given: ChatCorrections, now: datetime) -> None:
        """Mark what a chat has been told."""
        rows = [
            {
                "article_id": notice.article_id,
                "replaced_at": int(notice.as_of.timestamp()),
                "conversation": str(given.where),
                "quoted": quoted,
                "told_at": int(now.timestamp()),
            }
            for notice in given.notices
            for quoted in sorted(notice.quoted)
        ]
        with writing(self._people) as connection:
            hold(connection, CORRECTIONS, replica_name(self._people), now)
            connection.execute(upsert(connection, corrections_told).on_conflict_do_nothing(), rows)

    def _relied_on(self, article_ids: Sequence[str]) -> frozenset[str]:
        with self._people.connect() as connection:
            return frozenset(
                found
                for part in parts(article_ids)
                for found in connection.execute(
                    select(cited.c.article_id).where(cited.c.article_id.in_(part)).distinct()
                ).scalars()
            )

    def _told_since(self, since: datetime) -> frozenset[ConversationKey]:
        statement = (
            select(corrections_told.c.conversation)
            .where(corrections_told.c.told_at > int(since.timestamp()))
            .distinct()
        )
        with self._people.connect() as connection:
            return frozenset(map(key_of, connection.execute(statement).scalars()))

    def _heard(self, article_id: str) -> dict[ConversationKey, list[Told]]:
        statement = select(corrections_told).where(corrections_told.c.article_id == article_id)
        heard: dict[ConversationKey, list[Told]] = {}
        with self._people.connect() as connection:
            for row in connection.execute(statement):
                as_of, at = (
                    datetime.fromtimestamp(moment, UTC) for moment in (row.replaced_at, row.told_at)
                )
                heard.setdefault(key_of(row.conversation), []).append(Told(row.quoted, as_of, at))
        return heard
