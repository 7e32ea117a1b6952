"""Where sentences begin and end."""

from __future__ import annotations

import time
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retrieval.sentences import LONGEST_SENTENCE, sentence_spans

LANGUAGES = st.sampled_from(["en", "pt", "es", "und", "xx", ""])
PROSE = st.text(
    alphabet=st.sampled_from("abc ABC.!?…\n\t“”\"'«»;:,—12ãé\u00a0\u2028"), max_size=3000
)


def sentences(text: str, language: str = "en") -> list[str]:
    return [text[start:end] for start, end in sentence_spans(text, language)]


@given(text=st.one_of(st.text(max_size=1500), PROSE), language=LANGUAGES)
def test_spans_stand_in_order_and_leave_out_only_white_space(text: str, language: str) -> None:
    spans = sentence_spans(text, language)

    assert all(start < end for start, end in spans)
    assert all(end <= next_start for (_, end), (next_start, _) in pairwise(spans))
    ends = [0, *(end for _, end in spans)]
    starts = [*(start for start, _ in spans), len(text)]
    between = "".join(text[end:start] for end, start in zip(ends, starts, strict=True))
    assert not between.strip()


@given(text=st.one_of(st.text(max_size=1500), PROSE), language=LANGUAGES)
def test_no_sentence_is_longer_than_the_limit(text: str, language: str) -> None:
    assert all(end - start <= LONGEST_SENTENCE for start, end in sentence_spans(text, language))


@given(PROSE)
def test_a_sentence_has_no_white_space_around_it_and_crosses_no_line(text: str) -> None:
    for sentence in sentences(text):
        assert sentence == sentence.strip()
        assert "\n" not in sentence


def test_abbreviations_and_decimals_do_not_end_a_sentence() -> None:
    text = "Dr. Silva paid US$ 2.5 million. It was due in March."

    assert sentences(text) == ["Dr. Silva paid US$ 2.5 million.", "It was due in March."]


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("pt", "A obra custou R$ 1.200,50. O Sr. Costa pagou tudo."),
        ("es", "¿Cuánto costó? El Sr. Gómez pagó 1.200,50 euros."),
    ],
)
def test_portuguese_and_spanish_sentences_are_told_apart(language: str, text: str) -> None:
    assert len(sentences(text, language)) == 2


def test_a_title_line_is_a_sentence_of_its_own() -> None:
    assert sentences("A headline without a stop\nThen the text begins.") == [
        "A headline without a stop",
        "Then the text begins.",
    ]


def test_a_quotation_of_many_sentences_is_cut_at_their_ends() -> None:
    said = " ".join(f"This is claim number {number} of the minister." for number in range(30))

    found = sentences(f"“{said}”")

    assert len(found) > 1
    assert all(sentence.rstrip("”").endswith(".") for sentence in found)


def test_a_word_is_cut_only_when_it_is_longer_than_a_sentence_may_be() -> None:
    words = [f"word{number}" for number in range(4000)]
    text = " ".join(words)  # one paragraph of some 35,000 characters, no stop in it

    assert " ".join(sentences(text)).split() == words


@pytest.mark.parametrize("mark", ["“", '"', "«", "(", "'", "‘", "„", "“ a. ", "[", "¿"])
def test_unbalanced_marks_take_time_in_proportion_to_their_number(mark: str) -> None:
    started = time.perf_counter()

    spans = sentence_spans(mark * (100_000 // len(mark)), "en")

    assert spans
    assert time.perf_counter() - started < 10


def test_a_run_without_a_space_is_cut_into_pieces_that_add_up() -> None:
    text = "x" * 100_000

    assert "".join(sentences(text)) == text
