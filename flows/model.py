"""The words of the house: flows and their nodes, sessions, events and effects. All frozen.

A flow is a small graph of nodes. A session is where one worker stands: a log of answers; what
follows from it (the open question, the fields, the flags) is folded from the log again whenever
it is needed (flows/engine.py) and stored nowhere.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from types import MappingProxyType
from typing import Any

# -- texts -------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Phrase:
    """A sentence in English with its context: the key of its translations."""

    context: str  # "wages.contract.yes", "engine.back": gettext's msgctxt
    text: str
    plural: str | None = None  # the English plural; the field "count" chooses


@dataclass(frozen=True)
class Money:
    """An amount of money."""

    amount: Decimal
    currency: str = "AZN"


@dataclass(frozen=True)
class Latin:
    """A phone number, code or address: always read left to right."""

    text: str


Value = str | int | Decimal | date | Money | Latin | Phrase | tuple[str, ...]


@dataclass(frozen=True)
class Line:
    """A phrase with the values that it inserts."""

    phrase: Phrase
    fields: Mapping[str, Value] = field(default_factory=dict)
    recap: bool = False  # repeats what was answered: better left out where nothing can be erased


# -- flows -------------------------------------------------------------------------------------

SEVERITIES: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {  # per category, mildest first; the worst one that was flagged counts
        "urgency": ("U3", "U2", "U1", "U0"),
        "trafficking": ("green", "yellow", "orange", "red"),
    }
)


@dataclass(frozen=True)
class Option:
    """One answer that can be chosen."""

    id: str
    label: Phrase
    next: str
    flag: Mapping[str, str] = field(default_factory=dict)
    also: Phrase | None = None  # other words that mean this, separated by commas
    consent: Mapping[str, bool] = field(default_factory=dict)


@dataclass(frozen=True)
class NodeBase:
    """What every node has."""

    id: str
    line: int  # in its file
    compute: Mapping[str, str] = field(
        default_factory=dict
    )  # field -> call of a function of flows/compute.py
    flag: Mapping[str, str] = field(default_factory=dict)
    sources: tuple[str, ...] = ()
    hotlines: tuple[str, ...] = ()
    media: str | None = None


@dataclass(frozen=True)
class Say(NodeBase):
    """Tells something and goes on."""

    text: Phrase = field(kw_only=True)
    next: str = field(kw_only=True)
    recap: bool = field(default=False, kw_only=True)  # repeats what was answered


@dataclass(frozen=True)
class Choose(NodeBase):
    """Asks for one of several options (or, with many, for some of them)."""

    text: Phrase = field(kw_only=True)
    options: Mapping[str, Option] = field(kw_only=True)
    save: str | None = None
    many: bool = False
    next: str | None = None  # with many


class AskKind(StrEnum):
    """What an open question accepts."""

    TEXT = "text"
    NUMBER = "number"
    MONEY = "money"
    DATE = "date"
    PHONE = "phone"
    PLACE = "place"
    PHOTO = "photo"
    VOICE = "voice"


@dataclass(frozen=True)
class Ask(NodeBase):
    """Asks an open question; its options are other ways to answer ("I do not know")."""

    text: Phrase = field(kw_only=True)
    kind: AskKind = field(kw_only=True)
    save: str = field(kw_only=True)
    next: str = field(kw_only=True)
    options: Mapping[str, Option] = field(default_factory=dict)
    retry: Phrase | None = None
    least: str | None = None  # a bound: a number, a date, or "today-365d"
    most: str | None = None


@dataclass(frozen=True)
class Branch(NodeBase):
    """Goes on by what is known; the last arm has no condition."""

    arms: tuple[tuple[str | None, str], ...] = field(kw_only=True)


@dataclass(frozen=True)
class Run(NodeBase):
    """Runs another flow and comes back."""

    flow: str = field(kw_only=True)
    next: str = field(kw_only=True)


@dataclass(frozen=True)
class Escalate(NodeBase):
    """Hands over to lawyers and goes on."""

    queue: str = field(kw_only=True)
    next: str = field(kw_only=True)
    text: Phrase | None = None
    priority: str | None = None  # an urgency; by default the worst that was flagged


@dataclass(frozen=True)
class End(NodeBase):
    """An outcome, stated once."""

    outcome: str = field(kw_only=True)
    text: Phrase | None = None


Node = Say | Choose | Ask | Branch | Run | Escalate | End


@dataclass(frozen=True)
class Flow:
    """A decision tree. `version` is a hash of all but its wording."""

    id: str
    version: str
    title: Phrase
    start: str
    nodes: Mapping[str, Node]
    file: str
    owner: str = ""
    legal: bool = True  # its texts are law: no fallback to another language
    screening: bool = False  # answered by single digits where nothing can be erased
    keywords: Phrase | None = None
    reviewed_by: str | None = None


@dataclass(frozen=True)
class Source:
    """A legal fact: where the law says it, and when we read that."""

    id: str
    cite: Phrase
    confidence: str
    read_on: date
    review_by: date


@dataclass(frozen=True)
class Hotline:
    """A number to call, who answers it and what the caller should know."""

    id: str
    number: str
    who: Phrase
    note: Phrase | None
    checked: date


# -- sessions ----------------------------------------------------------------------------------


@dataclass(frozen=True)
class Answer:
    """What the worker answered at a node."""

    flow: str
    node: str
    value: tuple[str, ...] | str  # option ids, or the value of an open question in plain form
    chosen: bool  # options were chosen (False: an open question was answered)


@dataclass(frozen=True)
class Aside:
    """A side trip that the worker asked for: it runs on top and comes back."""

    flow: str


Entry = Answer | Aside


@dataclass(frozen=True)
class Before:
    """What is still known of flows that have ended: a lawyer asked for later gets it, too."""

    topic: str
    flags: Mapping[str, str]
    answers: tuple[Answer, ...]


@dataclass(frozen=True)
class Session:
    """Where one worker stands. Everything else is folded from the log."""

    flow: str
    language: str
    at: datetime  # of the latest event
    day: date  # "today" for its computations; a fold must not change at midnight
    log: tuple[Entry, ...] = ()
    asked: int = 0  # questions asked so far in this conversation; never reused
    versions: Mapping[str, str] = field(default_factory=dict)  # of each flow entered
    open: tuple[str, str] | None = None  # flow and node of the question that was asked last
    before: Before | None = None  # what earlier flows of this conversation have shown
    draft: str | None = None  # a typed date or amount that waits for its "yes"
    misses: int = 0  # answers in a row that were not understood
    changing: bool = False  # asked which earlier answer should be changed
    then: str = ""  # the flow that a link led to: it follows the welcome, in place of the menu

    def but(self, **changes: Any) -> "Session":
        """A copy with these fields changed: dataclasses.replace, ten times as fast."""
        copy = object.__new__(Session)
        copy.__dict__.update(self.__dict__, **changes)
        return copy


# -- events ------------------------------------------------------------------------------------


class Command(StrEnum):
    """What the worker can ask for at any moment, in every flow."""

    MENU = "menu"
    BACK = "back"
    REPEAT = "repeat"
    LANGUAGE = "language"
    LAWYER = "lawyer"
    DANGER = "danger"
    HIDE = "hide"
    CHANGE = "change"
    NEWS = "news"  # whether announcements are welcome, and which
    STOP = "stop"  # no more messages that were not asked for
    LISTEN = "listen"
    ERASE = "erase"
    CASE = "case"


@dataclass(frozen=True)
class Typed:
    """A text that the worker typed."""

    text: str
    at: datetime


@dataclass(frozen=True)
class Tap:
    """A pressed button: an option of the question with this number."""

    question: int
    option: str
    at: datetime


@dataclass(frozen=True)
class Media:
    """A file; what it shows is not looked at."""

    kind: str  # photo, document, voice, video
    at: datetime


@dataclass(frozen=True)
class Commanded:
    """A global word or button."""

    command: Command
    at: datetime


@dataclass(frozen=True)
class Linked:
    """A link that leads to this flow was followed."""

    flow: str
    at: datetime


Event = Typed | Tap | Media | Commanded | Linked

# -- effects -----------------------------------------------------------------------------------


@dataclass(frozen=True)
class Choice:
    """A button."""

    option: str
    label: Phrase
    marked: bool = False  # chosen already, where several can be
    fields: Mapping[str, Value] = field(default_factory=dict)


@dataclass(frozen=True)
class Send:
    """Something to tell the worker; with a question where an answer is awaited."""

    lines: tuple[Line, ...]
    question: int | None = None
    choices: tuple[Choice, ...] = ()
    sources: tuple[Source, ...] = ()
    hotlines: tuple[Hotline, ...] = ()
    many: bool = False
    typed: bool = False  # an open question: choices are other ways to answer it
    numbered: bool = False  # the choices as a numbered list in the text, too
    danger: bool = False
    voice: tuple[str, str] | None = None  # flow and node, whose recording can be played


@dataclass(frozen=True)
class Listen:
    """Play the recordings of these nodes, where the worker's language has them."""

    voices: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class OpenCase:
    """The worker said yes to a lawyer."""

    queue: str
    topic: str
    urgency: str
    answers: tuple[Answer, ...]


@dataclass(frozen=True)
class Consented:
    """The worker said yes or no to a purpose, asked in these words."""

    purpose: str
    given: bool
    wording: Phrase


@dataclass(frozen=True)
class LanguageChosen:
    """The worker reads this language from now on."""

    language: str


@dataclass(frozen=True)
class HideChat:
    """Take the chat off the screen, at once."""


@dataclass(frozen=True)
class Finished:
    """A flow came to an outcome."""

    flow: str
    outcome: str
    # what its questions saved: field -> value
    saved: Mapping[str, Any] = field(default_factory=dict, compare=False)


Effect = Send | Listen | OpenCase | Consented | LanguageChosen | HideChat | Finished
