"""What a browser may send over the socket; everything else is a BadFrame."""

import json
import re
import unicodedata
from dataclasses import dataclass
from typing import Any

from bot.messages import CommandIn, TapIn, TextIn
from flows.model import Command

ID = re.compile(r"[A-Za-z0-9_-]{1,64}")  # of a message, chosen by the browser
OPTION = re.compile(r"[A-Za-z0-9_]{1,64}")
CHAT = re.compile(r"[0-9a-f]{0,32}")
LANGUAGE = re.compile(r"[A-Za-z_]{0,12}")
MAX_NUMBER = 2**31 - 1  # of a seq or a question: PostgreSQL's integer
WHITE = "\n\t"
RESUME_FIELDS = {"after", "chat", "language"}


@dataclass(frozen=True)
class Resume:
    """The socket is new: send what came after `after` in that chat."""

    after: int
    chat: str
    language: str


@dataclass(frozen=True)
class Earlier:
    """The person scrolled up: send what came before."""

    before: int


@dataclass(frozen=True)
class Said:
    """Something that the worker said."""

    id: str
    content: TextIn | TapIn | CommandIn


Frame = Resume | Earlier | Said


@dataclass
class BadFrame(Exception):
    """A frame that no page of ours sends: why, and the message's id where it is a message."""

    code: str
    id: str | None = None


def parse_frame(text: str) -> Frame:
    """One frame; raises BadFrame for anything that is not exactly of a known form."""
    try:
        data = json.loads(text, parse_constant=_refuse)
    except (ValueError, RecursionError):
        raise BadFrame("not_json") from None
    if not isinstance(data, dict):
        raise BadFrame("unknown_frame")
    match data:
        case {"resume": dict(fields), **rest} if not rest and fields.keys() <= RESUME_FIELDS:
            return _resume(fields)
        case {"earlier": {"before": before, **more}, **rest} if not rest and not more:
            return Earlier(_number(before, "bad_earlier"))
        case {"id": str(said_id), **rest} if ID.fullmatch(said_id) and len(rest) == 1:
            return Said(said_id, _content(said_id, rest))
    raise BadFrame("unknown_frame")


def clean_text(text: str) -> str | None:
    """A typed text with plain line ends; None where it has control characters or half letters."""
    text = text.replace("\r\n", "\n").replace("\r", "\n").strip()
    broken = any(unicodedata.category(c) in ("Cc", "Cs") and c not in WHITE for c in text)
    return text if text and not broken else None


def _resume(fields: dict[str, Any]) -> Resume:
    chat, language = fields.get("chat", ""), fields.get("language", "")
    fine = isinstance(chat, str) and isinstance(language, str)
    if not fine or not CHAT.fullmatch(chat) or not LANGUAGE.fullmatch(language):
        raise BadFrame("bad_resume")
    return Resume(_number(fields.get("after", 0), "bad_resume"), chat, language)


def _content(said_id: str, rest: dict[str, Any]) -> TextIn | TapIn | CommandIn:
    match rest:
        case {"text": str(text)}:
            clean = clean_text(text)
            if clean is None:
                raise BadFrame("bad_text", said_id)
            return TextIn(clean)
        case {"tap": {"question": question, "option": str(option), **more}} if not more:
            if not OPTION.fullmatch(option):
                raise BadFrame("bad_tap", said_id)
            return TapIn(_number(question, "bad_tap", said_id), option)
        case {"command": str(command)} if command in set(Command):
            return CommandIn(Command(command))
    raise BadFrame("unknown_frame", said_id)


def _number(value: Any, code: str, said_id: str | None = None) -> int:
    if type(value) is not int or not 0 <= value <= MAX_NUMBER:  # True is an int to isinstance
        raise BadFrame(code, said_id)
    return value


def _refuse(constant: str) -> None:
    raise ValueError(constant)  # NaN and Infinity are not JSON
