"""What stands in the boxes of a flow's picture, in plain words."""

import re
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass

from flows.catalog import Catalog
from flows.model import Ask, AskKind, Branch, Choose, End, Escalate, Flow, Node, Option, Phrase, Run
from flows.tools.rehearsal import ANSWER, Choice

Say = Callable[[Phrase], str]

ANSWERS: Mapping[AskKind, str] = {
    AskKind.TEXT: "some words",
    AskKind.NUMBER: "a number",
    AskKind.MONEY: "an amount",
    AskKind.DATE: "a date",
    AskKind.PHONE: "a phone number",
    AskKind.PLACE: "a place",
    AskKind.PHOTO: "a photo",
    AskKind.VOICE: "a voice note",
}
PLAIN = tuple(  # conditions and computations as one would say them
    (re.compile(pattern), words)
    for pattern, words in (
        (r"\b(?:worst|amount)\.", ""),
        (r"\bdays_after\((\w+), (\w+)\)", r"\2 days after \1"),
        (r"\bmonths_after\((\w+), (\w+)\)", r"\2 months after \1"),
        (r"\bworking_days_after\((\w+), (\w+)\)", r"\2 working days after \1"),
        (r"\bdays_until\((\w+), (\w+)\)", r"days from \2 to \1"),
        (r"\bworking_days_until\((\w+), (\w+)\)", r"working days from \2 to \1"),
        (r"\bpercent_per_day\((\w+), (\w+), (\w+)\)", r"\2 % of \1 for each of \3 days"),
        (r"\bnot in\b", "is none of"),
        (r"\bin\b", "is one of"),
        (r" == ", " is "),
        (r" != ", " is not "),
        (r" <= ", " ≤\u00a0"),
        (r" >= ", " ≥\u00a0"),
        (r" < ", " <\u00a0"),
        (r" > ", " >\u00a0"),
        (r"['\"]", ""),
    )
)


@dataclass(frozen=True)
class Label:
    """One answer, or one condition."""

    text: str
    flags: Mapping[str, str]
    tested: bool = True


@dataclass(frozen=True)
class Exit:
    """The answers that lead to the same node."""

    target: str
    labels: tuple[Label, ...]


@dataclass(frozen=True)
class Box:
    """A node of the picture."""

    node: str
    kind: str  # of the node: say, choose, ...
    heading: str
    text: str
    notes: tuple[str, ...]
    flags: Mapping[str, str]
    exits: tuple[Exit, ...]
    outcome: str = ""
    tested: bool = True


def boxes(
    catalog: Catalog,
    flow: Flow,
    say: Say,
    nodes: Collection[tuple[str, str]] | None = None,
    choices: Collection[Choice] | None = None,
) -> list[Box]:
    """The boxes of a flow; `nodes` and `choices` are those that conversations have been to."""

    def tested(choice: str, node: Node) -> bool:
        return choices is None or (flow.id, node.id, choice) in choices

    return [
        Box(
            node=node.id,
            kind=type(node).__name__.lower(),
            heading=_heading(node),
            text=_text(node, say, catalog),
            notes=tuple(_notes(node, say, catalog)),
            flags=node.flag,
            exits=tuple(_exits(node, say, tested)),
            outcome=node.outcome if isinstance(node, End) else "",
            tested=nodes is None or (flow.id, node.id) in nodes,
        )
        for node in flow.nodes.values()
    ]


def plain(condition: str) -> str:
    """A condition in words: "permit is one of (no, unsure)"."""
    for pattern, words in PLAIN:
        condition = pattern.sub(words, condition)
    return condition


def _heading(node: Node) -> str:
    match node:
        case Choose(many=True):
            return "question, several answers"
        case Choose():
            return "question"
        case Ask(kind=kind):
            return f"asks for {ANSWERS[kind]}"
        case Branch():
            return "decides: the first that fits"
        case Run(flow=flow):
            return f"goes through “{flow}” and comes back"
        case Escalate(queue=queue):
            return f"hands over to {queue}"
        case End(outcome=outcome):
            return f"outcome: {outcome}"
    return "tells"


def _text(node: Node, say: Say, catalog: Catalog) -> str:
    if isinstance(node, Run):
        return say(catalog.flows[node.flow].title)
    text = getattr(node, "text", None)
    return say(text) if isinstance(text, Phrase) else ""


def _notes(node: Node, say: Say, catalog: Catalog) -> Iterator[str]:
    for field, source in node.compute.items():
        yield f"{field} = {plain(source)}"
    cites = [f"{say(catalog.sources[s].cite)} ({s})" for s in node.sources if s in catalog.sources]
    if cites:
        yield f"§ {'; '.join(cites)}"
    numbers = [catalog.hotlines[h].number for h in node.hotlines if h in catalog.hotlines]
    if numbers:
        yield f"☎ {', '.join(numbers)}"
    if isinstance(node, Ask) and (node.least is not None or node.most is not None):
        yield f"from {node.least or '…'} to {node.most or '…'}"


def _exits(node: Node, say: Say, tested: Callable[[str, Node], bool]) -> Iterator[Exit]:
    groups: dict[str, list[Label]] = {}
    match node:
        case Branch():
            for index, (condition, target) in enumerate(node.arms):
                words = f"{index + 1}. {plain(condition)}" if condition else "else"
                groups.setdefault(target, []).append(Label(words, {}, tested(str(index), node)))
        case Choose(many=True):
            labels = [_label(option, say, node, tested) for option in node.options.values()]
            groups[str(node.next)] = labels
        case Choose() | Ask():
            if isinstance(node, Ask):
                label = Label(f"({ANSWERS[node.kind]})", {}, tested(ANSWER, node))
                groups[node.next] = [label]
            for option in node.options.values():
                groups.setdefault(option.next, []).append(_label(option, say, node, tested))
        case End():
            return
        case _:
            groups[node.next] = []
    for target, labels in groups.items():
        yield Exit(target, tuple(labels))


def _label(option: Option, say: Say, node: Node, tested: Callable[[str, Node], bool]) -> Label:
    return Label(say(option.label), option.flag, tested(option.id, node))
