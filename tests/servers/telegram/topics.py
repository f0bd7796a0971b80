"""Topics, in forum groups and in private chats where topic mode is on."""

from tests.servers.telegram.errors import Refused, bad
from tests.servers.telegram.parameters import Params
from tests.servers.telegram.world import Chat, Json, Topic, World

COLORS = (7322096, 16766590, 13338331, 9367192, 16749490, 16478047)  # createForumTopic.icon_color
MAX_NAME = 128


def find_topic(world: World, chat: Chat, thread: int) -> int | None:
    """Where in the chat a message goes; None is outside of any topic.

    A deleted topic refuses, in groups and in private chats. Until June 2026 a private chat took
    the message silently outside of the topic (tdlib/telegram-bot-api issue 854):
    `deleted_topic_refuses = False` brings that back.
    """
    if not thread:
        return None
    if not world.topic_mode(chat):
        if chat.private:
            raise _not_found()
        world.note("message_thread_id in a group without topics is overlooked")
        return None
    topic = chat.topics.get(thread)
    if topic is None or topic.deleted:
        if topic is not None and chat.private and not world.deleted_topic_refuses:
            return None
        raise _not_found()
    if topic.closed and chat.bot_status != "administrator" and not topic.by_bot:
        raise bad("TOPIC_CLOSED")
    return thread


def create_topic(world: World, params: Params, chat: Chat) -> Json:
    """createForumTopic."""
    _check_forum(world, chat)
    _check_rights(chat)
    color = params.number("icon_color") or COLORS[0]
    if color not in COLORS:
        raise bad("TOPIC_ICON_COLOR_INVALID")
    topic = open_topic(world, chat, _name(params.text("name")), color, world.bot_json())
    facts: Json = {"message_thread_id": topic.thread, "name": topic.name, "icon_color": color}
    return facts


def open_topic(world: World, chat: Chat, name: str, color: int, creator: Json) -> Topic:
    """Begin a topic with its service message, whose id becomes the topic's."""
    content = {"forum_topic_created": {"name": name, "icon_color": color}}
    message = world.add_message(chat, creator, content)
    message.thread = message.id
    world.tell("message", message.as_json(), chat.id)
    topic = Topic(message.id, name, color, by_bot=bool(creator["is_bot"]))
    chat.topics[topic.thread] = topic
    return topic


def edit_topic(world: World, params: Params, chat: Chat) -> bool:
    """editForumTopic."""
    _check_forum(world, chat)
    topic = _topic(chat, params)
    _check_rights(chat, topic)
    name = params.text("name")
    if not name and "icon_custom_emoji_id" not in params:
        raise bad("TOPIC_NOT_MODIFIED")
    if name and _name(name) == topic.name:
        raise bad("TOPIC_NOT_MODIFIED")
    topic.name = _name(name or topic.name)
    _say(world, topic, chat, {"forum_topic_edited": {"name": topic.name}})
    return True


def set_closed(world: World, params: Params, chat: Chat, closed: bool) -> bool:
    """closeForumTopic and reopenForumTopic: in forum groups only."""
    if chat.private:
        raise bad("the chat is not a supergroup forum")
    _check_forum(world, chat)
    topic = _topic(chat, params)
    _check_rights(chat, topic)
    if topic.closed == closed:
        raise bad("TOPIC_NOT_MODIFIED")
    topic.closed = closed
    what = "forum_topic_closed" if closed else "forum_topic_reopened"
    _say(world, topic, chat, {what: {}})
    return True


def delete_topic(world: World, params: Params, chat: Chat) -> bool:
    """deleteForumTopic."""
    _check_forum(world, chat)
    if not chat.private:
        _check_rights(chat)
    remove_topic(world, chat, _topic(chat, params))
    return True


def remove_topic(world: World, chat: Chat, topic: Topic) -> None:
    """Take a topic away with all its messages."""
    topic.deleted = True
    for message in chat.alive():
        if message.thread == topic.thread:
            world.delete_message(message)
    world.changes.announce()


def _say(world: World, topic: Topic, chat: Chat, content: Json) -> None:
    """A service message; the bot is told even of those that it caused itself."""
    message = world.add_message(chat, world.bot_json(), content, thread=topic.thread)
    world.tell("message", message.as_json(), chat.id)


def _topic(chat: Chat, params: Params) -> Topic:
    topic = chat.topics.get(params.number("message_thread_id"))
    if topic is None or topic.deleted:
        raise bad("TOPIC_ID_INVALID")
    return topic


def _name(name: str) -> str:
    if not name.strip():
        raise bad("TOPIC_TITLE_EMPTY")
    if len(name) > MAX_NAME:
        raise bad("TOPIC_TITLE_TOO_LONG")
    return name


def _check_forum(world: World, chat: Chat) -> None:
    if not world.topic_mode(chat):
        raise bad("the chat is not a forum")


def _check_rights(chat: Chat, topic: Topic | None = None) -> None:
    if chat.private or chat.bot_status == "administrator" or (topic and topic.by_bot):
        return
    raise bad("not enough rights to create a topic" if topic is None else "CHAT_ADMIN_REQUIRED")


def _not_found() -> Refused:
    return bad("message thread not found")
