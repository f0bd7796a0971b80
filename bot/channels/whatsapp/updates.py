"""What Meta tells us, read by hand: whatever it sends, this never fails and loses nothing.

pywa 4.5 reads only the first message of a batch, needs fields that Meta may leave out, and says
200 to what it has lost (PLATFORMS.md 2b). Here every entry, change, message and status counts.
"""

import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from bot.channels.whatsapp.buttons import read_data
from bot.channels.whatsapp.codes import MEDIA_LOST
from bot.messages import LOST, Content, EditedIn, FileAhead, TextIn, Unsupported

USER, PHONE = "user", "phone"  # kinds of identifiers, the stronger first
FILES: Mapping[str, tuple[str, str]] = {  # Meta's word -> our kind, the type where none is told
    "image": ("photo", "image/jpeg"),
    "document": ("document", ""),
    "audio": ("voice", "audio/ogg"),
    "video": ("video", "video/mp4"),
}
SILENT = ("revoke", "request_welcome", "ephemeral", "system")  # nobody waits for an answer
CHANGES = ("user_changed_number", "customer_changed_number", "user_changed_user_id")
MAX_ID = 512
NUMBER = re.compile(r"\+?[0-9]{5,20}")
TRACKER = re.compile(r"([0-9]{1,18})\.([0-9]{1,9})\.([0-9]{1,4})\.([0-9]{1,4})")


@dataclass(frozen=True)
class Said:
    """Something came from a person."""

    person: Mapping[str, str]  # USER and PHONE, as far as they are told
    platform_id: str
    content: Content
    at: datetime | None
    opens_window: bool = True


@dataclass(frozen=True)
class Moved:
    """A person has another number or user id now."""

    platform_id: str
    before: Mapping[str, str]
    after: Mapping[str, str]


@dataclass(frozen=True)
class Tracker:
    """Whose receipt it is: what we gave Meta with the message."""

    row: int
    attempt: int
    part: int
    parts: int

    def __str__(self) -> str:
        return f"{self.row}.{self.attempt}.{self.part}.{self.parts}"


@dataclass(frozen=True)
class Receipt:
    """What became of a message of ours."""

    platform_id: str
    status: str  # sent, delivered, read, failed, or a new word
    at: datetime | None
    tracker: Tracker | None = None
    code: int | None = None
    category: str | None = None  # under which it is charged; "" for free, None: not told


@dataclass(frozen=True)
class Preference:
    """A person stops or resumes announcements, in WhatsApp's own menu."""

    platform_id: str
    person: Mapping[str, str]
    stop: bool


@dataclass(frozen=True)
class Shared:
    """A person pressed the button under which we asked for their number."""

    platform_id: str
    person: Mapping[str, str]  # USER and the PHONE that they gave
    at: datetime | None


Heard = Said | Moved | Receipt | Preference | Shared
Json = Mapping[str, Any]


def read_updates(body: Any, phone_id: str) -> Iterator[Heard]:
    """All that a call tells our phone number, in its order."""
    for entry in _list(_map(body).get("entry")):
        for change in _list(entry.get("changes")):
            value = _map(change.get("value"))
            meant_for = _text(_map(value.get("metadata")).get("phone_number_id"))
            if meant_for in ("", phone_id):
                yield from _value(value)


def _value(value: Json) -> Iterator[Heard]:
    contacts = _list(value.get("contacts"))
    for message in _list(value.get("messages")):
        heard = _message(message, contacts)
        if heard is not None:
            yield heard
    for status in _list(value.get("statuses")):
        receipt = _receipt(status)
        if receipt is not None:
            yield receipt
    for wish in _list(value.get("user_preferences")):
        preference = _preference(wish, contacts)
        if preference is not None:
            yield preference


def _message(message: Json, contacts: list[Json]) -> Said | Moved | Shared | None:
    if message.get("group_id"):
        return None
    kind = _text(message.get("type"))
    number = _id_of(message)
    system = _map(message.get("system"))
    if kind == "system" or system:
        return _moved(number, message, system)
    person = _person(message, contacts)
    if number_given := _number_given(message) if person else "":
        given = _identifiers(person.get(USER, ""), number_given)
        return Shared(number, given, _time(message.get("timestamp")))
    content = _content(kind, message) if person else None
    if content is None:
        return None
    return Said(person, number, content, _time(message.get("timestamp")), kind != "reaction")


def _moved(number: str, message: Json, system: Json) -> Moved | None:
    if _text(system.get("type")) not in CHANGES:
        return None
    phone_before = _text(system.get("customer")) or _text(message.get("from"))
    before = _identifiers(
        _text(system.get("previous_user_id")) or _text(message.get("from_user_id")), phone_before
    )
    phone = _text(system.get("wa_id")) or _text(system.get("new_wa_id"))
    after = _identifiers(_text(system.get("user_id")), phone)
    if not before or not after or before == after:
        return None
    return Moved(number, before, after)


def _person(message: Json, contacts: list[Json]) -> dict[str, str]:
    """Who wrote: by user id and phone number, either of which may be missing."""
    user, phone = _text(message.get("from_user_id")), _text(message.get("from"))
    for contact in contacts:
        theirs, number = _text(contact.get("user_id")), _text(contact.get("wa_id"))
        mine = (user and user == theirs) or (phone and phone == number)
        if mine or (len(contacts) == 1 and not (user and theirs) and not (phone and number)):
            user, phone = user or theirs, phone or number
    return _identifiers(user, phone)


def _number_given(message: Json) -> str:
    """The number that came by our own button; "" where somebody sent a card of anybody.

    docs.kapso.ai, request contact info; read 2026-11-28.
    """
    for card in _list(message.get("contacts")):
        if _text(card.get("origin")) == "contact_request":
            for phone in _list(card.get("phones")):
                number = _text(phone.get("wa_id")) or _text(phone.get("phone"))
                if NUMBER.fullmatch(number):
                    return number
    return ""


def _identifiers(user: str, phone: str) -> dict[str, str]:
    found = {}
    if user and len(user) <= MAX_ID:
        found[USER] = user
    if NUMBER.fullmatch(phone):
        found[PHONE] = phone.lstrip("+")
    return found


def _content(kind: str, message: Json) -> Content | None:
    body = _map(message.get(kind))
    if kind == "text":
        text = _text(body.get("body"))
        return TextIn(text) if text else Unsupported("text")
    if kind in FILES:
        return _file(kind, body)
    if kind == "interactive":
        reply = _map(body.get("button_reply")) or _map(body.get("list_reply"))
        return _pressed(_text(reply.get("id")), _text(reply.get("title")))
    if kind == "button":  # of a template
        return _pressed(_text(body.get("payload")), _text(body.get("text")))
    if kind == "location":
        return _place(body)
    if _error_of(message) == MEDIA_LOST:
        return Unsupported(LOST)
    if kind == "contacts":
        return _cards(_list(message.get("contacts")))
    if kind == "edit":
        inner = _map(body.get("message"))
        words = _text(_map(inner.get("text")).get("body"))
        return EditedIn(words) if words else None
    if kind == "reaction" and not _text(body.get("emoji")):
        return None  # taken back
    return None if kind in SILENT else Unsupported(kind[:40] or "other")


def _file(kind: str, body: Json) -> Content:
    ours, usual_type = FILES[kind]
    reference = _text(body.get("id"))
    if not reference or len(reference) > MAX_ID:
        return Unsupported(kind)
    media_type = _text(body.get("mime_type")).partition(";")[0] or usual_type
    name = _text(body.get("filename"))
    return FileAhead(ours, reference, media_type, name, _text(body.get("caption")))


def _pressed(data: str, title: str) -> Content:
    """A button of ours, else its words as if they had been typed."""
    known = read_data(data)
    if known is not None:
        return known
    return TextIn(title) if title else Unsupported("interactive")


def _place(place: Json) -> Content:
    latitude, longitude = place.get("latitude"), place.get("longitude")
    if not isinstance(latitude, int | float) or not isinstance(longitude, int | float):
        return Unsupported("location")
    name = _text(place.get("name"))
    return TextIn(" ".join(word for word in (f"📍 {latitude:.5f}, {longitude:.5f}", name) if word))


def _cards(cards: list[Json]) -> Content:
    words = []
    for card in cards:
        name = _text(_map(card.get("name")).get("formatted_name"))
        phones = [_text(each.get("phone")) for each in _list(card.get("phones"))]
        words.append(" ".join(word for word in ("📇", name, *phones) if word))
    return TextIn("\n".join(words)) if words else Unsupported("contacts")


def _receipt(status: Json) -> Receipt | None:
    number, word = _text(status.get("id")), _text(status.get("status"))
    found = TRACKER.fullmatch(_text(status.get("biz_opaque_callback_data")))
    if not word or (not number and not found):
        return None
    pricing = _map(status.get("pricing"))
    category = _text(pricing.get("category")) or "unknown" if pricing else None
    return Receipt(
        platform_id=number[:MAX_ID],
        status=word,
        at=_time(status.get("timestamp")),
        tracker=Tracker(*map(int, found.groups())) if found else None,
        code=_error_of(status),
        category="" if category and pricing.get("billable") is False else category,
    )


def _error_of(told: Json) -> int | None:
    """Meta's code for what went wrong with a message, of theirs or of ours."""
    errors = _list(told.get("errors"))
    return _number(errors[0].get("code")) if errors else None


def _preference(wish: Json, contacts: list[Json]) -> Preference | None:
    if _text(wish.get("category")) != "marketing_messages":
        return None
    value = _text(wish.get("value")).lower()
    owner = {"from": wish.get("wa_id"), "from_user_id": wish.get("user_id")}
    person = _person(owner, contacts)
    if not person or value not in ("stop", "resume"):
        return None
    return Preference(_id_of(wish), person, value == "stop")


def _id_of(message: Json) -> str:
    """What Meta calls it; where it gives no name, its content is its name."""
    given = _text(message.get("id"))
    if given and len(given) <= MAX_ID:
        return given
    return hashlib.sha256(json.dumps(message, sort_keys=True).encode()).hexdigest()


def _time(value: Any) -> datetime | None:
    seconds = (
        _number(int(value))
        if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 12
        else _number(value)
    )
    if seconds is None or not 0 < seconds < 2**33:
        return None
    return datetime.fromtimestamp(seconds, UTC)


def _map(value: Any) -> Json:
    return value if isinstance(value, dict) else {}


def _list(value: Any) -> list[Json]:
    return [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []


def _text(value: Any) -> str:
    if not isinstance(value, str):
        return ""
    return value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _number(value: Any) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None
