"""What comes along with a quoted figure from articles in other languages."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from bot.answers import Answer
from bot.asker import TERMINAL
from bot.assistant import first_of_all, with_understood
from bot.disagreement import Difference, difference
from bot.other_dates import telling_when_first, those_telling_when
from bot.questions import wanted_by
from bot.quoting import says_too_little
from bot.same_figure import companion, subject_first, those_with_a_figure
from bot.sentence_choice import Scored
from bot.sentence_scores import Signs
from retrieval.question.understanding import Filter, Understood
from retrieval.question.when import Strictness, TimeMentioned
from tests.bot.test_differences import COST, EARLIER, FIRST, asked, quoted, told

LATEST = datetime(2026, 11, 12, tzinfo=UTC)
PLAIN = Understood("what happened")


def test_a_correction_in_another_language_comes_along() -> None:
    question = asked("How many permanent jobs will the Quelvar centre have?")
    wrong = told("Quelvar will create 1,150 permanent jobs in the city.", title="Quelvar builds")
    right = told(
        "Correção: a Quelvar vai gerar 115 empregos permanentes, e não 1.150, como se publicou.",
        by="Gazeta",
        on=LATEST,
        title="Correção: Quelvar",
        language="pt",
    )
    chosen = quoted(question, wrong)
    found = companion(question, chosen, chosen, [wrong, right])
    assert found is not None
    assert found.passage.source == "Gazeta"


def test_a_later_date_in_another_language_comes_along() -> None:
    question = asked("When will the Porto Cedro plant open?")
    first = told("The Porto Cedro plant will open in March 2029, the mayor said.")
    later = told(
        "La planta de Porto Cedro no abrirá hasta enero de 2030, según la empresa.",
        by="Veleta",
        on=LATEST,
        language="es",
    )
    chosen = quoted(question, first)
    found = companion(question, chosen, chosen, [first, later])
    assert found is not None
    assert "2030" in found.text


def test_what_another_project_costs_does_not_come_along() -> None:
    other = told(
        "Quelvar of Porto Cedro invests 1.4 billion reais in Serra Clara.",
        by="Gazeta",
        on=LATEST,
        title="Quelvar builds in Serra Clara",
    )
    chosen = quoted(COST, FIRST)
    assert companion(COST, chosen, chosen, [FIRST, other]) is None


def test_what_a_cubic_metre_costs_is_not_another_cost_of_the_plant() -> None:
    water = told(
        "The water of Porto Cedro will cost 4.10 reais a cubic metre.", by="Ledger", on=LATEST
    )
    chosen = quoted(COST, FIRST)
    assert companion(COST, chosen, chosen, [FIRST, water]) is None


def test_a_question_that_goes_on_from_none_names_too_little() -> None:
    assert says_too_little(asked("and over how many years?"))
    assert not says_too_little(asked("and how long will Porto Cedro repay its loan?"))


def test_durations_of_different_events_do_not_disagree() -> None:
    question = asked("how many years of commitment over the loan?")
    one = told("The commitment is over four years of the loan.", title="Stargate")
    other = told("The loan is over 22 years of commitment.", by="Ledger", title="Porto Cedro")
    assert difference(question, quoted(question, one, other)) is not Difference.FIGURES


def test_the_article_that_is_on_the_subject_is_quoted_first() -> None:
    question = asked("How much did Stargate commit to invest?")
    passing = told(
        "France will commit and invest 109 billion euros, as much as Stargate did.",
        title="Europe in Paris",
    )
    subject = told(
        "Stargate commits 500 billion dollars over four years.", by="Kestrel", title="Stargate"
    )
    signs = Signs(1.0, 1.0, 0.5, 0.5, 1.0, 0.0, 1.0)
    first, second = (quoted(question, one)[0] for one in (passing, subject))
    near = [Scored(first, signs, 35.4), Scored(second, signs, 33.9)]
    assert subject_first(question, near)[0].sentence is second
    far = [Scored(first, signs, 35.4), Scored(second, signs, 30.0)]
    assert subject_first(question, far)[0].sentence is first
    about_people = replace(question, wanted=wanted_by("Who did Stargate commit to invest?"))
    assert subject_first(about_people, near)[0].sentence is first


def test_that_nothing_is_known_of_the_day_asked_for_comes_first() -> None:
    day = TimeMentioned(EARLIER, LATEST, Strictness.FILTER, (), "then")
    read = Understood("what happened", time=day, given_up=frozenset({Filter.TIME}))
    noted = with_understood(Answer("Found.", answered=True, language="en"), read, TERMINAL)
    told_first = first_of_all(noted, read, TERMINAL)
    assert told_first.text == f"{noted.note}\n\nFound."
    assert told_first.note == ""
    kept = with_understood(Answer("Found.", answered=True, language="en"), PLAIN, TERMINAL)
    assert first_of_all(kept, PLAIN, TERMINAL) == kept


OPENING = asked("When does Porto Cedro's line open")
DELAYED = told(
    "La planta de Porto Cedro no abrirá hasta enero de 2030.", by="Veleta", language="es"
)
BOAST = told("The port of Porto Cedro turns to the sea.", by="Ledger")


def test_what_tells_the_date_in_another_language_comes_before_what_tells_none() -> None:
    dateless, dated = (quoted(OPENING, one)[0] for one in (BOAST, DELAYED))
    near = [
        Scored(dateless, Signs(1.0, 1.0, 0.5, 0.5, 0.0, 0.0, 1.0), 35.0),
        Scored(dated, Signs(1.0, 0.5, 0.5, 0.5, 1.0, 0.0, 1.0), 33.0),
    ]
    assert telling_when_first(OPENING, near)[0].sentence is dated
    far = [near[0], Scored(dated, near[1].signs, 20.0)]
    assert telling_when_first(OPENING, far)[0].sentence is dateless
    elsewhere = asked("When does Saltmarsh's line open")
    assert telling_when_first(elsewhere, near)[0].sentence is dateless


def test_beside_dates_that_differ_no_sentence_without_one_is_quoted() -> None:
    first = told("The Porto Cedro plant will open in March 2029, the mayor said.")
    dated = quoted(OPENING, first, DELAYED)
    assert those_telling_when(OPENING, [*quoted(OPENING, BOAST), *dated]) == dated


def test_beside_figures_that_differ_no_sentence_without_one_is_quoted() -> None:
    told_twice = quoted(COST, FIRST)
    assert those_with_a_figure(COST, [*quoted(COST, BOAST), *told_twice]) == told_twice
    assert those_with_a_figure(COST, quoted(COST, BOAST)) == quoted(COST, BOAST)
