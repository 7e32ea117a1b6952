"""What one article of a story takes back of another, or of its own earlier version."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.figure_changes import FigureChange
from bot.story_corrections import Report, corrections_within, own_corrections, taken_back
from retrieval.article_history import ArticleHistory, Version
from tests.builders import an_article

NOW = datetime(2025, 3, 1, 9, tzinfo=UTC)


def earlier(title: str, text: str, language: str) -> Report:
    return Report("earlier", NOW, title, text, language)


def later(title: str, text: str, language: str) -> Report:
    return Report("later", NOW + timedelta(hours=5), title, text, language)


BLAST = earlier("Blast in Ostby", "The blast killed 50 people and hurt 120.", "en")


@pytest.mark.parametrize(
    ("before", "after", "was", "now"),
    [
        (BLAST, later("Correction: 60 dead in Ostby, not 50", "", "en"), "50", "60"),
        (BLAST, later("Ostby", "The toll was corrected from 50 to 60 dead.", "en"), "50", "60"),
        (earlier("Quelvar", "O data center vai gerar 1.150 empregos permanentes.", "pt"),
         later("Correção: data center terá 115 empregos, não 1.150", "", "pt"), "1.150", "115"),
        (earlier("Puerto", "La huelga costó 40 millones de euros al puerto.", "es"),
         later("Fe de erratas", "La huelga costó 30 millones de euros y no 40 millones de euros.",
               "es"), "40 millones de euros", "30 millones de euros"),
    ],
    ids=["title", "sentence", "pt", "es"],
)  # fmt: skip
def test_a_correction_gives_the_figure_it_takes_back_and_the_right_one(
    before: Report, after: Report, was: str, now: str
) -> None:
    assert taken_back(before, after) == (FigureChange(was, now),)
    assert taken_back(after, before) == ()
    assert corrections_within([before, after]) == {("earlier", "later"): (FigureChange(was, now),)}


@pytest.mark.parametrize(
    "after",
    [
        later("Toll in Ostby rises to 60", "The blast killed 60 people, up from 50.", "en"),
        later("Correction: the mayor is Ana Silva", "The blast killed 60 people.", "en"),
        later("Correction: 60 or 70 dead, not 50", "", "en"),
        later("Correction on 50 dead", "Of 50 dead, 120 were hurt.", "en"),
    ],
    ids=["news", "of-something-else", "which-is-not-said", "both-were-told"],
)
def test_what_is_no_correction_in_so_many_words_is_none(after: Report) -> None:
    assert taken_back(BLAST, after) == ()


def history(*texts: str) -> ArticleHistory:
    versions = tuple(Version(NOW, "Ostby", text, NOW) for text in texts)
    return ArticleHistory(an_article(texts[-1], title="Ostby", language="en"), versions)


def test_an_article_that_was_changed_tells_which_figure() -> None:
    first = "The blast at the refinery killed 50 people. The mayor of Ostby spoke on Monday."
    last = first.replace("50", "60")
    assert own_corrections(history(first, last)) == (FigureChange("50", "60"),)
    assert own_corrections(history(first)) == ()
    assert own_corrections(history(first, first.replace("Monday", "Tuesday evening"))) == ()


@settings(max_examples=20)
@given(st.text(max_size=400), st.text(max_size=400))
def test_any_two_texts_can_be_compared(one: str, other: str) -> None:
    found = taken_back(earlier(one, other, "en"), later(f"Correction: {other}", one, "en"))
    assert len(found) <= 3
    assert all(change.was and change.now for change in found)
