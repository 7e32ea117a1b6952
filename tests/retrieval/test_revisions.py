"""What a correction changed, and the figures of a text."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retrieval.figures import written_figures
from retrieval.revisions import MOST_SENTENCES, changes, sentence_changes
from tests.stories import wire_text

TEXTS = st.text(alphabet="ab 12.,\n", max_size=80)

OLD = "The fire killed 12 people. It began at 10:30.\n\nThe mayor was abroad."
NEW = "The fire killed 14 people. It began at 10:30.\n\nThe mayor was abroad. She is back."


def test_a_corrected_sentence_is_one_removed_and_one_added() -> None:
    found = changes(OLD, NEW, "en")

    assert found.removed == ("The fire killed 12 people.",)
    assert found.added == ("The fire killed 14 people.", "She is back.")
    assert (found.figures_removed, found.figures_added) == (("12",), ("14",))
    assert found.complete


@pytest.mark.parametrize(
    "other",
    [OLD, OLD.replace("\n\n", "\n"), OLD.replace(" ", "  "), "\n\n".join(OLD.split("\n\n")[::-1])],
    ids=["nothing", "paragraphs set otherwise", "spaces", "paragraphs moved"],
)
def test_what_says_the_same_has_no_changes(other: str) -> None:
    assert not changes(OLD, other, "en")


def test_a_sentence_that_moves_to_another_paragraph_has_not_changed() -> None:
    assert not changes(OLD, OLD.replace(" It began at 10:30.", "") + " It began at 10:30.", "en")


def test_a_sentence_said_twice_and_then_once_is_removed_once() -> None:
    assert changes("One. One.\nTwo.", "One.\nTwo.", "en").removed == ("One.",)


@given(TEXTS, TEXTS)
def test_the_way_back_removes_what_the_way_there_added(old: str, new: str) -> None:
    there, back = changes(old, new), changes(new, old)

    assert (there.removed, there.figures_removed) == (back.added, back.figures_added)
    assert (there.added, there.figures_added) == (back.removed, back.figures_removed)
    assert not changes(old, old)


@pytest.mark.parametrize(
    "text",
    ["x" * 500_000, "a " * 250_000, "A. " * 166_000, "\n".join("ab" * 100_000), '"' * 500_000,
     "1," * 250_000],
    ids=["one word", "no end of words", "of sentences", "of lines", "of quotation marks",
         "of figures"],
)  # fmt: skip
def test_the_longest_texts_are_compared_in_bounded_time(text: str) -> None:
    began = time.perf_counter()

    found = changes(text, wire_text(1) * 200)

    assert time.perf_counter() - began < 4
    assert max(len(found.removed), len(found.added)) <= MOST_SENTENCES
    assert not found.complete


# Figures


def test_figures_are_the_words_with_a_digit_each_once_in_order() -> None:
    assert written_figures("On 21/01 at 10:30, US$ 1,200.50 for 3 A320s; 3 more (2%).") == (
        "21", "01", "10:30", "1,200.50", "3", "a320s", "2"
    )  # fmt: skip


def test_a_text_without_a_digit_has_none() -> None:
    assert written_figures("Twelve, or so.") == ()


@given(st.text())
def test_any_text_has_figures_or_none(text: str) -> None:
    assert all(any(char.isdigit() for char in figure) for figure in written_figures(text))


def test_all_changed_sentences_are_found_where_fewer_are_shown() -> None:
    old = " ".join(f"Line {number} was told." for number in range(MOST_SENTENCES + 50))
    new = old.replace("told", "written")

    found = sentence_changes(old, new, "en")
    assert (len(found.removed), len(found.added)) == (MOST_SENTENCES + 50,) * 2
    assert found.complete
    assert not changes(old, new, "en").complete
    assert not sentence_changes("", "Much was told. " * 10_000, "en").complete
