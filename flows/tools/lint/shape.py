"""The rules of the graph: what cannot be reached, what never ends (E2 to E4, E8, W3, W4)."""

from collections.abc import Iterable, Iterator, Mapping
from functools import partial

from flows.faults import closest
from flows.fold import MAX_NODES_WITHOUT_QUESTION
from flows.model import Ask, Branch, Choose, End, Flow, Node, Run
from flows.tools.lint.content import Content
from flows.tools.lint.problem import Problem

MAX_OPTIONS = 7  # more is not read on a small screen
MAX_QUESTIONS = 12  # on the way to an outcome; more is given up
Graph = Mapping[str, tuple[str, ...]]


def unreachable(content: Content) -> Iterator[Problem]:
    """E2: a node that no path from the start leads to."""
    for flow in content.flows.values():
        graph = graph_of(flow)
        found = reachable(graph, [flow.start]) if flow.start in graph else set(graph)
        lost = [node for node in graph if node not in found]
        for first, rest in _by_first(graph, lost):
            also = f" (nor to {_names(rest)} after it)" if rest else ""
            mend = "Lead an answer or a branch here, or remove it."
            yield content.problem("E2", flow.id, [first], f"no path leads here{also}", mend)


def endless(content: Content) -> Iterator[Problem]:
    """E3: a node from which no end can be reached."""
    for flow in content.flows.values():
        graph = graph_of(flow)
        ends = [
            node.id for node in flow.nodes.values() if isinstance(node, End) or _broken(flow, node)
        ]
        saved = reachable(_turned(graph), ends)
        stuck = [node for node in graph if node not in saved]
        for first, rest in _by_first(graph, stuck):
            also = f" (nor from {_names(rest)} after it)" if rest else ""
            mend = "Lead it to a node with `end`."
            yield content.problem(
                "E3", flow.id, [first], f"no end can be reached from here{also}", mend
            )


def silent_cycles(content: Content) -> Iterator[Problem]:
    """E4: nodes that go round, or on and on, without a question."""
    silent = silent_flows(content)
    for flow in content.flows.values():
        graph = _silent_graph(flow, silent)
        cycles = [part for part in components(graph) if len(part) > 1 or part[0] in graph[part[0]]]
        for cycle in cycles:
            message = f"goes round without a question: {' → '.join([*cycle, cycle[0]])}"
            mend = "Put a question into the circle, or lead it to an end."
            yield content.problem("E4", flow.id, [cycle[0]], message, mend)
        if not cycles:
            lengths = _longest(graph, dict.fromkeys(graph, 1))
            node = max(lengths, key=lambda n: lengths[n])
            if lengths[node] > MAX_NODES_WITHOUT_QUESTION:
                message = f"{lengths[node]} nodes follow each other here without a question"
                mend = f"Ask something before {MAX_NODES_WITHOUT_QUESTION} are over."
                yield content.problem("E4", flow.id, [node], message, mend)


def recursion(content: Content) -> Iterator[Problem]:
    """E8: a flow that runs itself, be it through others."""
    runs = {
        flow.id: tuple(n.flow for n in flow.nodes.values() if isinstance(n, Run))
        for flow in content.flows.values()
    }
    for flow in content.flows.values():
        for node in flow.nodes.values():
            if isinstance(node, Run) and flow.id in reachable(runs, [node.flow]):
                around = "" if node.flow == flow.id else f", which leads back to {flow.id}"
                message = f"runs the flow {node.flow!r}{around}"
                mend = "A flow comes back by itself when it has ended."
                yield content.problem("E8", flow.id, [node.id], message, mend)


def many_options(content: Content) -> Iterator[Problem]:
    """W3: a question with more answers than a person reads."""
    for flow in content.flows.values():
        for node in flow.nodes.values():
            count = len(options_of(node))
            if count > MAX_OPTIONS:
                message = (
                    f"has {count} answers; more than {MAX_OPTIONS} are hard to read on a phone"
                )
                yield content.problem("W3", flow.id, [node.id], message, "Ask in two steps.")


def too_deep(content: Content) -> Iterator[Problem]:
    """W4: more questions on the way than people answer. A circle counts once."""
    for flow in content.flows.values():
        parts = components(graph_of(flow))
        where = {node: index for index, part in enumerate(parts) for node in part}
        graph = {
            str(i): tuple({str(where[n]) for m in part for n in graph_of(flow)[m]} - {str(i)})
            for i, part in enumerate(parts)
        }
        weights = {
            str(i): sum(isinstance(flow.nodes[n], Choose | Ask) for n in part)
            for i, part in enumerate(parts)
        }
        questions = _longest(graph, weights).get(str(where.get(flow.start)), 0)
        if questions > MAX_QUESTIONS:
            message = f"asks up to {questions} questions; after {MAX_QUESTIONS} people give up"
            yield content.problem("W4", flow.id, ["start"], message, "Split it into two flows.")


# -- graphs ------------------------------------------------------------------------------------


def options_of(node: Node) -> Mapping[str, object]:
    """The options of a question; none of any other node."""
    return node.options if isinstance(node, Choose | Ask) else {}


def leads_to(node: Node) -> tuple[str, ...]:
    """The nodes that follow a node, as they are written."""
    if isinstance(node, Branch):
        return tuple(dict.fromkeys(target for _, target in node.arms))
    following = [getattr(node, "next", None)] if not isinstance(node, Choose) or node.many else []
    if isinstance(node, Choose | Ask) and not (isinstance(node, Choose) and node.many):
        following += [option.next for option in node.options.values()]
    return tuple(dict.fromkeys(target for target in following if target))


def target_of(flow: Flow, target: str) -> str | None:
    """The node that is meant: a slip of the pen (E1) should not be told as an unreachable node."""
    return target if target in flow.nodes else closest(target, flow.nodes)


def graph_of(flow: Flow) -> Graph:
    """node -> the nodes that follow it."""
    follow = partial(target_of, flow)
    return {
        node.id: tuple(target for target in map(follow, leads_to(node)) if target)
        for node in flow.nodes.values()
    }


def reachable(graph: Graph, starts: Iterable[str]) -> set[str]:
    """The starts and all that follows from them."""
    found: set[str] = set()
    open_nodes = list(starts)
    while open_nodes:
        node = open_nodes.pop()
        if node not in found:
            found.add(node)
            open_nodes += graph.get(node, ())
    return found


def components(graph: Graph) -> list[list[str]]:
    """The circles of a graph (and each other node for itself), in the order of the nodes."""
    below = {node: reachable(graph, graph[node]) for node in graph}
    parts: list[list[str]] = []
    placed: set[str] = set()
    for node in graph:
        if node not in placed:
            part = [
                node,
                *(n for n in graph if n != node and n in below[node] and node in below[n]),
            ]
            placed.update(part)
            parts.append(part)
    return parts


def silent_flows(content: Content) -> set[str]:
    """The flows that can be passed from their start to an end without a question."""
    silent: set[str] = set()
    for _ in content.flows:
        for flow in content.flows.values():
            found = reachable(_silent_graph(flow, silent), [flow.start])
            if any(isinstance(flow.nodes.get(node), End) for node in found):
                silent.add(flow.id)
    return silent


def _silent_graph(flow: Flow, silent: set[str]) -> Graph:
    def asks(node: Node) -> bool:
        return isinstance(node, Choose | Ask) or (isinstance(node, Run) and node.flow not in silent)

    graph = graph_of(flow)
    return {node: () if asks(flow.nodes[node]) else graph[node] for node in graph}


def _broken(flow: Flow, node: Node) -> bool:
    return any(target_of(flow, target) is None for target in leads_to(node))


def _turned(graph: Graph) -> Graph:
    return {node: tuple(n for n in graph if node in graph[n]) for node in graph}


def _by_first(graph: Graph, nodes: list[str]) -> Iterator[tuple[str, list[str]]]:
    """Groups of nodes: one to name, and those that follow from it."""
    left = list(nodes)
    heads = [n for n in nodes if not any(n in graph[m] for m in nodes if m != n)]
    for head in [*heads, *nodes]:
        if head in left:
            group = [n for n in left if n in reachable(graph, [head])]
            left = [n for n in left if n not in group]
            yield head, [n for n in group if n != head]


def _names(nodes: Iterable[str]) -> str:
    return ", ".join(repr(node) for node in nodes)


def _longest(graph: Graph, weights: Mapping[str, int]) -> dict[str, int]:
    """For each node of a graph without circles, the greatest weight of a path from it."""
    longest: dict[str, int] = {}
    for root in graph:
        stack = [root]
        while stack:
            node = stack[-1]
            missing = [n for n in graph[node] if n not in longest]
            if missing and node not in longest:
                stack += missing
                continue
            longest.setdefault(
                node, weights[node] + max((longest[n] for n in graph[node]), default=0)
            )
            stack.pop()
    return longest
