"""The methods that put messages into a chat."""

from collections.abc import Callable
from typing import Any

from tests.servers.telegram.errors import bad, forbidden
from tests.servers.telegram.files import (
    MAX_UPLOAD_BYTES,
    StoredFile,
    Upload,
    check_photo,
    is_voice,
    media_json,
)
from tests.servers.telegram.keyboards import NOTHING, Markup, read_markup
from tests.servers.telegram.parameters import Params, words
from tests.servers.telegram.texts import (
    MAX_CAPTION,
    MAX_TEXT,
    Formatted,
    is_blank,
    read_text,
)
from tests.servers.telegram.topics import find_topic
from tests.servers.telegram.world import Chat, Json, Message, World

CHAT_ACTIONS = words(
    "typing upload_photo record_video upload_video record_voice upload_voice upload_document "
    "choose_sticker find_location record_video_note upload_video_note"
)
MEDIA = {
    "sendPhoto": "photo",
    "sendDocument": "document",
    "sendVoice": "voice",
    "sendAudio": "audio",
    "sendVideo": "video",
    "sendVideoNote": "video_note",
}


def find_chat(world: World, params: Params, name: str = "chat_id") -> Chat:
    """The chat that a call means, if the bot may know of it and write there."""
    given = params.json(name)
    if given is None:
        raise bad("chat_id is empty")
    chat = world.chats.get(given) if isinstance(given, int) else None
    if chat is None:
        raise bad("chat not found")
    if chat.person is not None:
        if chat.person.gone:
            raise forbidden("user is deactivated")
        if not chat.person.met:
            raise bad("chat not found")
        return chat
    kind = "supergroup" if chat.type == "supergroup" else "group"
    if chat.migrated_to is not None:
        raise bad(
            "group chat was upgraded to a supergroup chat", migrate_to_chat_id=chat.migrated_to
        )
    if chat.bot_status == "kicked":
        raise forbidden(f"bot was kicked from the {kind} chat")
    if chat.bot_status == "left":
        raise forbidden(f"bot is not a member of the {kind} chat")
    return chat


def find_message(chat: Chat, number: int, what: str) -> Message:
    """A message that is still there."""
    message = chat.messages.get(number)
    if message is None or message.deleted_at is not None:
        raise bad(f"{what} not found")
    return message


def send_text(world: World, params: Params) -> Json:
    """sendMessage."""
    if not params.text("text"):
        raise bad("message text is empty")
    text = read_formatted(world, params, "text", "entities")
    message = _send(world, params, text_content(text), check_length(text))
    options = params.json("link_preview_options") or {}
    message.preview_options = options or None
    message.preview = link_preview(text, options)
    return message.as_json()


def send_media(world: World, params: Params, method: str) -> Json:
    """sendPhoto, sendDocument, sendVoice, sendAudio, sendVideo, sendVideoNote."""
    kind = MEDIA[method]
    file = _file(world, params, kind)
    caption = read_formatted(world, params, "caption", "caption_entities")
    message = _send(
        world,
        params,
        {**media_json(world.files, file), **caption_content(caption)},
        check_length(caption, MAX_CAPTION),
        file,
    )
    return message.as_json()


def send_location(world: World, params: Params) -> Json:
    """sendLocation."""
    place = {name: params.json(name) for name in ("latitude", "longitude")}
    for name, value in place.items():
        if value is None:
            raise bad(f"{name} is empty")
    if abs(place["latitude"]) > 90 or abs(place["longitude"]) > 180:
        raise bad("wrong location specified")
    if "horizontal_accuracy" in params:
        place["horizontal_accuracy"] = params.json("horizontal_accuracy")
    return _send(world, params, {"location": place}).as_json()


def copy_message(world: World, params: Params) -> Json:
    """copyMessage."""
    original = _original(world, params, "copy", "copied")
    content = dict(original.content)
    if "caption" in params and original.kind not in ("text", "location", "contact"):
        caption = read_formatted(world, params, "caption", "caption_entities")
        content = {key: value for key, value in content.items() if "caption" not in key}
        content |= caption_content(caption)
    message = _send(world, params, content, file=original.file)
    return {"message_id": message.id}


def forward_message(world: World, params: Params) -> Json:
    """forwardMessage."""
    original = _original(world, params, "forward", "forwarded")
    message = _send(world, params, dict(original.content), file=original.file)
    message.origin = original.origin or {
        "type": "user",
        "date": int(original.at.timestamp()),
        "sender_user": original.sender,
    }
    return message.as_json()


def send_chat_action(world: World, params: Params) -> bool:
    """sendChatAction: shown for five seconds; a deleted topic does not matter to it."""
    action = params.text("action")
    if action not in CHAT_ACTIONS:
        raise bad("wrong parameter action in request")
    chat = find_chat(world, params)
    _check_blocked(chat)
    chat.actions.append((world.now(), action))
    return True


def _send(
    world: World,
    params: Params,
    content: Json,
    check: Callable[[], None] = lambda: None,
    file: StoredFile | None = None,
) -> Message:
    """Everything that all sends share; nothing happens unless all of it is in order."""
    chat = find_chat(world, params)
    markup = read_keyboard(world, chat, params)
    thread = find_topic(world, chat, params.number("message_thread_id"))
    reply_to = _reply_to(chat, params)
    _check_blocked(chat)
    check()
    world.gate.take(chat.id, not chat.private, 1, world.seconds())
    message = world.add_message(
        chat,
        world.bot_json(),
        content,
        file=file,
        under=markup.under,
        thread=thread,
        reply_to=reply_to,
        protected=params.flag("protect_content"),
        silent=params.flag("disable_notification"),
        effect=params.text("message_effect_id") or None,
    )
    if markup.keys is not None:
        chat.keys = markup.keys
    return message


def _check_blocked(chat: Chat) -> None:
    if chat.person is not None and chat.person.blocked:
        raise forbidden("bot was blocked by the user")


def read_keyboard(world: World, chat: Chat, params: Params, only_inline: bool = False) -> Markup:
    value = params.json("reply_markup")
    if value is None:
        return NOTHING
    return read_markup(value, private=chat.private, note=world.note, only_inline=only_inline)


def _reply_to(chat: Chat, params: Params) -> Message | None:
    wanted = params.json("reply_parameters")
    if wanted is None:
        return None
    if not isinstance(wanted, dict) or not isinstance(wanted.get("message_id"), int):
        raise bad("can't parse reply parameters JSON object")
    message = chat.messages.get(wanted["message_id"])
    if message is None or message.deleted_at is not None:
        if wanted.get("allow_sending_without_reply"):
            return None
        raise bad("message to be replied not found")
    return message


def _original(world: World, params: Params, verb: str, participle: str) -> Message:
    source = find_chat(world, params, "from_chat_id")
    message = find_message(source, params.number("message_id"), f"message to {verb}")
    if message.kind == "service" or (message.protected and verb == "forward"):
        raise bad(f"the message can't be {participle}")
    return message


def read_formatted(world: World, params: Params, name: str, entities: str) -> Formatted:
    people = world.people
    text = read_text(
        params.text(name),
        params.text("parse_mode"),
        params.json(entities),
        mention=lambda number: people[number].as_json() if number in people else None,
    )
    for address in text.dropped:
        world.note(f"a link that no phone opens: {address}")
    return text


def check_length(text: Formatted, most: int = MAX_TEXT) -> Callable[[], None]:
    """To be called when the chat is known to be fine, as Telegram does."""

    def check() -> None:
        if most == MAX_TEXT and is_blank(text.text):
            raise bad("text must be non-empty")
        if text.length > most:
            raise bad(f"message {'caption ' if most == MAX_CAPTION else ''}is too long")

    return check


def text_content(text: Formatted) -> Json:
    content: Json = {"text": text.text}
    return content | ({"entities": text.as_json()} if text.entities else {})


def caption_content(caption: Formatted) -> Json:
    if is_blank(caption.text):
        return {}
    content: Json = {"caption": caption.text}
    return content | ({"caption_entities": caption.as_json()} if caption.entities else {})


def link_preview(text: Formatted, options: Json) -> str | None:
    if options.get("is_disabled"):
        return None
    return options.get("url") or text.first_link


def _file(world: World, params: Params, kind: str) -> StoredFile:
    given: Any = params.json(kind)
    if given is None:
        raise bad(f"there is no {kind.replace('_', ' ')} in the request")
    if isinstance(given, Upload):
        return _keep(world, params, kind, given)
    if str(given).startswith(("http://", "https://")):
        world.note(f"{kind} by address is not modelled by this server")
        raise bad("failed to get HTTP URL content")
    stored = world.files.get(str(given))
    if stored is None:
        raise bad("wrong remote file identifier specified: can't unserialize it")
    if stored.kind != kind:
        raise bad(f"can't use file of type {stored.kind.title()} as {kind.title()}")
    return stored


def _keep(world: World, params: Params, kind: str, upload: Upload) -> StoredFile:
    size = len(upload.content)
    if size == 0:
        raise bad("file must be non-empty")
    if size > MAX_UPLOAD_BYTES:
        raise bad("file is too big")
    more: dict[str, Any] = {"seconds": params.number("duration")}
    if kind == "photo":
        more["width"], more["height"] = check_photo(upload.content, size)
    elif kind in ("video", "video_note"):
        more["width"] = params.number("width") or params.number("length")
        more["height"] = params.number("height")
    elif kind == "voice" and not is_voice(upload.content):
        world.note("a voice message is OGG with OPUS, MP3 or M4A; this is none")
    return world.files.add(
        kind, upload.content, name=upload.name, media_type=upload.media_type, **more
    )
