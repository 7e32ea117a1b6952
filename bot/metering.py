"""What the replies to one question cost, counted as they come; estimated where nobody says."""

from __future__ import annotations

import asyncio
import json
import threading
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from langchain_core.callbacks import BaseCallbackHandler
from langchain_core.messages import AIMessage, BaseMessage
from langchain_core.outputs import ChatGeneration, LLMResult
from opentelemetry.trace import INVALID_SPAN, Span

from bot.tracing import begun
from bot.usage import Usage

CHARACTERS_A_TOKEN = 3.5
"""Of Portuguese and English news in the tokenisers of today, rather too few than too many."""

MOST_REPORTED = 5_000_000
"""Tokens of one reply; a server that reports more, or less than none, is not believed."""

_TIMEOUTS = (asyncio.CancelledError, TimeoutError)


@dataclass(slots=True)
class _Reply:
    """One that is under way, in characters."""

    read: int
    written: int = 0
    traced: Span = INVALID_SPAN

    def estimated(self) -> Usage:
        return Usage(_tokens(self.read), _tokens(self.written))


class Meter(BaseCallbackHandler):
    """Given to every call of a model as a callback. `usage` holds at any moment, also when the
    calls were stopped in the middle."""

    run_inline = True

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._under_way: dict[UUID, _Reply] = {}
        self._done = Usage()

    @property
    def usage(self) -> Usage:
        with self._lock:
            return sum((one.estimated() for one in self._under_way.values()), self._done)

    def on_chat_model_start(
        self,
        serialized: dict[str, Any],
        messages: list[list[BaseMessage]],
        *,
        run_id: UUID,
        **kwargs: Any,
    ) -> None:
        given = kwargs.get("invocation_params", {}).get("tools") or ""
        read = sum(_length(one) for batch in messages for one in batch) + len(str(given))
        with self._lock:
            self._under_way[run_id] = _Reply(read, traced=begun("model"))

    def on_llm_new_token(self, token: Any, *, run_id: UUID, **kwargs: Any) -> None:
        message = getattr(kwargs.get("chunk"), "message", None)
        with self._lock:
            reply = self._under_way.get(run_id)
            if reply is not None:
                reply.written += _length(message) if message is not None else len(str(token))

    def on_llm_end(self, response: LLMResult, *, run_id: UUID, **kwargs: Any) -> None:
        message = _message(response)
        with self._lock:
            reply = self._under_way.pop(run_id, None) or _Reply(0)
            reply.traced.end()
            if message is not None:
                reply.written = max(reply.written, _length(message))
            self._done += _reported(message) or reply.estimated()

    def on_llm_error(self, error: BaseException, *, run_id: UUID, **kwargs: Any) -> None:
        """A refused request costs nothing; one that was read, and given up on, does."""
        with self._lock:
            reply = self._under_way.pop(run_id, None)
            if reply is None:
                return
            reply.traced.end()
            if reply.written or _was_given_up(error):
                self._done += reply.estimated()


def _was_given_up(error: BaseException) -> bool:
    return isinstance(error, _TIMEOUTS) or "Timeout" in type(error).__name__


def _reported(message: AIMessage | None) -> Usage | None:
    found = message.usage_metadata if message is not None else None
    if not found:
        return None
    read, written = found.get("input_tokens"), found.get("output_tokens")
    if not (isinstance(read, int) and isinstance(written, int) and min(read, written) >= 0):
        return None
    return Usage(read, written) if 0 < read + written <= MOST_REPORTED else None


def _message(response: LLMResult) -> AIMessage | None:
    for batch in response.generations:
        for one in batch:
            if isinstance(one, ChatGeneration) and isinstance(one.message, AIMessage):
                return one.message
    return None


def _length(message: BaseMessage) -> int:
    """Characters of what it says and calls."""
    calls = getattr(message, "tool_call_chunks", None) or getattr(message, "tool_calls", [])
    said = message.content if isinstance(message.content, str) else json.dumps(message.content)
    return len(said) + sum(len(f"{call.get('name')}{call.get('args')}") for call in calls)


def _tokens(characters: int) -> int:
    return int(-(-characters // CHARACTERS_A_TOKEN))
