"""Every sentence Pauta says, one TOML file per language; the same keys in each.

    texts.say("pt", "quoted_intro") -> "Isto é o que a cobertura diz:"

Values are plain text with named `{placeholders}`; markup is the renderer's business.
"""

from __future__ import annotations

import tomllib
from functools import cache
from importlib.resources import files

LANGUAGES = ("en", "pt", "es")
DEFAULT_LANGUAGE = "en"


@cache
def catalogue(language: str) -> dict[str, str]:
    """All texts of one language, by key."""
    content = files(__package__).joinpath(f"{language}.toml").read_text(encoding="utf-8")
    return {key: str(value).strip() for key, value in tomllib.loads(content).items()}


def supported(language: str | None) -> str:
    """The language to speak with someone whose client or question says `language`."""
    code = (language or "").lower().split("-")[0].split("_")[0]
    return code if code in LANGUAGES else DEFAULT_LANGUAGE


def say(language: str, key: str, **values: object) -> str:
    """The text `key` in `language` (English where not spoken), placeholders filled.

    Raises KeyError for an unknown key or a placeholder without a value.
    """
    return catalogue(supported(language))[key].format(**values)
