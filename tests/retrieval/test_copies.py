"""Whether two articles are one text."""

from __future__ import annotations

import random
import re
import subprocess
import sys
import time
from collections.abc import Callable
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from retrieval.copies import (
    BANDS,
    Likeness,
    Signature,
    bands,
    compare,
    containment,
    is_copy,
    signature,
    similarity,
)

ROOT = Path(__file__).resolve().parents[2]
LETTERS = "aeiourstlnmdpc"


@cache
def vocabulary() -> list[str]:
    dice = random.Random(7)
    return ["".join(dice.choices(LETTERS, k=dice.randint(2, 9))) for _ in range(4_000)]


@cache
def story(number: int, paragraphs: int = 12, words: int = 45) -> str:
    """A text like no other number's, with figures; common words often, as in real texts."""
    dice = random.Random(number)
    weights = [1 / (rank + 3) for rank in range(len(vocabulary()))]
    made = []
    for _ in range(paragraphs):
        chosen = dice.choices(vocabulary(), weights, k=words)
        chosen[words // 3] = str(dice.randint(2, 90_000))
        made.append(" ".join(chosen).capitalize() + ".")
    return "\n\n".join(made)


def without_last(text: str, share: float) -> str:
    paragraphs = text.split("\n\n")
    return "\n\n".join(paragraphs[: round(len(paragraphs) * (1 - share))])


def with_other_figures(text: str) -> str:
    return re.sub(r"\d+", lambda figure: str(int(figure.group()) + 1), text)


def retold(text: str) -> str:
    """The same facts in other words: every fourth one replaced."""
    words = text.split()
    dice = random.Random(1)
    words[::4] = dice.choices(vocabulary(), k=len(words[::4]))
    return " ".join(words)


REWRITES: dict[str, Callable[[str], str]] = {
    "another headline": lambda text: f"Quite another headline of the second outlet\n\n{text}",
    "an agency line": lambda text: f"LONDRES (Reuters) - {text}\n\nReportagem de Jane Doe",
    "the last tenth cut": lambda text: without_last(text, 0.1),
    "the last half cut": lambda text: without_last(text, 0.5),
    "every figure corrected": with_other_figures,
    "all of it": lambda text: "Another headline\n\n" + with_other_figures(without_last(text, 0.3)),
}


# Copies


@pytest.mark.parametrize("rewrite", REWRITES)
@pytest.mark.parametrize("number", range(5))
def test_a_wire_story_rewritten_by_another_outlet_is_a_copy_and_is_found(
    rewrite: str, number: int
) -> None:
    text = story(number)
    one, other = signature(text), signature(REWRITES[rewrite](text))

    assert compare(one, other) is Likeness.COPY
    assert set(bands(one)) & set(bands(other))


@pytest.mark.parametrize("rewrite", ["every figure corrected", "another headline"])
def test_a_corrected_article_of_the_same_outlet_is_a_version_and_no_copy(rewrite: str) -> None:
    one, other = signature(story(1)), signature(REWRITES[rewrite](story(1)))

    assert compare(one, other, same_outlet=True) is Likeness.VERSION
    assert not is_copy(one, other, same_outlet=True)


def test_the_same_words_are_identical_whatever_their_dress() -> None:
    one = signature("A gigafábrica abriu, enfim; 3 mil vagas!")
    other = signature("a GIGAFABRICA abriu enfim\n\n3 mil vagas")

    assert compare(one, other) is Likeness.IDENTICAL
    assert is_copy(one, other, same_outlet=True)


def test_the_same_words_in_another_order_are_not_identical() -> None:
    paragraphs = story(1).split("\n\n")

    assert compare(signature(story(1)), signature("\n\n".join(paragraphs[::-1]))) is Likeness.COPY


def test_a_story_told_in_other_words_is_no_copy() -> None:
    assert not is_copy(signature(story(1)), signature(retold(story(1))))


def test_a_story_that_quotes_a_paragraph_of_another_is_no_copy() -> None:
    quoted = story(1).split("\n\n")[0]

    assert not is_copy(signature(story(1)), signature(f"{quoted}\n\n{story(2)}"))


def test_a_story_half_of_which_is_another_s_is_no_copy() -> None:
    halves = without_last(story(1), 0.5), without_last(story(2), 0.5)
    one, other = signature(story(1)), signature("\n\n".join(halves))

    assert 0.25 < similarity(one, other) < 0.4
    assert not is_copy(one, other)


def test_two_stories_share_no_band() -> None:
    signatures = [signature(story(number)) for number in range(40)]
    keys = [key for one in signatures for key in set(bands(one))]

    assert len(keys) == len(set(keys))
    assert all(
        not is_copy(one, other) for at, one in enumerate(signatures) for other in signatures[:at]
    )


def test_a_short_text_is_a_copy_only_word_for_word() -> None:
    forecast = "Rain in the north and sun in the south, with up to 21 degrees by noon. " * 3
    one, other = signature(forecast), signature(forecast.replace("21", "22", 1))

    assert one.words < 60
    assert similarity(one, other) > 0.6
    assert not is_copy(one, other)
    assert is_copy(one, signature(forecast))


@pytest.mark.parametrize("text", ["", " \n", "…!?"])
def test_a_text_without_words_is_no_copy_of_anything(text: str) -> None:
    empty = signature(text)

    assert not is_copy(empty, empty)
    assert not is_copy(empty, signature(story(1)))
    assert bands(empty) == ()


# The estimate


def runs_of(text: str) -> set[tuple[str, ...]]:
    words = re.findall(r"\w+", text.lower())
    return {tuple(words[at : at + 5]) for at in range(len(words) - 4)}


@pytest.mark.parametrize("share", [0.1, 0.25, 0.5, 0.75])
def test_similarity_estimates_the_share_of_runs_in_common(share: float) -> None:
    errors = []
    for number in range(12):
        one, other = story(number), without_last(story(number), share)
        a, b = runs_of(one), runs_of(other)
        errors.append(similarity(signature(one), signature(other)) - len(a & b) / len(a | b))
        assert containment(signature(one), signature(other)) > 0.7

    assert max(map(abs, errors)) < 4 * 0.045
    assert abs(np.mean(errors)) < 0.04, "the hash functions lean to one side"


def test_the_number_of_runs_is_exact() -> None:
    assert signature(story(3)).runs == len(runs_of(story(3)))


TEXTS = st.text(alphabet="ab \n1é", max_size=200) | st.text(max_size=60)


@given(TEXTS, TEXTS)
def test_comparing_is_symmetric_and_within_its_range(one: str, other: str) -> None:
    a, b = signature(one), signature(other)

    assert similarity(a, b) == similarity(b, a)
    assert 0 <= similarity(a, b) <= 1
    assert 0 <= containment(a, b) <= 1
    assert compare(a, b) is compare(b, a)
    assert is_copy(a, a) == (a.words > 0)


# Stored


@given(TEXTS)
def test_a_signature_comes_back_from_its_bytes(text: str) -> None:
    made = signature(text)

    stored = made.to_bytes()

    assert len(stored) == 537
    assert Signature.from_bytes(stored) == made
    assert bands(Signature.from_bytes(stored)) == bands(made)


@pytest.mark.parametrize("stored", [b"", b"\x01" * 20, b"\x02" * 537])
def test_other_bytes_are_refused(stored: bytes) -> None:
    with pytest.raises(ValueError, match="not a signature"):
        Signature.from_bytes(stored)


def test_band_keys_fit_a_database_s_integer() -> None:
    keys = bands(signature(story(1)))

    assert len(keys) == BANDS == 42
    assert all(-(2**63) <= key < 2**63 for key in keys)


KNOWN_TEXT = "O conselho reuniu-se na segunda-feira para falar da ponte e não chegou a acordo."
KNOWN_BAND = -6583334027879804862
KNOWN_EXACT = "d5d13d5069bed8782f52d5ee3d7c9dc1"


def test_signatures_made_years_ago_still_compare() -> None:
    """Stored signatures hold these numbers: whoever changes them must raise the version."""
    made = signature(KNOWN_TEXT)

    assert made.exact.hex() == KNOWN_EXACT
    assert bands(made)[0] == KNOWN_BAND


def test_another_process_makes_the_same_signature() -> None:
    code = (
        f"from retrieval.copies import signature\nprint(signature({KNOWN_TEXT!r}).to_bytes().hex())"
    )

    made = [
        subprocess.run(
            [sys.executable, "-c", code],
            env={"PYTHONPATH": str(ROOT), "PYTHONHASHSEED": seed, "PYTHONUTF8": "1"},
            capture_output=True,
            text=True,
            check=True,
            timeout=30,
        ).stdout.strip()
        for seed in ("1", "2")
    ]

    assert made == [signature(KNOWN_TEXT).to_bytes().hex()] * 2


# Speed


def test_five_thousand_words_take_a_few_milliseconds() -> None:
    text = story(1, paragraphs=100, words=50)
    best = min(_seconds(text) for _ in range(5))

    assert best < 0.020


@pytest.mark.parametrize("text", ["a " * 500_000, "a" * 1_000_000, "é" * 1_000_000])
def test_an_endless_text_takes_no_longer(text: str) -> None:
    assert _seconds(text) < 0.5


def _seconds(text: str) -> float:
    start = time.process_time()
    signature(text)
    return time.process_time() - start
