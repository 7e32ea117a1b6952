"""What can be chosen of a digest, a Telegram screen each.  (pure)"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from bot import texts
from bot.asker import Length
from bot.render import Button, Rendered
from bot.render_settings import LONGEST_LABEL, OWN_NAMES, ROWS_A_PAGE
from bot.render_subscriptions import (
    Board,
    back_to,
    clock_face,
    day_name,
    language_named,
    late_named,
    length_named,
)
from bot.richtext import Span
from bot.screens import cut, in_rows, screen
from bot.subscription_buttons import (
    EVERY_DAY,
    NOT_CHOSEN,
    WORKING_DAYS,
    SubscriptionAct,
)
from bot.subscription_changes import LATE_HOURS, key_of_words
from bot.subscriptions import Edition, QuietDay, Subscription

if TYPE_CHECKING:  # tables of cities are opened only when somebody names one
    from bot.cities import City

MINUTES = range(0, 60, 5)
_CHOSEN = "✅"
_Option = tuple[str, str, bool]
"""Label, value, and whether it is chosen."""


def hour_choice(board: Board, one: Subscription, note: str = "") -> Rendered:
    """Hours to tap; `note` is said first, of what was typed and not understood."""
    hours = [*range(5, 24), *range(5)]
    buttons = [
        _option(board, one, SubscriptionAct.TIME, (f"{hour:02}", str(hour), hour == one.at // 60))
        for hour in hours
    ]
    said = board.asking("digests_choose_hour")
    return _screen(board, one, f"{note}\n\n{said}" if note else said, in_rows(buttons))


def minute_choice(board: Board, one: Subscription, hour: int) -> Rendered:
    moments = [(hour * 60 + minute, f"{hour}-{minute}") for minute in MINUTES]
    buttons = [
        _option(board, one, SubscriptionAct.TIME, (clock_face(at), value, at == one.at))
        for at, value in moments
    ]
    said = board.say("digests_choose_minute", hour=f"{hour:02}")
    return _screen(board, one, said, in_rows(buttons))


def day_choice(board: Board, one: Subscription) -> Rendered:
    """A daily edition may have many days, a weekly one has one."""
    act, is_weekly = SubscriptionAct.DAYS, one.edition is Edition.WEEKLY
    rows: list[tuple[Button, ...]] = [
        (_option(board, one, act, (day_name(board, day), str(day), day in one.days)),)
        for day in range(7)
    ]
    if not is_weekly:
        rows.append((
            _option(board, one, act, (board.say("button_working_days"), WORKING_DAYS, False)),
            _option(board, one, act, (board.say("button_all_week"), EVERY_DAY, False)),
        ))  # fmt: skip
    said = board.say("digests_choose_day" if is_weekly else "digests_choose_days")
    return _screen(board, one, said, rows)


def timezone_choice(
    board: Board, one: Subscription, cities: Sequence[City] = (), note: str = ""
) -> Rendered:
    """Asks for a city, or which of those that are called so."""
    act = SubscriptionAct.TIMEZONE
    rows = [
        (
            _option(
                board,
                one,
                act,
                (f"{city.name} · {city.timezone}", city.timezone, city.timezone == one.timezone),
            ),
        )
        for city in cities
    ]
    if one.timezone is not None:
        rows.append((_option(board, one, act, (board.say("digests_as_chat"), NOT_CHOSEN, False)),))
    said = board.asking("digests_choose_timezone")
    if cities:
        said = board.say("settings_which_city")
    return _screen(board, one, f"{note}\n\n{said}" if note else said, rows)


def topic_choice(board: Board, one: Subscription, note: str = "") -> Rendered:
    """Topics are typed; a tap takes one out."""
    act = SubscriptionAct.TOPICS
    options = [(f"✖️ {words}", key_of_words(words), False) for words in one.topics]
    if one.topics:
        options.append((board.say("button_all_topics"), NOT_CHOSEN, False))
    rows = [(_option(board, one, act, option),) for option in options]
    said = board.asking("digests_choose_topics")
    return _screen(board, one, f"{note}\n\n{said}" if note else said, rows)


def source_choice(
    board: Board, one: Subscription, outlets: Sequence[str], page: int = 0
) -> Rendered:
    """One page of the outlets of the coverage."""
    if not outlets:
        return _screen(board, one, board.say("settings_no_outlets"), ())
    pages = -(-len(outlets) // ROWS_A_PAGE)
    page = min(page, pages - 1)
    rows: list[tuple[Button, ...]] = []
    for name in outlets[page * ROWS_A_PAGE : (page + 1) * ROWS_A_PAGE]:
        option = (name, key_of_words(name), name in one.sources)
        rows.append((_option(board, one, SubscriptionAct.TURN_SOURCE, option),))
    if pages > 1:
        turns = (("«", page - 1), (f"{page + 1}/{pages}", page), ("»", page + 1))
        rows.append(tuple(
            board.button(label, SubscriptionAct.SOURCES, one.id, str(number % pages))
            for label, number in turns
        ))  # fmt: skip
    if one.sources:
        every = (board.say("button_all_sources"), NOT_CHOSEN, False)
        rows.append((_option(board, one, SubscriptionAct.TURN_SOURCE, every),))
    return _screen(board, one, board.say("digests_choose_sources"), rows)


def page_of(outlets: Sequence[str], outlet: str) -> int:
    """Where an outlet stands; the first page for one that is not among them."""
    return outlets.index(outlet) // ROWS_A_PAGE if outlet in outlets else 0


def language_choice(board: Board, one: Subscription) -> Rendered:
    options = [(OWN_NAMES[code], code, code == one.language) for code in texts.LANGUAGES]
    options.append((language_named(board, None), NOT_CHOSEN, one.language is None))
    return _choice(board, one, SubscriptionAct.LANGUAGE, "language", options)


def length_choice(board: Board, one: Subscription) -> Rendered:
    options = [(length_named(board, each), each.value, each is one.length) for each in Length]
    options.append((length_named(board, None), NOT_CHOSEN, one.length is None))
    return _choice(board, one, SubscriptionAct.LENGTH, "length", options)


def edition_choice(board: Board, one: Subscription) -> Rendered:
    options = [(board.say(f"digests_{each}"), each.value, each is one.edition) for each in Edition]
    return _choice(board, one, SubscriptionAct.EDITION, "edition", options)


def quiet_day_choice(board: Board, one: Subscription) -> Rendered:
    options = [
        (board.say(f"digests_{each}"), each.value, each is one.quiet_day) for each in QuietDay
    ]
    return _choice(board, one, SubscriptionAct.QUIET_DAY, "quiet_day", options)


def late_choice(board: Board, one: Subscription) -> Rendered:
    options = [
        (late_named(board, hours), str(hours), hours == one.late_hours) for hours in LATE_HOURS
    ]
    return _choice(board, one, SubscriptionAct.LATE, "late", options)


def name_question(board: Board, one: Subscription) -> Rendered:
    return _screen(board, one, board.asking("digests_choose_name"), ())


def _choice(
    board: Board, one: Subscription, act: SubscriptionAct, what: str, options: Iterable[_Option]
) -> Rendered:
    rows = [(_option(board, one, act, option),) for option in options]
    return _screen(board, one, board.say(f"digests_choose_{what}"), rows)


def _screen(
    board: Board, one: Subscription, said: str, rows: Iterable[tuple[Button, ...]]
) -> Rendered:
    return screen([Span(said)], [*rows, (back_to(board, one),)])


def _option(board: Board, one: Subscription, act: SubscriptionAct, option: _Option) -> Button:
    label, value, is_chosen = option
    shown = f"{_CHOSEN} {label}" if is_chosen else label
    return board.button(cut(shown, LONGEST_LABEL), act, one.id, value)
