"""The preview page: whatever a message holds, a page that loads nothing and runs nothing."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from collections.abc import Sequence
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import html

from bot import texts
from bot.answer_buttons import answer_screen
from bot.preview_markup import DEEPEST, Reader, shown, shown_plain
from bot.preview_page import (
    Bubble,
    Chat,
    Key,
    Offered,
    Screen,
    Sender,
    Words,
    bubbles_of,
    page,
)
from bot.render import Button, Emphasis, Rendered
from bot.richtext import LIMIT, Span, clean, paginate
from bot.texts import LANGUAGES
from tests.telegram_bot import ANSWER, QUOTE
from tests.telegram_html import CannotParseError, parse

READER = Reader("en", UTC)
WORDS = Words("Pauta", "About it", "Message")
ME, BOT = Sender("Ana", is_me=True), Sender("Pauta")
AT = datetime(2025, 3, 1, 9, 5, tzinfo=UTC)

PIECES = (
    "<b>", "</b>", "<i>", "</i>", "<code>", "</code>", "<pre>", "</pre>", "<tg-spoiler>",
    "</tg-spoiler>", "<blockquote expandable>", "<blockquote>", "</blockquote>", "</a>",
    '<a href="https://news.example.com/a?b=1&amp;c=2">', '<a href="javascript:alert(1)">',
    '<a href="https://x.example.com/&quot; onclick=&quot;x">', '<a href="data:text/html,x">',
    '<tg-time unix="1740000000" format="Dt">', '<tg-time unix="0">', "</tg-time>", "<script>",
    "</script>", "<img src=https://x.example.com/x.png>", "</style>", "</div></article>",
    "<b style=\"background:url('https://x.example.com')\">", "<!--", "-->", "<![CDATA[", "&lt;",
    "&#0;", "&#x202e;", "&#55296;", "&#9999999;", "/latest", "@pauta_bot", "https://a.example.com",
)  # fmt: skip
HOSTILE = st.lists(st.sampled_from(PIECES) | st.text(max_size=12), max_size=14).map("".join)
STYLED = st.builds(
    Span,
    st.text(max_size=40),
    bold=st.booleans(),
    italic=st.booleans(),
    quoted=st.booleans(),
    href=st.none() | st.just('https://news.example.com/a?b="c"'),
)
ALLOWED = {
    "a", "article", "b", "body", "code", "details", "div", "h1", "h2", "head", "header", "html",
    "i", "main", "meta", "p", "s", "section", "small", "span", "style", "summary", "time",
    "title", "u",
}  # fmt: skip


def in_a_chat(*bubbles: Bubble, **more: object) -> Screen:
    return Screen("A screen", Chat("Pauta", "bot"), bubbles, **more)  # type: ignore[arg-type]


def message(text: str, *, is_html: bool = True) -> Bubble:
    return Bubble(BOT, text, AT, is_html=is_html)


def text_of(fragment: str) -> str:
    """Of a fragment that is well-formed; raises ParseError of any other."""
    return "".join(ET.fromstring(f"<div>{fragment}</div>").itertext())


def parsed(*screens: Screen, reader: Reader = READER) -> html.HtmlElement:
    document = page(screens, WORDS, reader)
    document.encode("utf-8")
    return html.document_fromstring(document)


def texts_of(root: html.HtmlElement, kind: str) -> list[str]:
    """In the light half; the dark one says the same."""
    found = root.xpath(f"//article[contains(@class,'light')]//*[contains(@class,'{kind}')]")
    return ["".join(one.itertext()) for one in found]


def assert_loads_nothing(root: html.HtmlElement) -> None:
    for element in root.iter():
        assert element.tag in ALLOWED
        assert not {"src", "style", "srcset", "poster", "data", "action"} & set(element.attrib)
        assert not [name for name in element.attrib if name.startswith("on")]
        if "href" in element.attrib:
            assert element.tag == "a"
            assert re.match(r"https?://", element.get("href"))
    style = "".join(root.xpath("//style")[0].itertext())
    assert "url(" not in style
    assert "@import" not in style


class TestWhateverAMessageHolds:
    @given(HOSTILE)
    def test_it_becomes_well_formed_and_says_no_less(self, text: str) -> None:
        for fragment in (shown(text, READER), shown_plain(text)):
            text_of(fragment)
        assert text_of(shown_plain(text)) == clean(text)

    @settings(max_examples=40)
    @given(HOSTILE, HOSTILE, HOSTILE)
    def test_the_page_loads_nothing_and_runs_nothing(self, one: str, two: str, name: str) -> None:
        reply = Bubble(Sender(name), two, AT, is_html=True, replies_to=message(one))
        keys = ((Key(one, two), Key(name, "danger", is_link=True)),)
        mine = Bubble(ME, one, AT, keys=keys, reaction=two)
        screen = Screen(
            one, Chat(name, two, is_group=True), (message(one), reply, mine),
            (Offered(one, two),), two,
        )  # fmt: skip
        root = html.document_fromstring(page([screen], Words(name, one, two), READER))
        assert_loads_nothing(root)
        assert len(root.xpath("//article")) == 2
        assert len(root.xpath("//div[starts-with(@class,'row')]")) == 2 * 3

    @given(st.lists(STYLED, max_size=6))
    def test_what_the_renderers_make_is_shown_as_telegram_reads_it(
        self, spans: Sequence[Span]
    ) -> None:
        for part in paginate(spans):
            read, _ = parse(part.html)
            said = text_of(shown(part.html, READER))
            assert said.replace("\n", "") == read.replace("\n", "")

    @given(HOSTILE)
    def test_what_telegram_refuses_is_shown_as_it_was_written(self, text: str) -> None:
        try:
            parse(clean(text))
        except CannotParseError:
            assert text_of(shown(text, READER)) == clean(text)

    def test_a_long_one_is_read_at_once(self) -> None:
        for piece in ("<", "<b>", "</b>", '<a href="', "&", "a/", "https://", "@a"):
            text = piece * (LIMIT // len(piece))
            assert text_of(shown(text, READER)) == text

    def test_tags_nest_only_so_deep(self) -> None:
        assert "<b><b>" in shown("<b>" * DEEPEST + "x" + "</b>" * DEEPEST, READER)
        deeper = "<b>" * (DEEPEST + 1) + "x" + "</b>" * (DEEPEST + 1)
        assert text_of(shown(deeper, READER)) == deeper


class TestMarkup:
    def test_a_link_leads_where_it_led_and_tells_nobody(self) -> None:
        (link,) = html.fragments_fromstring(
            shown('<a href="https://a.example.com/?b=1&amp;c=2">here</a>', READER)
        )
        assert link.get("href") == "https://a.example.com/?b=1&c=2"
        assert link.get("rel") == "noopener noreferrer"

    @pytest.mark.parametrize("scheme", ["javascript:alert(1)", "data:text/html,x", "file:///etc"])
    def test_a_link_that_is_no_web_address_is_words(self, scheme: str) -> None:
        said = shown(f'<a href="{scheme}">here</a>', READER)
        assert "<a" not in said
        assert text_of(said) == "here"

    def test_an_expandable_quote_opens(self) -> None:
        said = shown("Said.\n\n<blockquote expandable>“It is.”</blockquote>\n\nMore.", READER)
        assert text_of(said) == "Said.\n\n“It is.”\nMore."
        assert said.index("<details") < said.index("<summary") < said.index("“It is.”")

    def test_a_quote_that_does_not_fold_is_a_block(self) -> None:
        assert shown("<blockquote>x</blockquote>", READER) == '<div class="quote">x</div>'

    def test_a_date_is_that_of_the_reader(self) -> None:
        markup = '<tg-time unix="1740787200" format="Dt">1 mar</tg-time>'
        assert text_of(shown(markup, READER)).startswith("March 1, 2025, 12:00")
        far = Reader("pt", ZoneInfo("America/Sao_Paulo"))
        assert text_of(shown(markup, far)) == "28 de fevereiro de 2025, 21:00"

    def test_a_date_without_a_format_is_as_it_was_written(self) -> None:
        assert text_of(shown('<tg-time unix="1740787200">then</tg-time>', READER)) == "then"

    def test_commands_names_and_addresses_are_marked_as_telegram_does_by_itself(self) -> None:
        said = shown_plain("Try /latest, ask @pauta_bot or see https://a.example.com; 1/2 a@b.c")
        marked = re.findall(r'<span class="link">([^<]*)</span>', said)
        assert marked == ["/latest", "@pauta_bot", "https://a.example.com;"]


class TestPage:
    def test_an_answer_stands_there_with_its_buttons_and_what_it_replies_to(self) -> None:
        question = Bubble(ME, "How much?", AT, reaction="👀")
        bubbles = bubbles_of(answer_screen(ANSWER, writes=False), BOT, AT, question)
        root = parsed(in_a_chat(question, *bubbles))
        assert QUOTE in texts_of(root, "text")[1]
        assert texts_of(root, "reply") == ["AnaHow much?"]
        assert texts_of(root, "seen") == ["👀"]
        assert [one for one in texts_of(root, "key ") if "Sources" in one]
        assert root.xpath("//article[contains(@class,'light')]//*[@class='key primary']")

    def test_the_buttons_of_several_parts_are_under_the_last(self) -> None:
        parts = paginate([Span("word " * 2000)])
        assert len(parts) > 1
        first, *_, last = bubbles_of(Rendered(parts, ((Button("More", data="x"),),)), BOT, AT)
        assert (first.keys, last.keys) == ((), ((Key("More"),),))

    def test_every_kind_of_button_looks_its_own(self) -> None:
        buttons = (
            Button("Open", url="https://a.example.com"),
            Button("Copy", copy_text="x"),
            Button("Stop", data="x", emphasis=Emphasis.DANGER),
        )
        (bubble,) = bubbles_of(Rendered(paginate([Span("x")]), (buttons,)), BOT, AT)
        root = parsed(in_a_chat(bubble))
        light = root.xpath("//article[contains(@class,'light')]//*[starts-with(@class,'key')]")
        assert [one.get("class") for one in light if one.tag == "span"] == [
            "key url", "key copy", "key danger",
        ]  # fmt: skip

    def test_own_messages_are_on_the_right_and_others_of_a_group_are_named(self) -> None:
        bubbles = (Bubble(ME, "Mine", AT), Bubble(Sender("Bruno"), "His", AT))
        group = Screen("x", Chat("Desk", "Newsroom", is_group=True, is_topic=True), bubbles)
        root = parsed(group)
        assert texts_of(root, "name") == ["Bruno"]
        assert "Mine" in texts_of(root, "mine")[0]
        assert root.xpath("//*[contains(@class,'square')]")
        assert texts_of(parsed(in_a_chat(*bubbles)), "name") == []

    def test_each_screen_is_there_in_light_and_in_dark_with_the_same_content(self) -> None:
        root = parsed(in_a_chat(message("<b>One</b>")), in_a_chat(message("Two")))
        for pair in root.xpath("//*[@class='pair']"):
            light, dark = pair
            assert (light.get("class"), dark.get("class")) == ("phone light", "phone dark")
            assert html.tostring(light[0]) == html.tostring(dark[0])

    def test_a_day_is_said_once_and_is_the_readers(self) -> None:
        late = datetime(2025, 3, 1, 23, 30, tzinfo=UTC)
        bubbles = [Bubble(ME, "x", moment) for moment in (AT, AT, late)]
        assert texts_of(parsed(in_a_chat(*bubbles)), "day") == ["March 1, 2025"]
        tokyo = Reader("en", ZoneInfo("Asia/Tokyo"))
        days = texts_of(parsed(in_a_chat(*bubbles), reader=tokyo), "day")
        assert days == ["March 1, 2025", "March 2, 2025"]

    def test_an_inline_list_stands_above_what_is_typed(self) -> None:
        root = parsed(in_a_chat(offered=(Offered("Folha", "A sentence."),), typed="@bot words"))
        assert texts_of(root, "offers") == ["FFolhaA sentence."]
        assert texts_of(root, "typed") == ["@bot words"]

    @pytest.mark.parametrize("language", LANGUAGES)
    def test_it_speaks_every_language(self, language: str) -> None:
        about = texts.say(language, "preview_about")
        words = Words(texts.say(language, "preview_title"), about, "x")
        assert about in page([in_a_chat(message("x"))], words, Reader(language, UTC))
