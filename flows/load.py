"""Reads flow files: YAML in, frozen flows out, and every fault of a file told at once.

A fault says the file, the line, the node and what is wrong in plain words, so that a lawyer who
wrote the file can mend it.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields, is_dataclass
from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import BaseModel, ValidationError

from flows import document as doc
from flows.expressions import BadExpression, Expression
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

Model = TypeVar("Model", bound=BaseModel)
MAX_FILE_BYTES = 512 * 1024
VERSION_LENGTH = 12  # hex digits of the hash


@dataclass(frozen=True, order=True)
class Fault:
    """Something wrong in a content file."""

    file: str
    line: int
    where: str  # the node, or a key of the file
    message: str

    def __str__(self) -> str:
        where = f" in {self.where}" if self.where else ""
        return f"{self.file}:{self.line}{where}: {self.message}"


class FlowError(Exception):
    """The content cannot be used; `faults` are all that was found."""

    def __init__(self, faults: list[Fault]) -> None:
        self.faults = sorted(set(faults))
        super().__init__("\n".join(str(fault) for fault in self.faults))


@dataclass(frozen=True)
class Lines:
    """Where each part of a YAML file stands."""

    file: str
    marks: Mapping[tuple[str, ...], int]

    def fault(self, path: tuple[str, ...], message: str) -> Fault:
        """A fault at this path of keys, or at the nearest part above it that exists."""
        known = path
        while known and known not in self.marks:
            known = known[:-1]
        where = path[1] if len(path) > 1 and path[0] == "nodes" else (path[0] if path else "")
        return Fault(self.file, self.marks.get(known, 1), where, message)


def load_flow(path: Path) -> Flow:
    """One flow file; raises FlowError with all its faults."""
    document, lines = read_document(path, doc.FlowDoc)
    faults = list(_faults_of_flow(document, lines, path.stem))
    if faults:
        raise FlowError(faults)
    return _flow(document, lines)


def read_document(path: Path, model: type[Model]) -> tuple[Model, Lines]:
    """A YAML file as a model, with the lines of its parts; raises FlowError."""
    data, lines = _read_yaml(path)
    try:
        return model.model_validate(data), lines
    except ValidationError as error:
        faults = [lines.fault(_path(item["loc"], lines), _message(item)) for item in error.errors()]
        raise FlowError(faults) from None


def _read_yaml(path: Path) -> tuple[Any, Lines]:
    name = path.name
    try:
        content = path.read_bytes()
        if len(content) > MAX_FILE_BYTES:
            raise FlowError([Fault(name, 1, "", f"is larger than {MAX_FILE_BYTES // 1024} kB")])
        root = yaml.compose(content.decode("utf-8-sig"), Loader=yaml.SafeLoader)
    except UnicodeDecodeError:
        raise FlowError([Fault(name, 1, "", "is not UTF-8 text")]) from None
    except OSError as error:
        raise FlowError([Fault(name, 1, "", f"cannot be read: {error.strerror}")]) from None
    except RecursionError:
        raise FlowError([Fault(name, 1, "", "is nested too deeply")]) from None
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        problem = getattr(error, "problem", None) or "is not YAML"
        line = mark.line + 1 if mark else 1
        raise FlowError([Fault(name, line, "", f"is not YAML: {problem}")]) from None
    marks: dict[tuple[str, ...], int] = {}
    faults = list(_walk(root, (), marks, name, set()))
    if faults:
        raise FlowError(faults)
    return yaml.safe_load(content.decode("utf-8-sig")), Lines(name, marks)


def _walk(
    node: yaml.Node | None,
    path: tuple[str, ...],
    marks: dict[tuple[str, ...], int],
    file: str,
    open_nodes: set[int],
) -> Iterator[Fault]:
    if node is None:
        yield Fault(file, 1, "", "is empty")
        return
    if id(node) in open_nodes:  # an alias that contains itself
        yield Fault(file, node.start_mark.line + 1, "", "refers to itself")
        return
    marks.setdefault(path, node.start_mark.line + 1)
    inside = open_nodes | {id(node)}
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            below = (*path, str(key.value))
            if below in marks:
                line = key.start_mark.line + 1
                yield Fault(file, line, path[-1] if path else "", f"{key.value!r} stands twice")
            marks[below] = key.start_mark.line + 1
            yield from _walk(value, below, marks, file, inside)
    elif isinstance(node, yaml.SequenceNode):
        for index, value in enumerate(node.value):
            yield from _walk(value, (*path, str(index)), marks, file, inside)


def _path(loc: tuple[int | str, ...], lines: Lines) -> tuple[str, ...]:
    """pydantic's place of an error, without the names of kinds that it puts in between."""
    path: tuple[str, ...] = ()
    for position, part in enumerate(loc):
        last = position == len(loc) - 1
        if (
            part in doc.KINDS
            and len(path) == 2
            and path[0] == "nodes"
            and not (last and (*path, str(part)) in lines.marks)
        ):
            continue
        path = (*path, str(part))
    return path


def _message(item: Any) -> str:
    key = item["loc"][-1] if item["loc"] else ""
    match item["type"]:
        case "missing":
            return f"{key!r} is missing"
        case "extra_forbidden":
            return f"{key!r} is not a word that belongs here"
        case "string_pattern_mismatch":
            return (
                f"{item['input']!r} is not a name: use small Latin letters, digits and _, "
                "beginning with a letter, at most 40"
            )
        case "string_type":
            return f"{key!r} should be a text; put it in quotes"
        case "string_too_long":
            return f"{key!r} is longer than {item['ctx']['max_length']} characters"
        case "string_too_short" | "too_short":
            return f"{key!r} is empty"
        case "bool_type" | "bool_parsing":
            return f"{key!r} should be true or false"
    return f"{key!r}: {item['msg'].lower()}"


# -- what a flow refers to ---------------------------------------------------------------------


def _faults_of_flow(flow: doc.FlowDoc, lines: Lines, stem: str) -> Iterator[Fault]:
    if flow.flow != stem:
        yield lines.fault(("flow",), f"is called {flow.flow!r}, but its file {stem!r}")
    if flow.start not in flow.nodes:
        yield lines.fault(("start",), f"there is no node {flow.start!r}")
    for node_id, node in flow.nodes.items():
        for path, target in _targets(node):
            if target not in flow.nodes:
                message = f"leads to {target!r}, which does not exist"
                yield lines.fault(("nodes", node_id, *path), message)
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
            yield lines.fault(place, f"the option {option_id!r} leads nowhere: give it 'next'")
    if isinstance(node, doc.ChooseDoc) and node.many and not node.next:
        yield lines.fault(here, "with 'many: true' the node itself needs 'next'")
    if isinstance(node, doc.BranchDoc):
        yield from _faults_of_branch(node, here, lines)


def _faults_of_branch(node: doc.BranchDoc, here: tuple[str, ...], lines: Lines) -> Iterator[Fault]:
    for index, arm in enumerate(node.branch):
        place, last = (*here, "branch", str(index)), index == len(node.branch) - 1
        if last and (not arm.else_ or arm.when or arm.next):
            yield lines.fault(place, "the last arm of a branch is {else: NODE}")
        if not last and (not arm.when or not arm.next or arm.else_):
            yield lines.fault(place, "an arm of a branch is {when: CONDITION, next: NODE}")
        if arm.when:
            yield from _faults_of_expression(arm.when, place, lines)


def _faults_of_expression(source: str, place: tuple[str, ...], lines: Lines) -> Iterator[Fault]:
    try:
        Expression(source)
    except BadExpression as error:
        yield lines.fault(place, str(error))


def _faults_of_flags(
    flags: Mapping[str, str], place: tuple[str, ...], lines: Lines
) -> Iterator[Fault]:
    for category, severity in flags.items():
        if category not in SEVERITIES:
            known = ", ".join(SEVERITIES)
            yield lines.fault((*place, "flag"), f"{category!r} is not one of {known}")
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
            return Say(**base, text=Phrase(context, node.say), next=node.next)
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
    shape = json.dumps([start, _shape(nodes)], ensure_ascii=False, sort_keys=True)
    return hashlib.sha256(shape.encode()).hexdigest()[:VERSION_LENGTH]


def _shape(part: Any) -> Any:
    """Everything of a flow that is not wording or place in the file."""
    if isinstance(part, Phrase):
        return "text"
    if is_dataclass(part):
        return {f.name: _shape(getattr(part, f.name)) for f in fields(part) if f.name != "line"}
    if isinstance(part, Mapping):
        return [[key, _shape(value)] for key, value in part.items()]  # order counts
    if isinstance(part, tuple | list):
        return [_shape(item) for item in part]
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
