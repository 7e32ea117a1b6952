"""Digests for channels: nobody there is let in, so nothing can be pressed."""

from __future__ import annotations

from dataclasses import replace

from bot.context import Digests
from bot.conversation_key import ConversationKey
from bot.outgoing import Delivery
from bot.people import People
from bot.subscriptions import Due, Subscription


class WithoutChannelButtons:
    """Composes as `composer` does (see `bot.digest`); what goes to a channel has no buttons."""

    def __init__(self, composer: Digests, people: People) -> None:
        self._composer = composer
        self._people = people

    async def compose(self, subscription: Subscription, due: Due, /) -> Delivery | None:
        composed = await self._composer.compose(subscription, due)
        if composed is None or not self._is_channel(subscription.where):
            return composed
        return replace(composed, screen=replace(composed.screen, buttons=()))

    def _is_channel(self, where: ConversationKey) -> bool:
        group = self._people.group(where.chat_id)
        return group is not None and group.is_channel
