"""The sentences of passages, with how near each is to the question."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retrieval.highlight import SHORTEST, sentences_of, with_similarity
from retrieval.terms import Terms, read_terms
from tests.builders import a_passage
from tests.fakes import FakeEmbedder

HARBOUR = "The harbour was opened again in March."
STARGATE = "Stargate committed US$ 500 billion over four years."
FIRST = a_passage(f"{HARBOUR} {STARGATE}", chunk_id="first")
SECOND = a_passage("A railway station closed for good last year.", chunk_id="second")


def terms_of(question: str) -> Terms:
    return Terms(read_terms(question), {}, 100)


def test_sentences_keep_the_order_and_the_rank_of_their_passages() -> None:
    found = sentences_of([FIRST, SECOND], terms_of("x"))

    assert [(item.text, item.rank) for item in found] == [
        (HARBOUR, 0), (STARGATE, 0), (SECOND.text, 1),
    ]  # fmt: skip


@given(st.lists(st.text(max_size=400), max_size=4))
def test_a_sentence_is_exactly_its_part_of_the_passage(texts: list[str]) -> None:
    passages = [a_passage(text) for text in texts]

    for item in sentences_of(passages, terms_of("a question")):
        start, end = item.span
        assert item.text == item.passage.text[start:end]
        assert len(item.text) >= SHORTEST
        assert item.passage is passages[item.rank]


def test_bylines_and_headings_are_not_statements() -> None:
    passage = a_passage(f"By A. Reporter\nRead more\n{STARGATE}")

    assert [item.text for item in sentences_of([passage], terms_of("x"))] == [STARGATE]


def test_a_sentence_that_holds_the_words_covers_the_question() -> None:
    harbour, stargate, _ = sentences_of([FIRST, SECOND], terms_of("How much did Stargate commit?"))

    assert stargate.coverage == pytest.approx(1)
    assert harbour.coverage == 0


def test_the_sentence_nearest_in_meaning_has_the_highest_similarity() -> None:
    question = "How many billion did Stargate commit?"

    found = with_similarity(
        FakeEmbedder(), question, None, sentences_of([FIRST, SECOND], terms_of(question))
    )

    assert max(found, key=lambda item: item.similarity).text == STARGATE
    assert all(-1.0001 <= item.similarity <= 1.0001 for item in found)


def test_the_question_before_draws_a_follow_up_to_its_topic() -> None:
    follow_up, before = "And when?", "When was the harbour opened again?"
    sentences = sentences_of([FIRST], terms_of(follow_up))

    alone = with_similarity(FakeEmbedder(), follow_up, None, sentences)
    after = with_similarity(FakeEmbedder(), follow_up, before, sentences)

    assert after[0].similarity - after[1].similarity > alone[0].similarity - alone[1].similarity


def test_no_sentences_cost_no_embedding() -> None:
    embedder = FakeEmbedder()

    assert with_similarity(embedder, "x", None, []) == []
    assert embedder.embedded == []
