"""Answers and passages as a terminal shows them."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from textwrap import indent

from rich.console import Console
from rich.text import Text

from bot import texts
from bot.answers import Answer, Citation, Headline
from bot.bylines import byline, day, one_line, origins_line, remarks
from bot.emphasis import marks
from bot.quoting import in_quotes
from bot.richtext import clean
from retrieval.models import Passage

_out = Console(highlight=False, soft_wrap=True, markup=False)
_err = Console(stderr=True, highlight=False, soft_wrap=True, markup=False)


def print_wrapped(console: Console, text: Text) -> None:
    """Between words where people look on, and not at all in what is piped."""
    console.print(text, soft_wrap=bool(text.no_wrap) or not console.is_terminal)


def print_answer(answer: Answer) -> None:
    """The answer, then its sources by number."""
    language = answer.language
    shown = Text(clean(answer.text))
    if figures := marks(answer.emphasis):
        shown.highlight_regex(figures, style="bold")
    print_wrapped(_out, shown)
    if answer.citations:
        _out.print()
    for _, group in groupby(answer.citations, key=lambda citation: citation.url):
        cited = list(group)
        labels = " ".join(f"[{citation.label}]" for citation in cited)
        _print_source(labels, cited[0], answer)
        for one in cited:
            if in_quotes(one.quote) not in answer.text:
                # What a model wrote in its own words stands beside the words it rests on.
                quote = clean(in_quotes(one.quote))
                print_wrapped(_out, Text(f"{' ' * len(labels)} {quote}"))
    if origins := origins_line(answer, language):
        _out.print(Text(f"\n{origins}"))
    if answer.note:
        print_wrapped(_out, Text(f"\n{clean(answer.note)}", style="italic"))
    if answer.nearest:
        _out.print(Text("\n" + texts.say(language, "nearest_headlines")))
    for headline in answer.nearest:
        _print_source("-", headline, answer)


def _print_source(mark: str, item: Citation | Headline, answer: Answer) -> None:
    language = answer.language
    note = f" ({texts.say(language, 'sample_mark')})" if item.sample else ""
    print_wrapped(
        _out,
        Text(f"{mark} {byline(item, language, answer.asked_at)}: {one_line(item.title)}{note}"),
    )
    if isinstance(item, Citation) and (remark := remarks(item, language)):
        _out.print(Text(f"{' ' * len(mark)} {remark}", style="italic"))
    _out.print(Text(f"{' ' * len(mark)} {one_line(item.url)}", style="dim"))


def print_passages(passages: Sequence[Passage]) -> None:
    """Ranked passages, for a person."""
    if not passages:
        _err.print("Nothing in the coverage comes near.")
    for rank, passage in enumerate(passages, start=1):
        date = day(passage.published_at, "en")
        head = f"{rank}. {passage.title}\n   {passage.source}, {date} · score {passage.score:.4f}"
        _out.print(Text(head, style="bold"))
        _out.print(Text(f"   {passage.url}", style="dim"))
        _out.print(Text(indent(passage.text, "   ") + "\n"))
