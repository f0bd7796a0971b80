"""Calls of the bot: remembered with everything, and carried out by method."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from tests.servers.telegram import changing, profile, sending, topics
from tests.servers.telegram.errors import bad
from tests.servers.telegram.faults import Fault
from tests.servers.telegram.files import MAX_DOWNLOAD_BYTES, Upload
from tests.servers.telegram.parameters import Params
from tests.servers.telegram.people import TAP_ANSWER_SECONDS, Tap
from tests.servers.telegram.updates import Updates
from tests.servers.telegram.world import BOT_ID, Json, World

MAX_ANSWER = 200  # characters; Bot API 10.1, answerCallbackQuery.text


@dataclass(eq=False)
class Call:
    """One call of the bot, with what came of it."""

    method: str
    params: dict[str, Any]  # each of its kind; a file is an Upload
    at: datetime
    files: Mapping[str, Upload] = field(default_factory=dict)
    fault: Fault | None = None
    open: bool = True  # not answered yet
    happened: bool = False  # it had its effect, whatever the bot was told
    status: int = 0  # what the bot is told; 499: nothing, the connection is gone
    result: Any = None
    description: str = ""

    @property
    def ok(self) -> bool:
        """Whether the bot was told that it worked."""
        return self.status == 200


@dataclass(frozen=True)
class Api:
    """The methods, on one world."""

    world: World
    updates: Updates
    taps: dict[str, Tap]

    async def perform(self, method: str, params: Params) -> tuple[Any, str]:
        """The result and its description; raises Refused."""
        if method in ("setWebhook", "deleteWebhook"):
            return True, await self.updates.set_hook(params)
        if method == "getUpdates":
            return await self.updates.poll(params), ""
        return self._simple(method)(self.world, params), ""

    def _simple(self, method: str) -> Callable[[World, Params], Any]:
        if method in sending.MEDIA:
            return lambda world, params: sending.send_media(world, params, method)
        own: dict[str, Callable[[World, Params], Any]] = {
            "getMe": lambda world, params: self._me(),
            "getWebhookInfo": lambda world, params: self.updates.hook_json(),
            "answerCallbackQuery": lambda world, params: self._answer_tap(params),
        }
        return own.get(method) or SIMPLE[method]

    def _me(self) -> Json:
        return {
            **self.world.bot_json(),
            "can_join_groups": True,
            "can_read_all_group_messages": self.world.reads_all_groups,
            "supports_guest_queries": False,
            "supports_inline_queries": False,
            "can_connect_to_business": False,
            "has_main_web_app": False,
            "has_topics_enabled": self.world.topics_enabled,
            "allows_users_to_create_topics": self.world.people_create_topics,
            "can_manage_bots": False,
            "supports_join_request_queries": False,
        }

    def _answer_tap(self, params: Params) -> bool:
        """answerCallbackQuery: each tap once, and not too late."""
        tap = self.taps.get(params.text("callback_query_id"))
        late = tap is not None and self.world.seconds() - tap.at > TAP_ANSWER_SECONDS
        if tap is None or tap.answered or late:
            raise bad("query is too old and response timeout expired or query ID is invalid")
        if len(params.text("text")) > MAX_ANSWER:
            raise bad("MESSAGE_TOO_LONG")
        if params.text("url"):
            self.world.note("answerCallbackQuery: url is for games and own links; not modelled")
        tap.answered = True
        tap.text = params.text("text")
        tap.alert = params.flag("show_alert")
        self.world.changes.announce()
        return True


def get_file(world: World, params: Params) -> Json:
    """getFile."""
    stored = world.files.get(params.need("file_id"))
    if stored is None:
        raise bad("wrong file_id or the file is temporarily unavailable")
    if stored.size > MAX_DOWNLOAD_BYTES:
        raise bad("file is too big")
    return {**stored.facts(), "file_path": world.files.link(stored, world.now())}


def get_chat(world: World, params: Params) -> Json:
    """getChat."""
    if params.json("chat_id") == BOT_ID:
        raise bad("chat not found")
    return profile.chat_facts(sending.find_chat(world, params))


def _in_chat(action: Callable[[World, Params, Any], Any]) -> Callable[[World, Params], Any]:
    return lambda world, params: action(world, params, sending.find_chat(world, params))


SIMPLE: dict[str, Callable[[World, Params], Any]] = {
    "sendMessage": sending.send_text,
    "sendLocation": sending.send_location,
    "sendChatAction": sending.send_chat_action,
    "editMessageText": changing.edit_text,
    "editMessageCaption": changing.edit_caption,
    "editMessageReplyMarkup": changing.edit_markup,
    "deleteMessage": changing.delete_message,
    "deleteMessages": changing.delete_messages,
    "copyMessage": sending.copy_message,
    "forwardMessage": sending.forward_message,
    "setMessageReaction": changing.react,
    "setMyCommands": profile.set_commands,
    "getMyCommands": profile.get_commands,
    "deleteMyCommands": profile.delete_commands,
    "setMyName": profile.set_name,
    "getMyName": profile.get_name,
    "setMyDescription": profile.set_description,
    "getMyDescription": profile.get_description,
    "setMyShortDescription": profile.set_short_description,
    "getMyShortDescription": profile.get_short_description,
    "getFile": get_file,
    "getChat": get_chat,
    "createForumTopic": _in_chat(topics.create_topic),
    "editForumTopic": _in_chat(topics.edit_topic),
    "closeForumTopic": _in_chat(lambda w, p, chat: topics.set_closed(w, p, chat, closed=True)),
    "reopenForumTopic": _in_chat(lambda w, p, chat: topics.set_closed(w, p, chat, closed=False)),
    "deleteForumTopic": _in_chat(topics.delete_topic),
}
