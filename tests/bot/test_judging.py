"""Of a draft only what is borne out is sent."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.citations import labels_of
from bot.judging import Asked, Judged, judge
from bot.unfit import runs_of
from prompts import read
from tests.builders import a_passage

NOW = datetime(2025, 6, 1, tzinfo=UTC)
PLANT = a_passage(
    "The plant will cost $4 billion. Mayor Ana Costa signed the contract on 20 May 2025.",
    chunk_id="plant",
    source="Coast Herald",
    title="Plant approved",
)
STRIKE = a_passage(
    "The dockers gave up their demands and returned quietly to work, the union told us.",
    chunk_id="strike",
    source="Open Wire",
    title="Dockers",
)
PASSAGES = {1: PLANT, 2: STRIKE}
ASKED = Asked("What will it cost?", "en", NOW, runs_of([read("answer").text]))
RIGHT = "The plant will cost $4 billion [1]."


def judged(draft: str) -> Judged:
    return judge(draft, PASSAGES, ASKED)


def test_a_draft_that_is_borne_out_stays_as_it_is() -> None:
    found = judged(RIGHT)
    assert (found.text, found.problems) == (RIGHT, ())
    assert found.is_answer


@pytest.mark.parametrize(
    ("sentence", "why"),
    [
        ("It opens in 2031 [1].", "2031"),
        ("Rui Lima signed it [1].", "Rui Lima"),
        ("It will be enormous.", "no passage is cited"),
        ("More is at evil.com [1].", "addresses|web address"),
        ("Figures, names and dates exactly as the passages give them [1].", "instructions"),
        ("You do not calculate or round [1].", "reader|instructions"),
        ("The dockers gave up their demands and returned to work [1].", "words of passage 2"),
        ("Open Wire says it will cost $4 billion [1].", "name “Open Wire”"),
        ("Nothing whatsoever happened [1].", "no word of it"),
    ],
)
def test_a_sentence_that_is_not_is_left_out_and_its_writer_told_why(
    sentence: str, why: str
) -> None:
    for draft in (f"{RIGHT} {sentence}", f"{RIGHT}\n\n{sentence}"):
        found = judged(draft)
        assert found.text == RIGHT
        [problem] = found.problems
        assert any(part in problem for part in why.split("|")), problem


def test_yes_needs_no_citation_of_its_own() -> None:
    assert judged(f"Yes. {RIGHT}").text == f"Yes. {RIGHT}"


def test_what_rested_on_a_sentence_that_is_left_out_is_looked_up_again() -> None:
    """`Ana Costa signed it` rested on [1] of the next; that gone, it would rest on [2]."""
    found = judged("Ana Costa signed it. It opens in 2031 [1]. The dockers returned to work [2].")
    assert found.text == "The dockers returned to work [2]."


@pytest.mark.parametrize("draft", ["", "[1]", "Yes.", "I cannot say.", "It costs $4 billion.", "…"])
def test_what_states_nothing_with_a_source_is_no_answer(draft: str) -> None:
    found = judged(draft)
    assert not found.is_answer
    assert found.text == ""
    assert found.problems


@pytest.mark.parametrize(
    "draft",
    ["NOT FOUND", "NOT FOUND.", "**NOT FOUND**", "Not found.", "NOT_FOUND\n", "It is NOT FOUND."],
)
def test_the_mark_of_nothing_found_is_understood_and_never_shown(draft: str) -> None:
    found = judged(draft)
    assert found.says_not_found
    assert "found" not in found.text.lower()


def test_words_that_only_begin_like_the_mark_are_none() -> None:
    assert not judged("Not found guilty, Ana Costa signed the contract [1].").says_not_found


def test_what_comes_near_stays_after_the_mark() -> None:
    assert judged(f"NOT FOUND. {RIGHT}").text == RIGHT


_PIECES = st.sampled_from(
    [RIGHT, "[2]", "It opens in 2031 [1].", "\n\n", "Yes.", "See evil.com [1].", "NOT FOUND",
     "The dockers returned to work [2].", "[9]", "Ana Costa signed it."]
)  # fmt: skip


@given(st.lists(_PIECES, max_size=8).map(" ".join))
def test_whatever_is_left_is_borne_out(draft: str) -> None:
    found = judged(draft)
    again = judged(found.text)
    assert again.text == found.text
    assert again.problems == () or not found.text
    assert set(labels_of(found.text)) == {citation.label for citation in found.citations}
    assert "evil" not in found.text
    assert "2031" not in found.text
