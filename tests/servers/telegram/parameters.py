"""What each method takes (Bot API 10.1), and the reading of a request into it.

The real server takes anything and overlooks what it does not know. Here whatever is unknown or of
the wrong kind is noted, so that a test can say: the bot's calls are all well formed.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from aiohttp import BodyPartReader, web

from tests.servers.telegram.errors import bad
from tests.servers.telegram.files import Upload


def words(line: str) -> frozenset[str]:
    """The words of a line, as a set."""
    return frozenset(line.split())


_WHERE = (
    "business_connection_id chat_id!:chat message_thread_id:int direct_messages_topic_id:int "
    "reply_parameters:json"
)
_HOW = (
    "disable_notification:bool protect_content:bool allow_paid_broadcast:bool message_effect_id "
    "suggested_post_parameters:json"
)
_SEND = f"{_WHERE} {_HOW} reply_markup:json"
_CAPTION = "caption parse_mode caption_entities:json"
_EDIT = (
    "business_connection_id chat_id:chat message_id:int inline_message_id reply_markup:json "
    "parse_mode"
)
_COPY = (
    "chat_id!:chat message_thread_id:int direct_messages_topic_id:int from_chat_id!:chat "
    "message_id!:int video_start_timestamp:int disable_notification:bool protect_content:bool "
    "message_effect_id suggested_post_parameters:json"
)
_TOPIC = "chat_id!:chat message_thread_id!:int"

# name, "!" where it must be given, ":" and its kind where it is no text
METHODS = {
    "getMe": "",
    "getUpdates": "offset:int limit:int timeout:int allowed_updates:json",
    "setWebhook": (
        "url! certificate:file ip_address max_connections:int allowed_updates:json "
        "drop_pending_updates:bool secret_token"
    ),
    "deleteWebhook": "drop_pending_updates:bool",
    "getWebhookInfo": "",
    "sendMessage": f"{_SEND} text! parse_mode entities:json link_preview_options:json",
    "sendPhoto": (f"{_SEND} {_CAPTION} photo!:file show_caption_above_media:bool has_spoiler:bool"),
    "sendDocument": (
        f"{_SEND} {_CAPTION} document!:file thumbnail:file disable_content_type_detection:bool"
    ),
    "sendVoice": f"{_SEND} {_CAPTION} voice!:file duration:int",
    "sendAudio": (f"{_SEND} {_CAPTION} audio!:file duration:int performer title thumbnail:file"),
    "sendVideo": (
        f"{_SEND} {_CAPTION} video!:file duration:int width:int height:int thumbnail:file "
        "cover:file start_timestamp:int show_caption_above_media:bool has_spoiler:bool "
        "supports_streaming:bool"
    ),
    "sendVideoNote": f"{_SEND} video_note!:file duration:int length:int thumbnail:file",
    "sendLocation": (
        f"{_SEND} latitude!:float longitude!:float horizontal_accuracy:float live_period:int "
        "heading:int proximity_alert_radius:int"
    ),
    "sendChatAction": "business_connection_id chat_id!:chat message_thread_id:int action!",
    "editMessageText": f"{_EDIT} text entities:json link_preview_options:json rich_message:json",
    "editMessageCaption": (f"{_EDIT} caption caption_entities:json show_caption_above_media:bool"),
    "editMessageReplyMarkup": (
        "business_connection_id chat_id:chat message_id:int inline_message_id reply_markup:json"
    ),
    "deleteMessage": "chat_id!:chat message_id!:int",
    "deleteMessages": "chat_id!:chat message_ids!:json",
    "copyMessage": (
        f"{_COPY} {_CAPTION} show_caption_above_media:bool allow_paid_broadcast:bool "
        "reply_parameters:json reply_markup:json"
    ),
    "forwardMessage": _COPY,
    "setMessageReaction": "chat_id!:chat message_id!:int reaction:json is_big:bool",
    "answerCallbackQuery": "callback_query_id! text show_alert:bool url cache_time:int",
    "setMyCommands": "commands!:json scope:json language_code",
    "getMyCommands": "scope:json language_code",
    "deleteMyCommands": "scope:json language_code",
    "setMyName": "name language_code",
    "getMyName": "language_code",
    "setMyDescription": "description language_code",
    "getMyDescription": "language_code",
    "setMyShortDescription": "short_description language_code",
    "getMyShortDescription": "language_code",
    "getFile": "file_id!",
    "getChat": "chat_id!:chat",
    "createForumTopic": "chat_id!:chat name! icon_color:int icon_custom_emoji_id",
    "editForumTopic": f"{_TOPIC} name icon_custom_emoji_id",
    "closeForumTopic": _TOPIC,
    "reopenForumTopic": _TOPIC,
    "deleteForumTopic": _TOPIC,
}

# Real parameters that this server only takes note of.
NOT_MODELLED = words(
    "business_connection_id direct_messages_topic_id allow_paid_broadcast inline_message_id "
    "suggested_post_parameters rich_message certificate live_period"
)

# Fields of the objects inside parameters; reply_markup has its own reader (keyboards).
OBJECTS = {
    "ReplyParameters": (
        "message_id chat_id allow_sending_without_reply quote quote_parse_mode quote_entities "
        "quote_position checklist_task_id poll_option_id"
    ),
    "LinkPreviewOptions": "is_disabled url prefer_small_media prefer_large_media show_above_text",
    "BotCommand": "command description",
    "MessageEntity": (
        "type offset length url user language custom_emoji_id unix_time date_time_format"
    ),
    "ReactionTypeEmoji": "type emoji",
}
OBJECT_OF = {
    "reply_parameters": "ReplyParameters",
    "link_preview_options": "LinkPreviewOptions",
    "commands": "BotCommand",
    "entities": "MessageEntity",
    "caption_entities": "MessageEntity",
    "reaction": "ReactionTypeEmoji",
}

Note = Callable[[str], None]


@dataclass(frozen=True)
class Parameter:
    """One parameter of a method."""

    name: str
    kind: str  # text, int, bool, float, json, file, chat
    required: bool


def read_table(row: str) -> dict[str, Parameter]:
    """A row of METHODS as parameters by name."""
    found = {}
    for word in row.split():
        name, _, kind = word.partition(":")
        plain = name.removesuffix("!")
        found[plain] = Parameter(plain, kind or "text", name.endswith("!"))
    return found


PARAMETERS = {method: read_table(row) for method, row in METHODS.items()}
BY_LOWER_NAME = {method.lower(): method for method in METHODS}


class Params:
    """The parameters of one call, each of its kind; an empty one counts as not given."""

    def __init__(self, values: Mapping[str, Any]) -> None:
        self.values = dict(values)

    def __contains__(self, name: str) -> bool:
        return name in self.values

    def text(self, name: str) -> str:
        """A text; "" where there is none."""
        return str(self.values.get(name, ""))

    def number(self, name: str) -> int:
        """A whole number; 0 where there is none."""
        return int(self.values.get(name, 0))

    def flag(self, name: str) -> bool:
        """Yes or no; no where nothing was said."""
        return bool(self.values.get(name, False))

    def json(self, name: str) -> Any:
        """Whatever was given, or None."""
        return self.values.get(name)

    def need(self, name: str) -> str:
        """A text that must be there."""
        if not self.text(name):
            raise bad(f'parameter "{name}" is required')
        return self.text(name)


async def read_fields(request: web.Request) -> tuple[dict[str, Any], dict[str, Upload]]:
    """All fields of a request, from its address and its body, and its files."""
    fields: dict[str, Any] = dict(request.query)
    uploads: dict[str, Upload] = {}
    if request.content_type == "application/json":
        body = await request.text()
        given = json.loads(body) if body else {}
        fields |= given if isinstance(given, dict) else {}
    elif request.content_type.startswith("multipart/"):
        async for part in await request.multipart():
            if not isinstance(part, BodyPartReader) or part.name is None:
                continue
            content = await part.read(decode=True)
            if part.filename is None:
                fields[part.name] = content.decode()
                continue
            media_type = part.headers.get("Content-Type", "application/octet-stream")
            uploads[part.name] = Upload(part.filename, media_type, bytes(content))
    else:
        fields |= {name: str(value) for name, value in (await request.post()).items()}
    return fields, uploads


def understand(
    method: str, fields: Mapping[str, Any], uploads: Mapping[str, Upload], note: Note
) -> Params:
    """The fields as the method's parameters; what does not fit is noted and left out."""
    known = PARAMETERS[method]
    values: dict[str, Any] = {}
    for name, given in fields.items():
        if name not in known:
            note(f"{method} has no parameter {name}")
            continue
        if name in NOT_MODELLED:
            note(f"{name} of {method} is not modelled by this server")
        value = _value(known[name], given, lambda why: note(f"{method}: {why}"))
        if value is not None and value != "":
            values[name] = value
    values |= {name: upload for name, upload in uploads.items() if name in known}
    _resolve_attached(values, known, uploads)
    referred = {name for name in uploads if name in known}
    for name in sorted(uploads.keys() - referred):
        if uploads[name] not in values.values():
            note(f"{method} has no file {name}")
    return Params(values)


def _resolve_attached(
    values: dict[str, Any], known: Mapping[str, Parameter], uploads: Mapping[str, Upload]
) -> None:
    """A file may be named by its part: attach://part."""
    for name, value in list(values.items()):
        if known[name].kind == "file" and str(value).startswith("attach://"):
            values[name] = uploads.get(str(value).removeprefix("attach://"), value)


def _value(parameter: Parameter, given: Any, note: Note) -> Any:
    if given is None or given == "":
        return None
    try:
        value = READERS[parameter.kind](given)
    except (ValueError, TypeError):
        note(f"{parameter.name} is not of the kind {parameter.kind}: {given!r}")
        return None
    _check_objects(parameter.name, value, note)
    return value


def _text(given: Any) -> str:
    if not isinstance(given, str):
        raise TypeError(given)
    return given


def _int(given: Any) -> int:
    if isinstance(given, bool | float):
        raise TypeError(given)
    return int(given)


def _bool(given: Any) -> bool:
    if isinstance(given, bool):
        return given
    words = {"true": True, "1": True, "yes": True, "false": False, "0": False, "no": False}
    if str(given).lower() not in words:
        raise ValueError(given)
    return words[str(given).lower()]


def _json(given: Any) -> Any:
    return json.loads(given) if isinstance(given, str) else given


def _chat(given: Any) -> int | str:
    text = str(given)
    return text if text.startswith("@") else int(text)


READERS: dict[str, Callable[[Any], Any]] = {
    "text": _text,
    "int": _int,
    "bool": _bool,
    "float": float,
    "json": _json,
    "file": _text,
    "chat": _chat,
}


def _check_objects(name: str, value: Any, note: Note) -> None:
    kind = OBJECT_OF.get(name)
    if kind is None:
        return
    known = set(OBJECTS[kind].split())
    for item in value if isinstance(value, list) else [value]:
        for field in sorted(set(item) - known if isinstance(item, dict) else []):
            note(f"{name}: {kind} has no field {field}")
