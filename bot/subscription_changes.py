"""What becomes of a digest's wishes after a press, or after something typed.  (pure)"""

from __future__ import annotations

import re
from dataclasses import replace
from enum import StrEnum

from bot.asker import Length
from bot.chat_settings import known_timezones
from bot.subscription_buttons import (
    EVERY_DAY,
    NOT_CHOSEN,
    WORKING_DAYS,
    SubscriptionAct,
    SubscriptionPress,
    time_of,
)
from bot.subscriptions import EVERY_DAY as ALL_DAYS
from bot.subscriptions import (
    LONGEST_TOPIC,
    MOST_SOURCES,
    MOST_TOPICS,
    WEEKDAYS,
    Edition,
    QuietDay,
    Subscription,
    Wishes,
)
from bot.texts import LANGUAGES
from retrieval.clean import clean_text
from retrieval.folding import fold
from retrieval.identity import digest

LATE_HOURS = (0, 2, 6, 12, 24, 48)
_BETWEEN_TOPICS = re.compile(r"[\n,;،、]+")


class Unchanged(StrEnum):
    """Why there is nothing to change; a key of the texts, but for NONSENSE."""

    NONSENSE = "button_expired"
    ENOUGH = "settings_enough"
    GONE = "settings_gone"


def key_of_words(words: str) -> str:
    """Stands for a topic or an outlet in a button, whose data is short."""
    return digest(words, length=12)


def changed(one: Subscription, press: SubscriptionPress) -> Wishes | Unchanged:
    """The wishes after a press that chooses; outlets are turned by `with_source_turned`."""
    wishes, value = one.wishes, press.value
    chosen = None if value == NOT_CHOSEN else value
    match press.act:
        case SubscriptionAct.TIME if isinstance(moment := time_of(value), tuple):
            return replace(wishes, at=moment[0] * 60 + moment[1])
        case SubscriptionAct.DAYS:
            return _with_days(wishes, value)
        case SubscriptionAct.TIMEZONE if chosen is None or chosen in known_timezones():
            return replace(wishes, timezone=chosen)
        case SubscriptionAct.TOPICS:
            return without_topic(wishes, value)
        case SubscriptionAct.LANGUAGE if chosen is None or chosen in LANGUAGES:
            return replace(wishes, language=chosen)
        case SubscriptionAct.LENGTH if chosen is None or chosen in set(Length):
            return replace(wishes, length=Length(chosen) if chosen else None)
        case SubscriptionAct.EDITION if value in set(Edition):
            return wishes.as_edition(Edition(value))
        case SubscriptionAct.QUIET_DAY if value in set(QuietDay):
            return replace(wishes, quiet_day=QuietDay(value))
        case SubscriptionAct.LATE if value in {str(hours) for hours in LATE_HOURS}:
            return replace(wishes, late_hours=int(value))
    return Unchanged.NONSENSE


def with_topics(wishes: Wishes, text: str) -> Wishes | Unchanged:
    """With those that somebody has typed, between commas or on lines of their own."""
    known = {fold(one) for one in wishes.topics}
    topics = list(wishes.topics)
    for piece in _BETWEEN_TOPICS.split(text[: MOST_TOPICS * (LONGEST_TOPIC + 2)]):
        words = " ".join(clean_text(piece).split())[:LONGEST_TOPIC].strip()
        if words and fold(words) not in known:
            known.add(fold(words))
            topics.append(words)
    if len(topics) == len(wishes.topics):
        return Unchanged.NONSENSE
    if len(topics) > MOST_TOPICS:
        return Unchanged.ENOUGH
    return replace(wishes, topics=tuple(topics))


def without_topic(wishes: Wishes, key: str) -> Wishes | Unchanged:
    """Without the one of that key; NOT_CHOSEN is all of them."""
    kept = tuple(one for one in wishes.topics if key_of_words(one) != key)
    kept = () if key == NOT_CHOSEN else kept
    return Unchanged.GONE if kept == wishes.topics else replace(wishes, topics=kept)


def with_source_turned(wishes: Wishes, outlet: str) -> Wishes | Unchanged:
    """An outlet more or less; none is all of them."""
    kept = tuple(one for one in wishes.sources if one != outlet)
    if len(kept) == len(wishes.sources):
        kept = (*kept, outlet)
    return Unchanged.ENOUGH if len(kept) > MOST_SOURCES else replace(wishes, sources=kept)


def _with_days(wishes: Wishes, value: str) -> Wishes | Unchanged:
    whole = {EVERY_DAY: ALL_DAYS, WORKING_DAYS: WEEKDAYS}
    if value in whole and wishes.edition is Edition.DAILY:
        return replace(wishes, days=whole[value])
    if value in {str(day) for day in ALL_DAYS}:
        return wishes.with_day_turned(int(value))
    return Unchanged.NONSENSE
