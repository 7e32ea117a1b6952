"""An answer while it is made: what is being done, and the text so far where one is written."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Iterator, Sequence
from contextlib import aclosing, contextmanager
from typing import cast

from rich.console import Console, Group
from rich.live import Live
from rich.spinner import Spinner
from rich.text import Text

from bot import texts
from bot.answers import Answer, Turn
from bot.asker import Asker
from bot.assistant import Assistant
from bot.events import Event, Finished, Writing
from bot.richtext import clean
from bot.telling import told
from bot.texts import LANGUAGES
from retrieval.language import detect_among

LONGEST_DRAFT = 6_000
"""Characters of the text so far; more would not fit a screen."""
_KEPT_FREE = 4
"""Lines of the screen, for the question and what is being done."""
_SPINNER_CELLS = 2
_A_SECOND = 8


async def answered(
    assistant: Assistant,
    question: str,
    history: Sequence[Turn],
    asker: Asker,
    *,
    progress: Console | None,
) -> Answer:
    """The answer; meanwhile, on a console that can be written over, how far it is."""
    language = detect_among(question, LANGUAGES)
    events = assistant.stream(question, history, asker)
    with _shown(progress) as live:
        # Every assistant's stream is a generator; closing it stops the work behind it.
        async with aclosing(cast(AsyncGenerator[Event], events)):
            async for event in events:
                if isinstance(event, Finished):
                    return event.answer
                if live is not None:
                    live.update(frame(event, language, live.console))
    raise AssertionError("a stream of events ends with Finished")


def frame(event: Event, language: str, console: Console) -> Group:
    """What stands there during an event; of a long text, its end."""
    doing = clean(told(event, language)).replace("\n", " ")
    if not isinstance(event, Writing):
        return Group(_spinner(doing, console.width))
    written = Text(clean(event.text)[-LONGEST_DRAFT:])
    rows = max(1, console.height - _KEPT_FREE)
    lines = written.wrap(console, console.width)[-rows:]
    mark = texts.say(language, "draft_mark")
    return Group(*lines, _spinner(mark, console.width))


def _spinner(words: str, width: int) -> Spinner:
    """On one line."""
    text = Text(words, "dim")
    text.truncate(max(1, width - _SPINNER_CELLS), overflow="ellipsis")
    return Spinner("dots", text=text)


@contextmanager
def _shown(console: Console | None) -> Iterator[Live | None]:
    """Nothing where output is piped: a draft may still be taken back."""
    if console is None or not console.is_terminal:
        yield None
        return
    with Live(
        _spinner("…", console.width), console=console, transient=True, refresh_per_second=_A_SECOND
    ) as live:
        yield live
