"""What Telegram tells us, read by hand: whatever it sends, this never fails.

An update becomes one of the records below, or None where it concerns nobody or makes no sense.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from bot.channels.telegram.buttons import read_data
from bot.media import MAX_FILE_BYTES
from bot.messages import (
    TOO_BIG,
    CommandIn,
    Content,
    EditedIn,
    FileAhead,
    TextIn,
    Unsupported,
)
from flows.model import Command

ALLOWED = ["message", "edited_message", "callback_query", "my_chat_member"]
COMMAND = re.compile(r"/([A-Za-z0-9_]{1,32})(?:@\w+)?(?:\s+(.*))?", re.DOTALL)
COMMANDS: Mapping[str, Command] = {
    "start": Command.MENU,
    "help": Command.MENU,
    **{command.value: command for command in Command},
}
FILES: Mapping[str, tuple[str, str]] = {  # Telegram's word -> our kind, the type where none is told
    "document": ("document", ""),
    "voice": ("voice", "audio/ogg"),
    "video": ("video", "video/mp4"),
    "video_note": ("video", "video/mp4"),
    "audio": ("voice", "audio/mpeg"),
    "animation": ("video", "video/mp4"),
}
# people's own words; a message without any of these tells of the chat itself: "pinned", "joined"
OTHER_WORDS = ("sticker", "poll", "dice", "game", "venue", "story", "checklist", "paid_media")
SERVICE = re.compile(
    r"(new|left)_chat_|_chat_(created|deleted|title|photo)|pinned_message|^(forum|general_forum)_|"
    r"auto_delete|migrate_|_shared$|write_access|video_chat_|boost_added|connected_website|"
    r"passport_data|successful_payment|refunded_payment|web_app_data|giveaway|proximity|"
    r"chat_background|^gift|unique_gift|direct_message_price|paid_message_price"
)
MAX_ALBUM = 32  # characters of what Telegram calls an album
MAX_NUMBER = 2**52  # Telegram's ids have at most 52 bits


@dataclass(frozen=True)
class Said:
    """Something came from a worker, in the private chat."""

    chat: int
    platform_id: str
    content: Content
    language: str | None
    message: int | None = None  # its number in the chat
    payload: str = ""  # of a deep link
    thread: int | None = None  # the topic in which it was said
    answered: int | None = None  # the message that it replies to
    sent_at: int = 0  # seconds of Telegram's clock


@dataclass(frozen=True)
class Tapped:
    """A button was pressed; content is None where it is none of ours."""

    callback: str
    said: Said | None
    message: int | None  # where the button is
    chat: int | None = None  # the private chat of who pressed
    data: str = ""
    about: Said | None = None  # what the message with the button replies to
    thread: int | None = None  # the topic of that message


@dataclass(frozen=True)
class Membership:
    """The bot was blocked, or let in again."""

    chat: int
    reachable: bool


@dataclass(frozen=True)
class TopicBegan:
    """Our own topic began in a private chat."""

    chat: int
    thread: int
    name: str


@dataclass(frozen=True)
class InGroup:
    """Somebody wrote in a group."""

    chat: int
    language: str | None


Heard = Said | Tapped | Membership | TopicBegan | InGroup
Json = Mapping[str, Any]


def read_update(update: Any) -> Heard | None:
    """What this update tells."""
    raw = _map(update)
    if "message" in raw:
        return _message(_map(raw["message"]))
    if "edited_message" in raw:
        return _message(_map(raw["edited_message"]), edit=f"{update_id(raw)}")
    if "callback_query" in raw:
        return _callback(_map(raw["callback_query"]))
    if "my_chat_member" in raw:
        return _membership(_map(raw["my_chat_member"]))
    return None


def update_id(update: Any) -> int | None:
    """The update's own number; they ascend."""
    return _number(_map(update).get("update_id"))


def chat_of(update: Any) -> int | None:
    """The chat that an update is about."""
    for kind in ALLOWED:
        body = _map(_map(update).get(kind))
        chat = _map(_map(body.get("message")).get("chat")) or _map(body.get("chat"))
        if (number := _number(chat.get("id"))) is not None:
            return number
    return None


def _message(message: Json, *, edit: str = "") -> Said | TopicBegan | InGroup | None:
    chat, number = _map(message.get("chat")), _number(message.get("message_id"))
    chat_id, sender = _number(chat.get("id")), _map(message.get("from"))
    if chat_id is None or number is None:
        return None
    if sender.get("is_bot") is True:
        return _topic(chat_id, number, message) if chat.get("type") == "private" else None
    language = _text(sender.get("language_code")) or None
    if chat.get("type") != "private":
        spoken = not edit and not _is_service(message)
        return InGroup(chat_id, language) if spoken else None
    content = _edit(message) if edit else _content(message)
    if content is None:
        return None
    payload = ""
    found = COMMAND.fullmatch(_text(message.get("text")))
    if found and found[1].lower() == "start":
        payload = (found[2] or "").strip()
    # two edits in one second have the same date: the update tells them apart
    kind = f"edit:{number}:{edit}" if edit else f"message:{number}"
    return Said(
        chat_id,
        f"{chat_id}:{kind}",
        content,
        language,
        number,
        payload,
        thread=_number(message.get("message_thread_id")),
        answered=_number(_map(message.get("reply_to_message")).get("message_id")),
        sent_at=_number(message.get("date")) or 0,
    )


def _topic(chat: int, number: int, message: Json) -> TopicBegan | None:
    name = _text(_map(message.get("forum_topic_created")).get("name"))
    thread = _number(message.get("message_thread_id")) or number
    return TopicBegan(chat, thread, name) if name else None


def _content(message: Json) -> Content | None:
    text = _text(message.get("text"))
    if text:
        return _command(text) or TextIn(text)
    if file := _file(message):
        album = _text(message.get("media_group_id"))[:MAX_ALBUM]
        return replace(file, album=album) if isinstance(file, FileAhead) else file
    if place := _map(message.get("location")):
        return _place(place)
    if contact := _map(message.get("contact")):
        return _contact(contact)
    if _is_service(message):
        return None
    return Unsupported(next((word for word in OTHER_WORDS if word in message), "other"))


def _edit(message: Json) -> Content | None:
    """An edit without words (a moving location, a new picture) changes nothing that we keep."""
    text = _text(message.get("text")) or _text(message.get("caption"))
    return EditedIn(text) if text else None


def _command(text: str) -> CommandIn | None:
    found = COMMAND.fullmatch(text)
    command = COMMANDS.get(found[1].lower()) if found else None
    return CommandIn(command) if command else None


def _file(message: Json) -> FileAhead | Unsupported | None:
    caption = _text(message.get("caption"))
    sizes = message.get("photo")
    if isinstance(sizes, list) and sizes:
        largest = max(map(_map, sizes), key=lambda size: _number(size.get("file_size")) or 0)
        return _ahead(largest, "photo", "image/jpeg", caption)
    for word, (kind, usual_type) in FILES.items():
        if word in message:
            return _ahead(_map(message[word]), kind, usual_type, caption)
    return None


def _ahead(file: Json, kind: str, usual_type: str, caption: str) -> FileAhead | Unsupported:
    reference = _text(file.get("file_id"))
    if not reference:
        return Unsupported(kind)
    if (_number(file.get("file_size")) or 0) > MAX_FILE_BYTES:
        return Unsupported(TOO_BIG)
    media_type = _text(file.get("mime_type")) or usual_type
    return FileAhead(kind, reference, media_type, _text(file.get("file_name")), caption)


def _place(place: Json) -> Content:
    latitude, longitude = place.get("latitude"), place.get("longitude")
    if not isinstance(latitude, int | float) or not isinstance(longitude, int | float):
        return Unsupported("location")
    return TextIn(f"📍 {latitude:.5f}, {longitude:.5f}")


def _contact(contact: Json) -> Content:
    phone = _text(contact.get("phone_number"))
    names = (_text(contact.get("first_name")), _text(contact.get("last_name")))
    return TextIn(" ".join(word for word in ("📇", *names, phone) if word))


def _callback(query: Json) -> Tapped | None:
    callback, message = _text(query.get("id")), _map(query.get("message"))
    if not callback:
        return None
    chat, number = _map(message.get("chat")), _number(message.get("message_id"))
    chat_id, sender = _number(chat.get("id")), _map(query.get("from"))
    if chat_id is None or chat_id != sender.get("id"):
        return Tapped(callback, None, number)
    data = _text(query.get("data"))
    content, about = read_data(data), _message(_map(message.get("reply_to_message")))
    language = _text(sender.get("language_code")) or None
    return Tapped(
        callback,
        None
        if content is None
        else Said(chat_id, f"{chat_id}:callback:{callback}", content, language),
        number,
        chat=chat_id,
        data=data,
        about=about if isinstance(about, Said) else None,
        thread=_number(message.get("message_thread_id")),
    )


def _membership(change: Json) -> Membership | None:
    chat = _map(change.get("chat"))
    chat_id = _number(chat.get("id"))
    status = _map(change.get("new_chat_member")).get("status")
    if chat_id is None or chat.get("type") != "private" or status not in ("member", "kicked"):
        return None
    return Membership(chat_id, status == "member")


def _is_service(message: Json) -> bool:
    return any(isinstance(key, str) and SERVICE.search(key) for key in message)


def _map(value: Any) -> Json:
    return value if isinstance(value, dict) else {}


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""


def _number(value: Any) -> int | None:
    usable = isinstance(value, int) and not isinstance(value, bool) and abs(value) <= MAX_NUMBER
    return value if usable else None
