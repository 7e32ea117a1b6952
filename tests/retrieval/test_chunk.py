"""An article is cut into chunks of whole sentences, with ids that only content decides."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections import Counter
from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retrieval.chunk import LONGEST, chunk_article
from retrieval.clean import LONGEST_RUN
from retrieval.models import Article, Chunk
from retrieval.sentences import LONGEST_SENTENCE, sentence_spans
from tests.builders import a_long_text, a_paragraph, an_article

TEXTS = st.one_of(
    st.text(max_size=4000),
    st.lists(
        st.text(alphabet=st.sampled_from("abcde .!?\n,"), min_size=20, max_size=700), max_size=12
    ).map("\n\n".join),
)


def ids(article: Article) -> list[str]:
    return [chunk.id for chunk in chunk_article(article)]


def touches(chunk: Chunk, start: int, end: int) -> bool:
    return chunk.start < end and start < chunk.end


@given(TEXTS)
def test_every_sentence_stands_in_exactly_one_chunk(text: str) -> None:
    chunks = chunk_article(an_article(text))

    for start, end in sentence_spans(text, "en"):
        assert sum(chunk.start <= start and end <= chunk.end for chunk in chunks) == 1


@given(TEXTS)
def test_a_chunk_is_exactly_its_part_of_the_article(text: str) -> None:
    article = an_article(text)

    chunks = chunk_article(article)

    assert all(chunk.text == article.text[chunk.start : chunk.end] for chunk in chunks)
    assert [chunk.ordinal for chunk in chunks] == list(range(len(chunks)))
    assert all(one.end <= other.start for one, other in pairwise(chunks))
    assert all(chunk.article_id == article.id for chunk in chunks)


@given(TEXTS)
def test_no_chunk_is_longer_than_the_embedder_reads(text: str) -> None:
    assert all(
        len(chunk.text) <= max(LONGEST, LONGEST_SENTENCE)
        for chunk in chunk_article(an_article(text))
    )


@given(TEXTS)
def test_no_two_chunks_of_an_article_share_an_id(text: str) -> None:
    found = ids(an_article(text))

    assert len(set(found)) == len(found)


@pytest.mark.parametrize("sentences", [1, 2, 5, 9])
def test_most_chunks_of_a_long_text_have_800_to_1200_characters(sentences: int) -> None:
    text = "\n\n".join(a_paragraph(number, sentences) for number in range(300 // sentences))

    lengths = [len(chunk.text) for chunk in chunk_article(an_article(text))]

    good = sum(800 <= length <= 1200 for length in lengths)
    assert good >= 0.8 * len(lengths), lengths


def test_the_last_chunk_of_a_text_is_not_a_crumb() -> None:
    for count in range(3, 40):
        chunks = chunk_article(an_article(a_long_text(count)))
        assert len(chunks[-1].text) >= 250, count


def test_a_short_text_is_one_chunk() -> None:
    text = a_long_text(2)
    assert len(text) < LONGEST

    assert [chunk.text for chunk in chunk_article(an_article(text))] == [text]


@pytest.mark.parametrize("text", ["", " ", "\n\n \n", "\u00a0"])
def test_a_text_of_nothing_has_no_chunks(text: str) -> None:
    assert chunk_article(an_article(text)) == []


def test_the_embedder_reads_title_and_date_with_each_chunk() -> None:
    article = an_article(a_long_text(12), title="Gigafábrica in Setúbal")

    chunks = chunk_article(article)

    assert len(chunks) > 2
    for chunk in chunks:
        assert chunk.embedding_text == f"Gigafábrica in Setúbal (2025-01-21)\n{chunk.text}"


def test_an_undated_article_is_embedded_with_its_title_alone() -> None:
    (chunk,) = chunk_article(an_article("A text.", title="A title", published_at=None))

    assert chunk.embedding_text == "A title\nA text."


def test_an_endless_title_leaves_room_for_the_text() -> None:
    (chunk,) = chunk_article(an_article("A text.", title="t" * 100_000))

    assert len(chunk.embedding_text) < 300
    assert chunk.embedding_text.endswith("\nA text.")


def test_the_embedder_never_reads_an_endless_word() -> None:
    for chunk in chunk_article(an_article("x" * 200_000, title="t" * 5000)):
        assert max(map(len, chunk.embedding_text.split())) <= LONGEST_RUN


def test_another_process_gives_the_same_ids() -> None:
    article = an_article(a_long_text(12))
    script = (
        "import json; from retrieval.chunk import chunk_article;"
        "from tests.builders import a_long_text, an_article;"
        "print(json.dumps([c.id for c in chunk_article(an_article(a_long_text(12)))]))"
    )

    for seed in ("1", "2"):
        printed = subprocess.run(
            [sys.executable, "-c", script],
            env={**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": os.pathsep.join(sys.path)},
            capture_output=True,
            check=True,
            timeout=60,
        ).stdout
        assert json.loads(printed) == ids(article)


PARAGRAPHS = [a_paragraph(number) for number in range(30)]


def with_words_changed(number: int, words: str) -> str:
    changed = PARAGRAPHS[number].replace("opened again after", words, 1)
    return "\n\n".join([*PARAGRAPHS[:number], changed, *PARAGRAPHS[number + 1 :]])


@pytest.mark.parametrize("changed", [0, 7, 15, 29])
def test_a_corrected_word_changes_only_the_chunks_its_paragraph_stands_in(changed: int) -> None:
    text = "\n\n".join(PARAGRAPHS)
    before = chunk_article(an_article(text))
    kept = set(ids(an_article(with_words_changed(changed, "closed again after"))))
    start = text.index(PARAGRAPHS[changed])
    end = start + len(PARAGRAPHS[changed])

    assert {chunk.id for chunk in before} - kept
    for chunk in before:
        assert chunk.id in kept or touches(chunk, start, end), f"chunk {chunk.ordinal}"


@pytest.mark.parametrize("changed", [0, 7, 15, 29])
@pytest.mark.parametrize(
    "words", ["closed", "opened, as the officials asked have confirmed, after"]
)
def test_a_paragraph_that_grows_or_shrinks_leaves_what_stands_before_it(
    changed: int, words: str
) -> None:
    text = "\n\n".join(PARAGRAPHS)
    before = chunk_article(an_article(text))
    kept = set(ids(an_article(with_words_changed(changed, words))))
    start = text.index(PARAGRAPHS[changed])

    lost = [chunk for chunk in before if chunk.id not in kept]

    assert all(chunk.end > start for chunk in lost)


@pytest.mark.parametrize("paragraphs", [5, 8, 12, 17, 29])
def test_an_update_at_the_end_leaves_the_chunks_before_it_alone(paragraphs: int) -> None:
    text = a_long_text(paragraphs)
    before = ids(an_article(text))

    after = ids(an_article(f"{text}\n\nUpdate: {a_paragraph(99)}"))

    assert set(before[:-2]) <= set(after)


def test_a_corrected_source_or_url_of_a_picture_changes_no_text_to_embed() -> None:
    article = an_article(a_long_text(8))

    assert ids(article) == ids(replace(article, source="Another name"))


@pytest.mark.parametrize("field", ["url", "title", "published_at"])
def test_an_id_depends_on_address_title_and_date(field: str) -> None:
    article = an_article(a_long_text(8))
    other = {
        "url": replace(article, url="https://news.example.com/other"),
        "title": replace(article, title="Another"),
        "published_at": replace(article, published_at=None),
    }[field]

    assert not set(ids(article)) & set(ids(other))


def test_repeated_identical_paragraphs_have_ids_of_their_own() -> None:
    # Each is as long as a chunk and so becomes one.
    article = an_article("\n".join([a_paragraph(1, sentences=13)] * 6))

    chunks = chunk_article(article)

    assert max(Counter(chunk.text for chunk in chunks).values()) > 1
    assert len({chunk.id for chunk in chunks}) == len(chunks)


def test_texts_that_differ_only_where_endless_words_are_broken_have_ids_of_their_own() -> None:
    # The embedder is given both with the same space in them.
    runs = ["x" * 390 + ".", " ".join(["x" * 100] * 3 + ["x" * 90 + "."])]
    text = "\n\n".join([*[runs[0]] * 3, *[runs[1]] * 3])

    chunks = chunk_article(an_article(text))

    assert len({chunk.id for chunk in chunks}) == len(chunks)
