"""People with phones: what they do reaches the bot as updates."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from tests.servers.telegram.files import StoredFile, media_json
from tests.servers.telegram.keyboards import Button
from tests.servers.telegram.members import heard_by_bot, tell_member
from tests.servers.telegram.phone import ChatView, Seen, look
from tests.servers.telegram.texts import MAX_TEXT, read_text, units
from tests.servers.telegram.topics import COLORS, open_topic, remove_topic
from tests.servers.telegram.world import (
    Chat,
    Json,
    Message,
    Person,
    World,
)

if TYPE_CHECKING:
    from tests.servers.telegram.groups import Group

START_PAYLOAD = re.compile(
    "[A-Za-z0-9_-]{0,64}"
)  # of a deep link; python-telegram-bot, constants.DeepLinkingLimit
TAP_ANSWER_SECONDS = 60  # how long a tap may be answered; the real figure is not published
ALBUM_SIZES = range(2, 11)


@dataclass(eq=False)
class Tap:
    """A pressed button, from the phone's side."""

    id: str
    chat: Chat = field(repr=False)
    at: float  # seconds of the server's clock
    message: int  # where the button was
    answered: bool = False
    text: str = ""  # what the phone showed for it
    alert: bool = False


class User:
    """Somebody with a phone. Whatever is done happens at once; the bot hears of it in order."""

    def __init__(self, world: World, taps: dict[str, Tap], person: Person, chat: Chat) -> None:
        self._world = world
        self._taps = taps
        self._chat = chat
        self.person = person
        self.chat = ChatView(world, chat)

    @property
    def id(self) -> int:
        """The person's id, which is that of the private chat too."""
        return self.person.id

    # what is on the screen

    def visible(self, thread: int | None = None) -> list[Seen]:
        """The messages in the private chat."""
        return self.chat.visible(thread)

    @property
    def last(self) -> Seen | None:
        """The bot's newest message."""
        return self.chat.last

    def news(self) -> list[Seen]:
        """What the bot has said or edited since this person last did something."""
        return [
            look(message)
            for message in self._chat.alive()
            if message.by_bot and message.kind != "service" and message.touched > self.person.acted
        ]

    def open_question(self) -> Seen | None:
        """The newest message with buttons, unless one of them was pressed before."""
        asked = next((seen for seen in reversed(self.visible()) if seen.rows), None)
        if asked is None:
            return None
        pressed = (tap.message for tap in self._taps.values() if tap.chat is self._chat)
        return None if asked.id in pressed else asked

    # what is done

    def start(self, payload: str = "") -> Message:
        """Press START, or a deep link with a payload; unblocks the bot, as it does."""
        if not START_PAYLOAD.fullmatch(payload):
            raise ValueError(f"no phone opens a link with this payload: {payload!r}")
        if self.person.blocked:
            self.unblock()
        return self.send_text(f"/start {payload}".rstrip())

    def send_text(
        self,
        text: str,
        *,
        thread: int | None = None,
        reply_to: "Seen | Message | int | None" = None,
        group: "Group | None" = None,
    ) -> Message:
        """Write; a long text goes out as several messages, of which the last is returned."""
        parts = list(_split(text)) or [""]
        for part in parts:
            message = self._send(_words(part, "text", "entities"), thread, reply_to, group)
        return message

    def reply_to(self, message: "Seen | Message | int", text: str) -> Message:
        """Answer one message."""
        number = message if isinstance(message, int) else message.id
        thread = self._chat.messages[number].thread
        return self.send_text(text, reply_to=number, thread=thread)

    def edit_text(self, message: "Seen | Message | int", text: str) -> Message:
        """Change an own message."""
        found = self._own(message)
        name = "text" if found.kind == "text" else "caption"
        entities = "entities" if name == "text" else "caption_entities"
        found.earlier.append(found.text)
        kept = {key: value for key, value in found.content.items() if key not in (name, entities)}
        found.content = {**kept, **_words(text, name, entities)}
        found.edited_at = self._world.now()
        found.touched = self.person.acted = self._world.tick()
        self._world.tell("edited_message", found.as_json(), found.chat.id)
        self._world.changes.announce()
        return found

    def tap(self, label: str, message: Seen | None = None, *, thread: int | None = None) -> Tap:
        """Press the button under the newest message that has one so labelled.

        With a `message` seen earlier its button is pressed even if it has been edited or deleted
        since: the tap was on its way. A key in place of the keyboard sends its words instead.
        LookupError, with what there is, where no such button is on the screen.
        """
        seen, button = self._button(label, message, thread)
        if button.data is None:
            raise LookupError(f"{label!r} opens {button.raw}: it is no tap that the bot hears of")
        number = str(4_000_000_000_000 + len(self._taps))
        tap = Tap(number, self._chat, self._world.seconds(), seen.id)
        self._taps[tap.id] = tap
        self.person.acted = self._world.tick()
        body = {
            "id": tap.id,
            "from": self.person.as_json(),
            "message": self._as_tapped(seen.id),
            "chat_instance": str(self._chat.id * 31),
            "data": button.data,
        }
        self._world.tell("callback_query", body, self.id)
        return tap

    def press_key(self, label: str) -> Message:
        """Press a key in place of the keyboard: its words, the contact or the place go out."""
        for row in self._chat.keys:
            for key in row:
                if key.label != label:
                    continue
                if key.raw.get("request_contact"):
                    return self.send_contact(user_id=self.id)
                if key.raw.get("request_location"):
                    return self.send_location(40.4093, 49.8671)
                return self.send_text(label)
        raise LookupError(f"no key {label!r} among {self.chat.keys}")

    def send_photo(self, content: bytes, caption: str = "", **more: Any) -> Message:
        """Send a picture. As for every file: `size` to pretend it is larger, thread, group."""
        return self._send_file("photo", content, caption, **more)

    def send_document(
        self,
        content: bytes,
        name: str = "paper.pdf",
        media_type: str = "application/pdf",
        caption: str = "",
        **more: Any,
    ) -> Message:
        """Send a file."""
        return self._send_file(
            "document", content, caption, name=name, media_type=media_type, **more
        )

    def send_voice(self, content: bytes, seconds: int = 3, **more: Any) -> Message:
        """Send a voice message."""
        more = {"media_type": "audio/ogg", "seconds": seconds, **more}
        return self._send_file("voice", content, "", **more)

    def send_audio(self, content: bytes, name: str = "song.mp3", **more: Any) -> Message:
        """Send a piece of music."""
        more = {"media_type": "audio/mpeg", "seconds": 60, **more}
        return self._send_file("audio", content, "", name=name, **more)

    def send_video(self, content: bytes, caption: str = "", **more: Any) -> Message:
        """Send a film."""
        more = {"media_type": "video/mp4", "seconds": 5, **more}
        return self._send_file("video", content, caption, **more)

    def send_video_note(self, content: bytes, **more: Any) -> Message:
        """Send a round film."""
        return self._send_file("video_note", content, "", seconds=5, **more)

    def send_sticker(self, emoji: str = "🙂", **more: Any) -> Message:
        """Send a sticker."""
        return self._send_file("sticker", b"RIFF....WEBP", "", name=emoji, **more)

    def send_location(self, latitude: float, longitude: float) -> Message:
        """Send a place."""
        return self._send({"location": {"latitude": latitude, "longitude": longitude}})

    def send_contact(
        self, phone: str = "994500000000", name: str = "Somebody", user_id: int | None = None
    ) -> Message:
        """Send a name with a number."""
        contact: Json = {"phone_number": phone, "first_name": name}
        return self._send({"contact": contact | ({"user_id": user_id} if user_id else {})})

    def send_album(self, contents: Sequence[bytes], caption: str = "") -> list[Message]:
        """Send pictures as one album: as many messages, tied by a number."""
        if len(contents) not in ALBUM_SIZES:
            raise ValueError("an album has 2 to 10 pictures")
        album = str(13_000_000_000_000 + self._world.tick())
        captions = [caption] + [""] * (len(contents) - 1)
        return [
            self._send_file("photo", content, words, album=album)
            for content, words in zip(contents, captions, strict=True)
        ]

    def block(self) -> None:
        """Block the bot."""
        self._set_blocked(True)

    def unblock(self) -> None:
        """Let the bot write again."""
        self._set_blocked(False)

    def delete_account(self) -> None:
        """Leave Telegram for good."""
        self.person.gone = True

    def delete_message(self, message: "Seen | Message | int") -> None:
        """Delete a message for both sides; the bot is not told."""
        number = message if isinstance(message, int) else message.id
        self._world.delete_message(self._chat.messages[number])

    def clear_history(self) -> None:
        """Delete everything for both sides; the bot is not told."""
        for message in self._chat.alive():
            self._world.delete_message(message)

    def create_topic(self, name: str) -> int:
        """Begin a topic in the chat with the bot; returns its thread."""
        if not (self._world.topic_mode(self._chat) and self._world.people_create_topics):
            raise LookupError("this phone offers no topics")
        return open_topic(self._world, self._chat, name, COLORS[0], self.person.as_json()).thread

    def delete_topic(self, thread: int) -> None:
        """Delete a topic with its messages; the bot is not told."""
        remove_topic(self._world, self._chat, self._chat.topics[thread])

    def react(self, message: "Seen | Message | int", emoji: str) -> None:
        """React to a message; the bot hears of it only if it asked for such updates."""
        number = message if isinstance(message, int) else message.id
        body = {
            "chat": self._chat.as_json(),
            "message_id": number,
            "user": self.person.as_json(),
            "date": int(self._world.seconds()),
            "old_reaction": [],
            "new_reaction": [{"type": "emoji", "emoji": emoji}],
        }
        self._world.tell("message_reaction", body, self._chat.id)

    # below

    def _send(
        self,
        content: Json,
        thread: int | None = None,
        reply_to: "Seen | Message | int | None" = None,
        group: "Group | None" = None,
        file: StoredFile | None = None,
        album: str | None = None,
    ) -> Message:
        chat = group.state if group else self._chat
        if self.person.blocked and chat is self._chat:
            self.unblock()
        number = reply_to if isinstance(reply_to, int | None) else reply_to.id
        message = self._world.add_message(
            chat,
            self.person.as_json(),
            content,
            thread=thread,
            file=file,
            album=album,
            reply_to=chat.messages[number] if number else None,
        )
        self.person.acted = message.touched
        if chat is self._chat:
            self.person.met = True
        if heard_by_bot(self._world, message):
            self._world.tell("message", message.as_json(), chat.id)
        return message

    def _send_file(
        self,
        kind: str,
        content: bytes,
        caption: str,
        *,
        size: int | None = None,
        thread: int | None = None,
        group: "Group | None" = None,
        album: str | None = None,
        reply_to: "Seen | Message | int | None" = None,
        **facts: Any,
    ) -> Message:
        file = self._world.files.add(kind, content, size=size, **facts)
        words = _words(caption, "caption", "caption_entities") if caption else {}
        content_json = {**media_json(self._world.files, file), **words}
        return self._send(content_json, thread, reply_to, group, file, album)

    def _own(self, message: "Seen | Message | int") -> Message:
        number = message if isinstance(message, int) else message.id
        chat = message.chat if isinstance(message, Message) else self._chat
        found = chat.messages[number]
        if found.sender["id"] != self.id or found.deleted_at is not None:
            raise LookupError("only an own message can be changed")
        return found

    def _button(self, label: str, message: Seen | None, thread: int | None) -> tuple[Seen, Button]:
        if message is not None:
            return message, message.button(label)
        shown = [seen for seen in self.visible(thread) if seen.rows]
        for seen in reversed(shown):
            if label in seen.labels:
                return seen, seen.button(label)
        raise LookupError(f"no button {label!r}; on the screen: {[seen.labels for seen in shown]}")

    def _as_tapped(self, number: int) -> Json:
        message = self._chat.messages[number]
        if message.deleted_at is None:
            return message.as_json()
        return {"chat": self._chat.as_json(), "message_id": number, "date": 0}

    def _set_blocked(self, blocked: bool) -> None:
        if self.person.blocked == blocked:
            return
        self.person.blocked = blocked
        member, kicked = {"status": "member"}, {"status": "kicked", "until_date": 0}
        old, new = (member, kicked) if blocked else (kicked, member)
        tell_member(self._world, self._chat, self.person, old, new)


def _words(text: str, name: str, entities: str) -> Json:
    formatted = read_text(text)
    found: Json = {name: formatted.text}
    return found | ({entities: formatted.as_json()} if formatted.entities else {})


def _split(text: str) -> list[str]:
    """A phone cuts what is too long for one message."""
    parts, rest = [], text
    while rest:
        size = MAX_TEXT
        while units(rest[:size]) > MAX_TEXT:
            size -= 1
        parts.append(rest[:size])
        rest = rest[size:]
    return parts
