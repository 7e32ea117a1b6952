"""What is typed, and how Telegram's screens look in a terminal."""

from __future__ import annotations

import unicodedata
from io import StringIO

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from bot.answer_buttons import source_page
from bot.answers import Answer, Citation
from bot.events import Reading, Searching, Writing
from bot.render import Rendered
from bot.richtext import Span, paginate
from bot.screens import screen
from bot.terminal.line import COMMANDS, Asked, Line, Picked, Told, Unknown, completions, read
from bot.terminal.screens import lines_of
from bot.terminal.streaming import frame
from tests.browsing import PUBLISHED

ADDRESS = "https://folha.example/harbour"


def plain(rendered: Rendered) -> list[str]:
    return [line.plain for line in lines_of(rendered)]


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("How much?", Asked("How much?")),
        ("  2025 ", Asked("2025")),
        ("1", Picked(1)),
        ("[12]", Picked(12)),
        ("#3.", Picked(3)),
        ("/latest", Told("latest")),
        ("/LATEST  folha ontem ", Told("latest", "folha ontem")),
        ("/exit", Told("quit")),
        ("/start", Told("help")),
        ("/ask who won?", Asked("who won?")),
        ("more", Told("more", typed="more")),
        ("Mais", Told("more", typed="Mais")),
        ("more about it", Asked("more about it")),
        ("/sorces", Unknown("sorces", "sources")),
        ("/qqq", Unknown("qqq")),
        ("/etc/passwd", Unknown("etc/passwd")),
        ("/", Unknown("")),
    ],
)
def test_a_line_is_a_question_a_number_or_a_command(typed: str, meant: Line) -> None:
    assert read(typed) == meant


@given(
    st.text(min_size=1).filter(str.strip) | st.from_regex(r"[/#\[]?[1-9a-z]{1,4}", fullmatch=True)
)
def test_any_line_means_something_and_no_question_is_lost(line: str) -> None:
    meant = read(line)
    match meant:
        case Asked(text):
            assert text
            assert text in line
        case Told(command, _, _):
            assert command in COMMANDS
        case Unknown(_, nearest):
            assert not nearest or nearest in COMMANDS
        case Picked(number):
            assert f"{number}" in line


def test_tab_completes_commands_only() -> None:
    assert completions("/so") == ("/sources", "/source")
    assert completions("/LA") == ("/latest",)
    assert completions("so") == ()
    assert len(completions("/")) == len(COMMANDS)


def test_the_address_of_a_link_follows_its_paragraph() -> None:
    spans = [
        Span("1. "), Span("A <b>title</b>", href=ADDRESS, shows_href=False), Span("\nFolha, today"),
        Span("\n\n2. "), Span("Other", href=f"{ADDRESS}2", shows_href=False),
    ]  # fmt: skip
    assert plain(screen(spans)) == [
        "1. A <b>title</b>", "Folha, today", f"   {ADDRESS}",
        "", "2. Other", f"   {ADDRESS}2",
    ]  # fmt: skip


def test_of_links_line_by_line_each_address_is_under_its_own() -> None:
    spans = [
        Span("• "), Span("One", href=ADDRESS), Span("\n  Folha\n• "),
        Span("Two", href="https://b.example/"),
    ]  # fmt: skip
    assert plain(screen(spans)) == [
        "• One", "  Folha", f"   {ADDRESS}", "• Two", "   https://b.example/",
    ]  # fmt: skip


def test_an_address_that_is_read_anyway_is_not_told_twice() -> None:
    assert plain(screen([Span("Folha\n"), Span(ADDRESS, href=ADDRESS)])) == ["Folha", ADDRESS]


def test_bold_and_italic_stay() -> None:
    (line,) = lines_of(screen([Span("a "), Span("b", bold=True), Span("c", italic=True)]))
    assert [(span.start, span.end, str(span.style)) for span in line.spans] == [
        (2, 3, "bold"),
        (3, 4, "italic"),
    ]


@given(st.lists(st.tuples(st.text(), st.booleans(), st.booleans()), max_size=8))
def test_any_screen_is_shown_whole_and_without_anything_a_terminal_obeys(
    pieces: list[tuple[str, bool, bool]],
) -> None:
    spans = [
        Span(text, bold=bold, href=ADDRESS if linked else None, shows_href=False)
        for text, bold, linked in pieces
    ]
    rendered = Rendered(paginate(spans))
    shown = "\n".join(plain(rendered))
    assert not any(
        unicodedata.category(character) == "Cc" and character not in "\n\t\x85"
        for character in shown
    )
    told = "".join(part.plain for part in rendered.parts).split()
    assert [word for word in shown.split() if word != ADDRESS] == [
        word for word in told if word != ADDRESS
    ]


def test_a_source_page_shows_the_passage_around_the_quote_its_outlet_date_and_link() -> None:
    citation = Citation(
        label=3, title="Harbour\x1b[31m opens", url=ADDRESS, source="Folha",
        published_at=PUBLISHED, quote="It cost 412 million.",
        context="It opened. It cost 412 million. Nobody came.\x1b]0;x\x07", also_in=("G1",),
    )  # fmt: skip
    page = source_page(Answer("It cost 412 million. [3]", True, "en", (citation,)), 0)
    assert page is not None
    shown = "\n".join(plain(page))
    for part in (
        "[3] Harbour[31m opens", "Folha, Feb 27, 2025", "also in G1", f"   {ADDRESS}",
        "It opened. It cost 412 million. Nobody came.",
    ):  # fmt: skip
        assert part in shown
    assert "\x1b" not in shown
    assert "\x07" not in shown


class TestWhileAnAnswerIsMade:
    def shown(self, event: Searching | Reading | Writing, height: int = 10) -> list[str]:
        out = StringIO()
        console = Console(file=out, width=30, height=height, force_terminal=False)
        console.print(frame(event, "en", console))
        return [line.rstrip() for line in out.getvalue().splitlines()]

    def test_one_line_tells_what_is_done_however_long(self) -> None:
        (line,) = self.shown(Searching("harbour \n\x1b[2J" * 20))
        assert "Searching “harbour" in line
        assert len(line) <= 30

    def test_of_a_long_draft_its_end_is_shown_and_that_it_is_not_checked(self) -> None:
        lines = self.shown(Writing("word " * 200 + "the end\x1b[2J"))
        assert len(lines) <= 10
        assert "the end[2J" in " ".join(lines[:-1])
        assert "not checked" in lines[-1]

    @given(st.text(max_size=300))
    def test_no_draft_overflows_the_screen_or_is_obeyed(self, text: str) -> None:
        lines = self.shown(Writing(text), height=8)
        assert len(lines) <= 8
        assert "\x1b" not in "".join(lines)
