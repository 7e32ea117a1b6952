"""Whose digests a screen shows: those of the place it stands in, or of a channel."""

from __future__ import annotations

from dataclasses import dataclass

from bot.access import Group
from bot.context import PautaContext, Services
from bot.conversation_key import ConversationKey
from bot.handlers.access import is_admin, may_change_digests, may_write_to_channel
from bot.render import Rendered
from bot.render_subscriptions import Board, subscriptions_screen


@dataclass(frozen=True, slots=True)
class Seat:
    """Somebody who may choose the digests of `whose`, and where they do."""

    here: ConversationKey
    whose: ConversationKey
    person: int
    board: Board

    @property
    def elsewhere(self) -> int:
        """The channel they are of; 0 for the place itself."""
        return 0 if self.board.channel is None else self.board.channel.chat_id


def seat_of(
    context: PautaContext, here: ConversationKey, person: int, language: str, elsewhere: int = 0
) -> Seat | None:
    """None for who may not. A channel's are chosen in private, by administrators."""
    services = context.services
    if not may_change_digests(services, here, person):
        return None
    channel: Group | None = None
    if elsewhere:
        channel = services.people.group(elsewhere)
        may = here.is_private and may_write_to_channel(services, elsewhere, person)
        if not may or channel is None:
            return None
    whose = ConversationKey(elsewhere) if elsewhere else here
    zone = services.chat_settings.zone(whose)
    board = Board(language, services.clock(), zone, here.is_private, channel)
    return Seat(here, whose, person, board)


async def all_of(context: PautaContext, seat: Seat) -> Rendered:
    """The digests there; an administrator is led to those of channels from here."""
    found = await context.services.subscriptions.of(seat.whose)
    may = seat.here.is_private and not seat.elsewhere
    channels = channels_of(context.services) if may and _is_admin(context, seat) else ()
    return subscriptions_screen(seat.board, found, channels)


def channels_of(services: Services) -> tuple[Group, ...]:
    return tuple(one for one in services.people.groups() if one.is_channel)


def _is_admin(context: PautaContext, seat: Seat) -> bool:
    return is_admin(context.services, seat.person)
