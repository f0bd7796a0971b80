"""Plays a conversation and sees which way it goes: for tests, paths and pictures.

The engine keeps the answers and says what to tell; through which nodes it came, it does not say.
A Stage is a catalog of the same flows in which every node computes one thing more and every arm
of a branch has a condition of its own: both only report that the walk came by. The played flow
runs inside the engine's own `resume`, so that the answers outlive its end and can be looked at.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time
from typing import Any

from flows import engine, phrases
from flows.catalog import Catalog
from flows.compute import BAKU, Calendar
from flows.expressions import Expression, Scope
from flows.fold import MENU, RESUME, NodeFailed
from flows.load import Fault, FlowError
from flows.match import CommandWords
from flows.model import (
    SEVERITIES,
    Branch,
    Commanded,
    Effect,
    End,
    Event,
    Finished,
    Flow,
    Node,
    OpenCase,
    Run,
    Send,
    Session,
    Tap,
    Typed,
)

DAY = date(2026, 11, 22)  # "today" of every test and path table, so that they stay as they are
Render = Callable[[Send, str], str]  # a message in a language, as the worker reads it
VISIT = "_visit"  # the field that every node computes; no author can write this name
AFTER = "after"  # where the stage goes when the played flow has ended


def noon(day: date) -> datetime:
    """12 o'clock in Baku."""
    return datetime.combine(day, time(12), BAKU)


@dataclass(frozen=True)
class Visit:
    """A node that the walk came to, and what was flagged by then."""

    flow: str
    node: str
    flags: Mapping[str, str]  # the worst of each category
    arm: int | None = None  # of a branch: which arm it took


class Stage:
    """A catalog whose flows report where the engine goes."""

    def __init__(self, catalog: Catalog, flow: str) -> None:
        self.catalog, self.played = catalog, catalog.flows[flow]
        self.texts, self.calendar = catalog.texts, catalog.calendar
        self.amounts, self.sources, self.hotlines = (
            catalog.amounts,
            catalog.sources,
            catalog.hotlines,
        )
        self.insertions = catalog.insertions
        self.words = CommandWords(catalog.texts)
        self._reports: dict[str, _Report] = {}
        self._visits: list[Visit] = []
        self._scope: Scope = {}
        self._flows: dict[tuple[str, str | None], Flow | None] = {}
        self._flows[(RESUME, None)] = self._reporting(_frame_of(self.played))

    def flow(self, flow_id: str, version: str | None = None) -> Flow | None:
        """A flow whose nodes report."""
        key = (flow_id, None if flow_id == RESUME else version)
        if key not in self._flows:
            flow = self.catalog.flow(flow_id, version)
            self._flows[key] = flow and self._reporting(flow)
        return self._flows[key]

    def offers(self, flow_id: str, language: str) -> bool:
        """Whether a flow is there in this language."""
        return self.catalog.offers(flow_id, language)

    def expression(self, source: str) -> Expression:
        """An expression of the flows, or one of the reports."""
        return self._reports.get(source) or self.catalog.expression(source)

    def start(self, language: str, at: datetime) -> tuple[Session, tuple[Effect, ...]]:
        """Begin the played flow; raises FlowError where that cannot be done."""
        try:
            return engine.start(self, RESUME, language=language, at=at)
        except NodeFailed:  # only `advance` promises never to fail
            message = "goes round without a question, or runs what is not there"
            first = self.played.nodes.get(self.played.start)
            line = first.line if first else 1
            raise FlowError([Fault(self.played.file, line, self.played.start, message)]) from None

    def visits(self, session: Session) -> tuple[Visit, ...]:
        """The whole way of a session, from its first node to the open question."""
        self.forget()
        engine.where(self, session)
        return self.visited

    def forget(self) -> None:
        """Forget where the engine went; it folds a session from its beginning at each event."""
        self._visits.clear()

    @property
    def visited(self) -> tuple[Visit, ...]:
        """Where the engine went since then."""
        return tuple(self._visits)

    @property
    def fields(self) -> Mapping[tuple[str, str], Any]:
        """What was saved up to the latest visit, by (flow, field)."""
        return {
            (flow, field): value
            for flow, saved in self._scope.items()
            if flow in self.catalog.flows and isinstance(saved, dict)
            for field, value in saved.items()
            if field != VISIT
        }

    def _reporting(self, flow: Flow) -> Flow:
        nodes = {node.id: self._reporting_node(flow, node) for node in flow.nodes.values()}
        return replace(flow, nodes=nodes)

    def _reporting_node(self, flow: Flow, node: Node) -> Node:
        here = f"visit {flow.version} {flow.id}.{node.id}"
        self._reports[here] = _Report(lambda scope: self._arrived(flow, node, scope))
        node = replace(node, compute={**node.compute, VISIT: here})
        if not isinstance(node, Branch):
            return node
        arms = []
        for index, (condition, target) in enumerate(node.arms):
            self._reports[f"{here} {index}"] = self._report_of_arm(index, condition)
            arms.append((f"{here} {index}", target))
        return replace(node, arms=tuple(arms))

    def _report_of_arm(self, index: int, condition: str | None) -> "_Report":
        def report(scope: Scope) -> bool:
            holds = condition is None or bool(
                self.catalog.expression(condition)(scope, self.calendar)
            )
            if holds:
                self._visits[-1] = replace(self._visits[-1], arm=index)
            return holds

        return _Report(report)

    def _arrived(self, flow: Flow, node: Node, scope: Scope) -> None:
        self._scope = scope
        self._visits.append(Visit(flow.id, node.id, worst(scope["worst"], node.flag)))


class _Report(Expression):
    """Stands where the engine evaluates an expression, and reports."""

    def __init__(self, report: Callable[[Scope], Any]) -> None:
        self.source, self.names = "", set()
        self._report = report

    def __call__(self, scope: Scope, calendar: Calendar) -> Any:
        return self._report(scope)


def _frame_of(flow: Flow) -> Flow:
    nodes: dict[str, Node] = {
        "play": Run("play", 1, flow=flow.id, next=AFTER),
        AFTER: Run(AFTER, 1, flow=MENU, next="over"),
        "over": End("over", 1, outcome="over"),
    }
    return Flow(RESUME, "stage", flow.title, "play", nodes, "stage", legal=False)


def worst(flags: Mapping[str, str], more: Mapping[str, str]) -> Mapping[str, str]:
    """The worst of each category of both."""
    merged = dict(flags)
    for category, severity in more.items():
        order = SEVERITIES[category]
        if category not in merged or order.index(severity) > order.index(merged[category]):
            merged[category] = severity
    return merged


@dataclass
class Play:
    """One conversation under way; `begin`, then one event after the other."""

    stage: Stage
    flow: str
    language: str
    day: date = DAY
    session: Session = field(init=False)
    asked: Send = field(init=False)  # the open question as it was last put
    effects: tuple[Effect, ...] = ()  # of the latest event
    visits: tuple[Visit, ...] = ()  # the way up to now
    new: tuple[Visit, ...] = ()  # the part of the way that the latest event added
    cases: tuple[OpenCase, ...] = ()
    outcome: str | None = None  # of the played flow, once it has ended
    flags: Mapping[str, str] = field(default_factory=dict)  # now, or when the flow ended

    def __post_init__(self) -> None:
        self._at = noon(self.day)

    def begin(self) -> None:
        """Start the flow; raises FlowError where it goes round before its first question."""
        self._took(*self.stage.start(self.language, self._at))

    def tap(self, option: str) -> None:
        """Press a button of the open question."""
        self._do(Tap(self.session.asked, option, self._at))

    def type(self, text: str) -> None:
        """Type something: a command where the whole message is one, else an answer."""
        command = self.stage.words.find(text)
        self._do(Commanded(command, self._at) if command else Typed(text, self._at))

    @property
    def sends(self) -> tuple[Send, ...]:
        """What the worker was told by the latest event."""
        return tuple(effect for effect in self.effects if isinstance(effect, Send))

    @property
    def question(self) -> tuple[str, str]:
        """The open question as (flow, node)."""
        return self.visits[-1].flow, self.visits[-1].node

    @property
    def draft(self) -> bool:
        """Whether a typed date or amount waits for its yes."""
        return self.session.draft is not None and not self.asked.many

    @property
    def failed(self) -> bool:
        """Whether a node could not be walked, so that the worker got an apology."""
        return any(line.phrase == phrases.FAILED for send in self.sends for line in send.lines)

    def _do(self, event: Event) -> None:
        self._took(*engine.advance(self.stage, self.session, event))

    def _took(self, session: Session, effects: tuple[Effect, ...]) -> None:
        before = self.visits
        self.session, self.effects = session, effects
        for send in self.sends:
            if send.question is not None:
                self.asked = send
        self.visits = self.stage.visits(session)
        went_on = self.visits[: len(before)] == before
        self.new = self.visits[len(before) :] if went_on else self.visits[-1:]
        self.cases += tuple(effect for effect in effects if isinstance(effect, OpenCase))
        if self.outcome is None:
            self._look_for_end(effects)

    def _look_for_end(self, effects: tuple[Effect, ...]) -> None:
        self.flags = self.visits[-1].flags
        for visit in self.visits:
            if (visit.flow, visit.node) == (RESUME, AFTER):
                self.flags = visit.flags
                ends = [e for e in effects if isinstance(e, Finished) and e.flow == self.flow]
                self.outcome = ends[-1].outcome if ends else None
