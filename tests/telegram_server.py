"""A Bot API server for tests: Telegram's answers over real HTTP, on loopback.

    async with TelegramServer() as server:
        server.user_says(7, "What did Stargate commit?")
        message = await server.next_message(7)

It refuses what Telegram refuses, with Telegram's words, and fails on request:
`fail(method, status, description)`, `slow_down(method, seconds)`, `drop(method)`.
"""

from __future__ import annotations

import asyncio
import time
from collections import defaultdict, deque
from contextlib import suppress
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Self

from aiohttp import web

from tests.telegram_inline import Elsewhere
from tests.telegram_limits import StrictLimits
from tests.telegram_rules import (
    BOT,
    ApiError,
    Json,
    Sent,
    as_message,
    bad_request,
    check_commands,
    check_keyboard,
    check_toast,
    entities_in,
    links_in,
    parameters_of,
    text_of,
)

TOKEN = "123456:TEST-token-that-never-leaves-loopback"


@dataclass(frozen=True, slots=True)
class Call:
    """One request, as it arrived."""

    method: str
    parameters: Json
    at: float
    """Monotonic seconds."""


@dataclass(slots=True)
class _Fault:
    times: int
    error: ApiError | None = None
    delay: float = 0.0
    drop: bool = False
    after: bool = False


@dataclass(slots=True)
class TelegramServer:
    """One bot's world: its updates, its chats, and everything it called."""

    token: str = TOKEN
    port: int = 0
    calls: list[Call] = field(default_factory=list)
    sent: list[Sent] = field(default_factory=list)
    blocked: set[int] = field(default_factory=set)
    """Chats whose person has blocked the bot."""
    confirmed: int = 0
    """Updates below this id were fetched and confirmed."""
    deleted: set[int] = field(default_factory=set)
    """Messages of the bot that the person has deleted."""
    toasts: dict[int, deque[str]] = field(default_factory=lambda: defaultdict(deque))
    """What was answered to each person's buttons."""
    _queries: dict[str, int] = field(default_factory=dict)
    """Pressed and not yet answered."""
    topics: set[tuple[int, int]] = field(default_factory=set)
    """Chats and the topics in them."""
    files: dict[str, bytes] = field(default_factory=dict)
    """What people sent as a file, by its id."""
    removed_from: set[int] = field(default_factory=set)
    """Groups the bot was removed from."""
    migrated: dict[int, int] = field(default_factory=dict)
    """Groups that are supergroups now, under a new id."""
    elsewhere: Elsewhere = field(default_factory=Elsewhere)
    """Inline mode, and chats the bot is a guest in; see `telegram_inline`."""
    limits: StrictLimits | None = None
    """Of how much may be sent; None for no end of it."""
    webhook: Json = field(default_factory=dict)
    """As it was set; empty while there is none. See `tests.telegram_webhook`."""
    webhook_info: Json = field(default_factory=dict)
    """What getWebhookInfo says beyond the address."""
    _chats: set[int] = field(default_factory=set)
    _groups: dict[int, Json] = field(default_factory=dict)
    _said: dict[int, Json] = field(default_factory=dict)
    """What people said, by its id."""
    _replies: dict[int, int] = field(default_factory=dict)
    """Which message each of the bot's replies to."""
    _updates: list[Json] = field(default_factory=list)
    _last_id: int = 1000
    _faults: dict[str, deque[_Fault]] = field(default_factory=lambda: defaultdict(deque))
    _seen: dict[int, int] = field(default_factory=lambda: defaultdict(int))
    _changed: asyncio.Event = field(default_factory=asyncio.Event)
    _poll: int = 0
    _runner: web.AppRunner | None = None

    # What a test does

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def user_says(self, user_id: int, text: str, *, language: str = "en", **extra: Any) -> None:
        """A person writes to the bot in their private chat."""
        content: Json = {"text": text, **extra}
        if text.startswith("/"):
            command = text.split(maxsplit=1)[0]
            content["entities"] = [{"type": "bot_command", "offset": 0, "length": len(command)}]
        elif links := links_in(text):
            content["entities"] = links
        self.push({"message": self.message(user_id, content, language=language)})

    def group_hears(
        self,
        chat: Json,
        user_id: int,
        text: str,
        *,
        thread: int | None = None,
        reply_to: Json | None = None,
        **extra: Any,
    ) -> None:
        """A person writes in a group the bot is in, in a topic of it if `thread` is given."""
        content: Json = {"text": text, "entities": entities_in(text)}
        if thread is not None:
            self.topics.add((chat["id"], thread))
            content |= {"message_thread_id": thread, "is_topic_message": True}
        if reply_to is not None:
            content["reply_to_message"] = reply_to
        self.push({"message": self.message(user_id, {**content, **extra}, chat=chat)})

    def bot_becomes(self, chat: Json, status: str, by: int, before: str = "left") -> None:
        """Somebody adds the bot to a chat, or removes it."""
        self.message(by, {}, chat=chat)
        there = status not in ("left", "kicked")
        self.removed_from.difference_update({chat["id"]})
        if not there:
            self.removed_from.add(chat["id"])
        person = {"id": by, "is_bot": False, "first_name": "Ana", "language_code": "en"}
        change = {
            "chat": chat,
            "from": person,
            "date": int(time.time()),
            "old_chat_member": _membership(before),
            "new_chat_member": _membership(status),
        }
        self.push({"my_chat_member": change})

    def as_seen(self, sent: Sent) -> Json:
        """A message of the bot as an update would hold it."""
        seen = as_message(sent, self._groups.get(sent.chat_id))
        if replied := self._said.get(self._replies.get(sent.message_id, 0)):
            seen["reply_to_message"] = replied
        return seen

    def last_said(self) -> Json:
        """What a person said last."""
        return self._said[max(self._said)]

    def user_presses(
        self, user_id: int, message: Sent, label: str, *, language: str = "en"
    ) -> None:
        """A person presses the button called `label` under a message, as it is now."""
        shown = self._shown(message.chat_id, message.message_id)
        data = dict(button for row in shown.buttons for button in row)[label]
        self.press_data(user_id, shown, data, language=language)

    def press_data(self, user_id: int, message: Sent, data: str, *, language: str = "en") -> None:
        """As `user_presses`, of a button that need not be there any more."""
        self._last_id += 1
        self._queries[str(self._last_id)] = user_id
        sender = {
            "id": user_id, "is_bot": False, "first_name": "Ana", "language_code": language
        }  # fmt: skip
        query = {
            "id": str(self._last_id),
            "from": sender,
            "chat_instance": "1",
            "message": self.as_seen(message),
            "data": data,
        }
        self.push({"callback_query": query})

    async def shows(
        self, message: Sent, words: str, *, without: str = "", within: float = 20.0
    ) -> Sent:
        """The message as it is once its text holds `words` (and `without` no longer)."""
        deadline = time.monotonic() + within
        while True:
            now = self._shown(message.chat_id, message.message_id)
            if words in now.text and not (without and without in now.text):
                return now
            left = deadline - time.monotonic()
            assert left > 0, f"the message says: {now.text}"
            with suppress(TimeoutError):
                await asyncio.wait_for(self._changed.wait(), left)

    async def next_toast(self, user_id: int, within: float = 20.0) -> str:
        """The text of the next answered button of this person; empty where it had none."""
        async with asyncio.timeout(within):
            while not self.toasts[user_id]:
                await self._changed.wait()
        return self.toasts[user_id].popleft()

    def message(
        self, user_id: int, content: Json, *, language: str = "en", chat: Json | None = None
    ) -> Json:
        """A message of a person, to `push` as any kind of update."""
        chat = chat or {"id": user_id, "type": "private", "first_name": "Ana"}
        self._chats.add(chat["id"])
        if chat["type"] != "private":
            self._groups[chat["id"]] = chat
        self._last_id += 1
        sender = {
            "id": user_id, "is_bot": False, "first_name": "Ana", "language_code": language
        }  # fmt: skip
        said = {
            "message_id": self._last_id,
            "date": int(time.time()),
            "chat": chat,
            "from": sender,
            **content,
        }
        self._said[self._last_id] = said
        return said

    def push(self, update: Json) -> int:
        """Queue an update; returns its id."""
        self._last_id += 1
        self._updates.append({"update_id": self._last_id, **update})
        self._notify()
        return self._last_id

    def fail(
        self,
        method: str,
        status: int,
        description: str,
        times: int = 1,
        retry_after: int | None = None,
    ) -> None:
        """The next `times` calls of `method` are answered with this error."""
        error = ApiError(status, description, retry_after)
        self._faults[method].append(_Fault(times, error=error))

    def slow_down(self, method: str, seconds: float, times: int = 1) -> None:
        self._faults[method].append(_Fault(times, delay=seconds))

    def drop(self, method: str, times: int = 1, *, after: bool = False) -> None:
        """Close the connection without an answer, before or after doing what was asked."""
        self._faults[method].append(_Fault(times, drop=True, after=after))

    async def next_message(self, chat_id: int, within: float = 20.0) -> Sent:
        """The next message this chat received that no earlier call returned."""
        async with asyncio.timeout(within):
            while True:
                mine = [one for one in self.sent if one.chat_id == chat_id]
                if len(mine) > self._seen[chat_id]:
                    self._seen[chat_id] += 1
                    return mine[self._seen[chat_id] - 1]
                await self._changed.wait()

    async def next_answer(self, chat_id: int, within: float = 15.0) -> Sent:
        """The next message once it no longer says that an answer is under way."""
        message = await self.next_message(chat_id, within)
        async with asyncio.timeout(within):
            while "s:stop" in str((message := self._shown(chat_id, message.message_id)).buttons):
                await self._changed.wait()
        return message

    async def called(self, method: str, times: int = 1, within: float = 20.0) -> list[Call]:
        """The calls of `method`, once there are at least `times`."""
        async with asyncio.timeout(within):
            while len(found := [one for one in self.calls if one.method == method]) < times:
                await self._changed.wait()
        return found

    def next_id(self) -> int:
        """For what a test pushes itself."""
        self._last_id += 1
        return self._last_id

    async def something_happens(self) -> None:
        """Until the bot has called again, or something was pushed."""
        await self._changed.wait()

    async def fetched(self, within: float = 20.0) -> None:
        """Until the bot has fetched and confirmed everything pushed so far."""
        last = self._updates[-1]["update_id"] if self._updates else 0
        async with asyncio.timeout(within):
            while self.confirmed <= last:
                await self._changed.wait()

    # How it runs

    async def __aenter__(self) -> Self:
        app = web.Application(client_max_size=50 * 2**20)
        app.router.add_route("*", "/bot{token}/{method}", self._handle)
        app.router.add_get("/file/bot{token}/{path:.+}", self._download)
        self._runner = web.AppRunner(
            app, shutdown_timeout=0.1, handler_cancellation=True, access_log=None
        )
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", self.port)
        await site.start()
        self.port = self._runner.addresses[0][1]
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._runner is not None:
            await self._runner.cleanup()

    def _notify(self) -> None:
        self._changed.set()
        self._changed = asyncio.Event()

    async def _handle(self, request: web.Request) -> web.StreamResponse:
        method = request.match_info["method"]
        if request.match_info["token"] != self.token:
            return _refusal(ApiError(401, "Unauthorized"))
        try:
            parameters = await parameters_of(request)
            self.calls.append(Call(method, parameters, time.monotonic()))
            self._notify()
            fault = self._fault(method)
            if fault.error is not None:
                raise fault.error
            await asyncio.sleep(fault.delay)
            result = None if fault.drop and not fault.after else await self._do(method, parameters)
            self._notify()
            if fault.drop:
                if request.transport is not None:
                    request.transport.close()
                return web.Response(status=500)
            return web.json_response({"ok": True, "result": result})
        except ApiError as error:
            return _refusal(error)

    def _fault(self, method: str) -> _Fault:
        faults = self._faults[method]
        if not faults:
            return _Fault(0)
        faults[0].times -= 1
        return faults[0] if faults[0].times else faults.popleft()

    async def _do(self, method: str, parameters: Json) -> Any:
        match method:
            case "getMe":
                return BOT
            case "getUpdates":
                return await self._get_updates(parameters)
            case "sendMessage":
                return self._send_message(parameters)
            case "editMessageText" if "inline_message_id" in parameters:
                return self.elsewhere.edit(parameters)
            case "editMessageText":
                return self._edit_message(parameters)
            case "sendChatAction":
                self._check_chat(parameters)
                return True
            case "getChat":
                chat_id = self._check_chat(parameters)
                private: Json = {"id": chat_id, "type": "private"}
                return {**self._groups.get(chat_id, private), **_FULL}
            case "sendMessageDraft":
                return self._show_draft(parameters)
            case "getFile":
                return self._get_file(parameters)
            case "sendDocument":
                return self._send_document(parameters)
            case "leaveChat":
                self.removed_from.add(self._check_chat(parameters))
                return True
            case "setWebhook":
                return self._set_webhook(parameters)
            case "deleteWebhook":
                self.webhook = {}
                return True
            case "getWebhookInfo":
                return {**_NO_WEBHOOK, **self.webhook_info, "url": self.webhook.get("url", "")}
            case "setMessageReaction":
                self._check_chat(parameters)
                return True
            case "deleteMessage":
                return self._delete_message(parameters)
            case "answerInlineQuery":
                return self.elsewhere.answer_inline_query(parameters)
            case "answerGuestQuery":
                return self.elsewhere.answer_guest_query(parameters)
            case "answerCallbackQuery":
                return self._answer_query(parameters)
            case "deleteMyCommands":
                return True
            case "setMyCommands":
                check_commands(parameters)
                return True
        raise ApiError(404, "Not Found: method not found")

    def _set_webhook(self, parameters: Json) -> bool:
        url = str(parameters.get("url", ""))
        if not url.startswith(("https://", "http://127.0.0.1:")):
            raise bad_request("bad webhook: An HTTPS URL must be provided for webhook")
        self.webhook = parameters
        self._notify()
        return True

    async def _get_updates(self, parameters: Json) -> list[Json]:
        if self.webhook:
            raise ApiError(
                409,
                "Conflict: can't use getUpdates method while webhook is active; "
                "use deleteWebhook to delete the webhook first",
            )
        offset, limit = int(parameters.get("offset", 0)), int(parameters.get("limit", 100))
        self.confirmed = max(self.confirmed, offset)
        self._updates = [one for one in self._updates if one["update_id"] >= offset]
        deadline = time.monotonic() + min(float(parameters.get("timeout", 0)), 50)
        allowed = parameters.get("allowed_updates")
        self._poll = mine = self._poll + 1
        self._notify()
        while True:
            if self._poll != mine:
                raise ApiError(
                    409,
                    "Conflict: terminated by other getUpdates request; "
                    "make sure that only one bot instance is running",
                )
            fresh = [one for one in self._updates if not allowed or set(one) & set(allowed)]
            left = deadline - time.monotonic()
            if fresh or left <= 0:
                return fresh[:limit]
            with suppress(TimeoutError):
                await asyncio.wait_for(self._changed.wait(), left)

    def _check_chat(self, parameters: Json) -> int:
        try:
            chat_id = int(parameters["chat_id"])
        except (KeyError, ValueError):
            raise bad_request("chat_id is empty") from None
        if chat_id in self.blocked:
            raise ApiError(403, "Forbidden: bot was blocked by the user")
        if chat_id not in self._chats:
            raise bad_request("chat not found")
        if chat_id in self.removed_from:
            raise ApiError(403, "Forbidden: bot was kicked from the supergroup chat")
        if chat_id in self.migrated:
            raise ApiError(
                400,
                "Bad Request: group chat was upgraded to a supergroup chat",
                migrate_to=self.migrated[chat_id],
            )
        thread = parameters.get("message_thread_id")
        if thread is not None and (chat_id, int(thread)) not in self.topics:
            raise bad_request("message thread not found")
        return chat_id

    def _send_message(self, parameters: Json) -> Json:
        chat_id = self._check_chat(parameters)
        text, entities = text_of(parameters)
        check_keyboard(parameters.get("reply_markup"))
        self._check_limits(chat_id)
        self._last_id += 1
        sent = Sent(self._last_id, chat_id, text, entities, parameters)
        if reply := parameters.get("reply_parameters"):
            self._replies[sent.message_id] = int(reply["message_id"])
        self.sent.append(sent)
        self._notify()
        return self.as_seen(sent)

    def _send_document(self, parameters: Json) -> Json:
        chat_id = self._check_chat(parameters)
        self._check_limits(chat_id)
        self._last_id += 1
        caption = str(parameters.get("caption", ""))
        sent = Sent(self._last_id, chat_id, caption, [], parameters)
        self.sent.append(sent)
        self._notify()
        document = {"file_id": "d", "file_unique_id": "d", "file_size": 1}
        return {**self.as_seen(sent), "document": document, "caption": caption}

    def _check_limits(self, chat_id: int) -> None:
        if self.limits is None:
            return
        wait = self.limits.seconds_to_wait(chat_id, time.monotonic())
        if wait is not None:
            raise ApiError(429, f"Too Many Requests: retry after {wait}", retry_after=wait)

    def _show_draft(self, parameters: Json) -> bool:
        if self._check_chat(parameters) < 0:
            raise bad_request("TEXTDRAFT_PEER_INVALID")
        if not int(parameters.get("draft_id", 0)):
            raise bad_request("RANDOM_ID_INVALID")
        if parameters.get("text"):
            text_of(parameters)
        return True

    def _get_file(self, parameters: Json) -> Json:
        name = str(parameters.get("file_id"))
        if name not in self.files:
            raise bad_request("wrong file_id or the file is temporarily unavailable")
        size = len(self.files[name])
        if size > 20 * 2**20:
            raise bad_request("file is too big")
        path = f"voice/{name}.oga"
        return {"file_id": name, "file_unique_id": name, "file_size": size, "file_path": path}

    async def _download(self, request: web.Request) -> web.StreamResponse:
        name = request.match_info["path"].removeprefix("voice/").removesuffix(".oga")
        if request.match_info["token"] != self.token or name not in self.files:
            return web.Response(status=404)
        self.calls.append(Call("download", {"file_id": name}, time.monotonic()))
        fault = self._fault("download")
        await asyncio.sleep(fault.delay)
        if fault.error is not None:
            return _refusal(fault.error)
        return web.Response(body=self.files[name])

    def _edit_message(self, parameters: Json) -> Json:
        chat_id = self._check_chat(parameters)
        old = self._shown(chat_id, int(parameters.get("message_id", 0)))
        text, entities = text_of(parameters)
        check_keyboard(parameters.get("reply_markup"))
        topic = {"message_thread_id": old.thread_id} if old.thread_id is not None else {}
        new = Sent(old.message_id, chat_id, text, entities, {**parameters, **topic})
        if (old.text, old.entities, old.buttons) == (text, entities, new.buttons):
            raise bad_request(
                "message is not modified: specified new message content and reply markup are "
                "exactly the same as a current content and reply markup of the message"
            )
        self.sent[self.sent.index(old)] = new
        self._notify()
        return self.as_seen(new)

    def _delete_message(self, parameters: Json) -> bool:
        one = self._shown(self._check_chat(parameters), int(parameters.get("message_id", 0)))
        self.deleted.add(one.message_id)
        self._notify()
        return True

    def _shown(self, chat_id: int, message_id: int) -> Sent:
        for one in self.sent:
            if (one.chat_id, one.message_id) == (chat_id, message_id) and (
                message_id not in self.deleted
            ):
                return one
        raise bad_request("message to edit not found")

    def _answer_query(self, parameters: Json) -> bool:
        text = check_toast(parameters)
        user_id = self._queries.pop(str(parameters.get("callback_query_id")), None)
        if user_id is None:
            raise bad_request(
                "query is too old and response timeout expired or query ID is invalid"
            )
        self.toasts[user_id].append(text)
        self._notify()
        return True


_NO_WEBHOOK = {"has_custom_certificate": False, "pending_update_count": 0}
_FULL = {"accent_color_id": 0, "max_reaction_count": 11, "accepted_gift_types": {
    "unlimited_gifts": False, "limited_gifts": False, "unique_gifts": False,
    "premium_subscription": False, "gifts_from_channels": False}}  # fmt: skip


def _membership(status: str) -> Json:
    """The bot's own, as Telegram tells of it."""
    more: Json = {"until_date": 0} if status == "kicked" else {}
    if status == "administrator":
        more = {**_RIGHTS, "can_be_edited": False, "can_post_messages": True}
    return {"user": BOT, "status": status, **more}


_RIGHTS = dict.fromkeys(
    (
        "is_anonymous", "can_manage_chat", "can_delete_messages", "can_manage_video_chats",
        "can_restrict_members", "can_promote_members", "can_change_info", "can_invite_users",
        "can_post_stories", "can_edit_stories", "can_delete_stories",
    ),
    False,
)  # fmt: skip


def _refusal(error: ApiError) -> web.Response:
    body: Json = {"ok": False, "error_code": error.status, "description": str(error)}
    if error.retry_after is not None:
        body["parameters"] = {"retry_after": error.retry_after}
    if error.migrate_to is not None:
        body["parameters"] = {"migrate_to_chat_id": error.migrate_to}
    return web.json_response(body, status=error.status)
