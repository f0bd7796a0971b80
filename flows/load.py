"""Reads flow files: YAML in, frozen flows out, and every fault of a file told at once.

A fault says the file, the line, the node and what is wrong in plain words, so that a lawyer who
wrote the file can mend it.
"""

import hashlib
import json
import re
from collections.abc import Container, Iterator, Mapping
from dataclasses import dataclass, fields, is_dataclass
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel

from flows import document as doc
from flows.expressions import BadExpression, Expression
from flows.faults import did_you_mean, validated
from flows.model import (
    SEVERITIES,
    Ask,
    Branch,
    Choose,
    End,
    Escalate,
    Flow,
    Node,
    Option,
    Phrase,
    Run,
    Say,
)
from flows.yaml_file import Fault, FlowError, Lines, parse_yaml, read_yaml

__all__ = [
    "Fault",
    "FlowError",
    "Lines",
    "load_flow",
    "parse_flow",
    "phrases_of",
    "read_document",
    "read_flow",
    "shape_of",
]

Model = TypeVar("Model", bound=BaseModel)
VERSION_LENGTH = 12  # hex digits of the hash
WORDING = ("line", "also", "recap")  # of no weight: other words, or words left out
LEADS = ("next", "else")  # keys whose value is a node


@dataclass(frozen=True)
class Draft:
    """As much of a flow file as can be read, and all that is wrong with it."""

    flow: Flow | None
    lines: Lines
    faults: tuple[Fault, ...] = ()
    stand_ins: frozenset[str] = frozenset()  # nodes that cannot be read: they only lead on


def load_flow(path: Path) -> Flow:
    """One flow file; raises FlowError with all its faults."""
    draft = read_flow(path, path.name)
    if draft.flow is None or draft.faults:
        raise FlowError(list(draft.faults))
    return draft.flow


def read_flow(path: Path, name: str) -> Draft:
    """One flow file, called `name` in its faults; never raises for what is in it.

    A node that is not well formed is replaced by one that leads where it led, so that its faults
    do not hide those of the others.
    """
    try:
        data, lines = read_yaml(path, name)
    except FlowError as error:
        return Draft(None, Lines(name, {}), tuple(error.faults))
    return _drafted(data, lines, path.stem)


def parse_flow(text: str, flow_id: str) -> Flow:
    """The flow of a text that was read before; raises FlowError with all its faults."""
    data, lines = parse_yaml(text, f"{flow_id}.yaml")
    draft = _drafted(data, lines, flow_id)
    if draft.flow is None or draft.faults:
        raise FlowError(list(draft.faults))
    return draft.flow


def _drafted(data: Any, lines: Lines, stem: str) -> Draft:
    document, faults, paths = validated(doc.FlowDoc, data, lines)
    stand_ins: frozenset[str] = frozenset()
    if document is None and isinstance(data, dict) and isinstance(data.get("nodes"), dict):
        stand_ins = frozenset(p[1] for p in paths if len(p) > 1 and p[0] == "nodes")
        document, _, _ = validated(doc.FlowDoc, _patched(data, paths, stem), lines)
    if document is None:
        return Draft(None, lines, tuple(faults))
    faults = list(dict.fromkeys((*faults, *_faults_of_flow(document, lines, stem))))
    return Draft(_flow(document, lines), lines, tuple(faults), stand_ins & document.nodes.keys())


def read_document(path: Path, model: type[Model]) -> tuple[Model, Lines]:
    """A YAML file as a model, with the lines of its parts; raises FlowError."""
    data, lines = read_yaml(path, path.name)
    document, faults, _ = validated(model, data, lines)
    if document is None or faults:
        raise FlowError(faults)
    return document, lines


def _patched(data: Mapping[str, Any], paths: list[tuple[str, ...]], stem: str) -> Mapping[str, Any]:
    """What remains of a faulty file when its faulty nodes only lead on."""
    faulty = {path[1] for path in paths if len(path) > 1 and path[0] == "nodes"}
    nodes = {
        str(node_id): _stand_in(node, data["nodes"]) if str(node_id) in faulty else node
        for node_id, node in data["nodes"].items()
        if _is_name(str(node_id))
    }
    wrong = {path[0] for path in paths if path[0] != "nodes"}
    sound = {k: v for k, v in data.items() if k in doc.FlowDoc.model_fields and k not in wrong}
    needed = {"flow": stem, "title": stem, "owner": stem, "start": next(iter(nodes), "start")}
    return {**needed, **sound, "nodes": nodes}


def _stand_in(node: Any, nodes: Container[str]) -> Mapping[str, Any]:
    targets = list(dict.fromkeys(_leads(node, nodes)))
    saved = list(_saves(node))
    if not targets:
        return {"end": "unread"}
    arms = [{"when": "today", "next": target} for target in targets]
    return {"compute": dict.fromkeys(saved, "today"), "branch": [*arms, {"else": targets[0]}]}


def _leads(part: Any, nodes: Container[str]) -> Iterator[str]:
    """Where a part of a faulty node seems to lead: also `nxt: advice` does."""
    if isinstance(part, Mapping):
        for key, value in part.items():
            if isinstance(value, str) and _is_name(value) and (key in LEADS or value in nodes):
                yield value
            yield from _leads(value, nodes)
    elif isinstance(part, list):
        for item in part:
            yield from _leads(item, nodes)


def _saves(node: Any) -> Iterator[str]:
    if isinstance(node, Mapping):
        compute = node.get("compute")
        names = [node.get("save"), *(compute if isinstance(compute, Mapping) else ())]
        yield from (name for name in names if isinstance(name, str) and _is_name(name))


def _is_name(text: str) -> bool:
    return re.fullmatch(doc.NAME, text) is not None


# -- what a flow refers to ---------------------------------------------------------------------


def _faults_of_flow(flow: doc.FlowDoc, lines: Lines, stem: str) -> Iterator[Fault]:
    if flow.flow != stem:
        message = f"is called {flow.flow!r}, but its file {stem!r}"
        yield lines.fault(("flow",), message, "E6", "Give both the same name.")
    if flow.start not in flow.nodes:
        mend = did_you_mean(flow.start, flow.nodes)
        yield lines.fault(("start",), f"there is no node {flow.start!r}", "E1", mend)
    for node_id, node in flow.nodes.items():
        for path, target in _targets(node):
            if target not in flow.nodes:
                message = f"leads to {target!r}, which does not exist"
                mend = did_you_mean(target, flow.nodes) or f"Write a node {target!r}."
                yield lines.fault(("nodes", node_id, *path), message, "E1", mend)
        yield from _faults_of_node(node_id, node, lines)


def _targets(node: doc.NodeDoc) -> Iterator[tuple[tuple[str, ...], str]]:
    if isinstance(node, doc.BranchDoc):
        for index, arm in enumerate(node.branch):
            target = arm.next or arm.else_
            if target:
                yield ("branch", str(index)), target
        return
    following = getattr(node, "next", None)
    if following:
        yield ("next",), following
    for option_id, option in (getattr(node, "options", None) or {}).items():
        if option.next:
            yield ("options", option_id, "next"), option.next


def _faults_of_node(node_id: str, node: doc.NodeDoc, lines: Lines) -> Iterator[Fault]:
    here = ("nodes", node_id)
    for field, source in node.compute.items():
        yield from _faults_of_expression(source, (*here, "compute", field), lines)
    yield from _faults_of_flags(node.flag, here, lines)
    options = getattr(node, "options", None) or {}
    for option_id, option in options.items():
        place = (*here, "options", option_id)
        yield from _faults_of_flags(option.flag, place, lines)
        if not option.next and not getattr(node, "next", None):
            mend = "Give it 'next', or give 'next' to the node."
            yield lines.fault(place, f"the option {option_id!r} leads nowhere", "E1", mend)
    if isinstance(node, doc.ChooseDoc) and node.many and not node.next:
        mend = "Move 'next' from the options to the node."
        yield lines.fault(here, "with 'many: true' the node itself needs 'next'", "E1", mend)
    if isinstance(node, doc.BranchDoc):
        yield from _faults_of_branch(node, here, lines)


def _faults_of_branch(node: doc.BranchDoc, here: tuple[str, ...], lines: Lines) -> Iterator[Fault]:
    for index, arm in enumerate(node.branch):
        place, last = (*here, "branch", str(index)), index == len(node.branch) - 1
        if last and (not arm.else_ or arm.when or arm.next):
            mend = "Add a last line: - {else: NODE}."
            yield lines.fault(place, "the last arm of a branch is {else: NODE}", "E5", mend)
        if not last and (not arm.when or not arm.next or arm.else_):
            yield lines.fault(place, "an arm of a branch is {when: CONDITION, next: NODE}", "E5")
        if arm.when:
            yield from _faults_of_expression(arm.when, place, lines)


def _faults_of_expression(source: str, place: tuple[str, ...], lines: Lines) -> Iterator[Fault]:
    try:
        Expression(source)
    except BadExpression as error:
        yield lines.fault(place, str(error), "E7")


def _faults_of_flags(
    flags: Mapping[str, str], place: tuple[str, ...], lines: Lines
) -> Iterator[Fault]:
    for category, severity in flags.items():
        if category not in SEVERITIES:
            known = ", ".join(SEVERITIES)
            mend = did_you_mean(category, SEVERITIES)
            yield lines.fault((*place, "flag"), f"{category!r} is not one of {known}", mend=mend)
        elif severity not in SEVERITIES[category]:
            known = ", ".join(SEVERITIES[category])
            yield lines.fault((*place, "flag"), f"{category} is one of {known}, not {severity!r}")


# -- from the document to the flow -------------------------------------------------------------


def _flow(document: doc.FlowDoc, lines: Lines) -> Flow:
    name = document.flow
    nodes = {
        node_id: _node(name, node_id, node, lines.marks[("nodes", node_id)])
        for node_id, node in document.nodes.items()
    }
    return Flow(
        id=name,
        version=_hash(document.start, nodes),
        title=Phrase(f"{name}.title", document.title),
        start=document.start,
        nodes=nodes,
        file=lines.file,
        owner=document.owner,
        legal=document.legal,
        screening=document.screening,
        keywords=Phrase(f"{name}.keywords", document.keywords) if document.keywords else None,
        reviewed_by=document.reviewed_by,
    )


def _node(flow: str, node_id: str, node: Any, line: int) -> Node:
    context = f"{flow}.{node_id}"
    base: dict[str, Any] = {
        "id": node_id,
        "line": line,
        "compute": node.compute,
        "flag": node.flag,
        "sources": tuple(node.sources),
        "hotlines": tuple(node.hotlines),
        "media": node.media,
    }
    match node:
        case doc.SayDoc():
            return Say(**base, text=Phrase(context, node.say), next=node.next, recap=node.recap)
        case doc.ChooseDoc():
            return Choose(
                **base,
                text=Phrase(context, node.choose),
                options=_options(context, node),
                save=node.save,
                many=node.many,
                next=node.next,
            )
        case doc.AskDoc():
            return Ask(
                **base,
                text=Phrase(context, node.ask),
                kind=node.kind,
                save=node.save,
                next=node.next,
                options=_options(context, node),
                retry=Phrase(f"{context}.retry", node.retry) if node.retry else None,
                least=None if node.least is None else str(node.least),
                most=None if node.most is None else str(node.most),
            )
        case doc.BranchDoc():
            arms = tuple((arm.when, str(arm.next or arm.else_)) for arm in node.branch)
            return Branch(**base, arms=arms)
        case doc.RunDoc():
            return Run(**base, flow=node.run, next=node.next)
        case doc.EscalateDoc():
            return Escalate(
                **base,
                queue=node.escalate.queue,
                priority=node.escalate.priority,
                text=Phrase(context, node.say) if node.say else None,
                next=node.next,
            )
        case doc.EndDoc():
            text = Phrase(context, node.say) if node.say else None
            return End(**base, outcome=node.end, text=text)
    raise AssertionError(node)


def _options(context: str, node: doc.ChooseDoc | doc.AskDoc) -> Mapping[str, Option]:
    return {
        option_id: Option(
            id=option_id,
            label=Phrase(f"{context}.{option_id}", option.say),
            next=str(option.next or node.next),
            flag=option.flag,
            also=Phrase(f"{context}.{option_id}.also", option.also) if option.also else None,
            consent=option.consent,
        )
        for option_id, option in node.options.items()
    }


def _hash(start: str, nodes: Mapping[str, Node]) -> str:
    shape = json.dumps([start, shape_of(nodes)], ensure_ascii=False, sort_keys=True)
    return hashlib.sha256(shape.encode()).hexdigest()[:VERSION_LENGTH]


def shape_of(part: Any) -> Any:
    """Everything of a flow that is not wording or place in the file."""
    if isinstance(part, Phrase):
        return "text"
    if is_dataclass(part):
        return {
            f.name: shape_of(getattr(part, f.name)) for f in fields(part) if f.name not in WORDING
        }
    if isinstance(part, Mapping):
        return [[key, shape_of(value)] for key, value in part.items()]  # order counts
    if isinstance(part, tuple | list):
        return [shape_of(item) for item in part]
    return part


def phrases_of(flow: Flow) -> Iterator[Phrase]:
    """Every text of a flow, in the order of its file."""
    yield flow.title
    if flow.keywords:
        yield flow.keywords
    for node in flow.nodes.values():
        text = getattr(node, "text", None)
        if text is not None:
            yield text
        for option in getattr(node, "options", {}).values():
            yield option.label
            if option.also:
                yield option.also
        retry = getattr(node, "retry", None)
        if retry is not None:
            yield retry
