"""What admins are told of their feeds: the notices of one round, as one message.  (pure)"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from bot import texts
from retrieval.feeds.feed import Feed
from retrieval.feeds.health import HealthNotice, HealthState, NoticeKind, explain, unread_since

LONGEST_MESSAGE = 3_500
"""Characters; Telegram takes 4,096."""
_LONGEST_TITLE = 120
_LONGEST_ERROR = 300

_TEXT = {
    NoticeKind.FAILING: "feed_failing",
    NoticeKind.RECOVERED: "feed_recovered",
    NoticeKind.SILENT: "feed_silent",
    NoticeKind.SPEAKS_AGAIN: "feed_speaks_again",
}


@dataclass(frozen=True, slots=True)
class Notice:
    """Something admins are told once."""

    feed: Feed
    health: HealthNotice

    def text(self, language: str) -> str:
        since = self.health.since
        error = self.feed.last_error[:_LONGEST_ERROR]
        return texts.say(
            language,
            _TEXT[self.health.kind],
            title=self.feed.title[:_LONGEST_TITLE] or self.feed.url[:_LONGEST_TITLE],
            error=error,
            advice=explain(None, error) if error else "",
            since=since.strftime("%Y-%m-%d") if since else "",
        ).strip()


@dataclass(frozen=True, slots=True)
class Bulletin:
    """One message about any number of feeds; false when there is nothing to tell."""

    notices: tuple[Notice, ...] = ()
    feeds: tuple[Feed, ...] = ()
    """All that are asked."""
    down_since: datetime | None = None
    """Since when none of them could be read, where that is to be told."""

    def __bool__(self) -> bool:
        return bool(self.notices)

    @property
    def states(self) -> dict[str, HealthState]:
        """By feed id, what admins know of it once they have this. An outage is told of all
        feeds, so that those which complete their day later are not told one by one."""
        down = self.feeds if self.down_since else ()
        return {feed.id: HealthState.FAILING for feed in down} | {
            notice.feed.id: notice.health.state for notice in self.notices
        }

    def text(self, language: str) -> str:
        lines, listed = [], list(self.notices)
        asked = {feed.id for feed in self.feeds}
        if self.down_since:
            since = self.down_since.strftime("%Y-%m-%d %H:%M UTC")
            lines.append(
                texts.say(language, "feeds_all_failing", count=len(self.feeds), since=since)
            )
            listed = [one for one in listed if not (_is_failing(one) and one.feed.id in asked)]
        elif _all_recovered(listed, asked):
            lines.append(texts.say(language, "feeds_all_recovered", count=len(self.feeds)))
            listed = [one for one in listed if one.health.kind is not NoticeKind.RECOVERED]
        for at, notice in enumerate(listed):
            line = notice.text(language)
            if sum(map(len, lines)) + len(line) > LONGEST_MESSAGE:
                lines.append(texts.say(language, "feeds_and_more", count=len(listed) - at))
                break
            lines.append(line)
        return "\n\n".join(lines)


def bulletin(notices: Sequence[Notice], feeds: Sequence[Feed]) -> Bulletin:
    """The notices of one round; `feeds` are all there are, as they are after it."""
    asked = tuple(feed for feed in feeds if not (feed.paused or feed.clock.paused))
    down_since = unread_since([feed.failing_since for feed in asked])
    told = any(map(_is_failing, notices))
    return Bulletin(tuple(notices), asked, down_since if told else None)


def _is_failing(notice: Notice) -> bool:
    return notice.health.kind is NoticeKind.FAILING


def _all_recovered(notices: Sequence[Notice], asked: set[str]) -> bool:
    recovered = {one.feed.id for one in notices if one.health.kind is NoticeKind.RECOVERED}
    return len(asked) > 1 and recovered >= asked
