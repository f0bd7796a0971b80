"""Which values are read later: a path is known by these alone (lint/walk.py)."""

import ast
from collections.abc import Iterator, Mapping
from functools import lru_cache

from flows.expressions import BadExpression, Expression
from flows.model import Ask, Branch, Choose, Flow, Node, Phrase, Run
from flows.tools.lint.content import Content
from flows.tools.lint.shape import leads_to, target_of
from flows.tools.lint.wording import fields_of

WORST, AMOUNT, TODAY = "worst", "amount", "today"
Name = tuple[str, str]  # (flow, field), or (WORST, category)


@lru_cache(maxsize=4096)
def parse(source: str) -> ast.expr | None:
    """An expression as a tree; None where it is not one."""
    try:
        Expression(source)
    except BadExpression:
        return None
    return ast.parse(source.strip(), mode="eval").body


def names_in(tree: ast.expr | None, *, in_calls: bool = True) -> Iterator[tuple[str | None, str]]:
    """(owner or None, name) of what an expression reads; `in_calls`: also what functions get."""
    match tree:
        case None:
            return
        case ast.Name(id=name):
            yield None, name
        case ast.Attribute(value=ast.Name(id=owner), attr=name):
            yield owner, name
        case ast.Call(args=args):
            for arg in args if in_calls else ():
                yield from names_in(arg)
        case _:
            for child in ast.iter_child_nodes(tree):
                if isinstance(child, ast.expr):
                    yield from names_in(child, in_calls=in_calls)


def compared_names(content: Content) -> frozenset[Name]:
    """The names whose value counts. Of the others it counts only that there is one: questions
    that are merely counted (`at_least(2, [...])`) do not multiply the paths.
    """
    return frozenset(
        (owner or flow.id, name)
        for flow in content.flows.values()
        for node in flow.nodes.values()
        for source in sources_of(node)
        for owner, name in names_in(parse(source), in_calls=False)
    )


def sources_of(node: Node) -> Iterator[str]:
    """The expressions of a node."""
    yield from node.compute.values()
    if isinstance(node, Branch):
        yield from (condition for condition, _ in node.arms if condition is not None)


def live_names(content: Content) -> Mapping[tuple[str, str], frozenset[Name]]:
    """(flow, node) -> the names that this node, or one after it, reads."""
    live: dict[tuple[str, str], frozenset[Name]] = {}
    changed = True
    while changed:
        changed = False
        for flow in content.flows.values():
            for node in reversed(list(flow.nodes.values())):
                found = _live(content, flow, node, live)
                if found != live.get((flow.id, node.id)):
                    live[(flow.id, node.id)] = found
                    changed = True
    return live


def _live(
    content: Content,
    flow: Flow,
    node: Node,
    live: Mapping[tuple[str, str], frozenset[Name]],
) -> frozenset[Name]:
    targets = (target_of(flow, target) for target in leads_to(node))
    names = {name for t in targets if t for name in live.get((flow.id, t), ())}
    if isinstance(node, Choose | Ask):
        names.discard((flow.id, node.save or ""))
    if isinstance(node, Run) and (sub := content.flows.get(node.flow)):
        names |= live.get((sub.id, sub.start), frozenset())
    text = getattr(node, "text", None)
    if isinstance(text, Phrase):
        names |= {(flow.id, name) for name in fields_of(text.text)}
    names -= {(flow.id, name) for name in node.compute}
    for source in sources_of(node):
        for owner, name in names_in(parse(source)):
            if (owner, name) != (None, TODAY) and owner != AMOUNT:
                names.add((owner or flow.id, name))
    return frozenset(names)
