"""HTML as Telegram reads it: few tags, every one closed, faults told with their byte offset."""

import re
from dataclasses import dataclass, field
from typing import Any

from tests.servers.telegram.errors import bad

TYPES = {
    "b": "bold",
    "strong": "bold",
    "i": "italic",
    "em": "italic",
    "u": "underline",
    "ins": "underline",
    "s": "strikethrough",
    "strike": "strikethrough",
    "del": "strikethrough",
    "span": "spoiler",
    "tg-spoiler": "spoiler",
    "tg-emoji": "custom_emoji",
    "tg-time": "date_time",
    "a": "text_link",
    "code": "code",
    "pre": "pre",
    "blockquote": "blockquote",
}
NAMED = {"lt": "<", "gt": ">", "amp": "&", "quot": '"'}
REFERENCE = re.compile(r"&(?:#x([0-9a-fA-F]{1,6})|#([0-9]{1,7})|(lt|gt|amp|quot)(?![a-zA-Z]));?")
PLAIN = re.compile(r"[^<&]+")
TAG_NAME = re.compile(r"[^\s>]*")
ATTRIBUTE = re.compile(r"\s*([^\s=>/\"']*)\s*")
VALUE = re.compile(r"\s*(?:\"([^\"]*)\"|'([^']*)'|([A-Za-z0-9.-]*)(?=[\s>]))")


@dataclass
class Entity:
    """A stretch of text, from character to character, with a meaning."""

    type: str
    start: int
    end: int
    more: dict[str, Any] = field(default_factory=dict)


@dataclass
class _Open:
    """A tag that waits for its end."""

    name: str
    start: int
    attributes: dict[str, str]


def parse_html(source: str) -> tuple[str, list[Entity]]:
    """The text without its tags, and what they meant.

    Raises Refused "can't parse entities: ..." for what Telegram does not take: unknown tags, tags
    without an end or in the wrong order, broken attributes.
    """
    return _Reader(source).read()


def decode(text: str) -> str:
    """Text with its character references resolved; what is unknown stays as it is."""
    return REFERENCE.sub(_decoded, text)


def _decoded(found: re.Match[str]) -> str:
    if found[3]:
        return NAMED[found[3]]
    code = int(found[1], 16) if found[1] else int(found[2])
    return chr(code) if 0 < code < 0x10FFFF else found[0]


class _Reader:
    def __init__(self, source: str) -> None:
        self.source = source
        self.place = 0
        self.text = ""
        self.open: list[_Open] = []
        self.entities: list[Entity] = []

    def read(self) -> tuple[str, list[Entity]]:
        while self.place < len(self.source):
            if plain := PLAIN.match(self.source, self.place):
                self.text += plain[0]
                self.place = plain.end()
            elif self.source[self.place] == "&":
                found = REFERENCE.match(self.source, self.place)
                self.text += _decoded(found) if found else "&"
                self.place = found.end() if found else self.place + 1
            elif self.source.startswith("</", self.place):
                self._read_end()
            else:
                self._read_start()
        if self.open:
            name = self.open[-1].name
            raise _fault(f'Can\'t find end tag corresponding to start tag "{name}"')
        if any("\ud800" <= letter <= "\udfff" for letter in self.text):
            raise _fault("Text contains invalid Unicode characters after decoding HTML entities")
        return self.text, sorted(self.entities, key=lambda entity: (entity.start, -entity.end))

    def _read_start(self) -> None:
        at = self._offset()
        found = TAG_NAME.match(self.source, self.place + 1)
        assert found is not None
        if found.end() == len(self.source):
            raise _fault(f"Unclosed start tag at byte offset {at}")
        name = found[0].lower()
        if name not in TYPES:
            raise _fault(f'Unsupported start tag "{name}" at byte offset {at}')
        self.place = found.end()
        attributes = self._read_attributes(name, at)
        if name == "span" and attributes.get("class") != "tg-spoiler":
            raise _fault(f'Tag "span" must have class "tg-spoiler" at byte offset {at}')
        self.open.append(_Open(name, len(self.text), attributes))

    def _read_attributes(self, tag: str, at: int) -> dict[str, str]:
        attributes: dict[str, str] = {}
        while True:
            found = ATTRIBUTE.match(self.source, self.place)
            assert found is not None
            self.place = found.end()
            if self.place >= len(self.source):
                raise _fault(f'Unclosed start tag "{tag}" at byte offset {at}')
            if not found[1]:
                if self.source[self.place] == ">":
                    self.place += 1
                    return attributes
                raise _fault(f'Empty attribute name in the tag "{tag}" at byte offset {at}')
            attributes[found[1]] = self._read_value(at) if self.source[self.place] == "=" else "1"

    def _read_value(self, at: int) -> str:
        found = VALUE.match(self.source, self.place + 1)
        if found is None:
            if self.source[self.place + 1 :].lstrip()[:1] in ("", '"', "'"):
                raise _fault(f"Unclosed start tag at byte offset {at}")
            raise _fault(f"Unexpected end of name token at byte offset {self._offset() + 1}")
        self.place = found.end()
        quoted = found[1] if found[1] is not None else found[2]
        return decode(quoted) if quoted is not None else found[3].lower()

    def _read_end(self) -> None:
        at = self._offset()
        if not self.open:
            raise _fault(f"Unexpected end tag at byte offset {at}")
        found = TAG_NAME.match(self.source, self.place + 2)
        assert found is not None
        closing = re.compile(r"\s*>").match(self.source, found.end())
        if closing is None:
            raise _fault(f"Unclosed end tag at byte offset {at}")
        tag = self.open.pop()
        if found[0] and found[0].lower() != tag.name:
            raise _fault(
                f"Unmatched end tag at byte offset {at}, "
                f'expected "</{tag.name}>", found "</{found[0].lower()}>"'
            )
        self.place = closing.end()
        if len(self.text) > tag.start:
            self._close(tag)

    def _close(self, tag: _Open) -> None:
        entity = Entity(TYPES[tag.name], tag.start, len(self.text))
        if tag.name == "a":
            entity.more["url"] = tag.attributes.get("href") or self.text[tag.start :]
        elif tag.name == "blockquote" and "expandable" in tag.attributes:
            entity.type = "expandable_blockquote"
        elif tag.name == "tg-emoji":
            entity.more["custom_emoji_id"] = _emoji_id(tag.attributes)
        elif tag.name == "tg-time":
            entity.more["unix_time"] = int(tag.attributes.get("unix") or 0)
            if "format" in tag.attributes:
                entity.more["date_time_format"] = tag.attributes["format"]
        elif tag.name == "pre" and "language" in tag.attributes:
            entity.more["language"] = tag.attributes["language"]
        elif tag.name == "code" and self.open and self.open[-1].name == "pre":
            kind = tag.attributes.get("class", "")
            if kind.startswith("language-"):  # <pre><code class="language-..."> is one thing
                self.open[-1].attributes["language"] = kind.removeprefix("language-")
                return
        self.entities.append(entity)

    def _offset(self) -> int:
        return len(self.source[: self.place].encode("utf-8", "surrogatepass"))


def _emoji_id(attributes: dict[str, str]) -> str:
    identifier = attributes.get("emoji-id", "")
    if not identifier.isdigit():
        raise _fault("Invalid custom emoji identifier specified")
    return identifier


def _fault(reason: str) -> Exception:
    return bad(f"can't parse entities: {reason}")
