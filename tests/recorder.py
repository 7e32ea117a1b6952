"""What a test's Bot API server was told, as the messages people see; for `bot.preview_page`.

recorder = Recorder(server, {7: Sender("Ana", is_me=True)})
bubbles = (recorder.said(message_of_a_person), recorder.sent(message_of_the_bot))
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from bot.preview_page import Bubble, Key, Offered, Sender
from tests.telegram_inline import Shown
from tests.telegram_rules import BOT, Json, Sent
from tests.telegram_server import TelegramServer


@dataclass(frozen=True, slots=True)
class Recorder:
    server: TelegramServer
    people: Mapping[int, Sender]
    """By user id: the names the page shows."""

    def said(self, message: Json) -> Bubble:
        """A person's message, as the update told of it."""
        replied = message.get("reply_to_message")
        return Bubble(
            self._sender(message["from"]),
            message["text"],
            datetime.fromtimestamp(message["date"], UTC),
            replies_to=self.said(replied) if replied else None,
            reaction=self._reaction(message["chat"]["id"], message["message_id"]),
        )

    def sent(self, sent: Sent) -> Bubble:
        """A message of the bot, with the markup and the keyboard of the call that made it so."""
        seen = self.server.as_seen(sent)
        replied = seen.get("reply_to_message")
        keyboard = (sent.parameters.get("reply_markup") or {}).get("inline_keyboard", [])
        return Bubble(
            self._sender(BOT),
            sent.parameters["text"],
            datetime.fromtimestamp(seen["date"], UTC),
            is_html=sent.parameters.get("parse_mode") == "HTML",
            keys=tuple(tuple(_key(button) for button in row) for row in keyboard),
            replies_to=self.said(replied) if replied else None,
        )

    def _sender(self, person: Json) -> Sender:
        return self.people.get(person["id"]) or Sender(person["first_name"])

    def _reaction(self, chat_id: int, message_id: int) -> str:
        """The one the bot shows now."""
        shown = ""
        for call in self.server.calls:
            about = [str(call.parameters.get(name)) for name in ("chat_id", "message_id")]
            if call.method == "setMessageReaction" and about == [str(chat_id), str(message_id)]:
                reactions = call.parameters.get("reaction") or [{}]
                shown = reactions[0].get("emoji", "")
        return shown


def offered_lines(shown: Shown, most: int) -> tuple[Offered, ...]:
    return tuple(Offered(one.title, one.description) for one in shown.results[:most])


def posted_line(shown: Shown, by: Sender, at: datetime) -> Bubble:
    """What the first line posts when it is chosen."""
    content: Json = shown.parameters["results"][0]["input_message_content"]
    is_html = content.get("parse_mode") == "HTML"
    return Bubble(by, content["message_text"], at, is_html=is_html)


def _key(button: Json) -> Key:
    return Key(
        button["text"],
        button.get("style", ""),
        is_link="url" in button,
        copies="copy_text" in button,
    )
