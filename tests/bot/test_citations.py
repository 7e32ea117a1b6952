"""Labels of an answer, and the sentence that bears each out."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.citations import EvidenceLabels, cited_sentences, labels_of, resolve
from tests.builders import a_passage

HARBOUR = a_passage(
    "The harbour reopened on Monday. The repair cost €84 million and took two years. "
    "Mayor Ana Costa cut the ribbon.",
    chunk_id="harbour",
    title="Harbour reopens",
)
RAILWAY = a_passage(
    "A ferrovia terá 290 quilómetros. O ministro João Sequeira prometeu 12 500 empregos.",
    chunk_id="railway",
    title="Ferrovia aprovada",
    language="pt",
)
BOTH = {1: HARBOUR, 2: RAILWAY}


@pytest.mark.parametrize(
    ("text", "labels"),
    [
        ("So it is [1].", (1,)),
        ("So it is [1][2].", (1, 2)),
        ("So it is [2, 1].", (2, 1)),
        ("So it is [1-3].", (1, 2, 3)),
        ("So it is [1–3; 5].", (1, 2, 3, 5)),
        ("So it is 【1】 and 【2†source】.", (1, 2)),
        ("So it is [^2].", (2,)),
        ("So it is [1](https://evil.example/?q=secret).", (1,)),
        ("In [2025] and (1) and [a] and [].", ()),
        ("A range too long [1-900].", (1, 900)),
        ("Twice [1], the same [1].", (1,)),
    ],
)
def test_labels_are_found_in_the_forms_models_write(text: str, labels: tuple[int, ...]) -> None:
    assert labels_of(text) == labels


@pytest.mark.parametrize(
    ("text", "clean"),
    [
        ("It cost €84 million [1].", "It cost €84 million [1]."),
        ("It cost €84 million [9].", "It cost €84 million."),
        ("It cost €84 million [1][9].", "It cost €84 million [1]."),
        ("It cost €84 million [1, 9].", "It cost €84 million [1]."),
        ("It cost [9] €84 million [1].", "It cost €84 million [1]."),
        ("It cost €84 million 【1†x】.", "It cost €84 million [1]."),
        ("It cost €84 million. [9]", "It cost €84 million."),
        (
            "It cost €84 million.[1] It took two years.",
            "It cost €84 million.[1] It took two years.",
        ),
        ("[9] It cost €84 million.", "It cost €84 million."),
        ("It cost [1](https://evil.example/?q=secret) a lot.", "It cost [1] a lot."),
        ("One [7].\n\nTwo [1].", "One.\n\nTwo [1]."),
    ],
)
def test_unknown_labels_go_with_their_spaces_and_links_go_with_them(text: str, clean: str) -> None:
    assert resolve(text, BOTH, "en").text == clean


def test_a_citation_quotes_the_sentence_that_bears_the_claim_out() -> None:
    resolved = resolve("The works lasted two years and cost €84m [1].", BOTH, "en")

    (citation,) = resolved.citations
    assert citation.quote == "The repair cost €84 million and took two years."
    assert citation.quote in citation.context
    assert (citation.label, citation.title, citation.chunk_id) == (1, "Harbour reopens", "harbour")


def test_the_quote_stays_in_its_own_language() -> None:
    resolved = resolve("The minister promised 12,500 jobs [2].", BOTH, "en")
    assert resolved.citations[0].quote == "O ministro João Sequeira prometeu 12 500 empregos."


def test_a_label_used_twice_is_one_citation() -> None:
    resolved = resolve(
        "It reopened [1]. Railways are next [2]. Ana Costa was there [1].", BOTH, "en"
    )
    assert [citation.label for citation in resolved.citations] == [1, 2]


def test_a_label_after_the_full_stop_belongs_to_the_sentence_before_it() -> None:
    first, second = cited_sentences("It cost €84 million. [1] It has 290 km. [2]", "en")
    assert (first.text, first.labels) == ("It cost €84 million.", (1,))
    assert (second.text, second.labels) == ("It has 290 km.", (2,))


def test_a_sentence_without_a_label_rests_on_the_next_one_of_its_paragraph() -> None:
    sentences = cited_sentences("It reopened. It cost €84 million [1]. All came.\n\nDone.", "en")
    assert [sentence.labels for sentence in sentences] == [(1,), (1,), (1,), ()]


def test_spans_point_into_the_answer() -> None:
    text = "It reopened [1].\n- It cost €84 million [1]."
    for sentence in cited_sentences(text, "en"):
        assert text[slice(*sentence.span)].startswith(sentence.text[:5])


def test_an_answer_with_claims_and_no_citation_is_unfounded() -> None:
    resolved = resolve("The repair cost €84 million [9].", BOTH, "en")

    assert resolved.is_unfounded
    assert resolved.unknown == (9,)
    assert [sentence.text for sentence in resolved.uncited] == ["The repair cost €84 million."]


def test_small_talk_is_not_unfounded() -> None:
    assert not resolve("Happy to help, what would you like to know?", {}, "en").is_unfounded


def test_a_passage_has_one_number_for_the_whole_turn() -> None:
    labels = EvidenceLabels()

    assert [labels.label(p) for p in (HARBOUR, RAILWAY, HARBOUR)] == [1, 2, 1]
    assert labels.label(a_passage("another")) == 3
    assert labels.passages[2] is RAILWAY


@given(st.text(alphabet=st.sampled_from("ab .,[]()0123456789-–【】†^\n\t"), max_size=80))
def test_whatever_a_model_writes_only_known_labels_remain(text: str) -> None:
    resolved = resolve(text, BOTH, "en")

    assert set(labels_of(resolved.text)) <= BOTH.keys()
    assert {citation.label for citation in resolved.citations} == set(labels_of(resolved.text))
    assert resolve(resolved.text, BOTH, "en").text == resolved.text


def test_a_figure_that_stands_in_the_title_alone_is_borne_out_by_the_title() -> None:
    passage = a_passage(
        "It will draw 14 megawatts. The pumps arrive on time.",
        chunk_id="plant",
        title="Port bets 1.4 billion reais on seawater",
    )
    [cited] = resolve("The plant costs 1.4 billion reais [1].", {1: passage}, "en").citations
    assert cited.quote == passage.title
    [cited] = resolve("The plant draws 14 megawatts [1].", {1: passage}, "en").citations
    assert cited.quote == "It will draw 14 megawatts."
