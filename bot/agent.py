"""One question put to the language model, with tools to look things up.

    passages of a first search + question -> model -> (tool -> model)* -> Draft

The first search is made before the model is asked: no answer is written without one, and a
model that cannot call tools reads the same passages.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import structlog
from langchain.agents import create_agent
from langchain_core.callbacks import UsageMetadataCallbackHandler
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import (
    AIMessage,
    AIMessageChunk,
    BaseMessage,
    HumanMessage,
    SystemMessage,
)
from langchain_core.runnables import RunnableConfig
from langchain_core.tools import BaseTool
from langgraph.errors import GraphRecursionError

from bot.agent_middleware import Limits, middleware, usage_of
from bot.answers import Turn
from bot.events import Event, Writing
from bot.llm import Kind, Trouble, UnreadableReply, close_model, trouble_of
from bot.unfit import as_far_as_fit
from bot.usage import Usage
from prompts import load

__all__ = ["Agent", "Asking", "Draft", "Emit", "Limits"]

log = structlog.get_logger(__name__)

Emit = Callable[[Event], Awaitable[None]]

LONGEST_DRAFT = 8_000
"""Characters; a model that writes on is not read on."""
LANGUAGE_NAMES = {"en": "English", "pt": "Portuguese", "es": "Spanish"}

_LIMITS = Limits()
_LABEL = re.compile(r"[ \t]?\[\d{1,3}\]")


@dataclass(frozen=True, slots=True)
class Draft:
    """What the model wrote, unchecked; empty when it failed, with the trouble."""

    text: str = ""
    usage: Usage = field(default_factory=Usage)
    trouble: Trouble | None = None


@dataclass(frozen=True, slots=True)
class Asking:
    """A question as it is put to the model."""

    question: str
    passages: str
    """What the first search found, as `ShownPassages` shows it."""
    language: str
    """Of the answer."""
    now: datetime
    """In the asker's time zone."""
    history: tuple[Turn, ...] = ()

    @property
    def system(self) -> str:
        return load(
            "answer",
            today=f"{self.now:%A, %d %B %Y}",
            timezone=str(self.now.tzinfo or "UTC"),
            language=LANGUAGE_NAMES[self.language],
        )

    def as_single(self) -> HumanMessage:
        return HumanMessage(load("single", passages=self.passages, question=self.question))


class Agent:
    """Puts questions to one model, or to the fallback when that fails."""

    def __init__(
        self, model: BaseChatModel, fallback: BaseChatModel | None = None, limits: Limits = _LIMITS
    ) -> None:
        self.limits = limits
        self._models = [model, *([fallback] if fallback else [])]
        self._without_tools: set[int] = set()

    async def draft(self, asking: Asking, tools: Sequence[BaseTool], emit: Emit) -> Draft:
        """The model's answer. Never raises for what the model or its provider does."""
        messages = [*_messages(asking.history), asking.as_single()]
        counted = UsageMetadataCallbackHandler()
        writing = self._write(asking.system, messages, tools, counted, emit)
        return await _as_draft(writing, counted, self.limits.seconds)

    async def repair(
        self, asking: Asking, draft: str, problems: Sequence[str], seconds: float
    ) -> Draft:
        """The answer again, after the model was told what its passages do not support."""
        told = "\n".join(f"- {problem}" for problem in problems)
        messages = [
            SystemMessage(asking.system),
            asking.as_single(),
            AIMessage(draft),
            HumanMessage(load("repair", problems=told)),
        ]
        counted = UsageMetadataCallbackHandler()
        return await _as_draft(self._write_again(messages, counted), counted, seconds)

    async def close(self) -> None:
        """Let go of the models' connections."""
        for model in self._models:
            await close_model(model)

    async def _write(
        self,
        system: str,
        messages: Sequence[BaseMessage],
        tools: Sequence[BaseTool],
        counted: UsageMetadataCallbackHandler,
        emit: Emit,
    ) -> str:
        agent = create_agent(
            self._models[0],
            list(tools),
            system_prompt=system,
            middleware=middleware(self._models, self.limits, counted, self._without_tools),
        )
        config = RunnableConfig(callbacks=[counted], recursion_limit=10 * self.limits.calls)
        given: Any = {"messages": list(messages)}
        text, message_id, shown = "", "", _Shown()
        steps: Any = agent.astream(given, config, stream_mode="messages")
        async with aclosing(steps):
            async for chunk, about in steps:
                if about.get("langgraph_node") != "model" or not isinstance(chunk, AIMessage):
                    continue
                if chunk.id != message_id or not isinstance(chunk, AIMessageChunk):
                    text, message_id = "", chunk.id or ""
                if chunk.tool_calls or getattr(chunk, "tool_call_chunks", ()):
                    # What a model says before it looks something up is no answer.
                    text = ""
                elif chunk.text:
                    text += chunk.text
                    if fit := shown.grow(text):
                        await emit(Writing(fit))
                if len(text) > LONGEST_DRAFT:
                    break
        return text[:LONGEST_DRAFT]

    async def _write_again(
        self, messages: Sequence[BaseMessage], counted: UsageMetadataCallbackHandler
    ) -> str:
        for model in self._models[:-1]:
            try:
                return await _reply(model, messages, counted)
            except Exception as error:
                if trouble_of(error) is None:
                    raise
        return await _reply(self._models[-1], messages, counted)


class _Shown:
    """What people see of a text while it is written: whole words, up to the first address."""

    def __init__(self) -> None:
        self._seen = ""
        self._read_to = 0
        self._stopped = False

    def grow(self, text: str) -> str:
        """What is to be shown now; empty where nothing is to be added."""
        if not text.startswith(self._seen):
            self._read_to, self._stopped = 0, False
        self._seen = text
        end = max(text.rfind(" "), text.rfind("\n"))
        if self._stopped or end <= self._read_to:
            return ""
        fit = as_far_as_fit(text[:end], self._read_to)
        self._read_to, self._stopped = end, len(fit) < end
        return fit


async def _reply(
    model: BaseChatModel, messages: Sequence[BaseMessage], counted: UsageMetadataCallbackHandler
) -> str:
    try:
        return (await model.ainvoke(list(messages), {"callbacks": [counted]})).text
    except Exception as error:
        if trouble_of(error) is None:
            # The boundary to a provider's client, as in `agent_middleware`.
            raise UnreadableReply(type(error).__name__) from error
        raise


async def _as_draft(
    writing: Awaitable[str], counted: UsageMetadataCallbackHandler, seconds: float
) -> Draft:
    """What comes of it within `seconds`: the text, or what was wrong with the model."""
    try:
        async with asyncio.timeout(seconds):
            text = (await writing).strip()
        trouble = None if text else Trouble(Kind.NONSENSE, "an empty reply")
    except GraphRecursionError:
        text, trouble = "", Trouble(Kind.NONSENSE, "no end of look-ups")
    except Exception as error:
        text, trouble = "", trouble_of(error)
        if trouble is None:
            raise
    if trouble is not None:
        log.warning("the language model failed", cause=trouble.kind.value, detail=trouble.detail)
    return Draft(text, usage_of(counted), trouble)


def _messages(history: Sequence[Turn]) -> list[BaseMessage]:
    """Earlier turns; the numbers of their passages are of no use now, and would mislead."""
    return [
        HumanMessage(turn.text) if turn.role == "user" else AIMessage(_LABEL.sub("", turn.text))
        for turn in history
    ]
