"""Stubs that are shown to who does not subscribe."""

from __future__ import annotations

import pytest

from retrieval.feeds.paywall import has_mark, has_plea, is_behind_wall, is_cut, shows_no_more
from retrieval.feeds.tree import parse_html

SHORT, MIDDLE, LONG = "a" * 500, "a" * 1_500, "a" * 6_000


@pytest.mark.parametrize(
    ("text", "free", "pleads", "marked", "cut", "walled"),
    [
        (SHORT, False, False, False, False, True),
        (MIDDLE, False, True, False, False, True),
        (MIDDLE, False, False, True, False, True),
        (MIDDLE, False, False, False, False, False),
        (LONG, False, True, True, False, False),
        (SHORT, None, True, False, False, True),
        (SHORT, None, False, True, False, False),
        (SHORT, None, False, True, True, True),
        (SHORT, None, False, False, False, False),
        (LONG, None, True, True, True, False),
        (SHORT, True, False, True, True, False),
        (MIDDLE, True, True, True, False, False),
        (SHORT, True, True, False, False, True),
    ],
)
def test_declaration_plea_and_length_decide_together(
    text: str, free: bool | None, pleads: bool, marked: bool, cut: bool, walled: bool
) -> None:
    assert is_behind_wall(text, free=free, pleads=pleads, marked=marked, cut=cut) is walled


@pytest.mark.parametrize(
    "plea",
    [
        "Subscribe to continue reading",
        "To continue reading, please sign in or register.",
        "This article is for subscribers only.",
        "You’ve reached your limit of free articles",
        "Already a subscriber? Log in",
        "Conteúdo exclusivo para assinantes",
        "Assine para continuar lendo",
        "Faça seu login para ler a matéria",
        "Já é assinante?",
        "Contenido exclusivo para suscriptores",
        "Suscríbete para seguir leyendo",
        "¿Ya eres suscriptor?",
        "Para seguir leyendo, regístrate gratis",
    ],
)
def test_a_plea_is_known_in_three_languages(plea: str) -> None:
    assert has_plea(f"O porto voltou.\n{plea}\nRodapé")


@pytest.mark.parametrize(
    "sentence",
    [
        "The paper asked its subscribers what they read.",
        "Os assinantes do serviço pagarão mais.",
        "Los suscriptores del canal pidieron seguir.",
        "He continued reading to the children.",
        "The limit of free goods was reached on Friday.",
    ],
)
def test_a_sentence_about_subscribers_is_no_plea(sentence: str) -> None:
    assert not has_plea(sentence)


def test_a_wall_is_known_by_the_names_of_its_elements() -> None:
    assert has_mark(parse_html("<body><div class='c-Paywall x'><p>a</p></div></body>"))
    assert has_mark(parse_html("<body><div id='muro-de-pago'><p>a</p></div></body>"))
    assert not has_mark(parse_html("<body><script class='paywall'></script><p>wall</p></body>"))


@pytest.mark.parametrize(
    "text",
    ["and then…", "and then...", "and then [...]", "and then […] Leia mais", "end. Read more »",
     "fin.\nSeguir leyendo", "and then [&hellip;]"],
)  # fmt: skip
def test_a_text_that_breaks_off_is_known(text: str) -> None:
    assert is_cut(text)


def test_a_text_with_an_end_does_not_break_off() -> None:
    assert not is_cut("... and then it ended.")
    assert not is_cut("He likes to read more than before.")
    assert not is_cut("")


def test_a_page_as_short_as_its_summary_shows_no_more() -> None:
    assert shows_no_more("a" * 110, "a" * 100)
    assert not shows_no_more("a" * 300, "a" * 100)
    assert not shows_no_more("a", "")
