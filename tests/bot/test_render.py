"""Answers as Telegram shows them."""

from __future__ import annotations

import unicodedata
from dataclasses import replace
from datetime import UTC, datetime
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot import texts
from bot.answers import Answer, Citation, Headline
from bot.render import MAX_BUTTONS, Button, render_answer, web_link
from bot.richtext import LIMIT, Part, Span, at_moment, clean, is_blank, isolated, paginate
from tests.telegram_html import CannotParseError, Entity, parse

DAY = datetime(2025, 1, 21, tzinfo=UTC)


def citation(label: int = 1, **changes: object) -> Citation:
    made = Citation(
        label=label,
        title=f"Title {label}",
        url=f"https://news{label}.example.com/story",
        source=f"Outlet {label}",
        published_at=DAY,
        quote="It is so.",
        context="Before it. It is so. After it.",
    )
    return replace(made, **changes)  # type: ignore[arg-type]


def answer(text: str = "It says:\n\n“It is so.” [1]", *citations: Citation) -> Answer:
    return Answer(text=text, answered=True, language="en", citations=citations or (citation(),))


def only(parts: tuple[Part, ...]) -> Part:
    (part,) = parts
    return part


def units(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2


class TestAnAnswer:
    def test_reads_like_this(self) -> None:
        assert only(render_answer(answer()).parts).html == (
            "It says:\n\n“It is so.” "
            '<a href="https://news1.example.com/story">[1]</a>\n\n'
            "<blockquote expandable>[1] Outlet 1, Jan 21, 2025\n"
            '<a href="https://news1.example.com/story">Title 1</a>\n'
            "Before it. <b>It is so.</b> After it.</blockquote>"
        )

    def test_reads_the_same_in_plain_text_with_addresses_written_out(self) -> None:
        assert only(render_answer(answer()).parts).plain == (
            "It says:\n\n“It is so.” [1]\n\n[1] Outlet 1, Jan 21, 2025\n"
            "Title 1 (https://news1.example.com/story)\nBefore it. It is so. After it."
        )

    def test_never_turns_content_into_markup(self) -> None:
        hostile = '<b onclick="x">&amp;</b> <a href="https://evil.example.com">'
        made = citation(title=hostile, source=hostile, quote=hostile, context=hostile)
        text, entities = parse(only(render_answer(answer(hostile + " [1]", made)).parts).html)
        assert text.count(hostile) == 4
        assert {entity.url for entity in entities} == {None, made.url}

    @pytest.mark.parametrize(
        ("language", "date"),
        [("en", "Jan 21, 2025"), ("pt", "21 de jan. de 2025"), ("es", "21 ene 2025")],
    )
    def test_writes_dates_in_the_askers_language(self, language: str, date: str) -> None:
        made = replace(answer(), language=language)
        assert f"[1] Outlet 1, {date}\n" in only(render_answer(made).parts).html

    def test_says_when_there_is_no_date(self) -> None:
        made = answer("[1]", citation(published_at=None))
        assert "Outlet 1, no date\n" in only(render_answer(made).parts).html

    def test_leaves_labels_that_nothing_stands_behind_as_text(self) -> None:
        html = only(render_answer(answer("one [1], two [2]")).parts).html
        assert ">[1]</a>, two [2]\n" in html

    def test_does_not_link_local_files(self) -> None:
        made = render_answer(answer("[1]", citation(url="file:///home/ana/notes.txt")))
        assert "<a " not in only(made.parts).html
        assert "/home/ana" not in only(made.parts).plain
        assert made.buttons == ()

    def test_shows_a_quote_that_its_context_does_not_hold_by_itself(self) -> None:
        made = answer("[1]", citation(context="Something else."))
        assert only(render_answer(made).parts).html.endswith("\n<b>It is so.</b></blockquote>")

    def test_shows_a_title_that_is_the_quote_once(self) -> None:
        made = citation(title="It is so", quote="It is so", context="Before it. After it.")
        shown = only(render_answer(answer("So. [1]", made)).parts)
        assert shown.plain.count("It is so") == 1
        assert '<a href="https://news1.example.com/story"><b>It is so</b></a>' in shown.html
        assert "Before it. After it." in shown.plain

    def test_shortens_a_long_context_around_its_quote_at_words(self) -> None:
        context = "before " * 300 + "It is so." + " after" * 300
        html = only(render_answer(answer("[1]", citation(context=context))).parts).html
        assert "\n… before before " in html
        assert "before <b>It is so.</b> after" in html
        assert html.endswith(" after …</blockquote>")

    def test_shows_less_around_its_quotes_rather_than_become_a_second_message(self) -> None:
        around = "word " * 60
        three = [
            citation(
                label, context=f"{around}It is so. {around}", url=f"https://{label}.example.org"
            )
            for label in (1, 2, 3)
        ]
        long = "\n\n".join(f"“{'It is so. ' * 90}” [{label}]" for label in (1, 2, 3))
        shown = only(render_answer(answer(long, *three)).parts)
        assert shown.html.count("<b>It is so.</b>") == 3

    def test_marks_sample_coverage(self) -> None:
        html = only(render_answer(answer("[1]", citation(sample=True))).parts).html
        assert html.endswith(f"<i>{texts.say('en', 'sample_note')}</i>")
        assert "<i>" not in only(render_answer(answer()).parts).html

    def test_without_an_answer_shows_the_nearest_headlines_as_links(self) -> None:
        near = Headline("Dams & floods", "https://a.example.com/1", "Folha", DAY)
        local = Headline("Notes", "file:///notes.txt", "notes.txt", None)
        made = Answer("Nothing found.", False, "en", nearest=(near, local))
        rendered = render_answer(made)
        assert only(rendered.parts).html == (
            "Nothing found.\n\nThe nearest headlines:\n"
            '• <a href="https://a.example.com/1">Dams &amp; floods</a> (Folha, Jan 21, 2025)\n'
            "• Notes (notes.txt, no date)"
        )
        assert rendered.buttons == ()

    @pytest.mark.parametrize("text", ["", " \n", "\u200b\u200b", "\ud800", "\x00"])
    def test_with_nothing_to_see_still_says_something(self, text: str) -> None:
        made = Answer(text, answered=False, language="pt")
        assert only(render_answer(made).parts).plain == texts.say("pt", "nothing_found")


NOON = datetime(2025, 1, 21, 12, 30, tzinfo=UTC)


class TestADate:
    def test_whose_time_of_day_is_known_is_shown_to_each_reader_in_their_own_time(self) -> None:
        part = only(render_answer(answer("[1]", citation(published_at=NOON))).parts)
        (date,) = dates_of(part)
        assert (date.text, date.format) == ("Jan 21, 2025", "Dt")
        assert datetime.fromtimestamp(date.unix or 0, UTC) == NOON

    def test_reads_the_same_in_plain_text(self) -> None:
        at_noon = only(render_answer(answer("[1]", citation(published_at=NOON))).parts)
        at_midnight = only(render_answer(answer("[1]", citation(published_at=DAY))).parts)
        assert at_noon.plain == at_midnight.plain
        assert dates_of(at_midnight) == []

    def test_is_told_as_an_age_in_plain_words(self) -> None:
        made = replace(answer("[1]", citation(published_at=NOON)), asked_at=NOON)
        html = only(render_answer(made).parts).html
        assert 'format="Dt">Jan 21, 2025</tg-time> (today)\n' in html

    def test_of_a_headline_is_one_too(self) -> None:
        near = Headline("Dams", "https://a.example.com/1", "Folha", NOON)
        made = Answer("Nothing found.", False, "en", nearest=(near,))
        assert len(dates_of(only(render_answer(made).parts))) == 1

    @pytest.mark.parametrize("year", [1, 1969, 2040, 9999])
    def test_that_telegram_cannot_count_is_plain(self, year: int) -> None:
        made = answer("[1]", citation(published_at=datetime(year, 6, 1, 12, tzinfo=UTC)))
        assert dates_of(only(render_answer(made).parts)) == []

    def test_cut_in_two_is_text_like_any_other(self) -> None:
        (first, second) = paginate([Span("x" * 190 + " "), at_moment("y" * 200, NOON)], 256)
        assert dates_of(first) == []
        assert len(dates_of(second)) == 1
        cut = paginate([at_moment("z" * 400, NOON)], 256)
        assert [dates_of(part) for part in cut] == [[]] * len(cut)
        assert "".join(part.html for part in cut) == "z" * 400

    @pytest.mark.parametrize(
        "markup",
        [
            "<tg-time>x</tg-time>",
            '<tg-time unix="0">x</tg-time>',
            '<tg-time unix="soon">x</tg-time>',
            '<tg-time unix="5" format="Td">x</tg-time>',
            '<tg-time unix="5">x',
        ],
    )
    def test_written_wrongly_would_be_noticed(self, markup: str) -> None:
        with pytest.raises(CannotParseError):
            parse(markup)


class TestNamesThatRunFromRightToLeft:
    ARABIC = "الجزيرة"

    def test_leave_what_stands_around_them_in_its_order(self) -> None:
        made = citation(source=self.ARABIC, title=self.ARABIC, also_in=(self.ARABIC,))
        plain = only(render_answer(answer("[1]", made)).parts).plain
        kept = f"\u2068{self.ARABIC}\u2069"
        assert f"[1] {kept}, Jan 21, 2025\n{kept} (https" in plain
        assert f"also in {kept}" in plain

    def test_are_a_buttons_label_too(self) -> None:
        made = render_answer(answer("[1]", citation(source=self.ARABIC)))
        assert made.buttons[0][0].label == f"[1] \u2068{self.ARABIC}\u2069"

    @given(
        st.text(
            st.sampled_from("a1 \u05d0\u0627\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
        )
    )
    def test_cannot_turn_round_what_follows_them(self, name: str) -> None:
        depth = 0
        for character in isolated(name):
            assert character not in "\u202a\u202b\u202d\u202e\u202c\u2066\u2067"
            depth += (character == "\u2068") - (character == "\u2069")
            assert depth in (0, 1)
        assert depth == 0

    def test_are_left_alone_where_they_run_like_ours(self) -> None:
        assert isolated("São Paulo 24h") == "São Paulo 24h"


class TestThePreview:
    def test_is_of_the_one_article_that_all_is_from(self) -> None:
        assert render_answer(answer("[1]")).preview == citation(1).url
        same = citation(2, url=citation(1).url)
        assert render_answer(answer("[1] [2]", citation(1), same)).preview == citation(1).url

    @pytest.mark.parametrize(
        "cited",
        [
            (citation(1), citation(2)),
            (citation(url="http://intranet/story"),),
            (citation(url="file:///home/ana/notes.txt"),),
            (citation(sample=True),),
        ],
        ids=["two articles", "a private host", "a file", "a sample"],
    )
    def test_is_of_nothing_else(self, cited: tuple[Citation, ...]) -> None:
        assert render_answer(answer("[1]", *cited)).preview == ""

    def test_is_not_shown_where_nothing_was_found(self) -> None:
        near = Headline("Dams", "https://a.example.com/1", "Folha", DAY)
        assert render_answer(Answer("Nothing.", False, "en", nearest=(near,))).preview == ""


class TestWhatIsKnownOfASource:
    def test_stands_in_a_few_words_beside_it(self) -> None:
        made = citation(
            author="Ana Silva",
            corrected_at=datetime(2025, 3, 3, 9, tzinfo=UTC),
            also_in=("G1", "UOL", "Terra", "R7", "Metro"),
            partial=True,
        )
        html = only(render_answer(answer("[1]", made)).parts).html
        assert "[1] Outlet 1, Ana Silva, Jan 21, 2025, updated Mar 3\n" in html
        assert (
            "\n<i>also in G1, UOL, Terra +2 · only the beginning: for subscribers\n</i>Before"
            in html
        )

    @pytest.mark.parametrize(
        ("language", "updated", "also", "partial"),
        [
            ("pt", "atualizado em 3 de mar.", "também em G1", "só o início"),
            ("es", "actualizado el 3 mar", "también en G1", "solo el comienzo"),
        ],
    )
    def test_is_said_in_the_askers_language(
        self, language: str, updated: str, also: str, partial: str
    ) -> None:
        corrected = datetime(2025, 3, 3, 9, tzinfo=UTC)
        made = citation(corrected_at=corrected, also_in=("G1",), partial=True)
        plain = only(render_answer(replace(answer("[1]", made), language=language)).parts).plain
        assert all(words in plain for words in (updated, also, partial))

    def test_has_the_year_of_a_correction_made_in_another(self) -> None:
        made = citation(corrected_at=datetime(2026, 3, 3, 9, tzinfo=UTC))
        assert "updated Mar 3, 2026\n" in only(render_answer(answer("[1]", made)).parts).html


class TestIndependentSources:
    def test_are_counted_when_several_articles_are_cited(self) -> None:
        made = replace(answer("[1] [2]", citation(1), citation(2)), origins=2)
        assert "\n\n2 independent sources\n\n" in only(render_answer(made).parts).plain

    def test_are_one_by_name_when_all_goes_back_to_it(self) -> None:
        made = answer("[1]", citation(also_in=("G1",)))
        made = replace(made, origins=1, sole_origin="Reuters")
        plain = only(render_answer(made).parts).plain
        assert "\n\nAll from one source: Reuters\n\n" in plain
        assert (
            "Tudo de uma única fonte: Reuters"
            in only(render_answer(replace(made, language="pt")).parts).plain
        )

    def test_are_not_spoken_of_when_one_article_stands_by_itself(self) -> None:
        made = replace(answer("[1] [2]", citation(1), citation(2, url=citation(1).url)), origins=1)
        assert "source" not in only(render_answer(made).parts).plain


class TestFigures:
    def test_that_answer_are_bold_wherever_they_stand_whole(self) -> None:
        made = replace(answer("5 of 15, not 5.000 but R$ 5 [1]"), emphasis=("5", "R$ 5", "1"))
        html = only(render_answer(made).parts).html
        assert html.startswith("<b>5</b> of 15, not 5.000 but <b>R$ 5</b> <a href=")

    def test_are_plain_when_nothing_was_asked_for(self) -> None:
        assert "<b>It" in only(render_answer(answer("500 [1]")).parts).html
        assert "<b>5" not in only(render_answer(answer("500 [1]")).parts).html


class TestButtons:
    def test_are_one_per_address_two_a_row(self) -> None:
        same = citation(4, url=citation(1).url)
        made = answer("x", citation(1), citation(2), citation(3), same)
        assert render_answer(made).buttons == (
            (
                Button("[1] Outlet 1", "https://news1.example.com/story"),
                Button("[2] Outlet 2", "https://news2.example.com/story"),
            ),
            (Button("[3] Outlet 3", "https://news3.example.com/story"),),
        )

    def test_are_never_more_than_a_handful(self) -> None:
        made = render_answer(answer("x", *(citation(label) for label in range(1, 30))))
        assert sum(map(len, made.buttons)) == MAX_BUTTONS

    def test_leave_out_hosts_that_telegram_refuses(self) -> None:
        made = render_answer(answer("[1]", citation(url="http://intranet/story")))
        assert made.buttons == ()
        assert '<a href="http://intranet/story">' in only(made.parts).html


@pytest.mark.parametrize(
    "url",
    [
        "", "javascript:alert(1)", "ftp://a.com", "https://", "http://[::1", "//a.com",
        "https://a.com/ x", 'https://a.com/"', "https://a.com/\ud800",
        "https://a.com/" + "x" * 5000,
    ],
)  # fmt: skip
def test_what_is_not_a_web_address_is_not_linked(url: str) -> None:
    assert web_link(url) is None


class TestCutting:
    def test_prefers_the_end_of_a_sentence(self) -> None:
        sentence = "These are some words that make up a sentence. "
        parts = paginate([Span(sentence * 500)])
        assert len(parts) > 1
        assert all(part.html.endswith("a sentence.") for part in parts)

    def test_keeps_labels_with_the_sentence_they_support(self) -> None:
        parts = paginate([Span("Some words here. [12]\n" * 1000)])
        assert all(part.html.endswith("here. [12]") for part in parts)

    def test_falls_back_to_words_then_to_anywhere(self) -> None:
        assert all(part.html.endswith("word") for part in paginate([Span("word " * 3000)]))
        assert [len(part.html) for part in paginate([Span("x" * 10_000)])] == [4096, 4096, 1808]

    def test_counts_in_utf16_units_and_keeps_joined_emoji_whole(self) -> None:
        family = "👩‍👩‍👧"
        for part in paginate([Span(family * 2000)]):
            assert units(part.html) <= LIMIT
            assert part.html.count(family) * len(family) == len(part.html)

    def test_closes_and_reopens_markup_around_a_cut(self) -> None:
        parts = paginate([Span("bold words " * 1000, bold=True, quoted=True)])
        assert len(parts) > 2
        for part in parts:
            assert part.html.startswith("<blockquote expandable><b>")
            assert part.html.endswith("</b></blockquote>")

    def test_is_quick_on_text_made_to_be_slow(self) -> None:
        for nasty in ("." * 50_000, ".)\n" * 15_000, "[1]" * 15_000, "\u200d" * 50_000):
            parts = paginate([Span(nasty)])
            assert sum(len(part.html) for part in parts) >= visible_length(nasty)


def visible_length(text: str) -> int:
    return 0 if is_blank(text) else len("".join(text.split()))


AWKWARD = st.text(
    st.one_of(
        st.characters(),
        st.sampled_from("<>&\"' .\n[]1\x00\u200b\u200d\ud800😀"),
    ),
    max_size=300,
)
LONG = st.builds(lambda text, times: text * times, AWKWARD, st.integers(1, 60))
URLS = st.one_of(
    AWKWARD,
    st.builds(lambda path: "https://a.example.com/" + path, AWKWARD),
    st.builds(lambda times: "https://a.example.com/?" + "&a=1" * times, st.integers(1, 600)),
)
DATES = st.none() | st.datetimes(timezones=st.just(UTC))
CITATIONS = st.builds(
    Citation,
    label=st.integers(1, 5),
    title=AWKWARD,
    url=URLS,
    source=AWKWARD,
    published_at=DATES,
    quote=LONG,
    context=LONG,
    sample=st.booleans(),
    corrected_at=DATES,
    also_in=st.lists(AWKWARD, max_size=6).map(tuple),
    partial=st.booleans(),
    author=AWKWARD,
)
HEADLINES = st.builds(Headline, title=AWKWARD, url=URLS, source=AWKWARD, published_at=DATES)
ANSWERS = st.builds(
    Answer,
    text=LONG,
    answered=st.booleans(),
    language=st.sampled_from(["pt", "en", "es", "und", ""]),
    citations=st.lists(CITATIONS, max_size=4).map(tuple),
    nearest=st.lists(HEADLINES, max_size=4).map(tuple),
    note=AWKWARD,
    origins=st.integers(0, 5),
    sole_origin=AWKWARD,
    emphasis=st.lists(AWKWARD | st.sampled_from(["1", "[1]", "<b>"]), max_size=4).map(tuple),
)


class _Checker(HTMLParser):
    """Checks nesting with the standard library's parser, apart from our own."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        allowed = {
            "a": ["href"], "b": [], "i": [], "blockquote": ["expandable"],
            "tg-time": ["unix", "format"],
        }  # fmt: skip
        assert [name for name, _ in attrs] == allowed[tag]
        assert tag not in self.open
        # Telegram lets neither be part of the other.
        assert not {"a", "tg-time"} <= {*self.open, tag}
        if tag == "a":
            href = dict(attrs)["href"]
            assert href is not None
            assert href.lower().startswith(("http://", "https://"))
        self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data


def visible(text: str) -> str:
    """What must survive: everything but white space and what nobody can see."""
    return "".join(
        character
        for character in clean(text)
        if not character.isspace() and unicodedata.category(character) not in ("Cf", "Mn", "Me")
    )


@given(ANSWERS)
def test_any_answer_becomes_messages_that_telegram_takes(made: Answer) -> None:
    rendered = render_answer(made)
    assert rendered.parts
    shown = ""
    for part in rendered.parts:
        checker = _Checker()
        checker.feed(part.html)
        checker.close()
        assert checker.open == []
        assert parse(part.html)[0] == checker.text
        assert checker.text.strip() == checker.text
        assert not is_blank(checker.text)
        assert max(units(part.html), units(part.plain)) <= LIMIT
        assert clean(part.html) == part.html
        # The plain text has all of it, in order, and addresses in between.
        plain = iter(part.plain)
        assert all(character in plain for character in checker.text)
        shown += checker.text
    assert visible(shown).startswith(visible(made.text))
    assert all(button.label.strip() and len(row) <= 2 for row in rendered.buttons for button in row)


SPANS = st.lists(
    st.builds(
        Span,
        text=LONG,
        bold=st.booleans(),
        italic=st.booleans(),
        href=st.none() | st.integers(1, 300).map(lambda size: "https://a.com/?" + "&" * size),
        quoted=st.booleans(),
    )
    | st.builds(at_moment, AWKWARD, st.datetimes(timezones=st.just(UTC)), quoted=st.booleans()),
    max_size=12,
)


def dates_of(part: Part) -> list[Entity]:
    entities = parse(part.html)[1] if "<tg-time" in part.html else []
    return [one for one in entities if one.type == "date_time"]


@given(SPANS, st.integers(256, 600))
def test_any_spans_fit_any_limit_and_keep_their_text(spans: list[Span], limit: int) -> None:
    shown = ""
    whole = {clean(span.text) for span in spans if span.instant}
    for part in paginate(spans, limit):
        # Half a date would be shown as a whole one, and twice.
        assert {one.text for one in dates_of(part)} <= whole
        checker = _Checker()
        checker.feed(part.html)
        checker.close()
        assert checker.open == []
        assert max(units(part.html), units(part.plain)) <= limit
        shown += checker.text
    assert visible(shown) == visible("".join(span.text for span in spans))
