"""What can be pressed under an answer, and the screens that this opens.  (pure)"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import StrEnum
from urllib.parse import urlsplit

from bot import texts
from bot.answers import Answer, Citation
from bot.bylines import byline, one_line, remarks
from bot.render import Button, Rendered, render_answer, web_link
from bot.richtext import Span, clean
from bot.screens import screen
from bot.shown_answers import Reason

LONGEST_PASSAGE = 3_000
"""Characters around a quote on a page of its own."""
STOP = "s:stop"
"""Data of the button that stops an answer under way."""
_DATA = re.compile(r"a:([a-z])(?::([a-z]{1,20}|\d{1,4}))?")


class AnswerAct(StrEnum):
    """Its value goes into the button's data."""

    SOURCE = "s"
    BACK = "b"
    SHORTER = "k"
    DETAIL = "d"
    WRONG = "w"
    REASON = "r"


@dataclass(frozen=True, slots=True)
class AnswerPress:
    act: AnswerAct
    argument: str = ""
    """Which source, counted from 0, or a reason."""

    @property
    def data(self) -> str:
        return f"a:{self.act}:{self.argument}" if self.argument else f"a:{self.act}"


def parse_answer_press(data: str) -> AnswerPress | None:
    match = _DATA.fullmatch(data)
    if match is None or match[1] not in set(AnswerAct):
        return None
    return AnswerPress(AnswerAct(match[1]), match[2] or "")


def answer_screen(answer: Answer, *, writes: bool) -> Rendered:
    """The whole answer with its buttons; `writes` where a language model can put it otherwise."""
    language = texts.supported(answer.language)
    rows: list[tuple[Button, ...]] = []
    if answer.citations:
        press = AnswerPress(AnswerAct.SOURCE, "0")
        label = texts.say(language, "button_sources", count=len(answer.citations))
        rows.append((Button(label, data=press.data), _button("not_right", AnswerAct.WRONG, answer)))
        if writes:
            rows.append(
                (
                    _button("shorter", AnswerAct.SHORTER, answer),
                    _button("in_detail", AnswerAct.DETAIL, answer),
                )
            )
    else:
        rows.append((_button("not_right", AnswerAct.WRONG, answer),))
    return replace(render_answer(answer), buttons=tuple(rows))


def last_part(rendered: Rendered) -> Rendered:
    """Of an answer, what stands in the message that has its buttons."""
    return replace(rendered, parts=rendered.parts[-1:])


def what_was_wrong(answer: Answer) -> Rendered:
    """The last part of the answer, and a button for each reason."""
    language = texts.supported(answer.language)
    reasons = [
        Button(
            texts.say(language, f"reason_{reason}"),
            data=AnswerPress(AnswerAct.REASON, reason).data,
        )
        for reason in Reason
    ]
    rows = (tuple(reasons[:2]), tuple(reasons[2:]), (_button("back", AnswerAct.BACK, answer),))
    return last_part(replace(render_answer(answer), buttons=rows))


def source_page(answer: Answer, number: int) -> Rendered | None:
    """One source, counted from 0, with the passage its quote stands in; None for none."""
    if not 0 <= number < len(answer.citations):
        return None
    language, one = texts.supported(answer.language), answer.citations[number]
    title, href = one_line(one.title) or texts.say(language, "untitled"), web_link(one.url)
    spans = [
        Span(f"[{one.label}] "),
        Span(title[:500], bold=True, href=href, shows_href=False),
        Span(f"\n{byline(one, language, answer.asked_at)}"),
    ]
    if remark := remarks(one, language):
        spans += [Span("\n"), Span(remark, italic=True)]
    spans += [Span("\n\n"), *_in_context(one)]
    rows = []
    if len(answer.citations) > 1:
        rows.append(tuple(_turns(number, len(answer.citations))))
    if href and "." in (urlsplit(href).hostname or ""):
        rows.append((Button(texts.say(language, "button_open"), href),))
    rows.append((_button("back", AnswerAct.BACK, answer),))
    return screen(spans, rows)


def _turns(number: int, count: int) -> Iterable[Button]:
    places = (("«", (number - 1) % count), (f"{number + 1}/{count}", number))
    for label, target in (*places, ("»", (number + 1) % count)):
        yield Button(label, data=AnswerPress(AnswerAct.SOURCE, str(target)).data)


def _in_context(citation: Citation) -> list[Span]:
    quote, context = clean(citation.quote).strip(), clean(citation.context).strip()
    before, found, after = context.partition(quote) if quote else (context, "", "")
    if quote and not found:
        before, after = "", ""
    quote = quote[:LONGEST_PASSAGE]
    room = (LONGEST_PASSAGE - len(quote)) // (2 if quote else 1)
    kept_before = before if len(before) <= room or not quote else "… " + before[-room:]
    if not quote:
        kept_before = before[:room]
    kept_after = after if len(after) <= room else after[:room] + " …"
    return [Span(kept_before), Span(quote, bold=True), Span(kept_after)]


def _button(key: str, act: AnswerAct, answer: Answer) -> Button:
    label = texts.say(texts.supported(answer.language), f"button_{key}")
    return Button(label, data=AnswerPress(act).data)
