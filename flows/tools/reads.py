"""What conditions and computations look at: which saved answers, and what of them.

    by < today and at_least(2, (said_yes(locked), said_yes(beaten)))

looks at three answers, and of each wants to know only whether something is so; two answers to
`locked` of which said_yes says the same are the same to it.
"""

import ast
from collections.abc import Iterator
from dataclasses import dataclass

from flows.compute import FUNCTIONS
from flows.model import Branch, Flow, Node

KNOWN = ("today", "worst", "amount")  # names that no question saves
Full = tuple[str, str]  # flow, field


@dataclass(frozen=True)
class Rule:
    """A condition, or a computation with the field that it sets."""

    flow: str
    source: str
    reads: frozenset[Full]
    sets: Full | None = None


@dataclass(frozen=True)
class Part:
    """A part of a rule that is about some answers only; what counts is whether it holds."""

    flow: str
    source: str


def rules_of_flow(flow: Flow) -> Iterator[Rule]:
    """The conditions and computations of a flow, in the order of its file."""
    for node in flow.nodes.values():
        yield from rules_of_node(flow.id, node)


def rules_of_node(flow: str, node: Node) -> Iterator[Rule]:
    """The conditions and computations of a node."""
    for field, source in node.compute.items():
        yield Rule(flow, source, _reads(flow, _parse(source)), (flow, field))
    if isinstance(node, Branch):
        for condition, _ in node.arms:
            if condition is not None:
                yield Rule(flow, condition, _reads(flow, _parse(condition)))


def parts_about(rule: Rule, fields: frozenset[Full]) -> tuple[list[Part], bool]:
    """The parts of a rule that are about these fields alone.

    Also whether it looks at one of them in another way, such as by comparing it with an answer
    that is not among them: then every value may make a difference.
    """
    found = list(_split(rule.flow, _parse(rule.source), fields, as_truth=rule.sets is None))
    return [Part(rule.flow, ast.unparse(part)) for part in found if part], None in found


def _split(
    flow: str, tree: ast.expr, fields: frozenset[Full], *, as_truth: bool
) -> Iterator[ast.expr | None]:
    """The parts; None where a field is looked at in another way."""
    reads = _reads(flow, tree)
    if not reads & fields:
        return
    if reads <= fields and (as_truth or _is_truth(tree)):
        yield tree
        return
    match tree:
        case ast.BoolOp(values=values):
            for value in values:
                yield from _split(flow, value, fields, as_truth=True)
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            yield from _split(flow, operand, fields, as_truth=True)
        case ast.Call(args=inner) | ast.Tuple(elts=inner) | ast.List(elts=inner):
            for part in inner:
                yield from _split(flow, part, fields, as_truth=False)
        case ast.Compare(left=left, comparators=[right]):
            yield from _split(flow, left, fields, as_truth=False)
            yield from _split(flow, right, fields, as_truth=False)
        case _:
            yield None


def _is_truth(tree: ast.expr) -> bool:
    """Whether this is true or false, and nothing else."""
    match tree:
        case ast.BoolOp() | ast.Compare() | ast.UnaryOp(op=ast.Not()):
            return True
        case ast.Call(func=ast.Name(id=name)):
            return FUNCTIONS[name][0].__annotations__.get("return") is bool
    return False


def _parse(source: str) -> ast.expr:
    return ast.parse(source.strip(), mode="eval").body


def _reads(flow: str, tree: ast.expr) -> frozenset[Full]:
    names: set[Full] = set()
    inside: set[int] = set()
    for part in ast.walk(tree):
        match part:
            case ast.Attribute(value=ast.Name(id=owner) as name, attr=field):
                inside.add(id(name))
                names |= set() if owner in KNOWN else {(owner, field)}
            case ast.Call(func=ast.Name() as name):
                inside.add(id(name))
    for part in ast.walk(tree):
        if isinstance(part, ast.Name) and id(part) not in inside and part.id not in KNOWN:
            names.add((flow, part.id))
    return frozenset(names)
