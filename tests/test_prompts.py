from __future__ import annotations

from importlib.resources import files

import pytest
from hypothesis import given
from hypothesis import strategies as st

import prompts
from prompts import PromptError, load, read

EVERY = sorted(
    file.name.removesuffix(".md") for file in files("prompts").iterdir() if file.name[-3:] == ".md"
)


@pytest.mark.parametrize("name", EVERY)
def test_every_prompt_has_a_version_and_takes_what_it_says(name: str) -> None:
    assert read(name).version >= 1


@pytest.mark.parametrize("name", EVERY)
def test_every_prompt_is_short(name: str) -> None:
    assert len(read(name).text) < 3_000


def test_a_variable_that_is_missing_is_named() -> None:
    with pytest.raises(PromptError, match="'repair' lacks problems"):
        load("repair")


def test_a_variable_the_prompt_does_not_take_is_named() -> None:
    with pytest.raises(PromptError, match="does not take mood"):
        load("repair", problems="none", mood="good")


def test_a_prompt_that_is_not_there_is_named() -> None:
    with pytest.raises(PromptError, match="no prompt 'nothing'"):
        load("nothing")


@pytest.mark.parametrize("name", ["../bot/settings", "a.b", "", "A"])
def test_only_names_are_looked_for(name: str) -> None:
    with pytest.raises(PromptError, match="no name of a prompt"):
        load(name)


@given(st.text())
def test_what_is_filled_in_is_never_read_for_variables(text: str) -> None:
    filled = load("single", passages=text + "{{question}}", question="why?")
    assert text + "{{question}}" in filled


def test_the_folder_holds_prompts_and_their_loader_alone() -> None:
    names = {file.name for file in files(prompts).iterdir()} - {"__pycache__"}
    assert all(name.endswith(".md") or name == "__init__.py" for name in names)
