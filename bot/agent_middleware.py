"""What stands between the agent and its models: limits, retries, the fallback.

From the outside in: the last reply comes without tools; long conversations are summarised;
calls of tools are limited; what may pass is asked once more; then the fallback is asked. Next
to the model: its patience, its tools if it can call any, calls beyond measure, and failures
nobody foresaw.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from dataclasses import dataclass
from typing import Any

import structlog
from langchain.agents.middleware import (
    AgentMiddleware,
    ModelFallbackMiddleware,
    ModelRequest,
    ModelResponse,
    ModelRetryMiddleware,
    SummarizationMiddleware,
    ToolCallLimitMiddleware,
)
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, AnyMessage, InvalidToolCall, ToolCall

from bot.llm import Kind, UnreadableReply, trouble_of
from bot.metering import Meter

log = structlog.get_logger(__name__)

SUMMARISED_FROM = 12_000
"""Tokens of conversation and passages from which the older part is summarised ..."""
SUMMARISED_FROM_MESSAGES = 60
"""... and messages, however short."""
MOST_SUMMARISED = 48_000
KEPT_IN_FULL = 24
"""Messages left as they are by a summary."""
MOST_CALLS_AT_ONCE = 8
"""Calls of tools in one reply; of more, the first."""
LONGEST_CALL = 4_000
"""Characters of one call's arguments."""
PATIENCE = 0.4
"""Of a question's seconds: how much one model may take when another stands behind it."""

_LONE_SURROGATE = re.compile("\\\\ud[89a-f]|[\ud800-\udfff]", re.IGNORECASE)

Middleware = AgentMiddleware[Any, Any, Any]
Ask = Callable[[ModelRequest[Any]], Awaitable[ModelResponse[Any]]]
Summarise = Callable[[list[AnyMessage]], Coroutine[Any, Any, str]]


@dataclass(frozen=True, slots=True)
class Limits:
    """Of one question."""

    calls: int = 6
    """Replies of the model; the last one is asked for without tools."""
    tokens: int = 60_000
    """Read and written; from then on there is one more reply, without tools."""
    seconds: float = 90.0
    retry_after: float = 0.5
    """Seconds before a failure that may pass is asked about again."""


def middleware(
    models: Sequence[BaseChatModel],
    limits: Limits,
    meter: Meter,
    without_tools: set[int],
    summarise: Summarise,
) -> list[Middleware]:
    """For one question. `models`: the first, then the fallback if there is one.
    `without_tools` holds the ids of models that cannot call tools, and learns of others."""
    chain: list[Middleware] = [
        _LastCallWithoutTools(limits, meter),
        SummarizationMiddleware(
            models[-1],
            trigger=[("tokens", SUMMARISED_FROM), ("messages", SUMMARISED_FROM_MESSAGES)],
            keep=("messages", KEPT_IN_FULL),
            trim_tokens_to_summarize=MOST_SUMMARISED,
            summarizer=summarise,
        ),
        ToolCallLimitMiddleware(run_limit=3 * limits.calls),
        ModelRetryMiddleware(
            max_retries=1,
            retry_on=_may_pass,
            on_failure="error",
            initial_delay=limits.retry_after,
        ),
    ]
    if len(models) > 1:
        chain += [
            ModelFallbackMiddleware(*models[1:]),
            _Patience(models[-1], PATIENCE * limits.seconds),
        ]
    return [*chain, _ToolsIfAble(without_tools), _CallsWithinMeasure(), _ReadableReplies()]


class _LastCallWithoutTools(Middleware):
    """Ends every loop with an answer: the last reply a question may cost has no tools to call."""

    def __init__(self, limits: Limits, meter: Meter) -> None:
        super().__init__()
        self._limits = limits
        self._meter = meter
        self._calls = 0

    async def awrap_model_call(
        self, request: ModelRequest[Any], handler: Ask
    ) -> ModelResponse[Any]:
        self._calls += 1
        spent = self._meter.usage.tokens >= self._limits.tokens
        if self._calls < self._limits.calls and not spent:
            return await handler(request)
        response = await handler(request.override(tools=[]))
        # There are models that call tools they were not given.
        texts = [one.text for one in response.result if isinstance(one, AIMessage)]
        return ModelResponse(result=[AIMessage("".join(texts))])


class _Patience(Middleware):
    """Leaves the fallback time to answer."""

    def __init__(self, last: BaseChatModel, seconds: float) -> None:
        super().__init__()
        self._last = last
        self._seconds = seconds

    async def awrap_model_call(
        self, request: ModelRequest[Any], handler: Ask
    ) -> ModelResponse[Any]:
        async with asyncio.timeout(None if request.model is self._last else self._seconds):
            return await handler(request)


class _ToolsIfAble(Middleware):
    """A model that refuses tools is asked without, from then on."""

    def __init__(self, without_tools: set[int]) -> None:
        super().__init__()
        self._without_tools = without_tools

    async def awrap_model_call(
        self, request: ModelRequest[Any], handler: Ask
    ) -> ModelResponse[Any]:
        model = id(request.model)
        if not request.tools or model in self._without_tools:
            return await handler(request.override(tools=[]))
        try:
            return await handler(request)
        except Exception as error:
            trouble = trouble_of(error)
            if trouble is None or trouble.kind is not Kind.NO_TOOLS:
                raise
        log.warning("the model cannot call tools; it is asked without", cause=trouble.detail)
        self._without_tools.add(model)
        return await handler(request.override(tools=[]))


class _CallsWithinMeasure(Middleware):
    """Each call is answered and sent back to the model: thousands would be, and their reasons."""

    async def awrap_model_call(
        self, request: ModelRequest[Any], handler: Ask
    ) -> ModelResponse[Any]:
        response = await handler(request)
        response.result = [
            _with_few_calls(one) if isinstance(one, AIMessage) else one for one in response.result
        ]
        return response


def _with_few_calls(message: AIMessage) -> AIMessage:
    called = len(message.tool_calls) + len(message.invalid_tool_calls)
    calls = [one for one in message.tool_calls if _can_be_answered(one)][:MOST_CALLS_AT_ONCE]
    unread = [one for one in message.invalid_tool_calls if _can_be_answered(one)]
    unread = unread[: MOST_CALLS_AT_ONCE - len(calls)]
    if len(calls) + len(unread) == called:
        return message
    if not (calls or unread or message.text):
        raise UnreadableReply("calls of tools that cannot be answered")
    return AIMessage(message.text, tool_calls=calls, invalid_tool_calls=unread, id=message.id)


def _can_be_answered(call: ToolCall | InvalidToolCall) -> bool:
    """Both go back to the model: as JSON, under the id it gave."""
    if not (isinstance(call["id"], str) and isinstance(call["name"], str)):
        return False
    written = f"{call['id']}{call['name']}{call['args']}"
    return len(written) <= LONGEST_CALL and not _LONE_SURROGATE.search(written)


class _ReadableReplies(Middleware):
    """The boundary to a provider's client, which raises anything over what it cannot read."""

    async def awrap_model_call(
        self, request: ModelRequest[Any], handler: Ask
    ) -> ModelResponse[Any]:
        try:
            return await handler(request)
        except Exception as error:
            if trouble_of(error) is None:
                raise UnreadableReply(type(error).__name__) from error
            raise


def _may_pass(error: Exception) -> bool:
    trouble = trouble_of(error)
    return trouble is not None and trouble.passing
