"""People with WhatsApp on their phones, and what their screens show."""

import hashlib
import itertools
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

Json = dict[str, Any]
Tell = Callable[["Person", Json], None]


@dataclass(frozen=True)
class SeenFile:
    """A file on the screen."""

    name: str
    media_type: str
    content: bytes = field(repr=False)


@dataclass(frozen=True)
class Seen:
    """A message on the screen."""

    id: str
    by_bot: bool
    kind: str
    text: str
    buttons: dict[str, str] = field(default_factory=dict)  # label -> data
    described: dict[str, str] = field(default_factory=dict)  # label of a row -> what is below it
    footer: str = ""
    file: SeenFile | None = None

    @property
    def labels(self) -> tuple[str, ...]:
        """What can be pressed."""
        return tuple(self.buttons)


class Person:
    """Somebody with a phone."""

    numbers = itertools.count(1)

    def __init__(
        self,
        tell: Tell,
        clock: Callable[[], datetime],
        phone: str,
        user_id: str,
        hidden_phone: bool,
        store: Callable[[bytes, str, str], str],
    ) -> None:
        self.phone, self.user_id, self.hidden_phone = phone, user_id, hidden_phone
        self.screen: list[Seen] = []
        self.last_wrote_at: datetime | None = None
        self.read: set[str] = set()  # own messages with blue ticks
        self.typing = 0
        self._tell, self._clock, self._store = tell, clock, store
        self._acted = 0  # entries of the screen when the person last acted
        self.sent: list[Json] = []
        self.stamped: set[str] = set()  # ids of all that was ever theirs

    # what they do

    def says(self, text: str) -> Json:
        """Type and send."""
        return self._send("text", {"body": text}, text)

    def taps(self, label: str) -> Json:
        """Press the newest button or row that says this."""
        for seen in reversed(self.screen):
            if seen.by_bot and label in seen.buttons:
                return self.presses(seen.buttons[label], label, seen)
        raise LookupError(f"no button {label!r}: {[s.labels for s in self.screen[-3:]]}")

    def presses(self, data: str, label: str, seen: Seen | None = None) -> Json:
        """Press a button that may have been forged."""
        kind = "list_reply" if seen and seen.kind == "list" else "button_reply"
        body = {"type": kind, kind: {"id": data, "title": label}}
        more = {"context": {"from": "15550000000", "id": seen.id}} if seen else {}
        if seen and seen.kind == "template":
            return self._send("button", {"payload": data, "text": label}, label, **more)
        return self._send("interactive", body, label, **more)

    def sends_file(self, kind: str, content: bytes, media_type: str, **more: Any) -> Json:
        """Send an image, audio, video, document or sticker."""
        media = self._store(content, media_type, str(more.get("filename", "")))
        digest = hashlib.sha256(content).hexdigest()
        body = {"id": media, "mime_type": media_type, "sha256": digest, **more}
        return self._send(kind, body, str(more.get("caption", "")))

    def sends_location(self, latitude: float, longitude: float) -> Json:
        """Send a place."""
        return self._send("location", {"latitude": latitude, "longitude": longitude}, "")

    def shares_number(self) -> Json:
        """Press the button under which the bot asks for the number."""
        asked = next(s for s in reversed(self.screen) if s.kind == "request_contact_info")
        phone = {"phone": f"+{self.phone}", "wa_id": self.phone, "type": "CELL"}
        card = {"origin": "contact_request", "name": {"formatted_name": "I"}, "phones": [phone]}
        context = {"from": "15550000000", "id": asked.id}
        return self._send("contacts", [card], "", context=context)

    def sends_unknown(self, kind: str = "hologram") -> Json:
        """Send something that nobody knew when our parser was written."""
        return self._send(kind, {"depth": 3}, "")

    def reacts(self, seen: Seen, emoji: str = "👍") -> Json:
        """React to a message of the bot."""
        return self._send("reaction", {"message_id": seen.id, "emoji": emoji}, "")

    def edits(self, message: Json, text: str) -> Json:
        """Change a message that was sent."""
        inner = {"type": "text", "text": {"body": text}}
        body = {"original_message_id": message["id"], "message": inner}
        return self._send("edit", body, "")

    def stamp(self, kind: str, body: Any, **more: Any) -> Json:
        """A message of this person as Meta would tell of it; nothing is sent."""
        number = next(self.numbers)
        message: Json = {
            "id": f"wamid.HBg{self.user_id.rpartition('.')[2]}{number:08d}==",
            "timestamp": str(int(self._clock().timestamp())),
            "type": kind,
            **more,
        }
        if not self.hidden_phone:
            message["from"] = self.phone
        message["from_user_id"] = self.user_id
        self.stamped.add(message["id"])
        if kind not in ("reaction", "system"):
            self.last_wrote_at = self._clock()
        return message | {kind: body}

    def contact(self) -> Json:
        """Who they are, as Meta tells it beside a message."""
        number = {} if self.hidden_phone else {"wa_id": self.phone}
        return {"profile": {"name": "Somebody"}, "user_id": self.user_id, **number}

    def _send(self, kind: str, body: Any, text: str, **more: Any) -> Json:
        message = self.stamp(kind, body, **more)
        self.screen.append(Seen(message["id"], False, kind, text))
        self._acted = len(self.screen)
        self.sent.append(message)
        self._tell(self, message)
        return message

    # what they see

    def news(self) -> list[Seen]:
        """What the bot said since this person last acted."""
        return [seen for seen in self.screen[self._acted :] if seen.by_bot]

    def said(self) -> list[str]:
        """The bot's texts, the oldest first."""
        return [seen.text for seen in self.screen if seen.by_bot]

    @property
    def last(self) -> Seen | None:
        """The newest message of the bot."""
        return next((seen for seen in reversed(self.screen) if seen.by_bot), None)
