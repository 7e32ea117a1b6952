"""Models by name, and what the failures of the real client mean."""

from __future__ import annotations

import asyncio
import importlib.util
import io
import logging
import socket
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest
import pytest_asyncio
import structlog

from bot import llm, logs
from bot.agent import Agent
from bot.llm import (
    EXTRAS,
    LONGEST_CONNECT,
    MOST_WRITTEN,
    Kind,
    ModelSpec,
    Trouble,
    close_model,
    open_model,
    trouble_of,
)
from bot.llm_probe import probe
from bot.redaction import redacted
from retrieval.errors import ModelError
from tests.bot.test_agent import ASKING, nothing
from tests.desk import QUICK, without_certificates
from tests.llm_server import LlmServer, Reply, breaks_off, fails, says, stalls


@pytest.fixture(autouse=True)
def no_keys_and_no_certificates(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("OPENAI_API_KEY", "OPENAI_BASE_URL", "OPENAI_API_BASE", "ANTHROPIC_API_KEY"):
        monkeypatch.delenv(name, raising=False)
    without_certificates(monkeypatch)


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """What langchain is asked to open, whichever package is installed."""
    seen: dict[str, Any] = {}

    def remember(name: str, **options: Any) -> Any:
        seen.update(options, name=name)
        return object()

    monkeypatch.setattr("langchain.chat_models.init_chat_model", remember)
    monkeypatch.setattr(llm, "find_spec", lambda _module: object())
    return seen


# Names


@pytest.mark.parametrize(
    ("name", "base_url", "provider", "model"),
    [
        ("openai:gpt-5.2", None, "openai", "gpt-5.2"),
        ("anthropic:claude-x", None, "anthropic", "claude-x"),
        ("google:gemini-x", None, "google_genai", "gemini-x"),
        ("gemini:gemini-x", None, "google_genai", "gemini-x"),
        ("google_genai:gemini-x", None, "google_genai", "gemini-x"),
        ("mistral:large", None, "mistralai", "large"),
        ("ollama:llama3.2:3b", None, "ollama", "llama3.2:3b"),
        ("gpt-oss:20b", "http://127.0.0.1:1/v1", "openai", "gpt-oss:20b"),
        ("org/model", "http://127.0.0.1:1/v1", "openai", "org/model"),
        ("openai:org/model", "http://127.0.0.1:1/v1", "openai", "org/model"),
    ],
)
def test_a_name_tells_the_provider_and_the_model(
    opened: dict[str, Any], name: str, base_url: str | None, provider: str, model: str
) -> None:
    spec = ModelSpec(name, base_url)
    assert (spec.provider, spec.model) == (provider, model)

    open_model(spec)
    assert (opened["model_provider"], opened["name"]) == (provider, model)
    assert opened.get("base_url") == base_url


@pytest.mark.parametrize("name", ["", "gpt-5.2", "acme:model", "openai:", "openai: ", ":x"])
def test_a_name_that_names_no_model_is_refused_with_the_way_to_write_it(name: str) -> None:
    with pytest.raises(ModelError, match="provider:model, where provider is one of openai"):
        open_model(ModelSpec(name))


@pytest.mark.parametrize("provider", [name for name in EXTRAS if name != "openai"])
def test_a_provider_whose_package_is_missing_is_named_with_its_extra(
    provider: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(llm, "find_spec", lambda _module: None)
    with pytest.raises(ModelError, match=rf"make setup-llm PROVIDER={EXTRAS[provider][1]}"):
        open_model(ModelSpec(f"{provider}:some-model"))


@pytest.mark.parametrize("provider", [name for name in EXTRAS if name != "openai"])
def test_a_provider_whose_package_is_there_is_opened(
    provider: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if importlib.util.find_spec(EXTRAS[provider][0]) is None:
        pytest.skip("the package is not installed")
    model = open_model(ModelSpec(f"{provider}:some-model", api_key="key"))
    assert "some-model" in str(vars(model))


def test_every_model_is_bounded_in_time_and_in_what_it_writes(opened: dict[str, Any]) -> None:
    for provider in EXTRAS:
        opened.clear()
        open_model(ModelSpec(f"{provider}:m", api_key="key", timeout=7.4))
        written = opened.get("max_tokens") or opened.get("num_predict")
        assert written == MOST_WRITTEN
        limit = opened.get("timeout") or opened["client_kwargs"]["timeout"]
        assert getattr(limit, "read", limit) in (7, 7.4)


def test_a_server_that_does_not_take_the_connection_is_not_waited_for_long(
    opened: dict[str, Any],
) -> None:
    open_model(ModelSpec("openai:m", api_key="key", timeout=300.0))
    assert opened["timeout"].connect == LONGEST_CONNECT


def test_without_a_key_a_provider_is_refused_with_where_to_put_it() -> None:
    with pytest.raises(ModelError, match="PAUTA_LLM_API_KEY"):
        open_model(ModelSpec("openai:gpt-x"))


def test_a_key_is_never_part_of_what_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_name: str, **_options: Any) -> Any:
        raise ValueError("no such thing")

    monkeypatch.setattr("langchain.chat_models.init_chat_model", refuse)
    with pytest.raises(ModelError) as told:
        open_model(ModelSpec("openai:gpt-x", api_key="sk-secret"))
    assert "sk-secret" not in str(told.value)


async def test_a_server_of_ones_own_never_gets_the_key_meant_for_openai(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-secret")
    async with LlmServer() as server:
        server.will(says("ready"))
        model = open_model(ModelSpec("local", server.url))
        await model.ainvoke("?")
        await close_model(model)
    assert server.requests[0].authorization == "Bearer none"


async def test_a_closed_model_leaves_another_of_the_same_server_open() -> None:
    async with LlmServer() as server:
        one, other = (open_model(ModelSpec("local", server.url)) for _ in range(2))
        server.will(says("one"), says("other"))
        assert (await one.ainvoke("?")).text == "one"
        await close_model(one)
        assert (await other.ainvoke("?")).text == "other"
        await close_model(other)


# Failures


@pytest_asyncio.fixture
async def server() -> AsyncIterator[LlmServer]:
    async with LlmServer() as server:
        yield server


async def trouble(server: LlmServer, *replies: Reply, silence: float = 0.3) -> Trouble | None:
    model: Any = open_model(ModelSpec("local", server.url, timeout=silence))
    model.root_async_client.max_retries = 0
    server.will(*replies)
    try:
        async for _ in model.astream("How much?"):
            pass
    except Exception as error:  # noqa: BLE001 - what it is, is the question
        return trouble_of(error)
    finally:
        await close_model(model)
    return None


@pytest.mark.parametrize(
    ("status", "message", "kind"),
    [
        (401, "Incorrect API key provided", Kind.KEY),
        (403, "Country not supported", Kind.KEY),
        (402, "Insufficient balance", Kind.QUOTA),
        (404, "The model `gpt-x` does not exist", Kind.UNKNOWN_MODEL),
        (404, "No endpoints found that support tool use", Kind.NO_TOOLS),
        (408, "Request timed out", Kind.SLOW),
        (413, "Payload too large", Kind.TOO_LONG),
        (429, "You exceeded your current quota", Kind.QUOTA),
        (400, "This model's maximum context length is 8192 tokens", Kind.TOO_LONG),
        (400, "the request exceeds the available context size", Kind.TOO_LONG),
        (400, "prompt is too long: 210000 tokens > 200000 maximum", Kind.TOO_LONG),
        (400, "registry/gemma does not support tools", Kind.NO_TOOLS),
        (400, '"auto" tool choice requires --enable-auto-tool-choice', Kind.NO_TOOLS),
        (500, "tools param requires --jinja flag", Kind.NO_TOOLS),
        (422, "extra inputs are not permitted: tools", Kind.NO_TOOLS),
        (400, "content management policy", Kind.REFUSED),
        (400, "messages with role 'tool' must follow tool_calls", Kind.REFUSED),
        (500, "Internal error", Kind.DOWN),
        (502, "Bad gateway", Kind.DOWN),
        (504, "Gateway timeout", Kind.SLOW),
        (529, "Overloaded", Kind.DOWN),
    ],
)
async def test_a_status_says_what_is_wrong(
    server: LlmServer, status: int, message: str, kind: Kind
) -> None:
    found = await trouble(server, fails(status, message=message))
    assert found is not None
    assert found.kind is kind
    assert message[:20] in found.detail


@pytest.mark.parametrize(
    ("reply", "kind"),
    [
        (stalls(), Kind.SLOW),
        (breaks_off("a text that breaks off in the middle", 12), Kind.DOWN),
    ],
)
async def test_silence_and_a_broken_connection_are_told_apart(
    server: LlmServer, reply: Reply, kind: Kind
) -> None:
    found = await trouble(server, reply)
    assert found is not None
    assert found.kind is kind
    assert found.passing


async def test_nobody_at_the_address_is_down() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        nobody = LlmServer(port=free.getsockname()[1])
    found = await trouble(nobody)
    assert found is not None
    assert found.kind is Kind.DOWN


async def test_a_long_wait_that_was_asked_for_is_bounded_by_who_asks(server: LlmServer) -> None:
    server.will(fails(429, retry_after=50))
    model = open_model(ModelSpec("local", server.url))
    with pytest.raises(TimeoutError) as late:
        async with asyncio.timeout(0.3):
            await model.ainvoke("?")
    await close_model(model)
    told = trouble_of(late.value)
    assert told is not None
    assert told.kind is Kind.SLOW


async def test_a_short_wait_that_was_asked_for_is_kept(server: LlmServer) -> None:
    server.will(fails(429, retry_after=1), says("ready"))
    model = open_model(ModelSpec("local", server.url))
    started = asyncio.get_running_loop().time()
    assert (await model.ainvoke("?")).text == "ready"
    assert asyncio.get_running_loop().time() - started > 0.9
    await close_model(model)


def test_a_failure_of_our_own_is_none_of_the_models() -> None:
    assert trouble_of(KeyError("x")) is None
    assert trouble_of(ValueError("tool")) is None


def test_a_circle_of_causes_ends() -> None:
    one, other = ValueError("one"), ValueError("other")
    one.__cause__, other.__cause__ = other, one
    assert trouble_of(one) is None


def test_what_a_provider_says_is_cut() -> None:
    class Refused(Exception):
        status_code = 400

    found = trouble_of(Refused("x" * 10_000))
    assert found is not None
    assert len(found.detail) == 300


@pytest.mark.parametrize(
    "quoted",
    [
        "Invalid key Bearer some-key-of-mine",
        "{'api_key': 'some-key-of-mine'}",
        "x-api-key: some-key-of-mine",
        "no host at https://ana:some-key-of-mine@llm.example/v1",
        "Incorrect key sk-some-key-of-mine",
        "a" * 290 + " sk-some-key-of-mine",
    ],
)
def test_a_key_a_provider_quotes_is_not_repeated(quoted: str) -> None:
    found = trouble_of(ConnectionError(quoted))
    assert found is not None
    assert "some-key" not in found.detail


async def test_the_key_that_is_set_is_hidden_in_whatever_form_it_is_quoted(
    server: LlmServer,
) -> None:
    key = "1f0e-plain-words"
    model: Any = open_model(ModelSpec("local", server.url, api_key=key))
    server.will(fails(401, message=f"no such key as {key}, sorry"))
    try:
        await model.ainvoke("How much?")
    except Exception as error:  # noqa: BLE001 - what it is, is the question
        found = trouble_of(error)
    finally:
        await close_model(model)
    assert found is not None
    assert found.kind is Kind.KEY
    assert key not in found.detail
    assert "sorry" in found.detail


def test_a_key_in_the_providers_own_variable_is_hidden_too(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "own-variable-key")
    open_model(ModelSpec("openai:gpt-x"))
    found = trouble_of(ConnectionError("refused: own-variable-key"))
    assert found is not None
    assert "own-variable-key" not in found.detail


def test_what_is_hidden_once_stays_as_it_is() -> None:
    once = redacted("Bearer abcdefgh, x-api-key: abcdefgh, https://a:b@c.example, sk-abc")
    assert once == "Bearer [hidden], x-api-key: [hidden], https://c.example, [hidden]"
    assert redacted(once) == once


# Secrets

KEY = "sk-veryverysecret-0123456789"
_ECHOES = [
    f"Incorrect API key provided: {KEY}.",
    f'{{"headers": {{"Authorization": "Bearer {KEY}"}}}}',
    f"GET /v1?api_key={KEY}&x=1 failed",
    f"http://user:{KEY}@host/v1 refused",
    KEY + "x" * 400,
    "y" * 290 + KEY,
]


@pytest.fixture
def logged() -> Iterator[io.StringIO]:
    """Everything that is logged, however detailed."""
    root, stream = logging.getLogger(), io.StringIO()
    handlers, level = root.handlers[:], root.level
    logs.configure(stream, "debug")
    root.setLevel(logging.DEBUG)
    yield stream
    structlog.reset_defaults()
    root.handlers[:] = handlers
    root.setLevel(level)


@pytest.mark.parametrize("echo", _ECHOES)
async def test_a_key_that_the_provider_echoes_is_in_no_log_error_or_finding(
    echo: str, logged: io.StringIO
) -> None:
    async with LlmServer(otherwise=fails(401, message=echo)) as server:
        spec = ModelSpec("m", server.url, KEY, timeout=1.0)
        agent = Agent(open_model(spec), None, QUICK)
        drafted = await agent.draft(ASKING, (), nothing)
        await agent.close()
        finding = await asyncio.to_thread(probe, spec)

    assert "the language model failed" in logged.getvalue()
    told = [repr(drafted), repr(finding), repr(spec), logged.getvalue()]
    assert not [one for one in told if KEY[3:] in one]


async def test_what_no_client_can_read_is_a_finding_of_the_doctor(server: LlmServer) -> None:
    for reply in (Reply(raw=b'{"choices": 7}'), Reply(raw=b"<html>"), Reply(raw=b"x" * 5_000_000)):
        server.otherwise = reply
        finding = await asyncio.to_thread(probe, ModelSpec("m", server.url, timeout=1.0))
        assert finding.advice
        assert Kind.NONSENSE.value in finding.message


async def test_a_redirect_is_a_finding_that_says_what_to_set(server: LlmServer) -> None:
    server.otherwise = Reply(status=308, headers=(("Location", "http://10.0.0.1/"),), raw=b"")
    finding = await asyncio.to_thread(probe, ModelSpec("m", server.url, timeout=1.0))
    assert Kind.MOVED.value in finding.message
    assert "PAUTA_LLM_BASE_URL" in finding.advice
