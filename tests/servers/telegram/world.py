"""What the server remembers: people, chats, messages, topics, the bot's own card."""

import asyncio
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from tests.servers.telegram.files import Files, StoredFile
from tests.servers.telegram.flood import Flood, FloodGate
from tests.servers.telegram.keyboards import Rows

Json = dict[str, Any]

BOT_ID = 7_100_000_001
FIRST_PERSON = 5_000_000_001  # beyond 32 bits, as real ids are
FIRST_GROUP = 4_900_000_001
SUPERGROUP_BASE = -1_000_000_000_000
CONTENT_KINDS = (
    "text",
    "photo",
    "document",
    "voice",
    "audio",
    "video",
    "video_note",
    "sticker",
    "location",
    "contact",
)
DELETABLE_FOR = timedelta(hours=48)  # Bot API 10.1, deleteMessage
TYPING_LASTS = timedelta(seconds=5)  # likewise, sendChatAction


@dataclass
class Person:
    """Somebody with a phone."""

    id: int
    first_name: str
    username: str | None = None
    language_code: str | None = None
    topics: bool = True  # not switched off in the settings of the chat
    met: bool = False  # has ever written to the bot
    blocked: bool = False
    gone: bool = False  # the account is deleted
    acted: int = 0  # the tick of the last thing done

    def as_json(self) -> Json:
        """A User, as the bot is told of it."""
        facts: Json = {"id": self.id, "is_bot": False, "first_name": self.first_name}
        if self.username:
            facts["username"] = self.username
        if self.language_code:
            facts["language_code"] = self.language_code
        return facts


@dataclass
class Topic:
    """A thread of a chat."""

    thread: int
    name: str
    color: int
    by_bot: bool
    closed: bool = False
    deleted: bool = False


@dataclass(eq=False)
class Message:
    """A message as the server keeps it; `Seen` is what a phone shows of it."""

    chat: "Chat" = field(repr=False)
    id: int
    sender: Json
    at: datetime
    content: Json
    touched: int
    file: StoredFile | None = field(default=None, repr=False)
    under: Rows = ()
    thread: int | None = None
    reply_to: "Message | None" = None
    quote: Json | None = None
    protected: bool = False
    silent: bool = False
    preview: str | None = None
    preview_options: Json | None = None
    effect: str | None = None
    album: str | None = None
    origin: Json | None = None
    edited_at: datetime | None = None
    earlier: list[str] = field(default_factory=list)
    deleted_at: datetime | None = None
    reactions: list[Json] = field(default_factory=list)

    @property
    def by_bot(self) -> bool:
        """Whether our bot wrote it."""
        return bool(self.sender["is_bot"])

    @property
    def kind(self) -> str:
        """text, photo, ...; or "service"."""
        return next((kind for kind in CONTENT_KINDS if kind in self.content), "service")

    @property
    def text(self) -> str:
        """The text, or the words under a file."""
        return str(self.content.get("text", self.content.get("caption", "")))

    def as_json(self, *, with_reply: bool = True) -> Json:
        """A Message, as the bot is told of it."""
        facts: Json = {
            "message_id": self.id,
            "from": self.sender,
            "chat": self.chat.as_json(),
            "date": int(self.at.timestamp()),
            **self.content,
        }
        if self.edited_at is not None:
            facts["edit_date"] = int(self.edited_at.timestamp())
        if self.thread is not None:
            facts |= {"message_thread_id": self.thread, "is_topic_message": True}
        answered = self.reply_to or self.chat.messages.get(self.thread or 0)
        if with_reply and answered and answered is not self and answered.deleted_at is None:
            facts["reply_to_message"] = answered.as_json(with_reply=False)
        if self.under:
            facts["reply_markup"] = {
                "inline_keyboard": [[button.raw for button in row] for row in self.under]
            }
        if self.protected:
            facts["has_protected_content"] = True
        optional = {
            "quote": self.quote,
            "media_group_id": self.album,
            "forward_origin": self.origin,
            "link_preview_options": self.preview_options,
            "effect_id": self.effect,
        }
        return facts | {name: value for name, value in optional.items() if value}


@dataclass(eq=False)
class Chat:
    """A chat of the bot with a person or with a group."""

    id: int
    type: str
    person: Person | None = None
    title: str = ""
    forum: bool = False
    bot_status: str = "member"  # member, administrator, left, kicked
    migrated_to: int | None = None
    messages: dict[int, Message] = field(default_factory=dict, repr=False)
    topics: dict[int, Topic] = field(default_factory=dict)
    keys: Rows = ()  # in place of the keyboard
    actions: list[tuple[datetime, str]] = field(default_factory=list)

    @property
    def private(self) -> bool:
        """Whether it is a chat with one person."""
        return self.type == "private"

    def as_json(self) -> Json:
        """A Chat, as the bot is told of it."""
        facts: Json = {"id": self.id, "type": self.type}
        if self.person is not None:
            facts["first_name"] = self.person.first_name
            if self.person.username:
                facts["username"] = self.person.username
        else:
            facts["title"] = self.title
        if self.forum:
            facts["is_forum"] = True
        return facts

    def alive(self) -> Iterable[Message]:
        """All messages that are not deleted, the oldest first."""
        return [message for message in self.messages.values() if message.deleted_at is None]


class Changes:
    """Wakes whoever waits for something to happen."""

    def __init__(self) -> None:
        self._next = asyncio.Event()

    def announce(self) -> None:
        """Something has happened."""
        happened, self._next = self._next, asyncio.Event()
        happened.set()

    async def wait(self, seconds: float) -> bool:
        """Until the next change, or until the time is over (False)."""
        try:
            async with asyncio.timeout(seconds):
                await self._next.wait()
        except TimeoutError:
            return False
        return True


@dataclass
class Profile:
    """The bot's card: names, descriptions and commands by language."""

    names: dict[str, str]
    descriptions: dict[str, str] = field(default_factory=dict)
    short_descriptions: dict[str, str] = field(default_factory=dict)
    commands: dict[tuple[str, str], list[Json]] = field(default_factory=dict)  # scope, language


Tell = Callable[[str, Any, int], None]  # kind of update, its body, its chat (or person)


class World:
    """Everything of one server."""

    def __init__(self, clock: Callable[[], datetime], flood: Flood | None) -> None:
        self.changes = Changes()
        self.files = Files()
        self.gate = FloodGate(flood)
        self.people: dict[int, Person] = {}
        self.chats: dict[int, Chat] = {}
        self.profile = Profile(names={"": "Bot"})
        self.tell: Tell = lambda kind, body, lane: None  # the queue of updates listens here
        self.violations: list[str] = []
        self.username = "test_bot"
        self.topics_enabled = False
        self.people_create_topics = False
        self.reads_all_groups = False
        self.deleted_topic_refuses = True
        self.ticks = 0
        self._clock = clock
        self._ahead = timedelta()

    def now(self) -> datetime:
        """The server's time."""
        return self._clock().astimezone(UTC) + self._ahead

    def seconds(self) -> float:
        """The server's time, for counting."""
        return self.now().timestamp()

    def move_clock(self, span: timedelta) -> None:
        """Let the server's time pass."""
        self._ahead += span
        self.changes.announce()

    def tick(self) -> int:
        """The number of the next event."""
        self.ticks += 1
        return self.ticks

    def note(self, what: str) -> None:
        """Remember what a bot should not do, though Telegram would let it pass."""
        self.violations.append(what)

    def bot_json(self) -> Json:
        """The bot as the sender of a message."""
        name = self.profile.names[""]
        return {"id": BOT_ID, "is_bot": True, "first_name": name, "username": self.username}

    def topic_mode(self, chat: Chat) -> bool:
        """Whether this chat has topics."""
        if chat.person is not None:
            return self.topics_enabled and chat.person.topics
        return chat.forum

    def add_message(self, chat: Chat, sender: Json, content: Json, **more: Any) -> Message:
        """Put a message at the end of a chat; ids of a chat ascend from 1."""
        number = len(chat.messages) + 1  # none is ever taken out
        message = Message(chat, number, sender, self.now(), content, self.tick(), **more)
        chat.messages[number] = message
        self.changes.announce()
        return message

    def delete_message(self, message: Message) -> None:
        """Take it from every phone."""
        message.deleted_at = self.now()
        message.touched = self.tick()
        self.changes.announce()
