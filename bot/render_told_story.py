"""One story of a digest, as a screen of its own.  (pure)"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from bot import texts
from bot.digest_page import StoryView
from bot.digest_press import DigestAct, DigestPress, can_be_pressed
from bot.render import Button, Emphasis, Rendered
from bot.render_browse import title_span
from bot.render_digest import MOST_DIFFERING, difference_line
from bot.render_story import story_screen
from bot.richtext import Span
from bot.screens import screen

_HERE = "\x00"


def told_story_screen(view: StoryView, language: str, now: datetime) -> Rendered:
    """Its articles in the order of time, and what to do with it; `now` is in the reader's time
    zone."""
    remarks = [difference_line(one, language) for one in view.differences[:MOST_DIFFERING]]
    shown = story_screen(view.page, language, now, remarks)
    return replace(shown, buttons=(*shown.buttons, *story_buttons(view.story_id, language)))


def story_buttons(story_id: str, language: str) -> tuple[tuple[Button, ...], ...]:
    """To ask about a story, to follow it, to have less of it; none for an odd id."""
    if not can_be_pressed(story_id):
        return ()
    ask, follow, less = (
        Button(texts.say(language, key), data=DigestPress(act, story_id).data)
        for key, act in (
            ("button_ask_about", DigestAct.ASK),
            ("button_follow_story", DigestAct.FOLLOW),
            ("button_less_of_this", DigestAct.LESS),
        )
    )
    return (ask._replace(emphasis=Emphasis.MAIN),), (follow, less)


def ask_away_about(headline: str, language: str) -> Rendered:
    """What the next questions are about."""
    before, _, after = texts.say(language, "browse_ask_away", title=_HERE).partition(_HERE)
    return screen([Span(before), title_span(headline, "", language, bold=True), Span(after)])
