"""How long something lasted, in whatever language it is told; and titles that tell it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.how_long import asks_how_long, coverage_of_what_lasts, lasting_first
from bot.questions import fits, wanted_by
from bot.quotable_titles import TITLE, quotable_titles
from bot.quoting import answer_by_quoting
from bot.sentence_choice import Scored
from bot.sentence_scores import Signs
from retrieval.highlight import Highlight
from tests.bot.test_differences import asked, quoted, told
from tests.fakes import FakeEmbedder

STRIKE = asked("How long did the strike last?")
SHUT = told(
    "Dockers at Puerto Almenar shut the terminals of Terminales del Almenar in a strike. "
    "The union wants a 9% rise over two years.",
    by="Ledger",
    title="Strike shuts Puerto Almenar",
)
ENDED = told(
    "Em Puerto Almenar, a Terminales del Almenar e o sindicato encerram uma greve de onze dias.",
    by="Diário",
    title="Estivadores aceitam acordo",
    language="pt",
)


@pytest.mark.parametrize(
    ("question", "sentence", "how_far"),
    [
        ("How long did the strike last?", "An 11-day strike ended on Thursday.", 1.0),
        ("How long did the strike last?", "The walkout lasted about eleven days.", 1.0),
        ("Quanto tempo durou a greve?", "O acordo pôs fim a uma greve de onze dias.", 1.0),
        ("¿Cuánto duró la huelga?", "La huelga duró once días.", 1.0),
        ("¿Cuánto duró la huelga?", "Hay fruta en los almacenes durante nueve días.", 0.9),
        ("How long did the strike last?", "They want a 9% rise over two years.", 0.8),
        ("How long did the strike last?", "Some 3,600 workers joined.", 0.3),
        ("How long did the strike last?", "The union was pleased.", 0.0),
    ],
)
def test_what_lasts_fits_better_than_a_duration_in_passing(
    question: str, sentence: str, how_far: float
) -> None:
    assert fits(wanted_by(question), sentence) == how_far


@pytest.mark.parametrize(
    ("question", "is_so"),
    [
        ("How long did it last?", True),
        ("Quanto tempo durou?", True),
        ("¿Cuánto tardará el tren?", True),
        ("To its highest level in how many years?", False),
        ("¿Cuántos años tenía Elway?", False),
        ("How many dockers joined?", False),
    ],
)
def test_ages_and_years_are_another_question(question: str, is_so: bool) -> None:
    assert asks_how_long(asked(question)) is is_so


def test_the_words_that_only_ask_need_not_be_told() -> None:
    question = asked("Quanto tempo durou a greve?", "pt")
    assert question.terms.coverage(ENDED.text) < 0.5
    assert coverage_of_what_lasts(question, ENDED) == 1


def scored(sentence: Highlight, score: float, *, fit: float) -> Scored:
    return Scored(sentence, Signs(1.0, 1.0, 0.5, 0.5, fit, 0.0, 1.0), score)


def test_another_language_on_the_same_event_comes_before_what_does_not_tell() -> None:
    (_, rise), (ended,) = (quoted(STRIKE, one) for one in (SHUT, ENDED))
    ranked = [scored(rise, 32.0, fit=0.8), scored(ended, 28.0, fit=1.0)]
    assert [one.sentence for one in lasting_first(STRIKE, ranked)] == [ended]

    elsewhere = replace(ended, passage=replace(ENDED, text="Uma greve de onze dias no Porto."))
    ranked = [scored(rise, 32.0, fit=0.8), scored(elsewhere, 28.0, fit=1.0)]
    assert lasting_first(STRIKE, ranked)[0].sentence is rise


class TestATitle:
    question = asked("How long did the strike in Puerto Almenar last?")
    passage = told(
        "Workers of the port of Puerto Almenar went back to their cranes on Thursday.",
        title="Puerto Almenar: eleven-day strike ends",
    )

    def test_is_quoted_when_it_holds_the_answer_and_the_article_does_not(self) -> None:
        answer = answer_by_quoting(self.question, [self.passage], FakeEmbedder())
        assert answer.answered
        line = f"“{self.passage.title}” (headline) [1]"
        assert line in answer.text.split("\n\n")
        assert answer.citations[0].quote == self.passage.title
        assert answer.citations[0].title == self.passage.title

    def test_is_left_where_the_article_says_the_same(self) -> None:
        says = replace(self.passage, text="The strike at Puerto Almenar lasted eleven days.")
        sentences = quoted(self.question, says)
        assert quotable_titles(self.question, [says], sentences) == []

    def test_is_no_sentence_where_no_figure_is_asked_for(self) -> None:
        question = asked("Who ended the strike in Puerto Almenar?")
        assert quotable_titles(question, [self.passage], []) == []

    def test_counts_once_however_many_passages_are_of_its_article(self) -> None:
        second = replace(self.passage, chunk_id="second", text="Nothing of it is told here at all.")
        found = quotable_titles(self.question, [self.passage, second], [])
        assert [(one.text, one.span) for one in found] == [(self.passage.title, TITLE)]
