"""Which models the settings name, and with which key at which server each is asked."""

from __future__ import annotations

import pytest
from pydantic import SecretStr

from bot.llm_settings import fallback_of, model_of
from bot.settings import Settings

OURS = "http://llm.example/v1"


def settings(**given: object) -> Settings:
    return Settings.model_validate({"llm_api_key": SecretStr("the key"), **given})


def test_without_a_model_there_is_neither() -> None:
    assert model_of(settings()) is None
    assert fallback_of(settings(llm_fallback="openai:small")) is None


def test_a_model_has_the_key_and_the_server_that_are_set() -> None:
    spec = model_of(settings(llm="qwen3", llm_base_url=OURS))

    assert spec is not None
    assert (spec.provider, spec.model, spec.base_url) == ("openai", "qwen3", OURS)
    assert spec.api_key == "the key"


@pytest.mark.parametrize(
    ("llm", "base_url", "fallback", "provider", "server", "key"),
    [
        ("openai:big", "", "openai:small", "openai", None, "the key"),
        ("openai:big", "", "anthropic:small", "anthropic", None, None),
        ("qwen3", OURS, "qwen3-small", "openai", OURS, "the key"),
        ("qwen3", OURS, "mistral:small", "mistralai", None, None),
        ("qwen3", OURS, "openai:small", "openai", None, None),
    ],
)
def test_a_fallback_elsewhere_is_never_shown_the_first_ones_key(
    llm: str, base_url: str, fallback: str, provider: str, server: str | None, key: str | None
) -> None:
    spec = fallback_of(settings(llm=llm, llm_base_url=base_url, llm_fallback=fallback))

    assert spec is not None
    assert (spec.provider, spec.base_url, spec.api_key) == (provider, server, key)


def test_the_key_is_never_printed() -> None:
    assert "the key" not in repr(settings(llm="openai:big"))
    spec = model_of(settings(llm="openai:big"))
    assert "the key" not in repr(spec)
