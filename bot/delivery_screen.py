"""One message of a delivery as it is sent: its part, what belongs under the last one, and the mark
that it comes late.  (pure)"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, tzinfo

from bot import texts
from bot.outgoing import Delivery
from bot.render import Rendered
from bot.richtext import LIMIT, Part, escape, length

_SAME_DAY, _OTHER_DAY = "%H:%M", "%Y-%m-%d %H:%M"


def message_of(delivery: Delivery, part: int, now: datetime, zone: tzinfo) -> Rendered:
    """Part number `part`, from 0, as a message of its own; marked as late where it is, in the
    first part that has room for it."""
    screen, parts = delivery.screen, delivery.screen.parts
    shown, is_last = parts[part], part + 1 == len(parts)
    if delivery.late_after is not None and now >= delivery.late_after:
        marked = [_marked(one, late_line(delivery, now, zone)) for one in parts]
        if part == next((at for at, one in enumerate(marked) if one is not None), None):
            shown = marked[part] or shown
    if is_last:
        return replace(screen, parts=(shown,))
    return Rendered((shown,))


def late_line(delivery: Delivery, now: datetime, zone: tzinfo) -> str:
    due, local = delivery.due_at.astimezone(zone), now.astimezone(zone)
    when = due.strftime(_SAME_DAY if due.date() == local.date() else _OTHER_DAY)
    return texts.say(texts.supported(delivery.language), "delivery_late", when=when)


def _marked(part: Part, line: str) -> Part | None:
    html = f"<i>{escape(line)}</i>\n\n{part.html}" if part.html else ""
    plain = f"{line}\n\n{part.plain}"
    return Part(html, plain) if max(length(html), length(plain)) <= LIMIT else None
