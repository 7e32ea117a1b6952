"""One question put to the language model, with tools to look things up.

    passages of a first search + question -> model -> (tool -> model)* -> Draft

The first search is made before the model is asked: no answer is written without one, and a
model that cannot call tools reads the same passages.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Coroutine, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

import structlog
from langchain.agents import create_agent
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import (
    AIMessage,
    BaseMessage,
    HumanMessage,
    SystemMessage,
)
from langchain_core.runnables import RunnableConfig
from langchain_core.tools import BaseTool
from langgraph.errors import GraphRecursionError

from bot.agent_middleware import PATIENCE, Limits, middleware
from bot.agent_stream import LONGEST_DRAFT, LONGEST_REPLY, Emit, SoFar, read_along
from bot.answers import Turn
from bot.asker import Length
from bot.deadline import within
from bot.draft_text import whole_sentences, without_thinking
from bot.llm import Kind, Trouble, UnreadableReply, close_model, trouble_of
from bot.metering import Meter
from bot.summary import Remember, Summariser, as_message
from bot.usage import Usage
from prompts import load
from retrieval.clean import clean_text

__all__ = ["Agent", "Asking", "Draft", "Emit", "Limits"]

log = structlog.get_logger(__name__)

LANGUAGE_NAMES = {"en": "English", "pt": "Portuguese", "es": "Spanish"}
LENGTH_IN_WORDS = {
    Length.SHORT: "One sentence, two at most",
    Length.NORMAL: "Two or three sentences",
    Length.DETAILED: "Four to eight sentences, with the figures, names and dates that matter",
}

_LIMITS = Limits()
_LABEL = re.compile(r"[ \t]?\[\d{1,3}\]")


@dataclass(frozen=True, slots=True)
class Draft:
    """What the model wrote, unchecked; empty when it failed, with the trouble."""

    text: str = ""
    usage: Usage = field(default_factory=Usage)
    trouble: Trouble | None = None
    so_far: str = ""
    """Of a draft that was not done in time: whole sentences, unchecked too."""


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
    length: Length = Length.NORMAL

    @property
    def system(self) -> str:
        return load(
            "answer",
            today=f"{self.now:%A, %d %B %Y}",
            timezone=str(self.now.tzinfo or "UTC"),
            language=LANGUAGE_NAMES[self.language],
            length=LENGTH_IN_WORDS[self.length],
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

    async def draft(
        self,
        asking: Asking,
        tools: Sequence[BaseTool],
        emit: Emit,
        *,
        meter: Meter | None = None,
        seconds: float | None = None,
        remember: Remember | None = None,
    ) -> Draft:
        """The model's answer. Never raises for what the model or its provider does.

        `meter` counts what it costs; `remember` is given a summary of the older turns, where
        one was made. `seconds` default to the limit of a question.
        """
        meter = meter or Meter()
        so_far = SoFar()
        writing = self._write(asking, tools, meter, emit, remember, so_far)
        seconds = self.limits.seconds if seconds is None else seconds
        draft = await _as_draft(writing, meter, seconds)
        if draft.trouble is None or draft.trouble.kind is not Kind.SLOW:
            return draft
        written = clean_text(without_thinking(so_far.text)[:LONGEST_DRAFT])
        return replace(draft, so_far=whole_sentences(written))

    async def repair(
        self,
        asking: Asking,
        draft: str,
        problems: Sequence[str],
        seconds: float,
        meter: Meter | None = None,
    ) -> Draft:
        """The answer again, after the model was told what its passages do not support."""
        told = "\n".join(f"- {problem}" for problem in problems)
        messages = [
            SystemMessage(asking.system),
            asking.as_single(),
            AIMessage(draft),
            HumanMessage(load("repair", problems=told)),
        ]
        meter = meter or Meter()
        return await _as_draft(self._write_again(messages, meter, seconds), meter, seconds)

    async def write(
        self, instructions: str, material: str, seconds: float, meter: Meter | None = None
    ) -> Draft:
        """A text from material that needs no look-ups, as `repair` is written."""
        messages = [SystemMessage(instructions), HumanMessage(material)]
        meter = meter or Meter()
        return await _as_draft(self._write_again(messages, meter, seconds), meter, seconds)

    async def close(self) -> None:
        """Let go of the models' connections."""
        for model in self._models:
            await close_model(model)

    async def _write(
        self,
        asking: Asking,
        tools: Sequence[BaseTool],
        meter: Meter,
        emit: Emit,
        remember: Remember | None,
        so_far: SoFar,
    ) -> str:
        summariser = Summariser(self._models, asking.history, remember)
        agent = create_agent(
            self._models[0],
            list(tools),
            system_prompt=asking.system,
            middleware=middleware(
                self._models, self.limits, meter, self._without_tools, summariser.summarise
            ),
        )
        messages = [*_messages(asking.history), asking.as_single()]
        config = RunnableConfig(callbacks=[meter], recursion_limit=10 * self.limits.calls)
        given: Any = {"messages": messages}
        steps: Any = agent.astream(given, config, stream_mode="messages")
        async with aclosing(steps):
            return await read_along(steps, emit, so_far)

    async def _write_again(
        self, messages: Sequence[BaseMessage], meter: Meter, seconds: float
    ) -> str:
        for model in self._models[:-1]:
            try:
                async with asyncio.timeout(PATIENCE * seconds):
                    return await _reply(model, messages, meter)
            except Exception as error:
                if trouble_of(error) is None:
                    raise
        return await _reply(self._models[-1], messages, meter)


async def _reply(model: BaseChatModel, messages: Sequence[BaseMessage], meter: Meter) -> str:
    try:
        return (await model.ainvoke(list(messages), {"callbacks": [meter]})).text[:LONGEST_REPLY]
    except Exception as error:
        if trouble_of(error) is None:
            # The boundary to a provider's client, as in `agent_middleware`.
            raise UnreadableReply(type(error).__name__) from error
        raise


async def _as_draft(writing: Coroutine[Any, Any, str], meter: Meter, seconds: float) -> Draft:
    """What comes of it within `seconds`: the text, or what was wrong with the model."""
    try:
        written = await within(seconds, writing)
        text = clean_text(without_thinking(written)[:LONGEST_DRAFT])
        trouble = None if text else Trouble(Kind.NONSENSE, "an empty reply")
    except GraphRecursionError:
        text, trouble = "", Trouble(Kind.NONSENSE, "no end of look-ups")
    except Exception as error:
        text, trouble = "", trouble_of(error)
        if trouble is None:
            raise
    if trouble is not None:
        log.warning("the language model failed", cause=trouble.kind.value, detail=trouble.detail)
    return Draft(text, meter.usage, trouble)


def _messages(history: Sequence[Turn]) -> list[BaseMessage]:
    """Earlier turns; the numbers of their passages are of no use now, and would mislead."""
    return [
        as_message(replace(turn, text=_LABEL.sub("", turn.text)) if turn.role == "assistant"
                   else turn, at)
        for at, turn in enumerate(history)
    ]  # fmt: skip
