"""The buttons under an answer: its sources, another length, and what was not right."""

from __future__ import annotations

import structlog
from sqlalchemy.exc import SQLAlchemyError
from telegram import Update

from bot import texts
from bot.answer_buttons import (
    AnswerAct,
    AnswerPress,
    answer_screen,
    last_part,
    parse_answer_press,
    source_page,
    what_was_wrong,
)
from bot.context import PautaContext, Services
from bot.handlers.access import may_follow
from bot.handlers.answering import Asked, answer_asked
from bot.handlers.buttons import Press, pressed_anywhere
from bot.handlers.follow import follow_words
from bot.handlers.sending import edit_rendered
from bot.handlers.streaming import kept
from bot.render import Rendered
from bot.shown_answers import Reason, ShownAnswer
from bot.topic_words import topic_words

log = structlog.get_logger(__name__)

_OTHER_LENGTH = {AnswerAct.SHORTER: "ask_shorter", AnswerAct.DETAIL: "ask_in_detail"}


async def on_answer_button(update: Update, context: PautaContext) -> None:
    press = pressed_anywhere(update, context)
    if press is None:
        return
    services, pressing = context.services, parse_answer_press(press.data)
    shown = await _shown(services, press)
    if shown is None or pressing is None:
        await press.answer("answer_expired")
        return
    if pressing.act is AnswerAct.FOLLOW:
        await _follow(context, press, shown)
        return
    if pressing.act in _OTHER_LENGTH:
        await _ask_again(context, press, shown, _OTHER_LENGTH[pressing.act])
        return
    if pressing.act is AnswerAct.REASON:
        thanks = await _complain(services, press, shown, pressing)
        await press.answer("feedback_thanks" if thanks else "answer_expired")
    else:
        await press.answer()
    screen = _screen(services, shown, pressing)
    await edit_rendered(context.bot, shown.where, press.place.message_id, screen)


def _screen(services: Services, shown: ShownAnswer, pressing: AnswerPress) -> Rendered:
    """What stands there next; the answer itself where nothing else does."""
    found: Rendered | None = None
    if pressing.act is AnswerAct.SOURCE and pressing.argument.isdecimal():
        found = source_page(shown.answer, int(pressing.argument))
    elif pressing.act is AnswerAct.WRONG:
        found = what_was_wrong(shown.answer)
    return found or last_part(answer_screen(shown.answer, writes=bool(services.settings.llm)))


async def _complain(
    services: Services, press: Press, shown: ShownAnswer, pressing: AnswerPress
) -> bool:
    if pressing.argument not in set(Reason):
        return False
    return await kept(services.answers.complain(shown, press.user_id, Reason(pressing.argument)))


async def _ask_again(context: PautaContext, press: Press, shown: ShownAnswer, key: str) -> None:
    """The same at another length, as a follow-up to that very answer."""
    if not context.services.settings.llm:
        await press.answer("answer_expired")
        return
    if not shown.answer.answered:
        await press.answer("nothing_to_shorten")
        return
    await press.answer()
    language = texts.supported(shown.answer.language)
    await answer_asked(
        context,
        Asked(
            where=shown.where,
            asker=press.user_id,
            question=texts.say(language, key),
            history=(*shown.history, *shown.turns),
            language=press.language,
            reply_to=press.place.message_id,
        ),
    )


async def _follow(context: PautaContext, press: Press, shown: ShownAnswer) -> None:
    """What the answer is about, from now on."""
    if not may_follow(context.services, shown.where, press.user_id):
        await press.answer("follow_not_yours")
        return
    await press.answer()
    words = topic_words(shown.question, shown.answer)
    await follow_words(context, shown.where, words, press.user_id, press.language)


async def _shown(services: Services, press: Press) -> ShownAnswer | None:
    try:
        return await services.answers.at(press.place.chat_id, press.place.message_id)
    except SQLAlchemyError as error:
        log.warning("an answer could not be read", cause=type(error).__name__)
        return None
