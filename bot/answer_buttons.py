"""What can be pressed under an answer, and the screens that this opens.  (pure)"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import StrEnum

from bot import texts
from bot.answers import Answer, Citation
from bot.bylines import byline, byline_spans, one_line, remarks
from bot.render import Button, Emphasis, Rendered, public_link, render_answer, web_link
from bot.richtext import Span, clean, isolated, length
from bot.screens import screen
from bot.shown_answers import Reason

LONGEST_COPY = 256
"""Characters a button can copy."""
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
    FOLLOW = "f"


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
        sources = Button(label, data=press.data, emphasis=Emphasis.MAIN)
        rows.append((sources, _button("not_right", AnswerAct.WRONG, answer)))
        if answer.answered:
            rows.append((_button("follow_topic", AnswerAct.FOLLOW, answer),))
        if writes and answer.answered:
            rows.append(
                (
                    _button("shorter", AnswerAct.SHORTER, answer),
                    _button("in_detail", AnswerAct.DETAIL, answer),
                )
            )
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
    title, href = one_line(one.title)[:500] or texts.say(language, "untitled"), web_link(one.url)
    spans = [
        Span(f"[{one.label}] "),
        Span(isolated(title), bold=True, href=href, shows_href=False),
        Span("\n"),
        *byline_spans(one, language, answer.asked_at),
    ]
    if remark := remarks(one, language):
        spans += [Span("\n"), Span(remark, italic=True)]
    spans += [Span("\n\n"), *_in_context(one)]
    rows = []
    if len(answer.citations) > 1:
        rows.append(tuple(_turns(number, len(answer.citations))))
    beside = []
    if link := public_link(one.url):
        beside.append(Button(texts.say(language, "button_open"), link))
    if copied := quote_to_copy(one, language):
        beside.append(Button(texts.say(language, "button_copy_quote"), copy_text=copied))
    if beside:
        rows.append(tuple(beside))
    rows.append((_button("back", AnswerAct.BACK, answer),))
    return screen(spans, rows)


def quote_to_copy(citation: Citation, language: str) -> str:
    """The sentence with outlet, date and link, as far as a button can copy them; empty where not
    even the sentence is short enough."""
    quote = one_line(citation.quote)
    if not quote:
        return ""
    said, by = f"“{quote}”", byline(citation, language)
    link = public_link(citation.url)
    fuller = [f"{said} ({by}) {link}"] if link else []
    return next(
        (one for one in (*fuller, f"{said} ({by})", said) if length(one) <= LONGEST_COPY), ""
    )


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
