"""What a phone shows of a chat."""

from dataclasses import dataclass, field
from typing import Any

from tests.servers.telegram.keyboards import Button
from tests.servers.telegram.profile import commands_for, in_language
from tests.servers.telegram.world import TYPING_LASTS, Chat, Message, World


@dataclass(frozen=True)
class SeenFile:
    """A file in a chat, as it can be opened."""

    kind: str
    name: str
    media_type: str
    content: bytes = field(repr=False)


@dataclass(frozen=True)
class Styled:
    """A stretch of a text that is bold, a link, ..."""

    type: str
    text: str
    url: str | None = None


@dataclass(frozen=True)
class Seen:
    """A message on the screen, as it was when somebody looked."""

    id: int
    by_bot: bool
    kind: str  # text, photo, document, voice, audio, video, video_note, sticker, location, ...
    text: str  # the words under a file, too
    rows: tuple[tuple[Button, ...], ...]
    styled: tuple[Styled, ...]
    file: SeenFile | None
    thread: int | None
    reply_to: int | None
    edited: bool
    earlier: tuple[str, ...]  # what it said before it was edited
    protected: bool  # no forwarding, no saving
    silent: bool
    preview: str | None  # the address of which a preview stands below
    reactions: tuple[str, ...]
    raw: dict[str, Any] = field(repr=False)  # the Message as the bot is told of it

    @property
    def buttons(self) -> tuple[tuple[str, ...], ...]:
        """The labels, row by row."""
        return tuple(tuple(button.label for button in row) for row in self.rows)

    @property
    def labels(self) -> tuple[str, ...]:
        """The labels, one after the other."""
        return tuple(button.label for row in self.rows for button in row)

    def button(self, label: str) -> Button:
        """The button with this label; LookupError names those that there are."""
        for row in self.rows:
            for button in row:
                if button.label == label:
                    return button
        raise LookupError(f"no button {label!r} among {self.labels}")


@dataclass(frozen=True)
class TopicShown:
    """A topic in the list of a chat."""

    thread: int
    name: str
    closed: bool


@dataclass(frozen=True)
class BotCard:
    """What a phone of one language tells about the bot."""

    name: str
    description: str
    short_description: str
    commands: dict[str, str]


class ChatView:
    """One chat with the bot, on the phone of who is in it."""

    def __init__(self, world: World, chat: Chat) -> None:
        self._world = world
        self._chat = chat

    @property
    def id(self) -> int:
        """The chat's id."""
        return self._chat.id

    def visible(self, thread: int | None = None) -> list[Seen]:
        """The messages that are there, the oldest first; of one topic where it is named.

        Service messages (a topic began, ...) are left out.
        """
        return [
            look(message)
            for message in self._chat.alive()
            if message.kind != "service" and thread in (None, message.thread)
        ]

    @property
    def last(self) -> Seen | None:
        """The newest message of the bot."""
        for message in reversed(self._chat.messages.values()):
            if message.by_bot and message.kind != "service" and message.deleted_at is None:
                return look(message)
        return None

    def said(self) -> list[str]:
        """The texts of the bot that are there, the oldest first."""
        return [seen.text for seen in self.visible() if seen.by_bot]

    def deleted(self) -> list[Seen]:
        """What was there and has been deleted, the oldest first."""
        messages = self._chat.messages.values()
        return [look(message) for message in messages if message.deleted_at is not None]

    def ever(self) -> list[Seen]:
        """All that was ever there, deleted or not."""
        return [look(m) for m in self._chat.messages.values() if m.kind != "service"]

    def topics(self) -> list[TopicShown]:
        """The topics that are there."""
        return [
            TopicShown(topic.thread, topic.name, topic.closed)
            for topic in self._chat.topics.values()
            if not topic.deleted
        ]

    @property
    def keys(self) -> tuple[tuple[str, ...], ...]:
        """The labels in place of the keyboard, row by row."""
        return tuple(tuple(button.label for button in row) for row in self._chat.keys)

    @property
    def typing(self) -> bool:
        """Whether the bot seems to write: five seconds, or until its next message."""
        if not self._chat.actions:
            return False
        at, _ = self._chat.actions[-1]
        written = [message.at for message in self._chat.messages.values() if message.by_bot]
        silent_since = not written or written[-1] < at
        return silent_since and self._world.now() - at <= TYPING_LASTS

    @property
    def actions(self) -> list[str]:
        """All chat actions that the bot ever showed here."""
        return [action for _, action in self._chat.actions]

    def card(self) -> BotCard:
        """What the bot's profile says in this person's language."""
        person = self._chat.person
        if person is None:
            raise LookupError("a group has no language")
        profile = self._world.profile
        language = (person.language_code or "").partition("-")[0]
        return BotCard(
            in_language(profile.names, language),
            in_language(profile.descriptions, language),
            in_language(profile.short_descriptions, language),
            commands_for(self._world, person),
        )


def look(message: Message) -> Seen:
    """A message as it is now."""
    file = message.file
    return Seen(
        id=message.id,
        by_bot=message.by_bot,
        kind=message.kind,
        text=message.text,
        rows=message.under,
        styled=_styled(message),
        file=SeenFile(file.kind, file.name, file.media_type, file.content) if file else None,
        thread=message.thread,
        reply_to=message.reply_to.id if message.reply_to else None,
        edited=message.edited_at is not None,
        earlier=tuple(message.earlier),
        protected=message.protected,
        silent=message.silent,
        preview=message.preview,
        reactions=tuple(reaction["emoji"] for reaction in message.reactions),
        raw=message.as_json(),
    )


def _styled(message: Message) -> tuple[Styled, ...]:
    entities = message.content.get("entities") or message.content.get("caption_entities") or []
    units = message.text.encode("utf-16-le")
    found = []
    for entity in entities:
        start, length = 2 * entity["offset"], 2 * entity["length"]
        text = units[start : start + length].decode("utf-16-le")
        found.append(Styled(entity["type"], text, entity.get("url")))
    return tuple(found)
