"""Every language says everything, with the same blanks to fill."""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path
from string import Formatter

import pytest

from bot import texts

ENGLISH = texts.catalogue("en")


def blanks(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name is not None}


@pytest.mark.parametrize("language", texts.LANGUAGES)
class TestEveryLanguage:
    def test_has_the_same_keys(self, language: str) -> None:
        assert texts.catalogue(language).keys() == ENGLISH.keys()

    def test_says_something_for_each(self, language: str) -> None:
        assert [key for key, text in texts.catalogue(language).items() if not text] == []

    def test_has_the_same_named_blanks(self, language: str) -> None:
        other = texts.catalogue(language)
        assert {key: blanks(other[key]) for key in other} == {
            key: blanks(text) for key, text in ENGLISH.items()
        }
        assert all(blank.isidentifier() for text in other.values() for blank in blanks(text))

    def test_fits_one_message_and_the_command_menu(self, language: str) -> None:
        for key, text in texts.catalogue(language).items():
            assert len(text) < 3000
            if key.startswith("command_"):
                assert len(text) <= 256

    def test_welcomes_with_three_example_questions(self, language: str) -> None:
        lines = texts.say(language, "welcome").splitlines()
        assert len([line for line in lines if line.startswith("• ") and line.endswith("?")]) == 3


def test_languages_are_not_copies_of_each_other() -> None:
    for language in texts.LANGUAGES[1:]:
        other = texts.catalogue(language)
        assert [key for key, text in other.items() if text == ENGLISH[key]] == []


@pytest.mark.parametrize(
    ("said", "spoken"),
    [("pt-br", "pt"), ("es_MX", "es"), ("EN", "en"), ("de", "en"), ("", "en"), (None, "en")],
)
def test_a_client_language_is_matched_to_one_of_ours(said: str | None, spoken: str) -> None:
    assert texts.supported(said) == spoken


def test_an_unknown_key_or_a_blank_left_empty_is_an_error() -> None:
    with pytest.raises(KeyError):
        texts.say("en", "no_such_key")
    with pytest.raises(KeyError):
        texts.say("en", "stranger")


BOT = Path(texts.__file__).parents[1]
SPOKEN_BY = {"say", "_say", "sentence", "team_note", "answer", "about_address"}
"""Functions that take a key as it stands, anywhere among their first three arguments."""
LIKE_A_KEY = re.compile(r"[a-z]+(_[a-z0-9]+)+")


@cache
def nodes() -> tuple[ast.AST, ...]:
    """Of the whole program."""
    files = sorted(BOT.rglob("*.py"))
    trees = [ast.parse(file.read_text(encoding="utf-8")) for file in files]
    return tuple(node for tree in trees for node in ast.walk(tree))


def called(call: ast.Call) -> str:
    function = call.func
    if isinstance(function, ast.Attribute):
        return function.attr
    return function.id if isinstance(function, ast.Name) else ""


def written(node: ast.JoinedStr) -> str:
    """An f-string as a pattern; one that says hardly anything matches nothing."""
    parts = [re.escape(str(one.value)) if isinstance(one, ast.Constant) else "[a-z0-9_]+"
             for one in node.values]  # fmt: skip
    letters = sum(len(str(one.value)) for one in node.values if isinstance(one, ast.Constant))
    return "".join(parts) if letters > 3 else "(?!)"


def test_every_text_is_said_somewhere() -> None:
    literal, patterns = set[str](), set[str]()
    for node in nodes():
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            literal.add(node.value)
        elif isinstance(node, ast.JoinedStr):
            patterns.add(written(node))
    built = re.compile("|".join(sorted(patterns)))
    assert [key for key in ENGLISH if key not in literal and not built.fullmatch(key)] == []


def test_every_text_that_is_said_exists() -> None:
    said = set[str]()
    for node in nodes():
        if isinstance(node, ast.Call) and called(node) in SPOKEN_BY:
            for one in node.args[:3]:
                if isinstance(one, ast.Constant) and LIKE_A_KEY.fullmatch(str(one.value)):
                    said.add(str(one.value))
    assert len(said) > 100
    assert sorted(said - ENGLISH.keys()) == []


FORBIDDEN = {
    "pt": r"equipas?|ficheiros?|utilizador\w*|ecrã\w*|partilh\w*|telemóve\w+|contactos?|factos?"
    r"|registos?|mil milhões|já não|porquê|vossos?|vossas?|centros? de dados|obrigado"
    r"|está(?:s|mos|o)? a \w+r|tu|teus?|tuas?|numa?",
    "es": r"vosotr[oa]s|vuestr[oa]s?|veis|tenéis|podéis|queréis|usted|añad\w*|móvil|ordenador"
    r"|pregunte(?:me)?|pregúnteme|escrib[ae]me|escríbame(?:lo)?|escriba|envíeme|envíe|toque una?"
    r"|pruebe|diga|dígalo|inténtelo|pulse|pídaselo|deje|puede usted|sus próximas"
    r"|(?:he|has|hemos) \w+[ai]do",
}
"""Words of European Portuguese; of European Spanish, and those that call a reader `usted`."""


@pytest.mark.parametrize("language", sorted(FORBIDDEN))
def test_portuguese_is_of_brazil_and_spanish_of_latin_america(language: str) -> None:
    unwanted = re.compile(rf"\b(?:{FORBIDDEN[language]})\b", re.IGNORECASE)
    found = {
        key: match.group()
        for key, text in texts.catalogue(language).items()
        if (match := unwanted.search(text))
    }
    assert found == {}


def test_spanish_in_private_says_tu() -> None:
    spanish = texts.catalogue("es")
    spoken_to = (
        "welcome",
        "small_talk",
        "feed_send_address",
        "settings_ask_city",
        "browse_ask_away",
    )
    for key in spoken_to:
        assert re.search(r"\b(?:tus?|\w+(?:ame|eme|íbeme|úntame)|Pregunta)\b", spanish[key]), key
