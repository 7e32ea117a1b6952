"""Quoted answers whose sentences do not agree, and the figures a reader looks for."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.answers import Answer
from bot.disagreement import Difference, difference
from bot.emphasis import answering_figures, marks
from bot.questions import Question, wanted_by
from bot.quoting import answer_by_quoting
from retrieval.highlight import Highlight, sentences_of
from retrieval.models import Appearance, Passage
from retrieval.terms import Terms, read_terms
from tests.builders import a_passage
from tests.fakes import FakeEmbedder

EARLIER, LATER = datetime(2026, 9, 9, tzinfo=UTC), datetime(2026, 9, 11, tzinfo=UTC)


def asked(text: str, language: str = "en") -> Question:
    terms = read_terms(text)
    known = Terms(terms, {stem: 1 for term in terms for stem in term.stems}, 100)
    return Question(text, None, language, wanted_by(text), known)


def told(
    text: str,
    *,
    by: str = "Tribuna",
    on: datetime | None = EARLIER,
    title: str = "The Porto Cedro plant",
    language: str = "en",
) -> Passage:
    return replace(
        a_passage(text, title=title, source=by, published_at=on, language=language, score=0.9),
        article_id=by,
        url=f"https://{by.lower()}.example/1",
        similarity=0.9,
        coverage=0.9,
    )


def quoted(question: Question, *passages: Passage) -> list[Highlight]:
    return sentences_of(passages, question.terms)


COST = asked("How much will the Porto Cedro plant cost?")
FIRST = told("The Porto Cedro plant will cost 1.2 billion reais, the mayor said.")
SECOND = told(
    "The Porto Cedro plant will cost 1.4 billion reais, lenders say.", by="Ledger", on=LATER
)


class TestADifference:
    def test_is_another_amount_of_the_kind_asked_for(self) -> None:
        assert difference(COST, quoted(COST, FIRST, SECOND)) is Difference.FIGURES

    def test_is_seen_across_languages(self) -> None:
        other = told("A usina de Porto Cedro vai custar R$ 1,4 bilhão.", by="Vale", language="pt")
        assert difference(COST, quoted(COST, FIRST, other)) is Difference.FIGURES

    @pytest.mark.parametrize(
        "text",
        [
            "The Porto Cedro plant will cost R$1,200,000,000 in all, papers show.",
            "The Porto Cedro plant will cost 240 million dollars, lenders say.",
            "The Porto Cedro plant will supply 420,000 people from next year.",
            "Work on the Porto Cedro plant begins once the permits are there.",
        ],
        ids=["the same written otherwise", "another currency", "another thing", "no figure"],
    )
    def test_is_none_where_the_figures_do_not_compare(self, text: str) -> None:
        other = told(text, by="Ledger")
        assert difference(COST, quoted(COST, FIRST, other)) is None

    def test_is_none_within_one_article(self) -> None:
        other = told("The Porto Cedro plant will cost 1.4 billion reais, lenders say.")
        assert difference(COST, quoted(COST, FIRST, other)) is None

    def test_is_none_where_one_sentence_tells_both(self) -> None:
        both = told(
            "Porto Cedro will pay 1.2 billion reais or, with the pipes, 1.4 billion.", by="Ledger"
        )
        assert difference(COST, quoted(COST, FIRST, both)) is None

    def test_is_none_with_an_article_about_another_place(self) -> None:
        other = told(
            "The Vale Pomar plant will cost 3 billion reais, lenders say.",
            by="Ledger",
            title="The Vale Pomar plant",
        )
        assert difference(COST, quoted(COST, FIRST, other)) is None

    def test_is_none_when_no_figure_was_asked_for(self) -> None:
        who = asked("Who will pay for the Porto Cedro plant?")
        assert difference(who, quoted(who, FIRST, SECOND)) is None

    @pytest.mark.parametrize(
        "words",
        [
            "Correction: it will cost 1.4 billion reais, not 1.2 billion.",
            "Correção: vai custar 1,4 bilhão de reais, e não 1,2 bilhão.",
            "Rectificación: costará 1.400 millones de reales.",
        ],
    )
    def test_is_a_correction_when_a_later_article_says_so(self, words: str) -> None:
        later = told(words, by="Ledger", on=LATER)
        assert difference(COST, quoted(COST, FIRST, later)) is Difference.CORRECTION

    def test_is_no_correction_when_the_article_that_says_so_came_first(self) -> None:
        words = "Correction: the Porto Cedro plant will cost 1.4 billion reais."
        first = told(words, by="Ledger", on=EARLIER)
        other = replace(FIRST, published_at=LATER)
        assert difference(COST, quoted(COST, other, first)) is Difference.FIGURES


def answered(*passages: Passage, question: Question = COST) -> Answer:
    answer = answer_by_quoting(question, passages, FakeEmbedder())
    assert answer.answered, answer.confidence
    return answer


class TestTheQuotedAnswer:
    def test_says_that_figures_differ_and_begins_with_the_latest(self) -> None:
        answer = answered(FIRST, SECOND)
        intro, *quotes = answer.text.split("\n\n")
        assert intro == "The coverage gives different figures. The latest first:"
        assert quotes == [
            "Sep 11, 2026: “The Porto Cedro plant will cost 1.4 billion reais, lenders say.” [1]",
            "Sep 9, 2026: “The Porto Cedro plant will cost 1.2 billion reais, the mayor said.” [2]",
        ]
        assert [one.source for one in answer.citations] == ["Ledger", "Tribuna"]

    def test_ends_with_the_correction(self) -> None:
        later = told(
            "Correction: the Porto Cedro plant will cost 1.4 billion reais, not 1.2 billion.",
            by="Ledger",
            on=LATER,
        )
        answer = answered(later, FIRST)
        assert answer.text.startswith("A later article corrects an earlier one.")
        assert [one.source for one in answer.citations] == ["Tribuna", "Ledger"]

    def test_marks_the_figures_that_were_asked_for(self) -> None:
        assert answered(FIRST).emphasis == ("1.2 billion reais",)

    def test_is_on_one_line_where_the_article_breaks_it(self) -> None:
        passage = told("The Porto Cedro plant will cost\n1.2 billion reais, the mayor said.")
        answer = answered(passage)
        assert "\n" in answer.citations[0].quote
        assert answer.citations[0].quote in passage.text
        assert " ".join(answer.citations[0].quote.split()) in answer.text

    def test_tells_how_sure_it_is_also_when_it_refuses(self) -> None:
        assert answered(FIRST).confidence >= 0.4
        refused = answer_by_quoting(
            asked("Who won the chess title in Reykjavik?"),
            [replace(FIRST, similarity=0.1, coverage=0.0)],
            FakeEmbedder(),
        )
        assert not refused.answered
        assert 0 < refused.confidence < 0.4

    def test_carries_what_is_known_of_its_sources(self) -> None:
        appearance = Appearance("G1", "https://g1.example/1", "The same", LATER)
        own = replace(appearance, source="TRIBUNA")
        passage = replace(
            FIRST,
            author="Ana Silva",
            partial=True,
            corrected_at=LATER,
            also_in=(own, appearance, appearance),
        )
        (one,) = answered(passage).citations
        assert (one.author, one.partial, one.corrected_at) == ("Ana Silva", True, LATER)
        assert one.also_in == ("G1",)
        assert one.article_id == "Tribuna"


@pytest.mark.parametrize(
    ("question", "text", "figures"),
    [
        ("How many workers struck?", "Some 3,600 workers closed four piers.", ("3,600",)),
        ("Quantos moradores?", "Abastece 420 mil moradores em 2029.", ("420 mil",)),
        ("¿Cuánto tiempo duró?", "La huelga duró once días y costó 3 millones.", ("once días",)),
        ("When does it open?", "It opens on 3 November 2026 at ten.", ("3 November 2026",)),
        ("Who opened it?", "The mayor opened it on 3 November 2026.", ()),
    ],
)
def test_the_figures_of_the_kind_asked_for_are_found(
    question: str, text: str, figures: tuple[str, ...]
) -> None:
    language = "pt" if "moradores" in text else "es" if "huelga" in text else "en"
    assert answering_figures(wanted_by(question), text, language) == figures


@given(st.text(max_size=80), st.lists(st.text(max_size=8), max_size=4))
def test_marking_takes_any_text_and_finds_only_what_it_was_given(
    text: str, emphasis: list[str]
) -> None:
    pattern = marks(emphasis)
    found = [match[0] for match in pattern.finditer(text)] if pattern else []
    assert set(found) <= set(emphasis)
    assert all(found)
