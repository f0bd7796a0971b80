"""Small marks that lists and the case page share: each says its meaning in words, too."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType

from bot.desk import phrases
from bot.desk.reader import Reader
from bot.phrases import GENERAL_TOPIC
from flows.catalog import Catalog
from flows.texts import SOURCE_LANGUAGE
from storage.records import Message, OutboxState, Priority

PRIORITY_SYMBOLS: Mapping[Priority, str] = MappingProxyType(
    {Priority.DANGER: "‼", Priority.URGENT: "▲", Priority.SOON: "●", Priority.NORMAL: "○"}
)
DELIVERY_SYMBOLS: Mapping[OutboxState, str] = MappingProxyType(
    {
        OutboxState.QUEUED: "…",
        OutboxState.SENDING: "→",
        OutboxState.SENT: "✓",
        OutboxState.HELD: "‖",
        OutboxState.SKIPPED: "–",
        OutboxState.FAILED: "✗",
        OutboxState.UNKNOWN: "?",
    }
)
ALARMING = frozenset({OutboxState.FAILED, OutboxState.UNKNOWN, OutboxState.SKIPPED})


@dataclass(frozen=True)
class Badge:
    """A word with a symbol and a colour; the colour is never the only sign."""

    key: str  # names the colour
    symbol: str
    words: str


@dataclass(frozen=True)
class Due:
    """A deadline."""

    words: str
    at: str
    over: bool


def priority_badge(reader: Reader, priority: Priority) -> Badge:
    """How pressing a case is."""
    words = reader.say(phrases.PRIORITIES[priority])
    return Badge(priority.name.lower(), PRIORITY_SYMBOLS[priority], words)


def delivery_badge(reader: Reader, message: Message) -> Badge | None:
    """What became of a message to the worker."""
    state = message.delivery
    if state is None:
        return None
    if state is OutboxState.SENT and message.delivered_at is not None:
        phrase = phrases.READ if message.read_at else phrases.ON_THE_PHONE
        return Badge(state.value, "✓✓", reader.say(phrase))
    key = "alarm" if state in ALARMING else state.value
    phrase = phrases.DELIVERY[state]
    if state in (OutboxState.HELD, OutboxState.FAILED):
        phrase = phrases.WHY.get(message.reason or "", phrase)
    return Badge(key, DELIVERY_SYMBOLS[state], reader.say(phrase))


def due_of(reader: Reader, at: datetime) -> Due:
    """How far away a deadline is, or how long ago it passed."""
    over = at < reader.now
    phrase = phrases.OVERDUE if over else phrases.DUE
    words = reader.say(phrase, time=reader.span(abs(at - reader.now)))
    return Due(words, reader.moment(at), over)


def topic_title(catalog: Catalog, reader: Reader, topic: str) -> str:
    """The title of the flow that a case came from."""
    flow = catalog.flow(topic)
    return reader.say(GENERAL_TOPIC if flow is None else flow.title)


def topic_choices(catalog: Catalog, reader: Reader) -> list[tuple[str, str]]:
    """The topics that a case may be about, and their titles, sorted for the reader."""
    topics = [(flow.id, reader.say(flow.title)) for flow in catalog.topics(SOURCE_LANGUAGE)]
    return sorted(topics, key=lambda topic: topic[1].casefold())
