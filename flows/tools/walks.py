"""The states of a flow and the steps between them, as the engine walks them.

A state is an open question together with all that can still make a difference: the flags, and
those saved answers that a later condition may look at. Each state is tried with each kind of
answer; a path is a way through the states. A step back to an earlier question ends a path.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from flows import engine
from flows.catalog import Catalog
from flows.fold import DONE, RESUME, YES
from flows.model import Ask, Choose, Effect, End, Finished, OpenCase, Run, Session, Tap, Typed
from flows.texts import SOURCE_LANGUAGE
from flows.tools.answers import Answers, Kind
from flows.tools.play import AFTER, DAY, Stage, Visit, noon
from flows.tools.reads import Full

MOST_STATES = 10_000  # that are tried; a tree of twelve questions has some thousand
NOT_FOLLOWED = "(not followed: too many states)"
FAILS = "(fails: goes round without a question)"
NO_ANSWER = "(nothing can answer this)"

Place = tuple[tuple[str, str], ...]  # the nodes that run the flow, then the question
Answered = tuple[Place, str]  # a place, and the label of a kind of answer


@dataclass(frozen=True)
class Reached:
    """What came of a step: where it led, and what the worker was told on the way."""

    told: tuple[tuple[str, str], ...]  # nodes
    visited: tuple[tuple[str, str], ...]  # nodes, the open question too
    cases: tuple[OpenCase, ...]
    flags: Mapping[str, str]
    outcome: str | None = None  # the path has ended
    state: int | None = None  # the path goes on


@dataclass(frozen=True)
class Step:
    """One kind of answer to the question of a state."""

    place: Place
    kind: Kind
    reached: Reached

    @property
    def answered(self) -> Answered:
        """The question and the kind of answer."""
        return self.place, self.kind.label


class Walks:
    """All states of a flow that its answers can lead to."""

    def __init__(self, catalog: Catalog, flow: str, most_states: int = MOST_STATES) -> None:
        self.catalog, self.flow, self.most_states = catalog, flow, most_states
        self.answers = Answers(catalog, flow)
        self._stage = Stage(catalog, flow)
        self._at = noon(DAY)
        self._sessions: list[tuple[Session, tuple[Visit, ...]]] = []
        self._places: list[Place] = []
        self._numbers: dict[Any, int] = {}
        session, effects = self._stage.start(SOURCE_LANGUAGE, self._at)
        self.begin = self._reached(session, effects, ())
        self._tried: list[list[Step]] = []
        while len(self._tried) < len(self._sessions):
            self._tried.append(list(self._try_all(len(self._tried))))

    def steps(self, state: int) -> list[Step]:
        """The steps from a state; those that lead back to an earlier question end there."""
        return self._steps[state]

    @cached_property
    def _steps(self) -> list[list[Step]]:
        back = set(_edges_back(self._places, self._tried))
        return [[self._without(step, back) for step in steps] for steps in self._tried]

    def _without(self, step: Step, back: set[tuple[Place, Place]]) -> Step:
        target = step.reached.state
        if target is None or (step.place, self._places[target]) not in back:
            return step
        again = f"back to {name_of(self._places[target][-1], self.flow)}"
        reached = step.reached
        ended = Reached(reached.told, reached.visited, reached.cases, reached.flags, again)
        return Step(step.place, step.kind, ended)

    # -- trying --------------------------------------------------------------------------------

    def _try_all(self, state: int) -> Iterator[Step]:
        session, visits = self._sessions[state]
        flow, node_id = visits[-1].flow, visits[-1].node
        node = self.catalog.flows[flow].nodes[node_id]
        assert isinstance(node, Choose | Ask)
        place, some = self._places[state], False
        for kind in self.answers.kinds(flow, node):
            after, effects = self._answer(session, kind, node)
            if after.flow != session.flow:  # the engine apologised, and opened the menu
                some = True
                yield Step(place, kind, Reached((), (), (), visits[-1].flags, FAILS))
            elif len(after.log) > len(session.log):
                some = True
                yield Step(place, kind, self._reached(after, effects, visits))
        if not some:
            nothing = Reached((), (), (), visits[-1].flags, NO_ANSWER)
            yield Step(place, Kind("-"), nothing)

    def _answer(
        self, session: Session, kind: Kind, node: Choose | Ask
    ) -> tuple[Session, tuple[Effect, ...]]:
        stage, at = self._stage, self._at
        effects: tuple[Effect, ...] = ()
        if kind.typed is not None:
            stage.forget()
            session, effects = engine.advance(stage, session, Typed(kind.typed, at))
        many = isinstance(node, Choose) and node.many
        taps = [*(kind.options or ()), *([DONE] if many else [])]
        for option in [YES] if session.draft is not None else taps:
            stage.forget()
            session, effects = engine.advance(stage, session, Tap(session.asked, option, at))
        return session, effects

    def _reached(
        self, session: Session, effects: tuple[Effect, ...], before: tuple[Visit, ...]
    ) -> Reached:
        visits = self._stage.visited
        new = visits[len(before) :]
        cases = tuple(effect for effect in effects if isinstance(effect, OpenCase))
        for position, visit in enumerate(new):
            if (visit.flow, visit.node) == (RESUME, AFTER):
                ends = [e for e in effects if isinstance(e, Finished) and e.flow == self.flow]
                outcome = ends[-1].outcome if ends else "(failed)"
                return self._gains(new[:position], cases, visit.flags, outcome)
            if visit.flow not in {RESUME, *self.answers.flows}:
                topic = f"topic {visit.flow}"
                return self._gains(new[:position], cases, visit.flags, topic)
        state = self._number(session, visits)
        unfollowed = NOT_FOLLOWED if state is None else None
        return self._gains(new, cases, visits[-1].flags, unfollowed, state)

    def _gains(
        self,
        new: tuple[Visit, ...],
        cases: tuple[OpenCase, ...],
        flags: Mapping[str, str],
        outcome: str | None,
        state: int | None = None,
    ) -> Reached:
        nodes = [(v.flow, v.node) for v in new if v.flow != RESUME]
        told = []
        for flow, node_id in nodes:
            node = self.catalog.flows[flow].nodes[node_id]
            if not isinstance(node, Choose | Ask) and getattr(node, "text", None) is not None:
                told.append((flow, node_id))
        return Reached(tuple(told), tuple(nodes), cases, flags, outcome, state)

    def _number(self, session: Session, visits: tuple[Visit, ...]) -> int | None:
        """The state that a session is in, a new one if need be."""
        place, last = self._place(visits), visits[-1]
        read = frozenset[Full]().union(*(self.answers.read_after(*node) for node in place))
        saved = {name: value for name, value in self._stage.fields.items() if name in read}
        key = (place, tuple(sorted(last.flags.items())), tuple(sorted(saved.items())))
        if key not in self._numbers:
            if len(self._numbers) >= self.most_states:
                return None
            self._numbers[key] = len(self._numbers)
            self._sessions.append((session, visits))
            self._places.append(place)
        return self._numbers[key]

    def _place(self, visits: tuple[Visit, ...]) -> Place:
        running: list[tuple[str, str]] = []
        for visit in visits:
            if visit.flow == RESUME:
                continue
            node = self.catalog.flows[visit.flow].nodes[visit.node]
            if isinstance(node, Run):
                running.append((visit.flow, visit.node))
            elif isinstance(node, End) and running:
                running.pop()
        return (*running, (visits[-1].flow, visits[-1].node))


def name_of(node: tuple[str, str], flow: str) -> str:
    """A node as it is named in this flow: NODE, or FLOW.NODE of another."""
    return node[1] if node[0] == flow else ".".join(node)


def _edges_back(places: list[Place], steps: list[list[Step]]) -> Iterator[tuple[Place, Place]]:
    """The steps to a place that one may have come from, first things first."""
    after: dict[Place, dict[Place, None]] = {}
    for state, known in enumerate(steps):
        for step in known:
            if step.reached.state is not None:
                after.setdefault(places[state], {})[places[step.reached.state]] = None
    if not places:
        return
    open_, done = {places[0]: iter(after.get(places[0], {}))}, set[Place]()
    while open_:
        place, ahead = next(reversed(open_.items()))
        following = next(ahead, None)
        if following is None:
            done.add(place)
            del open_[place]
        elif following in open_:
            yield place, following
        elif following not in done:
            open_[following] = iter(after.get(following, {}))
