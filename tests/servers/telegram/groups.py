"""Groups: several people, perhaps with the bot."""

from tests.servers.telegram.members import status_json, tell_member
from tests.servers.telegram.people import User
from tests.servers.telegram.phone import ChatView, Seen
from tests.servers.telegram.world import FIRST_GROUP, SUPERGROUP_BASE, Chat, World


class Group:
    """A chat of several people, perhaps with the bot."""

    def __init__(self, world: World, chat: Chat) -> None:
        self._world = world
        self.state = chat
        self.chat = ChatView(world, chat)

    @property
    def id(self) -> int:
        """The group's id."""
        return self.state.id

    def visible(self, thread: int | None = None) -> list[Seen]:
        """The messages in the group."""
        return self.chat.visible(thread)

    def set_bot(self, status: str, by: User) -> None:
        """Add the bot (member, administrator) or remove it (left, kicked)."""
        old, self.state.bot_status = self.state.bot_status, status
        tell_member(self._world, self.state, by.person, status_json(old), status_json(status))

    def migrate(self) -> "Group":
        """Turn a small group into a supergroup, with a new id; returns that."""
        number = SUPERGROUP_BASE + self.state.id
        new = Chat(number, "supergroup", title=self.state.title, bot_status=self.state.bot_status)
        self._world.chats[number] = new
        self.state.migrated_to = number
        anyone = {"id": 1_087_968_824, "is_bot": True, "first_name": "Group"}
        for chat, content in (
            (self.state, {"migrate_to_chat_id": number}),
            (new, {"migrate_from_chat_id": self.state.id}),
        ):
            message = self._world.add_message(chat, anyone, content)
            self._world.tell("message", message.as_json(), chat.id)
        return Group(self._world, new)


def new_group(world: World, title: str, *, forum: bool, administrator: bool) -> Group:
    """A group with the bot in it; a forum is a supergroup."""
    number = FIRST_GROUP + len(world.chats)
    chat = Chat(
        SUPERGROUP_BASE - number if forum else -number,
        "supergroup" if forum else "group",
        title=title,
        forum=forum,
        bot_status="administrator" if administrator else "member",
    )
    world.chats[chat.id] = chat
    return Group(world, chat)
