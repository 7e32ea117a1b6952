"""An answer as it stands in a chat: all its buttons need, also after a restart.  (pure)"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from bot.answers import Answer, Turn
from bot.conversation_key import ConversationKey
from bot.packing import as_json, from_json

TURNS_KEPT = 6
"""Of what was said before; a redone answer and a test question are asked after them."""


class Reason(StrEnum):
    """What somebody found wrong with an answer."""

    FIGURE = "figure"
    OLD = "old"
    MISSING = "missing"
    MISUNDERSTOOD = "misunderstood"


@dataclass(frozen=True, slots=True)
class ShownAnswer:
    """One answer in one chat."""

    where: ConversationKey
    message_ids: tuple[int, ...]
    """Of its parts, in order; the buttons are under the last."""
    question_id: int
    """The message that asked; 0 where a button did."""
    asker: int
    question: str
    answer: Answer
    at: datetime
    history: tuple[Turn, ...] = ()
    """The last turns before the question, oldest first, without what they cited."""

    @property
    def turns(self) -> tuple[Turn, Turn]:
        """The question and the answer, as a follow-up is given them."""
        return (
            Turn("user", self.question),
            Turn("assistant", self.answer.text, self.answer.citations),
        )


@dataclass(frozen=True, slots=True)
class Unfinished:
    """A message that says an answer is under way."""

    chat_id: int
    message_id: int
    language: str


@dataclass(frozen=True, slots=True)
class Complaint:
    """Somebody said that an answer was not right."""

    id: int
    reason: Reason
    shown: ShownAnswer


def kept_turns(history: tuple[Turn, ...]) -> tuple[Turn, ...]:
    return tuple(Turn(turn.role, turn.text) for turn in history[-TURNS_KEPT:])


def packed(shown: ShownAnswer) -> str:
    return as_json(shown)


def unpacked(text: str) -> ShownAnswer | None:
    """None for what another Pauta wrote and this one cannot read."""
    return from_json(ShownAnswer, text)
