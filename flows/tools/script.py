"""Scripted conversations: what a worker says, and where that must lead, in every language.

- test: the recruiter keeps the passport
  flow: papers
  lang: ru                        # the language of what is typed; ids fit every language
  today: 2026-11-22               # else play.DAY
  steps:
    - {sees: who_has_it}          # this question is open (FLOW.NODE in another flow)
    - {tap: recruiter}            # the button with this id
    - {user: /back}               # typed
    - {told: advice}              # since the latest answer this text was told
  ends: escalated                 # the outcome of the flow
  expects: {flags: {trafficking: red}, queue: lawyers, urgency: U1, topic: papers}
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from pathlib import Path

from pydantic import Field, RootModel

from flows.catalog import Catalog
from flows.document import Flags, Id, Strict
from flows.fold import LANGUAGE, RESUME
from flows.load import Fault, FlowError, Lines, read_document
from flows.model import SEVERITIES, Ask, Choose, End, Escalate, Flow, Node
from flows.texts import SOURCE_LANGUAGE
from flows.tools.play import DAY

TESTS = "tests"  # the folder of the content with the scripted conversations


class Kind(StrEnum):
    """What a step does or looks at."""

    TAP = "tap"
    USER = "user"
    SEES = "sees"
    TOLD = "told"


class StepDoc(Strict):
    """One step, as it is written."""

    tap: str | None = None
    user: str | None = None
    sees: str | None = None
    told: str | None = None


class ExpectsDoc(Strict):
    """What is so at the end, as it is written."""

    flags: Flags = Field(default_factory=dict)
    queue: str | None = None
    urgency: str | None = None
    topic: str | None = None


class ScriptDoc(Strict):
    """A conversation, as it is written."""

    test: str
    flow: Id
    lang: str = SOURCE_LANGUAGE
    today: date = DAY
    steps: list[StepDoc]
    ends: Id | None = None
    expects: ExpectsDoc = ExpectsDoc()


class ScriptsDoc(RootModel[list[ScriptDoc]]):
    """A file of conversations."""


@dataclass(frozen=True)
class Step:
    """One step of a conversation."""

    line: int
    kind: Kind
    value: str


@dataclass(frozen=True)
class Script:
    """A conversation that must go as it is written."""

    file: str
    line: int
    name: str
    flow: str
    language: str
    today: date
    steps: tuple[Step, ...]
    ends: str | None
    expects: ExpectsDoc


# -- reading -----------------------------------------------------------------------------------


def script_files(content: Path) -> list[Path]:
    """The files with conversations of a content folder."""
    return sorted((content / TESTS).glob("*.yaml"))


def read_scripts(paths: list[Path], catalog: Catalog) -> list[Script]:
    """The conversations of all files; raises FlowError with the faults of all of them."""
    faults: list[Fault] = []
    scripts: list[Script] = []
    for path in paths:
        try:
            document, lines = read_document(path, ScriptsDoc)
        except FlowError as error:
            faults += [_named(fault, path) for fault in error.faults]
            continue
        found = [_script(path, i, one, lines) for i, one in enumerate(document.root)]
        for index, one in enumerate(document.root):
            faults += [_named(f, path) for f in _faults(index, one, lines, catalog)]
        faults += _doubled(found)
        scripts += found
    if faults:
        raise FlowError(faults)
    return scripts


def _named(fault: Fault, path: Path) -> Fault:
    where = f"test {int(fault.where) + 1}" if fault.where.isdecimal() else fault.where
    return replace(fault, file=str(path), where=where)


def _script(path: Path, index: int, one: ScriptDoc, lines: Lines) -> Script:
    here = str(index)
    steps = tuple(
        Step(lines.marks[(here, "steps", str(number))], kind, value)
        for number, step in enumerate(one.steps)
        for kind in Kind
        if (value := getattr(step, kind)) is not None
    )
    return Script(
        file=str(path),
        line=lines.marks[(here,)],
        name=one.test,
        flow=one.flow,
        language=one.lang,
        today=one.today,
        steps=steps,
        ends=one.ends,
        expects=one.expects,
    )


def _doubled(scripts: list[Script]) -> Iterator[Fault]:
    first: dict[str, Script] = {}
    for script in scripts:
        if script.name in first:
            message = f"the test in line {first[script.name].line} has this name, too"
            yield Fault(script.file, script.line, repr(script.name), message)
        first.setdefault(script.name, script)


def _faults(index: int, one: ScriptDoc, lines: Lines, catalog: Catalog) -> Iterator[Fault]:
    """What a conversation names that does not exist."""
    here = (str(index),)
    flow = catalog.flows.get(one.flow)
    if flow is None or one.flow in (LANGUAGE, RESUME):
        yield lines.fault((*here, "flow"), f"there is no flow {one.flow!r}")
        return
    if one.lang not in catalog.texts.languages:
        yield lines.fault((*here, "lang"), f"there is no language {one.lang!r}")
    for number, step in enumerate(one.steps):
        place = (*here, "steps", str(number))
        for message in _faults_of_step(step, flow, catalog):
            yield lines.fault(place, message)
    outcomes = [n.outcome for n in flow.nodes.values() if isinstance(n, End)]
    if one.ends is not None and one.ends not in outcomes:
        known = ", ".join(dict.fromkeys(outcomes))
        yield lines.fault((*here, "ends"), f"{one.flow} ends with {known}; not with {one.ends!r}")
    for message in _faults_of_expectations(one.expects, catalog):
        yield lines.fault((*here, "expects"), message)


def _faults_of_step(step: StepDoc, flow: Flow, catalog: Catalog) -> Iterator[str]:
    given = [kind for kind in Kind if getattr(step, kind) is not None]
    if len(given) != 1:
        yield "a step is one of {tap: OPTION}, {user: TEXT}, {sees: NODE}, {told: NODE}"
    if step.sees is not None:
        node = find_node(step.sees, flow.id, catalog)
        if node is None:
            yield f"there is no node {step.sees!r}"
        elif not isinstance(node, Choose | Ask):
            yield f"{step.sees!r} is not a question; write {{told: {step.sees}}}"
    if step.told is not None:
        node = find_node(step.told, flow.id, catalog)
        if node is None:
            yield f"there is no node {step.told!r}"
        elif isinstance(node, Choose | Ask) or getattr(node, "text", None) is None:
            yield f"{step.told!r} tells nothing; write {{sees: NODE}} for a question"


def find_node(name: str, flow: str, catalog: Catalog) -> Node | None:
    """A node by its name in this flow, or by FLOW.NODE."""
    owner, _, node = name.rpartition(".")
    found = catalog.flows.get(owner or flow)
    return found.nodes.get(node) if found else None


def _faults_of_expectations(expects: ExpectsDoc, catalog: Catalog) -> Iterator[str]:
    nodes = [node for flow in catalog.flows.values() for node in flow.nodes.values()]
    queues = {node.queue for node in nodes if isinstance(node, Escalate)}
    urgency = {} if expects.urgency is None else {"urgency": expects.urgency}
    for category, severity in [*expects.flags.items(), *urgency.items()]:
        if category not in SEVERITIES:
            yield f"there is no flag {category!r}; there are {', '.join(SEVERITIES)}"
        elif severity not in SEVERITIES[category]:
            yield f"{category} is one of {', '.join(SEVERITIES[category])}; not {severity!r}"
    if expects.queue is not None and expects.queue not in queues:
        yield f"there is no queue {expects.queue!r}; there are {', '.join(sorted(queues))}"
    if expects.topic is not None and expects.topic not in catalog.flows:
        yield f"there is no topic {expects.topic!r}"
