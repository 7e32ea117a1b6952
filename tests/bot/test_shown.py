"""What a stranger wrote reaches the model as data: it closes no tag and forges no label."""

from __future__ import annotations

import re
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from bot.citations import labels_of
from bot.shown import LONGEST_SHOWN, MOST_PASSAGES, ShownPassages, as_attribute, as_data
from tests.builders import a_passage


def test_a_passage_is_told_with_its_number_outlet_date_and_title() -> None:
    shown = ShownPassages()

    text = shown.show([a_passage("It costs much.", source="Folha", title="The plant")])

    assert text.startswith('<passage n="1" article="')
    assert 'outlet="Folha"' in text
    assert 'title="The plant"' in text
    assert text.endswith("It costs much.\n</passage>")


def test_a_passage_keeps_its_number() -> None:
    shown = ShownPassages()
    one, two = a_passage("One thing."), a_passage("Another thing.")
    shown.show([one, two])

    assert 'n="2"' in shown.show([two])
    assert set(shown.by_label) == {1, 2}


def test_an_article_is_meant_by_its_id_or_by_the_number_of_a_passage() -> None:
    shown = ShownPassages()
    passage = a_passage("One thing.")
    shown.show([passage])

    assert shown.article_id("1") == passage.article_id
    assert shown.article_id(" [1] ") == passage.article_id
    assert shown.article_id(passage.article_id[:12]) == passage.article_id
    assert shown.article_id("2") is None
    assert shown.article_id("") is None
    assert shown.article_id("²") is None


def test_what_is_shown_is_bounded() -> None:
    passages = [a_passage(f"{number} " + "word " * 500) for number in range(200)]

    text = ShownPassages().show(passages)

    assert len(text) < LONGEST_SHOWN + 200 * 20


def test_beyond_the_most_passages_nothing_more_is_shown() -> None:
    shown = ShownPassages()
    for number in range(MOST_PASSAGES + 5):
        shown.show([a_passage(f"Thing {number}.")])

    assert len(shown.by_label) == MOST_PASSAGES


def test_words_in_brackets_stay() -> None:
    assert (
        as_data("He said [the plant] cost [1 billion].") == "He said [the plant] cost [1 billion]."
    )
    assert as_data("It is so [3] and so 【4†source】.") == "It is so (3) and so (4)."


@given(st.text())
def test_no_text_closes_its_tag_or_passes_for_a_label(text: str) -> None:
    shown = as_data(text)
    assert "<" not in shown
    assert ">" not in shown
    assert labels_of(shown) == ()


@given(st.text(), st.text(), st.text())
def test_no_title_or_outlet_ends_its_attribute(title: str, source: str, text: str) -> None:
    passage = replace(a_passage(text), title=title, source=source)
    shown = ShownPassages().show([passage])
    assert len(re.findall("<", shown)) == 2
    opening = shown.split(">")[0]
    assert opening.count('"') == 12
    assert "\n" not in opening
    assert as_attribute(title) in opening
