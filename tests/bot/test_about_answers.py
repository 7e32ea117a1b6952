"""Some messages are about the answer before them, and are not searched for as words."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot import texts
from bot.about_answers import LONGEST, About, about_answer, found_nothing
from bot.answers import Citation, Turn


@pytest.mark.parametrize(
    "question",
    ["shorter", "Shorter, please", "can you translate that?", "mais curto", "más corto",
     "a bit shorter",
     "translate that", "translate it to Spanish", "traduza isso", "traduce eso al inglés",
     "traduz para inglês", "in English", "em português", "resuma", "summarize that", "in detail",
     "com mais detalhes", "más detalles", "say that in other words",
     "in one sentence", "em uma frase, por favor", "¿puedes traducir eso?"],
)  # fmt: skip
def test_some_ask_for_other_words(question: str) -> None:
    assert about_answer(question) is About.REWRITING


@pytest.mark.parametrize(
    "question",
    ["who said that?", "Quem disse isso?", "¿quién dijo eso?", "show me the original sentence",
     "the exact words", "a frase original", "muéstrame la frase original",
     "qual é a frase original?",
     "sources?", "fontes", "where is that from?"],
)  # fmt: skip
def test_some_ask_who_says_so(question: str) -> None:
    assert about_answer(question) is About.SOURCES


@pytest.mark.parametrize(
    "question",
    ["who said that the plant is too expensive?", "is the shorter route open?", "and France?",
     "why?", "how much did Stargate commit?", "quem disse que a ponte custa 42 milhões?",
     "sources of the Nile", "in English football, who won?", "translate the treaty", "", "that"],
)  # fmt: skip
def test_what_asks_something_of_its_own_is_searched(question: str) -> None:
    assert about_answer(question) is None


def test_what_found_nothing_cannot_be_put_otherwise() -> None:
    cited = (Citation(1, "Title", "https://a.example", "Folha", None, "It cost 5."),)
    assert found_nothing(None)
    assert found_nothing(Turn("assistant", "Hello!"))
    for language in texts.LANGUAGES:
        near = f"{texts.say(language, 'nothing_found')}\n\nIt cost 5. [1]"
        assert found_nothing(Turn("assistant", near, cited))
    assert not found_nothing(Turn("assistant", "It cost 5. [1]", cited))


@given(st.text(min_size=LONGEST + 1))
def test_a_long_message_says_what_it_is_about(question: str) -> None:
    assert about_answer(question) is None
