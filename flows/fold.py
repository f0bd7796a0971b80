"""Where a worker stands, folded from the log of answers: one walk through the trees.

A log is replayed as far as it fits: what does not fit a changed tree is not a fault but the place
to ask again. Nothing here sends, stores or asks; flows/engine.py does the steps.
"""

from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple, Protocol

from flows.compute import Calendar
from flows.expressions import Expression
from flows.model import (
    SEVERITIES,
    Answer,
    Aside,
    Ask,
    AskKind,
    Branch,
    Choose,
    Command,
    Consented,
    Effect,
    End,
    Entry,
    Escalate,
    Finished,
    Flow,
    Hotline,
    LanguageChosen,
    Latin,
    Line,
    Money,
    Node,
    NodeBase,
    OpenCase,
    Option,
    Phrase,
    Run,
    Say,
    Send,
    Session,
    Source,
    Value,
)
from flows.texts import Texts

WELCOME, MENU, LANGUAGE, RESUME = "welcome", "menu", "language", "resume"
DANGER = "danger"  # the flow
SIDE_TRIPS = {
    Command.DANGER: DANGER,
    Command.LAWYER: "lawyer",
    Command.LANGUAGE: LANGUAGE,
    Command.NEWS: "news",
    Command.ERASE: "erase",
}
ENGINE_OWNED = frozenset({WELCOME, MENU, LANGUAGE, RESUME, *SIDE_TRIPS.values()})
INTAKE = "intake"
YES, NO, DONE = "yes", "no", "done"
MAX_NODES_WITHOUT_QUESTION = 50


class Catalog(Protocol):
    """What the engine needs to know of the content (flows/catalog.py)."""

    texts: Texts
    calendar: Calendar
    amounts: Mapping[str, Money]
    insertions: Mapping[str, Value]  # what every text can insert: amounts, hotline numbers
    sources: Mapping[str, Source]
    hotlines: Mapping[str, Hotline]

    def flow(self, flow_id: str, version: str | None = None) -> Flow | None:
        """A flow by id, in this version or, where that is gone, the live one."""

    def offers(self, flow_id: str, language: str) -> bool:
        """Whether all texts of a flow are settled in this language."""

    def expression(self, source: str) -> Expression:
        """A compiled expression."""


class NodeFailed(Exception):
    """A node cannot be walked: a loop, or content that the check would have refused."""


class Frame(NamedTuple):
    flow: Flow
    node: str
    aside: bool = False


class Walk:
    """One pass over the log: frames, fields and flags as they follow from it."""

    def __init__(self, catalog: Catalog, session: Session) -> None:
        self.catalog = catalog
        self.session = session
        self.frames: list[Frame] = []
        self.fields: dict[str, dict[str, Any]] = {}  # flow -> field -> value
        self.flags: dict[str, str] = dict(session.before.flags) if session.before else {}
        self.versions: dict[str, str] = {}
        self.topic = session.before.topic if session.before else ""
        self._has_topic = False
        self.effects: list[Effect] | None = None  # None: replaying, nothing is emitted

    def enter(self) -> None:
        """Go to the first question of the session's flow."""
        self.effects = []
        self._push(self.session.flow)
        self._run()

    def take(self, entry: Entry) -> bool:
        """Apply one entry of the log; False where it does not fit here."""
        if isinstance(entry, Aside):
            if self.catalog.flow(entry.flow) is None:
                return False
            self._push(entry.flow, aside=True)
            self._run()
            return True
        frame = self.open_frame()
        if frame is None or (frame.flow.id, frame.node) != (entry.flow, entry.node):
            return False
        node = frame.flow.nodes[frame.node]
        if not isinstance(node, Choose | Ask) or not self._apply(frame, node, entry):
            return False
        self._run()
        return True

    def open_frame(self) -> Frame | None:
        """The frame of the open question; None where the flow has ended."""
        return self.frames[-1] if self.frames else None

    def question(self) -> tuple[Frame, Choose | Ask]:
        """The open question."""
        frame = self.open_frame()
        node = frame and frame.flow.nodes.get(frame.node)
        if frame is None or not isinstance(node, Choose | Ask):
            raise NodeFailed
        return frame, node

    def inside(self, flow: str) -> bool:
        """Whether this flow is under way."""
        return any(frame.flow.id == flow for frame in self.frames)

    def depth(self) -> int:
        """How many side trips are open."""
        return sum(frame.aside for frame in self.frames)

    def fields_of(self, frame: Frame) -> Mapping[str, Value]:
        """What the texts of this frame's flow can insert."""
        known = {k: v for k, v in self.fields.get(frame.flow.id, {}).items() if v is not None}
        return {**self.catalog.insertions, **known}

    def send(self, node: NodeBase, lines: tuple[Line, ...], **more: Any) -> Send:
        """A message with what the node carries: its sources, hotlines and recording."""
        known, flow = self.catalog, self.frames[-1].flow
        return Send(
            lines,
            sources=tuple(known.sources[s] for s in node.sources if s in known.sources),
            hotlines=tuple(known.hotlines[h] for h in node.hotlines if h in known.hotlines),
            danger=self.inside(DANGER),
            voice=(flow.id, node.id),
            **more,
        )

    def _push(self, flow_id: str, *, aside: bool = False) -> None:
        flow = self.catalog.flow(flow_id, self.session.versions.get(flow_id))
        if flow is None:
            raise NodeFailed
        self.versions[flow_id] = flow.version
        if not self._has_topic and flow_id not in ENGINE_OWNED:
            self.topic, self._has_topic = flow_id, True
        self.frames.append(Frame(flow, flow.start, aside))

    def _run(self) -> None:
        for _ in range(MAX_NODES_WITHOUT_QUESTION):
            frame = self.open_frame()
            if frame is None:
                return
            node = frame.flow.nodes.get(frame.node)
            if node is None:
                raise NodeFailed
            self._arrive(frame, node)
            if isinstance(node, Choose | Ask):
                return
            self._pass(frame, node)
        raise NodeFailed  # going round without a question

    def _arrive(self, frame: Frame, node: Node) -> None:
        for field, source in node.compute.items():
            value = self.catalog.expression(source)(self._scope(frame), self.catalog.calendar)
            self._save(frame, field, value)
        self._flag(node.flag)

    def _pass(self, frame: Frame, node: Node) -> None:
        match node:
            case Say():
                self._emit_text(frame, node, node.text)
                self._goto(node.next)
            case Branch():
                self._goto(self._arm(frame, node))
            case Run():
                self._goto(node.next)
                self._push(instead_of(self.catalog, node.flow, self.session.language))
            case Escalate():
                self._emit_text(frame, node, node.text)
                urgency = node.priority or self.flags.get("urgency", "U3")
                self._emit(lambda: OpenCase(node.queue, self.topic, urgency, answers(self.session)))
                self._goto(node.next)
            case End():
                self._emit_text(frame, node, node.text)
                saved = dict(self.fields.get(frame.flow.id, {}))
                self._emit(lambda: Finished(frame.flow.id, node.outcome, saved))
                self.frames.pop()

    def _arm(self, frame: Frame, node: Branch) -> str:
        scope = self._scope(frame)
        for condition, target in node.arms:
            if condition is None or self.catalog.expression(condition)(
                scope, self.catalog.calendar
            ):
                return target
        raise NodeFailed

    def _apply(self, frame: Frame, node: Choose | Ask, answer: Answer) -> bool:
        if not answer.chosen:
            if not isinstance(node, Ask) or not isinstance(answer.value, str):
                return False
            parsed = parse_value(node.kind, answer.value)
            if parsed is None:
                return False
            self._save(frame, node.save, parsed)
            self._goto(node.next)
            return True
        if isinstance(answer.value, str) or any(v not in node.options for v in answer.value):
            return False
        many = isinstance(node, Choose) and node.many
        if not many and len(answer.value) != 1:
            return False
        for chosen in answer.value:
            self._choose(node, node.options[chosen])
        if frame.flow.id == LANGUAGE:
            self._emit(lambda: LanguageChosen(answer.value[0]))
        if node.save:
            self._save(frame, node.save, self._saved(node, answer.value, many))
        self._goto(str(node.next) if many else node.options[answer.value[0]].next)
        return True

    @staticmethod
    def _saved(node: Choose | Ask, value: tuple[str, ...], many: bool) -> Any:
        if isinstance(node, Ask):
            return None  # "I do not know": no value, so computations with it have none either
        return value if many else value[0]

    def _choose(self, node: Choose | Ask, option: Option) -> None:
        self._flag(option.flag)
        for purpose, given in option.consent.items():
            self._emit(lambda p=purpose, g=given: Consented(p, g, node.text))  # type: ignore[misc]

    def _flag(self, flags: Mapping[str, str]) -> None:
        for category, severity in flags.items():
            order = SEVERITIES[category]
            worst = self.flags.get(category)
            if worst is None or order.index(severity) > order.index(worst):
                self.flags[category] = severity

    def _goto(self, node: str) -> None:
        flow, _, aside = self.frames[-1]
        self.frames[-1] = Frame(flow, node, aside)

    def _save(self, frame: Frame, field: str, value: Any) -> None:
        self.fields.setdefault(frame.flow.id, {})[field] = value

    def _scope(self, frame: Frame) -> Mapping[str, Any]:
        own = self.fields.get(frame.flow.id, {})
        engine = {
            "worst": self.flags,
            "today": self.session.day,
            "amount": self.catalog.amounts,
        }
        return {**self.fields, **own, **engine}

    def _emit(self, make: Callable[[], Effect]) -> None:
        if self.effects is not None:
            self.effects.append(make())

    def _emit_text(self, frame: Frame, node: NodeBase, text: Phrase | None) -> None:
        if text is not None:
            recap = isinstance(node, Say) and node.recap
            self._emit(lambda: self.send(node, (Line(text, self.fields_of(frame), recap),)))


def fold(catalog: Catalog, session: Session, log: tuple[Entry, ...]) -> tuple[Walk, int]:
    """Replay a log; also how many of its entries fit the flows as they are now."""
    walk = Walk(catalog, session if log is session.log else session.but(log=log))
    position = -1
    try:
        walk.enter()
        walk.effects = None
        for position, entry in enumerate(log):
            if not walk.take(entry):
                return walk, position
    except NodeFailed:
        if position < 0:
            walk.frames.clear()
            return walk, 0
        return fold(catalog, session, log[:position])
    return walk, len(log)


def answers(session: Session) -> tuple[Answer, ...]:
    """The answers given to topics, also to earlier ones; without those of the engine's flows."""
    given = tuple(
        entry
        for entry in session.log
        if isinstance(entry, Answer) and entry.flow not in ENGINE_OWNED
    )
    return (*(session.before.answers if session.before else ()), *given)


def instead_of(catalog: Catalog, flow: str, language: str) -> str:
    """The flow itself; in a language that does not have it, the short intake for a lawyer."""
    if catalog.offers(flow, language) or not catalog.offers(INTAKE, language):
        return flow
    return INTAKE


def parse_value(kind: AskKind, plain: str) -> Value | None:
    """The value of a plain form; None where it is not of this kind (any more)."""
    try:
        match kind:
            case AskKind.DATE:
                return date.fromisoformat(plain)
            case AskKind.NUMBER:
                return Decimal(plain)
            case AskKind.MONEY:
                return Money(Decimal(plain))
            case AskKind.PHONE:
                return Latin(plain)
    except (ValueError, ArithmeticError):
        return None
    return plain
