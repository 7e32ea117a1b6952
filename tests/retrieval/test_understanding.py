"""What a question asks beside its topic, and what becomes of a filter that leaves nothing."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retrieval.models import Appearance, Query
from retrieval.question.understanding import (
    Filter,
    Understood,
    attempts,
    boosts,
    names_nowhere,
    understand,
)
from retrieval.terms import Terms, read_terms
from tests.builders import a_passage

NOW = datetime(2025, 6, 4, 12, 0, tzinfo=UTC)
KNOWN = frozenset({"Folha", "El País", "BBC News"})


def read(text: str, **query: object) -> Understood:
    return understand(Query(text, now=NOW, **query), KNOWN)  # type: ignore[arg-type]


def test_a_time_that_is_asked_to_be_read_is_a_filter_and_no_longer_looked_for() -> None:
    understood = read("news of the harbour since May 3")

    assert understood.filters == {Filter.TIME}
    assert "May" not in understood.text
    assert "harbour" in understood.text


def test_an_outlet_that_is_asked_is_a_filter() -> None:
    understood = read("segundo a Folha, quanto custou o porto?")

    assert understood.sources == ("Folha",)
    assert understood.filters == {Filter.SOURCES}


def test_without_a_moment_words_are_only_words() -> None:
    query = Query("news from the BBC since May 3")

    assert understand(query, KNOWN) == Understood(query.text)


def test_filters_that_were_given_are_not_read_again() -> None:
    understood = read("news from El País since May 3", since=NOW, sources=("Folha",))

    assert (understood.time, understood.sources) == (None, ())


def test_a_question_of_nothing_but_a_time_keeps_its_words() -> None:
    assert read("yesterday").text == "yesterday"


def test_yesterday_is_counted_where_the_asker_is() -> None:
    late = datetime(2025, 6, 4, 1, 0, tzinfo=UTC)  # still the third in São Paulo
    sao_paulo = ZoneInfo("America/Sao_Paulo")
    query = Query("news of yesterday", now=late, timezone=sao_paulo)

    time = understand(query, KNOWN).time

    assert time is not None
    assert time.since is not None
    assert time.since.astimezone(sao_paulo).date().isoformat() == "2025-06-02"


# Attempts


def test_without_filters_there_is_one_search() -> None:
    query = Query("harbour", now=NOW)

    assert [tried for tried, _ in attempts(query, understand(query, KNOWN))] == [query]


def test_filters_are_given_up_one_by_one_and_then_together() -> None:
    query = Query("what did El País publish yesterday about the harbour?", now=NOW)

    tries = list(attempts(query, understand(query, KNOWN)))

    assert [set(read.given_up) for _, read in tries] == [
        set(),
        {Filter.TIME},
        {Filter.SOURCES},
        {Filter.TIME, Filter.SOURCES},
    ]
    assert [bool(tried.since) for tried, _ in tries] == [True, False, True, False]
    assert [tried.sources for tried, _ in tries] == [("El País",), ("El País",), (), ()]
    assert tries[1][0].text == "what did publish yesterday about the harbour?"
    assert tries[2][0].text == "what did El País publish about the harbour?"
    assert tries[3][0].text == query.text


def test_what_was_understood_and_given_up_can_be_told() -> None:
    query = Query("what did El País publish yesterday about the harbour?", now=NOW)
    first, *_, last = (read for _, read in attempts(query, understand(query, KNOWN)))

    assert first.in_words(UTC) == "counted: yesterday, 2025-06-03; outlet: El País"
    assert "given up" in last.in_words(UTC)


# Boosts


def test_a_time_of_a_fact_is_preferred_and_no_filter() -> None:
    understood = read("how many ships came in January?")
    january = a_passage(published_at=datetime(2025, 1, 20, tzinfo=UTC))
    march = replace(january, published_at=datetime(2025, 3, 20, tzinfo=UTC))

    assert understood.filters == frozenset()
    inside, outside = (boosts(one, understood, NOW, 0.1)["period"] for one in (january, march))
    assert inside > outside > 0


def test_the_latest_is_preferred_only_where_it_is_asked_for() -> None:
    new = a_passage(published_at=NOW - timedelta(days=1))

    assert boosts(new, read("the latest on the harbour"), NOW, 0.1)["latest"] > 0
    assert boosts(new, read("who opened the harbour?"), NOW, 0.1) == {}


def test_an_outlet_that_may_be_meant_counts_also_where_it_only_carries_the_text() -> None:
    understood = Understood("x", hinted=("BBC News",))
    carried = replace(a_passage(), also_in=(Appearance("BBC News", "https://b", "", None),))

    assert boosts(carried, understood, NOW, 0.1) == {"outlet": pytest.approx(0.02)}
    assert boosts(a_passage(), understood, NOW, 0.1) == {}


# Names that occur nowhere


def nowhere(question: str, *known: str) -> tuple[str, ...]:
    terms = read_terms(question)
    frequencies = {stem: int(stem in known) for term in terms for stem in term.stems}
    return names_nowhere(
        understand(Query(question, now=NOW), KNOWN), Terms(terms, frequencies, 100)
    )


def test_a_name_no_chunk_holds_is_told_as_it_was_written() -> None:
    assert nowhere("What did Ana Zébedeu say of Lisbon?", "lisbo", "lisbonne") == ("Ana Zébedeu",)
    assert nowhere("Who is Ana?", "ana") == ()
    assert nowhere("When does Vilarelho's line open?", "s") == ("Vilarelho",)


def test_the_first_word_of_a_sentence_may_just_begin_it() -> None:
    assert nowhere("Harbours of Vilarelho? Ships of it?") == ("Vilarelho",)


def test_neither_a_year_nor_an_outlet_that_was_understood_need_be_written_in_an_article() -> None:
    assert nowhere("how was the harvest in 2020?") == ()
    assert nowhere("what does the BBC say about Vilarelho?") == ("Vilarelho",)


@given(st.text(max_size=80))
def test_any_question_is_understood(text: str) -> None:
    query = Query(text, now=NOW)
    understood = understand(query, KNOWN)

    assert understood.in_words(UTC) is not None
    assert len(list(attempts(query, understood))) <= 4
    assert all(name in text for name in nowhere(text))
