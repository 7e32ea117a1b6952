"""The digests of a chat, topic or channel as Telegram screens: all of them, and one.  (pure)

What can be chosen of one is in `bot.render_subscription_choices`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo

from babel import Locale
from babel.dates import format_skeleton, format_time

from bot import texts
from bot.access import Group
from bot.asker import Length
from bot.bylines import short_name
from bot.render import Button, Emphasis, Rendered
from bot.render_settings import OWN_NAMES
from bot.richtext import Span, is_blank, isolated
from bot.screens import cut, screen
from bot.subscription_buttons import SubscriptionAct, SubscriptionPress
from bot.subscriptions import (
    EVERY_DAY,
    MOST_SUBSCRIPTIONS,
    WEEKDAYS,
    Subscription,
    Wishes,
)

LONGEST_LABEL = 40
LONGEST_NAME = 60
MOST_NAMED = 4
MOST_CHANNELS = 20


@dataclass(frozen=True, slots=True)
class Board:
    """Where digests are looked at, and whose they are."""

    language: str
    now: datetime
    zone: tzinfo
    """That of the chat the digests are of."""
    is_private: bool = True
    """Otherwise what is typed must reply to us."""
    channel: Group | None = None
    """Whose they are, where that is not the chat they are looked at in."""

    def say(self, key: str, **values: object) -> str:
        return texts.say(self.language, key, **values)

    def asking(self, key: str) -> str:
        """The words that ask somebody to write something."""
        return self.say(key if self.is_private else f"{key}_by_reply")

    def press(self, act: SubscriptionAct, number: int = 0, value: str = "") -> str:
        channel_id = self.channel.chat_id if self.channel else 0
        return SubscriptionPress(act, number, channel_id, value).data

    def button(self, label: str, act: SubscriptionAct, number: int = 0, value: str = "") -> Button:
        return Button(cut(label, LONGEST_LABEL) or "?", data=self.press(act, number, value))


def subscriptions_screen(
    board: Board, found: Sequence[Subscription], channels: Sequence[Group] = ()
) -> Rendered:
    """All digests of one place, a button each; `channels` are those whose digests can be chosen
    from here."""
    spans = [Span(_title(board), bold=True)]
    if not found:
        spans.append(Span("\n\n" + board.say("digests_none")))
    rows: list[tuple[Button, ...]] = []
    for one in found:
        name, when = name_of(board, one), when_line(board, one)
        spans += [Span("\n\n"), Span(name, bold=True), Span(f"\n{when}\n{_next(board, one)}")]
        mark = "" if one.active else "⏸ "
        rows.append((board.button(f"{mark}{name}", SubscriptionAct.OPEN, one.id),))
    if len(found) < MOST_SUBSCRIPTIONS:
        rows.append((board.button(board.say("button_digest_new"), SubscriptionAct.NEW),))
    for channel in channels[:MOST_CHANNELS]:
        data = SubscriptionPress(SubscriptionAct.LIST, 0, channel.chat_id).data
        rows.append((Button(f"📢 {cut(_channel_name(channel), LONGEST_LABEL)}", data=data),))
    if board.channel is not None:
        back = SubscriptionPress(SubscriptionAct.LIST).data
        rows.append((Button(board.say("button_digest_back"), data=back),))
    return screen(spans, rows)


def subscription_screen(board: Board, one: Subscription) -> Rendered:
    """All that can be chosen of one digest, and what is."""
    spans = [Span(name_of(board, one), bold=True)]
    if board.channel is not None:
        title = isolated(_channel_name(board.channel))
        spans.append(Span("\n" + board.say("digests_of_channel", title=title)))
    lines = [*_lines(board, one), _next(board, one)]
    spans.append(Span("\n\n" + "\n".join(lines)))
    return screen(spans, _choices(board, one))


def remove_question(board: Board, one: Subscription) -> Rendered:
    label, act = board.say("button_digest_remove"), SubscriptionAct.REMOVE
    remove = Button(label, data=board.press(act, one.id, "1"), emphasis=Emphasis.DANGER)
    said = board.say("digests_remove_question", name=isolated(name_of(board, one)))
    return screen([Span(said)], [(remove,), (back_to(board, one),)])


def back_to(board: Board, one: Subscription) -> Button:
    return board.button(board.say("button_digest_back"), SubscriptionAct.OPEN, one.id)


def name_of(board: Board, one: Subscription) -> str:
    name = cut(one.name, LONGEST_NAME)
    return board.say("digests_unnamed") if is_blank(name) else name


def clock_face(minute: int) -> str:
    return f"{minute // 60:02}:{minute % 60:02}"


def when_line(board: Board, one: Wishes, key: str = "digests_line") -> str:
    return board.say(key, days=days_named(board, one.days), time=clock_face(one.at))


def days_named(board: Board, days: Iterable[int]) -> str:
    chosen = frozenset(days)
    if chosen == EVERY_DAY:
        return board.say("digests_every_day")
    if chosen == WEEKDAYS:
        return board.say("digests_working_days")
    return ", ".join(day_name(board, day) for day in sorted(chosen))


def day_name(board: Board, day: int) -> str:
    """0 is Monday."""
    return str(Locale(board.language).days["stand-alone"]["wide"][day])


def language_named(board: Board, language: str | None) -> str:
    return OWN_NAMES[language] if language in OWN_NAMES else board.say("digests_as_chat")


def length_named(board: Board, length: Length | None) -> str:
    return board.say(f"length_{length}") if length else board.say("digests_as_chat")


def late_named(board: Board, hours: int) -> str:
    key = "digests_late_hours" if hours else "digests_late_never"
    return board.say(key, hours=hours)


def _lines(board: Board, one: Subscription) -> list[str]:
    zone = board.say("digests_as_chat") if one.timezone is None else ""
    zone = f"{one.zone(board.zone)}{f' ({zone})' if zone else ''}"
    sources = [short_name(name) for name in one.sources]
    choices = (
        ("timezone", zone),
        ("edition", board.say(f"digests_{one.edition}")),
        ("topics", _named(one.topics) or board.say("digests_all_topics")),
        ("sources", _named(sources) or board.say("digests_all_sources")),
        ("language", language_named(board, one.language)),
        ("length", length_named(board, one.length)),
        ("quiet_day", board.say(f"digests_{one.quiet_day}")),
        ("late", late_named(board, one.late_hours)),
    )
    told = [board.say(f"digests_line_{name}", value=value) for name, value in choices]
    return [when_line(board, one, "digests_line_when"), *told]


def _choices(board: Board, one: Subscription) -> list[tuple[Button, ...]]:
    choices = (
        ("digest_time", SubscriptionAct.TIME), ("digest_days", SubscriptionAct.DAYS),
        ("timezone", SubscriptionAct.TIMEZONE), ("digest_edition", SubscriptionAct.EDITION),
        ("digest_topics", SubscriptionAct.TOPICS), ("outlets", SubscriptionAct.SOURCES),
        ("language", SubscriptionAct.LANGUAGE), ("length", SubscriptionAct.LENGTH),
        ("digest_quiet_day", SubscriptionAct.QUIET_DAY), ("digest_late", SubscriptionAct.LATE),
        ("digest_name", SubscriptionAct.NAME), ("digest_preview", SubscriptionAct.PREVIEW),
        ("digest_pause", SubscriptionAct.PAUSE) if one.active
        else ("digest_resume", SubscriptionAct.RESUME),
        ("digest_remove", SubscriptionAct.REMOVE),
    )  # fmt: skip
    buttons = [board.button(board.say(f"button_{name}"), act, one.id) for name, act in choices]
    rows = [tuple(buttons[at : at + 2]) for at in range(0, len(buttons), 2)]
    return [*rows, (board.button(board.say("button_digests"), SubscriptionAct.LIST),)]


def _next(board: Board, one: Subscription) -> str:
    if not one.active or one.next_due_at is None:
        return board.say("digests_line_paused")
    moment = one.next_due_at.astimezone(one.zone(board.zone))
    day = format_skeleton("MMMEd", moment, locale=board.language)
    hour = format_time(moment, "HH:mm", locale=board.language)
    return board.say("digests_line_next", value=f"{day}, {hour}")


def _named(names: Sequence[str]) -> str:
    shown = ", ".join(isolated(cut(name, LONGEST_LABEL)) for name in names[:MOST_NAMED])
    more = len(names) - MOST_NAMED
    return f"{shown} +{more}" if more > 0 else shown


def _title(board: Board) -> str:
    if board.channel is None:
        return board.say("digests_title")
    return board.say("digests_title_channel", title=isolated(_channel_name(board.channel)))


def _channel_name(channel: Group) -> str:
    name = cut(channel.title, LONGEST_NAME)
    return str(channel.chat_id) if is_blank(name) else name
