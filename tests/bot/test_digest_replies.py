"""Which story a reply to a digest means."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.digest_replies import read_reply
from bot.outgoing import ToldStory

HEADLINES = (
    "Lisbon hospitals close their emergency rooms",
    "Stargate doubles its data centres in Texas",
    "Argentina aprueba la ley de energía nuclear",
    "Porto de Santos reabre após a greve",
)
TOLD = tuple(ToldStory(at, f"story{at}", line) for at, line in enumerate(HEADLINES, start=1))


def place(text: str) -> int | None:
    story = read_reply(text, TOLD).story
    return story.place if story else None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("tell me more about the second one", 2),
        ("The 2nd story, please", 2),
        ("more on the first?", 1),
        ("o segundo", 2),
        ("fale mais da terceira", 3),
        ("Conte-me mais sobre a terceira notícia", 3),
        ("e a quarta?", 4),
        ("la tercera", 3),
        ("¿y la tercera?", 3),
        ("cuéntame más del primero", 1),
        ("la última", 4),
        ("the last one", 4),
        ("2", 2),
        ("#3", 3),
        ("n.º 2", 2),
        ("number two", 2),
        ("a notícia 4", 4),
        ("¿qué dice la noticia número 2?", 2),
        ("more about 3", 3),
        ("what about story 1 and its cost?", 1),
    ],
)
def test_an_ordinal_or_a_number_names_the_story(text: str, expected: int) -> None:
    assert place(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "o que aconteceu na segunda?",
        "segundo a Folha, quanto custa?",
        "how much in the first quarter?",
        "did it cost 2 billion?",
        "quem é o primeiro-ministro?",
        "the ninth one",
        "99",
        "and what now?",
        "",
    ],
)
def test_what_only_looks_like_an_ordinal_names_none(text: str) -> None:
    assert place(text) is None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("how many data centres in Texas?", 2),
        ("quando reabre Santos?", 4),
        ("y lo de la energía nuclear", 3),
    ],
)
def test_words_of_one_headline_alone_name_it(text: str, expected: int) -> None:
    assert place(text) == expected


def test_a_message_that_told_one_story_needs_no_name_of_it() -> None:
    assert read_reply("since when?", TOLD[:1]).story is TOLD[0]


@pytest.mark.parametrize(
    "text",
    [
        "who else reported this?",
        "Which other outlets covered it?",
        "quem mais noticiou isso?",
        "que outros jornais publicaram?",
        "¿quién más lo informó?",
        "¿qué otros medios lo publicaron?",
        "outras fontes?",
    ],
)
def test_who_else_reported_it_is_understood(text: str) -> None:
    assert read_reply(text, TOLD[:1]).asks_for_others


def test_who_else_and_which_go_together() -> None:
    found = read_reply("who else reported the second one?", TOLD)

    assert found.story is TOLD[1]
    assert found.asks_for_others


@pytest.mark.parametrize("text", ["how much did it cost?", "who said so?", "quanto custa?"])
def test_other_questions_do_not_ask_for_others(text: str) -> None:
    assert not read_reply(text, TOLD).asks_for_others


@pytest.mark.parametrize(
    ("text", "rest"),
    [
        ("when does the second one start?", "when does {} start?"),
        ("quanto custa a terceira notícia?", "quanto custa {}?"),
        ("o segundo", ""),
        ("2", ""),
        ("{0.story} of the second one costs?", "(0.story) of {} costs?"),
    ],
)
def test_the_name_can_stand_in_the_place_of_the_number(text: str, rest: str) -> None:
    assert read_reply(text, TOLD).rest == rest


@pytest.mark.parametrize(
    "text",
    ["tell me more about the second one", "conte mais sobre a segunda", "¿y la tercera?", "2",
     "who else reported the fourth one?"],
)  # fmt: skip
def test_a_number_that_no_story_has_is_understood_as_that(text: str) -> None:
    found = read_reply(text, TOLD[:1])

    assert found.misses
    assert found.story is None


@pytest.mark.parametrize("text", ["what is the second point of the deal?", "since when?", "1"])
def test_a_question_of_its_own_misses_nothing(text: str) -> None:
    assert not read_reply(text, TOLD[:1]).misses


@given(st.text(max_size=2_000), st.integers(1, 4))
def test_whatever_is_said_it_means_one_of_the_told_or_none(text: str, count: int) -> None:
    found = read_reply(text, TOLD[:count])

    assert found.story is None or found.story in TOLD[:count]
    assert found.rest.count("{}") <= 1 or found.rest == text
