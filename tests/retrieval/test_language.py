"""The language of articles and of questions a few words long."""

from __future__ import annotations

import json
import threading
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retrieval.language import declared_code, detect, detect_among

SPOKEN = ("pt", "en", "es")
QUESTIONS = Path(__file__).parents[3] / "shared/data/eval/languages/questions.jsonl"

SHORT = {
    "pt": "e a França?|por quê?|quanto?|quando?|quem?|onde?|qual?|como?|sim|não|e os EUA?|"
    "e em 2024?|em Lisboa?|o que mais?|obrigado|quem disse isso?|conte mais|quanto custa?",
    "en": "and France?|why?|when?|who?|where?|which?|how?|yes|and the US?|and in 2023?|in Lisbon?|"
    "what else?|thanks|who said it?|tell me more|how much?",
    "es": "¿y Francia?|y Francia?|por qué?|cuánto?|cuándo?|quién?|dónde?|cuál?|cómo?|sí|y EE UU?|"
    "y en 2024?|en Lisboa?|qué más?|gracias|quién lo dijo?|cuéntame más|¿cuánto cuesta?",
}


@pytest.mark.parametrize(
    ("question", "language"),
    [(question, language) for language, all_ in SHORT.items() for question in all_.split("|")],
)
def test_the_language_of_a_question_of_a_word_or_two(question: str, language: str) -> None:
    assert detect_among(question, SPOKEN) == language


def test_labelled_questions_are_told_right_99_times_in_100() -> None:
    if not QUESTIONS.exists():
        pytest.skip("the shared questions are not beside this checkout")
    lines = [json.loads(line) for line in QUESTIONS.read_text("utf-8").splitlines()]
    right = sum(detect_among(line["question"], SPOKEN) == line["language"] for line in lines)
    assert right / len(lines) >= 0.99


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("O governo anunciou ontem um novo pacote de medidas para a economia do país.", "pt"),
        ("El Gobierno anunció ayer un nuevo paquete de medidas para la economía.", "es"),
        ("The government announced a new package of economic measures yesterday.", "en"),
        ("Die Regierung hat gestern ein neues Paket von Maßnahmen angekündigt.", "de"),
        ("Правительство вчера объявило о новом пакете экономических мер.", "ru"),
    ],
)
def test_the_language_of_an_article(text: str, language: str) -> None:
    assert detect(text) == language


@pytest.mark.parametrize("text", ["", "12.345", "2024 — 3 % ...", "Pauta", "\n\n"])
def test_too_few_letters_are_no_language(text: str) -> None:
    assert detect(text) == "und"


def test_a_declared_language_decides_only_where_the_text_does_not() -> None:
    english = "The government announced a new package of economic measures yesterday."
    galician = "O goberno anunciou onte un novo paquete de medidas para a economía do país."
    assert detect("Pauta", "pt-BR") == "pt"
    assert detect(english, "pt-BR") == "en"
    assert detect(galician, "gl") == "gl"
    assert detect(english, "nonsense") == "en"


def test_declared_codes_in_their_many_spellings() -> None:
    assert [declared_code(code) for code in ("pt-BR", "PT_br", " es ", "en", "eng", "", None)] == [
        "pt", "pt", "es", "en", None, None, None,
    ]  # fmt: skip


@given(st.text(max_size=300))
def test_any_text_is_given_one_of_the_asked_languages(text: str) -> None:
    assert detect_among(text, SPOKEN) in SPOKEN
    assert len(detect(text)) in (2, 3)


def test_no_languages_to_choose_from_is_an_error() -> None:
    with pytest.raises(ValueError, match="no languages"):
        detect_among("olá", ())


def test_asking_for_few_languages_does_not_narrow_later_answers_nor_other_threads() -> None:
    german = "Die Regierung hat gestern ein neues Paket von Maßnahmen angekündigt."
    answers: set[str] = set()

    def ask() -> None:
        for _ in range(20):
            assert detect_among(german, SPOKEN) in SPOKEN
            answers.add(detect(german))

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers == {"de"}
