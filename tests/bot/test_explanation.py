"""What a person and a program are told of a search, and what an asker is told of a question."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from bot.answers import Answer, Turn
from bot.asker import Asker
from bot.assistant import query_of, with_understood
from bot.explanation import WIDTH, explanation_json, print_explanation
from bot.understood import names_nowhere_note, note_on
from retrieval.explain import Fate, Found, Trace
from retrieval.models import Query
from retrieval.question.understanding import Filter, Understood, understand
from tests.builders import a_passage

NOW = datetime(2025, 6, 4, 12, 0, tzinfo=UTC)
QUERY = Query("what did Folha publish yesterday?", now=NOW)
READ = understand(QUERY, frozenset({"Folha"}))
PASSAGE = replace(a_passage(title="A very long title " * 20), similarity=0.81, coverage=0.5)
FOUND = Found(
    passages=(PASSAGE,),
    understood=replace(READ, absent_names=("Varga",)),
    query=replace(QUERY, since=NOW, sources=("Folha",)),
    phrasings=(QUERY.text,),
    traces=(
        Trace(PASSAGE, 1, 2, {"period": 0.04}, 3.5, Fate.KEPT, 1),
        Trace(PASSAGE, None, 9, {}, None, Fate.COPY, 1),
        Trace(PASSAGE, 7, None, {}, None, Fate.BEYOND_ARTICLE, None),
    ),
)


def test_the_table_fits_and_says_why_each_was_kept_or_dropped(
    capsys: pytest.CaptureFixture[str],
) -> None:
    print_explanation(FOUND)

    printed = capsys.readouterr().out
    assert all(len(line) <= WIDTH for line in printed.splitlines())
    for told in ("counted: yesterday", "outlet: Folha", "Varga", "kept", "copy of 1", "+.040"):
        assert told in printed
    assert "(in brackets): the reranker's score" in printed
    assert "article's limit" in printed


def test_without_candidates_it_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    print_explanation(replace(FOUND, passages=(), traces=()))

    assert "No candidates" in capsys.readouterr().out


def test_the_json_holds_every_candidate_with_its_parts() -> None:
    shown = json.loads(json.dumps(explanation_json(FOUND)))

    first, copy, _ = shown["candidates"]
    assert (first["dense_rank"], first["keyword_rank"], first["rank"]) == (1, 2, 1)
    assert (first["cosine"], first["coverage"], first["boosts"]) == (0.81, 0.5, {"period": 0.04})
    assert (copy["fate"], copy["rank"]) == ("copy", 1)
    assert shown["filters"]["sources"] == ["Folha"]
    assert shown["absent_names"] == ["Varga"]


@pytest.mark.parametrize("language", ["en", "pt", "es"])
def test_an_asker_is_told_the_filters_and_those_given_up(language: str) -> None:
    counted = note_on(READ, language, UTC)
    given_up = note_on(
        replace(READ, given_up=frozenset({Filter.TIME, Filter.SOURCES})), language, UTC
    )

    for told in (counted, given_up):
        assert "Folha" in told
        assert "2025" in told
    assert counted != given_up
    assert note_on(Understood("x"), language, UTC) == ""


def test_a_refusal_names_what_occurs_nowhere_and_an_answer_does_not() -> None:
    understood = Understood("x", absent_names=("Ana Varga", "Zolt"))
    refusal = Answer("I found nothing.", answered=False, language="en")

    told = with_understood(refusal, understood, Asker()).text

    assert told == "I found nothing. “Ana Varga”, “Zolt” occurs nowhere in the coverage."
    assert names_nowhere_note(Understood("x"), "en") == ""
    answer = replace(refusal, answered=True)
    assert with_understood(answer, understood, Asker()).text == answer.text


def test_a_search_knows_the_last_answer_and_when_it_is_asked() -> None:
    turns = [Turn("user", "who?"), Turn("assistant", "Ana did."), Turn("user", "when?")]

    query = query_of("and now?", turns, Asker(), NOW, limit=3)
    earlier = query_of("and now?", turns, Asker(asked_at=NOW.replace(year=2020)), NOW, limit=3)

    assert (query.history, query.last_answer) == (("who?", "when?"), "Ana did.")
    assert query.now == NOW
    assert earlier.now == NOW.replace(year=2020)
