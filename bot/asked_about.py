"""The one article that the questions of a conversation are about, once somebody said so.

It holds until the conversation begins anew, or until a question is about something else.
"""

from __future__ import annotations

from typing import Protocol

from bot.conversation_key import ConversationKey


class TalkedAbout(Protocol):
    """Of a conversation, the article that is talked about."""

    async def article(self, where: ConversationKey) -> str: ...

    async def start_afresh(self, where: ConversationKey) -> None: ...


class Articles(Protocol):
    async def is_about(self, article_id: str, question: str) -> bool: ...


async def article_asked_about(
    conversations: TalkedAbout, articles: Articles, where: ConversationKey, question: str
) -> str:
    """Its id; empty for none. With a question about something else a new conversation begins:
    what was said of the article would only lead astray."""
    article_id = await conversations.article(where)
    if article_id and not await articles.is_about(article_id, question):
        await conversations.start_afresh(where)
        return ""
    return article_id
