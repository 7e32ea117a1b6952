"""Reads a model's reply while it is written: what it says, what people see of it, when it is
enough."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from langchain_core.messages import AIMessage, AIMessageChunk

from bot.draft_text import said_so_far, without_markup, without_thinking
from bot.events import Event, Writing
from bot.llm import UnreadableReply
from bot.unfit import as_far_as_fit
from retrieval.clean import clean_text

Emit = Callable[[Event], Awaitable[None]]

LONGEST_DRAFT = 8_000
"""Characters; a model that writes on is not read on."""
LONGEST_REPLY = 60_000
"""The same with what it says to itself before."""
MOST_PIECES = 20_000
MOST_CALLS = 100
"""Pieces a reply may come in, and tools it may call. There is no use for more, and putting them
together takes the square of their number."""


@dataclass(slots=True)
class SoFar:
    """What has been written of an answer; kept when the run that writes it is given up."""

    text: str = ""


async def read_along(
    steps: AsyncIterator[tuple[Any, dict[str, Any]]], emit: Emit, so_far: SoFar | None = None
) -> str:
    """The last reply of a run, as written. Raises UnreadableReply for one beyond measure."""
    reading, enough = _Reading(emit, so_far or SoFar()), asyncio.timeout(None)
    try:
        async with enough:
            async for chunk, about in steps:
                if about.get("langgraph_node") != "model" or not isinstance(chunk, AIMessage):
                    continue
                await reading.take(chunk)
                if reading.is_enough:
                    # Closing a run waits for what is under way in it; this cancels it.
                    enough.reschedule(0.0)
    except TimeoutError:
        if not enough.expired():
            raise
    if reading.is_beyond_measure:
        raise UnreadableReply("a reply beyond measure")
    return reading.text


class _Reading:
    def __init__(self, emit: Emit, so_far: SoFar) -> None:
        self.text = ""
        self._so_far = so_far
        self._emit = emit
        self._shown = _Shown()
        self._message_id = ""
        self._calls: set[object] = set()
        self._pieces = 0

    @property
    def is_beyond_measure(self) -> bool:
        return len(self._calls) > MOST_CALLS or self._pieces > MOST_PIECES

    @property
    def is_enough(self) -> bool:
        return (
            self.is_beyond_measure
            or len(self.text) > LONGEST_REPLY
            or (len(self.text) > LONGEST_DRAFT and len(without_thinking(self.text)) > LONGEST_DRAFT)
        )

    async def take(self, chunk: AIMessage) -> None:
        if self.is_enough:
            return
        if chunk.id != self._message_id or not isinstance(chunk, AIMessageChunk):
            self.text, self._message_id = "", chunk.id or ""
            self._calls, self._pieces = set(), 0
        calls = getattr(chunk, "tool_call_chunks", ())
        self._pieces += 1
        self._calls |= {one["index"] for one in calls}
        if calls or chunk.tool_calls:
            # What a model says before it looks something up is no answer.
            self.text = self._so_far.text = ""
        elif chunk.text:
            self.text += chunk.text
            self._so_far.text = self.text
            if fit := self._shown.grow(said_so_far(self.text)):
                await self._emit(Writing(without_markup(clean_text(fit))))


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
