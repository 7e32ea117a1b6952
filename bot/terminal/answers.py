"""Questions in the terminal, and what can be done with the last answer."""

from __future__ import annotations

import secrets
from dataclasses import replace

from bot import texts
from bot.answer_buttons import source_page
from bot.answers import Answer, Turn
from bot.asked_about import article_asked_about
from bot.assistant import LONGEST_QUESTION
from bot.console import print_answer
from bot.conversation_key import TERMINAL
from bot.richtext import clean
from bot.shown_answers import Reason, ShownAnswer, kept_turns
from bot.terminal.line import number_in
from bot.terminal.seat import PERSON, Choices, Seat
from bot.terminal.streaming import answered
from retrieval.clean import clean_text

_REASONS = tuple(Reason)
_NUMBER_BITS = 60
"""Of what stands for the message of an answer: never the same twice, also after a restart."""


class Answers:
    """The last answer of this sitting."""

    def __init__(self, seat: Seat) -> None:
        self._seat = seat
        self._last: ShownAnswer | None = None
        self._has_failed = False
        """The last question got no answer: what is known is of the one before."""

    async def ask(self, typed: str) -> Choices | None:
        question = clean_text(typed)
        if len(question) > LONGEST_QUESTION:
            count, most = f"{len(question):,}", f"{LONGEST_QUESTION:,}"
            self._seat.say("terminal_too_long", count=count, most=most)
            return None
        return await self._answer(question) if question else None

    async def again(self, key: str, _words: str = "") -> Choices | None:
        """The last answer at another length, `key` being the question for it."""
        if self._last is None:
            self._seat.say("terminal_no_answer")
            return None
        if not self._seat.pauta.settings.llm:
            self._seat.say("needs_model")
            return None
        if self._has_failed or not self._last.answer.answered:
            self._seat.say("nothing_to_shorten")
            return None
        return await self._answer(texts.say(self._last.answer.language, key))

    async def source(self, words: str) -> Choices | None:
        """`/source 2`; without a number, the first."""
        number = number_in(words) if words else 1
        if self._last is None:
            self._seat.say("terminal_no_answer")
        elif number is None:
            self._seat.say("terminal_no_number", number=words[:20])
        else:
            await self._pick_source(number)
            return self._choices()
        return None

    async def wrong(self, words: str) -> Choices | None:
        """Asks what was not right; `/wrong 2` says it at once."""
        if self._last is None:
            self._seat.say("terminal_no_answer")
            return None
        if words:
            return await self._complain(number_in(words) or 0)
        language = self._seat.language
        self._seat.say("terminal_what_wrong")
        for number, reason in enumerate(_REASONS, start=1):
            self._seat.aside.print(f"{number}. {texts.say(language, f'reason_{reason}')}")
        self._seat.say("terminal_pick_reason")
        return Choices(self._complain)

    def forget(self) -> None:
        """What was answered before is no longer spoken of."""
        self._last, self._has_failed = None, False

    def cited(self, label: int) -> str | None:
        """The article behind a source of the last answer."""
        citations = self._last.answer.citations if self._last else ()
        found = (one.article_id for one in citations if one.label == label)
        return next(filter(None, found), None)

    async def _answer(self, question: str) -> Choices | None:
        seat, pauta = self._seat, self._seat.pauta
        self._has_failed = True
        about = await article_asked_about(pauta.conversations, pauta.browsing, TERMINAL, question)
        asker = replace(seat.asker, about_article=about)
        history = await pauta.conversations.recent(TERMINAL)
        progress = seat.aside if seat.interactive else None
        answer = await answered(pauta.assistant, question, history, asker, progress=progress)
        print_answer(answer)
        seat.out.print()
        self._keep(question, answer, history)
        said = Turn("assistant", clean(answer.text), answer.citations)
        await pauta.conversations.append(TERMINAL, Turn("user", question), said)
        if answer.citations:
            written = "_written" if pauta.settings.llm else ""
            seat.hint(f"terminal_hint_answer{written}")
        return self._choices()

    def _choices(self) -> Choices:
        return Choices(self._pick_source)

    def _keep(self, question: str, answer: Answer, history: tuple[Turn, ...]) -> None:
        self._has_failed = False
        self._seat.last_spoken = answer.language
        self._last = ShownAnswer(
            where=TERMINAL,
            message_ids=(secrets.randbits(_NUMBER_BITS),),
            question_id=0,
            asker=PERSON,
            question=question,
            answer=answer,
            at=self._seat.pauta.clock(),
            history=kept_turns(history),
        )

    async def _pick_source(self, label: int) -> Choices | None:
        citations = self._last.answer.citations if self._last else ()
        labels = [one.label for one in citations]
        page = None
        if self._last is not None and label in labels:
            page = source_page(self._last.answer, labels.index(label))
        if page is None:
            self._seat.say("terminal_no_number", number=label)
        else:
            self._seat.show(page)
        return None

    async def _complain(self, number: int) -> Choices | None:
        if self._last is None or not 1 <= number <= len(_REASONS):
            self._seat.say("terminal_no_number", number=number)
            return None
        reason = _REASONS[number - 1]
        await self._seat.pauta.answers.complain(self._last, PERSON, reason)
        self._seat.say("feedback_thanks")
        return self._choices()
