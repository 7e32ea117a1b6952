"""The language models the settings name."""

from __future__ import annotations

from dataclasses import replace

from bot.llm import ModelSpec
from bot.settings import Settings


def model_of(settings: Settings) -> ModelSpec | None:
    """The model that is asked; None when none is set."""
    if not settings.llm:
        return None
    key = settings.llm_api_key
    return ModelSpec(
        settings.llm,
        base_url=settings.llm_base_url or None,
        api_key=key.get_secret_value() if key else None,
        timeout=settings.llm_timeout_seconds,
    )


def fallback_of(settings: Settings) -> ModelSpec | None:
    """The model that is asked when the first fails: of the same server or provider, with its
    key, or of another provider, which then has a variable of its own for the key."""
    first = model_of(settings)
    if first is None or not settings.llm_fallback:
        return None
    same_server = replace(first, name=settings.llm_fallback)
    elsewhere = replace(same_server, base_url=None, api_key=None)
    if elsewhere.provider == "":
        return same_server
    is_same = first.base_url is None and elsewhere.provider == first.provider
    return same_server if is_same else elsewhere
