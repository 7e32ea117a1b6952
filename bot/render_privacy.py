"""What is asked before somebody's data is forgotten, and its buttons.  (pure)"""

from __future__ import annotations

import re
from enum import StrEnum

from bot import texts
from bot.render import Button, Rendered
from bot.richtext import Span
from bot.screens import screen


class PrivacyAct(StrEnum):
    """What a button does; the letters are part of messages already sent."""

    FORGET_PERSON = "f"
    FORGET_GROUP = "g"
    KEEP = "k"


_PRESS = re.compile(r"y:([fgk])", re.ASCII)


def parse_privacy_press(data: str) -> PrivacyAct | None:
    match = _PRESS.fullmatch(data)
    return PrivacyAct(match[1]) if match else None


def forget_question(language: str, keep_days: int) -> Rendered:
    """Asked of a person in private."""
    key = "forget_kept_for" if keep_days else "forget_kept_for_ever"
    kept_for = texts.say(language, key, days=keep_days)
    said = texts.say(language, "forget_question", kept_for=kept_for)
    return _question(said, "button_forget", PrivacyAct.FORGET_PERSON, language)


def forget_group_question(language: str) -> Rendered:
    """Asked of an administrator in a group."""
    said = texts.say(language, "forget_group_question")
    return _question(said, "button_forget_group", PrivacyAct.FORGET_GROUP, language)


def _question(said: str, label: str, act: PrivacyAct, language: str) -> Rendered:
    buttons = [
        (Button(texts.say(language, label), data=f"y:{act.value}"),),
        (Button(texts.say(language, "button_keep"), data=f"y:{PrivacyAct.KEEP.value}"),),
    ]
    return screen([Span(said)], buttons)
