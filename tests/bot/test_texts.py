"""Every language says everything, with the same blanks to fill."""

from __future__ import annotations

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
