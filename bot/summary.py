"""Long conversations: what was said first is summarised once, and kept.

turns of the conversation -> [summary of the older] + the later as they are -> the model

The summary is made when the turns outgrow what a model reads well (`agent_middleware`), and
stored; from then on the conversation is read back as the summary and what came after it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence

import structlog
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, AnyMessage, HumanMessage
from langchain_core.runnables import RunnableConfig

from bot.answers import SUMMARY, Turn
from bot.draft_text import without_thinking
from bot.llm import trouble_of
from prompts import load
from retrieval.clean import clean_text, cut_at_word

log = structlog.get_logger(__name__)

Remember = Callable[[Turn, str], Awaitable[None]]
"""Keeps a summary of the turns up to and with one of them."""

LONGEST_SUMMARY = 6_000
"""Characters."""
LONGEST_SAID = 1_500
"""Of one turn that is summarised."""
SECONDS = 20.0
"""For one model to summarise."""

_GIST = 160
"""Of a turn, where no model makes a summary."""
_NOT_STREAMED = RunnableConfig(tags=["nostream"])
_ID = "turn-"


class Summariser:
    """Summarises the older messages of one question's conversation."""

    def __init__(
        self, models: Sequence[BaseChatModel], history: Sequence[Turn], remember: Remember | None
    ) -> None:
        self._models = models
        self._history = history
        self._remember = remember

    async def summarise(self, messages: Sequence[AnyMessage]) -> str:
        """A summary by the first model that makes one; else the beginnings of what was said."""
        said = "\n".join(f"{_who(one)}: {cut_at_word(one.text, LONGEST_SAID)}" for one in messages)
        prompt = HumanMessage(load("summary", conversation=said.replace("<", "‹")))
        for model in self._models:
            try:
                async with asyncio.timeout(SECONDS):
                    reply = await model.ainvoke([prompt], _NOT_STREAMED)
            except Exception as error:  # noqa: BLE001 - the boundary to a provider's client
                trouble = trouble_of(error)
                cause = trouble.kind.value if trouble else type(error).__name__
                log.warning("a conversation could not be summarised", cause=cause)
                continue
            text = cut_at_word(clean_text(without_thinking(reply.text[:60_000])), LONGEST_SUMMARY)
            if text:
                await self._keep(messages, text)
                return text
        return _gists(messages)

    async def _keep(self, messages: Sequence[AnyMessage], text: str) -> None:
        covered = [at for one in messages if (at := _place(one)) is not None]
        if covered and self._remember is not None:
            await self._remember(self._history[max(covered)], text)


def as_message(turn: Turn, at: int) -> AnyMessage:
    """A turn of the history as the model is given it; its id tells its place."""
    if turn.role == SUMMARY:
        return HumanMessage(f"What was said before, summarised:\n{turn.text}", id=f"{_ID}{at}")
    if turn.role == "user":
        return HumanMessage(turn.text, id=f"{_ID}{at}")
    return AIMessage(turn.text, id=f"{_ID}{at}")


def _place(message: AnyMessage) -> int | None:
    own = message.id or ""
    return int(own.removeprefix(_ID)) if own.startswith(_ID) else None


def _who(message: AnyMessage) -> str:
    return {"human": "Asked", "ai": "Answered"}.get(message.type, "Looked up")


def _gists(messages: Sequence[AnyMessage]) -> str:
    """The beginning of each; a summary among them is kept whole."""
    lines = [
        f"{_who(one)}: {cut_at_word(one.text, LONGEST_SUMMARY if _place(one) == 0 else _GIST)}"
        for one in messages
    ]
    return cut_at_word("\n".join(lines), 2 * LONGEST_SUMMARY)
