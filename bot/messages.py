"""Channel-neutral messages: what comes in, what goes out, and their form in the transcript."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from datetime import datetime
from typing import Any

from flows.model import Command
from storage.records import MessageKind

STANDING = 0  # the "question" of buttons that belong to none and always work (engine counts from 1)
MAX_TEXT = 4096  # characters of one message; Telegram's limit, kept on every channel


@dataclass(frozen=True)
class TextIn:
    """Typed words."""

    text: str


@dataclass(frozen=True)
class TapIn:
    """A pressed button of a question."""

    question: int
    option: str


@dataclass(frozen=True)
class CommandIn:
    """A pressed global button."""

    command: Command


@dataclass(frozen=True)
class PageIn:
    """A wish to see further answers of a question that has more than one message can show."""

    question: int
    page: int


@dataclass(frozen=True)
class EditedIn:
    """New words of a message that was sent before: kept, and never taken for an answer."""

    text: str


@dataclass(frozen=True)
class FileAhead:
    """A file that still lies at the platform: its bytes follow after it was noted."""

    kind: str  # photo, document, voice, video
    reference: str  # what the platform gives it out for
    media_type: str  # what the sender says it is
    name: str
    caption: str = ""
    album: str = ""  # several files sent at once have the same


@dataclass(frozen=True)
class FileIn:
    """A file with its bytes; its type was found from its content."""

    kind: str  # photo, document, voice, video
    media_type: str
    name: str
    content: bytes
    caption: str = ""


@dataclass(frozen=True)
class Opened:
    """The person opened the chat and has not said anything yet."""


@dataclass(frozen=True)
class JoinIn:
    """The person followed the link that lets their chat go on with what staff began for them."""

    token: str


@dataclass(frozen=True)
class Unsupported:
    """Something that the channel cannot carry to us."""

    what: str  # TOO_BIG, LOST, or the platform's word for it


TOO_BIG = "too big"  # a file that the platform does not give out
WHILE_HIDDEN = "🙈"  # stands before what came while the chat was hidden
LOST = "lost"  # a file that the platform itself did not get
Content = (
    TextIn
    | EditedIn
    | TapIn
    | PageIn
    | CommandIn
    | FileIn
    | FileAhead
    | Opened
    | JoinIn
    | Unsupported
)


@dataclass(frozen=True)
class Incoming:
    """One message from a worker, as its channel understood it."""

    channel: str
    account: str  # our bot or phone number that got it
    identifiers: Mapping[str, str]  # who wrote: kind -> value
    platform_id: str  # of this message: the same again is the same message
    content: Content
    language_hint: str | None = None  # of the phone or browser
    at: datetime | None = None
    shown_as: str | None = None  # the platform's number of it on the screen, to delete it there
    written_at: datetime | None = None  # when the person sent it, where the platform tells
    opens_window: bool = True  # from when they wrote, the platform lets us answer


@dataclass(frozen=True)
class Choice:
    """A button: typed ids only, checked again when it comes back."""

    option: str
    label: str
    marked: bool = False


@dataclass(frozen=True)
class Outgoing:
    """A message to a worker, in the worker's language."""

    text: str
    question: int | None = None
    choices: tuple[Choice, ...] = ()
    source: str = ""  # the law behind it, as one line
    danger: bool = False
    many: bool = False
    digits: bool = False  # answered by typing a number: a tap would quote the question
    typed: bool = False  # answered in words, also where buttons stand beside
    harmless: bool = False  # its own words betray nothing: bot/first_lines.py adds none
    template: str = ""  # what a platform wants in its place where its window is closed
    template_tap: str = ""  # the option that the button of that template brings back
    page: int = 0  # of the answers, where they do not fit into one message
    case_button: bool = False  # with a button to "My case", where the channel has buttons
    written_in: str = ""  # the language of a lawyer's own words, where the lawyer said it
    asks_number: bool = False  # with the platform's own button to give one's phone number
    listen: bool = False  # somebody has read it aloud: Command.LISTEN plays it
    sample: bool = False  # shown to who asked for it, just as others get it by itself
    corrects: int | None = None  # an earlier message of the lawyer's, which this puts right


FIELDS = {field.name for field in fields(Outgoing)}  # an older message may have had others


def dump(outgoing: Outgoing) -> str:
    """An outgoing message as JSON."""
    return json.dumps(asdict(outgoing), ensure_ascii=False)


def parse(body: str) -> Outgoing:
    """An outgoing message from its JSON."""
    data = json.loads(body)
    choices = tuple(Choice(**choice) for choice in data.pop("choices", ()))
    known = {name: value for name, value in data.items() if name in FIELDS}
    return Outgoing(**known, choices=choices)


def body_of(content: Content, label: str = "", *, hidden: bool = False) -> tuple[MessageKind, str]:
    """How an incoming message stands in the transcript; `label` is what a button said.

    What comes while the chat is hidden is marked: somebody else may have written it.
    """
    mark = f"{WHILE_HIDDEN} " if hidden else ""
    match content:
        case TextIn(text):
            return MessageKind.TEXT, _json(text=mark + text)
        case EditedIn(text):
            return MessageKind.TEXT, _json(text=f"{mark}✏️ {text}", edited=True)
        case TapIn(question, option):
            return MessageKind.TAP, _json(text=label, question=question, option=option)
        case PageIn(question, page):
            return MessageKind.TAP, _json(text=label, question=question, page=page)
        case CommandIn(command):
            return MessageKind.TAP, _json(text=label, command=command.value)
        case FileIn(kind=kind, caption=caption) | FileAhead(kind=kind, caption=caption):
            return MessageKind.MEDIA, _json(text=(mark + caption).strip(), kind=kind)
        case Opened():
            return MessageKind.OTHER, _json(text="", what="opened")
        case JoinIn():
            return MessageKind.OTHER, _json(text="", what="joined")
        case Unsupported(what):
            return MessageKind.OTHER, _json(text="", what=what)


def text_of(body: str) -> str:
    """The words of any message of the transcript."""
    return str(json.loads(body).get("text", ""))


def what_of(body: str) -> str:
    """What the worker sent that no channel of ours can carry; "" of any other message."""
    return str(json.loads(body).get("what", ""))


def _json(**fields: Any) -> str:
    return json.dumps(fields, ensure_ascii=False)
