"""Names of authors out of what stands where a name belongs."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retrieval.feeds.bylines import LONGEST_BYLINE, byline


@pytest.mark.parametrize(
    ("written", "names"),
    [
        ("Celina Prado", "Celina Prado"),
        ("By Maud Ferris", "Maud Ferris"),
        ("BY MAUD FERRIS", "MAUD FERRIS"),
        ("Por: Celina Prado", "Celina Prado"),
        ("Por Celina Prado e Otávio Lemos", "Celina Prado, Otávio Lemos"),
        ("Maud Ferris and Idris Kole", "Maud Ferris, Idris Kole"),
        ("Maud Ferris, Idris Kole and Jo Marlin", "Maud Ferris, Idris Kole, Jo Marlin"),
        ("Maud Ferris; Idris Kole", "Maud Ferris, Idris Kole"),
        ("Ferris, Maud", "Maud Ferris"),
        ("José Ortega y Gasset", "José Ortega y Gasset"),
        ("Rui Silva e Souza", "Rui Silva e Souza"),
        ("Celina Prado, da Reuters", "Celina Prado, Reuters"),
        ("Celina Prado, da Folha", "Celina Prado"),
        ("Maud Ferris, Senior Reporter", "Maud Ferris"),
        ("Maud Ferris | The Kestrel Post", "Maud Ferris"),
        ("Maud Ferris @maudf", "Maud Ferris"),
        ("maud@kestrelpost.example (Maud Ferris)", "Maud Ferris"),
        ("https://www.facebook.com/kestrelpost", ""),
        ("@maudf", ""),
        ("maud@kestrelpost.example", ""),
        ("admin", ""),
        ("12345", ""),
        ("Reuters", "Reuters"),
        ("The Kestrel Post", "The Kestrel Post"),
        ("Da Redação", "Da Redação"),
        ("x" * 300, ""),
        ("", ""),
    ],
)
def test_a_byline_is_names_and_nothing_else(written: str, names: str) -> None:
    assert byline([[written]], ["The Kestrel Post", "kestrelpost.example"]) == names


def test_the_first_source_that_names_a_person_is_taken() -> None:
    sources = [["The Kestrel Post"], ["https://x.example/a"], ["By Maud Ferris"], ["Jo Marlin"]]
    assert byline(sources, ["Kestrel Post", "The Kestrel Post"]) == "Maud Ferris"


def test_a_person_is_named_once() -> None:
    assert byline([["Celina Prado", "CELINA PRADO", "Celina  Prado"]]) == "Celina Prado"


def test_many_names_are_cut_between_two() -> None:
    line = byline([[f"Maud Ferris {letter * 9}" for letter in "ABCDEFGHIJKLMN"]])
    assert len(line) <= LONGEST_BYLINE
    assert line.endswith("A" * 9) or line.split(", ")[-1].startswith("Maud Ferris ")


@given(st.lists(st.lists(st.text(max_size=120), max_size=4), max_size=4))
def test_any_text_gives_one_short_clean_line(sources: list[list[str]]) -> None:
    line = byline(sources, ["Folha"])
    assert len(line) <= LONGEST_BYLINE
    assert "\n" not in line
    assert "://" not in line
