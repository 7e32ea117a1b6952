"""Meaning and words on one scale, and one passage for copies."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retrieval.fuse import collapse_copies, relevance
from retrieval.models import Appearance, Passage
from tests.builders import a_paragraph, a_passage

SHARES = st.floats(min_value=0, max_value=1)
COSINES = st.floats(min_value=-1, max_value=1)
SPREADS = st.floats(min_value=0.01, max_value=1)
PASSAGES = st.lists(st.text(alphabet="ab .", max_size=60), max_size=12).map(
    lambda texts: [a_passage(text, chunk_id=str(at)) for at, text in enumerate(texts)]
)


# Relevance


@given(COSINES, SPREADS)
def test_a_passage_without_a_word_of_the_question_is_as_relevant_as_its_meaning(
    cosine: float, spread: float
) -> None:
    assert relevance(cosine, 0.0, spread) == cosine


@given(COSINES, SHARES, SHARES, SPREADS)
def test_more_of_the_words_is_never_less_relevant(
    cosine: float, one: float, other: float, spread: float
) -> None:
    less, more = sorted((one, other))

    assert relevance(cosine, less, spread) <= relevance(cosine, more, spread)


@given(COSINES, SHARES, SPREADS)
def test_words_weigh_at_most_one_spread(cosine: float, share: float, spread: float) -> None:
    assert 0 <= relevance(cosine, share, spread) - cosine <= spread + 1e-9


# Copies


def copies(*texts: str) -> list[str]:
    passages = [a_passage(text, chunk_id=str(at)) for at, text in enumerate(texts)]
    return [passage.chunk_id for passage in collapse_copies(passages, 10)]


def test_the_same_text_of_two_outlets_stands_once_the_better_ranked() -> None:
    assert copies(a_paragraph(1), a_paragraph(2), a_paragraph(1)) == ["0", "1"]


def test_a_copy_with_a_few_words_changed_is_a_copy() -> None:
    text = a_paragraph(1, sentences=10)

    assert copies(text, text.replace("Report 1 says in its part 3", "Lusa reports here")) == ["0"]


def test_case_and_diacritics_make_no_difference() -> None:
    assert copies("A gigafábrica abriu ontem em Setúbal.", "A GIGAFABRICA ABRIU ONTEM EM SETUBAL"
                  ) == ["0"]  # fmt: skip


def test_texts_about_the_same_in_other_words_are_both_kept() -> None:
    assert copies(
        "The group committed US$ 500 billion over four years to build data centres.",
        "Over four years, data centres worth 500 billion dollars are to be built by the group.",
    ) == ["0", "1"]


def test_a_cut_version_of_an_earlier_passage_is_a_copy() -> None:
    text = a_paragraph(1, sentences=10)

    assert copies(text, text[: len(text) // 2]) == ["0"]


def test_a_long_passage_that_only_quotes_an_earlier_short_one_is_kept() -> None:
    short = "The group committed US$ 500 billion over four years."

    assert copies(short, f"{a_paragraph(1)} {short} {a_paragraph(2)}") == ["0", "1"]


@pytest.mark.parametrize("texts", [("...", "!!!"), ("Yes.", "No."), ("北京", "東京"), ("", "…")])
def test_tiny_texts_are_copies_only_when_their_words_are_the_same(texts: tuple[str, str]) -> None:
    assert len(copies(*texts)) == (1 if texts in {("...", "!!!"), ("", "…")} else 2)


def test_the_one_that_stays_says_where_else_the_text_stands() -> None:
    def of(outlet: str, text: str = a_paragraph(1)) -> Passage:
        return a_passage(
            text, article_id=outlet, chunk_id=outlet, source=outlet, url=f"https://{outlet}.pt"
        )

    elsewhere = Appearance("Expresso", "https://Expresso.pt", "", None)
    folha = replace(of("Folha"), also_in=(elsewhere,))

    kept = collapse_copies([of("Lusa"), of("Other", a_paragraph(2)), folha, of("Publico")], 10)

    assert [one.source for one in kept] == ["Lusa", "Other"]
    assert [one.source for one in kept[0].also_in] == ["Folha", "Expresso", "Publico"]
    assert kept[0].also_in[0].url == folha.url
    assert kept[1].also_in == ()


def test_an_article_that_repeats_itself_stands_nowhere_else() -> None:
    passages = [a_passage(a_paragraph(1), chunk_id=str(at)) for at in range(2)]

    assert collapse_copies(passages, 10) == passages[:1]


@given(PASSAGES, st.integers(min_value=0, max_value=15))
def test_what_is_kept_stands_in_order_starts_with_the_best_and_is_not_too_much(
    passages: list[Passage], most: int
) -> None:
    kept = collapse_copies(passages, most)

    assert len(kept) <= most
    assert kept[:1] == passages[: min(1, most)]
    places = [passages.index(passage) for passage in kept]
    assert places == sorted(set(places))


@given(PASSAGES)
def test_collapsing_twice_is_the_same_as_once(passages: list[Passage]) -> None:
    once = collapse_copies(passages, 100)

    assert collapse_copies(once, 100) == once
