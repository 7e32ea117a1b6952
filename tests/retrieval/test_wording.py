"""Two texts of one wording that state something else are two."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retrieval.wording import Wording, own_share, title_says_else
from tests.local_web import a_text

BODY = a_text("a fire")


def says_no_more(copy: str, other: str) -> bool:
    return own_share(Wording(f"{copy}\n\n{BODY}"), Wording(f"{other}\n\n{BODY}")) <= 0.15


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Officials said that three people died.", "Officials said that nine people died."),
        ("Os bombeiros contam dois mortos.", "Os bombeiros contam nove mortos."),
        ("Hubo un muerto en el incendio.", "Hubo nueve muertos en el incendio."),
        ("They said 3 died, 15 were hurt.", "They said 15 died, 3 were hurt."),
        ("They said 12 died. Earlier 8 were missing.", "They said 8 died. Earlier 8 were missing."),
        ("The damage came to 5 million this year.", "The damage came to 5 billion this year."),
        ("The damage came to $5m this year.", "The damage came to €5m this year."),
        ("Profit grew by 3% in the year.", "Profit grew by -3% in the year."),
        ("The minister has resigned today.", "The minister has not resigned today."),
        ("O ministro admite demitir-se.", "O ministro não admite demitir-se."),
        ("Ana Souza was arrested today.", "Rui Lopes was arrested today."),
        ("Souza was arrested over it.", "Lopes was arrested over it."),
        ("Later Souza accused Lopes of it.", "Later Lopes accused Souza of it."),
        ("The man killed the woman.", "The woman killed the man."),
        ("It happened on Monday at noon.", "It happened on Friday at noon."),
    ],
)
def test_another_fact_or_name_is_told_from_either_side(one: str, other: str) -> None:
    assert not says_no_more(one, other)
    assert not says_no_more(other, one)
    assert says_no_more(one, one)


@pytest.mark.parametrize(
    ("copy", "other"),
    [
        ("LISBOA (Lusa) - Officials said 3 died.", "Officials said 3 died."),
        ("By Ana Souza and Rui Lopes\n\nOfficials said 3 died.", "Officials said 3 died."),
        ("Por Ana Souza\n\nOfficials said 3 died.", "Por Rui Lopes\n\nOfficials said 3 died."),
        ("Officials now said 3 died there.", "Officials said 3 died there."),
        ("Officials said 3 died.", "OFFICIALS SAID 3 DIED!"),
        ("Officials said 3 died.", "Officials said 3 died. Another 15 were hurt."),
    ],
)
def test_credits_and_words_without_facts_tell_nothing(copy: str, other: str) -> None:
    assert says_no_more(copy, other)


@pytest.mark.parametrize(
    "credit", ["By Ana Souza", "Com Lusa", "Fonte: Reuters", "Reporting by Ana Souza; Rui Lopes"]
)
def test_a_credit_at_the_end_tells_nothing(credit: str) -> None:
    assert own_share(Wording(f"{BODY}\n\n{credit}"), Wording(BODY)) == 0


def test_what_is_cut_in_a_sentence_says_no_more() -> None:
    assert own_share(Wording(BODY[: BODY.rindex(" opened")]), Wording(BODY)) == 0


def test_a_paragraph_of_its_own_is_its_own() -> None:
    own = "we went there and saw how they were working. " * 4
    assert 0.15 < own_share(Wording(f"{BODY}\n\n{own}"), Wording(BODY)) < 0.5


@pytest.mark.parametrize(
    ("title", "other", "expected"),
    [
        ("Fire in the old town", "Old town is burning", False),
        ("Three die in a fire", "Nine die in a fire", True),
        ("Fire costs 5 million", "Fire in the old town", True),
        ("Three die in a fire", "Fire in the old town", False),
        ("Minister not to go", "Minister to go", True),
    ],
)
def test_a_headline_tells_by_its_facts(title: str, other: str, expected: bool) -> None:
    text = Wording("Officials said that three people died and nine were hurt.")
    assert title_says_else(title, other, text) is expected


@given(st.text(max_size=300), st.text(max_size=300))
def test_anything_can_be_compared(one: str, other: str) -> None:
    assert 0 <= own_share(Wording(one), Wording(other)) <= 1
    assert own_share(Wording(one), Wording(one)) == 0
