"""What happens while a question is answered, in a person's words.  (pure)"""

from __future__ import annotations

from bot import texts
from bot.events import Event, Finished, Reading, Searching, Writing

LONGEST_SHOWN_QUERY = 60


def told(event: Event, language: str) -> str:
    """One short line; empty for the end, which speaks for itself."""
    match event:
        case Searching(query):
            shown = (
                query if len(query) <= LONGEST_SHOWN_QUERY else f"{query[:LONGEST_SHOWN_QUERY]}…"
            )
            return texts.say(language, "searching", query=shown)
        case Reading(articles):
            return texts.say(
                language, "reading" if articles != 1 else "reading_one", count=articles
            )
        case Writing():
            return texts.say(language, "writing")
        case Finished():
            return ""
