"""Walks every path of the flows, with what is known on it; the rules of lint/paths.py read this.

Two paths that stand at the same node and differ in nothing that is read later are one. Answers
that are typed are not tried out: a condition about them is taken to hold, and not to hold.
"""

from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple, TypeVar

from flows.fold import ENGINE_OWNED, MENU
from flows.model import (
    SEVERITIES,
    Ask,
    Branch,
    Choose,
    End,
    Escalate,
    Node,
    NodeBase,
    Option,
    Phrase,
    Run,
)
from flows.tools.lint.content import Content
from flows.tools.lint.live import AMOUNT, TODAY, WORST, Name, compared_names, live_names, parse
from flows.tools.lint.shape import target_of
from flows.tools.lint.values import NOTHING, Abstract, Known, Unknown, evaluate, truth
from flows.tools.lint.wording import fields_of, is_personal

MAX_STATES = 20_000  # for one flow: about a second
MAX_FRAMES = 8  # flows in flows
LAWYER = "lawyer"
RED = frozenset({("urgency", "U0"), ("trafficking", "red")})

Key = TypeVar("Key")
Place = tuple[str, str]  # (flow, node)


class State(NamedTuple):
    """Where a path stands, and what of it counts later. A tuple: a hundred thousand are hashed."""

    frames: tuple[Place, ...]
    env: frozenset[tuple[Name, Abstract]] = frozenset()
    red: Place | None = None  # where a red flag was raised that nothing has answered yet
    agreed: bool = False  # to pass on personal data


@dataclass(frozen=True)
class Way:
    """The answers that lead to a place, oldest first."""

    steps: tuple[str, ...]

    def __str__(self) -> str:
        return ", ".join(("…", *self.steps[-5:]) if len(self.steps) > 5 else self.steps)


@dataclass
class Walked:
    """What was seen on all paths; where something is wrong, with the shortest way to it."""

    nodes: set[Place] = field(default_factory=set)
    arms: set[tuple[Place, int]] = field(default_factory=set)
    unset: dict[tuple[Place, str], Way] = field(default_factory=dict)  # inserted without a value
    unasked: dict[tuple[Place, str], Way] = field(default_factory=dict)  # "not" before it was asked
    unhelped: dict[Place, tuple[Place, Way]] = field(default_factory=dict)  # red flag -> end
    personal: dict[Place, Way] = field(default_factory=dict)  # asked before consent
    cut: set[str] = field(default_factory=set)  # flows with too many paths to follow them all


def walk(content: Content) -> Walked:
    """Every path of every flow that somebody can begin."""
    walked, live, compared = Walked(), live_names(content), compared_names(content)
    for flow in _begun(content):
        _Walker(content, walked, live, compared, flow).go()
    return walked


def _begun(content: Content) -> Iterator[str]:
    """The flows that are not only a part of another one."""
    runs = {
        flow.id: {node.flow for node in flow.nodes.values() if isinstance(node, Run)}
        for flow in content.flows.values()
    }
    parts = {flow for runner, run in runs.items() if runner != MENU for flow in run}
    begun = ENGINE_OWNED | runs.get(MENU, set())
    for flow in content.flows.values():
        if flow.start in flow.nodes and (flow.id in begun or flow.id not in parts or flow.keywords):
            yield flow.id


class _Walker:
    """The paths of one flow and of those that it runs, the shortest first."""

    def __init__(
        self,
        content: Content,
        walked: Walked,
        live: Mapping[Place, frozenset[Name]],
        compared: frozenset[Name],
        flow: str,
    ) -> None:
        self.content = content
        self.walked = walked
        self.live = live
        self.compared = compared
        self.flow = flow
        self.came_from: dict[State, tuple[State | None, str]] = {}
        self.kept: dict[tuple[Place, ...], frozenset[Name]] = {}
        self.queue: deque[State] = deque()

    def go(self) -> None:
        """Walk until nothing new is found, or too much."""
        self._reach(State(((self.flow, self.content.flows[self.flow].start),)), None, "")
        while self.queue:
            if len(self.came_from) > MAX_STATES:
                self.walked.cut.add(self.flow)
                return
            self._visit(self.queue.popleft())

    def way(self, state: State) -> Way:
        """The answers that led to this state."""
        steps: list[str] = []
        here: State | None = state
        while here is not None:
            here, step = self.came_from[here]
            if step:
                steps.append(step)
        return Way(tuple(reversed(steps)))

    def _reach(self, state: State, before: State | None, step: str) -> None:
        kept = self.kept.get(state.frames)
        if kept is None:
            kept = frozenset().union(*(self.live.get(frame, frozenset()) for frame in state.frames))
            self.kept[state.frames] = kept
        state = state._replace(env=frozenset(item for item in state.env if item[0] in kept))
        if state not in self.came_from:
            self.came_from[state] = (before, step)
            self.queue.append(state)

    def _visit(self, state: State) -> None:
        place = state.frames[-1]
        node = self.content.flows[place[0]].nodes[place[1]]
        self.walked.nodes.add(place)
        now = self._arrived(state, place, node)
        self._look(state, dict(now.env), place, node, agreed=now.agreed)
        for after, target, step in self._steps(now, state, place, node):
            self._go_on(after, target, state, step)

    def _arrived(self, state: State, place: Place, node: Node) -> State:
        """After what a node does before anybody answers."""
        env = dict(state.env)
        for name, source in node.compute.items():
            env[(place[0], name)] = self._evaluate(source, env, place, state)
        state = _flagged(state._replace(env=frozenset(env.items())), place, node.flag)
        return state._replace(red=None) if self._helps(node) else state

    def _look(
        self, state: State, env: Mapping[Name, Abstract], place: Place, node: Node, *, agreed: bool
    ) -> None:
        text = getattr(node, "text", None)
        for name in fields_of(text.text) if isinstance(text, Phrase) else ():
            known = name in self.content.hotlines.hotlines or name in self.content.sources.amounts
            value = env.get((place[0], name), Unknown.UNSET)
            if not known and (value in NOTHING or value is Unknown.ANY):
                self._note(self.walked.unset, (place, name), state)
        if isinstance(node, Ask) and is_personal(node) and not agreed:
            self._note(self.walked.personal, place, state)

    def _note(self, seen: dict[Key, Way], key: Key, state: State) -> None:
        if key not in seen:
            seen[key] = self.way(state)

    def _steps(
        self, now: State, state: State, place: Place, node: Node
    ) -> Iterator[tuple[State, str | None, str]]:
        """What can follow: the state, the next node (None: back from this flow), the answer."""
        match node:
            case End():
                if now.red and len(now.frames) == 1 and now.red not in self.walked.unhelped:
                    self.walked.unhelped[now.red] = (place, self.way(state))
                yield now, None, ""
            case Branch():
                yield from self._arms(now, state, place, node)
            case Choose():
                yield from self._chosen(now, place, node)
            case Ask():
                answered = _saved(now, place, node.save, Unknown.SOME)
                yield answered, node.next, f"{node.id}: an answer"
                for option in node.options.values():
                    picked = self._picked(now, place, node, [option])
                    nothing = _saved(picked, place, node.save, Unknown.NONE)
                    yield nothing, option.next, f"{node.id}: {option.id}"
            case _:
                yield now, node.next, ""

    def _arms(
        self, now: State, state: State, place: Place, node: Branch
    ) -> Iterator[tuple[State, str | None, str]]:
        for index, (condition, target) in enumerate(node.arms):
            holds: bool | None = True
            if condition is not None:
                holds = truth(self._evaluate(condition, dict(now.env), place, state))
            if holds is not False:
                self.walked.arms.add((place, index))
                yield now, target, ""
            if holds:
                return

    def _chosen(
        self, now: State, place: Place, node: Choose
    ) -> Iterator[tuple[State, str | None, str]]:
        options = list(node.options.values())
        if not node.many:
            for option in options:
                picked = self._picked(now, place, node, [option])
                counts = (place[0], node.save) in self.compared
                value = Known(option.id) if counts else Unknown.SOME
                saved = _saved(picked, place, node.save, value)
                yield saved, option.next, f"{node.id}: {option.id}"
            return
        for some in ([], *([option] for option in options), options):
            picked = self._picked(now, place, node, some)
            chosen = "+".join(option.id for option in some) or "none of them"
            yield _saved(picked, place, node.save, Unknown.SOME), node.next, f"{node.id}: {chosen}"

    def _picked(self, state: State, place: Place, node: Node, options: list[Option]) -> State:
        for option in options:
            state = _flagged(state, place, option.flag)
            state = state._replace(agreed=state.agreed or any(option.consent.values()))
        return state._replace(red=None) if self._helps(node) else state

    def _go_on(self, state: State, target: str | None, before: State, step: str) -> None:
        *outer, (flow_id, node_id) = state.frames
        if target is None:
            frames = tuple(outer)
        else:
            flow = self.content.flows[flow_id]
            following = target_of(flow, target)
            if following is None:
                return  # E1
            node = flow.nodes[node_id]
            frames = (*outer, (flow_id, following))
            if isinstance(node, Run) and self._enters(node.flow, frames):
                frames = (*frames, (node.flow, self.content.flows[node.flow].start))
        if frames:
            self._reach(state._replace(frames=frames), before, step)

    def _enters(self, flow_id: str, frames: tuple[Place, ...]) -> bool:
        flow = self.content.flows.get(flow_id)
        return (
            flow is not None
            and flow.start in flow.nodes
            and self.flow != MENU  # each topic is walked by itself
            and len(frames) < MAX_FRAMES
            and all(flow_id != open_flow for open_flow, _ in frames)
        )

    def _helps(self, node: NodeBase) -> bool:
        """Whether a node gives a number to call, or a lawyer."""
        if isinstance(node, Escalate) or (isinstance(node, Run) and node.flow == LAWYER):
            return True
        text = getattr(node, "text", None)
        named = fields_of(text.text) if isinstance(text, Phrase) else ()
        return any(name in self.content.hotlines.hotlines for name in (*node.hotlines, *named))

    def _evaluate(
        self, source: str, env: Mapping[Name, Abstract], place: Place, state: State
    ) -> Abstract:
        tree = parse(source)
        if tree is None:
            return Unknown.ANY  # told when the file was read

        def lookup(owner: str | None, name: str) -> Abstract:
            if owner == AMOUNT or (owner is None and name == TODAY):
                return Unknown.SOME
            if owner == WORST:
                return env.get((WORST, name), Unknown.NONE)
            if owner is None:
                return env.get((place[0], name), Unknown.UNSET)
            return env.get((owner, name), Unknown.ANY)  # a side trip may have been there before

        def on_unset(name: str) -> None:
            self._note(self.walked.unasked, (place, name), state)

        return evaluate(tree, lookup, on_unset)


def _flagged(state: State, place: Place, flags: Mapping[str, str]) -> State:
    if not flags:
        return state
    env = dict(state.env)
    for category, severity in flags.items():
        order = SEVERITIES.get(category, ())
        before = env.get((WORST, category))
        worst = before.value if isinstance(before, Known) else None
        if severity in order and (worst is None or order.index(severity) > order.index(worst)):
            env[(WORST, category)] = Known(severity)
    red = place if RED & set(flags.items()) else state.red
    return state._replace(env=frozenset(env.items()), red=red)


def _saved(state: State, place: Place, name: str | None, value: Abstract) -> State:
    if name is None:
        return state
    env = {**dict(state.env), (place[0], name): value}
    return state._replace(env=frozenset(env.items()))
