"""A digest as Telegram shows it, and what its buttons say."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.answers import Citation
from bot.browsed import StoryPage, Told
from bot.digest_page import (
    Difference,
    DifferingFigure,
    DigestPage,
    MovedFigure,
    NamedStory,
    Section,
    StoryView,
    Written,
)
from bot.digest_press import DigestAct, DigestPress, parse_digest_press
from bot.figure_moves import Moved
from bot.render_digest import render_digest
from bot.render_told_story import ask_away_about, told_story_screen
from bot.richtext import LIMIT, length
from bot.texts import LANGUAGES, catalogue
from tests.browsing import a_row
from tests.digests import an_id
from tests.telegram_html import parse

UNTIL = datetime(2025, 6, 3, 7, 30, tzinfo=ZoneInfo("America/Sao_Paulo"))
ODD = st.text(max_size=250)


def a_citation(label: int = 1, source: str = "Folha", quote: str = "It opened.") -> Citation:
    url = f"https://{source.lower()}.example.com/{label}"
    return Citation(label, "Harbour opens", url, source, UNTIL, quote)


WRITTEN = Written(
    "The harbour opened again [1]. It cost 412 million euros [2].",
    (a_citation(1), a_citation(2, "Lusa")),
    "en",
)
SECTION = Section(
    story_id=an_id("harbour"),
    headline="Harbour opens again after the storm",
    url="https://folha.example.com/1",
    language="en",
    written=WRITTEN,
    outlets=("Folha", "Lusa", "AP"),
    origins=3,
)
NAMED = NamedStory(an_id("other"), "A quarry closes", "https://g1.example.com/q", "G1", "en")


def a_page(*sections: Section, **changes: object) -> DigestPage:
    page = DigestPage("", UNTIL - timedelta(days=1), UNTIL, sections=sections)
    return replace(page, **changes)  # type: ignore[arg-type]


def shown(page: DigestPage, language: str = "en") -> str:
    return "\n".join(part.plain for part in render_digest(page, language).parts)


class TestADigest:
    def test_tells_day_headline_sentences_and_who_reports(self) -> None:
        assert shown(a_page(SECTION)) == (
            "📰 The day's news · Tue, Jun 3, 2025\n\n"
            "1) Harbour opens again after the storm\n"
            "The harbour opened again [1]. It cost 412 million euros [2].\n"
            "[1] Folha, [2] Lusa, AP · 3 independent sources"
        )

    @pytest.mark.parametrize(
        ("language", "expected"),
        [("pt", "As notícias do dia · ter., 3 de jun. de 2025"),
         ("es", "Las noticias del día · mar, 3 jun 2025")],
    )  # fmt: skip
    def test_has_the_day_in_the_chats_language(self, language: str, expected: str) -> None:
        assert expected in shown(a_page(SECTION), language)

    def test_has_the_day_of_the_chats_time_zone(self) -> None:
        tokyo = datetime(2025, 6, 2, 22, 30, tzinfo=UTC).astimezone(ZoneInfo("Asia/Tokyo"))

        assert "Jun 3" in shown(a_page(SECTION, until=tokyo))

    def test_has_the_name_the_chat_gave_it(self) -> None:
        assert "📰 Regulation · " in shown(a_page(SECTION, name="Regulation"))

    def test_numbers_labels_on_from_story_to_story_and_links_them(self) -> None:
        other = replace(SECTION, story_id=an_id("x"), headline="Another")
        (part,) = render_digest(a_page(SECTION, other), "en").parts
        text, entities = parse(part.html)
        links = {one.text: one.url for one in entities if one.type == "text_link"}

        assert "opened again [3]. It cost 412 million euros [4]." in text
        assert links["[3]"] == "https://folha.example.com/1"
        assert links["[4]"] == "https://lusa.example.com/2"

    def test_says_which_day_a_running_story_is_at_and_what_is_new(self) -> None:
        running = replace(SECTION, is_new=False, day=3, written=replace(WRITTEN, is_news=True))

        text = shown(a_page(running))

        assert "New: The harbour opened again" in text
        assert text.endswith("· day 3")

    def test_names_a_running_story_as_it_was_known_where_its_headline_is_foreign(self) -> None:
        running = replace(SECTION, is_new=False, day=3, known_as="Storm closes the harbour")

        assert shown(a_page(running)).endswith("· day 3 of “Storm closes the harbour”")

    def test_says_who_tells_a_running_story_now_where_nothing_is_new(self) -> None:
        running = replace(SECTION, is_new=False, also_in=("AP", "Lusa"))
        told = replace(running, written=replace(WRITTEN, is_news=True))

        assert "Now also in AP, Lusa: The harbour opened" in shown(a_page(running))
        assert "Now also in" not in shown(a_page(told))

    @pytest.mark.parametrize(
        ("language", "line"),
        [
            ("en", "🔢 New figure for people without a home: 900 → ≥ 4,200 (AP)"),
            ("pt", "🔢 Novo número sobre os desabrigados: 900 → ≥ 4.200 (AP)"),
            ("es", "🔢 Nueva cifra sobre los damnificados: 900 → ≥ 4.200 (AP)"),
        ],
    )
    def test_tells_what_is_counted_otherwise_than_before(self, language: str, line: str) -> None:
        counted = Moved("homeless", Decimal(900), Decimal(4200), an_id("a"), at_least=True)
        text = shown(a_page(replace(SECTION, moved=(MovedFigure(counted, "AP"),))), language)

        assert line in text

    def test_says_that_all_is_from_one_source(self) -> None:
        copied = replace(SECTION, origins=1, sole_origin="Reuters")

        assert "All from one source: Reuters" in shown(a_page(copied))

    def test_tells_contradicting_figures_each_with_its_outlet(self) -> None:
        figures = (DifferingFigure("12", "Folha", "u"), DifferingFigure("40", "AP", "u"))
        torn = replace(SECTION, differences=(Difference("dead", figures),))

        assert "⚠️ Sources differ on the dead: 12 (Folha), 40 (AP)" in shown(a_page(torn))

    def test_says_the_language_of_what_is_not_in_the_readers(self) -> None:
        assert shown(a_page(SECTION), "pt").endswith("· em inglês")

    def test_names_the_stories_after_those_it_tells(self) -> None:
        assert shown(a_page(SECTION, also=(NAMED,))).endswith("Also\n2) A quarry closes (G1)")

    def test_says_that_it_stands_for_missed_ones(self) -> None:
        assert "never sent: 2." in shown(a_page(SECTION, missed=2))

    def test_of_sample_articles_says_so(self) -> None:
        assert "sample articles" in shown(a_page(replace(SECTION, sample=True)))

    def test_of_a_week_says_which(self) -> None:
        week = a_page(SECTION, is_weekly=True, since=UNTIL - timedelta(days=7))

        assert "The week's news · May 27 – Jun 3, 2025".replace(" ", "") in shown(week).replace(
            "\u2009", ""
        ).replace(" ", "")

    def test_of_a_quiet_day_is_two_lines_without_buttons(self) -> None:
        screen = render_digest(a_page(), "en")

        assert screen.parts[0].plain.endswith("A quiet day: nothing new.")
        assert screen.buttons == ()

    def test_of_quiet_topics_says_so(self) -> None:
        assert "on what this digest is about" in shown(a_page(has_topics=True))

    def test_has_a_button_for_each_story_in_rows_of_four(self) -> None:
        many = [replace(SECTION, story_id=an_id(str(number))) for number in range(5)]
        screen = render_digest(a_page(*many, also=(NAMED,)), "en")
        labels = [[button.label for button in row] for row in screen.buttons]

        assert labels == [["1", "2", "3", "4"], ["5", "6"]]
        assert parse_digest_press(screen.buttons[1][1].data) == DigestPress(
            DigestAct.STORY, an_id("other")
        )


@given(
    headline=ODD,
    text=ODD,
    source=ODD,
    url=st.one_of(ODD, st.just("https://example.com/" + "a" * 1_500)),
    figure=ODD,
    count=st.integers(0, 8),
    language=st.sampled_from(LANGUAGES),
)
def test_whatever_strangers_wrote_telegram_takes_every_part(
    headline: str, text: str, source: str, url: str, figure: str, count: int, language: str
) -> None:
    citation = Citation(1, headline, url, source, UNTIL, text)
    odd = replace(
        SECTION,
        headline=headline,
        url=url,
        language=source[:2],
        written=Written(f"{text} [1] [2]", (citation,), "xx", is_news=True),
        outlets=(source, headline),
        differences=(Difference("money", (DifferingFigure(figure, source, url),) * 2),),
    )
    page = a_page(
        *[odd] * count, name=headline, also=(NamedStory("odd id", headline, url, source),) * 5
    )

    screen = render_digest(page, language)

    assert screen.parts
    for part in screen.parts:
        parse(part.html)
        assert length(part.html) <= LIMIT
        assert part.plain.strip()
    assert len([button for row in screen.buttons for button in row]) == count


def a_view(**changes: object) -> StoryView:
    rows = (Told(a_row(1), "It opened."), Told(a_row(2), "It closed."))
    page = StoryPage(rows, "Harbour opens", 0, 1, 2, ("Folha", "AP"), 2, UNTIL, UNTIL, "")
    return replace(StoryView(an_id("harbour"), "Harbour opens", page), **changes)  # type: ignore[arg-type]


class TestOneStory:
    def test_shows_its_articles_and_what_can_be_done(self) -> None:
        figures = (DifferingFigure("12", "Folha", "u"), DifferingFigure("40", "AP", "u"))
        screen = told_story_screen(a_view(differences=(Difference("jobs", figures),)), "en", UNTIL)
        labels = [[button.label for button in row] for row in screen.buttons]

        assert "2 independent sources" in screen.parts[0].plain
        assert "Sources differ on jobs: 12 (Folha), 40 (AP)" in screen.parts[0].plain
        assert labels == [["1", "2"], ["💬 Ask about it"], ["🔔 Follow", "👎 Less of this"]]

    @settings(max_examples=20)
    @given(ODD, st.sampled_from(LANGUAGES))
    def test_whatever_its_headline_asking_about_it_can_be_said(
        self, headline: str, language: str
    ) -> None:
        (part,) = ask_away_about(headline, language).parts
        parse(part.html)
        assert length(part.html) <= LIMIT


class TestPresses:
    @pytest.mark.parametrize("act", sorted(DigestAct))
    def test_are_read_back(self, act: DigestAct) -> None:
        press = DigestPress(act, an_id("x"))

        assert parse_digest_press(press.data) == press
        assert len(press.data.encode()) <= 64

    @pytest.mark.parametrize("data", ["d:s:", "d:z:" + "0" * 24, "d:s:../../x", "b:s:" + "0" * 24])
    def test_of_others_are_none(self, data: str) -> None:
        assert parse_digest_press(data) is None

    @given(st.text(max_size=64))
    def test_are_read_from_anything(self, data: str) -> None:
        press = parse_digest_press(data)

        assert press is None or press.data == data


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_kind_of_contradiction_has_a_name(language: str) -> None:
    kinds = ["dead", "injured", "missing", "homeless", "evacuated", "arrested", "jobs", "money"]

    assert all(catalogue(language)[f"digest_about_{kind}"] for kind in kinds)
