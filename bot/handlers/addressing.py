"""Whether a message is meant for us: who says what, and where.  (pure)

In a private chat everything is. In a group only what mentions the bot, replies to it, or is a
command for it; the bot's privacy mode, where it is on, shows it no more than that anyway.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from telegram import Message, MessageEntity, Update, User
from telegram.constants import ChatType

from bot.conversation_key import ConversationKey

GROUPS = frozenset({ChatType.GROUP, ChatType.SUPERGROUP})
LET_IN = frozenset({*GROUPS, ChatType.CHANNEL})
"""What is let in as a whole; to channels we only write."""
_OPEN_COMMANDS = frozenset({"ask"})
"""What a group may say without naming the bot; all others could be any bot's."""
_ASKING = frozenset({"", *_OPEN_COMMANDS, "latest", "search", "story", "article"})
STOP_COMMAND = "stop"
"""Open as well, though it asks nothing."""
_COMMAND = re.compile(r"/([A-Za-z0-9_]{1,32})(?:@(\w{1,64}))?", re.ASCII)
_AFTER_A_NAME = " \t\n,:;"


@dataclass(frozen=True, slots=True)
class Addressed:
    """A new message for us, from a person."""

    who: User
    where: ConversationKey
    text: str
    """What they say to us, without our name and without the command; empty for what is no text."""
    command: str
    """In small letters, without its slash; empty where there is none."""
    message: Message


def addressed(update: Update, bot_username: str, bot_id: int) -> Addressed | None:
    """The new message of `update` if it is meant for us.

    None for what is edited, from a channel, a business or a bot, or said in a channel's name
    or in a group's (as anonymous administrators do).
    """
    message = update.message
    return addressed_message(message, bot_username, bot_id) if message is not None else None


def addressed_message(message: Message, bot_username: str, bot_id: int) -> Addressed | None:
    """As `addressed`, of a new message."""
    who, chat = message.from_user, message.chat
    if who is None or who.is_bot or message.sender_chat is not None:
        return None
    if message.via_bot is not None and message.via_bot.id == bot_id:
        return None  # What we offered inline is no question.
    text = message.text or ""
    name, called = _command(message, text)
    ours = not called or called.lower() == bot_username.lower()
    if chat.type == ChatType.PRIVATE:
        command = name if ours else ""
        rest = _after_command(text) if command else text
    elif chat.type in GROUPS and not chat.is_direct_messages:
        if not _is_for_us(message, name, called, bot_username, bot_id):
            return None
        command = name
        rest = _without(text, _mentions(message, text, bot_username, bot_id))
        rest = _after_command(rest) if name else rest
    else:
        return None
    return Addressed(who, place_of(message), rest.strip(), command, message)


@dataclass(frozen=True, slots=True)
class Guest:
    """What a person says to us in a chat we are not in."""

    who: User
    query_id: str
    """By which it is answered, once."""
    place: tuple[int, int, int | None]
    """The person, the chat's id and its topic. Such an id may be that of another chat, too: one
    of ours, or one that somebody else has with the same person."""
    text: str
    """Without our name; empty where there is nothing else."""


def addressed_guest(update: Update, bot_username: str, bot_id: int) -> Guest | None:
    """None for what is no guest's message, or said by a bot or in a chat's name."""
    message = update.guest_message
    if message is None or not message.guest_query_id:
        return None
    who = message.from_user
    if who is None or who.is_bot or message.sender_chat is not None:
        return None
    text = message.text or message.caption or ""
    rest = _without(text, _mentions(message, text, bot_username, bot_id)).strip()
    place = (who.id, message.chat.id, place_of(message).thread_id)
    return Guest(who, message.guest_query_id, place, rest)


def is_question(update: Update, bot_username: str, bot_id: int) -> bool:
    """Whether a new message asks us something, also by a command that looks something up."""
    said = addressed(update, bot_username, bot_id)
    if said is None:
        return False
    return said.command == "latest" or (bool(said.text) and said.command in _ASKING)


def is_stop_command(message: Message) -> bool:
    """Whether a message is /stop, ours or another bot's."""
    return _command(message, message.text or "")[0] == STOP_COMMAND


def place_of(message: Message) -> ConversationKey:
    """The chat, or its topic: what is no topic but a thread of replies belongs to the chat."""
    thread = message.message_thread_id if message.is_topic_message else None
    return ConversationKey(message.chat.id, thread)


def _is_for_us(message: Message, name: str, called: str, bot_username: str, bot_id: int) -> bool:
    if message.via_bot is not None:
        return False
    if called:
        return called.lower() == bot_username.lower()
    if name and (name in _OPEN_COMMANDS or name == STOP_COMMAND):
        return True
    if _is_reply_to(message, bot_id):
        return bool(message.text)
    source = message.text or message.caption or ""
    return bool(_mentions(message, source, bot_username, bot_id))


def _is_reply_to(message: Message, bot_id: int) -> bool:
    replied = message.reply_to_message
    if replied is None or replied.from_user is None or replied.from_user.id != bot_id:
        return False
    # In a topic every message replies to the one that opened it, which may be a bot's.
    return replied.forum_topic_created is None


def _command(message: Message, text: str) -> tuple[str, str]:
    """The command a text begins with, and whose it is said to be."""
    if not any(
        one.type == MessageEntity.BOT_COMMAND and one.offset == 0 for one in message.entities
    ):
        return "", ""
    match = _COMMAND.match(text)
    return (match[1].lower(), match[2] or "") if match else ("", "")


def _after_command(text: str) -> str:
    match = _COMMAND.match(text.lstrip())
    return text.lstrip()[match.end() :] if match else text


def _mentions(message: Message, text: str, bot_username: str, bot_id: int) -> list[tuple[int, int]]:
    """Where our name is said, in UTF-16 units as Telegram counts."""
    found = []
    for one in message.entities or message.caption_entities:
        span = (one.offset, one.offset + one.length)
        if one.type == MessageEntity.TEXT_MENTION:
            if one.user is not None and one.user.id == bot_id:
                found.append(span)
        elif one.type == MessageEntity.MENTION:
            said = _units(text)[2 * span[0] : 2 * span[1]]
            if _text(said).lower() == f"@{bot_username}".lower():
                found.append(span)
    return found


def _without(text: str, spans: list[tuple[int, int]]) -> str:
    """The text without those parts; one at its start goes with the comma behind it."""
    units = _units(text)
    for start, end in sorted(spans, reverse=True):
        before, after = _text(units[: 2 * start]), _text(units[2 * end :])
        if not before.strip():
            joined = after.lstrip(_AFTER_A_NAME)
        else:
            joined = before + (after[1:] if before[-1:] == after[:1] == " " else after)
        units = _units(joined)
    return _text(units)


def _units(text: str) -> bytes:
    return text.encode("utf-16-le", "surrogatepass")


def _text(units: bytes) -> str:
    return units.decode("utf-16-le", "surrogatepass")
