"""The clocks of the law that run in a case: days that follow from the worker's answers.

Which clock follows from which answer stands in the trees (`compute: months_after(order, 1)`) and
nowhere else: what a lawyer signs there is what is shown here.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from flows import compute
from flows.catalog import Catalog
from flows.model import Answer, Ask, AskKind, Branch, Choose, End, Flow, Node, Phrase, Say

SHOWN = frozenset(  # the periods after which a right is lost; notice periods and the like are not
    {("working_days", 10), ("days", 10), ("months", 1), ("months", 12)}
)
CALL = re.compile(r"(working_days|days|months)_after\((\w+), *(\d+)\)")
FUNCTIONS = {
    "working_days": compute.working_days_after,
    "days": compute.days_after,
    "months": compute.months_after,
}


@dataclass(frozen=True)
class Clock:
    """A day of the law: so long after what the worker answered to this question."""

    day: date
    count: int
    unit: str  # working_days, days, months
    question: Phrase
    since: date
    sources: tuple[str, ...]


def clocks_of(catalog: Catalog, answers: Sequence[Answer], today: date) -> list[Clock]:
    """The clocks that run, the nearest first."""
    found: dict[tuple[date, int, str], Clock] = {}
    for flow_id in dict.fromkeys(answer.flow for answer in answers):
        flow = catalog.flow(flow_id)
        if flow is not None:
            given = {answer.node: answer for answer in answers if answer.flow == flow_id}
            for clock in _of_flow(catalog, flow, given, today):
                found.setdefault((clock.day, clock.count, clock.unit), clock)
    return sorted(found.values(), key=lambda clock: clock.day)


def _of_flow(
    catalog: Catalog, flow: Flow, given: Mapping[str, Answer], today: date
) -> Iterator[Clock]:
    days, scope = _known(flow, given)
    for node in flow.nodes.values():
        for name, call in node.compute.items():
            parts = CALL.fullmatch(call.strip())
            if parts is None or parts[2] not in days:
                continue
            if not _matters(catalog, node, name, {**scope, "today": today}):
                continue
            ask, since = days[parts[2]]
            count = int(parts[3])
            if (parts[1], count) not in SHOWN:
                continue
            try:
                day = FUNCTIONS[parts[1]](catalog.calendar, since, count)
            except (ValueError, OverflowError):
                continue
            yield Clock(day, count, parts[1], ask.text, since, _sources(flow, node))


def _known(
    flow: Flow, given: Mapping[str, Answer]
) -> tuple[dict[str, tuple[Ask, date]], dict[str, Any]]:
    """The days that were answered, with their questions; and all answers by their names."""
    days: dict[str, tuple[Ask, date]] = {}
    scope: dict[str, Any] = {}
    for node_id, answer in given.items():
        node = flow.nodes.get(node_id)
        if not isinstance(node, Ask | Choose) or node.save is None:
            continue
        value = answer.value
        scope[node.save] = value if isinstance(value, str) else (value[0] if value else "")
        if isinstance(node, Ask) and node.kind is AskKind.DATE and isinstance(value, str):
            try:
                days[node.save] = (node, date.fromisoformat(value))
            except ValueError:
                continue
            scope[node.save] = days[node.save][1]
    for node in flow.nodes.values():  # "order: ended": the same day under another name
        for name, call in node.compute.items():
            if call.strip() in days and name not in scope:
                days[name] = days[call.strip()]
    return days, scope


def _matters(catalog: Catalog, node: Node, name: str, scope: Mapping[str, Any]) -> bool:
    """Whether the tree looks at this day for what the worker answered."""
    if not isinstance(node, Branch):
        return True
    own = set(node.compute)
    asking = [when for when, _ in node.arms if when and re.search(rf"\b{name}\b", when)]
    used = {other for other, call in node.compute.items() if re.search(rf"\b{name}\b", call)}
    asking += [
        when for when, _ in node.arms if when and any(re.search(rf"\b{u}\b", when) for u in used)
    ]
    if not asking:
        return not any(when for when, _ in node.arms)
    for when in asking:
        others = [
            part
            for part in when.split(" and ")
            if not any(re.search(rf"\b{computed}\b", part) for computed in own)
        ]
        if all(catalog.expression(part)(scope, catalog.calendar) for part in others):
            return True
    return False


def _sources(flow: Flow, node: Node) -> tuple[str, ...]:
    nexts = [goal for _, goal in node.arms] if isinstance(node, Branch) else []
    told = [flow.nodes[goal] for goal in nexts if isinstance(flow.nodes.get(goal), Say | End)]
    return tuple(dict.fromkeys(s for part in (node, *told) for s in part.sources))
