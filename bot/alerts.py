"""What a chat is told now of the stories that its follows matched, and what is held.  (pure)

At most one message tells of a story in a chat; what follows it is an update, at most every few
hours. Quiet hours and the day's limit hold stories back, and what was held comes as one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

UPDATE_GAP = timedelta(hours=4)
"""Between two messages about one story."""
A_DAY_AT_MOST = 12
"""Messages to one chat on one of its days; then one summary more."""
AT_ONCE = 3
"""Messages at one moment; of more stories, one message tells."""
SUMMARY_HOUR = 20
"""Of the chat's own day, from which the summary of a full day goes out."""
FORGOTTEN_AFTER = timedelta(days=3)
"""Held for longer, a story is no news."""


class AlertState(StrEnum):
    """Of a follow and a story."""

    WAITING = "waiting"
    HELD = "held"
    TOLD = "told"
    MUTED = "muted"
    """Of a story somebody wants to hear no more of, or that came to nothing."""


@dataclass(frozen=True, slots=True)
class WaitingStory:
    """A story with articles a chat has not heard of."""

    story_id: str
    follow_ids: tuple[int, ...]
    """Whose it is; the first one first."""
    article_ids: tuple[str, ...]
    """Those not told yet, the best first."""
    since: datetime
    told_at: datetime | None = None
    """When the chat heard of it last; None never."""
    outlets_new: tuple[str, ...] = ()
    """Of `article_ids`, without those the chat has heard it from."""
    is_held: bool = False
    is_muted: bool = False


@dataclass(frozen=True, slots=True)
class ChatNow:
    """A chat at the moment of deciding."""

    now: datetime
    """In the chat's own time zone."""
    is_quiet: bool
    sent_today: int
    """Messages with alerts on the day of `now`."""


@dataclass(frozen=True, slots=True)
class Decision:
    """Every story stands in exactly one."""

    tell: tuple[WaitingStory, ...] = ()
    """Each in a message of its own."""
    update: tuple[WaitingStory, ...] = ()
    """Each in one short line."""
    gather: tuple[WaitingStory, ...] = ()
    """All in one message."""
    hold: tuple[WaitingStory, ...] = ()
    """Not now, and as one later."""
    wait: tuple[WaitingStory, ...] = ()
    """Updates that come too soon."""
    drop: tuple[WaitingStory, ...] = ()


def decide(stories: Sequence[WaitingStory], chat: ChatNow) -> Decision:
    """What to do with each of a chat's stories, in their order."""
    drop = tuple(one for one in stories if _comes_to_nothing(one, chat.now))
    left = [one for one in stories if one not in drop]
    wait = tuple(one for one in left if _is_too_soon(one, chat.now))
    due = tuple(one for one in left if one not in wait)
    if not due:
        return Decision(wait=wait, drop=drop)
    if chat.is_quiet or not _may_send(chat):
        return Decision(hold=due, wait=wait, drop=drop)
    room = A_DAY_AT_MOST - chat.sent_today
    if len(due) > min(AT_ONCE, room) or any(one.is_held for one in due):
        return Decision(gather=due, wait=wait, drop=drop)
    return Decision(
        tell=tuple(one for one in due if one.told_at is None),
        update=tuple(one for one in due if one.told_at is not None),
        wait=wait,
        drop=drop,
    )


def _may_send(chat: ChatNow) -> bool:
    if chat.sent_today < A_DAY_AT_MOST:
        return True
    return chat.sent_today == A_DAY_AT_MOST and chat.now.hour >= SUMMARY_HOUR


def _comes_to_nothing(story: WaitingStory, now: datetime) -> bool:
    """Muted, told by nobody new, or held for too long."""
    nothing_new = story.told_at is not None and not story.outlets_new
    return story.is_muted or nothing_new or now - story.since > FORGOTTEN_AFTER


def _is_too_soon(story: WaitingStory, now: datetime) -> bool:
    # A clock that was set back must not silence a story for good.
    since = now - story.told_at if story.told_at is not None else None
    return since is not None and timedelta(0) <= since < UPDATE_GAP
