"""The methods that change or take messages that are there."""

from tests.servers.telegram.errors import bad
from tests.servers.telegram.keyboards import Markup
from tests.servers.telegram.parameters import Params
from tests.servers.telegram.sending import (
    caption_content,
    check_length,
    find_chat,
    find_message,
    link_preview,
    read_formatted,
    read_keyboard,
    text_content,
)
from tests.servers.telegram.texts import MAX_CAPTION
from tests.servers.telegram.world import DELETABLE_FOR, Json, Message, World

MAX_DELETED_AT_ONCE = 100  # Bot API 10.1, deleteMessages
NOT_MODIFIED = (
    "message is not modified: specified new message content and reply markup are exactly the same "
    "as a current content and reply markup of the message"
)


def edit_text(world: World, params: Params) -> Json:
    """editMessageText."""
    if not params.text("text"):
        raise bad("message text is empty")
    text = read_formatted(world, params, "text", "entities")
    message = _editable(world, params)
    if message.kind != "text":
        raise bad("there is no text in the message to edit")
    check_length(text)()
    keyboard = read_keyboard(world, message.chat, params, only_inline=True)
    _edit(world, message, text_content(text), keyboard)
    options = params.json("link_preview_options") or {}
    message.preview_options = options or None
    message.preview = link_preview(text, options)
    return message.as_json()


def edit_caption(world: World, params: Params) -> Json:
    """editMessageCaption."""
    caption = read_formatted(world, params, "caption", "caption_entities")
    message = _editable(world, params)
    if message.kind in ("text", "location", "contact", "service"):
        raise bad("there is no caption in the message to edit")
    check_length(caption, MAX_CAPTION)()
    content = {key: value for key, value in message.content.items() if "caption" not in key}
    content |= caption_content(caption)
    return _edit(
        world, message, content, read_keyboard(world, message.chat, params, only_inline=True)
    )


def edit_markup(world: World, params: Params) -> Json:
    """editMessageReplyMarkup."""
    message = _editable(world, params)
    return _edit(
        world,
        message,
        message.content,
        read_keyboard(world, message.chat, params, only_inline=True),
    )


def delete_message(world: World, params: Params) -> bool:
    """deleteMessage."""
    if not params.number("message_id"):
        raise bad("message identifier is not specified")
    chat = find_chat(world, params)
    message = find_message(chat, params.number("message_id"), "message to delete")
    _check_deletable(world, message)
    world.delete_message(message)
    return True


def delete_messages(world: World, params: Params) -> bool:
    """deleteMessages: what is not there is skipped; one that may not go keeps all."""
    numbers = params.json("message_ids")
    if not isinstance(numbers, list) or not numbers:
        raise bad("message identifiers are not specified")
    if len(numbers) > MAX_DELETED_AT_ONCE:
        raise bad("too many message identifiers specified")
    if not all(isinstance(number, int) and number > 0 for number in numbers):
        raise bad("invalid message identifier specified")
    chat = find_chat(world, params)
    found = [chat.messages[number] for number in numbers if number in chat.messages]
    alive = [message for message in found if message.deleted_at is None]
    for message in alive:
        _check_deletable(world, message)
    for message in alive:
        world.delete_message(message)
    return True


def react(world: World, params: Params) -> bool:
    """setMessageReaction: at most one, as bots may."""
    chat = find_chat(world, params)
    message = find_message(chat, params.number("message_id"), "message to react")
    reactions = params.json("reaction") or []
    if not isinstance(reactions, list) or len(reactions) > 1:
        raise bad("REACTIONS_TOO_MANY")
    if any(not isinstance(item, dict) or item.get("type") != "emoji" for item in reactions):
        raise bad("can't parse reaction types: invalid reaction type specified")
    message.reactions = reactions
    world.changes.announce()
    return True


def _edit(world: World, message: Message, content: Json, markup: Markup) -> Json:
    if content == message.content and markup.under == message.under:
        raise bad(NOT_MODIFIED)
    if message.text and content != message.content:
        message.earlier.append(message.text)
    answered = bool(message.under) and not markup.under  # tidied afterwards, perhaps late: no news
    message.content, message.under = content, markup.under
    message.edited_at = world.now()
    if not answered:
        message.touched = world.tick()
    world.changes.announce()
    return message.as_json()


def _editable(world: World, params: Params) -> Message:
    chat = find_chat(world, params)
    message = find_message(chat, params.number("message_id"), "message to edit")
    if not message.by_bot or message.kind == "service" or message.origin:
        raise bad("message can't be edited")
    return message


def _check_deletable(world: World, message: Message) -> None:
    """Own messages, and in a private chat the person's too, for 48 hours."""
    if world.now() - message.at > DELETABLE_FOR:
        raise bad("message can't be deleted for everyone")
    if "forum_topic_created" in message.content:
        raise bad("message can't be deleted")
    may = message.by_bot or message.chat.private or message.chat.bot_status == "administrator"
    if not may:
        raise bad("message can't be deleted")
