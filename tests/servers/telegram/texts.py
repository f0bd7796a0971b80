"""Text as Telegram keeps it: cleaned, trimmed, counted in UTF-16 units, links found."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from tests.servers.telegram.errors import bad
from tests.servers.telegram.formatting import Entity, parse_html

MAX_TEXT = 4096  # UTF-16 units after the entities are parsed; Bot API 10.1, sendMessage
MAX_CAPTION = 1024  # likewise; sendPhoto
MAX_RAW_BYTES = 1 << 15  # what the real server looks at, at all

# What the real server takes out: line and paragraph separators, the old embeddings and overrides
# of direction (U+2028 to U+202E; the isolates U+2066 to U+2069 stay), three overlines.
REMOVED = frozenset("\r\u0333\u033f\u030a") | {chr(code) for code in range(0x2028, 0x202F)}
DIRECTION_MARKS = re.compile("[\u200e\u200f]+(?=[\u200e\u200f])")
BLANK = re.compile(r"[\s\u180e\u2000-\u200f\u202e\u202f\u205f\u2800\u3000\ufffc]*")

FOUND = (
    ("url", re.compile(r"(?:https?|tg)://[^\s<>\"]+[^\s<>\".,!?;:)]", re.IGNORECASE)),
    ("email", re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")),
    (
        "url",
        re.compile(r"(?<![\w@.])(?:[a-z0-9-]+\.)+(?:com|org|net|info|int|az|ru|io|me)\b(?:/\S*)?"),
    ),
    ("mention", re.compile(r"(?<!\w)@[A-Za-z]\w{3,31}\b")),
    ("bot_command", re.compile(r"(?<![\w/])/[A-Za-z0-9_]{1,64}(?:@\w{3,32})?(?!\w)")),
    ("hashtag", re.compile(r"(?<!\w)#\w*[^\W\d]\w*")),
)


@dataclass
class Formatted:
    """A text with its entities; `dropped` are links that no phone would open."""

    text: str
    entities: list[Entity] = field(default_factory=list)
    dropped: list[str] = field(default_factory=list)

    @property
    def length(self) -> int:
        """How long Telegram finds it."""
        return units(self.text)

    def as_json(self) -> list[dict[str, Any]]:
        """The entities with their places in UTF-16 units."""
        return [
            {
                "type": entity.type,
                "offset": units(self.text[: entity.start]),
                "length": units(self.text[entity.start : entity.end]),
                **entity.more,
            }
            for entity in self.entities
        ]

    @property
    def first_link(self) -> str | None:
        """What a phone would show a preview of."""
        for entity in self.entities:
            if entity.type == "url":
                return self.text[entity.start : entity.end]
            if entity.type == "text_link":
                return str(entity.more["url"])
        return None


def units(text: str) -> int:
    """The length in UTF-16 units: a letter beyond the first plane counts twice."""
    return len(text) + sum(letter > "\uffff" for letter in text)


def read_text(
    source: str,
    parse_mode: str = "",
    entities: Any = None,
    *,
    mention: Callable[[int], dict[str, Any] | None] = lambda user_id: None,
) -> Formatted:
    """The text of a call as it would stand in the chat.

    `mention` finds the person of a link to a person. Raises Refused as Telegram would; an empty
    text is the caller's affair.
    """
    if len(source.encode("utf-8", "surrogatepass")) > MAX_RAW_BYTES:
        raise bad("text is too long")
    mode = parse_mode.lower()
    if mode == "html":
        text, found = parse_html(source)
    elif mode in ("", "none"):
        text, found = source, _given(source, entities)
    else:
        raise bad("unsupported parse_mode")
    result = _trim(_clean(text, found))
    _check_links(result, mention)
    _find(result)
    return result


def is_blank(text: str) -> bool:
    """Whether a phone would show nothing."""
    return BLANK.fullmatch(text) is not None


def _given(text: str, entities: Any) -> list[Entity]:
    """Entities that came beside the text, with their places turned into characters."""
    if entities is None:
        return []
    if not isinstance(entities, list):
        raise bad("can't parse MessageEntity: expected an Array")
    places = [0]
    for index, letter in enumerate(text):
        places += [index + 1] * (2 if letter > "\uffff" else 1)
    found = []
    for item in entities:
        if not isinstance(item, dict) or not {"type", "offset", "length"} <= item.keys():
            raise bad("can't parse MessageEntity: expected an Object")
        start, end = int(item["offset"]), int(item["offset"]) + int(item["length"])
        if not 0 <= start < end < len(places):
            raise bad(f"entity beginning at UTF-16 offset {start} ends after the end of the text")
        more = {key: item[key] for key in item.keys() - {"type", "offset", "length"}}
        found.append(Entity(item["type"], places[start], places[end], more))
    return sorted(found, key=lambda entity: (entity.start, -entity.end))


def _clean(text: str, entities: list[Entity]) -> Formatted:
    kept: list[str] = []
    places: list[int] = []
    for letter in DIRECTION_MARKS.sub(lambda marks: "\u200c" * len(marks[0]), text):
        places.append(len(kept))
        if letter not in REMOVED:
            kept.append(" " if letter < " " and letter != "\n" else letter)
    places.append(len(kept))
    for entity in entities:
        entity.start, entity.end = places[entity.start], places[entity.end]
    return Formatted("".join(kept), entities)


def _trim(formatted: Formatted) -> Formatted:
    """Without blanks around; in front only up to where the first entity begins."""
    text = formatted.text.rstrip(" \n")
    entities = []
    for entity in formatted.entities:
        entity.end = min(entity.end, len(text))
        if entity.start < entity.end and formatted.text[entity.start : entity.end].strip(" \n"):
            entities.append(entity)
    limit = min((entity.start for entity in entities), default=len(text))
    cut = min(len(text) - len(text.lstrip(" \n")), limit)
    for entity in entities:
        entity.start -= cut
        entity.end -= cut
    return Formatted(text[cut:], entities)


def _check_links(formatted: Formatted, mention: Callable[[int], dict[str, Any] | None]) -> None:
    """Drop links without an address that a phone opens, silently, as Telegram does."""
    for entity in list(formatted.entities):
        if entity.type != "text_link":
            continue
        address = str(entity.more["url"])
        person = re.fullmatch(r"tg://user\?id=(\d+)", address)
        user = mention(int(person[1])) if person else None
        checked = checked_link(address)
        if user is not None:
            entity.type, entity.more = "text_mention", {"user": user}
        elif person or checked is None:
            formatted.entities.remove(entity)
            formatted.dropped.append(address)
        else:
            entity.more["url"] = checked


def checked_link(address: str) -> str | None:
    """An address that a phone opens, completed; None for anything else."""
    if re.fullmatch(r"(?:https?://[^\s/.]+[^\s]*|tg://\S+|ton://\S+)", address, re.IGNORECASE):
        host = re.match(r"https?://([^/?#:]+)(?::\d+)?$", address, re.IGNORECASE)
        return f"{address}/" if host else address
    if re.fullmatch(r"(?:[\w-]+\.)+[a-z]{2,}(?:[/?#]\S*)?", address, re.IGNORECASE):
        return checked_link(f"http://{address}")
    return None


def _find(formatted: Formatted) -> None:
    """What Telegram marks by itself, where nothing is marked yet (not inside code)."""
    taken = [
        (entity.start, entity.end)
        for entity in formatted.entities
        if entity.type in ("code", "pre", "text_link", "text_mention")
    ]
    for kind, pattern in FOUND:
        for match in pattern.finditer(formatted.text):
            start, end = match.span()
            if all(end <= left or start >= right for left, right in taken):
                taken.append((start, end))
                formatted.entities.append(Entity(kind, start, end))
    formatted.entities.sort(key=lambda entity: (entity.start, -entity.end))
