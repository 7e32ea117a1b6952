"""What `pauta digest` prints, for a person and as JSON."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from rich.console import Console
from rich.text import Text

from bot.conversation_key import TERMINAL, ConversationKey
from bot.digest_reader import Replayed
from bot.outbox import Logged, LoggedPart
from bot.outgoing import Delivery, PartState, ToldStory
from bot.subscriptions import Subscription
from retrieval.clean import clean_text, one_line

_STYLES = {
    PartState.SENT: "green",
    PartState.WAITING: "",
    PartState.SENDING: "yellow",
    PartState.UNKNOWN: "yellow",
    PartState.DROPPED: "red",
    PartState.REFUSED: "red",
}

_out = Console(highlight=False, soft_wrap=True, markup=False)


def print_preview(one: Subscription, composed: Delivery | None) -> None:
    _line(_heading(one), style="bold")
    if composed is None:
        _line("Nothing would be sent: there is nothing new, and the chat wants no word of that.")
    for part in composed.screen.parts if composed else ():
        _out.print(Text(clean_text(part.plain)))
    _why(composed.told if composed else ())
    _line("")


def print_replay(found: Replayed) -> None:
    """What was sent, and what is composed again, story by story."""
    sent, again = found.sent, found.again
    due = found.due
    _line(f"{_heading(found.subscription)}, {due.day.isoformat()}", style="bold")
    _line(f"  News from {_moment(due.since)} to {_moment(due.until)}", style="dim")
    if sent is None:
        _line("  Nothing was sent.")
    else:
        _line(f"  Sent: {_states(sent.parts)}, composed {_moment(sent.composed_at)}")
    if again is None or not again.told:
        _line("  Composed again: nothing new.")
    was = {one.story_id: one for one in sent.told} if sent else {}
    now = {one.story_id: one for one in again.told} if again else {}
    for story_id, one in now.items():
        mark = "=" if story_id in was else "+"
        _line(f"  {mark} {one.place}. {one_line(one.headline)} ({one_line(one.why)})")
    for story_id, one in was.items():
        if story_id not in now:
            _line(f"  − {one.place}. {one_line(one.headline)} ({one_line(one.why)})", style="red")
    _line("")


def print_log(found: Sequence[Logged]) -> None:
    for one in found:
        _line(f"{_moment(one.composed_at)}  {chat_named(one.where)}  {one.key}", style="bold")
        _line(f"  due {_moment(one.due_at)}; {_states(one.parts)}", style=_style(one.parts))
        for number, part in enumerate(one.parts, start=1):
            if part.state is not PartState.SENT:
                reason = f": {one_line(part.reason)}" if part.reason else ""
                _line(f"  part {number}: {part.state}, tried {part.attempts} times{reason}")
        _why(one.told)
    _line(f"{len(found)} {'entry' if len(found) == 1 else 'entries'}", style="dim")


def preview_json(one: Subscription, composed: Delivery | None) -> dict[str, Any]:
    parts = composed.screen.parts if composed else ()
    told = composed.told if composed else ()
    return {**_whose(one), "text": [part.plain for part in parts], "told": _told(told)}


def replay_json(found: Replayed) -> dict[str, Any]:
    due, again = found.due, found.again
    return {
        **_whose(found.subscription),
        "day": due.day.isoformat(),
        "since": due.since.isoformat(),
        "until": due.until.isoformat(),
        "again": _told(again.told) if again else None,
        "sent": log_json(found.sent) if found.sent else None,
    }


def log_json(one: Logged) -> dict[str, Any]:
    return {
        "key": one.key,
        "kind": one.kind.value,
        "chat": one.where.chat_id,
        "topic": one.where.thread_id,
        "about": one.about,
        "due_at": one.due_at.isoformat(),
        "composed_at": one.composed_at.isoformat(),
        "parts": [
            {
                "state": part.state.value,
                "message_id": part.message_id,
                "done_at": part.done_at.isoformat() if part.done_at else None,
                "attempts": part.attempts,
                "reason": part.reason,
            }
            for part in one.parts
        ],
        "told": _told(one.told),
    }


def chat_named(where: ConversationKey) -> str:
    if where == TERMINAL:
        return "the terminal"
    topic = "" if where.thread_id is None else f", topic {where.thread_id}"
    return f"chat {where.chat_id}{topic}"


def name_of(one: Subscription) -> str:
    return one_line(one.name) or (f"Digest {one.id}" if one.id else "A digest as one begins")


def _heading(one: Subscription) -> str:
    return f"{name_of(one)}, {chat_named(one.where)}{'' if one.active else ' (paused)'}"


def _whose(one: Subscription) -> dict[str, Any]:
    chat, topic = one.where.chat_id, one.where.thread_id
    return {"subscription": one.id, "name": one.name, "chat": chat, "topic": topic}


def _told(told: Iterable[ToldStory]) -> list[dict[str, Any]]:
    return [
        {
            "place": one.place,
            "story_id": one.story_id,
            "headline": one.headline,
            "why": one.why,
            "article_ids": list(one.article_ids),
        }
        for one in told
    ]


def _why(told: Iterable[ToldStory]) -> None:
    for one in told:
        why = f" ({one_line(one.why)})" if one.why else ""
        _line(f"  {one.place}. {one_line(one.headline)}{why}", style="dim")


def _states(parts: Sequence[LoggedPart]) -> str:
    """`2 sent`, `1 sent, 1 unknown`."""
    return ", ".join(f"{count} {state}" for state, count in Counter(p.state for p in parts).items())


def _style(parts: Sequence[LoggedPart]) -> str:
    found = [_STYLES[part.state] for part in parts]
    return next((style for style in ("red", "yellow") if style in found), "")


def _moment(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%d %H:%M UTC")


def _line(line: str, style: str = "") -> None:
    body = line.lstrip(" ")
    _out.print(Text(" " * (len(line) - len(body)) + clean_text(body), style=style))
