"""The rules of names and conditions: values that nothing saves, answers that are not there (E0, E5,
E7).
"""

import ast
from collections.abc import Iterator, Mapping
from datetime import date
from decimal import Decimal, InvalidOperation

from flows.faults import did_you_mean
from flows.model import SEVERITIES, Ask, AskKind, Branch, Choose, Flow, Node, Phrase
from flows.tools.lint.content import Content
from flows.tools.lint.live import AMOUNT, TODAY, WORST, names_in, parse
from flows.tools.lint.problem import Problem
from flows.tools.lint.wording import fields_of

Domain = frozenset[str] | None  # the values that a field can have; None: any


def unknown_names(content: Content) -> Iterator[Problem]:
    """E7: a condition or a computation that reads what nothing saves."""
    for flow in content.flows.values():
        for node in flow.nodes.values():
            for source, path in _expressions(node):
                for owner, name in names_in(parse(source)):
                    wrong = _wrong_name(content, flow, owner, name)
                    if wrong:
                        message, mend = wrong
                        yield content.problem("E7", flow.id, path, message, mend)


def unknown_fields(content: Content) -> Iterator[Problem]:
    """E7: a text that inserts what nothing saves, or that nothing fills in."""
    shared = (*content.sources.amounts, *content.hotlines.hotlines)
    for flow in content.flows.values():
        saved = saved_by(flow)
        for node in flow.nodes.values():
            text = getattr(node, "text", None)
            for name in fields_of(text.text) if isinstance(text, Phrase) else ():
                if name not in saved and name not in shared:
                    message = f"inserts {{{name}}}, which nothing in this flow saves"
                    mend = did_you_mean(name, (*saved, *shared)) or f"Ask for it: `save: {name}`."
                    yield content.problem("E7", flow.id, [node.id], message, mend)
            for option in node.options.values() if isinstance(node, Choose | Ask) else ():
                for name in fields_of(option.label.text):
                    message = f"the answer {option.id!r} inserts {{{name}}}; answers insert nothing"
                    mend = "Say it in the question."
                    yield content.problem(
                        "E7", flow.id, [node.id, "options", option.id], message, mend
                    )


def impossible_answers(content: Content) -> Iterator[Problem]:
    """E5: a condition about an answer that does not exist."""
    for flow in content.flows.values():
        for node in flow.nodes.values():
            for source, path in _expressions(node):
                for subject, value, domain in _comparisons(content, flow, parse(source)):
                    if domain is not None and value not in domain:
                        message = f"compares {subject} with {value!r}, which it can never be"
                        known = ", ".join(sorted(domain))
                        mend = did_you_mean(value, sorted(domain)) or f"It can be: {known}."
                        yield content.problem("E5", flow.id, path, message, mend)


def bad_bounds(content: Content) -> Iterator[Problem]:
    """E0: a bound that is not a number or a day, or that leaves nothing between."""
    for flow in content.flows.values():
        for node in flow.nodes.values():
            if not isinstance(node, Ask):
                continue
            bounds = {"least": node.least, "most": node.most}
            read = {key: _bound(node.kind, bound, content.today) for key, bound in bounds.items()}
            for key, bound in bounds.items():
                if bound is not None and read[key] is None:
                    message = f"{key!r} is {bound!r}, which is no bound for a {node.kind.value}"
                    mend = "A number; for a date 2026-01-31, today, today-365d."
                    yield content.problem("E0", flow.id, [node.id, key], message, mend)
            least, most = read["least"], read["most"]
            if least is not None and most is not None and least > most:
                message = f"'least' ({node.least}) is after 'most' ({node.most})"
                yield content.problem("E0", flow.id, [node.id, "least"], message, "Change places.")


def saved_by(flow: Flow) -> Mapping[str, Domain]:
    """The fields of a flow, and what each can be."""
    saved: dict[str, Domain] = {}

    def add(name: str, values: Domain) -> None:
        before = saved.get(name, frozenset())
        saved[name] = None if values is None or before is None else before | values

    for node in flow.nodes.values():
        for name, source in node.compute.items():
            tree = parse(source)
            constant = isinstance(tree, ast.Constant) and isinstance(tree.value, str)
            add(name, frozenset({str(tree.value)}) if constant else None)  # type: ignore[union-attr]
        if isinstance(node, Choose) and node.save:
            add(node.save, frozenset(node.options))
        elif isinstance(node, Ask):
            add(node.save, None)
    return saved


def is_told(content: Content, flow: Flow, condition: str) -> bool:
    """Whether a condition is wrong in itself, which the rules above tell."""
    tree = parse(condition)
    names = any(_wrong_name(content, flow, owner, name) for owner, name in names_in(tree))
    return names or any(
        domain is not None and value not in domain
        for _, value, domain in _comparisons(content, flow, tree)
    )


def _expressions(node: Node) -> Iterator[tuple[str, list[str]]]:
    """The expressions of a node and where they stand."""
    for name, source in node.compute.items():
        yield source, [node.id, "compute", name]
    if isinstance(node, Branch):
        for index, (condition, _) in enumerate(node.arms):
            if condition is not None:
                yield condition, [node.id, "branch", str(index)]


def _wrong_name(
    content: Content, flow: Flow, owner: str | None, name: str
) -> tuple[str, str] | None:
    if owner is None:
        saved = saved_by(flow)
        if name in saved or name == TODAY:
            return None
        mend = did_you_mean(name, (*saved, TODAY)) or f"Ask for it before: `save: {name}`."
        return f"reads {name!r}, which nothing in this flow saves", mend
    if owner in (WORST, AMOUNT):
        known: Mapping[str, object] = SEVERITIES if owner == WORST else content.sources.amounts
        return (
            None
            if name in known
            else (f"reads {owner}.{name}, which does not exist", did_you_mean(name, known))
        )
    other = content.flows.get(owner)
    if other is None:
        return f"reads {owner}.{name}, but there is no flow {owner!r}", did_you_mean(
            owner, content.flows
        )
    saved = saved_by(other)
    if name in saved:
        return None
    return f"reads {owner}.{name}, which that flow never saves", did_you_mean(name, saved)


def _comparisons(
    content: Content, flow: Flow, tree: ast.expr | None
) -> Iterator[tuple[str, str, Domain]]:
    """(what, a value it is compared with, what it can be) of every comparison with a constant."""
    for part in ast.walk(tree) if tree else ():
        if not isinstance(part, ast.Compare):
            continue
        left, right = part.left, part.comparators[0]
        if isinstance(part.ops[0], ast.In | ast.NotIn) and isinstance(left, ast.Constant):
            left, right = right, left  # 'photos' in proof
        if isinstance(left, ast.Constant):
            left, right = right, left
        domain = _domain(content, flow, left)
        for value in right.elts if isinstance(right, ast.Tuple | ast.List) else [right]:
            if isinstance(value, ast.Constant) and isinstance(value.value, str):
                yield ast.unparse(left), value.value, domain


def _domain(content: Content, flow: Flow, tree: ast.expr) -> Domain:
    match tree:
        case ast.Name(id=name):
            return saved_by(flow).get(name)
        case ast.Attribute(value=ast.Name(id="worst"), attr=name):
            return frozenset(SEVERITIES[name]) if name in SEVERITIES else None
        case ast.Attribute(value=ast.Name(id=owner), attr=name) if owner in content.flows:
            return saved_by(content.flows[owner]).get(name)
    return None


def _bound(kind: AskKind, bound: str | None, today: date) -> Decimal | None:
    """A bound as a number (of a day: since the year 1); None for what is not one."""
    if bound is None:
        return None
    try:
        if kind in (AskKind.NUMBER, AskKind.MONEY):
            number = Decimal(bound)
            return number if number.is_finite() else None
        if kind is not AskKind.DATE:
            return None
        if not bound.startswith("today"):
            return Decimal(date.fromisoformat(bound).toordinal())
        days = int(bound.removeprefix("today").removesuffix("d") or "0")
        return Decimal(date.fromordinal(today.toordinal() + days).toordinal())
    except (ValueError, InvalidOperation, OverflowError):
        return None
