"""Kinds of answers: for each question, which answers lead to the same, and one to stand for them.

Two answers are of one kind where they lead to the same node with the same flags and consents, and
no condition of the flows can tell them apart. For a date the days are searched on which a condition
turns; for a number those near the numbers that the conditions name.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from functools import cache
from itertools import pairwise
from typing import Any

from flows.catalog import Catalog
from flows.fold import ENGINE_OWNED, MENU
from flows.model import Ask, AskKind, Branch, Choose, Flow, Latin, Money, Node, Option, Run
from flows.tools.play import DAY
from flows.tools.reads import Full, Part, Rule, parts_about, rules_of_flow, rules_of_node

FARTHEST = 3_650  # days, where a date has no bounds
YEAR = 365
LARGEST = 1_000_000  # where a number has no bounds
SOME_NUMBERS = (0, 10, 100, 1_000)  # and days from today: for conditions on several answers
SOME_DAYS = (0, 10, 100, 1_000)
SHOWN_RANGES = 3  # of a kind that has more of them, the first ones are named
SAMPLES: Mapping[AskKind, str] = {
    AskKind.TEXT: "some words",
    AskKind.PLACE: "Baku",
    AskKind.PHONE: "+994501234567",
}


@dataclass(frozen=True)
class Kind:
    """Answers that lead to the same; `options` or `typed` stands for all of them."""

    label: str
    options: tuple[str, ...] | None = None
    typed: str | None = None


@dataclass(frozen=True)
class _Possible:
    """One possible answer."""

    name: str
    option: tuple[str, ...] | None
    typed: str | None
    value: Any  # what is saved
    leads: tuple[Any, ...]  # where to, and with which flags and consents
    sample: bool = False  # is tried also where conditions compare several answers


@dataclass(frozen=True)
class _About:
    """What the flows want to know of an answer, and what follows from it."""

    steps: tuple[Rule | Part, ...]
    compared: bool  # with other answers: every value may make a difference


class Answers:
    """The kinds of answers to the questions of a flow and of those that it runs."""

    def __init__(self, catalog: Catalog, flow: str) -> None:
        self.catalog = catalog
        self.flows = reached(catalog, flow)
        self._rules = [rule for flow in self.flows.values() for rule in rules_of_flow(flow)]
        self._known: dict[tuple[str, str], list[Kind]] = {}
        self.read_after = cache(self._read_after)

    def kinds(self, flow: str, node: Choose | Ask) -> list[Kind]:
        """The kinds of answers to a question; none where nothing can answer it."""
        key = (flow, node.id)
        if key not in self._known:
            self._known[key] = self._kinds(flow, node)
        return self._known[key]

    def _read_after(self, flow: str, node: str) -> frozenset[Full]:
        """The saved answers that conditions and computations may still look at from here on."""
        nodes = _nodes_after(self.catalog.flows[flow], node)
        runs = [n.flow for n in nodes if isinstance(n, Run)]
        inside = {f for run in runs for f in reached(self.catalog, run)} & self.flows.keys()
        rules = [rule for n in nodes for rule in rules_of_node(flow, n)]
        rules += [rule for rule in self._rules if rule.flow in inside]
        return frozenset[Full]().union(*(rule.reads for rule in rules))

    def _kinds(self, flow: str, node: Choose | Ask) -> list[Kind]:
        saved = (flow, node.save or "")
        about = self._about(saved)
        possible = list(self._possible(node, saved, about))
        groups: dict[Any, list[_Possible]] = {}
        for answer in possible:
            seen = self._seen(saved, answer.value, about)
            groups.setdefault((answer.leads, seen), []).append(answer)
        if about.compared:
            last = {group[-1].name for group in groups.values()}
            kept = [a for a in possible if a.typed is None or a.sample or a.name in last]
            return [Kind(a.name, a.option, a.typed) for a in kept]
        if len(groups) == 1:
            return [Kind(_everything(node), possible[0].option, possible[0].typed)]
        return [
            Kind(_label(group, possible), group[-1].option, group[-1].typed)
            for group in groups.values()
        ]

    # -- what conditions see -------------------------------------------------------------------

    def _about(self, saved: Full) -> "_About":
        """What the flows want to know of an answer."""
        own = {saved}
        for _ in self._rules:  # a chain of computations is at most as long as there are rules
            more = {r.sets for r in self._rules if r.sets and r.reads and r.reads <= own}
            if more <= own:
                break
            own |= more
        steps: list[Rule | Part] = []
        compared = False
        for rule in self._rules:
            if rule.sets and rule.reads and rule.reads <= own:
                steps.append(rule)
            elif rule.reads & own:
                parts, other = parts_about(rule, frozenset(own))
                steps += parts
                compared = compared or other
        return _About(tuple(steps), compared)

    def _seen(self, saved: Full, value: Any, about: "_About") -> tuple[bool, ...]:
        """What the conditions find where this was answered."""
        fields: dict[Full, Any] = {saved: value}
        found: list[bool] = []
        for step in about.steps * 2:  # twice: a file need not be in the order of the walk
            result = self._evaluate(step, fields)
            if isinstance(step, Rule) and step.sets:
                fields[step.sets] = result
            else:
                found.append(bool(result))
        return tuple(found)

    def _evaluate(self, step: Rule | Part, fields: Mapping[Full, Any]) -> Any:
        scope: dict[str, Any] = {}
        for (owner, field), value in fields.items():
            scope.setdefault(owner, {})[field] = value
        own = scope.get(step.flow, {})
        engine = {"worst": {}, "today": DAY, "amount": self.catalog.amounts}
        expression = self.catalog.expression(step.source)
        return expression({**scope, **own, **engine}, self.catalog.calendar)

    # -- which answers there are ---------------------------------------------------------------

    def _possible(self, node: Choose | Ask, saved: Full, about: "_About") -> Iterator[_Possible]:
        if isinstance(node, Choose) and node.many:
            yield from _subsets(node)
            return
        if isinstance(node, Ask):
            yield from self._open(node, saved, about)
        for option in node.options.values():
            value = None if isinstance(node, Ask) else option.id
            yield _Possible(option.id, (option.id,), None, value, _leads([option], option.next))

    def _open(self, node: Ask, saved: Full, about: "_About") -> Iterator[_Possible]:
        """What can be typed at an open question; one thing where no condition looks at it."""
        leads = _leads([], node.next)
        one = not (about.steps or about.compared)
        match node.kind:
            case AskKind.PHOTO | AskKind.VOICE:
                return  # the engine keeps a file, and asks again
            case AskKind.DATE:
                seen = cache(lambda day: self._seen(saved, day, about))
                days = _telling_days(node, seen)
                for day in days[-1:] if one else days:
                    sample = abs((day - DAY).days) in SOME_DAYS
                    yield _Possible(str(day), None, str(day), day, leads, sample)
            case AskKind.NUMBER | AskKind.MONEY:
                numbers = self._numbers(node)
                for number in numbers[-1:] if one else numbers:
                    value = Money(number) if node.kind is AskKind.MONEY else number
                    sample = number in SOME_NUMBERS
                    yield _Possible(str(number), None, str(number), value, leads, sample)
            case kind:
                words = SAMPLES[kind]
                given = Latin(words) if kind is AskKind.PHONE else words
                yield _Possible(words, None, words, given, leads, sample=True)

    def _numbers(self, node: Ask) -> list[Decimal]:
        named = (n for rule in self._rules for n in re.findall(r"\b\d+\b", rule.source))
        bounds = [Decimal(written) for written in (node.least, node.most) if written is not None]
        near = {*map(Decimal, named), *bounds, *(m.amount for m in self.catalog.amounts.values())}
        around = {n + step for n in near for step in (-1, 0, 1)}
        least = Decimal(node.least) if node.least is not None else -LARGEST
        most = Decimal(node.most) if node.most is not None else LARGEST
        every = {*around, *map(Decimal, SOME_NUMBERS), Decimal(LARGEST)}
        return sorted(n for n in every if least <= n <= most)


def reached(catalog: Catalog, flow: str) -> dict[str, Flow]:
    """This flow and all that it runs; of the menu's topics none: they have tables of their own."""
    topics = _runs(catalog.flows[MENU]) - ENGINE_OWNED if MENU in catalog.flows else set()
    found: dict[str, Flow] = {}
    ahead = [flow]
    while ahead:
        known = catalog.flows.get(ahead.pop())
        if known is None or known.id in found:
            continue
        found[known.id] = known
        ahead += [] if known.id == MENU else sorted(_runs(known) - topics)
    return found


def _runs(flow: Flow) -> set[str]:
    return {node.flow for node in flow.nodes.values() if isinstance(node, Run)}


def targets(node: Node) -> list[str]:
    """The nodes that can follow."""
    if isinstance(node, Branch):
        return [target for _, target in node.arms]
    after = [option.next for option in getattr(node, "options", {}).values()]
    following = getattr(node, "next", None)
    return after if following is None else [*after, following]


def _nodes_after(flow: Flow, start: str) -> list[Node]:
    found: dict[str, Node] = {}
    ahead = [start]
    while ahead:
        node = flow.nodes.get(ahead.pop())
        if node is not None and node.id not in found:
            found[node.id] = node
            ahead += targets(node)
    return list(found.values())


# -- answers -----------------------------------------------------------------------------------


def _leads(options: Iterable[Option], target: str | None) -> tuple[Any, ...]:
    flags = {pair for option in options for pair in option.flag.items()}
    consents = {pair for option in options for pair in option.consent.items()}
    return target, frozenset(flags), frozenset(consents)


def _subsets(node: Choose) -> Iterator[_Possible]:
    """Of several answers: none, each alone, all."""
    every = tuple(node.options)
    chosen = [(), *((one,) for one in every), *([every] if len(every) > 1 else [])]
    for ids in chosen:
        name = "+".join(ids) or "none"
        leads = _leads([node.options[i] for i in ids], node.next)
        yield _Possible(name, ids, None, ids, leads)


def _telling_days(node: Ask, seen: Callable[[date], Any]) -> list[date]:
    """Some days of a question, among them each before and after which the conditions differ."""
    least = bound(node.least, DAY) or DAY - timedelta(days=FARTHEST)
    most = bound(node.most, DAY) or DAY + timedelta(days=FARTHEST)
    apart = (*SOME_DAYS, 1, *range(0, 2 * YEAR, 32), *range(2 * YEAR, FARTHEST, YEAR))
    tried = {DAY + timedelta(days=n * sign) for n in apart for sign in (1, -1)}
    days = sorted(day for day in {*tried, least, most} if least <= day <= most)
    found, ahead = set(days), list(pairwise(days))
    while ahead:
        first, last = ahead.pop()
        if (last - first).days > 1 and seen(first) != seen(last):
            middle = first + (last - first) // 2
            found.add(middle)
            ahead += [(first, middle), (middle, last)]
    return sorted(found)


def bound(written: str | None, today: date) -> date | None:
    """A bound of a date: "2026-01-31", "today", "today-365d"."""
    if written is None:
        return None
    if not written.startswith("today"):
        return date.fromisoformat(written)
    return today + timedelta(days=int(written.removeprefix("today").removesuffix("d") or "0"))


def _everything(node: Choose | Ask) -> str:
    return f"any {node.kind}" if isinstance(node, Ask) and not node.options else "*"


def _label(group: list[_Possible], possible: list[_Possible]) -> str:
    """The names of these answers; typed ones that follow each other as a range."""
    position = {id(answer): index for index, answer in enumerate(possible)}
    typed = [answer for answer in group if answer.typed is not None]
    ranges: list[list[_Possible]] = []
    for answer in typed:
        if ranges and position[id(answer)] == position[id(ranges[-1][-1])] + 1:
            ranges[-1].append(answer)
        else:
            ranges.append([answer])
    names = [_range(part) for part in ranges[:SHOWN_RANGES]]
    names += ["…"] if len(ranges) > SHOWN_RANGES else []
    return "|".join([*names, *(answer.name for answer in group if answer.typed is None)])


def _range(part: list[_Possible]) -> str:
    first, last = part[0].name, part[-1].name
    if last == str(LARGEST):
        return f"{first}.."
    return first if first == last else f"{first}..{last}"
