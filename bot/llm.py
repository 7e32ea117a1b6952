"""The language model: which one, how it is opened, and what its failures mean.

The only place that decides whether a failure may pass (`Trouble.passing`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from importlib.util import find_spec
from inspect import isawaitable
from typing import TYPE_CHECKING, Any

from pydantic import SecretStr

from bot.redaction import keep_secret, redacted
from retrieval.errors import ModelError

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel

EXTRAS = {
    "openai": ("langchain_openai", ""),
    "anthropic": ("langchain_anthropic", "anthropic"),
    "google_genai": ("langchain_google_genai", "google"),
    "mistralai": ("langchain_mistralai", "mistral"),
    "ollama": ("langchain_ollama", "ollama"),
}
"""Module and extra of each provider, by its name in `init_chat_model`."""

ALIASES = {"google": "google_genai", "gemini": "google_genai", "mistral": "mistralai"}

MOST_WRITTEN = 4_000
"""Tokens of one reply: a few sentences or tool calls, after what a model may think first."""

LONGEST_CONNECT = 10.0
"""Seconds until a server must have taken the connection."""

_CLIENTS = ("client", "async_client")
"""Of Mistral's class."""

_RETRIES = 2
"""By the provider's own client, which heeds Retry-After."""


@dataclass(frozen=True, slots=True)
class ModelSpec:
    """A model as a person names it."""

    name: str
    """`provider:model`; with `base_url`, the model's name alone is enough."""
    base_url: str | None = None
    """Of a server that speaks OpenAI's protocol."""
    api_key: str | None = field(default=None, repr=False)
    timeout: float = 60.0
    """Seconds a reply may be silent."""

    @property
    def provider(self) -> str:
        before, colon, _ = self.name.partition(":")
        if self.base_url and before not in {*EXTRAS, *ALIASES}:
            return "openai"
        return ALIASES.get(before, before) if colon else ""

    @property
    def model(self) -> str:
        before, colon, after = self.name.partition(":")
        return after if colon and before in {*EXTRAS, *ALIASES} else self.name


def open_model(spec: ModelSpec) -> BaseChatModel:
    """A chat model, not yet asked anything. Raises ModelError that says what to do."""
    keep_secret(spec.api_key)
    if spec.provider not in EXTRAS or not spec.model.strip():
        known = ", ".join(EXTRAS)
        raise ModelError(
            f"PAUTA_LLM={spec.name}: write provider:model, where provider is one of {known}; "
            "for a server of your own, set PAUTA_LLM_BASE_URL too."
        )
    module, extra = EXTRAS[spec.provider]
    if find_spec(module) is None:
        raise ModelError(
            f"PAUTA_LLM={spec.name} needs a package that is not installed. Install it with: "
            f"make setup-llm PROVIDER={extra}"
        )
    from langchain.chat_models import init_chat_model  # noqa: PLC0415 - only with a model set

    try:
        model: BaseChatModel = init_chat_model(
            spec.model, model_provider=spec.provider, **_options(spec)
        )
    except Exception as error:
        # Each provider's package has its own errors; most often the key is missing.
        raise ModelError(
            f"PAUTA_LLM={spec.name} cannot be used: {_first_line(error)} "
            "Set PAUTA_LLM_API_KEY, or the provider's own variable."
        ) from error
    if spec.provider == "mistralai":
        from bot.llm_http import guard  # noqa: PLC0415 - only with a model set

        for client in filter(None, (getattr(model, name, None) for name in _CLIENTS)):
            guard(client)
    for value in getattr(model, "__dict__", {}).values():
        if isinstance(value, SecretStr):  # of the provider's own variable, if there is no other
            keep_secret(value.get_secret_value())
    return model


def _options(spec: ModelSpec) -> dict[str, Any]:
    """Of the provider's own class."""
    options: dict[str, Any] = {"temperature": 0}
    if spec.base_url:
        options["base_url"] = spec.base_url
    if spec.provider == "ollama":
        from bot.llm_http import arguments  # noqa: PLC0415 - only with a model set

        return options | {
            "num_predict": MOST_WRITTEN,
            "client_kwargs": arguments() | {"timeout": spec.timeout},
        }
    options |= {"max_tokens": MOST_WRITTEN, "timeout": spec.timeout, "max_retries": _RETRIES}
    if spec.api_key:
        options["api_key"] = spec.api_key
    if spec.provider == "openai":
        from openai import Timeout  # noqa: PLC0415 - only with a model set

        from bot.llm_http import clients  # noqa: PLC0415

        options["timeout"] = Timeout(spec.timeout, connect=min(spec.timeout, LONGEST_CONNECT))
        options |= clients(options["timeout"])
        # Its own limit is one more timer a piece, and before Python 3.12 such a timer can swallow
        # that a reply is cancelled: it is then read to its end.
        options["stream_chunk_timeout"] = None
        # Usage is what limits count by.
        options["stream_usage"] = True
        if spec.base_url and not spec.api_key:
            # Servers of one's own take any key; OpenAI's is not for them.
            options["api_key"] = "none"
    elif spec.provider == "mistralai":
        # Its class knows whole seconds alone.
        options["timeout"] = max(1, round(spec.timeout))
    return options


async def close_model(model: BaseChatModel) -> None:
    """Let go of a model's connections, as far as its provider's client can."""
    for name in ("root_async_client", "_async_client"):
        client = vars(model).get(name)
        if client is not None and hasattr(client, "close"):
            closing = client.close()
            if isawaitable(closing):
                await closing


class UnreadableReply(Exception):
    """A provider's client could make nothing of a reply; names its error."""


class Kind(StrEnum):
    """What is wrong with a model, for whoever must mend it."""

    KEY = "the provider does not accept the key"
    QUOTA = "the provider's limit is reached"
    UNKNOWN_MODEL = "the provider does not know this model"
    TOO_LONG = "the question and its passages are longer than the model can read"
    NO_TOOLS = "the model cannot call tools"
    REFUSED = "the provider refused the request"
    MOVED = "the server sends elsewhere, which is not followed"
    DOWN = "the provider cannot be reached or fails"
    SLOW = "the model did not answer in time"
    NONSENSE = "the model's reply could not be read"


@dataclass(frozen=True, slots=True)
class Trouble:
    """One failure of a model, as a value."""

    kind: Kind
    detail: str = ""
    """The provider's own first line, without keys; it may quote the request, so it is for
    admins."""

    @property
    def passing(self) -> bool:
        """Whether asking again, or another model, may help at once."""
        return self.kind in {Kind.QUOTA, Kind.DOWN, Kind.SLOW, Kind.NONSENSE}


_BY_STATUS = {
    401: Kind.KEY,
    403: Kind.KEY,
    402: Kind.QUOTA,
    404: Kind.UNKNOWN_MODEL,
    408: Kind.SLOW,
    413: Kind.TOO_LONG,
    429: Kind.QUOTA,
    504: Kind.SLOW,
}
_TOO_LONG = re.compile(
    r"context.?(?:length|size|window)|maximum context|too long|too many tokens|token count exceeds"
)
_NO_TOOLS = re.compile(
    r"(?:tool|function).{0,80}(?:support|requires|not allowed|not enabled|unknown|unrecogni|extra)"
    r"|(?:support|unknown|unrecogni|extra).{0,80}(?:tool|function)"
)
_MAY_BE_OF_TOOLS = frozenset({400, 404, 405, 422, 500, 501})
"""Statuses with which servers refuse tools; there are those that call it their own error."""
_SERVER_ERROR = 500
_REDIRECTS = range(300, 400)
_TIMEOUTS = frozenset({"TimeoutException", "APITimeoutError", "ReadTimeout"})
_CONNECTIONS = frozenset({"HTTPError", "APIConnectionError", "APIError", "ConnectError"})


def trouble_of(error: BaseException) -> Trouble | None:
    """What a failure of a model's client means; None for one that is not the model's.

    Every client's errors either carry the HTTP status or are caused by one of the library it
    speaks HTTP with: there are several of one lineage, told by the names of their errors.
    """
    detail = _first_line(error)
    for cause in _causes(error):
        if isinstance(cause, UnreadableReply):
            return Trouble(Kind.NONSENSE, detail)
        names = {kind.__name__ for kind in type(cause).__mro__}
        if isinstance(cause, TimeoutError) or names & _TIMEOUTS:
            return Trouble(Kind.SLOW, detail)
        status = getattr(cause, "status_code", None) or getattr(cause, "code", None)
        if isinstance(status, int):
            return Trouble(_kind(status, detail.lower()), detail)
        if isinstance(cause, ConnectionError) or names & _CONNECTIONS:
            return Trouble(Kind.DOWN, detail)
    return None


def _kind(status: int, detail: str) -> Kind:
    if status in _MAY_BE_OF_TOOLS and _NO_TOOLS.search(detail):
        return Kind.NO_TOOLS
    if status in _BY_STATUS:
        return _BY_STATUS[status]
    if status >= _SERVER_ERROR:
        return Kind.DOWN
    if status in _REDIRECTS:
        return Kind.MOVED
    return Kind.TOO_LONG if _TOO_LONG.search(detail) else Kind.REFUSED


def _causes(error: BaseException) -> Iterator[BaseException]:
    seen: set[int] = set()
    cause: BaseException | None = error
    while cause is not None and id(cause) not in seen:
        seen.add(id(cause))
        yield cause
        cause = cause.__cause__ or cause.__context__


def _first_line(error: BaseException) -> str:
    # Before it is cut: half a key is no longer known for one.
    return redacted(" ".join(str(error).split())[:20_000])[:300]
