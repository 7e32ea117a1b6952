"""Finds what people are to hear of corrections, and remembers what they have heard. Blocking."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta

from sqlalchemy import Engine, select
from sqlalchemy.dialects.sqlite import insert as upsert

from bot.conversations import relying_on
from bot.corrections import ChatCorrections, CorrectionNotice, by_chat, corrections_to_tell
from bot.database import cited, corrections_told
from bot.texts import LANGUAGES
from retrieval.language import detect_among
from retrieval.rows import parts
from retrieval.versions import corrected_since, history_of

NEWS_FOR = timedelta(days=14)
"""A correction is told up to so long after the archive took it."""

SETTLED_AFTER = timedelta(minutes=15)
"""Longer than an answer takes: none that read the text before a correction is still to come."""


class CorrectionDesk:
    """One for the people database `people` and the corpus database `corpus`."""

    def __init__(self, corpus: Engine, people: Engine) -> None:
        self._corpus = corpus
        self._people = people
        self._settled: dict[str, datetime] = {}

    def due(self, now: datetime, hears: Callable[[int], bool]) -> tuple[ChatCorrections, ...]:
        """What chats that `hears` lets through are to be told, one message each, and always
        the same chats for one desk. Give each to `told` once it has been: what is not marked
        so is due again."""
        corrected = corrected_since(self._corpus, now - NEWS_FOR)
        self._settled = {one: at for one, at in self._settled.items() if one in corrected}
        open_ones = [one for one, at in corrected.items() if self._settled.get(one) != at]
        relied_on = self._relied_on(open_ones)
        notices: list[CorrectionNotice] = []
        for article_id in open_ones:
            found = self._notices(article_id, hears) if article_id in relied_on else ()
            notices.extend(found)
            if not found and now - corrected[article_id] > SETTLED_AFTER:
                self._settled[article_id] = corrected[article_id]
        return by_chat(notices, lambda text: detect_among(text, LANGUAGES))

    def told(self, given: ChatCorrections) -> None:
        """Mark what a chat has been told."""
        rows = [
            {
                "article_id": notice.article_id,
                "replaced_at": int(at.timestamp()),
                "conversation": str(given.chat_id),
            }
            for notice in given.notices
            for at in notice.corrections
        ]
        with self._people.begin() as connection:
            connection.execute(upsert(corrections_told).on_conflict_do_nothing(), rows)

    def _notices(self, article_id: str, hears: Callable[[int], bool]) -> Sequence[CorrectionNotice]:
        history = history_of(self._corpus, article_id)
        if history is None:
            return ()
        reliances = [one for one in relying_on(self._people, article_id) if hears(one.chat_id)]
        return corrections_to_tell(article_id, history, reliances, self._heard(article_id))

    def _relied_on(self, article_ids: Sequence[str]) -> frozenset[str]:
        with self._people.connect() as connection:
            return frozenset(
                found
                for part in parts(article_ids)
                for found in connection.execute(
                    select(cited.c.article_id).where(cited.c.article_id.in_(part)).distinct()
                ).scalars()
            )

    def _heard(self, article_id: str) -> dict[int, frozenset[datetime]]:
        statement = select(corrections_told).where(corrections_told.c.article_id == article_id)
        heard: dict[int, set[datetime]] = {}
        with self._people.connect() as connection:
            for row in connection.execute(statement):
                moment = datetime.fromtimestamp(row.replaced_at, UTC)
                heard.setdefault(int(row.conversation), set()).add(moment)
        return {chat_id: frozenset(moments) for chat_id, moments in heard.items()}
