"""Text from outside becomes text as people meant it."""

from __future__ import annotations

import time
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retrieval.clean import (
    break_long_runs,
    clean_text,
    cut_at_word,
    one_line,
    without_edge_marks,
)

HARD = st.text(
    st.one_of(
        st.characters(),
        st.sampled_from(
            "\u200c\u200d\u0301\u0316\u0344\u05b0\u094d\u1100\u1161\ud800 \n\r\t\u2029a"
        ),
    )
)


@given(HARD)
def test_cleaning_twice_is_cleaning_once(raw: str) -> None:
    assert clean_text(clean_text(raw)) == clean_text(raw)


@given(HARD)
def test_clean_text_is_nfc_encodable_and_free_of_controls(raw: str) -> None:
    text = clean_text(raw)
    assert unicodedata.is_normalized("NFC", text)
    text.encode("utf-8")
    assert not any(unicodedata.category(character) == "Cc" for character in text.replace("\n", ""))
    assert "\n\n\n" not in text
    assert "  " not in text
    assert text == text.strip()


@given(st.text("abcçãéñ123.,;", min_size=1))
def test_ordinary_letters_are_kept_as_they_are(word: str) -> None:
    assert clean_text(word) == unicodedata.normalize("NFC", word)


@pytest.mark.parametrize(
    ("raw", "clean"),
    [
        ("a\x00b\x07c\x7f\x85d", "abc\nd"),
        ("\ufeffgiga\u00adfab\u200brica\u2060s", "gigafabricas"),
        ("ação", "ação"),
        ("um\ud800 dois", "um dois"),
        ("um \t\u00a0 dois ", "um dois"),
        ("um\r\ndois\rtrês", "um\ndois\ntrês"),
        ("um\n \n\n\n dois\u2029três", "um\n\ndois\n\ntrês"),
        ("abc\u202edef\u2066", "abcdef"),
        ("re\u200dad", "read"),
        ("می\u200cخواهم", "می\u200cخواهم"),
        ("👩\u200d💻", "👩\u200d💻"),
    ],
)
def test_what_is_taken_out_and_what_is_left(raw: str, clean: str) -> None:
    assert clean_text(raw) == clean


@pytest.mark.parametrize(
    "hostile",
    [
        "a" + "\u0316\u0301" * 250_000,
        "a\u200d" * 250_000,
        " \n" * 250_000,
        "\U0001d165\u0301" * 250_000,
    ],
)
def test_half_a_million_hostile_characters_take_little_time(hostile: str) -> None:
    started = time.monotonic()
    clean_text(hostile)
    assert time.monotonic() - started < 5  # normalising the first one alone takes minutes


@given(HARD, st.integers(1, 20))
def test_no_run_stays_longer_than_the_limit_and_no_character_is_lost(text: str, limit: int) -> None:
    broken = break_long_runs(text, limit)
    assert all(len(run) <= limit for run in broken.split())
    assert "".join(broken.split()) == "".join(text.split())


def test_short_runs_are_not_touched() -> None:
    assert break_long_runs("uma frase comum\n\ne outra", 6) == "uma frase comum\n\ne outra"


def test_a_limit_below_one_is_refused() -> None:
    with pytest.raises(ValueError, match="at least 1"):
        break_long_runs("abc", 0)


def test_a_line_is_made_of_several() -> None:
    assert one_line(" Título\n em\r\n\r\nlinhas ") == "Título em linhas"


@given(st.text("abc ", max_size=200), st.integers(2, 50))
def test_a_cut_text_fits_and_says_that_it_was_cut(text: str, limit: int) -> None:
    cut = cut_at_word(text, limit)
    assert len(cut) <= limit
    assert cut == text or cut.endswith("…")


def test_a_text_is_cut_at_a_word() -> None:
    assert cut_at_word("a Comissão Europeia decidiu", 21) == "a Comissão Europeia…"


def test_lines_of_marks_go_from_the_edges_only() -> None:
    assert without_edge_marks(".\n\nUm.\n***\nDois.\n.") == "Um.\n***\nDois."
    assert without_edge_marks(".\n…") == ""
