"""Alerts as deliveries: what a story says, read from the corpus database. Blocking."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta

from sqlalchemy import Engine

from bot.alerts import WaitingStory
from bot.audible import Silence
from bot.chat_settings import ChatSettings
from bot.conversation_key import ConversationKey
from bot.follow_articles import StoredArticle, articles_of
from bot.follows import Follow, held_by
from bot.matching_sentence import matching_sentence
from bot.outgoing import Delivery, Kind, ToldStory
from bot.render_alerts import (
    MOST_GATHERED,
    AlertView,
    alert_screen,
    gathered_screen,
    update_screen,
    why_logged,
)
from retrieval.dates import seconds_of
from retrieval.story_store import StoryStore

LATE_AFTER = timedelta(hours=1)
EXPIRES_AFTER = timedelta(hours=12)
"""An alert that could not be sent for so long is no alert any more."""


def composed(
    where: ConversationKey,
    group: Sequence[WaitingStory],
    follows: Mapping[int, Follow],
    corpus: Engine,
    stories: StoryStore,
    settings: ChatSettings,
    now: datetime,
) -> Delivery | None:
    """One message of one or more stories; None when none of them can be told any more. `now` is
    in the chat's time zone."""
    silence = Silence.of(settings.hidden_sources)
    views: list[AlertView] = []
    told: list[WaitingStory] = []
    looked_at = 0
    for waiting in group:
        if len(views) >= MOST_GATHERED:
            break
        looked_at += 1
        view = _view(waiting, follows, corpus, stories, silence)
        if view is not None:
            views.append(view)
            told.append(waiting)
    if not views:
        return None
    first, more = views[0], len(group) - looked_at
    language = settings.language or follows[first.follow_id].language
    if len(group) > 1:
        screen, kind = gathered_screen(views, language, now, more), Kind.HELD_ALERTS
    elif told[0].told_at is None:
        screen = alert_screen(first, language, now)
        kind = Kind.HELD_ALERTS if told[0].is_held else Kind.ALERT
    else:
        screen = update_screen(first, told[0].outlets_new, language, now)
        kind = Kind.ALERT
    moment = now.astimezone(UTC)
    return Delivery(
        key=_key(kind, first, told[0]),
        kind=kind,
        where=where,
        screen=screen,
        due_at=moment,
        late_after=moment + LATE_AFTER,
        expires_at=moment + EXPIRES_AFTER,
        language=language,
        about=first.follow_id,
        told=tuple(_told(place, view) for place, view in enumerate(views, 1)),
    )


def _key(kind: Kind, view: AlertView, waiting: WaitingStory) -> str:
    """The same for a story as often as it is composed, until it is told; another one when it goes
    on, also after it was forgotten that it was told."""
    since, told_at = seconds_of(waiting.since), seconds_of(waiting.told_at) or 0
    return f"{kind}:{view.follow_id}:{view.story_id}:{told_at}:{since}"


def _view(
    waiting: WaitingStory,
    follows: Mapping[int, Follow],
    corpus: Engine,
    stories: StoryStore,
    silence: Silence,
) -> AlertView | None:
    follow = next((follows[one] for one in waiting.follow_ids if one in follows), None)
    if follow is None:
        return None
    with corpus.connect() as connection:
        known = articles_of(connection, waiting.article_ids, "")
    # An outlet may have been hidden while the story was held.
    found = [one for one in known if not silence.covers(one.source)]
    if not found:
        return None
    story = stories.story(waiting.story_id)
    # In the follower's language if one is, or else the first that came.
    own = [one for one in found if one.arrived.language == follow.language]
    outlets = silence.heard(story.outlets) if story else ()
    return _shown(waiting, follow, (own or found)[0], outlets)


def _shown(
    waiting: WaitingStory, follow: Follow, best: StoredArticle, outlets: Sequence[str]
) -> AlertView:
    article = best.arrived
    match = held_by(follow, article)
    return AlertView(
        story_id=waiting.story_id,
        follow_id=follow.id,
        words=follow.words,
        article_id=article.article_id,
        title=article.title,
        url=best.url,
        source=best.source,
        published_at=best.published_at,
        sentence=matching_sentence(follow.wish, match, article.text, article.language),
        outlets=tuple(dict.fromkeys((best.source, *outlets))),
        match=match,
    )


def _told(place: int, view: AlertView) -> ToldStory:
    return ToldStory(
        place=place,
        story_id=view.story_id,
        headline=view.title,
        article_ids=(view.article_id,),
        why=why_logged(view),
    )
