"""The team as Telegram screens: who is in, an invitation, a group that asks."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from urllib.parse import quote
from zoneinfo import ZoneInfo

from babel.dates import format_date, format_datetime

from bot import texts
from bot.access import GUEST_DAYS, Group, Person, Role
from bot.render import Button, Rendered
from bot.richtext import Span, is_blank
from bot.screens import cut, filled, screen
from bot.team import ROWS_A_PAGE, TeamAct, TeamPress

LONGEST_LABEL = 40
LONGEST_NAME = 80
_SHARE = "https://t.me/share/url?url="


def team_list(
    everybody: Sequence[Person],
    groups: Sequence[Group],
    admins: int,
    number: int,
    language: str,
    now: datetime,
    zone: ZoneInfo,
) -> Rendered:
    """One page of people and groups, a button for each."""
    rows: list[Person | Group] = [*everybody, *groups]
    pages = max(1, -(-len(rows) // ROWS_A_PAGE))
    number = min(number, pages - 1)
    shown = rows[number * ROWS_A_PAGE : (number + 1) * ROWS_A_PAGE]
    spans = [Span(texts.say(language, "team_title"), bold=True)]
    spans.append(Span("\n" + texts.say(language, "team_admins", count=admins)))
    if not rows:
        spans.append(Span("\n\n" + texts.say(language, "team_empty")))
    buttons: list[tuple[Button, ...]] = []
    for row in shown:
        if isinstance(row, Person):
            act, subject, facts = TeamAct.OPEN, row.user_id, _standing(row, language, now, zone)
        else:
            act, subject, facts = TeamAct.OPEN_GROUP, row.chat_id, _say_group(row, language)
        spans += [Span("\n\n"), Span(_name(row), bold=True), Span(f"\n{facts}")]
        buttons.append((_button(cut(_name(row), LONGEST_LABEL), act, subject, number),))
    if pages > 1:
        buttons.append(
            (
                _button("«", TeamAct.LIST, page=(number - 1) % pages),
                _button(f"{number + 1}/{pages}", TeamAct.LIST, page=number),
                _button("»", TeamAct.LIST, page=(number + 1) % pages),
            )
        )
    return screen(spans, buttons)


def person_view(
    person: Person, language: str, now: datetime, zone: ZoneInfo, page: int
) -> Rendered:
    """One of the team, and what can be done about them."""
    spans = [Span(_name(person), bold=True)]
    spans.append(Span("\n" + _standing(person, language, now, zone)))
    spans.append(Span("\n" + texts.say(language, "team_number", user_id=person.user_id)))
    buttons = []
    if person.role is Role.GUEST:
        label = texts.say(language, "button_make_member")
        buttons.append((_button(label, TeamAct.MAKE_MEMBER, person.user_id, page),))
    label = texts.say(language, "button_remove_person")
    buttons.append((_button(label, TeamAct.REMOVE, person.user_id, page),))
    return screen(spans, [*buttons, _back(language, page)])


def group_view(group: Group, language: str, page: int) -> Rendered:
    """A group that is let in."""
    spans = [Span(_name(group), bold=True), Span("\n" + _say_group(group, language))]
    label = texts.say(language, f"button_leave_{_kind(group.is_channel)}")
    leave = (_button(label, TeamAct.LEAVE_GROUP, group.chat_id, page),)
    return screen(spans, [leave, _back(language, page)])


def team_note(key: str, language: str, page: int = 0, **values: object) -> Rendered:
    """A sentence, with the way back to the list."""
    return screen(filled(key, language, **values), [_back(language, page)])


def invite_choice(language: str) -> Rendered:
    """For whom the link is to be."""
    member = _button(texts.say(language, "button_invite_member"), TeamAct.INVITE, 0)
    guests = [
        _button(texts.say(language, "button_invite_guest", days=days), TeamAct.INVITE, days)
        for days in GUEST_DAYS
    ]
    return screen([Span(texts.say(language, "invite_whom"))], [(member,), *[(g,) for g in guests]])


def invite_link(
    link: str, days: int, expires_at: datetime, language: str, zone: ZoneInfo
) -> Rendered:
    """The link, to be passed on; nobody but its reader knows it."""
    ends = format_datetime(expires_at.astimezone(zone), "short", locale=language)
    for_whom = texts.say(language, "invite_for_guest" if days else "invite_for_member", days=days)
    spans = [Span(f"{for_whom}\n\n"), Span(link, href=link, shows_href=False)]
    spans.append(Span("\n\n" + texts.say(language, "invite_once", moment=ends)))
    share = Button(texts.say(language, "button_share"), url=_SHARE + quote(link, safe=""))
    return screen(spans, [(share,)])


def leave_question(language: str) -> Rendered:
    """Asked of who wants to leave the team."""
    buttons = [
        (_button(texts.say(language, "button_leave_team"), TeamAct.LEAVE),),
        (_button(texts.say(language, "button_stay"), TeamAct.STAY),),
    ]
    return screen([Span(texts.say(language, "leave_question"))], buttons)


def group_question(
    chat_id: int, title: str, by: str, language: str, *, is_channel: bool = False
) -> Rendered:
    """Asked of administrators once the bot was added to a group or a channel."""
    kind, shown = _kind(is_channel), Span(_title(title, language), bold=True)
    spans = filled(f"{kind}_question", language, title=shown, name=by)
    buttons = [
        (_button(texts.say(language, "button_let_group_in"), TeamAct.LET_GROUP_IN, chat_id),),
        (_button(texts.say(language, f"button_leave_{kind}"), TeamAct.LEAVE_GROUP, chat_id),),
    ]
    return screen(spans, buttons)


def arrival(person: Person | None, language: str, zone: ZoneInfo) -> str:
    """The welcome of who came by an invitation; a guest reads until when."""
    if person is None or person.until is None:
        return texts.say(language, "invite_welcome")
    return texts.say(language, "invite_welcome_guest", day=_day(person.until, language, zone))


def _standing(person: Person, language: str, now: datetime, zone: ZoneInfo) -> str:
    if person.until is None:
        return texts.say(language, "team_member")
    key = "team_guest" if person.is_in(now) else "team_guest_over"
    return texts.say(language, key, day=_day(person.until, language, zone))


def _say_group(group: Group, language: str) -> str:
    return texts.say(language, f"team_{_kind(group.is_channel)}")


def _kind(is_channel: bool) -> str:
    return "channel" if is_channel else "group"


def _name(row: Person | Group) -> str:
    name, number = (row.name, row.user_id) if isinstance(row, Person) else (row.title, row.chat_id)
    name = cut(name, LONGEST_NAME)
    return str(number) if is_blank(name) else name


def _title(title: str, language: str) -> str:
    title = cut(title, LONGEST_NAME)
    return texts.say(language, "untitled") if is_blank(title) else title


def _day(moment: datetime, language: str, zone: ZoneInfo) -> str:
    return format_date(moment.astimezone(zone).date(), "long", locale=language)


def _back(language: str, page: int) -> tuple[Button, ...]:
    return (_button(texts.say(language, "button_all_team"), TeamAct.LIST, page=page),)


def _button(label: str, act: TeamAct, subject: int = 0, page: int = 0) -> Button:
    return Button(label, data=TeamPress(act, subject, page).data)
